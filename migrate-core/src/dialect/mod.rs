//! Plan to SQL. One `match` over the dialect stands here; a folder for each holds the rest, with the same file names.
//!
//! Comes in: a step, the schema before and after it. Goes out: the work that the database does, in order.

pub mod sql;

use crate::schema::{Schema, Step};
use crate::target::{Dialect, Options};

/// One thing that the database does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// One SQL statement, without a final semicolon.
    Statement(String),
    /// SQL of the author, as it was written: one or more statements.
    Native(String),
    /// SQLite's rebuild of a table.
    Rebuild(Rebuild),
}

/// SQLite's rebuild of a table; the runtime's `Rebuild` says what each field is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// The table, before and after.
    pub table: String,
    /// Its name until the old one is gone.
    pub work_table: String,
    /// All columns that the history knows before the step.
    pub columns: Vec<String>,
    /// All indexes that the history knows before or after the step.
    pub known_indexes: Vec<String>,
    /// `CREATE TABLE` of the work table, named with `main.`.
    pub create: String,
    /// Columns that are filled from the old table.
    pub copy_columns: Vec<String>,
    /// SQL expression for each of them over the old table.
    pub copy_values: Vec<String>,
    /// Whether hidden rowids must be kept.
    pub keep_rowid: bool,
    /// `CREATE INDEX` statements of the final table.
    pub indexes: Vec<String>,
}

/// Why a dialect cannot do a step: becomes a compile error at the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The fact, in the wording of diagnostics.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The work of one step.
///
/// # Errors
/// What the dialect cannot do, with the reason.
pub fn lower(
    dialect: Dialect,
    step: &Step,
    before: &Schema,
    after: &Schema,
    options: &Options,
) -> Result<Vec<Work>, Unsupported> {
    let _ = (dialect, step, before, after, options);
    Ok(Vec::new())
}
/// Stand-in until the dialects are merged.
pub fn exported_file(_dialect: Dialect, _works: &[Work]) -> String { String::new() }
