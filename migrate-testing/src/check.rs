//! What a test asks for.

use std::path::PathBuf;

use migrate::History;

#[cfg(any(feature = "rusqlite", feature = "tokio-postgres"))]
use crate::{Problem, Proof, Walk, source};

/// A history that is to be tried.
#[derive(Clone, Debug)]
pub struct Check {
    history: &'static History,
    source: Option<PathBuf>,
}

impl Check {
    /// The history of the application. Its files are looked for at `migrations/mod.rs` and `src/migrations/mod.rs`, and
    /// at `migrations.rs` beside them.
    pub fn new(history: &'static History) -> Check {
        Check { history, source: None }
    }

    /// Where the files stand: the folder, or the file that has `history!`, from the folder of the package on.
    pub fn source(mut self, path: impl Into<PathBuf>) -> Check {
        self.source = Some(path.into());
        self
    }

    /// Runs the history up, down and up again on SQLite, in memory; at once, too, as a new installation gets it.
    ///
    /// # Errors
    /// What fails first, or is not as declared.
    #[cfg(feature = "rusqlite")]
    pub fn in_memory(&self) -> Result<Proof, Problem> {
        let opened = |error: rusqlite::Error| Problem::Unreadable {
            dialect: migrate_core::target::Dialect::Sqlite,
            message: error.to_string(),
        };
        let mut connection = rusqlite::Connection::open_in_memory().map_err(opened)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(opened)?;
        self.on_sqlite(&mut connection)
    }

    /// The same on a SQLite database of the test: one whose connection has functions that the history uses, for instance. It
    /// must hold nothing.
    ///
    /// # Errors
    /// What fails first, or is not as declared.
    #[cfg(feature = "rusqlite")]
    pub fn on_sqlite(&self, connection: &mut rusqlite::Connection) -> Result<Proof, Problem> {
        let compiled = source::compiled(self.history, self.source.as_deref())?;
        let walk = Walk { history: self.history, compiled: &compiled, schema: None, functions: true };
        crate::at_once(walk.on(connection))
    }

    /// The same on a PostgreSQL database, whose schema for the history must hold nothing.
    ///
    /// # Errors
    /// What fails first, or is not as declared.
    #[cfg(feature = "tokio-postgres")]
    pub async fn on_postgres(&self, client: &mut tokio_postgres::Client) -> Result<Proof, Problem> {
        let compiled = source::compiled(self.history, self.source.as_deref())?;
        let walk = Walk { history: self.history, compiled: &compiled, schema: None, functions: true };
        let mut subject = crate::postgres::Server::new(client, &compiled.options).await?;
        walk.on(&mut subject).await
    }
}
