//! sea-orm-migration as its documentation has it: a `Migrator` with migrations written in Rust.

use std::error::Error;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectOptions, Database, DatabaseConnection};

#[path = "../../program.rs"]
mod program;

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
    let words = program::words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program::end(run(&words).await);
}

async fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["up", url] => Migrator::up(&open(url).await?, None).await?,
        ["down", url] => Migrator::down(&open(url).await?, Some(1)).await?,
        _ => return Err("up URL | down URL".into()),
    }
    Ok(())
}

async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    let url = if url.starts_with("postgres") { url.to_owned() } else { format!("sqlite://{url}?mode=rwc") };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}
