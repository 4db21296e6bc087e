//! This project as its README has it: the macros embed the folder, a `Runner` applies it.

use std::error::Error;
use std::time::Instant;

use migrate::{Revert, Runner};
use rusqlite::Connection;

#[path = "../migrations/mod.rs"]
mod migrations;

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
        ["apply", file] => {
            let mut connection = Connection::open(file)?;
            let begin = Instant::now();
            runner().run(&mut connection)?;
            println!("{}", begin.elapsed().as_nanos());
        }
        ["idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let mut connection = Connection::open(file)?;
                runner().run(&mut connection)?;
                println!("{}", begin.elapsed().as_nanos());
            }
        }
        // What the bare driver takes, in the same build.
        ["bare-idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let connection = Connection::open(file)?;
                let mut one = connection.prepare("SELECT * FROM _migrations ORDER BY position DESC LIMIT 1")?;
                let mut rows = one.query([])?;
                let name: String = rows.next()?.ok_or("no row")?.get("name")?;
                std::hint::black_box(name);
                println!("{}", begin.elapsed().as_nanos());
            }
        }
        ["bare-apply", file, sql] => {
            let sql = std::fs::read_to_string(sql)?;
            let connection = Connection::open(file)?;
            let begin = Instant::now();
            connection.execute_batch(&sql)?;
            println!("{}", begin.elapsed().as_nanos());
        }
        _ => return Err("up URL | down URL | apply FILE | idle FILE ROUNDS | bare-..".into()),
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
