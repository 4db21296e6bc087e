//! Runs a whole history on an empty database: up, down, and up again, and compares what is there with the fold.
//!
//! Comes in: a session, and a sound history. Goes out: what was proven, or the first thing that failed, as this program tells
//! it. The walk itself is the one that applications have for their tests.

use migrate::{Error, History, Report, Revert, Runner};
use migrate_core::inspect::{self, Rows};
use migrate_core::target::Dialect;
use migrate_testing::{Problem, Proof, Subject, Walk, at_once, rows_of};

use crate::database::failure;
use crate::database::session::Session;
use crate::failure::{Exit, Failure};
use crate::render::Finding;
use crate::source::Loaded;

/// Runs the history on a database that holds nothing, or in that schema of one, whatever schema the history names.
pub fn prove(
    session: &mut Session,
    loaded: &Loaded,
    history: &'static History,
    schema: Option<&str>,
) -> Result<Proof, Failure> {
    let walk = Walk { history, compiled: &loaded.compiled, schema, functions: false };
    at_once(walk.on(session)).map_err(|problem| told(problem, loaded))
}

/// Whatever a history does wrong on a database of its own, the check says no; a lost connection is no such thing.
fn told(problem: Problem, loaded: &Loaded) -> Failure {
    match problem {
        Problem::Run { dialect, way, error } => {
            let mut failure = failure::of_run(&error, loaded);
            let lost = error.database_error().is_some_and(migrate::DatabaseError::is_connection_lost);
            failure.exit = if lost { Exit::Database } else { Exit::Refused };
            failure.note(format!("while the history ran {way} on {}", dialect.title()))
        }
        Problem::Schema { ref differences, .. } => {
            let mut finding = Finding::error(problem.headline());
            finding.notes.clone_from(differences);
            Failure::shown(Exit::Refused, finding)
        }
        problem => Failure::database(problem.to_string()),
    }
}

impl Subject for Session {
    fn dialect(&self) -> Dialect {
        Session::dialect(self)
    }

    async fn run(&mut self, runner: Runner<'static>) -> Result<Report, Error> {
        Session::run(self, runner)
    }

    async fn revert(&mut self, runner: Runner<'static>, how: Revert<'_>) -> Result<Report, Error> {
        Session::revert(self, runner, how)
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, String> {
        match self {
            Session::Sqlite(connection) => connection.rows(sql).await,
            Session::Postgres { runtime, client } => {
                let messages = runtime.block_on(client.simple_query(sql));
                messages.map(|m| rows_of(&m)).map_err(|e| crate::database::session::reason(&e))
            }
        }
    }
}

/// What the database tells of its schema.
pub fn answers(session: &mut Session, dialect: Dialect) -> Result<Vec<Rows>, Failure> {
    let failed = |message| Failure::database(format!("cannot read the schema back: {message}"));
    inspect::queries(dialect).iter().map(|query| at_once(session.rows(query.sql)).map_err(failed)).collect()
}

#[cfg(test)]
mod tests {
    use migrate_core::compile::{Compiled, Down, Migration, Piece, Script};
    use migrate_core::dialect::Work;
    use migrate_core::schema::Schema;
    use migrate_core::source::Loc;
    use migrate_core::source::files::Sources;
    use migrate_core::target::Options;

    use super::*;
    use crate::history;
    use crate::render::Texts;

    /// A history whose only migration makes a table that its schema does not have.
    fn proven(work: fn(String) -> Work) -> Result<Proof, Failure> {
        let piece = |sql: &str| Piece { line: 1, column: 1, loc: Loc::default(), work: work(sql.to_owned()) };
        let script = Script {
            up: vec![piece("CREATE TABLE surplus (a integer)")],
            down: Down::Pieces(vec![piece("DROP TABLE surplus")]),
            probes: Vec::new(),
            fresh: Vec::new(),
        };
        let migration = Migration {
            name: "0001_surplus".to_owned(),
            module: "m0001_surplus".to_owned(),
            file: "m0001_surplus.rs".to_owned(),
            checksum: "1".repeat(32),
            chain: "2".repeat(32),
            sqlite: Some(script),
            postgres: None,
            derived: false,
            before: Schema::default(),
            up: Default::default(),
        };
        let compiled =
            Compiled { options: Options::default(), migrations: vec![migration], schema: Schema::default() };
        let loaded = Loaded {
            list: "migrations/mod.rs".into(),
            sources: Sources::default(),
            warnings: Vec::new(),
            lints: Vec::new(),
            texts: Texts::default(),
            compiled,
        };
        let history = history::leak(&loaded.compiled);
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        prove(&mut Session::Sqlite(connection), &loaded, history, None)
    }

    #[test]
    fn a_schema_that_is_not_the_declared_one_is_refused() {
        let failure = proven(Work::Statement).unwrap_err();
        assert_eq!(failure.exit, Exit::Refused);
        let text = failure.text();
        let message = "the schema in SQLite is not the declared one after running up to `0001_surplus`";
        assert!(text.contains(message) && text.contains("+ table surplus"), "{text}");
    }

    #[test]
    fn what_raw_sql_makes_beside_the_declared_is_accepted() {
        assert!(proven(Work::Native).is_ok());
    }
}
