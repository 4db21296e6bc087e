//! sqlx as its documentation has it: `sqlx::migrate!` embeds the folder, `run` applies it.

use std::error::Error;
use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};

#[path = "../../program.rs"]
mod program;

static MIGRATOR: Migrator = sqlx::migrate!();

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words = program::words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program::end(run(&words).await);
}

async fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["up", url] if url.starts_with("postgres") => {
            MIGRATOR.run(&mut PgConnection::connect(url).await?).await?
        }
        ["up", url] => MIGRATOR.run(&mut open(url).await?).await?,
        ["down", url] => {
            let last = MIGRATOR
                .iter()
                .filter(|m| m.migration_type.is_up_migration())
                .map(|m| m.version)
                .collect::<Vec<_>>();
            let before = last.iter().rev().nth(1).copied().unwrap_or(0);
            if url.starts_with("postgres") {
                MIGRATOR.undo(&mut PgConnection::connect(url).await?, before).await?;
            } else {
                MIGRATOR.undo(&mut open(url).await?, before).await?;
            }
        }
        _ => return Err("up URL | down URL".into()),
    }
    Ok(())
}

async fn open(file: &str) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite://{file}"))?.create_if_missing(true);
    SqliteConnection::connect_with(&options).await
}
