//! A macro's body as a list of pieces: tokens and comments, each with the line breaks before it.

use crate::source::{Kind, Token};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    Word,
    Punct,
    /// With the number of the piece that closes it.
    Open(usize),
    Close,
    Literal,
    /// `// ..` and `/// ..`: nothing stands behind it on its line.
    LineComment,
    BlockComment,
}

/// A token or a comment, as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'t> {
    pub kind: PieceKind,
    pub text: &'t str,
    /// Line breaks between the piece before and this one: none, one, or more, which is 2.
    pub breaks: u8,
    /// Whether nothing stands between the piece before and this one.
    pub glued: bool,
}

impl Piece<'_> {
    pub fn is(&self, text: &str) -> bool {
        self.text == text && !matches!(self.kind, PieceKind::Literal)
    }

    pub fn is_comment(&self) -> bool {
        matches!(self.kind, PieceKind::LineComment | PieceKind::BlockComment)
    }
}

/// The pieces of a body that begins at byte `from`, behind its opening delimiter, and the byte of the closing one.
pub(super) fn pieces<'t>(text: &'t str, from: usize, tokens: &[Token]) -> (Vec<Piece<'t>>, usize) {
    let mut reader = Reader { text, at: from, pieces: Vec::new(), opens: Vec::new() };
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        let (start, end) = (token.bytes.0 as usize, token.bytes.1 as usize);
        reader.gap(start);
        let rest = &text[start..];
        // A doc comment is the tokens of an attribute, `#[..]` or `#![..]`, all of them at the place of the comment.
        let doc = match &*token.text == "#" {
            true if rest.starts_with("///") || rest.starts_with("/**") => tokens.get(i + 1),
            true if rest.starts_with("//!") || rest.starts_with("/*!") => tokens.get(i + 2),
            _ => None,
        };
        match doc.map(|t| t.kind) {
            Some(Kind::Open { mate }) => {
                reader.comment();
                i = mate as usize + 1;
            }
            _ => {
                let kind = match token.kind {
                    Kind::Word { .. } => PieceKind::Word,
                    Kind::Punct => PieceKind::Punct,
                    Kind::Literal => PieceKind::Literal,
                    Kind::Open { .. } => PieceKind::Open(usize::MAX),
                    Kind::Close => PieceKind::Close,
                };
                reader.push(kind, end);
                i += 1;
            }
        }
    }
    reader.gap(text.len());
    (reader.pieces, reader.at)
}

/// The first byte from `at` on that belongs to no blank and no comment.
pub(super) fn behind_comments(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text[at..].trim_start();
        at = text.len() - rest.len();
        match rest.starts_with("//") || rest.starts_with("/*") {
            true => at += comment_length(rest),
            false => return at,
        }
    }
}

/// How many bytes the comment has with which a text begins, without its line's end.
fn comment_length(comment: &str) -> usize {
    if comment.starts_with("//") {
        return comment.split('\n').next().unwrap_or_default().trim_end_matches('\r').len();
    }
    let bytes = comment.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at < bytes.len() {
        match &bytes[at..bytes.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    pieces: Vec<Piece<'t>>,
    /// Pieces that are open.
    opens: Vec<usize>,
}

impl Reader<'_> {
    /// Reads comments up to a byte, or to something else that is neither a comment nor a blank.
    fn gap(&mut self, end: usize) {
        loop {
            let rest = &self.text[self.at..end];
            let blank = rest.len() - rest.trim_start().len();
            let after = &rest[blank..];
            if !after.starts_with("//") && !after.starts_with("/*") {
                // The blanks belong to the piece that follows.
                if after.is_empty() && end < self.text.len() {
                    return;
                }
                self.at += if end == self.text.len() { blank } else { 0 };
                return;
            }
            self.comment();
        }
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        let start = rest.len() - rest.trim_start().len();
        let comment = &rest[start..];
        let kind = match comment.starts_with("//") {
            true => PieceKind::LineComment,
            false => PieceKind::BlockComment,
        };
        self.push(kind, self.at + start + comment_length(comment));
    }

    /// Adds what ends at a byte.
    fn push(&mut self, kind: PieceKind, end: usize) {
        let whole = &self.text[self.at..end];
        let text = whole.trim_start();
        let blank = &whole[..whole.len() - text.len()];
        let breaks = blank.matches('\n').count().min(2) as u8;
        let number = self.pieces.len();
        match kind {
            PieceKind::Open(_) => self.opens.push(number),
            PieceKind::Close => {
                if let Some(open) = self.opens.pop() {
                    self.pieces[open].kind = PieceKind::Open(number);
                }
            }
            _ => {}
        }
        self.pieces.push(Piece { kind, text, breaks, glued: blank.is_empty() });
        self.at = end;
    }
}
