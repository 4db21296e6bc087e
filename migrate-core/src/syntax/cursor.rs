//! A cursor over plain tokens: looking, taking, and saying what was expected.
//!
//! A cursor walks one region: the whole body, or what stands between two delimiters. It never leaves its region, and
//! every step forward is a step forward, whatever the tokens are.

use crate::diagnostics::{Diagnostics, Report, Reported, code};
use crate::source::{FileId, Kind, Loc, Token};

/// What a parsing function gives: the node, or the proof that its absence was reported.
pub(super) type Parsed<T> = Result<T, Reported>;

/// The deepest nesting of expressions.
const DEPTH: u32 = 100;
/// The most operators in one expression.
const OPERATORS: u32 = 1000;

/// A place in a region of tokens.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    file: FileId,
    tokens: &'t [Token],
    at: usize,
    end: usize,
    /// How deep the expression at hand is nested.
    pub(super) depth: u32,
    /// How many operators the expression at hand had so far.
    pub(super) operators: u32,
}

impl<'t> Cursor<'t> {
    /// A cursor over a whole body.
    pub(super) fn new(file: FileId, tokens: &'t [Token]) -> Cursor<'t> {
        Cursor { file, tokens, at: 0, end: tokens.len(), depth: 0, operators: 0 }
    }

    /// The number of the token at hand.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether the region is used up.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.end
    }

