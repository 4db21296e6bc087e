//! The short way from a file's text to the tokens of its macro calls.
//!
//! Comes in: a file's text. Goes out: what [`super::lex`] would make of it, or nothing where the text holds anything out
//! of the ordinary (escapes, lifetimes, byte strings, carriage returns, mistakes): then the long way through proc-macro2 is
//! taken. Macros run unoptimized, so a history of many files spends more time on lexing than on all of its checks. A test
//! holds that both ways agree wherever this one answers.

use super::lex::{Call, Macro, called, raw_literal};
use super::{Kind, Position, Token};

/// The calls of our macros at the top level of a file, or `None` where only the long way can tell.
pub(super) fn calls(text: &str) -> Option<Vec<Call>> {
    if text.starts_with('\u{feff}') || text.starts_with("#!") || text.contains('\r') {
        return None;
    }
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0, line: 1, line_start: 0, wide: 0 };
    let mut calls = Vec::new();
    let mut closers: Vec<u8> = Vec::new();
    let mut name: Option<(Macro, Position)> = None;
    let mut bang = false;
    while let Some(byte) = scan.peek() {
        let start = scan.position();
        match byte {
            b' ' | b'\n' | b'\t' => scan.step(),
            b'(' | b'[' | b'{' => {
                scan.step();
                if closers.is_empty() && std::mem::take(&mut bang) {
                    let tokens = scan.body(closer(byte))?;
                    calls.extend(name.take().map(|(called, position)| Call { called, position, tokens }));
                } else {
                    (name, bang) = (None, false);
                    closers.push(closer(byte));
                }
            }
            b')' | b']' | b'}' => {
                if closers.pop()? != byte {
                    return None;
                }
                scan.step();
            }
            _ if scan.plain_comment()? => {}
            _ => {
                let token = scan.token(byte, start)?;
                let top = closers.is_empty();
                match token.kind {
                    Kind::Word { raw: false } if top => {
                        (name, bang) = (called(&token.text).map(|called| (called, start)), false);
                    }
                    Kind::Punct if byte == b'!' && name.is_some() && !bang => bang = true,
                    _ => (name, bang) = (None, false),
                }
            }
        }
    }
    closers.is_empty().then_some(calls)
}

