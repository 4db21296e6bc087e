//! The tree of an index and of a collation; the rest of the tree is in `ast`.

use super::ast::{Expr, Name};
use super::types::{Collation, Method, Nulls, Only};
use crate::source::Loc;

/// `[unique] index NAME (KEY, ..) ..`
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name.
    pub name: Name,
    /// `unique`
    pub unique: bool,
    /// What it is over.
    pub keys: Vec<IndexKey>,
    /// `include (..)`
    pub include: Vec<Name>,
    /// `nulls not distinct`
    pub nulls_not_distinct: Option<Loc>,
    /// `using METHOD`
    pub method: Option<(Method, Loc)>,
    /// `where`
    pub condition: Option<Expr>,
    /// `only postgres`
    pub only: Option<(Only, Loc)>,
    /// All its tokens.
    pub loc: Loc,
}

/// One key of an index.
#[derive(Clone, Debug)]
pub struct IndexKey {
    /// A column, or an expression.
    pub expr: Expr,
    /// `collate ..`
    pub collate: Option<Collate>,
    /// `class NAME`: PostgreSQL's operator class.
    pub class: Option<Name>,
    /// `desc`
    pub descending: bool,
    /// `nulls first`, `nulls last`
    pub nulls: Option<(Nulls, Loc)>,
}

/// A collation and its tokens.
#[derive(Clone, Debug)]
pub struct Collate {
    /// The collation.
    pub collation: Collation,
    /// Its tokens, without the word `collate`.
    pub loc: Loc,
}
