//! The history table on SQLite: reading and writing its rows.
//!
//! Comes in: a connection and the table's name. Goes out: rows. Reading never creates the table. What the
//! rows mean is `crate::history`'s.

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Statement, params};

use super::{quote, while_doing};
use crate::error::Error;
use crate::history::{FORMAT, NewRow, Row};
use crate::progress::Progress;
use crate::repair::Mending;

const COLUMNS: &str =
    "`position`, `name`, `checksum`, `chain`, `applied_at`, `duration_ms`, `format`, `progress`";

/// The row with the highest position.
pub(super) fn last(connection: &Connection, table: &str) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM main.{} ORDER BY `position` DESC LIMIT 1", quote(table));
    match prepare(connection, table, &sql)? {
        Some(mut statement) => statement.query_row([], row).optional(),
        None => Ok(None),
    }
}

/// All rows, in order.
pub(super) fn all(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM main.{} ORDER BY `position`", quote(table));
    match prepare(connection, table, &sql)? {
        Some(mut statement) => statement.query_map([], row)?.collect(),
        None => Ok(Vec::new()),
    }
}

/// A statement on the table; nothing where there is no such table.
fn prepare<'c>(
    connection: &'c Connection,
    table: &str,
    sql: &str,
) -> rusqlite::Result<Option<Statement<'c>>> {
    match connection.prepare(sql) {
        Ok(statement) => Ok(Some(statement)),
        // Another process can make the table between the two looks, and then its error is old.
        Err(_) if exists(connection, table)? => connection.prepare(sql).map(Some),
        Err(_) => Ok(None),
    }
}

pub(super) fn exists(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    connection
        .prepare(
            "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')",
        )?
        .exists([table])
}

fn row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        position: row.get(0)?,
        name: row.get(1)?,
        checksum: row.get(2)?,
        chain: row.get(3)?,
        applied_at: row.get(4)?,
        duration_ms: row.get(5)?,
        format: row.get(6)?,
        progress: row.get(7)?,
    })
}

/// The stored way back of a row.
pub(super) fn down(connection: &Connection, table: &str, position: i64) -> Result<Option<String>, Error> {
    let sql = format!("SELECT `down` FROM main.{} WHERE `position` = ?1", quote(table));
    connection.query_row(&sql, [position], |row| row.get(0)).map_err(while_doing("read the history table"))
}

/// Creates the table where it is missing.
pub(super) fn create(connection: &Connection, table: &str) -> Result<(), Error> {
    if exists(connection, table).map_err(while_doing("look for the history table"))? {
        return Ok(());
    }
    let sql = format!(
        "CREATE TABLE main.{} (\n  `position` INTEGER NOT NULL PRIMARY KEY,\n  `name` TEXT NOT NULL \
         UNIQUE,\n  `checksum` TEXT NOT NULL,\n  `chain` TEXT NOT NULL,\n  `applied_at` INTEGER NOT NULL,\n  \
         `duration_ms` INTEGER NOT NULL,\n  `steps_done` INTEGER NOT NULL,\n  `progress` TEXT,\n  \
         `down` TEXT,\n  `format` INTEGER NOT NULL\n)",
        quote(table)
    );
    connection.execute_batch(&sql).map_err(while_doing("create the history table"))
}

pub(super) fn insert(connection: &Connection, table: &str, new: &NewRow) -> Result<(), Error> {
    Writer::new(connection, table)?.insert(new)
}

/// Writes new rows.
pub(super) struct Writer<'c>(Statement<'c>);

impl<'c> Writer<'c> {
    pub(super) fn new(connection: &'c Connection, table: &str) -> Result<Self, Error> {
        let sql = format!(
            "INSERT OR ABORT INTO main.{} (`position`, `name`, `checksum`, `chain`, `applied_at`, \
             `duration_ms`, `steps_done`, `down`, `format`, `progress`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, \
             ?8, ?9, ?10)",
            quote(table)
        );
        connection.prepare(&sql).map(Writer).map_err(while_doing("write the history table"))
    }

    pub(super) fn insert(&mut self, new: &NewRow) -> Result<(), Error> {
        let migration = new.migration;
        self.0
            .execute(params![
                new.position,
                migration.name,
                migration.checksum,
                migration.chain,
                new.applied_at,
                new.duration_ms,
                new.steps_done,
                new.down,
                FORMAT,
                new.progress.as_ref().map(Progress::text)
            ])
            .map(drop)
            .map_err(while_doing("write the history table"))
    }
}

/// Writes how far a migration has come, over a row that stands as `row` says; the row as it is then.
pub(super) fn record(
    connection: &Connection,
    table: &str,
    row: &Row,
    steps_done: usize,
    now: Row,
) -> Result<Row, Error> {
    let sql = format!(
        "UPDATE OR ABORT main.{} SET `progress` = ?1, `steps_done` = ?2, `duration_ms` = ?3, `applied_at` = ?4 WHERE \
         `position` = ?5 AND `name` = ?6 AND `progress` IS ?7",
        quote(table)
    );
    let written = connection
        .execute(
            &sql,
            params![
                now.progress,
                steps_done as i64,
                now.duration_ms,
                now.applied_at,
                row.position,
                row.name,
                row.progress
            ],
        )
        .map_err(while_doing("write the history table"))?;
    row.written_once(table, written).map(|()| now)
}

/// The row with this position.
pub(super) fn at(connection: &Connection, table: &str, position: i64) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM main.{} WHERE `position` = ?1", quote(table));
    connection.query_row(&sql, [position], row).optional()
}

/// Writes what a row should say, over one that stands as it was read.
pub(super) fn mend(connection: &Connection, table: &str, mending: &Mending) -> Result<(), Error> {
    let sql = format!(
        "UPDATE OR ABORT main.{} SET `name` = ?1, `checksum` = ?2, `chain` = ?3, `down` = ?4 WHERE `position` = ?5 AND \
         `name` = ?6 AND `checksum` = ?7 AND `progress` IS NULL",
        quote(table)
    );
    let Mending { row, migration, down, .. } = mending;
    let written = connection
        .execute(
            &sql,
            params![
                migration.name,
                migration.checksum,
                migration.chain,
                down,
                row.position,
                row.name,
                row.checksum
            ],
        )
        .map_err(while_doing("write the history table"))?;
    row.written_once(table, written)
}

/// Takes a row away; an error where that was not exactly one.
pub(super) fn delete(connection: &Connection, table: &str, row: &Row) -> Result<(), Error> {
    let sql = format!(
        "DELETE FROM main.{} WHERE `position` = ?1 AND `name` = ?2 AND `progress` IS ?3",
        quote(table)
    );
    let deleted = connection
        .execute(&sql, params![row.position, row.name, row.progress])
        .map_err(while_doing("write the history table"))?;
    row.deleted_once(table, deleted)
}