    /// The token `n` places ahead, in this region.
    pub(super) fn peek(&self, n: usize) -> Option<&'t Token> {
        let at = self.at + n;
        if at < self.end { self.tokens.get(at) } else { None }
    }

    /// The word `n` places ahead, if it is a word of the language.
    pub(super) fn word(&self, n: usize) -> Option<&'t str> {
        match self.peek(n) {
            Some(t) if t.kind == Kind::Word { raw: false } => Some(&t.text),
            _ => None,
        }
    }

    pub(super) fn is_word(&self, n: usize, word: &str) -> bool {
        self.word(n) == Some(word)
    }

    /// Whether these words stand here, one after the other.
    pub(super) fn is_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, w)| self.is_word(n, w))
    }

    pub(super) fn is_punct(&self, n: usize, sign: &str) -> bool {
        matches!(self.peek(n), Some(t) if t.kind == Kind::Punct && &*t.text == sign)
    }

    pub(super) fn is_open(&self, n: usize, delimiter: &str) -> bool {
        matches!(self.peek(n), Some(t) if matches!(t.kind, Kind::Open { .. }) && &*t.text == delimiter)
    }

    pub(super) fn is_literal(&self, n: usize) -> bool {
        matches!(self.peek(n), Some(t) if t.kind == Kind::Literal)
    }

    /// Whether a name may stand here: any word, or a literal (a bad one is found when it is read).
    pub(super) fn is_name(&self, n: usize) -> bool {
        matches!(self.peek(n), Some(t) if matches!(t.kind, Kind::Word { .. } | Kind::Literal))
    }

    /// Whether any word stands `n` places ahead, also one written with `r#`.
    pub(super) fn is_word_like(&self, n: usize) -> bool {
        matches!(self.peek(n), Some(t) if matches!(t.kind, Kind::Word { .. }))
    }

    /// Whether two signs stand here without a blank between them.
    pub(super) fn is_pair(&self, first: &str, second: &str) -> bool {
        self.is_punct(0, first) && self.is_punct(1, second) && {
            let (a, b) = (&self.tokens[self.at], &self.tokens[self.at + 1]);
            // Editors may give every token the same place.
            a.end == b.start || a.start == b.start
        }
    }

    /// Takes one token.
    pub(super) fn bump(&mut self) {
        self.at = (self.at + 1).min(self.end);
    }

    /// Takes `n` tokens.
    pub(super) fn bump_by(&mut self, n: usize) {
        self.at = (self.at + n).min(self.end);
    }

    /// Takes one token, or a whole group.
    pub(super) fn bump_tree(&mut self) {
        match self.peek(0) {
            Some(t) if matches!(t.kind, Kind::Open { .. }) => self.at = (self.mate() + 1).min(self.end),
            _ => self.bump(),
        }
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        if found {
            self.bump();
        }
        found
    }

    /// Takes these words if all of them stand here.
    pub(super) fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = self.is_words(words);
        if found {
            self.bump_by(words.len());
        }
        found
    }

    pub(super) fn eat_punct(&mut self, sign: &str) -> bool {
        let found = self.is_punct(0, sign);
        if found {
            self.bump();
        }
        found
    }

    /// Takes the group at hand, if one with this delimiter stands here, and gives a cursor over what is in it.
    pub(super) fn eat_group(&mut self, delimiter: &str) -> Option<Cursor<'t>> {
        if !self.is_open(0, delimiter) {
            return None;
        }
        let mut inside = self.clone();
        inside.at = self.at + 1;
        inside.end = self.mate();
        self.at = (inside.end + 1).min(self.end);
        Some(inside)
    }

    /// The number of the token that closes the group at hand; the end of the region if none does.
    fn mate(&self) -> usize {
        match self.peek(0).map(|t| t.kind) {
            Some(Kind::Open { mate }) if (mate as usize) > self.at && (mate as usize) < self.end => {
                mate as usize
            }
            _ => self.end,
        }
    }

    /// Places of tokens by their numbers, kept within the text.
    fn loc(&self, first: usize, last: usize) -> Loc {
        let number = |i: usize| u32::try_from(i.min(self.tokens.len().saturating_sub(1))).unwrap_or(u32::MAX);
        Loc { file: self.file, first: number(first), last: number(last.max(first)) }
    }

    /// The token at hand; at the end of a region what closes it, at the end of the body the last token.
    pub(super) fn here(&self) -> Loc {
        self.loc(self.at, self.at)
    }

    /// The token before, where something missing should stand.
    pub(super) fn before(&self) -> Loc {
        let last = self.at.saturating_sub(1);
        self.loc(last, last)
    }

    /// From a token to the one before the cursor.
    pub(super) fn since(&self, first: usize) -> Loc {
        self.loc(first, self.at.saturating_sub(1))
    }

    /// `n` tokens from here.
    pub(super) fn next(&self, n: usize) -> Loc {
        self.loc(self.at, (self.at + n).saturating_sub(1))
    }

    /// What stands here, in words of a message.
    pub(super) fn found(&self) -> String {
        match self.tokens.get(self.at) {
            _ if self.at >= self.end && self.end >= self.tokens.len() => "the end".to_owned(),
            None => "the end".to_owned(),
            Some(_) if self.is_doc_comment() => "a doc comment".to_owned(),
            Some(token) => describe(token),
        }
    }

    /// Whether the token before stands on an earlier line than the one at hand.
    pub(super) fn is_line_start(&self) -> bool {
        match (self.at.checked_sub(1).and_then(|i| self.tokens.get(i)), self.peek(0)) {
            (Some(before), Some(here)) => before.end.line < here.start.line,
            _ => true,
        }
    }

    /// Whether the token before is `}`.
    pub(super) fn is_behind_brace(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|i| self.tokens.get(i));
        matches!(before, Some(t) if t.kind == Kind::Close && &*t.text == "}")
    }

    /// Whether the token before is `;`.
    pub(super) fn is_behind_semicolon(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|i| self.tokens.get(i));
        matches!(before, Some(t) if t.kind == Kind::Punct && &*t.text == ";")
    }

    /// Whether `/// ..` stands here, which arrives as `#[doc = ".."]`.
    pub(super) fn is_doc_comment(&self) -> bool {
        self.is_punct(0, "#") && self.is_open(1, "[") && self.is_word(2, "doc") && self.is_punct(3, "=")
    }

    /// Goes one level deeper into an expression.
    pub(super) fn enter(&mut self, cx: &mut Diagnostics) -> Parsed<()> {
        self.depth += 1;
        self.operators += 1;
        if self.depth > DEPTH || self.operators > OPERATORS {
            let help = "write a part of it as `sql`";
            let report = cx.error(code::SYNTAX, self.here(), "this expression is too deep");
            return Err(report.help(help).reported());
        }
        Ok(())
    }
}

