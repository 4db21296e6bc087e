//! Text or a compiler's stream to plain tokens.
//!
//! Comes in: a `TokenStream` of whichever lexer, or a file's text. Goes out: [`Token`]s, and for a text the bodies
//! of its `migration!` and `history!` calls. A file is never parsed as Rust: it holds users' functions in whatever
//! syntax their compiler knows.

use std::borrow::Cow;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree, token_stream};

use super::{Kind, Position, Token, quick};

/// The tokens of a stream, delimiters included, and the span of each. Byte ranges stay `0..0`.
///
/// Groups without delimiters, which a `macro_rules` wrapper leaves behind, are looked through.
pub fn tokens(stream: TokenStream) -> (Vec<Token>, Vec<Span>) {
    let (mut tokens, spans) = tokens_without_places(stream);
    place(&mut tokens, &spans);
    (tokens, spans)
}

/// The same without lines and columns, for which the compiler must be asked one by one.
pub fn tokens_without_places(stream: TokenStream) -> (Vec<Token>, Vec<Span>) {
    let mut spans = Vec::new();
    let tokens = flatten(stream, |_| Position::default(), |_, span| spans.push(span));
    (tokens, spans)
}

/// Gives tokens the places of their spans.
pub fn place(tokens: &mut [Token], spans: &[Span]) {
    for (token, span) in tokens.iter_mut().zip(spans) {
        token.start = position(*span);
        token.end = end(&token.text, token.kind, token.start);
    }
}

/// One of our macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Macro {
    /// `migration!`
    Migration,
    /// `history!`
    History,
}

/// A macro call at the top level of a file.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which macro.
    pub called: Macro,
    /// Where the macro's name begins.
    pub position: Position,
    /// The tokens between the call's delimiters, with byte ranges.
    pub tokens: Vec<Token>,
}

/// Why a file's text gives no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexError {
    /// The fact, in the words of a diagnostic.
    pub message: String,
    /// Where.
    pub position: Position,
    /// The same place in the file's text.
    pub bytes: (u32, u32),
}

/// The calls of our macros at the top level of a file, in order.
///
/// Byte ranges refer to `text` as it was given: a byte order mark, a `#!` line and carriage returns count.
///
/// The caller guarantees proc-macro2's fallback mode, and that no fallback span made earlier on this thread is asked
/// for its place afterwards: the map behind such spans is cleared here, so that it does not grow with the files.
pub fn calls(text: &str) -> Result<Vec<Call>, LexError> {
    if !text.contains("migration") && !text.contains("history") {
        return Ok(Vec::new());
    }
    if let Some(calls) = quick::calls(text) {
        return Ok(calls);
    }
    long_way(text)
}

/// The calls by proc-macro2's lexer, which knows all of Rust.
pub(super) fn long_way(text: &str) -> Result<Vec<Call>, LexError> {
    let found = find_calls(text);
    proc_macro2::extra::invalidate_current_thread_spans();
    found
}

fn find_calls(text: &str) -> Result<Vec<Call>, LexError> {
    let mut lines = Lines::of(text);
    let stream: TokenStream = lexable(text).parse().map_err(|e: proc_macro2::LexError| {
        let position = position(e.span());
        let start = lines.byte(position);
        LexError {
            message: "the file does not consist of Rust tokens from here on".to_owned(),
            position,
            bytes: (start, lines.after_char(start)),
        }
    })?;
    let mut calls = Vec::new();
    let mut name: Option<(Macro, Span)> = None;
    let mut bang = false;
    for tree in stream {
        match tree {
            TokenTree::Ident(word) => {
                name = called(&word.to_string()).map(|m| (m, word.span()));
                bang = false;
            }
            TokenTree::Punct(p) if p.as_char() == '!' && name.is_some() && !bang => bang = true,
            TokenTree::Group(body) if bang => {
                bang = false;
                if let Some((called, span)) = name.take() {
                    calls.push(Call {
                        called,
                        position: position(span),
                        tokens: body_tokens(body, &mut lines),
                    });
                }
            }
            _ => {
                name = None;
                bang = false;
            }
        }
    }
    Ok(calls)
}

pub(super) fn called(word: &str) -> Option<Macro> {
    match word {
        "migration" => Some(Macro::Migration),
        "history" => Some(Macro::History),
        _ => None,
    }
}

fn body_tokens(body: Group, lines: &mut Lines<'_>) -> Vec<Token> {
    let stream = body.stream();
    // With the group gone the stream is the only owner, and taking it apart copies nothing.
    drop(body);
    let mut tokens = flatten(stream, position, |_, _| {});
    for token in &mut tokens {
        token.bytes = (lines.byte(token.start), lines.byte(token.end));
    }
    restore_doc_comments(&mut tokens, lines.text);
    tokens
}

