//! Everything that can stop a run, as one enum with a variant for each finding.
//!
//! Comes in: what the drivers found. Goes out: messages that say what was found and the way out, without a
//! connection's address and without values of rows. It must not know how a finding is made.

use std::fmt;
use std::time::Duration;

pub use crate::database_error::DatabaseError;

/// Why nothing was done, or why it was undone.
///
/// Whatever the variant, a migration that is named in an error has left nothing behind, except where the variant's
/// own text says otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A migration that is applied has been edited since.
    Changed {
        /// The first one that differs.
        migration: String,
        /// The checksum it was applied with.
        applied: String,
        /// The checksum it has now.
        declared: String,
    },
    /// The database has migrations after the last one that this program knows.
    DatabaseIsNewer {
        /// The last migration that both know.
        last_known: Option<String>,
        /// The ones that only the database has.
        unknown: Vec<String>,
    },
    /// The database and the program agree up to one migration and then each goes its own way.
    Forked {
        /// The last migration that both agree on.
        after: Option<String>,
        /// What the database has after it.
        database: Vec<String>,
        /// What the program has after it.
        declared: Vec<String>,
    },
    /// Another process was migrating, or held the database's write lock, all the time.
    Locked {
        /// How long this one waited.
        waited: Duration,
    },
    /// The connection is inside a transaction of the caller.
    InTransaction,
    /// A migration that was to be reverted has no way back.
    Irreversible {
        /// The migration.
        migration: String,
        /// The reason its author gave, where this program still knows it.
        reason: Option<String>,
    },
    /// A target that the history does not have (or, for a revert, that is not applied).
    UnknownMigration {
        /// The name that was given.
        migration: String,
        /// The last migration there is to name.
        last: Option<String>,
    },
    /// The history table is empty or missing, but tables that the first migration creates are there.
    HistoryLost {
        /// The history table's name.
        history_table: String,
        /// The tables that exist already.
        tables: Vec<String>,
    },
    /// A table has the history table's name but cannot be read as one.
    HistoryTable {
        /// The table's name.
        table: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The history was not compiled for this database.
    DialectMissing {
        /// The first migration without SQL for it.
        migration: String,
        /// The database's name.
        dialect: &'static str,
    },
    /// A SQLite journal mode that loses the database when the process is killed.
    JournalMode {
        /// The mode found.
        mode: String,
    },
    /// A temporary or attached object has the name of one that is migrated.
    ShadowedName {
        /// The name.
        name: String,
        /// The schema in which the other object is.
        schema: String,
    },
    /// SQLite did not take the setting of `foreign_keys` that the run needs.
    ForeignKeySetting {
        /// Whether they had to be on.
        wanted: bool,
    },
    /// A table that is to be rebuilt does not exist.
    TableMissing {
        /// The migration.
        migration: String,
        /// The table.
        table: String,
    },
    /// A table that is to be rebuilt has columns that the history does not know: they would be erased.
    UnknownColumns {
        /// The migration.
        migration: String,
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// A table that is to be rebuilt lacks columns that the history knows.
    MissingColumns {
        /// The migration.
        migration: String,
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// The name that a rebuild needs for the new table is in use.
    NameTaken {
        /// The migration.
        migration: String,
        /// The name.
        name: String,
    },
    /// A rebuild must keep rowids, but columns hide every name that a rowid has.
    RowidHidden {
        /// The migration.
        migration: String,
        /// The table.
        table: String,
    },
    /// A rebuild would have lost or made rows.
    RowCount {
        /// The migration.
        migration: String,
        /// The table whose rows were counted.
        table: String,
        /// Rows before.
        before: i64,
        /// Rows after.
        after: i64,
    },
    /// A rebuild would have changed values that it was only to copy.
    ValuesChanged {
        /// The migration.
        migration: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// How many cells.
        cells: i64,
    },
    /// A table is to be dropped whose rows others refer to, with actions that would delete or change those rows.
    DropsReferenced {
        /// The migration.
        migration: String,
        /// The table.
        table: String,
        /// The tables that refer to it and have rows.
        children: Vec<String>,
    },
    /// A view that worked before a rebuild does not work after it.
    ViewBroken {
        /// The migration.
        migration: String,
        /// The view.
        view: String,
        /// What the database says.
        source: DatabaseError,
    },
    /// The run would have left rows that point to nothing.
    NewForeignKeyViolations {
        /// How many.
        count: usize,
        /// The first of them: table, rowid and the table that lacks the row.
        violations: Vec<Violation>,
    },
    /// A statement failed.
    Statement {
        /// The migration.
        migration: String,
        /// The file in which the statement stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// The SQL that was sent.
        sql: String,
        /// What the database says.
        source: DatabaseError,
    },
    /// Raw SQL ended the transaction of its migration: what it did before that may have been kept.
    TransactionEnded {
        /// The migration.
        migration: String,
        /// The file in which the SQL stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
    },
    /// PostgreSQL's `search_path` names no schema that exists.
    NoSchema,
    /// The connection was lost while the migration was being committed: it may be applied or not.
    OutcomeUnknown {
        /// The migration.
        migration: String,
        /// What the driver says.
        source: DatabaseError,
    },
    /// The server answered the commit of a migration by rolling it back.
    RolledBack {
        /// The migration.
        migration: String,
    },
    /// The database refused something that is no migration's statement.
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        source: DatabaseError,
    },
}

/// A row that points to a row that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Violation {
    /// The table of the row.
    pub table: String,
    /// The row, unless the table is `WITHOUT ROWID`.
    pub rowid: Option<i64>,
    /// The table in which the other row is missing.
    pub parent: String,
}

