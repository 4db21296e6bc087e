//! Databases of the common test server, and the answers to the queries of an inspection.

use migrate_core::inspect::{Rows, queries};
use migrate_core::target::Dialect;
use migrate_test_support::{block_on, postgres};
use tokio_postgres::SimpleQueryMessage;

/// Runs that DDL in a new database and gives the answers to the queries, far from UTC.
pub fn answers(ddl: &str) -> Vec<Rows> {
    let client = postgres::database().client();
    block_on(async {
        client.batch_execute("SET timezone = 'Asia/Kolkata'").await.unwrap();
        client.batch_execute(ddl).await.unwrap_or_else(|e| panic!("{e:?}\n{ddl}"));
        let mut answers = Vec::new();
        for query in queries(Dialect::Postgres) {
            let messages = client.simple_query(query.sql).await;
            let messages = messages.unwrap_or_else(|e| panic!("{}: {e:?}", query.name));
            answers.push(messages.iter().filter_map(row).collect());
        }
        answers
    })
}

fn row(message: &SimpleQueryMessage) -> Option<Vec<Option<String>>> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect())
}
