//! A small application on SQLite: it compiles `migrations/` through the macro, migrates its database at start-up, and
//! shows what is in it.
//!
//! ```text
//! cargo run --example quickstart [FILE]
//! ```

use std::error::Error;
use std::path::PathBuf;

#[path = "../migrations/mod.rs"]
mod migrations;

fn main() -> Result<(), Box<dyn Error>> {
    let file =
        std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/quickstart.db"), PathBuf::from);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    println!("database: {}", file.display());

    let mut db = rusqlite::Connection::open(&file)?;
    let report = migrate::Runner::new(&migrations::HISTORY).on_event(tell).run(&mut db)?;
    println!("{report}");
    println!();
    show_tables(&db)?;
    Ok(())
}

/// Prints what happens, but for the single statements.
fn tell(event: &migrate::Event) {
    if !matches!(event, migrate::Event::Step { .. }) {
        println!("  {event}");
    }
}

/// Prints every table with its columns, foreign keys, indexes and rows, counted.
fn show_tables(db: &rusqlite::Connection) -> Result<(), Box<dyn Error>> {
    let mut names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    println!("{:<22} {:>7} {:>12} {:>7} {:>5}", "table", "columns", "foreign keys", "indexes", "rows");
    for name in names {
        let count = |sql: &str| db.query_row(sql, [&name], |row| row.get::<_, i64>(0));
        let columns = count("SELECT count(*) FROM pragma_table_info(?1)")?;
        let keys = count("SELECT count(DISTINCT id) FROM pragma_foreign_key_list(?1)")?;
        let indexes = count("SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'c'")?;
        let quoted = name.replace('`', "``");
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM `{quoted}`"), [], |row| row.get(0))?;
        println!("{name:<22} {columns:>7} {keys:>12} {indexes:>7} {rows:>5}");
    }
    Ok(())
}
