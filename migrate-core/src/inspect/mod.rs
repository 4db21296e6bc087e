//! Reading a schema back from a database, and comparing it with the folded one.
//!
//! The language crate does no database I/O: [`queries`] says what to ask, the caller runs it, [`read`] turns the answers
//! into a [`Schema`] in *normal form*, which is what that database can tell of a schema. [`seen`] brings a folded schema
//! to the same form, and [`differences`] compares the two. This room must not know of connections, migrations or steps.
//!
//! The normal form of a dialect:
//! - a type is [`Type::Native`](crate::schema::Type::Native) with the text of that dialect alone: in SQLite the affinity
//!   (`strict` before it in STRICT tables, `(rowid)` behind it for the key that numbers itself), in PostgreSQL the name
//!   that `format_type` gives it;
//! - defaults, checks, conditions and keys that are no plain column are SQL in the one canonical text of `sqlexpr`;
//! - names of constraints are empty in SQLite, where they mean nothing, and `given` nowhere;
//! - comments are PostgreSQL's alone, and no check belongs to an enum;
//! - a view is its name and the names of its columns, none where they are not known, and a trigger is its name and what it
//!   stands on: each database keeps what they do in words of its own.

pub(crate) mod postgres;
pub(crate) mod sqlexpr;
pub(crate) mod sqlite;

mod answers;
mod compare;
mod difference;
mod lowered;
mod normal;
mod unread;

pub use compare::differences;
pub use difference::{Aspect, Change, Difference, Object};
pub use normal::seen;
pub use unread::{Unread, UnreadKind};

use crate::schema::Schema;
use crate::target::Dialect;

/// A question to a database. Every column of the answer is text or null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// What it asks for.
    pub name: &'static str,
    /// The SQL: one statement without parameters.
    pub sql: &'static str,
}

/// The answer to a query.
pub type Rows = Vec<Vec<Option<String>>>;

/// What to ask a database for its schema: run all of them, in this order, in one transaction.
///
/// In PostgreSQL they speak of `current_schema()`, and print times and intervals by the settings of the session: leave
/// `DateStyle` and `IntervalStyle` at `ISO` and `postgres`.
pub fn queries(dialect: Dialect) -> &'static [Query] {
    match dialect {
        Dialect::Sqlite => &sqlite::QUERIES,
        Dialect::Postgres => &postgres::QUERIES,
    }
}

/// The schema that the answers to [`queries`] tell of, in normal form, without the tables named in `exclude` (the
/// history table); and what stands in the database beside it or is only partly told by it.
///
/// Never fails: an answer that is missing or too short tells of nothing.
pub fn read(dialect: Dialect, answers: &[Rows], exclude: &[&str]) -> (Schema, Vec<Unread>) {
    match dialect {
        Dialect::Sqlite => sqlite::read::read(answers, exclude),
        Dialect::Postgres => postgres::read::read(answers, exclude),
    }
}
