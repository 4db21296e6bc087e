//! SQLite through `rusqlite`: the verbs.
//!
//! Comes in: a connection that the caller lends, and the settings. Goes out: a migrated database and a
//! report, or an error with the database and the connection as they were. It must not know how SQL is made,
//! only how it is run.

mod apply;
mod baseline;
mod call;
mod checks;
mod fresh;
mod history;
mod lock;
mod outside;
mod peers;
mod plan;
mod probe;
mod rebuild;
mod refuse;
mod repair;

use rusqlite::Connection;

use crate::error::database::Parts;
use crate::error::{DatabaseError, Error};
use crate::event::Direction;
use crate::history::{check_format, status, todo};
use crate::migration::Migration;
use crate::plan::Plan;
use crate::probe::Preflight;
use crate::repair::{Repair, Repaired};
use crate::report::{Report, Status};
use crate::runner::{Revert, Settings, sealed};
use crate::script::quote;

impl sealed::SyncDriver for Connection {
    fn run(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        run(self, settings)
    }

    fn revert(&mut self, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error> {
        revert(self, settings, how)
    }

    fn baseline(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        baseline::baseline(self, settings)
    }

    fn repair(&mut self, settings: &mut Settings<'_>, how: Repair) -> Result<Repaired, Error> {
        repair::repair(self, settings, how)
    }

    fn plan(&mut self, settings: &mut Settings<'_>) -> Result<Plan, Error> {
        plan::plan(self, settings)
    }

    fn status(&mut self, settings: &mut Settings<'_>) -> Result<Status, Error> {
        let _waiting = lock::OwnWaiting::start(self)?;
        let table = settings.table.clone();
        let rows = read_history(settings, || history::all(self, &table))?;
        check_format(&table, rows.last())?;
        status(&table, &rows, settings.migrations)
    }
}

fn run(connection: &Connection, settings: &mut Settings<'_>) -> Result<Report, Error> {
    if !connection.is_autocommit() {
        return Err(Error::InTransaction);
    }
    let stop = settings.stop()?;
    let waiting = lock::OwnWaiting::start(connection)?;
    let table = settings.table.clone();
    let mut report =
        Report { direction: Direction::Up, migrations: Vec::new(), applied: 0, unknown: Vec::new() };

    // The fast path: the last row alone tells whether there is anything to do.
    let last = read_history(settings, || history::last(connection, &table))?;
    check_format(&table, last.as_ref())?;
    let wanted = stop.checked_sub(1).map(|i| settings.migrations[i]);
    if let (Some(last), Some(wanted)) = (&last, wanted)
        && last.chain == wanted.chain
        && last.name == wanted.name
        && last.progress.is_none()
    {
        report.applied = stop;
        return Ok(report);
    }

    let mut preflight = Preflight::default();
    // One group of migrations after the other, each planned anew from what the database has by then.
    loop {
        let rows = read_history(settings, || history::all(connection, &table))?;
        check_format(&table, rows.last())?;
        let todo = todo(&table, &rows, settings.migrations, stop, settings.allow_newer)?;
        report.applied = todo.applied;
        report.unknown = todo.unknown;
        if todo.pending.is_empty() {
            return Ok(report);
        }
        if let (Some(progress), Some(&migration), Some(row)) = (todo.begun, todo.pending.first(), rows.last())
        {
            let questions = preflight.due(todo.pending, todo.applied, Migration::sqlite, settings.ask_first);
            probe::none_in_the_way(connection, settings, &questions)?;
            let work = outside::Work::up(migration)?;
            report.migrations.extend(outside::go_on(connection, settings, &waiting, &work, row, progress)?);
            continue;
        }
        let group = apply::Group::first(connection, settings, todo.applied, todo.pending)?;
        // `None`: another process was faster, and what is pending is to be looked at again.
        if let Some(done) = apply::apply(connection, settings, stop, &group, &mut preflight)? {
            report.migrations.extend(done);
        }
    }
}

fn revert(connection: &Connection, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error> {
    if !connection.is_autocommit() {
        return Err(Error::InTransaction);
    }
    let waiting = lock::OwnWaiting::start(connection)?;
    let mut report =
        Report { direction: Direction::Down, migrations: Vec::new(), applied: 0, unknown: Vec::new() };
    // What stays is known by its name once something was taken back: a number would count from another end.
    let mut stays: Option<Option<String>> = None;
    loop {
        let how = match &stays {
            None => how,
            Some(None) => Revert::All,
            Some(Some(last)) => Revert::To(last),
        };
        let Some(reverted) = apply::revert(connection, settings, &waiting, how)? else { continue };
        report.migrations.extend(reverted.done);
        report.applied = reverted.applied;
        if reverted.applied == reverted.keep {
            return Ok(report);
        }
        stays = Some(reverted.last);
    }
}

/// Reads the history table outside of a transaction; a table of that name which is none is told apart.
fn read_history<T>(
    settings: &mut Settings<'_>,
    read: impl FnMut() -> rusqlite::Result<T>,
) -> Result<T, Error> {
    lock::patiently(settings, "read the history table", read).map_err(|error| match &error {
        // A column is missing (SQLite's plain error), or a value is of the wrong type (the driver's, without
        // a code).
        Error::Database { source, .. } if matches!(source.code(), None | Some("1")) => {
            Error::HistoryTable { table: settings.table.clone(), problem: source.message().to_owned() }
        }
        _ => error,
    })
}

/// What SQLite said, in the form for all drivers.
fn database_error(error: rusqlite::Error) -> DatabaseError {
    // By hand: older versions of the driver have no method for it.
    let code = match &error {
        rusqlite::Error::SqliteFailure(failure, _)
        | rusqlite::Error::SqlInputError { error: failure, .. } => Some(failure.extended_code),
        _ => None,
    };
    let message = match error {
        rusqlite::Error::SqliteFailure(failure, message) => message.unwrap_or_else(|| failure.to_string()),
        // The driver's own text repeats the whole SQL, which the error shows anyway.
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        other => other.to_string(),
    };
    DatabaseError::new(Parts {
        code: code.map(|code| code.to_string()),
        message,
        busy: code.is_some_and(|code| {
            matches!(code & 0xff, rusqlite::ffi::SQLITE_BUSY | rusqlite::ffi::SQLITE_LOCKED)
        }),
        ..Parts::default()
    })
}

/// Says what was being done when SQLite refused.
fn while_doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| Error::Database { doing, source: database_error(error) }
}
