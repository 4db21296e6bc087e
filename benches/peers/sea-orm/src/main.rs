//! sea-orm-migration as its documentation has it: a `Migrator` with migrations written in Rust.

use std::error::Error;
use std::time::Instant;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectOptions, Database, DatabaseConnection};

#[path = "../migrations/mod.rs"]
mod migrations;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations::all()
    }
}

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
        ["up", url] => Migrator::up(&open(url).await?, None).await?,
        ["down", url] => Migrator::down(&open(url).await?, Some(1)).await?,
        ["apply", file] => {
            let connection = open(file).await?;
            let begin = Instant::now();
            Migrator::up(&connection, None).await?;
            println!("{}", begin.elapsed().as_nanos());
        }
        ["idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let connection = open(file).await?;
                Migrator::up(&connection, None).await?;
                println!("{}", begin.elapsed().as_nanos());
                connection.close().await?;
            }
        }
        _ => return Err("up URL | down URL | apply FILE | idle FILE ROUNDS".into()),
    }
    Ok(())
}

async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    let url = if url.starts_with("postgres") { url.to_owned() } else { format!("sqlite://{url}?mode=rwc") };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}
