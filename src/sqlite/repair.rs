//! A repair on SQLite: rows of the history table, and nothing else.
//!
//! Comes in: a connection outside of a transaction. Goes out: what was mended, all of it or nothing.

use rusqlite::Connection;

use super::lock::{OwnWaiting, Transaction};
use super::{apply, history, refuse};
use crate::error::Error;
use crate::repair::{Mending, Repair, Repaired, plan};
use crate::runner::Settings;

pub(super) fn repair(
    connection: &Connection,
    settings: &mut Settings<'_>,
    how: Repair,
) -> Result<Repaired, Error> {
    if !connection.is_autocommit() {
        return Err(Error::InTransaction);
    }
    let _waiting = OwnWaiting::start(connection)?;
    let table = settings.table.clone();
    if how == Repair::Show {
        let rows = super::read_history(settings, || history::all(connection, &table))?;
        return Ok(Repaired::new(&planned(connection, settings, rows)?));
    }
    refuse::journal_mode(connection, settings)?;
    let transaction = Transaction::begin(connection, settings)?;
    let rows = super::read_history(settings, || history::all(connection, &table))?;
    refuse::shadowed(connection, std::iter::once(table.as_str()))?;
    let mendings = planned(connection, settings, rows)?;
    for mending in &mendings {
        history::mend(connection, &table, mending)?;
    }
    transaction.commit(settings)?;
    Ok(Repaired::new(&mendings))
}

fn planned(
    connection: &Connection,
    settings: &Settings<'_>,
    rows: Vec<crate::history::Row>,
) -> Result<Vec<Mending>, Error> {
    let table = &settings.table;
    let downs =
        rows.iter().map(|row| history::down(connection, table, row.position)).collect::<Result<_, _>>()?;
    plan(table, rows, downs, settings.migrations, apply::script)
}
