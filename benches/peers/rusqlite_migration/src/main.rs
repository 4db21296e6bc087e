//! rusqlite_migration as its documentation has it: a folder that is embedded, and `to_latest`.

use std::error::Error;

use include_dir::{Dir, include_dir};
use rusqlite::Connection;
use rusqlite_migration::Migrations;

#[path = "../../program.rs"]
mod program;

static FOLDER: Dir = include_dir!("$CARGO_MANIFEST_DIR/migrations");

fn main() {
    let words = program::words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program::end(run(&words));
}

fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["up", file] => {
            let migrations = Migrations::from_directory(&FOLDER)?;
            migrations.to_latest(&mut Connection::open(file)?)?;
        }
        _ => return Err("up FILE".into()),
    }
    Ok(())
}
