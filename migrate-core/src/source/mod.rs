//! Where text comes from: files, tokens, and the places in them.
//!
//! Comes in: text, or tokens that a door made. Goes out: plain tokens, `Send + 'static`, with lines and columns.
//! No compiler span lives here: a span that outlives its macro call makes rustc panic.

pub mod files;
pub mod lex;
pub mod lock;
mod quick;
pub mod token;

pub use token::{Kind, Position, Token};

/// Which file of a history: 0 is the one with the list, migration `n` (from 0) is file `n + 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A run of tokens of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Loc {
    /// The file.
    pub file: FileId,
    /// Number of the first token in the file's list.
    pub first: u32,
    /// Number of the last token, included.
    pub last: u32,
}

impl Loc {
    /// From the first token of this to the last of `other`, which stands in the same file.
    pub fn to(self, other: Loc) -> Loc {
        Loc { file: self.file, first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// The body of one macro call: `migration! { .. }` or `history! { .. }`.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The file's name for messages, without folders: `m0001_add_urls.rs`.
    pub file: String,
    /// All tokens between the call's delimiters.
    pub tokens: Vec<Token>,
    /// Whether it did not parse, so that what it declares is not known.
    pub broken: bool,
}