/// A token in words of a message.
pub(super) fn describe(token: &Token) -> String {
    let text = &*token.text;
    match token.kind {
        Kind::Word { raw: true } => format!("`r#{text}`"),
        Kind::Literal if text.chars().count() > 40 || text.contains(['`', '\n']) => "a literal".to_owned(),
        _ if text.contains('`') => "a backtick".to_owned(),
        _ => format!("`{text}`"),
    }
}

/// Reports that something else should stand here.
pub(super) fn expected<'a>(cx: &'a mut Diagnostics, c: &Cursor<'_>, what: &str) -> Report<'a> {
    if c.is_punct(0, "'") {
        let report = cx.error(code::INVALID_LITERAL, c.next(2), "a single quote begins no text");
        return report.help("write text in double quotes");
    }
    cx.error(code::SYNTAX, c.here(), format!("expected {what}, found {}", c.found()))
}

/// Takes a word of the language or reports its absence.
pub(super) fn expect_word(cx: &mut Diagnostics, c: &mut Cursor<'_>, word: &str) -> Parsed<()> {
    if c.eat_word(word) {
        return Ok(());
    }
    Err(expected(cx, c, &format!("`{word}`")).reported())
}

/// Takes a sign or reports its absence.
pub(super) fn expect_punct(cx: &mut Diagnostics, c: &mut Cursor<'_>, sign: &str) -> Parsed<()> {
    if c.eat_punct(sign) {
        return Ok(());
    }
    Err(expected(cx, c, &format!("`{sign}`")).reported())
}

/// Takes a group or reports its absence.
pub(super) fn expect_group<'t>(
    cx: &mut Diagnostics,
    c: &mut Cursor<'t>,
    delimiter: &str,
) -> Parsed<Cursor<'t>> {
    match c.eat_group(delimiter) {
        Some(inside) => Ok(inside),
        None => Err(expected(cx, c, &format!("`{delimiter}`")).reported()),
    }
}

/// Reports what is left in a region that should be used up.
pub(super) fn expect_end(cx: &mut Diagnostics, c: &Cursor<'_>, what: &str) -> Parsed<()> {
    if c.is_done() {
        return Ok(());
    }
    Err(expected(cx, c, what).reported())
}

/// A list with commas in a group that was taken, at least one entry, a last comma allowed. A bad entry is reported
/// and skipped; the proof comes back if nothing is left.
pub(super) fn comma_list<'t, T>(
    cx: &mut Diagnostics,
    c: &mut Cursor<'t>,
    what: &str,
    mut entry: impl FnMut(&mut Diagnostics, &mut Cursor<'t>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut list = Vec::new();
    let mut failed = None;
    while !c.is_done() {
        let result = entry(cx, c).and_then(|e| {
            if !c.is_done() && !c.is_punct(0, ",") {
                return Err(expected(cx, c, "`,`").reported());
            }
            Ok(e)
        });
        match result {
            Ok(entry) => list.push(entry),
            Err(reported) => failed = Some(reported),
        }
        skip_to_comma(c);
    }
    match failed {
        Some(reported) => Err(reported),
        None if list.is_empty() => Err(expected(cx, c, what).reported()),
        None => Ok(list),
    }
}

/// Skips behind the next comma of this region.
pub(super) fn skip_to_comma(c: &mut Cursor<'_>) {
    while !c.is_done() && !c.eat_punct(",") {
        c.bump_tree();
    }
}