impl Error {
    /// What the database itself said, where it said something.
    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            Error::ViewBroken { source, .. }
            | Error::Statement { source, .. }
            | Error::OutcomeUnknown { source, .. }
            | Error::Database { source, .. } => Some(source),
            _ => None,
        }
    }
}

// Without a `source`: the message holds what the database said, and a reporter that walks the chain would say it
// twice. `database_error` has it as a value.
impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Changed { migration, applied, declared } => write!(
                f,
                "migration `{migration}` was changed after it was applied (applied with checksum {applied}, now \
                 {declared}): applied migrations are never edited; restore it and write a new migration"
            ),
            Error::DatabaseIsNewer { last_known, unknown } => {
                let last = after(last_known);
                write!(
                    f,
                    "the database is newer than this program: {last} it has {}; deploy the program that has them, \
                     revert them, or accept them with `allow_newer()`",
                    names(unknown)
                )
            }
            Error::Forked { after: last, database, declared } => {
                let ours = match declared.as_slice() {
                    [] => "nothing".to_owned(),
                    declared => names(declared),
                };
                write!(
                    f,
                    "the histories fork: {} the database has {} and this program has {ours}; move the migrations \
                     that are not applied to the end, or revert the database's",
                    after(last),
                    names(database)
                )
            }
            Error::Locked { waited } => write!(
                f,
                "another process is migrating this database or holds its lock, still after {:.1} s: see what it is \
                 doing, or wait longer with `wait_for_peer(..)`",
                waited.as_secs_f64()
            ),
            Error::InTransaction => f.write_str(
                "the connection is inside a transaction: commit it or roll it back before migrating, or use another \
                 connection",
            ),
            Error::Irreversible { migration, reason: Some(reason) } => {
                write!(f, "migration `{migration}` cannot be reverted: {reason}")
            }
            Error::Irreversible { migration, reason: None } => {
                write!(f, "migration `{migration}` cannot be reverted: it was applied without a way back")
            }
            Error::UnknownMigration { migration, last: Some(last) } => {
                write!(f, "there is no migration `{migration}` to stop at: the last one is `{last}`")
            }
            Error::UnknownMigration { migration, last: None } => {
                write!(f, "there is no migration `{migration}` to stop at: there are no migrations")
            }
            Error::HistoryLost { history_table, tables } => write!(
                f,
                "no migration is recorded in `{history_table}`, but the database already has {}: restore the history \
                 table, or use `baseline` if the database was made by other means",
                names(tables)
            ),
            Error::HistoryTable { table, problem } => write!(
                f,
                "`{table}` cannot be used as the history table: {problem}; choose another with `table(..)`, or use \
                 the version of `migrate` that wrote it"
            ),
            Error::DialectMissing { migration, dialect } => write!(
                f,
                "migration `{migration}` was not compiled for {dialect}: name {dialect} among the databases of the \
                 history"
            ),
            Error::JournalMode { mode } => write!(
                f,
                "the journal mode is `{mode}`, with which an interrupted migration can destroy the database: set \
                 `PRAGMA journal_mode` to `wal` or `delete`"
            ),
            Error::ShadowedName { name, schema } => write!(
                f,
                "`{name}` also exists in the schema `{schema}` of this connection, which could be taken for the one \
                 in `main`: migrate on a connection without it"
            ),
            Error::ForeignKeySetting { wanted } => write!(
                f,
                "`PRAGMA foreign_keys` could not be switched {}: without that a migration could lose rows; migrate \
                 on a connection of its own",
                if *wanted { "on" } else { "off" }
            ),
            Error::TableMissing { migration, table } => write!(
                f,
                "migration `{migration}` changes the table `{table}`, which the database does not have: the \
                 database was changed by other means"
            ),
            Error::UnknownColumns { migration, table, columns } => write!(
                f,
                "migration `{migration}` rebuilds the table `{table}`, which has columns that the history does not \
                 know: {}; they would be lost: add them to the history, or drop them",
                names(columns)
            ),
            Error::MissingColumns { migration, table, columns } => write!(
                f,
                "migration `{migration}` rebuilds the table `{table}`, which lacks columns that the history knows: \
                 {}; the database was changed by other means",
                names(columns)
            ),
            Error::NameTaken { migration, name } => write!(
                f,
                "migration `{migration}` needs the name `{name}` for a while, which the database already uses: \
                 rename or drop that object"
            ),
            Error::RowidHidden { migration, table } => write!(
                f,
                "migration `{migration}` cannot keep the rowids of the table `{table}`: its columns use all of the \
                 names `rowid`, `_rowid_` and `oid`; rename one of them"
            ),
            Error::RowCount { migration, table, before, after } => write!(
                f,
                "migration `{migration}` would have changed the number of rows of the table `{table}` from {before} \
                 to {after} while rebuilding: everything was rolled back"
            ),
            Error::ValuesChanged { migration, table, column, cells } => write!(
                f,
                "migration `{migration}` would have converted {cells} values of the column `{column}` of the table \
                 `{table}` with loss: everything was rolled back; convert them explicitly"
            ),
            Error::DropsReferenced { migration, table, children } => write!(
                f,
                "migration `{migration}` drops the table `{table}`, and with it SQLite would delete or change rows of \
                 {}, which refer to it: to give the table another shape, declare the change instead of writing its \
                 SQL; to drop it, drop the references first",
                names(children)
            ),
            Error::ViewBroken { migration, view, source } => write!(
                f,
                "migration `{migration}` would have broken the view `{view}`: {source}; everything was rolled back: \
                 drop or change the view in the migration"
            ),
            Error::NewForeignKeyViolations { count, violations } => {
                write!(f, "the migrations would have left {count} rows that refer to missing rows")?;
                for (i, v) in violations.iter().enumerate() {
                    f.write_str(if i == 0 { ": " } else { ", " })?;
                    write!(f, "{v}")?;
                }
                if violations.len() < *count {
                    f.write_str(", ..")?;
                }
                f.write_str("; everything was rolled back")
            }
            Error::Statement { migration, file, line, column, sql, source } => {
                write!(f, "migration `{migration}` failed at {file}:{line}:{column}: {source}")?;
                write!(f, "\n  in: {}", shown(sql).replace('\n', "\n      "))
            }
            Error::TransactionEnded { migration, file, line, column } => write!(
                f,
                "the raw SQL at {file}:{line}:{column} ended the transaction of migration `{migration}`, so a part \
                 of the migration may have been kept and is not recorded: take the transaction control out of it, \
                 and undo by hand what it left"
            ),
            Error::NoSchema => f.write_str(
                "the connection has no current schema to put tables in: set `search_path` so that it begins with one \
                 that exists and is not PostgreSQL's own",
            ),
            Error::OutcomeUnknown { migration, source } => write!(
                f,
                "the connection was lost while migration `{migration}` was being committed ({source}): it is either \
                 applied whole or not at all; connect again and run again to find out"
            ),
            Error::RolledBack { migration } => write!(
                f,
                "the server rolled migration `{migration}` back instead of committing it: nothing of it was kept; \
                 run again"
            ),
            Error::Database { doing, source } => write!(f, "could not {doing}: {source}"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rowid {
            Some(rowid) => write!(f, "row {rowid} of `{}` to `{}`", self.table, self.parent),
            None => write!(f, "a row of `{}` to `{}`", self.table, self.parent),
        }
    }
}

