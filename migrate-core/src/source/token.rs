//! Plain tokens: what the parser walks over, whichever lexer made them.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word: `alter`, `users`; also `r#type`, whose text is then without the `r#`.
    Word {
        /// Written with `r#`: always a name, never a word of the language.
        raw: bool,
    },
    /// One character of punctuation.
    Punct,
    /// `(`, `[` or `{`; `mate` is the number of the token that closes it.
    Open {
        /// Number of the closing token.
        mate: u32,
    },
    /// `)`, `]` or `}`.
    Close,
    /// Any literal, as written.
    Literal,
}

/// A place in a file: both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: Box<str>,
    /// Where it begins.
    pub start: Position,
    /// Just behind its last character.
    pub end: Position,
    /// Byte range in the file's text; `0..0` where the lexer does not tell (inside the compiler).
    pub bytes: (u32, u32),
}

impl Token {
    /// Whether both are the same word, sign or literal, wherever they stand.
    pub fn same_text(&self, other: &Token) -> bool {
        let kind = match (self.kind, other.kind) {
            (Kind::Open { .. }, Kind::Open { .. }) => true,
            (a, b) => a == b,
        };
        kind && self.text == other.text
    }
}
