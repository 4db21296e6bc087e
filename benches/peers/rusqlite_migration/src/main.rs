//! rusqlite_migration as its documentation has it: a folder that is embedded, and `to_latest`.

use std::error::Error;
use std::time::Instant;

use include_dir::{Dir, include_dir};
use rusqlite::Connection;
use rusqlite_migration::Migrations;

static FOLDER: Dir = include_dir!("$CARGO_MANIFEST_DIR/migrations");

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Err(error) = run(&words) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["apply", file] => {
            let mut connection = Connection::open(file)?;
            let begin = Instant::now();
            Migrations::from_directory(&FOLDER)?.to_latest(&mut connection)?;
            println!("{}", begin.elapsed().as_nanos());
        }
        ["idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let mut connection = Connection::open(file)?;
                Migrations::from_directory(&FOLDER)?.to_latest(&mut connection)?;
                println!("{}", begin.elapsed().as_nanos());
            }
        }
        _ => return Err("apply FILE | idle FILE ROUNDS".into()),
    }
    Ok(())
}
