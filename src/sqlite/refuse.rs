//! What is refused before anything is touched.
//!
//! Comes in: a connection and the migrations that are to run. Goes out: an error that names what was found. Nothing
//! in here writes.

use rusqlite::Connection;

use super::while_doing;
use crate::error::Error;
use crate::first_words::created_table;
use crate::script::{Job, JobWork};

/// Journal modes with which an interrupted transaction destroys the file.
pub(super) fn journal_mode(connection: &Connection) -> Result<(), Error> {
    let mode: String = connection
        .query_row("PRAGMA main.journal_mode", [], |row| row.get(0))
        .map_err(while_doing("read the journal mode"))?;
    // An in-memory database has no other mode than `memory`, and is gone with the process in any case.
    let in_file = connection.path().is_some_and(|path| !path.is_empty());
    match mode.as_str() {
        "off" => Err(Error::JournalMode { mode }),
        "memory" if in_file => Err(Error::JournalMode { mode }),
        _ => Ok(()),
    }
}

/// Names that mean something else, or could, in a temporary or attached schema.
pub(super) fn shadowed<'n>(
    connection: &Connection,
    names: impl Iterator<Item = &'n str>,
) -> Result<(), Error> {
    let find = || -> rusqlite::Result<Option<Error>> {
        let schemas: Vec<String> = connection
            .prepare("SELECT name FROM pragma_database_list WHERE name <> 'main' COLLATE NOCASE")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut statements = Vec::new();
        for schema in schemas {
            // `tbl_name` too: a temporary trigger on a table goes with the table and cannot be put back.
            let sql = format!(
                "SELECT 1 FROM {}.sqlite_schema WHERE name = ?1 COLLATE NOCASE OR tbl_name = ?1 COLLATE NOCASE",
                super::quote(&schema)
            );
            statements.push((connection.prepare(&sql)?, schema));
        }
        for name in names {
            for (statement, schema) in &mut statements {
                if statement.exists([name])? {
                    return Ok(Some(Error::ShadowedName { name: name.to_owned(), schema: schema.clone() }));
                }
            }
        }
        Ok(None)
    };
    match find().map_err(while_doing("look at the other schemas of the connection"))? {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// An empty history over a database that already has what the first migration creates.
pub(super) fn lost_history(connection: &Connection, table: &str, first: &[Job]) -> Result<(), Error> {
    let mut tables = Vec::new();
    for job in first {
        let JobWork::Statement(sql) = &job.work else {
            continue;
        };
        let Some(created) = created_table(sql) else {
            continue;
        };
        let there =
            super::history::exists(connection, &created).map_err(while_doing("look at the tables"))?;
        if there {
            tables.push(created);
        }
    }
    if tables.is_empty() {
        return Ok(());
    }
    Err(Error::HistoryLost { history_table: table.to_owned(), tables })
}
