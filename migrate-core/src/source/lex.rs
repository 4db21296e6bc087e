//! Text and token streams to plain tokens.
//!
//! Comes in: a file's text, or the tokens of a macro call. Goes out: plain tokens. A file is never parsed as Rust: it is
//! scanned, token by token, for calls of our macros, since it also holds users' functions, in whatever syntax their
//! compiler knows. Files are lexed by proc-macro2 itself; a door inside the compiler forces that around the call.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::{Kind, Position, Token};

/// Which macro a call names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `history!`
    History,
    /// `migration!`
    Migration,
}

/// A call of one of our macros in a file.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which.
    pub which: Which,
    /// The tokens between its delimiters.
    pub tokens: Vec<Token>,
    /// Where its name stands.
    pub position: Position,
}

/// Why a text is not made of Rust tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexError {
    /// What is wrong, in the wording of diagnostics.
    pub message: String,
    /// Where.
    pub position: Position,
    /// Byte range in the text.
    pub bytes: (u32, u32),
}

/// The tokens of a stream, and the span of each, parallel to them. Works on the compiler's tokens and on others.
pub fn tokens(stream: TokenStream) -> (Vec<Token>, Vec<Span>) {
    let mut flat = Flat { tokens: Vec::new(), spans: Vec::new(), bytes: false };
    flat.stream(stream);
    (flat.tokens, flat.spans)
}

/// The calls of our macros at the top level of a file.
///
/// Byte ranges are those of the text as given, but for a byte order mark or CRLF line ends, which are read as if they
/// were not there; lines and columns are right in every case.
///
/// # Errors
/// The text is not made of Rust tokens.
pub fn calls(text: &str) -> Result<Vec<Call>, LexError> {
    let plain = plain_text(text);
    let stream: TokenStream = plain.parse().map_err(|error: proc_macro2::LexError| {
        let span = error.span();
        let bytes = span.byte_range();
        LexError {
            message: "cannot be read as Rust tokens".to_owned(),
            position: position(span.start()),
            bytes: (bytes.start as u32, bytes.end as u32),
        }
    })?;
    let calls = scan(stream);
    // The fallback keeps the text of everything it ever lexed on this thread; nothing of it is used after this.
    proc_macro2::extra::invalidate_current_thread_spans();
    Ok(calls)
}

/// The text as rustc reads it: CRLF as LF, no byte order mark, no shebang.
fn plain_text(text: &str) -> std::borrow::Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shebang = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    match (shebang, text.contains("\r\n")) {
        (false, false) => text.into(),
        (true, _) => format!("//{}", &text[2..]).replace("\r\n", "\n").into(),
        (false, true) => text.replace("\r\n", "\n").into(),
    }
}

fn scan(stream: TokenStream) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut name: Option<(Which, Position)> = None;
    let mut bang = false;
    for tree in stream {
        match tree {
            TokenTree::Ident(ident) => {
                let which = match () {
                    () if ident == "migration" => Some(Which::Migration),
                    () if ident == "history" => Some(Which::History),
                    () => None,
                };
                name = which.map(|w| (w, position(ident.span().start())));
                bang = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == '!' && name.is_some() => bang = true,
            TokenTree::Group(group) => {
                if let (Some((which, position)), true) = (name, bang) {
                    let mut flat = Flat { tokens: Vec::new(), spans: Vec::new(), bytes: true };
                    flat.stream(group.stream());
                    calls.push(Call { which, tokens: flat.tokens, position });
                }
                name = None;
                bang = false;
            }
            _ => {
                name = None;
                bang = false;
            }
        }
    }
    calls
}

struct Flat {
    tokens: Vec<Token>,
    spans: Vec<Span>,
    /// Whether the spans know byte ranges: those of files do, those of the compiler do not on stable.
    bytes: bool,
}

impl Flat {
    fn stream(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => self.group(&group),
                TokenTree::Ident(ident) => {
                    let text = ident.to_string();
                    match text.strip_prefix("r#") {
                        Some(text) => self.push(Kind::Word { raw: true }, text.into(), ident.span()),
                        None => self.push(Kind::Word { raw: false }, text.into_boxed_str(), ident.span()),
                    }
                }
                TokenTree::Punct(punct) => {
                    let mut buffer = [0; 4];
                    let text: &str = punct.as_char().encode_utf8(&mut buffer);
                    self.push(Kind::Punct, text.into(), punct.span());
                }
                TokenTree::Literal(literal) => {
                    self.push(Kind::Literal, literal.to_string().into_boxed_str(), literal.span());
                }
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            // Groups that macros make around what they pass on; not to be seen in the text.
            Delimiter::None => return self.stream(group.stream()),
        };
        let at = self.tokens.len();
        self.push(Kind::Open { mate: 0 }, open.into(), group.span_open());
        self.stream(group.stream());
        let mate = self.tokens.len() as u32;
        self.push(Kind::Close, close.into(), group.span_close());
        self.tokens[at].kind = Kind::Open { mate };
    }

    fn push(&mut self, kind: Kind, text: Box<str>, span: Span) {
        let bytes = if self.bytes { span.byte_range() } else { 0..0 };
        self.tokens.push(Token {
            kind,
            text,
            start: position(span.start()),
            end: position(span.end()),
            bytes: (bytes.start as u32, bytes.end as u32),
        });
        self.spans.push(span);
    }
}

/// proc-macro2 counts columns from 0.
fn position(at: proc_macro2::LineColumn) -> Position {
    Position { line: at.line as u32, column: at.column as u32 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_calls_between_other_code() {
        let text = "use x::y;\nfn f() { migration! { no } }\nmigrate::migration! { create table t { a: text } }\n";
        let calls = calls(text).unwrap();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].which, Which::Migration);
        assert_eq!(calls[0].position, Position { line: 3, column: 10 });
        let texts: Vec<&str> = calls[0].tokens.iter().map(|t| &*t.text).collect();
        assert_eq!(texts, ["create", "table", "t", "{", "a", ":", "text", "}"]);
        assert_eq!(calls[0].tokens[3].kind, Kind::Open { mate: 7 });
        let (from, to) = calls[0].tokens[2].bytes;
        assert_eq!(&text[from as usize..to as usize], "t");
    }

    #[test]
    fn reads_crlf_as_lf_and_skips_a_byte_order_mark() {
        let text = "\u{feff}migration! {\r\n  sql \"a\r\nb\";\r\n}";
        let calls = calls(text).unwrap();
        assert_eq!(&*calls[0].tokens[1].text, "\"a\nb\"");
        assert_eq!(calls[0].tokens[1].start, Position { line: 2, column: 7 });
    }

    #[test]
    fn says_where_text_is_no_tokens() {
        let error = calls("migration! {\n  sql 'x y';\n}").unwrap_err();
        assert_eq!(error.position.line, 2);
        assert!(calls("migration! { a ").is_err());
    }
}