/// Gives the text of each doc comment the form that the compiler gives it, a raw literal, so that the tokens of a
/// file and those of the call in it are the same.
fn restore_doc_comments(tokens: &mut [Token], text: &str) {
    for i in 1..tokens.len().saturating_sub(1) {
        // All tokens that a comment becomes begin where it begins.
        if tokens[i].kind != Kind::Literal || tokens[i - 1].start != tokens[i].start {
            continue;
        }
        let (start, close) = (tokens[i].bytes.0, &tokens[i + 1]);
        let (end, end_byte) = (close.end, close.bytes.1);
        let Some(comment) = text.get(start as usize..end_byte as usize) else {
            continue;
        };
        let inside = match comment.strip_prefix("/*") {
            Some(block) => block.get(1..block.len().saturating_sub(2)),
            None => comment.get(3..),
        };
        let Some(inside) = inside else { continue };
        tokens[i].text = raw_literal(&inside.replace("\r\n", "\n")).into();
        tokens[i].end = end;
        tokens[i].bytes.1 = end_byte;
    }
}

/// `r#".."#` with as many `#` as the text needs.
pub(super) fn raw_literal(text: &str) -> String {
    let (mut most, mut run) = (0, 0);
    for c in text.chars() {
        run = match c {
            '"' => 1,
            '#' if run > 0 => run + 1,
            _ => 0,
        };
        most = most.max(run);
    }
    let hashes = "#".repeat(most);
    format!("r{hashes}\"{text}\"{hashes}")
}

/// The text as the lexer wants it: no byte order mark, no `#!` line (its line break stays), LF alone.
fn lexable(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = match text.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => &text[text.find('\n').unwrap_or(text.len())..],
        _ => text,
    };
    if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

/// Takes a stream apart without recursion, so that no depth of nesting can exhaust the stack.
fn flatten(
    stream: TokenStream,
    position: impl Fn(Span) -> Position,
    mut spanned: impl FnMut(&Token, Span),
) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<(token_stream::IntoIter, Option<Opened>)> = vec![(stream.into_iter(), None)];
    while let Some((trees, _)) = open.last_mut() {
        let Some(tree) = trees.next() else {
            if let Some((_, Some(opened))) = open.pop() {
                let close = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
                tokens[opened.at].kind = Kind::Open { mate: close };
                let token = plain(Kind::Close, opened.close, position(opened.span));
                spanned(&token, opened.span);
                tokens.push(token);
            }
            continue;
        };
        let (token, span) = match tree {
            TokenTree::Ident(word) => {
                let text = word.to_string();
                let start = position(word.span());
                let token = match text.strip_prefix("r#") {
                    Some(name) => plain(Kind::Word { raw: true }, name, start),
                    None => plain(Kind::Word { raw: false }, text, start),
                };
                (token, word.span())
            }
            TokenTree::Punct(p) => {
                let token = plain(Kind::Punct, &*p.as_char().encode_utf8(&mut [0; 4]), position(p.span()));
                (token, p.span())
            }
            TokenTree::Literal(literal) => {
                let token = plain(Kind::Literal, literal.to_string(), position(literal.span()));
                (token, literal.span())
            }
            TokenTree::Group(group) => {
                let delimiters = match group.delimiter() {
                    Delimiter::Parenthesis => Some(("(", ")")),
                    Delimiter::Brace => Some(("{", "}")),
                    Delimiter::Bracket => Some(("[", "]")),
                    Delimiter::None => None,
                };
                let opened = delimiters.map(|(text, close)| {
                    let token = plain(Kind::Open { mate: 0 }, text, position(group.span_open()));
                    spanned(&token, group.span_open());
                    tokens.push(token);
                    Opened { at: tokens.len() - 1, close, span: group.span_close() }
                });
                let inside = group.stream();
                drop(group);
                open.push((inside.into_iter(), opened));
                continue;
            }
        };
        spanned(&token, span);
        tokens.push(token);
    }
    tokens
}

/// A group whose closing delimiter is still to come.
struct Opened {
    at: usize,
    close: &'static str,
    span: Span,
}

fn plain(kind: Kind, text: impl Into<Box<str>>, start: Position) -> Token {
    let text = text.into();
    let end = end(&text, kind, start);
    Token { kind, text, start, end, bytes: (0, 0) }
}

/// A token's end, which follows from its text: asking the compiler for it costs as much again as all the rest.
fn end(text: &str, kind: Kind, start: Position) -> Position {
    let count = |s: &str| u32::try_from(s.chars().count()).unwrap_or(u32::MAX);
    let prefix = if kind == (Kind::Word { raw: true }) { 2 } else { 0 };
    match text.rsplit_once('\n') {
        None => Position { line: start.line, column: start.column + count(text) + prefix },
        Some((before, last)) => Position {
            line: start.line + 1 + count(&before.replace(|c| c != '\n', "")),
            column: count(last) + 1,
        },
    }
}

fn position(span: Span) -> Position {
    let at = span.start();
    Position {
        line: u32::try_from(at.line).unwrap_or(u32::MAX),
        column: u32::try_from(at.column).map_or(u32::MAX, |c| c.saturating_add(1)),
    }
}

