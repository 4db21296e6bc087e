//! The runtime's errors on the command line: their exit code, their place in a migration's file, and what to type.

use migrate::Error;
use migrate_core::source::Position;

use crate::failure::{Exit, Failure};
use crate::render::{Finding, place_at};
use crate::source::Loaded;

/// An error of a run whose SQL is that of `loaded`.
pub fn of_run(error: &Error, loaded: &Loaded) -> Failure {
    let Error::Statement { migration, line, column, sql, source, .. } = error else { return plain(error) };
    let Some(path) = loaded.path_of(migration) else { return plain(error) };
    let start = Position { line: *line, column: *column };
    let mut finding = Finding::error(format!("migration `{migration}` failed: {source}"));
    finding.place = Some(place_at(path, start, &loaded.texts));
    finding.notes.push(format!("the database was sent: {}", shortened(sql)));
    Failure::shown(exit(error), finding)
}

/// An error by its message alone: of a way down, whose SQL is what was stored when the migration was applied.
pub fn plain(error: &Error) -> Failure {
    let failure = Failure::shown(exit(error), Finding::error(error.to_string()));
    match error {
        Error::Locked { .. } => failure.help("`--lock-timeout 5m` waits longer"),
        Error::UnknownMigration { .. } => failure.help("`migrate status` lists the migrations"),
        _ => failure,
    }
}

/// Where history and database do not agree, the check says no; the rest is the database.
fn exit(error: &Error) -> Exit {
    match error {
        Error::Changed { .. }
        | Error::DatabaseIsNewer { .. }
        | Error::Forked { .. }
        | Error::Irreversible { .. }
        | Error::HistoryLost { .. } => Exit::Refused,
        Error::UnknownMigration { .. } | Error::DialectMissing { .. } => Exit::Input,
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
