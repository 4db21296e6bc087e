//! Runs a whole history on an empty database: up, down, and up again, and compares what is there with the fold.
//!
//! Comes in: a database that holds nothing, and a sound history. Goes out: what was proven, or the first thing that failed. A
//! migration that cannot be reverted divides the history: what stands before it is taken back and applied again before it
//! runs, what stands after it is taken back down to it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use migrate::{Error, History, Report, Revert, Runner};
use migrate_core::compile::{Compiled, Down, Migration, Piece, Script};
use migrate_core::dialect::Work;
use migrate_core::inspect::{self, Change, Difference, Object, Rows};
use migrate_core::target::Dialect;

use crate::problem::{Problem, Way};

/// The history table, which is no part of the schema.
const HISTORY_TABLE: &str = "_migrations";

/// A database that a history is tried on.
pub trait Subject {
    /// Which kind it is.
    fn dialect(&self) -> Dialect;
    /// Applies what is pending.
    fn run(&mut self, runner: Runner<'static>) -> impl Future<Output = Result<Report, Error>>;
    /// Takes migrations back.
    fn revert(
        &mut self,
        runner: Runner<'static>,
        how: Revert<'_>,
    ) -> impl Future<Output = Result<Report, Error>>;
    /// The rows of an answer, every value as text.
    fn rows(&mut self, sql: &str) -> impl Future<Output = Result<Rows, String>>;
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// As the program has it.
    pub history: &'static History,
    /// The same as the language has it.
    pub compiled: &'a Compiled,
    /// The schema of PostgreSQL, where that is not the history's own.
    pub schema: Option<&'a str>,
    /// Whether the program has the functions that the history calls.
    pub functions: bool,
}

/// What was proven on one database.
#[derive(Debug)]
#[non_exhaustive]
pub struct Proof {
    /// Which kind of database.
    pub dialect: Dialect,
    /// Migrations whose way down was not run because they have none.
    pub irreversible: Vec<String>,
    /// Migrations whose way down was not run because it calls a function that is not there.
    pub called_back: Vec<Called>,
    /// The first migration that was not run, because it calls a function that is not there. What comes after it was not run
    /// either.
    pub stopped: Option<Called>,
}

/// A migration that calls a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The migration.
    pub migration: String,
    /// The path of the function.
    pub function: String,
}

impl Walk<'_> {
    /// Walks; the database must hold nothing.
    ///
    /// # Errors
    /// What fails first, or is not as declared.
    pub async fn on(&self, subject: &mut impl Subject) -> Result<Proof, Problem> {
        let dialect = subject.dialect();
        let migrations = &self.compiled.migrations;
        let up = |m: &Migration| self.calls(m, m.script(dialect).map_or(&[], |s| &s.up));
        let down = |m: &Migration| self.calls(m, m.script(dialect).map_or(&[], |s| s.down.pieces()));
        let irreversible =
            |m: &Migration| matches!(m.script(dialect), Some(Script { down: Down::Irreversible(_), .. }));

        let stop = migrations.iter().position(|m| up(m).is_some());
        let count = stop.unwrap_or(migrations.len());
        let one_way: Vec<usize> =
            (0..count).filter(|i| irreversible(&migrations[*i]) || down(&migrations[*i]).is_some()).collect();
        let mut run = Run { subject, walk: self, native: has_native(self.compiled, dialect) };
        run.is_empty().await?;
        let mut start = 0;
        for end in one_way.iter().copied().chain([count]) {
            if start < end {
                run.up(end, Way::Up).await?;
                run.down(start).await?;
                run.up(end, Way::Up).await?;
            }
            if end < count {
                run.up(end + 1, Way::Up).await?;
            }
            start = end + 1;
        }
        if one_way.is_empty() && count > 0 {
            run.down(0).await?;
            run.up(count, Way::Fresh).await?;
        }
        let ran = &migrations[..count];
        Ok(Proof {
            dialect,
            irreversible: ran.iter().filter(|m| irreversible(m)).map(|m| m.name.clone()).collect(),
            called_back: ran.iter().filter_map(down).collect(),
            stopped: stop.and_then(|i| up(&migrations[i])),
        })
    }

    /// The first function that pieces call and this program has not.
    fn calls(&self, migration: &Migration, pieces: &[Piece]) -> Option<Called> {
        let path = pieces.iter().find_map(|piece| piece.work.called()).filter(|_| !self.functions)?;
        Some(Called { migration: migration.name.clone(), function: path.text.clone() })
    }
}

