//! SQLite through `rusqlite`.

use migrate::{Error, Report, Revert, Runner};
use migrate_core::inspect::Rows;
use migrate_core::target::Dialect;
use rusqlite::Connection;

use crate::Subject;

impl Subject for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn run(&mut self, runner: Runner<'static>) -> Result<Report, Error> {
        runner.run(self)
    }

    async fn revert(&mut self, runner: Runner<'static>, how: Revert<'_>) -> Result<Report, Error> {
        runner.revert(self, how)
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, String> {
        let rows = || -> rusqlite::Result<Rows> {
            let mut statement = self.prepare(sql)?;
            let width = statement.column_count();
            let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect())?;
            rows.collect()
        };
        rows().map_err(|error| error.to_string())
    }
}
