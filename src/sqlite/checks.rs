//! What is looked at before and after a rebuild: references, views, the rows of other tables.
//!
//! Comes in: a connection inside the migration's transaction. Goes out: what was found, to be compared.
//! Nothing in here writes.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{database_error, quote, while_doing};
use crate::error::{DatabaseError, Error, Violation};

/// Rows that refer to missing rows, with how often each is listed; an error where SQLite cannot tell, because
/// a reference has no unique key to refer to.
pub(super) struct Violations(Result<HashMap<Violation, usize>, DatabaseError>);

/// How many violations an error lists.
const LISTED: usize = 5;

impl Violations {
    pub(super) fn find(connection: &Connection) -> Self {
        let find = || -> rusqlite::Result<HashMap<Violation, usize>> {
            let mut statement = connection.prepare("PRAGMA main.foreign_key_check")?;
            let mut rows = statement.query([])?;
            let mut found = HashMap::new();
            while let Some(row) = rows.next()? {
                let violation = Violation { table: row.get(0)?, rowid: row.get(1)?, parent: row.get(2)? };
                *found.entry(violation).or_insert(0) += 1;
            }
            Ok(found)
        };
        Violations(find().map_err(database_error))
    }

    /// Whether SQLite can tell that there are none.
    pub(super) fn is_none(&self) -> bool {
        self.0.as_ref().is_ok_and(HashMap::is_empty)
    }

    /// Refuses violations that `before` did not have. Those it had are not this run's doing: a tool that
    /// demanded an empty list could never migrate such a database.
    pub(super) fn not_worse_than(self, before: &Violations) -> Result<(), Error> {
        let Ok(before) = &before.0 else { return Ok(()) };
        let after = self
            .0
            .map_err(|source| Error::Database { doing: "check the references after the rebuild", source })?;
        let mut count = 0;
        let mut violations = Vec::new();
        for (violation, times) in &after {
            let new = times.saturating_sub(before.get(violation).copied().unwrap_or(0));
            if new > 0 {
                count += new;
                violations.push(violation.clone());
            }
        }
        if violations.is_empty() {
            return Ok(());
        }
        violations.sort_by(|a, b| (&a.table, a.rowid, &a.parent).cmp(&(&b.table, b.rowid, &b.parent)));
        violations.truncate(LISTED);
        Err(Error::NewForeignKeyViolations { count, violations })
    }
}

/// The views that can be read now.
pub(super) fn working_views(connection: &Connection) -> Result<Vec<String>, Error> {
    let names: Vec<String> = connection
        .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'view' ORDER BY name")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(while_doing("list the views"))?;
    Ok(names.into_iter().filter(|view| prepare_view(connection, view).is_ok()).collect())
}

/// Refuses a rebuild after which one of the views cannot be read any more.
pub(super) fn views_still_work(
    connection: &Connection,
    migration: &str,
    views: &[String],
) -> Result<(), Error> {
    for view in views {
        if let Err(error) = prepare_view(connection, view) {
            return Err(Error::ViewBroken {
                migration: migration.to_owned(),
                view: view.clone(),
                source: database_error(error),
            });
        }
    }
    Ok(())
}

fn prepare_view(connection: &Connection, view: &str) -> rusqlite::Result<()> {
    connection.prepare(&format!("SELECT * FROM main.{}", quote(view))).map(drop)
}

/// Every other table that refers to this one, with its number of rows.
pub(super) fn child_rows(connection: &Connection, table: &str) -> Result<Vec<(String, i64)>, Error> {
    let names: Vec<String> = connection
        .prepare(
            "SELECT DISTINCT s.name FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name, 'main') AS \
             f WHERE s.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE AND s.name <> ?1 COLLATE NOCASE \
             ORDER BY s.name",
        )
        .and_then(|mut statement| statement.query_map([table], |row| row.get(0))?.collect())
        .map_err(while_doing("list the references to a table"))?;
    names.into_iter().map(|name| count(connection, &name).map(|rows| (name, rows))).collect()
}

/// The number of rows of a table.
pub(super) fn count(connection: &Connection, table: &str) -> Result<i64, Error> {
    connection
        .query_row(&format!("SELECT count(*) FROM main.{}", quote(table)), [], |row| row.get(0))
        .map_err(while_doing("count the rows of a table"))
}
