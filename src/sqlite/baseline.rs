//! A baseline on SQLite: rows in the history table, and nothing run.
//!
//! Comes in: a connection outside of a transaction. Goes out: the rows, all or none.

use rusqlite::Connection;

use super::lock::{OwnWaiting, Transaction};
use super::{apply, history, refuse, while_doing};
use crate::baseline::Baseline;
use crate::error::Error;
use crate::event::Direction;
use crate::report::Report;
use crate::runner::Settings;

pub(super) fn baseline(connection: &Connection, settings: &mut Settings<'_>) -> Result<Report, Error> {
    if !connection.is_autocommit() {
        return Err(Error::InTransaction);
    }
    let stop = settings.stop()?;
    let baseline = Baseline::new(&settings.migrations[..stop], apply::script)?;
    let _waiting = OwnWaiting::start(connection)?;
    let table = settings.table.clone();
    refuse::journal_mode(connection, settings)?;
    let transaction = Transaction::begin(connection, settings)?;
    // A table of that name that is none of ours is told as in a run.
    let rows = super::read_history(settings, || history::all(connection, &table))?;
    Baseline::refuse_begun(&table, &rows)?;
    refuse::shadowed(connection, std::iter::once(table.as_str()))?;
    let created = baseline.created();
    if !created.is_empty() && !any_exists(connection, &created)? {
        return Err(Error::NothingThere { tables: created });
    }
    if !baseline.is_empty() {
        history::create(connection, &table)?;
    }
    for row in baseline.rows() {
        history::insert(connection, &table, &row)?;
    }
    transaction.commit(settings)?;
    Ok(Report {
        direction: Direction::Baseline,
        migrations: baseline.done(),
        applied: stop,
        unknown: Vec::new(),
    })
}

fn any_exists(connection: &Connection, names: &[String]) -> Result<bool, Error> {
    for name in names {
        if history::exists(connection, name).map_err(while_doing("look for the tables"))? {
            return Ok(true);
        }
    }
    Ok(false)
}