/// Where lines begin in a text, to turn places into bytes.
struct Lines<'a> {
    text: &'a str,
    /// First byte of each line, and whether the line is ASCII.
    starts: Vec<(usize, bool)>,
    /// The place asked for last and its byte: tokens come in order.
    last: (Position, usize),
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Lines<'a> {
        let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut starts = Vec::new();
        for line in text[start..].split_inclusive('\n') {
            starts.push((start, line.is_ascii()));
            start += line.len();
        }
        Lines { text, starts, last: (Position::default(), 0) }
    }

    /// The byte of a place; the end of the text for a place behind it.
    fn byte(&mut self, at: Position) -> u32 {
        let line = self.starts.get((at.line as usize).wrapping_sub(1));
        let byte = match line {
            None => self.text.len(),
            Some((start, true)) => start + (at.column as usize).saturating_sub(1),
            Some((start, false)) => {
                let (from, column) = match self.last {
                    (last, byte) if last.line == at.line && last.column <= at.column => (byte, last.column),
                    _ => (*start, 1),
                };
                let steps = at.column.saturating_sub(column) as usize;
                let rest = self.text.get(from..).unwrap_or("");
                rest.char_indices().nth(steps).map_or(self.text.len(), |(i, _)| from + i)
            }
        };
        let byte = byte.min(self.text.len());
        self.last = (at, byte);
        u32::try_from(byte).unwrap_or(u32::MAX)
    }

    /// Behind the character at a byte.
    fn after_char(&self, byte: u32) -> u32 {
        let rest = self.text.get(byte as usize..).unwrap_or("");
        byte + rest.chars().next().map_or(0, |c| c.len_utf8() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_calls_among_foreign_text() {
        let text = "#!/usr/bin/env cargo\n//! docs\nuse x::y;\nfn f() { history!{a} }\n\
                    ::migrate :: migration ! { drop table r#type; }\nhistory![a, b];\nmacro_rules! migration { () => {} }";
        let calls = calls(text).unwrap();
        assert_eq!(calls.len(), 2);
        assert_eq!(
            (calls[0].called, calls[0].position),
            (Macro::Migration, Position { line: 5, column: 14 })
        );
        assert_eq!(calls[0].tokens[2].kind, Kind::Word { raw: true });
        assert_eq!(&*calls[0].tokens[2].text, "type");
        assert_eq!((calls[1].called, calls[1].tokens.len()), (Macro::History, 3));
    }

    #[test]
    fn bytes_refer_to_the_text_as_given() {
        let text = "\u{feff}migration! {\r\n  sql \"größe\r\n x\" ü \"ö\" end\r\n}\r\n";
        let calls = calls(text).unwrap();
        let tokens = &calls[0].tokens;
        let sources: Vec<&str> =
            tokens.iter().map(|t| &text[t.bytes.0 as usize..t.bytes.1 as usize]).collect();
        assert_eq!(sources, ["sql", "\"größe\r\n x\"", "ü", "\"ö\"", "end"]);
        assert_eq!(&*tokens[1].text, "\"größe\n x\"");
        assert_eq!(tokens[1].end, Position { line: 3, column: 4 });
    }

    #[test]
    fn doc_comments_are_raw_literals_as_in_the_compiler() {
        let text = "migration! {\r\n /// a \"#b\" ü\r\n /** c\r\n d */ x /***/ #[doc = \"e\"] }";
        let calls = calls(text).unwrap();
        let literals: Vec<(&str, &str)> = calls[0]
            .tokens
            .iter()
            .filter(|t| t.kind == Kind::Literal)
            .map(|t| (&*t.text, &text[t.bytes.0 as usize..t.bytes.1 as usize]))
            .collect();
        assert_eq!(
            literals,
            [
                ("r##\" a \"#b\" ü\"##", "/// a \"#b\" ü"),
                ("r\" c\n d \"", "/** c\r\n d */"),
                ("\"e\"", "\"e\"")
            ]
        );
    }

    #[test]
    fn groups_know_their_mates() {
        let (tokens, spans) = tokens("a(b[c]{}) d".parse().unwrap());
        assert_eq!(tokens.len(), spans.len());
        let mates: Vec<(usize, u32)> = tokens
            .iter()
            .enumerate()
            .filter_map(|(i, t)| match t.kind {
                Kind::Open { mate } => Some((i, mate)),
                _ => None,
            })
            .collect();
        assert_eq!(mates, [(1, 8), (3, 5), (6, 7)]);
    }

    #[test]
    fn text_that_does_not_lex_says_where() {
        let error = calls("migration! {\n  drop table \"x;\n}").unwrap_err();
        assert_eq!(error.position.line, 2);
        assert!(calls("fn no_call_of_ours() { \" }").unwrap().is_empty());
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let text = format!("migration! {{ {}{} }}", "(".repeat(50_000), ")".repeat(50_000));
        assert_eq!(calls(&text).unwrap()[0].tokens.len(), 100_000);
    }
}
