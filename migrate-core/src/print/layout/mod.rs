//! The canonical layout of a migration's source.
//!
//! Comes in: the text of a file. Goes out: the same file with the bodies of its macros laid out: four blanks a level, one item
//! or statement on a line, one blank between words, at most one empty line. Tokens and comments stay as they are and
//! in their order, and so do line breaks inside a statement, as the author knows best where a long one parts. What stands
//! outside of the macros is left as it is.

mod pieces;
mod spacing;
#[cfg(test)]
mod tests;

use crate::source::lex::{self, Call, LexError, Macro};
use pieces::{Piece, PieceKind, behind_comments, pieces};
use spacing::blank_before;

/// The longest line that is not broken at its braces, in characters.
const WIDTH: usize = 100;
const STEP: usize = 4;

/// Why a file was not laid out.
#[derive(Debug)]
pub enum LayoutError {
    /// Its text gives no tokens.
    Lex(LexError),
    /// The layout would have other tokens or comments. It is a mistake of the layout, and nothing may be written.
    Changed,
}

/// Lays out the macros of a file.
///
/// # Errors
/// The text is no Rust, or the result would not have the same tokens and comments.
pub fn layout(text: &str) -> Result<String, LayoutError> {
    let calls = lex::calls(text).map_err(LayoutError::Lex)?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for call in &calls {
        let Some(from) = body_start(text, call) else { continue };
        let (pieces, end) = pieces(text, from, &call.tokens);
        if pieces.is_empty() {
            continue;
        }
        out.push_str(&text[done..from]);
        // The line as it is now: a call before it on the same line is laid out already.
        let line = out.rsplit('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        let width = line.chars().count();
        let brace = line.ends_with('{');
        let mut layout =
            Layout { pieces: &pieces, out: String::new(), newline, indent, column: width, stack: Vec::new() };
        let kind = match call.called {
            Macro::History => Kind::History,
            Macro::Migration => Kind::Statements,
        };
        layout.body(kind, brace, end_breaks(text, &pieces, end));
        out.push_str(&layout.out);
        done = end;
    }
    out.push_str(&text[done..]);
    match same(text, &calls, &out) {
        true => Ok(out),
        false => Err(LayoutError::Changed),
    }
}

/// The byte behind the delimiter that opens a call's body. Looked for from the call's name on: what stands before it on its line
/// may hold a `!` and a delimiter too, and so may a comment behind it.
fn body_start(text: &str, call: &Call) -> Option<usize> {
    call.tokens.first()?;
    let lines = text.split_inclusive('\n').take(call.position.line as usize - 1);
    let line: usize = lines.map(str::len).sum();
    // A mark of byte order has no column.
    let line = line + if line == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let before = text.get(line..)?.chars().take(call.position.column as usize - 1);
    let name = line + before.map(char::len_utf8).sum::<usize>();
    let bang = behind_comments(text, name + text.get(name..)?.find(|c: char| !c.is_alphanumeric())?);
    let open = behind_comments(text, bang + text.get(bang..)?.strip_prefix('!').map(|_| 1)?);
    text.get(open..)?.starts_with(['{', '(', '[']).then_some(open + 1)
}

/// Whether a line break stands before the closing delimiter.
fn end_breaks(text: &str, pieces: &[Piece<'_>], end: usize) -> bool {
    let trimmed = text[..end].trim_end();
    text[trimmed.len()..end].contains('\n') || pieces.last().is_some_and(|p| p.kind == PieceKind::LineComment)
}

/// What stands in braces, and what ends an element of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A list of migrations: `,` ends one, and so does a `}`.
    History,
    /// Statements: `;` ends one, and so does a `}`.
    Statements,
    /// Items that `,` or `;` separates.
    Items,
    /// Parentheses: nothing is broken that the author has not broken.
    Tight,
}

/// An open delimiter.
#[derive(Debug)]
struct Group {
    kind: Kind,
    broken: bool,
    /// Blanks before the line on which it was opened.
    indent: usize,
    /// Whether the next piece begins an element.
    start: bool,
    /// The first word of the element.
    first: Option<usize>,
    /// Whether its end ends the element around it.
    ends: bool,
}

struct Layout<'p, 't> {
    pieces: &'p [Piece<'t>],
    out: String,
    newline: &'static str,
    /// Blanks before the present line.
    indent: usize,
    /// Characters of the present line.
    column: usize,
    stack: Vec<Group>,
}

