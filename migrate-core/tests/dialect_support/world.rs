//! Both databases side by side, driven by steps.

use super::{Postgres, run_sqlite, sqlite, sqlite_rows};
use migrate_core::dialect;
use migrate_core::schema::{Schema, Step, Table};
use migrate_core::target::{Dialect, Options};

/// Both databases, and the schema that they should have.
pub struct World {
    pub sqlite: rusqlite::Connection,
    pub postgres: Postgres,
    pub schema: Schema,
    pub options: Options,
}

impl World {
    pub fn new() -> World {
        World {
            sqlite: sqlite(),
            postgres: Postgres::start(),
            schema: Schema::default(),
            options: Options::default(),
        }
    }

    /// Runs the step that leads to these tables in place of those of the same name.
    pub fn step(&mut self, step: Step, after: &[&Table]) {
        let gone = match &step {
            Step::DropTable { table } => Some(table.clone()),
            Step::RenameTable { from, .. } => Some(from.clone()),
            _ => None,
        };
        let kept = self
            .schema
            .tables()
            .filter(|t| gone.as_ref() != Some(&t.name) && !after.iter().any(|a| a.name == t.name));
        let next: Schema = kept.cloned().chain(after.iter().map(|t| (*t).clone())).collect();
        let works = |dialect| {
            dialect::lower(dialect, &step, &self.schema, &next, &self.options)
                .unwrap_or_else(|e| panic!("{}: {step:?}", e.message))
        };
        run_sqlite(&self.sqlite, &works(Dialect::Sqlite));
        self.postgres.batch("BEGIN").unwrap();
        self.postgres.run(&works(Dialect::Postgres));
        self.postgres.batch("COMMIT").unwrap();
        self.schema = next;
    }

    pub fn create(&mut self, table: &Table) {
        self.step(Step::CreateTable(table.clone().into()), &[table]);
    }

    pub fn both(&self, sql: &str) {
        self.sqlite.execute_batch(sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
        self.postgres.batch(sql).unwrap_or_else(|e| panic!("{e}"));
    }

    pub fn both_refuse(&self, sql: &str) {
        assert!(self.sqlite.execute_batch(sql).is_err(), "{sql}");
        assert!(self.postgres.batch(sql).is_err(), "{sql}");
    }

    /// The same rows in both; gives them.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let lite = sqlite_rows(&self.sqlite, sql).unwrap();
        let booleans = |v: String| match v.as_str() {
            "t" => "1".into(),
            "f" => "0".into(),
            _ => v,
        };
        let pg: Vec<Vec<String>> = self.postgres.rows(sql).unwrap();
        let pg: Vec<Vec<String>> = pg.into_iter().map(|r| r.into_iter().map(booleans).collect()).collect();
        assert_eq!(lite, pg, "{sql}");
        lite
    }

    /// PostgreSQL's constraints have the names of the schema.
    pub fn check_names(&self) {
        for table in self.schema.tables() {
            let sql = format!(
                "SELECT conname FROM pg_constraint WHERE conrelid = '{}'::regclass AND contype IN ('p', 'u', 'c', 'f') ORDER BY conname COLLATE \"C\"",
                table.name
            );
            let found: Vec<String> = self.postgres.rows(&sql).unwrap().into_iter().flatten().collect();
            let mut wanted: Vec<String> = table.constraint_names().map(|n| n.text.clone()).collect();
            wanted.sort();
            assert_eq!(found, wanted);
        }
    }

    pub fn check_names_of(&self, table: &str, wanted: &[&str]) {
        let sql = format!(
            "SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE relname = '{}' AND contype <> 'n' ORDER BY contype",
            table.replace('\'', "''")
        );
        let found: Vec<String> = self.postgres.rows(&sql).unwrap().into_iter().flatten().collect();
        assert_eq!(found, wanted);
    }
}
