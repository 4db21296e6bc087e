//! The rebuild of a table: a new table beside it, its rows copied, the old one dropped, the new one renamed.
//!
//! Comes in: a connection inside a transaction with foreign keys off, and the statements. Goes out: the table
//! in its new shape, with everything that hung on it. Each guard in here stands for a way in which rebuilds
//! lose data. It must not know why the table is rebuilt.

use rusqlite::{Connection, OptionalExtension};

use super::apply::Place;
use super::lock::Switch;
use super::{checks, quote, while_doing};
use crate::error::Error;
use crate::script::{Job, RebuildJob};

/// Rebuilds the table; answers how many rows were copied.
pub(super) fn rebuild(
    connection: &Connection,
    place: &Place<'_>,
    job: &Job,
    plan: &RebuildJob,
) -> Result<u64, Error> {
    let migration = place.migration;
    let table = plan.table.as_str();
    let run = |sql: &str| connection.execute_batch(sql).map_err(|error| place.failed(job, sql, error));

    let old_columns = columns(connection, table)?;
    compare_columns(migration, plan, &old_columns)?;
    name_is_free(connection, migration, &plan.work_table)?;
    let attached = attached_objects(connection, plan)?;
    let sequence = saved_sequence(connection, table)?;
    let views = checks::working_views(connection)?;
    let children = checks::child_rows(connection, table)?;
    let before = checks::count(connection, table)?;

    run(&plan.create)?;
    let new_columns = columns(connection, &plan.work_table)?;
    let rowid = rowid_name(migration, plan, &old_columns, &new_columns)?;
    let copied = match plan.copy(rowid) {
        // How many rows it wrote it tells itself: to count them would be to read them all once more.
        Some(copy) => connection.execute(&copy, []).map_err(|error| place.failed(job, &copy, error))?,
        None => 0,
    };
    compare_counts(migration, table, before, copied as i64)?;
    values_unchanged(connection, migration, plan, rowid, &old_columns, &new_columns)?;

    run(&plan.drop())?;
    {
        // With it off, the rename would fail on, or rewrite, views and triggers that name the table which is
        // gone for the moment.
        let _legacy = Switch::legacy_alter_table(connection)?;
        run(&plan.rename())?;
    }

    for sql in plan.indexes.iter().chain(&attached) {
        run(sql)?;
    }
    restore_sequence(connection, plan, sequence)?;
    checks::views_still_work(connection, migration, &views)?;
    same_count(connection, migration, table, before)?;
    for (child, rows) in children {
        same_count(connection, migration, &child, rows)?;
    }
    Ok(before.unsigned_abs())
}

/// A column as the database has it.
struct Column {
    name: String,
    declared_type: String,
    /// Its place in the primary key from 1, or 0.
    key: i64,
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>, Error> {
    // `table_xinfo` and not `table_info`: generated columns are columns too.
    connection
        .prepare("SELECT name, type, pk FROM pragma_table_xinfo(?1, 'main')")
        .and_then(|mut statement| {
            statement
                .query_map([table], |row| {
                    Ok(Column { name: row.get(0)?, declared_type: row.get(1)?, key: row.get(2)? })
                })?
                .collect()
        })
        .map_err(while_doing("read the columns of a table"))
}

/// The live table must be the one that the history knows: the copy would erase any other column.
fn compare_columns(migration: &str, plan: &RebuildJob, live: &[Column]) -> Result<(), Error> {
    let (migration, table) = (migration.to_owned(), plan.table.clone());
    if live.is_empty() {
        return Err(Error::TableMissing { migration, table });
    }
    let unknown: Vec<String> = live
        .iter()
        .filter(|column| !plan.columns.iter().any(|known| known.eq_ignore_ascii_case(&column.name)))
        .map(|column| column.name.clone())
        .collect();
    if !unknown.is_empty() {
        return Err(Error::UnknownColumns { migration, table, columns: unknown });
    }
    let missing: Vec<String> = plan
        .columns
        .iter()
        .filter(|known| !live.iter().any(|column| known.eq_ignore_ascii_case(&column.name)))
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Err(Error::MissingColumns { migration, table, columns: missing });
    }
    Ok(())
}

fn name_is_free(connection: &Connection, migration: &str, name: &str) -> Result<(), Error> {
    let taken = connection
        .prepare("SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE")
        .and_then(|mut statement| statement.exists([name]))
        .map_err(while_doing("look for a name"))?;
    if taken {
        return Err(Error::NameTaken { migration: migration.to_owned(), name: name.to_owned() });
    }
    Ok(())
}

