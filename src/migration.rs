//! The static data that a macro call becomes.
//!
//! Comes in: nothing at run time; the macros write these values as `static` items. Goes out: what the
//! drivers run. It must not know how the SQL was made: the language lives in `migrate-core`, which the
//! runtime never links.

pub use crate::call::Call;

/// A whole history, in order, as `history!` declares it.
#[derive(Debug)]
pub struct History {
    pub(crate) migrations: &'static [&'static Migration],
    /// The schema in PostgreSQL; without one it is the connection's.
    pub(crate) schema: Option<&'static str>,
    /// Further schemas in PostgreSQL in which names are looked for.
    pub(crate) search_also: &'static [&'static str],
}

/// One migration of a [`History`].
#[derive(Debug)]
pub struct Migration {
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) checksum: &'static str,
    pub(crate) chain: &'static str,
    sqlite: Option<Script>,
    postgres: Option<Script>,
}

/// What one migration does on one database.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub(crate) up: Steps,
    pub(crate) down: Down,
    /// What rows can refuse of the way up.
    pub(crate) probes: &'static [Probe],
    /// At the end of a history's stretch of structure alone: the statements that make, of nothing, the schema which this
    /// migration leaves. Empty at any other.
    pub(crate) fresh: &'static [&'static str],
}

/// A question about rows that can make steps fail.
#[derive(Debug)]
pub struct Probe {
    /// Where the statement stands in the migration's file, both counted from 1.
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// The steps that it became: the first, and the one behind the last.
    pub(crate) steps: (u32, u32),
    /// How many migrations must be applied so that the question means the rows which the steps will find. With its own
    /// among them, only the steps themselves will.
    pub(crate) since: u32,
    /// Whether SQLite judges it at the end of the transaction alone, when names may be others.
    pub(crate) at_end: bool,
    /// The table whose rows are counted.
    pub(crate) table: &'static str,
    /// What they do, as said of several: "have `email` null".
    pub(crate) words: &'static str,
    /// Gives their number.
    pub(crate) count: &'static str,
    /// Gives the keys of the first of them, each as one text; empty where they have none.
    pub(crate) keys: &'static str,
}

/// The steps of one way. Nearly all are plain statements, and a plain table of them costs the compiler half as much as
/// one of calls.
#[derive(Debug, Clone, Copy)]
pub enum Steps {
    /// Line, column and SQL of one statement each.
    Plain(&'static [Plain]),
    /// Any steps.
    Any(&'static [Step]),
}

/// Line and column of a statement in its file, and its SQL.
pub type Plain = (u32, u32, &'static str);

/// The way back of a [`Script`].
#[derive(Debug, Clone, Copy)]
pub enum Down {
    /// The steps that undo the way up.
    Steps(Steps),
    /// There is no way back; the reason that the author gave.
    Irreversible(&'static str),
}

/// One thing to do, in the order of the migration file.
#[derive(Debug)]
pub struct Step {
    /// Where the statement stands in the migration's file, both counted from 1.
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) work: Work,
}

/// What a [`Step`] does.
#[derive(Debug)]
pub enum Work {
    /// One SQL statement, without a final semicolon.
    Statement(&'static str),
    /// Raw SQL of the author: one or more statements.
    Raw(&'static str),
    /// SQLite's rebuild of a table: create, copy, drop, rename, indexes.
    Rebuild(&'static Rebuild),
    /// A function of the application.
    Call(Call),
    /// PostgreSQL: an index comes or goes while others write to its table.
    Concurrently(&'static Concurrently),
    /// An update, batch by batch.
    Batches(&'static Batches),
}

/// An index of PostgreSQL that comes or goes outside of any transaction.
#[derive(Debug)]
pub struct Concurrently {
    /// The statement, without a final semicolon.
    pub(crate) sql: &'static str,
    /// The table, in the schema that is migrated.
    pub(crate) table: &'static str,
    /// The index.
    pub(crate) index: &'static str,
    /// Whether it goes.
    pub(crate) drops: bool,
}

/// An update that goes through its table in the order of the primary key, each batch in a transaction of its own.
#[derive(Debug)]
pub struct Batches {
    /// The table.
    pub(crate) table: &'static str,
    /// How many of its rows a batch looks at.
    pub(crate) rows: u64,
    /// The statement up to its condition.
    pub(crate) update: &'static str,
    /// The condition; empty for none.
    pub(crate) condition: &'static str,
    /// The table as SQL names it.
    pub(crate) from: &'static str,
    /// The columns of the primary key as SQL names them.
    pub(crate) key: &'static [&'static str],
}

/// A rebuild of one table on SQLite, from the folded schema.
///
/// The statements name everything with the schema `main`. The order is the one that SQLite's manual gives in
/// <https://www.sqlite.org/lang_altertable.html#otheralter>.
#[derive(Debug)]
pub struct Rebuild {
    /// The table's name, before and after.
    pub(crate) table: &'static str,
    /// The name that the new table has until the old one is gone.
    pub(crate) work_table: &'static str,
    /// All columns of the table as the history knows it before this step; one more in the database is refused.
    pub(crate) columns: &'static [&'static str],
    /// Names of the indexes that the history knows on the table, before and after this step; others are put back
    /// as they were.
    pub(crate) known_indexes: &'static [&'static str],
    /// `CREATE TABLE` of the work table, in its final shape.
    pub(crate) create: &'static str,
    /// The columns that are filled from the old table, each with the expression that fills it.
    pub(crate) copy_columns: &'static [&'static str],
    /// The expression for each of `copy_columns`, over the old table.
    pub(crate) copy_values: &'static [&'static str],
    /// Whether rows are identified by a hidden rowid that the copy must keep: true where neither the old nor the new
    /// table has an `INTEGER PRIMARY KEY` or is `WITHOUT ROWID`.
    pub(crate) keep_rowid: bool,
    /// `CREATE INDEX` statements of the final table.
    pub(crate) indexes: &'static [&'static str],
}

impl History {
    /// Every migration, in order.
    pub fn migrations(&self) -> impl ExactSizeIterator<Item = &'static Migration> + '_ {
        self.migrations.iter().copied()
    }

    /// The migration of that name.
    pub fn get(&self, name: &str) -> Option<&'static Migration> {
        self.migrations().find(|m| m.name == name)
    }
}

impl Migration {
    /// What it does on SQLite, if it was compiled for that.
    pub(crate) fn sqlite(&'static self) -> Option<&'static Script> {
        self.sqlite.as_ref()
    }

    /// What it does on PostgreSQL, if it was compiled for that.
    pub(crate) fn postgres(&'static self) -> Option<&'static Script> {
        self.postgres.as_ref()
    }

    /// The name as it is stored in the history table.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The checksum over the migration's canonical form: 32 hexadecimal digits.
    pub fn checksum(&self) -> &'static str {
        self.checksum
    }

    /// The checksum of the history up to and including this migration: 32 hexadecimal digits.
    pub fn chain(&self) -> &'static str {
        self.chain
    }
}

/// Constructors for the macros' output alone. No part of the public interface: they may change in any release.
#[doc(hidden)]
pub mod construct {
    pub use super::{Batches, Probe};
    use super::{Call, Concurrently, Down, History, Migration, Plain, Rebuild, Script, Step, Steps, Work};
    use crate::call::Function;
    #[cfg(feature = "rusqlite")]
    use crate::call::SqliteFunction;
    #[cfg(feature = "tokio-postgres")]
    use crate::call::{PostgresFunction, PostgresFunctionOutside};

