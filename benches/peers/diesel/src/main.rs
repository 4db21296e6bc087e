//! diesel as its documentation has it: `embed_migrations!` and `run_pending_migrations`.

use std::error::Error;
use std::time::Instant;

use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

type Failure = Box<dyn Error + Send + Sync>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Err(error) = run(&words) {
        let mut texts = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(inner) = cause {
            texts.push(inner.to_string());
            cause = inner.source();
        }
        texts.dedup();
        eprintln!("{}", texts.join("\ncaused by: "));
        std::process::exit(1);
    }
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
        ["apply", file] => {
            let mut connection = SqliteConnection::establish(file)?;
            let begin = Instant::now();
            connection.run_pending_migrations(MIGRATIONS)?;
            println!("{}", begin.elapsed().as_nanos());
        }
        ["idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let mut connection = SqliteConnection::establish(file)?;
                connection.run_pending_migrations(MIGRATIONS)?;
                println!("{}", begin.elapsed().as_nanos());
            }
        }
        _ => return Err("up URL | down URL | apply FILE | idle FILE ROUNDS".into()),
    }
    Ok(())
}
