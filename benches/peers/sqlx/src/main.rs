//! sqlx as its documentation has it: `sqlx::migrate!` embeds the folder, `run` applies it.

use std::error::Error;
use std::str::FromStr;
use std::time::Instant;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};

static MIGRATOR: Migrator = sqlx::migrate!();

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Err(error) = run(&words).await {
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
        ["apply", file] => {
            let mut connection = open(file).await?;
            let begin = Instant::now();
            MIGRATOR.run(&mut connection).await?;
            println!("{}", begin.elapsed().as_nanos());
        }
        ["idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let mut connection = open(file).await?;
                MIGRATOR.run(&mut connection).await?;
                println!("{}", begin.elapsed().as_nanos());
                connection.close().await?;
            }
        }
        _ => return Err("up URL | down URL | apply FILE | idle FILE ROUNDS".into()),
    }
    Ok(())
}

async fn open(file: &str) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite://{file}"))?.create_if_missing(true);
    SqliteConnection::connect_with(&options).await
}