/// What comes of a database that blocks, whose futures wait for nothing.
///
/// # Panics
/// Where a future waits all the same.
pub fn at_once<T>(walk: impl Future<Output = T>) -> T {
    match pin!(walk).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a database that blocks was waited for"),
    }
}

struct Run<'a, S> {
    subject: &'a mut S,
    walk: &'a Walk<'a>,
    /// Whether raw SQL may have made what the fold does not know.
    native: bool,
}

impl<S: Subject> Run<'_, S> {
    fn runner(&self, way: Way) -> Runner<'static> {
        let runner = Runner::new(self.walk.history).replay(way != Way::Fresh);
        match self.walk.schema {
            Some(schema) => runner.schema(schema),
            None => runner,
        }
    }

    async fn is_empty(&mut self) -> Result<(), Problem> {
        let objects = self.differences(0).await?;
        match objects.is_empty() {
            true => Ok(()),
            false => Err(Problem::NotEmpty {
                dialect: self.subject.dialect(),
                objects: objects.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    /// Applies the first so many migrations.
    async fn up(&mut self, count: usize, way: Way) -> Result<(), Problem> {
        let last = self.walk.compiled.migrations[count - 1].name.as_str();
        let runner = self.runner(way).target(last);
        let ran = self.subject.run(runner).await;
        ran.map_err(|error| self.failed(way, error))?;
        self.compare(count, way).await
    }

    /// Takes back all but the first so many.
    async fn down(&mut self, count: usize) -> Result<(), Problem> {
        let how = match count.checked_sub(1) {
            Some(last) => Revert::To(&self.walk.compiled.migrations[last].name),
            None => Revert::All,
        };
        let runner = self.runner(Way::Down);
        let reverted = self.subject.revert(runner, how).await;
        reverted.map_err(|error| self.failed(Way::Down, error))?;
        self.compare(count, Way::Down).await
    }

    fn failed(&self, way: Way, error: Error) -> Problem {
        Problem::Run { dialect: self.subject.dialect(), way, error: Box::new(error) }
    }

    /// Compares the database with the schema after so many migrations.
    async fn compare(&mut self, count: usize, way: Way) -> Result<(), Problem> {
        let mut differences = self.differences(count).await?;
        differences.retain(|d| !(self.native && is_beside(d)));
        if differences.is_empty() {
            return Ok(());
        }
        let last = count.checked_sub(1).map(|last| &self.walk.compiled.migrations[last]);
        Err(Problem::Schema {
            dialect: self.subject.dialect(),
            way,
            after: last.map(|migration| migration.name.clone()),
            differences: differences.iter().map(ToString::to_string).collect(),
        })
    }

    async fn differences(&mut self, count: usize) -> Result<Vec<Difference>, Problem> {
        let (dialect, compiled) = (self.subject.dialect(), self.walk.compiled);
        let expected = inspect::seen(dialect, compiled.schema_after(count), &compiled.options);
        let mut answers = Vec::new();
        for query in inspect::queries(dialect) {
            let rows = self.subject.rows(query.sql).await;
            answers.push(rows.map_err(|message| Problem::Unreadable { dialect, message })?);
        }
        let (found, _) = inspect::read(dialect, &answers, &[HISTORY_TABLE]);
        Ok(inspect::differences(&expected, &found))
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
pub fn has_native(compiled: &Compiled, dialect: Dialect) -> bool {
    let scripts = compiled.migrations.iter().filter_map(|m| m.script(dialect));
    let mut up = scripts.flat_map(|s| &s.up);
    up.any(|piece| matches!(piece.work, Work::Native(_)))
}
