//! What is refused before anything is touched.
//!
//! Comes in: a connection and the migrations that are to run. Goes out: an error that names what was found.
//! Nothing in here writes.

use rusqlite::Connection;

use super::lock::patiently;
use super::while_doing;
use crate::error::Error;
use crate::first_words::{created_table, dropped_tables};
use crate::runner::Settings;
use crate::script::{Job, JobWork};

/// Journal modes with which an interrupted transaction destroys the file.
pub(super) fn journal_mode(connection: &Connection, settings: &mut Settings<'_>) -> Result<(), Error> {
    // It looks into the file, which another connection may be writing to.
    let mode: String = patiently(settings, "read the journal mode", || {
        connection.query_row("PRAGMA main.journal_mode", [], |row| row.get(0))
    })?;
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
                "SELECT 1 FROM {}.sqlite_schema WHERE name = ?1 COLLATE NOCASE OR tbl_name = ?1 COLLATE \
                 NOCASE",
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

/// SQL that drops a table to which rows of others refer: with foreign keys on, SQLite deletes all its rows
/// first, and every action of a reference follows. A table rebuilt by hand loses its children's rows in this
/// way.
///
/// `all` are the migration's tables to drop: rows that go in any case are not lost to this.
pub(super) fn drops_parent(
    connection: &Connection,
    migration: &str,
    sql: &str,
    all: &[String],
) -> Result<(), Error> {
    let is_dropped = |name: &String| all.iter().any(|table| table.eq_ignore_ascii_case(name));
    for table in &dropped_tables(sql) {
        let acting: Vec<String> = connection
            .prepare(
                "SELECT DISTINCT s.name FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name, \
                 'main') AS f WHERE (SELECT foreign_keys FROM pragma_foreign_keys) AND s.type = 'table' AND \
                 f.\"table\" = ?1 COLLATE NOCASE AND f.on_delete NOT IN ('NO ACTION', 'RESTRICT') ORDER BY s.name",
            )
            .and_then(|mut statement| statement.query_map([table], |row| row.get(0))?.collect())
            .map_err(while_doing("list the references to a table"))?;
        let mut children = Vec::new();
        for child in acting.into_iter().filter(|child| !is_dropped(child)) {
            if super::checks::count(connection, &child)? > 0 {
                children.push(child);
            }
        }
        if !children.is_empty() {
            return Err(Error::DropsReferenced {
                migration: migration.to_owned(),
                table: table.clone(),
                children,
            });
        }
    }
    Ok(())
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
