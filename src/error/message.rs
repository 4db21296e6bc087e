//! The messages of the errors.
//!
//! Comes in: an error. Goes out: one text: what was found, and the way out. Lower case, no full stop at the end,
//! names in backticks; no address of a connection and no values of rows.

use std::fmt;

use super::{DatabaseError, Error, Violation};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Changed { migration, applied, declared } => write!(
                f,
                "migration `{migration}` was changed after it was applied (applied with checksum {applied}, \
                 now {declared}): applied migrations are never edited; restore it and write a new migration"
            ),
            Error::DatabaseIsNewer { last_known, unknown } => {
                let last = after(last_known);
                write!(
                    f,
                    "the database is newer than this program: {last} it has {}; deploy the program that has \
                     them, revert them, or accept them with `allow_newer()`",
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
                    "the histories fork: {} the database has {} and this program has {ours}; move the \
                     migrations that are not applied to the end, or revert the database's",
                    after(last),
                    names(database)
                )
            }
            Error::Locked { waited } => write!(
                f,
                "another process is migrating this database or holds its lock, still after {:.1} s: see what \
                 it is doing, or wait longer with `wait_for_peer(..)`",
                waited.as_secs_f64()
            ),
            Error::InTransaction => f.write_str(
                "the connection is inside a transaction: commit it or roll it back before migrating, or use \
                 another connection",
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
                "no migration is recorded in `{history_table}`, but the database already has {}: restore the \
                 history table, or use `baseline` if the database was made by other means",
                names(tables)
            ),
            Error::HistoryBegun { history_table, last } => write!(
                f,
                "the history table `{history_table}` has rows already, the last one of `{last}`: a baseline is for a \
                 database that has none"
            ),
            Error::NothingThere { tables } => write!(
                f,
                "none of the tables that the migrations create is there ({}): a baseline is for a database that has \
                 them; run the migrations",
                names(tables)
            ),
            Error::HistoryTable { table, problem } => write!(
                f,
                "`{table}` cannot be used as the history table: {problem}; choose another with `table(..)`, \
                 or use the version of `migrate` that wrote it"
            ),
            Error::DialectMissing { migration, dialect } => write!(
                f,
                "migration `{migration}` was not compiled for {dialect}: name {dialect} among the databases \
                 of the history"
            ),
            Error::JournalMode { mode } => write!(
                f,
                "the journal mode is `{mode}`, with which an interrupted migration can destroy the database: \
                 set `PRAGMA journal_mode` to `wal` or `delete`"
            ),
            Error::ShadowedName { name, schema } => write!(
                f,
                "`{name}` also exists in the schema `{schema}` of this connection, which could be taken for \
                 the one in `main`: migrate on a connection without it"
            ),
            Error::ForeignKeySetting { wanted } => write!(
                f,
                "`PRAGMA foreign_keys` could not be switched {}: without that a migration could lose rows; \
                 migrate on a connection of its own",
                if *wanted { "on" } else { "off" }
            ),
            Error::TableMissing { migration, table } => write!(
                f,
                "migration `{migration}` changes the table `{table}`, which the database does not have: the \
                 database was changed by other means"
            ),
            Error::UnknownColumns { migration, table, columns } => write!(
                f,
                "migration `{migration}` rebuilds the table `{table}`, which has columns that the history \
                 does not know: {}; they would be lost: add them to the history, or drop them",
                names(columns)
            ),
            Error::MissingColumns { migration, table, columns } => write!(
                f,
                "migration `{migration}` rebuilds the table `{table}`, which lacks columns that the history \
                 knows: {}; the database was changed by other means",
                names(columns)
            ),
            Error::NameTaken { migration, name } => write!(
                f,
                "migration `{migration}` needs the name `{name}` for a while, which the database already \
                 uses: rename or drop that object"
            ),
            Error::RowidHidden { migration, table } => write!(
                f,
                "migration `{migration}` cannot keep the rowids of the table `{table}`: its columns use all \
                 of the names `rowid`, `_rowid_` and `oid`; rename one of them"
            ),
            Error::RowCount { migration, table, before, after } => write!(
                f,
                "migration `{migration}` would have changed the number of rows of the table `{table}` from \
                 {before} to {after} while rebuilding: everything was rolled back"
            ),
            Error::ValuesChanged { migration, table, column, cells } => write!(
                f,
                "migration `{migration}` would have converted {cells} values of the column `{column}` of the \
                 table `{table}` with loss: everything was rolled back; convert them explicitly"
            ),
            Error::DropsReferenced { migration, table, children } => write!(
                f,
                "migration `{migration}` drops the table `{table}`, and with it SQLite would delete or \
                 change rows of {}, which refer to it: to give the table another shape, declare the change \
                 instead of writing its SQL; to drop it, drop the references first",
                names(children)
            ),
            Error::ViewBroken { migration, view, source } => write!(
                f,
                "migration `{migration}` would have broken the view `{view}`: {source}; everything was \
                 rolled back: drop or change the view in the migration"
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
            Error::RowsInTheWay { found } => {
                let mut migrations: Vec<String> = found.iter().map(|rows| rows.migration.clone()).collect();
                migrations.dedup();
                write!(
                    f,
                    "rows are in the way of migration{} {}: see to them by hand or in a migration before, and run again",
                    if migrations.len() == 1 { "" } else { "s" },
                    names(&migrations)
                )?;
                for rows in found {
                    write!(f, "\n  {rows}, at {}:{}:{}", rows.file, rows.line, rows.column)?;
                }
                Ok(())
            }
            Error::Statement { migration, file, line, column, sql, source } => {
                write!(f, "migration `{migration}` failed at {file}:{line}:{column}: {source}")?;
                way_out(f, source)?;
                write!(f, "\n  in: {}", shown(sql).replace('\n', "\n      "))
            }
            Error::TransactionEnded { migration, file, line, column, function, source } => {
                match function {
                    Some(function) => write!(f, "the function `{function}`, called")?,
                    None => f.write_str("the raw SQL")?,
                }
                write!(
                    f,
                    " at {file}:{line}:{column}{} ended the transaction of migration `{migration}`, so a part \
                     of the migration may have been kept and is not recorded: take the transaction control \
                     out of it, and undo by hand what it left",
                    if function.is_some() { "," } else { "" }
                )?;
                match source {
                    Some(source) => write!(f, " (it failed with: {source})"),
                    None => Ok(()),
                }
            }
            Error::Function { migration, file, line, column, function, source } => write!(
                f,
                "migration `{migration}` failed at {file}:{line}:{column}, in the function `{function}`: {source}"
            ),
            Error::ErrorIgnored { migration, file, line, column, function } => write!(
                f,
                "migration `{migration}` failed at {file}:{line}:{column}: the function `{function}` went on \
                 after an error of the database, which does nothing more in a transaction by then: return \
                 the error, or set a savepoint before what may fail and roll back to it"
            ),
            Error::SchemaChanged { migration, file, line, column, function, objects, kept } => write!(
                f,
                "migration `{migration}` failed at {file}:{line}:{column}: the function `{function}` changed \
                 the schema ({}), of which the history would not know; {}: change it by statements of the \
                 migration",
                names(objects),
                match kept {
                    true => "outside of a transaction that is kept, so undo it by hand",
                    false => "everything was rolled back",
                }
            ),
            Error::TransactionLeft { migration, file, line, column, function } => write!(
                f,
                "migration `{migration}` failed at {file}:{line}:{column}: the function `{function}` came back \
                 inside a transaction of its own, which was rolled back: commit what it begins"
            ),
            Error::Unfinished { migration, done } => write!(
                f,
                "migration `{migration}` was cut off after {done} of its steps and can neither be reverted nor \
                 repaired from there: apply it to its end first, with the program that began it"
            ),
            Error::HalfReverted { migration } => write!(
                f,
                "migration `{migration}` was being reverted and that was cut off: revert it to its end before \
                 anything is applied"
            ),
            Error::NeedsDirectConnection => f.write_str(
                "this connection hands out another session of PostgreSQL for each message, as a pooler in \
                 transaction mode does, and a step outside of a transaction needs one for all of them: connect to \
                 the server itself",
            ),
            Error::FunctionMissing { migration, function } => write!(
                f,
                "migration `{migration}` calls the function `{function}`, which this program does not have: \
                 run the application that has it"
            ),
            Error::NoSchema => f.write_str(
                "the connection has no current schema to put tables in: name one with `Runner::schema`, or set \
                 `search_path` so that it begins with one that exists and is not PostgreSQL's own",
            ),
            Error::SchemaName { schema, problem } => {
                write!(f, "`{}` cannot be the schema of a history: {problem}", schema.escape_default())
            }
            Error::SchemaMissing { schema, source } => write!(
                f,
                "the schema `{schema}` does not exist and cannot be made: {source}; let a role make it that may \
                 create schemas in this database, or name another"
            ),
            Error::OutcomeUnknown { migration, source } => write!(
                f,
                "the connection was lost while migration `{migration}` was being committed ({source}): it is \
                 either applied whole or not at all; connect again and run again to find out"
            ),
            Error::RolledBack { migration } => write!(
                f,
                "the server rolled migration `{migration}` back instead of committing it: nothing of it was \
                 kept; run again"
            ),
            Error::Database { doing, source } => {
                write!(f, "could not {doing}: {source}")?;
                way_out(f, source)
            }
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

/// What to do about an error of the database, behind it, where the message has no way out of its own.
fn way_out(f: &mut fmt::Formatter<'_>, source: &DatabaseError) -> fmt::Result {
    source.way_out().map_or(Ok(()), |way| write!(f, "; {way}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::DatabaseError;
    use crate::error::database::Parts;

    #[test]
    fn messages_start_low_and_have_no_full_stop() {
        let s = str::to_owned;
        let (migration, table, name) = (s("m"), s("t"), s("n"));
        let source = DatabaseError::new(Parts { message: s("no"), ..Parts::default() });
        let (m, t) = (|| migration.clone(), || table.clone());
        let errors = [
            Error::Changed { migration: m(), applied: s("1"), declared: s("2") },
            Error::DatabaseIsNewer { last_known: None, unknown: vec![s("a"); 9] },
            Error::Forked { after: None, database: vec![s("b")], declared: vec![] },
            Error::Locked { waited: Duration::from_millis(1500) },
            Error::InTransaction,
            Error::Irreversible { migration: m(), reason: None },
            Error::UnknownMigration { migration: m(), last: None },
            Error::HistoryLost { history_table: t(), tables: vec![s("a")] },
            Error::HistoryBegun { history_table: t(), last: m() },
            Error::NothingThere { tables: vec![s("a")] },
            Error::HistoryTable { table: t(), problem: s("it is not one") },
            Error::DialectMissing { migration: m(), dialect: "SQLite" },
            Error::JournalMode { mode: s("off") },
            Error::ShadowedName { name: name.clone(), schema: s("temp") },
            Error::ForeignKeySetting { wanted: false },
            Error::TableMissing { migration: m(), table: t() },
            Error::UnknownColumns { migration: m(), table: t(), columns: vec![s("c")] },
            Error::MissingColumns { migration: m(), table: t(), columns: vec![s("c")] },
            Error::NameTaken { migration: m(), name },
            Error::RowidHidden { migration: m(), table: t() },
            Error::RowCount { migration: m(), table: t(), before: 2, after: 1 },
            Error::ValuesChanged { migration: m(), table: t(), column: s("c"), cells: 3 },
            Error::DropsReferenced { migration: m(), table: t(), children: vec![s("c")] },
            Error::ViewBroken { migration: m(), view: s("v"), source: source.clone() },
            Error::NewForeignKeyViolations { count: 9, violations: vec![] },
            Error::RowsInTheWay { found: Vec::new() },
            Error::TransactionEnded {
                migration: m(),
                file: s("f"),
                line: 1,
                column: 2,
                function: None,
                source: None,
            },
            Error::TransactionEnded {
                migration: m(),
                file: s("f"),
                line: 1,
                column: 2,
                function: Some(s("a::b")),
                source: Some("why".into()),
            },
            Error::Function {
                migration: m(),
                file: s("f"),
                line: 1,
                column: 2,
                function: s("a::b"),
                source: "why".into(),
            },
            Error::ErrorIgnored { migration: m(), file: s("f"), line: 1, column: 2, function: s("a::b") },
            Error::SchemaChanged {
                migration: m(),
                file: s("f"),
                line: 1,
                column: 2,
                function: s("a::b"),
                objects: vec![s("t")],
                kept: true,
            },
            Error::TransactionLeft { migration: m(), file: s("f"), line: 1, column: 2, function: s("a::b") },
            Error::Unfinished { migration: m(), done: 1 },
            Error::HalfReverted { migration: m() },
            Error::NeedsDirectConnection,
            Error::FunctionMissing { migration: m(), function: s("a::b") },
            Error::NoSchema,
            Error::SchemaName { schema: s("pg_x"), problem: "it is not yours" },
            Error::SchemaMissing { schema: s("app"), source: source.clone() },
            Error::OutcomeUnknown { migration: m(), source: source.clone() },
            Error::RolledBack { migration: m() },
            Error::Database { doing: "do it", source },
        ];
        for error in errors {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase() || c == '`'), "{text}");
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
            "the histories fork: after `0002_b` the database has `0004_d` and this program has `0003_c`, \
             `0004_d`; move the migrations that are not applied to the end, or revert the database's"
        );
    }
}
