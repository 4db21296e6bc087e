//! refinery as its documentation has it: `embed_migrations!` and a runner.

use std::error::Error;

use refinery::embed_migrations;
use refinery_core::{rusqlite, tokio_postgres};

#[path = "../../program.rs"]
mod program;

embed_migrations!("migrations");

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words = program::words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program::end(run(&words).await);
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
        _ => return Err("up URL".into()),
    }
    Ok(())
}
