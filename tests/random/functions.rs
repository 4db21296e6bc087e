//! Functions of the application, for histories that call some. They read what every history has, and leave it as it is.

use migrate::__private as construct;
use migrate_core::schema::FunctionPath;
use migrate_core::target::Dialect;
use rusqlite::Connection;
use tokio_postgres::{Client, Transaction};

const READ: &str = "SELECT count(*) FROM _migrations";

fn lite(db: &Connection) -> rusqlite::Result<()> {
    db.query_row(READ, [], |row| row.get::<_, i64>(0)).map(drop)
}

async fn server(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.query(READ, &[]).await.map(drop)
}

fn lite_outside(db: &Connection) -> rusqlite::Result<()> {
    let transaction = db.unchecked_transaction()?;
    lite(&transaction)?;
    transaction.commit()
}

async fn server_outside(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    let transaction = db.transaction().await?;
    server(&transaction).await?;
    transaction.commit().await
}

/// The step that a macro would make of a call.
pub fn function(dialect: Dialect, place: (u32, u32), path: &FunctionPath, outside: bool) -> construct::Step {
    let (line, column) = place;
    let path: &'static str = Box::leak(path.text.clone().into_boxed_str());
    match (dialect, outside) {
        (Dialect::Sqlite, false) => construct::sqlite_call(line, column, path, &lite),
        (Dialect::Sqlite, true) => construct::sqlite_call_outside(line, column, path, &lite_outside),
        (Dialect::Postgres, false) => construct::postgres_call(line, column, path, &server),
        (Dialect::Postgres, true) => construct::postgres_call_outside(line, column, path, &server_outside),
    }
}
