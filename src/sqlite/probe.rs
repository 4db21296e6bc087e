//! Rows that stand in the way, asked of SQLite.
//!
//! Comes in: questions, and a connection on whose database they mean something. Goes out: what is in the way. A question
//! that cannot be asked, because the database is not as the history has it, is none: the step itself will say so.

use rusqlite::Connection;

use super::{apply::Place, database_error};
use crate::error::{DatabaseError, Error};
use crate::migration::Probe;
use crate::probe::{Question, RowsInTheWay, about, may_be_rows, refuse};
use crate::runner::Settings;

/// Refuses where rows are in the way.
pub(super) fn none_in_the_way(
    connection: &Connection,
    settings: &Settings<'_>,
    questions: &[Question<'_>],
) -> Result<(), Error> {
    let found = questions.iter().filter_map(|question| ask(connection, settings, question).ok().flatten());
    refuse(found.collect())
}

/// Asks one question.
pub(super) fn ask(
    connection: &Connection,
    settings: &Settings<'_>,
    question: &Question<'_>,
) -> Result<Option<RowsInTheWay>, DatabaseError> {
    let rows: i64 =
        connection.query_row(question.probe.count, [], |row| row.get(0)).map_err(database_error)?;
    let wanted = rows > 0 && settings.show_keys && !question.probe.keys.is_empty();
    let keys = match wanted {
        true => keys(connection, question.probe.keys).map_err(database_error)?,
        false => Vec::new(),
    };
    Ok(question.answered(rows, keys))
}

fn keys(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Asks what was left for the beginning of a step.
pub(super) fn late(
    connection: &Connection,
    settings: &Settings<'_>,
    place: &Place<'_>,
    late: &[&'static Probe],
    step: usize,
) -> Result<(), Error> {
    let begin = late.iter().filter(|probe| probe.steps.0 as usize == step);
    let questions: Vec<_> =
        begin.map(|probe| Question { migration: place.migration, file: place.file, probe }).collect();
    none_in_the_way(connection, settings, &questions)
}

/// What to say of a step that failed in the transaction at hand: which rows were in its way, if any were.
pub(super) fn explained_here(
    connection: &Connection,
    settings: &Settings<'_>,
    place: &Place<'_>,
    step: (&'static [Probe], usize),
    error: Error,
) -> Error {
    // Without the transaction the rows are not those that the step found.
    match connection.is_autocommit() {
        true => error,
        false => explained(connection, settings, place, step, error),
    }
}

/// The same of a step outside of a transaction.
pub(super) fn explained(
    connection: &Connection,
    settings: &Settings<'_>,
    place: &Place<'_>,
    (probes, step): (&'static [Probe], usize),
    error: Error,
) -> Error {
    if !may_be_rows(&error) {
        return error;
    }
    let questions = about(place.migration, place.file, probes, step);
    none_in_the_way(connection, settings, &questions).err().unwrap_or(error)
}
