//! refinery as its documentation has it: `embed_migrations!` and a runner.

use std::error::Error;
use std::time::Instant;

use refinery::embed_migrations;
use refinery_core::{rusqlite, tokio_postgres};

embed_migrations!("migrations");

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
            let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            migrations::runner().run_async(&mut client).await?;
        }
        ["up", file] => {
            migrations::runner().run(&mut rusqlite::Connection::open(file)?)?;
        }
        ["apply", file] => {
            let mut connection = rusqlite::Connection::open(file)?;
            let begin = Instant::now();
            migrations::runner().run(&mut connection)?;
            println!("{}", begin.elapsed().as_nanos());
        }
        ["idle", file, rounds] => {
            for _ in 0..rounds.parse()? {
                let begin = Instant::now();
                let mut connection = rusqlite::Connection::open(file)?;
                migrations::runner().run(&mut connection)?;
                println!("{}", begin.elapsed().as_nanos());
            }
        }
        _ => return Err("up URL | apply FILE | idle FILE ROUNDS".into()),
    }
    Ok(())
}
