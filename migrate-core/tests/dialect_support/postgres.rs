//! A database of the common test server.

use migrate_core::dialect::Work;
use migrate_test_support::{block_on, postgres};

/// A new database, for one test.
pub struct Postgres {
    database: postgres::Database,
    client: tokio_postgres::Client,
}

impl Postgres {
    pub fn start() -> Postgres {
        let database = postgres::database();
        let client = database.client();
        Postgres { database, client }
    }

    pub fn url(&self) -> &str {
        self.database.url()
    }

    pub fn batch(&self, sql: &str) -> Result<(), String> {
        block_on(self.client.batch_execute(sql)).map_err(|e| format!("{}\n{sql}", described(&e)))
    }

    pub fn run(&self, works: &[Work]) {
        for work in works {
            match work {
                Work::Statement(sql) | Work::Native(sql) => self.batch(sql).unwrap_or_else(|e| panic!("{e}")),
                Work::Rebuild(_) => panic!("PostgreSQL never rebuilds"),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Rows of a query, each value as text, `NULL` for none.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let messages =
            block_on(self.client.simple_query(sql)).map_err(|e| format!("{}\n{sql}", described(&e)))?;
        let rows = messages.into_iter().filter_map(|m| match m {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|i| row.get(i).unwrap_or("NULL").to_owned()).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }
}

fn described(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned())
}
