//! Runs a history on SQLite in memory, and says what SQLite refuses.
//!
//! Every migration goes up, and before the next one down and up again where its way down is written. A derived one is not
//! the author's, and what rows may refuse of it the lints say; SQLite reads the whole schema anew for every column that is
//! dropped, so that taking back all of a long history would cost more than the rest of it. Functions of the application
//! are not there: the run goes on without them, and from then on says nothing of rows, which may be others with them. A
//! statement that moves rows and is refused is left out, so that one run tells all of them; where the structure is not
//! what it should be, the run ends.

use migrate_core::compile::{Down, Migration, Piece, Script};
use migrate_core::diagnostics::{Diagnostic, Diagnostics, code};
use migrate_core::dialect::{Rebuild, Work, exported};
use migrate_core::source::Body;
use migrate_core::target::Dialect;
use rusqlite::{Connection, Error, ErrorCode};

use crate::place;
use crate::said::quoted;

/// What SQLite refuses in the history, if it has anything for SQLite.
pub fn refused(migrations: &[&Migration], bodies: &[Body]) -> Vec<Diagnostic> {
    // Where SQLite itself is not to be had, nothing can be said.
    let Ok(connection) = Connection::open_in_memory() else { return Vec::new() };
    let mut run = Run { connection, bodies, found: Diagnostics::default(), rows_known: true };
    for migration in migrations {
        let Some(script) = &migration.sqlite else { continue };
        if run.migration(migration, script).is_err() {
            break;
        }
    }
    run.found.finish()
}

/// The structure is not what the history says: what follows would be refused for that alone.
struct Lost;

struct Run<'a> {
    connection: Connection,
    bodies: &'a [Body],
    found: Diagnostics,
    /// Whether the rows are those that the history makes.
    rows_known: bool,
}

/// Which of its ways a migration goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
    UpAgain,
}

impl Way {
    fn note(self) -> Option<&'static str> {
        match self {
            Way::Up => None,
            Way::Down => Some("while the migration runs down, right after it ran up"),
            Way::UpAgain => Some("while the migration runs up again, after its way down"),
        }
    }
}

impl Run<'_> {
    fn migration(&mut self, migration: &Migration, script: &Script) -> Result<(), Lost> {
        let before = self.found.error_count();
        self.way(migration, &script.up, Way::Up)?;
        if let Down::Pieces(down) = &script.down
            && !migration.derived
            && self.found.error_count() == before
        {
            self.way(migration, down, Way::Down)?;
            if self.found.error_count() == before {
                self.way(migration, &script.up, Way::UpAgain)?;
            }
        }
        Ok(())
    }

    /// One way of a migration, in a transaction of its own.
    fn way(&mut self, migration: &Migration, pieces: &[Piece], way: Way) -> Result<(), Lost> {
        // Inside of a transaction the pragma does nothing, and dropping a table deletes its rows first.
        let foreign_keys = !pieces.iter().any(|p| drops(&p.work));
        self.plain(&format!("PRAGMA foreign_keys={}; BEGIN", if foreign_keys { "ON" } else { "OFF" }))?;
        let before = self.dangling(foreign_keys)?;
        for piece in pieces {
            self.piece(migration, piece, way)?;
        }
        // What shows at the end alone is told where rows moved last.
        let moving = pieces.iter().rev().find(|p| !is_structure(&p.work)).or(pieces.last());
        let after = self.dangling(foreign_keys)?;
        if after.len() > before.len()
            && self.rows_known
            && let (Some(piece), Some((table, parent))) = (moving, after.last())
        {
            let (table, parent) = (quoted(table), quoted(parent));
            let message =
                format!("SQLite finds rows of {table} that refer to rows of {parent} which are not there");
            self.report(piece, "", told_of_rows(message), way);
            return Err(Lost);
        }
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => Ok(()),
            // Foreign keys that were deferred.
            Err(error) => {
                if let Some(piece) = moving.filter(|_| self.rows_known) {
                    self.report(piece, "", told(&error, "", &migration.name), way);
                }
                Err(Lost)
            }
        }
    }

    /// Rows whose foreign key leads nowhere, by their table and the one that they refer to. With foreign keys on there are none.
    fn dangling(&self, foreign_keys: bool) -> Result<Vec<(String, String)>, Lost> {
        if foreign_keys {
            return Ok(Vec::new());
        }
        let read = || -> Result<Vec<(String, String)>, Error> {
            let mut query = self.connection.prepare("PRAGMA foreign_key_check")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(2)?)))?;
            rows.collect()
        };
        // A key whose parent stands on nothing unique yet cannot be checked.
        Ok(read().unwrap_or_default())
    }

    /// What the run itself needs.
    fn plain(&self, sql: &str) -> Result<(), Lost> {
        self.connection.execute_batch(sql).map_err(|_| Lost)
    }

    fn piece(&mut self, migration: &Migration, piece: &Piece, way: Way) -> Result<(), Lost> {
        let sql = match &piece.work {
            Work::Call(_) | Work::CallOutside(_) => {
                self.rows_known = false;
                return Ok(());
            }
            Work::Statement(sql) | Work::Native(sql) => sql.clone(),
            Work::Rebuild(rebuild) => {
                let rebuild = self.with_what_is_attached(rebuild).map_err(|_| Lost)?;
                exported(Dialect::Sqlite, &[Work::Rebuild(Box::new(rebuild))])
            }
            Work::Concurrently(_) | Work::Batches(_) => {
                exported(Dialect::Sqlite, std::slice::from_ref(&piece.work))
            }
        };
        let Err(error) = self.connection.execute_batch(&sql) else { return Ok(()) };
        let of_rows = error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation);
        if !of_rows || self.rows_known {
            self.report(piece, &sql, told(&error, &sql, &migration.name), way);
        }
        self.rows_known = false;
        // Some errors take the transaction back, and with it what came before.
        match is_structure(&piece.work) || self.connection.is_autocommit() {
            true => Err(Lost),
            false => Ok(()),
        }
    }

    /// The rebuild with the triggers and indexes that stand on the table: those of raw SQL too, as the runtime keeps them.
    fn with_what_is_attached(&self, rebuild: &Rebuild) -> Result<Rebuild, Error> {
        let mut all = rebuild.clone();
        all.triggers.clear();
        let mut query = self.connection.prepare(
            "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type IN \
             ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
        )?;
        let mut rows = query.query([&rebuild.table])?;
        while let Some(row) = rows.next()? {
            let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if kind == "trigger" {
                all.triggers.push((name, sql));
            } else if !all.known_indexes.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                all.indexes.push(sql);
            }
        }
        Ok(all)
    }

    fn report(&mut self, piece: &Piece, sql: &str, told: Told, way: Way) {
        let place = place::of(self.bodies, piece, Dialect::Sqlite, sql, told.at);
        let report = self
            .found
            .error(code::SQLITE_REFUSES, place.loc, told.message)
            .inside(place.inside)
            .help(told.help);
        if let Some(note) = way.note() {
            report.note(note);
        }
    }
}

