//! SQLite in memory.

use migrate_core::dialect::{Rebuild, Work};

pub fn sqlite() -> rusqlite::Connection {
    let db = rusqlite::Connection::open_in_memory().expect("a database in memory");
    db.pragma_update(None, "foreign_keys", true).expect("foreign keys");
    db
}

pub fn run_sqlite(db: &rusqlite::Connection, works: &[Work]) {
    for work in works {
        match work {
            Work::Statement(sql) | Work::Native(sql) => {
                db.execute_batch(sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
            }
            Work::Rebuild(rebuild) => run_rebuild(db, rebuild),
            other => panic!("{other:?}"),
        }
    }
}

/// The parts of a rebuild in the order of SQLite's manual, as the runtime runs them.
fn run_rebuild(db: &rusqlite::Connection, rebuild: &Rebuild) {
    let rowid = if rebuild.keep_rowid { "rowid, " } else { "" };
    let quote = |name: &String| format!("`{}`", name.replace('`', "``"));
    let (table, work_table) = (quote(&rebuild.table), quote(&rebuild.work_table));
    let columns: Vec<String> = rebuild.copy_columns.iter().map(quote).collect();
    let copy = format!(
        "INSERT INTO main.{work_table} ({rowid}{}) SELECT {rowid}{} FROM main.{table}",
        columns.join(", "),
        rebuild.copy_values.join(", "),
    );
    let mut script = vec![
        "PRAGMA foreign_keys=OFF".to_owned(),
        "BEGIN IMMEDIATE".to_owned(),
        rebuild.create.clone(),
        copy,
        format!("DROP TABLE main.{table}"),
        "PRAGMA legacy_alter_table=ON".to_owned(),
        format!("ALTER TABLE main.{work_table} RENAME TO {table}"),
        "PRAGMA legacy_alter_table=OFF".to_owned(),
    ];
    script.extend(rebuild.indexes.iter().cloned());
    script.push("COMMIT".to_owned());
    script.push("PRAGMA foreign_keys=ON".to_owned());
    for sql in script {
        db.execute_batch(&sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
    }
}

/// Rows of a query, each value as text, `NULL` for none.
pub fn sqlite_rows(db: &rusqlite::Connection, sql: &str) -> Result<Vec<Vec<String>>, String> {
    let mut statement = db.prepare(sql).map_err(|e| format!("{e}: {sql}"))?;
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..width)
            .map(|i| {
                use rusqlite::types::ValueRef::*;
                Ok(match row.get_ref(i)? {
                    Null => "NULL".to_owned(),
                    Integer(n) => n.to_string(),
                    Real(x) => x.to_string(),
                    Text(t) => String::from_utf8_lossy(t).into_owned(),
                    Blob(b) => b.iter().map(|b| format!("{b:02x}")).collect(),
                })
            })
            .collect()
    });
    rows.and_then(Iterator::collect).map_err(|e| format!("{e}: {sql}"))
}