impl Layout<'_, '_> {
    fn body(&mut self, kind: Kind, brace: bool, end_breaks: bool) {
        let base = self.indent;
        let wide = self.column + self.flat(0, self.pieces.len()) + 4 > WIDTH;
        let broken = end_breaks || wide || self.is_broken(0, self.pieces.len());
        self.stack.push(Group { kind, broken, indent: base, start: true, first: None, ends: false });
        if brace && !broken {
            self.push(" ");
        }
        for number in 0..self.pieces.len() {
            self.piece(number);
        }
        match (broken, brace) {
            (true, _) => self.line(base, false),
            (false, true) => self.push(" "),
            (false, false) => {}
        }
    }

    fn piece(&mut self, number: usize) {
        let piece = self.pieces[number];
        if piece.kind == PieceKind::Close {
            self.close(number);
            return;
        }
        self.separate(number);
        self.push(piece.text);
        if let PieceKind::Open(mate) = piece.kind {
            self.open(number, mate);
            return;
        }
        let Some(group) = self.stack.last_mut() else { return };
        if piece.is_comment() {
            return;
        }
        if group.start {
            group.first = Some(number);
        }
        group.start = match group.kind {
            Kind::History | Kind::Items => piece.is(",") || piece.is(";"),
            Kind::Statements => piece.is(";"),
            Kind::Tight => false,
        };
    }

    /// A line break, a blank or nothing before a piece that closes nothing.
    fn separate(&mut self, number: usize) {
        let piece = self.pieces[number];
        let last = number.checked_sub(1).map(|n| self.pieces[n]);
        let behind_comment = last.is_some_and(|p| p.kind == PieceKind::LineComment);
        let first = last.is_none_or(|p| matches!(p.kind, PieceKind::Open(_)));
        let Some(group) = self.stack.last() else { return };
        let inner = group.indent + STEP;
        let separator = piece.is(",") || piece.is(";") || piece.is("{");
        let trailing = piece.is_comment() && piece.breaks == 0 && last.is_some();
        let begins = group.start && group.broken && !trailing;
        // Line breaks of the author's, inside of an element.
        let within = !group.start && (group.kind == Kind::Tight || !first);
        let kept = piece.breaks > 0 && within && !separator;
        // A block comment before an element stays on its line.
        let beside = last.is_some_and(|p| p.kind == PieceKind::BlockComment) && piece.breaks == 0;
        if behind_comment || (begins && (first || !beside)) {
            let indent = if group.start { inner } else { inner + STEP };
            self.line(indent, piece.breaks > 1 && !first && group.start);
        } else if kept {
            self.line(if group.kind == Kind::Tight { inner } else { inner + STEP }, false);
        } else if last.is_some() && blank_before(self.pieces, number) {
            self.push(" ");
        }
    }

    fn open(&mut self, number: usize, mate: usize) {
        let brace = self.pieces[number].is("{");
        let word = |n: usize| self.pieces.get(n).map_or("", |p| p.text);
        let before = number.checked_sub(1).map_or("", word);
        let parent = self.stack.last();
        let first = parent.and_then(|g| g.first);
        let (kind, ends) = match (brace, first.map(word)) {
            (false, _) => (Kind::Tight, false),
            (true, _) if matches!(before, "sql" | "call" | "type" | "collate") => {
                (Kind::Items, first == number.checked_sub(1))
            }
            (true, Some("up" | "down" | "migration")) => (Kind::Statements, true),
            (true, _) => (Kind::Items, true),
        };
        let behind = self.pieces.get(mate + 1).is_some_and(|p| p.is(",") || p.is(";"));
        let wide = self.column + self.flat(number + 1, mate + 1) + usize::from(behind) > WIDTH;
        let broken = brace && mate > number + 1 && (wide || self.is_broken(number + 1, mate + 1));
        if let Some(parent) = self.stack.last_mut() {
            parent.start = false;
        }
        let indent = self.indent;
        // The elements of parentheses are told by the author's line breaks alone.
        self.stack.push(Group { kind, broken, indent, start: kind != Kind::Tight, first: None, ends });
    }

