//! A database of either kind: applied to, taken back, asked.

use migrate::{History, Revert, Runner};
use migrate_core::inspect::{Rows, Unread, differences, queries, read, seen};
use migrate_core::schema::Schema;
use migrate_core::target::{Dialect, Options};
use migrate_test_support::{block_on, postgres, sqlite};
use tokio_postgres::SimpleQueryMessage;

/// A database with nothing in it, and a connection to it.
pub enum Live {
    Sqlite(
        rusqlite::Connection,
        #[expect(dead_code, reason = "the file lives as long")] Option<sqlite::Database>,
    ),
    Postgres(Box<tokio_postgres::Client>, #[expect(dead_code, reason = "so does this")] postgres::Database),
}

impl Live {
    /// An empty database, and a connection that looks where the history puts its tables.
    pub fn new(dialect: Dialect, options: &Options) -> Live {
        match dialect {
            Dialect::Sqlite => {
                let database = sqlite::database();
                let connection = database.connect();
                connection.pragma_update(None, "foreign_keys", true).expect("a setting");
                Live::Sqlite(connection, Some(database))
            }
            Dialect::Postgres => {
                let database = postgres::database();
                let client = database.client();
                let schema = options.postgres_schema().unwrap_or("public");
                if options.postgres_schema().is_some() || !options.search_also().is_empty() {
                    let path: Vec<String> = [schema]
                        .into_iter()
                        .chain(options.search_also().iter().map(String::as_str))
                        .map(|s| format!("\"{}\"", s.replace('"', "\"\"")))
                        .collect();
                    block_on(client.batch_execute(&format!("SET search_path = {}", path.join(", "))))
                        .expect("a path");
                }
                Live::Postgres(Box::new(client), database)
            }
        }
    }

    /// SQLite without a file.
    #[allow(dead_code, reason = "one of the tests that share this room wants it")]
    pub fn in_memory() -> Live {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        connection.pragma_update(None, "foreign_keys", true).expect("a setting");
        Live::Sqlite(connection, None)
    }

    fn dialect(&self) -> Dialect {
        match self {
            Live::Sqlite(..) => Dialect::Sqlite,
            Live::Postgres(..) => Dialect::Postgres,
        }
    }

    pub fn up(&mut self, history: &History, target: &str) -> Result<(), String> {
        let runner = Runner::new(history).replay(true).target(target);
        let done = match self {
            Live::Sqlite(connection, _) => runner.run(connection),
            Live::Postgres(client, _) => block_on(runner.run_async(&mut **client)),
        };
        done.map(|_| ()).map_err(|e| format!("up to {target}: {}", with_causes(&e)))
    }

    pub fn down(&mut self, history: &History, name: &str) -> Result<(), String> {
        let runner = Runner::new(history);
        let done = match self {
            Live::Sqlite(connection, _) => runner.revert(connection, Revert::Last(1)),
            Live::Postgres(client, _) => block_on(runner.revert_async(&mut **client, Revert::Last(1))),
        };
        done.map(|_| ()).map_err(|e| format!("down from {name}: {}", with_causes(&e)))
    }

    pub fn execute(&self, sql: &str) -> Result<(), String> {
        let truth = match self {
            Live::Sqlite(..) => ["1", "0"],
            Live::Postgres(..) => ["true", "false"],
        };
        let sql = &sql.replace("{true}", truth[0]).replace("{false}", truth[1]);
        match self {
            Live::Sqlite(connection, _) => connection.execute_batch(sql).map_err(|e| format!("{sql}: {e}")),
            Live::Postgres(client, _) => {
                block_on(client.batch_execute(sql)).map_err(|e| format!("{sql}: {}", with_causes(&e)))
            }
        }
    }

    /// Rows of an answer: every value as text, null as nothing.
    pub fn rows(&self, sql: &str) -> Result<Rows, String> {
        match self {
            Live::Sqlite(connection, _) => sqlite_rows(connection, sql).map_err(|e| format!("{sql}: {e}")),
            Live::Postgres(client, _) => {
                let messages =
                    block_on(client.simple_query(sql)).map_err(|e| format!("{sql}: {}", with_causes(&e)))?;
                let row = |message: &SimpleQueryMessage| match message {
                    SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect())
                    }
                    _ => None,
                };
                Ok(messages.iter().filter_map(row).collect())
            }
        }
    }

    /// The schema that the database tells of, without the history table.
    fn schema(&self) -> Result<(Schema, Vec<Unread>), String> {
        let answers = queries(self.dialect()).iter().map(|q| self.rows(q.sql));
        let answers = answers.collect::<Result<Vec<Rows>, String>>()?;
        Ok(read(self.dialect(), &answers, &["_migrations"]))
    }

    /// What the schema that the database tells of has otherwise than this one, and what it cannot tell.
    pub fn differences(&self, expected: &Schema, options: &Options) -> Result<Vec<String>, String> {
        let (found, unread) = self.schema()?;
        let told = differences(&seen(self.dialect(), expected, options), &found);
        Ok(told.iter().map(ToString::to_string).chain(unread.iter().map(ToString::to_string)).collect())
    }

    /// What SQLite's own checks of a file find.
    pub fn damage(&self) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        if self.dialect() == Dialect::Sqlite {
            for pragma in ["foreign_key_check", "integrity_check"] {
                let rows = self.rows(&format!("pragma {pragma}"))?;
                let wrong = rows.into_iter().filter(|r| r[0].as_deref() != Some("ok"));
                lines.extend(wrong.map(|r| format!("{pragma}: {r:?}")));
            }
        }
        Ok(lines)
    }
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<Rows> {
    use rusqlite::types::Value;
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let text = |value: Value| match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Blob(bytes) => Some(bytes.iter().map(|b| format!("{b:02x}")).collect()),
    };
    statement.query_map([], |row| (0..width).map(|i| Ok(text(row.get(i)?))).collect())?.collect()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
