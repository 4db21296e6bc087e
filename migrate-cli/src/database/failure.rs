//! The runtime's errors on the command line: their exit code, their place in a migration's file, and what to type.

use migrate::{Error, RowsInTheWay};
use migrate_core::source::Position;

use crate::failure::{Exit, Failure};
use crate::output::printable;
use crate::render::{Finding, place_at};
use crate::source::Loaded;

/// An error of a run whose SQL is that of `loaded`.
pub fn of_run(error: &Error, loaded: &Loaded) -> Failure {
    if let Error::RowsInTheWay { found } = error {
        let findings = found.iter().map(|rows| in_the_way(rows, loaded)).collect();
        return Failure::all(exit(error), findings)
            .help("`migrate plan --keys` names them; see to them by hand, or in a migration before");
    }
    let Error::Statement { migration, line, column, sql, source, .. } = error else { return plain(error) };
    let Some(path) = loaded.path_of(migration) else { return plain(error) };
    let start = Position { line: *line, column: *column };
    let mut finding = Finding::error(format!("migration `{migration}` failed: {source}"));
    finding.place = Some(place_at(path, start, &loaded.texts));
    finding.notes.push(format!("the database was sent: {}", shortened(sql)));
    Failure::shown(exit(error), finding)
}

/// Rows in the way of a statement, at its place.
pub fn in_the_way(rows: &RowsInTheWay, loaded: &Loaded) -> Finding {
    let mut finding = Finding::error(printable(&rows.to_string()));
    if let Some(path) = loaded.path_of(&rows.migration) {
        let start = Position { line: rows.line, column: rows.column };
        finding.place = Some(place_at(path, start, &loaded.texts));
    }
    finding
}

/// An error by its message alone: of a way down, whose SQL is what was stored when the migration was applied.
///
/// Where the runtime's own message names a method to call, this one names what to type.
pub fn plain(error: &Error) -> Failure {
    let said = |message: String| Failure::shown(exit(error), Finding::error(message));
    match error {
        Error::Locked { waited } => said(format!(
            "another process is migrating this database or holds its lock, still after {:.1} s",
            waited.as_secs_f64()
        ))
        .help("`--lock-timeout 5m` waits longer"),
        Error::Changed { .. } => said(error.to_string()).help(
            "where the change is meant, and the database has it, `migrate repair --database` takes it as applied",
        ),
        Error::DatabaseIsNewer { unknown, .. } => {
            let names: Vec<String> = unknown.iter().map(|n| format!("`{}`", printable(n))).collect();
            said(format!("the database has migrations that this history has not: {}", names.join(", ")))
                .help("take the version of the project that has them, or take them back with `migrate down`")
        }
        Error::HistoryTable { table, problem } => {
            said(format!("`{}` cannot be used as the history table: {problem}", printable(table)))
                .help("`--table NAME` names another")
        }
        Error::HistoryLost { .. } => said(error.to_string())
            .help("`migrate baseline` writes down what such a database has, after a comparison"),
        Error::NoSchema => said("the connection has no current schema to put tables in".to_owned())
            .help("`--schema NAME` names one"),
        Error::UnknownMigration { .. } => {
            said(error.to_string()).help("`migrate status` lists the migrations")
        }
        _ => said(error.to_string()),
    }
}

/// Where history and database do not agree, the check says no; the rest is the database.
fn exit(error: &Error) -> Exit {
    match error {
        Error::Changed { .. }
        | Error::DatabaseIsNewer { .. }
        | Error::Forked { .. }
        | Error::Irreversible { .. }
        | Error::HistoryLost { .. }
        | Error::HistoryBegun { .. }
        | Error::NothingThere { .. }
        | Error::Unfinished { .. }
        | Error::HalfReverted { .. }
        | Error::RowsInTheWay { .. }
        | Error::FunctionMissing { .. } => Exit::Refused,
        Error::UnknownMigration { .. } | Error::DialectMissing { .. } | Error::SchemaName { .. } => {
            Exit::Input
        }
        _ => Exit::Database,
    }
}

fn shortened(sql: &str) -> String {
    const SHOWN: usize = 1000;
    match sql.trim().char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} ..", &sql.trim()[..end]),
        None => sql.trim().to_owned(),
    }
}
