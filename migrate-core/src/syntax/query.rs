//! The tree of `select`, and of the statements that move rows.

use super::ast::{Expr, Name};
use crate::source::Loc;

/// `select [distinct] ITEM, .. [from ..] [where ..] [group by ..] [having ..] [order by ..] [limit ..]`
#[derive(Clone, Debug)]
pub struct Select {
    /// `distinct`
    pub distinct: bool,
    /// What comes out, never empty.
    pub items: Vec<SelectItem>,
    /// The tables, in order; none in `select 1 where ..`.
    pub sources: Vec<Source>,
    /// `where`
    pub condition: Option<Expr>,
    /// `group by`
    pub group_by: Vec<Expr>,
    /// `having`
    pub having: Option<Expr>,
    /// `order by`
    pub order_by: Vec<OrderKey>,
    /// `limit N`
    pub limit: Option<Limit>,
    /// `offset N`
    pub offset: Option<Limit>,
    /// All its tokens.
    pub loc: Loc,
}

/// `EXPR [as NAME]`
#[derive(Clone, Debug)]
pub struct SelectItem {
    /// The value.
    pub expr: Expr,
    /// The name that it gets.
    pub alias: Option<Name>,
}

/// A table behind `from` or `join`.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: Name,
    /// What it is called within the `select`.
    pub alias: Option<Name>,
    /// How it is joined to those before; absent for the first.
    pub join: Option<Join>,
}

/// `[left] join .. on EXPR`
#[derive(Clone, Debug)]
pub struct Join {
    /// `left`: rows without a match stay.
    pub left: bool,
    /// `on`
    pub on: Expr,
}

/// A key of `order by`.
#[derive(Clone, Debug)]
pub struct OrderKey {
    /// The value.
    pub expr: Expr,
    /// `desc`
    pub descending: bool,
}

/// A number of rows.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The number.
    pub rows: u64,
    /// Its token.
    pub loc: Loc,
}

/// `insert into TABLE (COLUMN, ..) ..`
#[derive(Clone, Debug)]
pub struct Insert {
    /// The table.
    pub table: Name,
    /// The columns that are written.
    pub columns: Vec<Name>,
    /// What is written to them.
    pub rows: Rows,
    /// `on conflict do nothing`
    pub or_nothing: bool,
}

/// The rows of an `insert`.
#[derive(Clone, Debug)]
pub enum Rows {
    /// `values (..), ..`
    Values(Vec<Row>),
    /// `select ..`
    Select(Box<Select>),
}

/// `(EXPR, ..)`
#[derive(Clone, Debug)]
pub struct Row {
    /// The values.
    pub values: Vec<Expr>,
    /// Its tokens, with the parentheses.
    pub loc: Loc,
}

/// `update TABLE set COLUMN = EXPR, .. [where EXPR] [in batches of N]`
#[derive(Clone, Debug)]
pub struct Update {
    /// The table.
    pub table: Name,
    /// Columns and their new values.
    pub set: Vec<(Name, Expr)>,
    /// `where`
    pub condition: Option<Expr>,
    /// `in batches of`
    pub batches: Option<Batches>,
}

/// `in batches of N`
#[derive(Clone, Debug)]
pub struct Batches {
    /// How many rows of the table one batch looks at.
    pub rows: u64,
    /// Its tokens.
    pub loc: Loc,
}

/// `delete from TABLE [where EXPR]`
#[derive(Clone, Debug)]
pub struct Delete {
    /// The table.
    pub table: Name,
    /// `where`
    pub condition: Option<Expr>,
}