/// What SQLite says of a refusal.
struct Told {
    message: String,
    /// The byte of the SQL at which it stopped.
    at: Option<usize>,
    help: String,
}

fn told(error: &Error, sql: &str, migration: &str) -> Told {
    let (words, at) = match error {
        Error::SqlInputError { msg, sql: rest, offset, .. } => {
            // What was given to it are the statements from the refused one on.
            let skipped = sql.len().checked_sub(rest.len());
            (msg.clone(), skipped.zip(usize::try_from(*offset).ok()).map(|(skipped, at)| skipped + at))
        }
        Error::SqliteFailure(_, Some(message)) => (message.clone(), None),
        error => (error.to_string(), None),
    };
    let message = format!("SQLite refuses this: {}", quoted(&words));
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        return told_of_rows(message);
    }
    let added = ["no such function", "no such module", "no such collation", "unknown tokenizer"];
    let help = match added.iter().any(|start| words.starts_with(start)) {
        true => "what the application adds to its connection is not there while it compiles: `call` a function of \
                 the application"
            .to_owned(),
        false => format!("`migrate sql {migration} --dialect sqlite` prints all that SQLite is given"),
    };
    Told { message, at, help }
}

fn told_of_rows(message: String) -> Told {
    let help = "the rows are those that the migrations themselves insert, in a database that had none";
    Told { message, at: None, help: help.to_owned() }
}

/// Whether foreign keys are off meanwhile.
fn drops(work: &Work) -> bool {
    match work {
        Work::Rebuild(_) => true,
        Work::Statement(sql) => sql.starts_with("DROP TABLE"),
        _ => false,
    }
}

/// Whether what follows stands on it.
fn is_structure(work: &Work) -> bool {
    let words = |sql: &str, all: &[&str]| {
        let sql = sql.trim_start();
        all.iter().any(|w| sql.get(..w.len()).is_some_and(|start| start.eq_ignore_ascii_case(w)))
    };
    match work {
        Work::Statement(sql) => !words(sql, &["insert", "update", "delete"]),
        // It may hold several statements, of which the first tells nothing of the others.
        Work::Native(sql) => ["create", "alter", "drop"].iter().any(|w| sql.to_ascii_lowercase().contains(w)),
        Work::Rebuild(_) | Work::Concurrently(_) => true,
        Work::Batches(_) | Work::Call(_) | Work::CallOutside(_) => false,
    }
}
