//! A SQLite database with nothing in it: whether it is one, and the folded schema in it.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::lock::patiently;
use super::{history, quote};
use crate::error::Error;
use crate::fresh::Fresh;
use crate::migration::Migration;
use crate::runner::Settings;

/// The script for what is pending, where the connection sees nothing but the history table: not in attached databases or
/// among temporary tables either, where names could mean something else.
pub(super) fn first(
    connection: &Connection,
    settings: &mut Settings<'_>,
    applied: usize,
    pending: &'static [&'static Migration],
) -> Result<Option<Fresh>, Error> {
    let Some(fresh) = Fresh::of(settings, applied, pending, Migration::sqlite) else { return Ok(None) };
    let table = settings.table.clone();
    let nothing = patiently(settings, "look for tables", || {
        let schemas: Vec<String> = connection
            .prepare("SELECT name FROM pragma_database_list")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for schema in schemas {
            let sql = format!(
                "SELECT 1 FROM {}.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT (?1 AND \
                 tbl_name = ?2 COLLATE NOCASE)",
                quote(&schema)
            );
            if connection.prepare(&sql)?.exists((schema == "main", &table))? {
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    Ok(nothing.then_some(fresh))
}

/// Makes the schema and writes the rows, inside the transaction; nothing where the database refuses a statement: then the
/// migrations are to tell which of theirs it refuses.
pub(super) fn apply(
    connection: &Connection,
    settings: &mut Settings<'_>,
    fresh: &Fresh,
) -> Result<Option<Duration>, Error> {
    let start = Instant::now();
    fresh.begins(settings);
    for statement in fresh.statements {
        if connection.execute_batch(statement).is_err() {
            return Ok(None);
        }
    }
    let took = start.elapsed();
    let mut writer = history::Writer::new(connection, &settings.table)?;
    fresh.rows(Migration::sqlite, took).try_for_each(|row| writer.insert(&row))?;
    Ok(Some(took))
}
