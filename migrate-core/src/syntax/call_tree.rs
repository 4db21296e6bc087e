//! The tree of `call`: functions of the application, by their paths.

use crate::source::Loc;

/// The path of a function, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionPath {
    /// Its words, with `::` between them and no blanks.
    pub text: String,
    /// Its tokens. The compiler looks the path up, so its errors belong there.
    pub loc: Loc,
}

/// `call ..`
#[derive(Clone, Debug)]
pub enum Call {
    /// `call PATH`: the function for the one database of the history.
    One(FunctionPath),
    /// `call { sqlite PATH, postgres PATH }`
    Each(Functions),
}

/// A function for each database; none does nothing there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions {
    /// For SQLite.
    pub sqlite: Option<FunctionPath>,
    /// For PostgreSQL.
    pub postgres: Option<FunctionPath>,
}