fn after(migration: &Option<String>) -> String {
    match migration {
        Some(migration) => format!("after `{migration}`"),
        None => "from the start".to_owned(),
    }
}

/// Names in backticks, a few of them.
fn names(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut text = String::new();
    for (i, name) in names.iter().take(SHOWN).enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        text.push('`');
        text.push_str(name);
        text.push('`');
    }
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// The SQL as far as an error message should carry it.
fn shown(sql: &str) -> String {
    const SHOWN: usize = 1000;
    let sql = sql.trim();
    match sql.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} ..", &sql[..end]),
        None => sql.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_start_low_and_have_no_full_stop() {
        let errors = [
            Error::InTransaction,
            Error::NoSchema,
            Error::Locked {
                waited: Duration::from_millis(1500),
            },
            Error::UnknownMigration {
                migration: "x".into(),
                last: None,
            },
            Error::Forked {
                after: None,
                database: vec!["b".into()],
                declared: vec![],
            },
        ];
        for error in errors {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
    }

    #[test]
    fn a_fork_says_what_each_side_has() {
        let error = Error::Forked {
            after: Some("0002_b".into()),
            database: vec!["0004_d".into()],
            declared: vec!["0003_c".into(), "0004_d".into()],
        };
        assert_eq!(
            error.to_string(),
            "the histories fork: after `0002_b` the database has `0004_d` and this program has `0003_c`, `0004_d`; \
             move the migrations that are not applied to the end, or revert the database's"
        );
    }
}