/// The stored SQL of what is dropped with the table and is not the history's: other indexes, and all
/// triggers.
fn attached_objects(connection: &Connection, plan: &RebuildJob) -> Result<Vec<String>, Error> {
    let objects: Vec<(String, String, String)> = connection
        .prepare(
            "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type IN \
             ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, rowid",
        )
        .and_then(|mut statement| {
            statement.query_map([&plan.table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })
        .map_err(while_doing("read the indexes and triggers of a table"))?;
    let known = |name: &str| plan.known_indexes.iter().any(|index| index.eq_ignore_ascii_case(name));
    Ok(objects
        .into_iter()
        .filter(|(kind, name, _)| kind == "trigger" || !known(name))
        .map(|(_, _, sql)| sql)
        .collect())
}

/// The name under which both tables' rowid can be reached, where it must be kept.
fn rowid_name(
    migration: &str,
    plan: &RebuildJob,
    old: &[Column],
    new: &[Column],
) -> Result<Option<&'static str>, Error> {
    if !plan.keep_rowid {
        return Ok(None);
    }
    let is_column = |name: &str| old.iter().chain(new).any(|column| column.name.eq_ignore_ascii_case(name));
    match ["rowid", "_rowid_", "oid"].into_iter().find(|name| !is_column(name)) {
        Some(name) => Ok(Some(name)),
        None => Err(Error::RowidHidden { migration: migration.to_owned(), table: plan.table.clone() }),
    }
}

fn same_count(connection: &Connection, migration: &str, table: &str, before: i64) -> Result<(), Error> {
    compare_counts(migration, table, before, checks::count(connection, table)?)
}

fn compare_counts(migration: &str, table: &str, before: i64, after: i64) -> Result<(), Error> {
    match after == before {
        true => Ok(()),
        false => {
            Err(Error::RowCount { migration: migration.to_owned(), table: table.to_owned(), before, after })
        }
    }
}

/// A column that is copied as itself must hold the same values afterwards: the affinity of its new type can
/// turn `'007'` into 7. An integer that became the equal real number, or the reverse, is the same value.
fn values_unchanged(
    connection: &Connection,
    migration: &str,
    plan: &RebuildJob,
    rowid: Option<&str>,
    old: &[Column],
    new: &[Column],
) -> Result<(), Error> {
    let declared = |columns: &[Column], name: &str| {
        let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        column.map(|column| column.declared_type.to_ascii_uppercase())
    };
    let mut checked = Vec::new();
    for (column, value) in plan.copy_columns.iter().zip(&plan.copy_values) {
        let Some(source) = plain_column(&plan.table, value, old) else {
            continue;
        };
        // The same type converts nothing more than it did when the value was written.
        if declared(old, source) != declared(new, column) {
            checked.push((source, column.as_str()));
        }
    }
    if checked.is_empty() {
        return Ok(());
    }
    let Some(same_row) = same_row(plan, rowid, old, new) else {
        return Ok(());
    };
    for (source, column) in checked {
        let (o, n) = (format!("o.{}", quote(source)), format!("n.{}", quote(column)));
        let sql = format!(
            "SELECT count(*) FROM main.{} AS o JOIN main.{} AS n ON {same_row} WHERE typeof({o}) <> \
             typeof({n}) AND NOT (typeof({o}) IN ('integer', 'real') AND typeof({n}) IN ('integer', 'real') \
             AND {o} = {n})",
            quote(&plan.table),
            quote(&plan.work_table),
        );
        let cells: i64 = connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(while_doing("compare the copied values"))?;
        if cells > 0 {
            return Err(Error::ValuesChanged {
                migration: migration.to_owned(),
                table: plan.table.clone(),
                column: column.to_owned(),
                cells,
            });
        }
    }
    Ok(())
}

/// The join of a row with its copy: by rowid, or by the primary key, where that is copied as itself.
fn same_row(plan: &RebuildJob, rowid: Option<&str>, old: &[Column], new: &[Column]) -> Option<String> {
    if let Some(rowid) = rowid {
        return Some(format!("o.{0} = n.{0}", quote(rowid)));
    }
    let mut parts = Vec::new();
    for key in new.iter().filter(|column| column.key > 0) {
        let at = plan.copy_columns.iter().position(|column| column.eq_ignore_ascii_case(&key.name))?;
        let source = plain_column(&plan.table, &plan.copy_values[at], old)?;
        parts.push(format!("o.{} = n.{}", quote(source), quote(&key.name)));
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// The column that an expression names, where it is nothing but a column, with or without its table.
fn plain_column<'c>(table: &str, value: &str, old: &'c [Column]) -> Option<&'c str> {
    let plain = |text: &str| text.replace(['`', '"', '[', ']'], "").to_ascii_lowercase();
    let value = plain(value.trim());
    let found = old.iter().find(|column| {
        let name = plain(&column.name);
        let table = plain(table);
        value == name || value == format!("{table}.{name}") || value == format!("main.{table}.{name}")
    });
    found.map(|column| column.name.as_str())
}

/// The highest id that the table ever gave out, where it is `AUTOINCREMENT`: dropping the table forgets it.
fn saved_sequence(connection: &Connection, table: &str) -> Result<Option<i64>, Error> {
    if !has_sequences(connection)? {
        return Ok(None);
    }
    connection
        .query_row(
            "SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE HAVING count(*) > 0",
            [table],
            |row| row.get(0),
        )
        .optional()
        .map(Option::flatten)
        .map_err(while_doing("read the sequence of a table"))
}

fn restore_sequence(connection: &Connection, plan: &RebuildJob, saved: Option<i64>) -> Result<(), Error> {
    let Some(saved) = saved else { return Ok(()) };
    if !plan.create.to_ascii_uppercase().contains("AUTOINCREMENT") {
        return Ok(());
    }
    let now = saved_sequence(connection, &plan.table)?.unwrap_or(0);
    let restore = || -> rusqlite::Result<()> {
        // The table has no unique key on the name, so that replacing would make a second row.
        connection
            .execute("DELETE FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE", [&plan.table])?;
        connection.execute(
            "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)",
            rusqlite::params![plan.table, saved.max(now)],
        )?;
        Ok(())
    };
    restore().map_err(while_doing("restore the sequence of a table"))
}

fn has_sequences(connection: &Connection) -> Result<bool, Error> {
    connection
        .prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'")
        .and_then(|mut statement| statement.exists([]))
        .map_err(while_doing("look for the sequences"))
}
