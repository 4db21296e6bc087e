//! PostgreSQL through `tokio-postgres`.

use migrate::{Error, Report, Revert, Runner};
use migrate_core::inspect::Rows;
use migrate_core::target::{Dialect, Options};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::{Problem, Subject};

/// A client that looks into the schema of the history when it is asked for its schema.
pub(crate) struct Server<'c> {
    client: &'c mut Client,
    look: String,
}

impl<'c> Server<'c> {
    pub(crate) async fn new(client: &'c mut Client, options: &Options) -> Result<Server<'c>, Problem> {
        let unreadable = |message: String| Problem::Unreadable { dialect: Dialect::Postgres, message };
        let schema = match options.postgres_schema() {
            Some(schema) => schema.to_owned(),
            None => {
                let row = client.query_one("SELECT current_schema()", &[]).await;
                let schema: Option<String> = row.map_err(|error| unreadable(error.to_string()))?.get(0);
                schema.ok_or_else(|| unreadable("no schema is selected to migrate in".to_owned()))?
            }
        };
        let schemas = [&schema].into_iter().chain(options.search_also());
        let path: Vec<String> = schemas.map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
        // The two styles are those in which a schema is read back.
        let look = format!(
            "SET LOCAL search_path = {}; SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres",
            path.join(", ")
        );
        Ok(Server { client, look })
    }
}

impl Subject for Server<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn run(&mut self, runner: Runner<'static>) -> Result<Report, Error> {
        runner.run_async(&mut *self.client).await
    }

    async fn revert(&mut self, runner: Runner<'static>, how: Revert<'_>) -> Result<Report, Error> {
        runner.revert_async(&mut *self.client, how).await
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, String> {
        let rows = async {
            let transaction = self.client.transaction().await?;
            transaction.batch_execute(&self.look).await?;
            let messages = transaction.simple_query(sql).await?;
            transaction.rollback().await?;
            Ok(rows_of(&messages))
        };
        rows.await.map_err(|error: tokio_postgres::Error| {
            error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
        })
    }
}

/// The rows of an answer to a simple query.
pub fn rows_of(messages: &[SimpleQueryMessage]) -> Rows {
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect()),
        _ => None,
    };
    messages.iter().filter_map(row).collect()
}
