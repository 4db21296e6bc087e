//! diesel as its documentation has it: `embed_migrations!` and `run_pending_migrations`.

use std::error::Error;

use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

#[path = "../../program.rs"]
mod program;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

type Failure = Box<dyn Error + Send + Sync>;

fn main() {
    let words = program::words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program::end(run(&words).map_err(|error| -> Box<dyn Error> { error }));
}

fn run(words: &[&str]) -> Result<(), Failure> {
    match *words {
        ["up", url] if url.starts_with("postgres") => {
            PgConnection::establish(url)?.run_pending_migrations(MIGRATIONS)?;
        }
        ["up", file] => {
            SqliteConnection::establish(file)?.run_pending_migrations(MIGRATIONS)?;
        }
        ["down", url] if url.starts_with("postgres") => {
            PgConnection::establish(url)?.revert_last_migration(MIGRATIONS)?;
        }
        ["down", file] => {
            SqliteConnection::establish(file)?.revert_last_migration(MIGRATIONS)?;
        }
        _ => return Err("up URL | down URL".into()),
    }
    Ok(())
}
