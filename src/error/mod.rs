//! Everything that can stop a run, as one enum with a variant for each finding.
//!
//! Comes in: what the drivers found. Goes out: messages that say what was found and the way out, without a
//! connection's address and without values of rows. It must not know how a finding is made.

use std::time::Duration;

use crate::probe::RowsInTheWay;

pub(crate) mod database;
mod message;
mod way_out;

pub use database::DatabaseError;

/// An error of the application's own: what a function gives that a migration calls.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why nothing was done, or why it was undone.
///
/// Whatever the variant, a migration that is named in an error has left nothing behind, except where the
/// variant's own text says otherwise, and except for one whose steps stand outside of a transaction: what they have done is
/// kept and recorded, and the next run goes on behind it.
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
    /// A baseline of a database whose history has begun.
    HistoryBegun {
        /// The history table's name.
        history_table: String,
        /// The last migration that it has.
        last: String,
    },
    /// A baseline of a database that has none of the tables that the migrations create.
    NothingThere {
        /// The tables.
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
    /// A table is to be dropped whose rows others refer to, with actions that would delete or change those
    /// rows.
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
    /// Rows that are there make statements fail, of which none was run.
    RowsInTheWay {
        /// What was found.
        found: Vec<RowsInTheWay>,
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
    /// Raw SQL, or a function that was called, ended the transaction of its migration: what it did before that may have
    /// been kept.
    TransactionEnded {
        /// The migration.
        migration: String,
        /// The file in which the SQL or the call stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// The path of the function, if it was one.
        function: Option<String>,
        /// The error that the function gave, if it gave one.
        source: Option<BoxError>,
    },
    /// A function that a migration calls gave an error.
    Function {
        /// The migration.
        migration: String,
        /// The file in which the call stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// The path of the function.
        function: String,
        /// What it gave. An error of the driver itself is a [`DatabaseError`] here, so that no values of rows are
        /// printed.
        source: BoxError,
    },
    /// A function that a migration calls went on after an error of PostgreSQL, which had ended all work by then.
    ErrorIgnored {
        /// The migration.
        migration: String,
        /// The file in which the call stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// The path of the function.
        function: String,
    },
    /// A function that a migration calls changed the schema, of which the history would not know.
    SchemaChanged {
        /// The migration.
        migration: String,
        /// The file in which the call stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// The path of the function.
        function: String,
        /// What was created, changed or dropped.
        objects: Vec<String>,
        /// Whether that is kept, as the call stands outside of a transaction.
        kept: bool,
    },
    /// A function that a migration calls outside of a transaction came back inside one, which was rolled back.
    TransactionLeft {
        /// The migration.
        migration: String,
        /// The file in which the call stands.
        file: String,
        /// Its line, from 1.
        line: u32,
        /// Its column, from 1.
        column: u32,
        /// The path of the function.
        function: String,
    },
    /// A migration outside of a transaction was cut off and is to be reverted: what it has done cannot be told from what it
    /// has not.
    Unfinished {
        /// The migration.
        migration: String,
        /// How many of its steps are done.
        done: usize,
    },
    /// The revert of a migration outside of a transaction was cut off, and migrations are to be applied.
    HalfReverted {
        /// The migration.
        migration: String,
    },
    /// A step outside of a transaction needs one session of PostgreSQL from its beginning to its end, and this connection
    /// goes through a pooler that hands out another for each message.
    NeedsDirectConnection,
    /// A migration, or its way back, calls a function that this program does not have.
    FunctionMissing {
        /// The migration.
        migration: String,
        /// The path of the function.
        function: String,
    },
    /// PostgreSQL's `search_path` names no schema that exists.
    NoSchema,
    /// No schema of PostgreSQL to be migrated can have that name.
    SchemaName {
        /// The name.
        schema: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The schema that is to be migrated does not exist, and could not be made.
    SchemaMissing {
        /// The schema.
        schema: String,
        /// What the database says.
        source: DatabaseError,
    },
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
            | Error::SchemaMissing { source, .. }
            | Error::OutcomeUnknown { source, .. }
            | Error::Database { source, .. } => Some(source),
            Error::Function { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }
}

// The message holds what the database or a function said, and a reporter that walks the chain would say it twice: so the
// chain goes on behind it. `database_error` has it as a value.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Function { source, .. } | Error::TransactionEnded { source: Some(source), .. } => {
                source.source()
            }
            _ => None,
        }
    }
}