    pub const fn history(migrations: &'static [&'static Migration]) -> History {
        History { migrations, schema: None, search_also: &[] }
    }

    /// A history that says where it stands in PostgreSQL.
    pub const fn history_in(
        schema: Option<&'static str>,
        search_also: &'static [&'static str],
        migrations: &'static [&'static Migration],
    ) -> History {
        History { migrations, schema, search_also }
    }

    pub const fn migration(
        name: &'static str,
        file: &'static str,
        checksum: &'static str,
        chain: &'static str,
        sqlite: Option<&'static Script>,
        postgres: Option<&'static Script>,
    ) -> Migration {
        let sqlite = match sqlite {
            Some(script) => Some(*script),
            None => None,
        };
        let postgres = match postgres {
            Some(script) => Some(*script),
            None => None,
        };
        Migration { name, file, checksum, chain, sqlite, postgres }
    }

    /// A migration of plain statements for both databases: what nearly every one is, in one call over one table, which
    /// is what costs the compiler least. `statements` are those of SQLite up, down, PostgreSQL up, down; `counts` says how
    /// many the first three are.
    pub const fn plain_migration(
        name: &'static str,
        file: &'static str,
        checksum: &'static str,
        chain: &'static str,
        counts: [usize; 3],
        statements: &'static [Plain],
    ) -> Migration {
        let [sqlite_up, sqlite_down, postgres_up] = counts;
        let (up, rest) = statements.split_at(sqlite_up);
        let (down, rest) = rest.split_at(sqlite_down);
        let sqlite = if cfg!(feature = "rusqlite") { Some(plain(up, down)) } else { None };
        let (up, down) = rest.split_at(postgres_up);
        let postgres = if cfg!(feature = "tokio-postgres") { Some(plain(up, down)) } else { None };
        Migration { name, file, checksum, chain, sqlite, postgres }
    }

    pub const fn plain(up: &'static [Plain], down: &'static [Plain]) -> Script {
        Script { up: Steps::Plain(up), down: Down::Steps(Steps::Plain(down)), probes: &[], fresh: &[] }
    }

    pub const fn script(up: &'static [Step], down: Down) -> Script {
        Script { up: Steps::Any(up), down, probes: &[], fresh: &[] }
    }

    /// A script with what rows can refuse of it.
    pub const fn probed(script: Script, probes: &'static [Probe]) -> Script {
        Script { probes, ..script }
    }

    /// A script with the statements that make the schema which its migration leaves.
    pub const fn fresh(script: Script, fresh: &'static [&'static str]) -> Script {
        Script { fresh, ..script }
    }

    #[allow(clippy::too_many_arguments)]
    pub const fn probe(
        line: u32,
        column: u32,
        steps: (u32, u32),
        (since, at_end): (u32, bool),
        table: &'static str,
        words: &'static str,
        count: &'static str,
        keys: &'static str,
    ) -> Probe {
        Probe { line, column, steps, since, at_end, table, words, count, keys }
    }

    pub const fn down(steps: &'static [Step]) -> Down {
        Down::Steps(Steps::Any(steps))
    }

    pub const fn irreversible(reason: &'static str) -> Down {
        Down::Irreversible(reason)
    }

    pub const fn statement(line: u32, column: u32, sql: &'static str) -> Step {
        Step { line, column, work: Work::Statement(sql) }
    }

    pub const fn raw(line: u32, column: u32, sql: &'static str) -> Step {
        Step { line, column, work: Work::Raw(sql) }
    }

    pub const fn rebuild(line: u32, column: u32, rebuild: &'static Rebuild) -> Step {
        Step { line, column, work: Work::Rebuild(rebuild) }
    }

    #[cfg(feature = "rusqlite")]
    pub const fn sqlite_call<F: SqliteFunction>(
        line: u32,
        column: u32,
        path: &'static str,
        function: &'static F,
    ) -> Step {
        Step {
            line,
            column,
            work: Work::Call(Call { path, function: Function::Sqlite(function), outside: false }),
        }
    }

    /// A function that makes its own transactions.
    #[cfg(feature = "rusqlite")]
    pub const fn sqlite_call_outside<F: SqliteFunction>(
        line: u32,
        column: u32,
        path: &'static str,
        function: &'static F,
    ) -> Step {
        Step {
            line,
            column,
            work: Work::Call(Call { path, function: Function::Sqlite(function), outside: true }),
        }
    }

    #[cfg(feature = "tokio-postgres")]
    pub const fn postgres_call<F: for<'t> PostgresFunction<'t>>(
        line: u32,
        column: u32,
        path: &'static str,
        function: &'static F,
    ) -> Step {
        Step {
            line,
            column,
            work: Work::Call(Call { path, function: Function::Postgres(function), outside: false }),
        }
    }

    /// A function that makes its own transactions.
    #[cfg(feature = "tokio-postgres")]
    pub const fn postgres_call_outside<F: for<'c> PostgresFunctionOutside<'c>>(
        line: u32,
        column: u32,
        path: &'static str,
        function: &'static F,
    ) -> Step {
        let function = Function::PostgresOutside(function);
        Step { line, column, work: Work::Call(Call { path, function, outside: true }) }
    }

    /// A call of a function that this program does not have.
    pub const fn call_elsewhere(line: u32, column: u32, path: &'static str) -> Step {
        Step { line, column, work: Work::Call(Call { path, function: Function::Elsewhere, outside: false }) }
    }

    /// The same of one that makes its own transactions.
    pub const fn call_outside_elsewhere(line: u32, column: u32, path: &'static str) -> Step {
        Step { line, column, work: Work::Call(Call { path, function: Function::Elsewhere, outside: true }) }
    }

    pub const fn concurrently(line: u32, column: u32, index: &'static Concurrently) -> Step {
        Step { line, column, work: Work::Concurrently(index) }
    }

    pub const fn index(
        sql: &'static str,
        table: &'static str,
        index: &'static str,
        drops: bool,
    ) -> Concurrently {
        Concurrently { sql, table, index, drops }
    }

    pub const fn batches(line: u32, column: u32, update: &'static Batches) -> Step {
        Step { line, column, work: Work::Batches(update) }
    }

    pub const fn update(
        table: &'static str,
        rows: u64,
        update: &'static str,
        condition: &'static str,
        from: &'static str,
        key: &'static [&'static str],
    ) -> Batches {
        Batches { table, rows, update, condition, from, key }
    }

    #[allow(clippy::too_many_arguments)]
    pub const fn table(
        table: &'static str,
        work_table: &'static str,
        columns: &'static [&'static str],
        known_indexes: &'static [&'static str],
        create: &'static str,
        copy_columns: &'static [&'static str],
        copy_values: &'static [&'static str],
        keep_rowid: bool,
        indexes: &'static [&'static str],
    ) -> Rebuild {
        Rebuild {
            table,
            work_table,
            columns,
            known_indexes,
            create,
            copy_columns,
            copy_values,
            keep_rowid,
            indexes,
        }
    }
}