    fn close(&mut self, number: usize) {
        let piece = self.pieces[number];
        let Some(group) = self.stack.pop() else { return };
        let behind_comment = number > 0 && self.pieces[number - 1].kind == PieceKind::LineComment;
        if group.broken || behind_comment || (piece.breaks > 0 && group.kind == Kind::Tight) {
            self.line(group.indent, false);
        } else if blank_before(self.pieces, number) {
            self.push(" ");
        }
        self.push(piece.text);
        let next = self.pieces[number + 1..].iter().find(|p| !p.is_comment());
        let goes_on = next.is_some_and(|p| p.is(",") || p.is(";"));
        let attribute = self.is_attribute(number);
        if let Some(parent) = self.stack.last_mut()
            && ((matches!(parent.kind, Kind::History | Kind::Statements) && !goes_on && group.ends)
                || attribute)
        {
            parent.start = true;
        }
    }

    /// Whether an attribute closes here. What it is about begins as if it were not there.
    fn is_attribute(&self, number: usize) -> bool {
        let Some(first) = self.stack.last().and_then(|g| g.first) else { return false };
        let opens = |n: usize| self.pieces.get(n).is_some_and(|p| p.kind == PieceKind::Open(number));
        let inner = self.pieces.get(first + 1).is_some_and(|p| p.is("!"));
        self.pieces[first].is("#") && opens(first + 1 + usize::from(inner))
    }

    /// Whether the author has broken what stands from one piece to another, or must have.
    fn is_broken(&self, from: usize, to: usize) -> bool {
        self.pieces[from..to].iter().any(|p| p.breaks > 0 || p.kind == PieceKind::LineComment)
    }

    /// The characters of pieces on one line.
    fn flat(&self, from: usize, to: usize) -> usize {
        let one = |n: usize| self.pieces[n].text.chars().count() + usize::from(blank_before(self.pieces, n));
        (from..to).map(one).sum()
    }

    fn line(&mut self, indent: usize, empty: bool) {
        if empty {
            self.out.push_str(self.newline);
        }
        self.out.push_str(self.newline);
        self.out.extend(std::iter::repeat_n(' ', indent));
        (self.indent, self.column) = (indent, indent);
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rsplit_once('\n') {
            Some((_, last)) => self.column = last.chars().count(),
            None => self.column += text.chars().count(),
        }
    }
}

/// What stands between the bodies, of which a layout changes nothing.
fn outside<'t>(text: &'t str, calls: &[Call]) -> Option<Vec<&'t str>> {
    let mut parts = Vec::new();
    let mut done = 0;
    for call in calls.iter().filter(|c| !c.tokens.is_empty()) {
        let from = body_start(text, call)?;
        parts.push(text.get(done..from)?);
        done = pieces(text, from, &call.tokens).1;
    }
    parts.push(&text[done..]);
    Some(parts)
}

/// Whether a layout has the tokens and the comments of the text that it was made of, and the same text around them.
fn same(text: &str, calls: &[Call], made: &str) -> bool {
    let Ok(again) = lex::calls(made) else { return false };
    let comments = |text: &str, call: &Call| {
        let from = body_start(text, call).unwrap_or_default();
        let (pieces, _) = pieces(text, from, &call.tokens);
        let comment = |p: &Piece<'_>| p.text.trim_end().replace('\r', "");
        pieces.iter().filter(|p| p.is_comment()).map(comment).collect::<Vec<_>>()
    };
    calls.len() == again.len()
        && outside(text, calls).is_some_and(|around| outside(made, &again) == Some(around))
        && calls.iter().zip(&again).all(|(a, b)| {
            a.tokens.len() == b.tokens.len()
                && a.tokens.iter().zip(&b.tokens).all(|(a, b)| a.same_text(b))
                && (a.tokens.is_empty() || comments(text, a) == comments(made, b))
        })
}