fn closer(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

/// A place in a text.
struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    /// First byte of the line.
    line_start: usize,
    /// How many bytes of the line so far are none of a character's first.
    wide: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn step(&mut self) {
        match self.bytes[self.at] {
            b'\n' => {
                self.line += 1;
                self.line_start = self.at + 1;
                self.wide = 0;
            }
            0x80..0xC0 => self.wide += 1,
            _ => {}
        }
        self.at += 1;
    }

    fn position(&self) -> Position {
        let column = self.at - self.line_start - self.wide + 1;
        Position { line: self.line, column: u32::try_from(column).unwrap_or(u32::MAX) }
    }

    /// Steps over a `//` comment that is no doc comment. Other comments inside of a call are the caller's.
    fn plain_comment(&mut self) -> Option<bool> {
        match self.bytes.get(self.at..self.at + 2) {
            Some(b"//") => {}
            Some(b"/*") => return None,
            _ => return Some(false),
        }
        match self.bytes.get(self.at + 2) {
            Some(b'!') => return None,
            Some(b'/') if self.bytes.get(self.at + 3) != Some(&b'/') => return Some(false),
            _ => {}
        }
        self.skip_line();
        Some(true)
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|b| b != b'\n') {
            self.step();
        }
    }

    /// The tokens of a call up to its closing delimiter, which is stepped over.
    fn body(&mut self, close: u8) -> Option<Vec<Token>> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut open: Vec<(usize, u8)> = Vec::new();
        loop {
            let byte = self.peek()?;
            let start = self.position();
            match byte {
                b' ' | b'\n' | b'\t' => self.step(),
                b'(' | b'[' | b'{' => {
                    open.push((tokens.len(), closer(byte)));
                    tokens.push(self.one(Kind::Open { mate: 0 }, start));
                }
                b')' | b']' | b'}' => {
                    let Some((at, wanted)) = open.pop() else {
                        self.step();
                        return (byte == close).then_some(tokens);
                    };
                    if byte != wanted {
                        return None;
                    }
                    tokens[at].kind = Kind::Open { mate: u32::try_from(tokens.len()).ok()? };
                    tokens.push(self.one(Kind::Close, start));
                }
                _ if self.plain_comment()? => {}
                b'/' if self.bytes.get(self.at + 1) == Some(&b'/') => self.doc_comment(&mut tokens, start),
                _ => tokens.push(self.token(byte, start)?),
            }
        }
    }

    /// A token of one character.
    fn one(&mut self, kind: Kind, start: Position) -> Token {
        let from = self.at;
        self.step();
        self.since(kind, from, start)
    }

    /// The token that began at `from`.
    fn since(&self, kind: Kind, from: usize, start: Position) -> Token {
        let prefix = if kind == (Kind::Word { raw: true }) { 2 } else { 0 };
        let text = self.text[from + prefix..self.at].into();
        Token { kind, text, start, end: self.position(), bytes: (from as u32, self.at as u32) }
    }

    /// A `///` comment as the six tokens of an attribute, with the places that the long way gives them.
    fn doc_comment(&mut self, tokens: &mut Vec<Token>, start: Position) {
        let from = self.at;
        self.skip_line();
        let at = from as u32;
        let short = |kind: Kind, text: &str| {
            let length = text.len() as u32;
            let end = Position { column: start.column + length, ..start };
            Token { kind, text: text.into(), start, end, bytes: (at, at + length) }
        };
        let mate = tokens.len() as u32 + 5;
        tokens.push(short(Kind::Punct, "#"));
        tokens.push(short(Kind::Open { mate }, "["));
        tokens.push(short(Kind::Word { raw: false }, "doc"));
        tokens.push(short(Kind::Punct, "="));
        let mut literal = self.since(Kind::Literal, from, start);
        literal.text = raw_literal(&self.text[from + 3..self.at]).into();
        let last = self.text[from..self.at].chars().next_back().map_or(1, char::len_utf8);
        let close = Token {
            kind: Kind::Close,
            text: "]".into(),
            start: Position { column: literal.end.column - 1, ..start },
            end: literal.end,
            bytes: ((self.at - last) as u32, self.at as u32),
        };
        tokens.push(literal);
        tokens.push(close);
    }

    /// A word, a literal or a sign.
    fn token(&mut self, byte: u8, start: Position) -> Option<Token> {
        let from = self.at;
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.word();
                if byte == b'r' && self.at == from + 1 && matches!(self.peek(), Some(b'"' | b'#')) {
                    return self.raw(from, start);
                }
                // `b".."`, reserved prefixes, words of other scripts.
                if matches!(self.peek(), Some(b'"' | b'\'' | b'#' | 0x80..)) {
                    return None;
                }
                Some(self.since(Kind::Word { raw: false }, from, start))
            }
            b'0'..=b'9' => self.number(from, start),
            b'"' => {
                self.step();
                self.string()?;
                self.literal(from, start)
            }
            b'/' if matches!(self.bytes.get(self.at + 1), Some(b'/' | b'*')) => {
                // A doc comment outside of a call.
                self.skip_line();
                Some(self.since(Kind::Literal, from, start))
            }
            b'!' | b'#' | b'$' | b'%' | b'&' | b'*' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b';'
            | b'<' | b'=' | b'>' | b'?' | b'@' | b'^' | b'|' | b'~' => Some(self.one(Kind::Punct, start)),
            _ => None,
        }
    }

    fn word(&mut self) {
        while matches!(self.peek(), Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Whole numbers and plain fractions; all others go the long way.
    fn number(&mut self, from: usize, start: Position) -> Option<Token> {
        let digits = |scan: &mut Self| {
            while matches!(scan.peek(), Some(b'0'..=b'9' | b'_')) {
                scan.at += 1;
            }
        };
        digits(self);
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return None;
            }
            digits(self);
            if self.peek() == Some(b'.') {
                return None;
            }
        }
        self.literal(from, start)
    }

    /// To behind the closing quote.
    fn string(&mut self) -> Option<()> {
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.step();
                    if !matches!(self.peek()?, b'n' | b't' | b'r' | b'\\' | b'"' | b'\'' | b'0') {
                        return None;
                    }
                }
                _ => {}
            }
            self.step();
        }
        self.step();
        Some(())
    }

    /// `r#name`, `r".."` or `r#".."#`, behind its `r`.
    fn raw(&mut self, from: usize, start: Position) -> Option<Token> {
        let mut hashes = 0;
        while self.peek() == Some(b'#') {
            self.at += 1;
            hashes += 1;
        }
        if self.peek() == Some(b'"') {
            self.step();
            loop {
                let quote = self.peek()? == b'"';
                self.step();
                let rest = &self.bytes[self.at..];
                if quote && rest.len() >= hashes && rest[..hashes].iter().all(|b| *b == b'#') {
                    self.at += hashes;
                    return self.literal(from, start);
                }
            }
        }
        let name = self.at;
        if hashes != 1 || !matches!(self.peek(), Some(b'a'..=b'z' | b'A'..=b'Z')) {
            return None;
        }
        self.word();
        let reserved = matches!(&self.text[name..self.at], "self" | "Self" | "super" | "crate");
        if reserved || matches!(self.peek(), Some(b'"' | b'\'' | b'#' | 0x80..)) {
            return None;
        }
        Some(self.since(Kind::Word { raw: true }, from, start))
    }

    /// A literal ends where no word goes on.
    fn literal(&self, from: usize, start: Position) -> Option<Token> {
        match self.peek() {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' | 0x80..) => None,
            _ => Some(self.since(Kind::Literal, from, start)),
        }
    }
}

#[cfg(test)]
mod tests;
