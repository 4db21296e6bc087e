//! Runs a whole history on an empty database: up, down, and up again, and compares what is there with the fold.
//!
//! Comes in: a connection to a database that holds nothing, and a sound history. Goes out: what was proven, or the first
//! thing that failed. A migration that cannot be reverted divides the history: what stands before it is taken back and
//! applied again before it runs, what stands after it is taken back down to it.

use migrate::{Error, History, Revert, Runner};
use migrate_core::compile::{Down, Migration, Script};
use migrate_core::dialect::Work;
use migrate_core::inspect::{self, Change, Difference, Object, Rows};
use migrate_core::target::Dialect;

use crate::calls::{self, Call};
use crate::database::failure;
use crate::database::session::Session;
use crate::failure::{Exit, Failure};
use crate::render::Finding;
use crate::source::Loaded;

/// The history table, which is no part of the schema.
const HISTORY_TABLE: &str = "_migrations";

/// What was proven on one database.
#[derive(Debug)]
pub struct Proof {
    /// Which database.
    pub dialect: Dialect,
    /// Migrations whose way down was not run because they have none.
    pub irreversible: Vec<String>,
    /// Migrations whose way down was not run because it calls a function of the application, and the function.
    pub called_back: Vec<(String, String)>,
    /// The first migration that was not run, because it calls a function of the application, and the function. What comes
    /// after it was not run either.
    pub stopped: Option<(String, String)>,
}

/// Runs the history on a database that holds nothing, or in that schema of one, whatever schema the history names.
pub fn prove(
    session: &mut Session,
    loaded: &Loaded,
    history: &'static History,
    schema: Option<&str>,
) -> Result<Proof, Failure> {
    let dialect = session.dialect();
    let migrations = &loaded.compiled.migrations;
    let stop = migrations.iter().position(|m| calls::up(m, dialect).is_some());
    let count = stop.unwrap_or(migrations.len());
    let irreversible =
        |m: &Migration| matches!(m.script(dialect), Some(Script { down: Down::Irreversible(_), .. }));
    let one_way: Vec<usize> = (0..count)
        .filter(|i| irreversible(&migrations[*i]) || calls::down(&migrations[*i], dialect).is_some())
        .collect();
    let mut run = Run { session, loaded, history, schema, dialect, native: has_native(loaded, dialect) };
    let mut start = 0;
    for end in one_way.iter().copied().chain([count]) {
        if start < end {
            run.up(end)?;
            run.down(start)?;
            run.up(end)?;
        }
        if end < count {
            run.up(end + 1)?;
        }
        start = end + 1;
    }
    let named = |call: Call<'_>| (call.migration.to_owned(), call.function.to_owned());
    let run = &migrations[..count];
    Ok(Proof {
        dialect,
        irreversible: run.iter().filter(|m| irreversible(m)).map(|m| m.name.clone()).collect(),
        called_back: run.iter().filter_map(|m| calls::down(m, dialect)).map(named).collect(),
        stopped: stop.and_then(|i| calls::up(&migrations[i], dialect)).map(named),
    })
}

struct Run<'a> {
    session: &'a mut Session,
    loaded: &'a Loaded,
    history: &'static History,
    schema: Option<&'a str>,
    dialect: Dialect,
    /// Whether raw SQL may have made what the fold does not know.
    native: bool,
}

impl Run<'_> {
    fn runner(&self) -> Runner<'static> {
        let runner = Runner::new(self.history).replay(true);
        match self.schema {
            Some(schema) => runner.schema(schema),
            None => runner,
        }
    }

    /// Applies the first so many migrations.
    fn up(&mut self, count: usize) -> Result<(), Failure> {
        let last = &self.loaded.compiled.migrations[count - 1].name;
        let runner = self.runner().target(last);
        self.session.run(runner).map_err(|error| self.failed("up", &error))?;
        self.compare(count, "up")
    }

    /// Takes back all but the first so many.
    fn down(&mut self, count: usize) -> Result<(), Failure> {
        let how = match count.checked_sub(1) {
            Some(last) => Revert::To(&self.loaded.compiled.migrations[last].name),
            None => Revert::All,
        };
        let reverted = self.session.revert(self.runner(), how);
        reverted.map_err(|error| self.failed("down", &error))?;
        self.compare(count, "down")
    }

    /// Whatever a history does wrong on a database of its own, the check says no; a lost connection is no such thing.
    fn failed(&self, way: &str, error: &Error) -> Failure {
        let mut failure = failure::of_run(error, self.loaded);
        let lost = error.database_error().is_some_and(migrate::DatabaseError::is_connection_lost);
        failure.exit = if lost { Exit::Database } else { Exit::Refused };
        failure.note(format!("while the history ran {way} on {}", self.dialect.title()))
    }

    /// Compares the database with the schema after so many migrations.
    fn compare(&mut self, count: usize, way: &str) -> Result<(), Failure> {
        let compiled = &self.loaded.compiled;
        let folded = compiled.schema_after(count);
        let expected = inspect::seen(self.dialect, folded, &compiled.options);
        let answers = answers(self.session, self.dialect)?;
        let (found, _) = inspect::read(self.dialect, &answers, &[HISTORY_TABLE]);
        let mut differences = inspect::differences(&expected, &found);
        differences.retain(|d| !(self.native && is_beside(d)));
        if differences.is_empty() {
            return Ok(());
        }
        let after = match count.checked_sub(1) {
            Some(last) => format!("`{}`", compiled.migrations[last].name),
            None => "nothing".to_owned(),
        };
        let title = self.dialect.title();
        let message = format!("the schema in {title} is not the declared one after running {way} to {after}");
        let mut finding = Finding::error(message);
        finding.notes = differences.iter().map(ToString::to_string).collect();
        Err(Failure::shown(Exit::Refused, finding))
    }
}

/// Whether something stands beside what the fold knows. What is too much inside of a table that the fold knows was declared
/// by raw SQL, and otherwise than it is.
fn is_beside(difference: &Difference) -> bool {
    let inside = matches!(
        difference.object,
        Object::Column | Object::PrimaryKey | Object::Unique | Object::Check | Object::ForeignKey
    );
    difference.change == Change::Extra && !inside
}

/// Whether raw SQL may have made what the fold does not know.
pub fn has_native(loaded: &Loaded, dialect: Dialect) -> bool {
    let scripts = loaded.compiled.migrations.iter().filter_map(|m| m.script(dialect));
    let mut up = scripts.flat_map(|s| &s.up);
    up.any(|piece| matches!(piece.work, Work::Native(_)))
}

/// What the database tells of its schema.
pub fn answers(session: &mut Session, dialect: Dialect) -> Result<Vec<Rows>, Failure> {
    let queries = inspect::queries(dialect).iter();
    queries.map(|query| ask(session, query.sql)).collect()
}

fn ask(session: &mut Session, sql: &str) -> Result<Rows, Failure> {
    let failed = |message: String| Failure::database(format!("cannot read the schema back: {message}"));
    match session {
        Session::Sqlite(connection) => {
            sqlite_rows(connection, sql).map_err(|error| failed(error.to_string()))
        }
        Session::Postgres { runtime, client } => {
            let messages = runtime.block_on(client.simple_query(sql));
            let messages = messages.map_err(|e| failed(crate::database::session::reason(&e)))?;
            let rows = messages.iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect())
                }
                _ => None,
            });
            Ok(rows.collect())
        }
    }
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<Rows> {
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect())?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use migrate_core::compile::{Compiled, Piece};
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
