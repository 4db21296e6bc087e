//! This project as its README has it: the macros embed the folder, a `Runner` applies it.

use std::error::Error;

use migrate::{Revert, Runner};
use rusqlite::Connection;

#[path = "../../program.rs"]
mod program;

#[path = "../migrations/mod.rs"]
mod migrations;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words = program::words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program::end(run(&words).await);
}

async fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["up", url] if url.starts_with("postgres") => {
            runner().run_async(&mut connect(url).await?).await?;
        }
        ["up", file] => {
            runner().run(&mut Connection::open(file)?)?;
        }
        ["down", url] if url.starts_with("postgres") => {
            runner().revert_async(&mut connect(url).await?, Revert::Last(1)).await?;
        }
        ["down", file] => {
            runner().revert(&mut Connection::open(file)?, Revert::Last(1))?;
        }
        _ => return Err("up URL | down URL".into()),
    }
    Ok(())
}

fn runner() -> Runner<'static> {
    Runner::new(&migrations::HISTORY)
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
