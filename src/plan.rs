//! What a run would do, for people and programs to look at: its SQL, and the rows in its way.
//!
//! Comes in: what is pending, and what a driver asked its database. Goes out: values, and the text that a user sees. It must
//! not know how anything is run.

use std::fmt;

use crate::error::DatabaseError;
use crate::fresh::Fresh;
use crate::history::Todo;
use crate::migration::{Migration, Script};
use crate::probe::{Question, RowsInTheWay, questions};
use crate::script::{self, Job, JobWork, RebuildJob};

/// What [`Runner::run`](crate::Runner::run) would do now.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plan {
    /// How many migrations are applied.
    pub applied: usize,
    /// On a database that has nothing in it: the statements that make the schema of the first migrations at once, in place
    /// of their steps.
    pub fresh: Vec<String>,
    /// What would be applied, in order.
    pub migrations: Vec<PlannedMigration>,
    /// Migrations that the database has and this program does not know, where that is allowed.
    pub unknown: Vec<String>,
}

/// One migration of a [`Plan`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The migration's name.
    pub migration: String,
    /// Its file.
    pub file: String,
    /// Whether [`Plan::fresh`] makes what it does; then it has no steps of its own.
    pub folded: bool,
    /// What it does, in order.
    pub steps: Vec<PlannedStep>,
    /// How many of the steps are done already, where it stands outside of a transaction and was cut off.
    pub done: usize,
    /// Rows that stand in its way: the run would be refused.
    pub in_the_way: Vec<RowsInTheWay>,
    /// What could not be asked.
    pub not_asked: Vec<NotAsked>,
}

/// One step of a [`PlannedMigration`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedStep {
    /// The line of its statement in the migration's file, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The SQL that is sent, statement by statement; nothing where a function of the application is called.
    pub sql: Vec<String>,
    /// The path of that function.
    pub function: Option<String>,
    /// The table that is copied, where SQLite rebuilds one.
    pub rebuilds: Option<String>,
    /// How many rows it has now, unless it has not that name yet.
    pub copies: Option<u64>,
    /// How many rows each batch of an update looks at.
    pub batch: Option<u64>,
    /// Whether it is done outside of the migration's transaction.
    pub outside: bool,
}

/// A question about rows that has no answer yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NotAsked {
    /// The line of the statement in the migration's file, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The table.
    pub table: String,
    /// What rows must not do, as said of several: "have `email` null".
    pub words: String,
    /// What the database said; nothing where migrations that are not applied, or the same one, change the rows before.
    pub error: Option<DatabaseError>,
}

/// What a database answers to a question.
pub(crate) type Answer = Result<Option<RowsInTheWay>, DatabaseError>;

impl Plan {
    /// Whether rows stand in the way.
    pub fn is_refused(&self) -> bool {
        self.in_the_way().next().is_some()
    }

    /// All rows that stand in the way.
    pub fn in_the_way(&self) -> impl Iterator<Item = &RowsInTheWay> {
        self.migrations.iter().flat_map(|migration| &migration.in_the_way)
    }

    /// The plan of what is pending, with what is known of it without a look at the rows.
    pub(crate) fn new(
        todo: Todo,
        fresh: Option<Fresh>,
        of: impl Fn(&'static Migration) -> Option<&'static Script>,
    ) -> (Plan, Vec<Question<'static>>) {
        let (mut asked, mut migrations) = (Vec::new(), Vec::new());
        for (at, &migration) in todo.pending.iter().enumerate() {
            let folded = fresh.is_some_and(|fresh| at < fresh.len());
            let script = of(migration).filter(|_| !folded);
            let jobs = script.map_or(Vec::new(), |script| script::jobs(script.up));
            let mut not_asked = Vec::new();
            let asking = if folded { &[] } else { &todo.pending[at..=at] };
            for question in questions(asking, &of) {
                match question.probe.since as usize <= todo.applied {
                    true => asked.push(question),
                    false => not_asked.push(NotAsked::of(&question, None)),
                }
            }
            migrations.push(PlannedMigration {
                migration: migration.name.to_owned(),
                file: migration.file.to_owned(),
                folded,
                steps: jobs.iter().map(planned).collect(),
                done: todo.begun.as_ref().filter(|_| at == 0).map_or(0, |progress| progress.step),
                in_the_way: Vec::new(),
                not_asked,
            });
        }
        let fresh = fresh.iter().flat_map(|fresh| fresh.statements).map(|sql| (*sql).to_owned()).collect();
        (Plan { applied: todo.applied, fresh, migrations, unknown: todo.unknown }, asked)
    }

    /// Writes an answer down.
    pub(crate) fn answered(&mut self, question: &Question<'_>, answer: Answer) {
        let of = self.migrations.iter_mut().find(|m| m.migration == question.migration);
        let Some(migration) = of else { return };
        match answer {
            Ok(found) => migration.in_the_way.extend(found),
            Err(error) => migration.not_asked.push(NotAsked::of(question, Some(error))),
        }
    }
}

impl NotAsked {
    fn of(question: &Question<'_>, error: Option<DatabaseError>) -> NotAsked {
        let probe = question.probe;
        NotAsked {
            line: probe.line,
            column: probe.column,
            table: probe.table.to_owned(),
            words: probe.words.to_owned(),
            error,
        }
    }
}

fn planned(job: &Job) -> PlannedStep {
    let mut step = PlannedStep {
        line: job.line,
        column: job.column,
        sql: Vec::new(),
        function: None,
        rebuilds: None,
        copies: None,
        batch: None,
        outside: job.work.is_outside(),
    };
    match &job.work {
        JobWork::Statement(sql) | JobWork::Raw(sql) => step.sql.push(sql.clone()),
        JobWork::Concurrently(index) => step.sql.push(index.sql.clone()),
        JobWork::Batches(update) => {
            step.sql.push(update.sql(None, None));
            step.batch = Some(update.rows);
        }
        JobWork::Call(call) => step.function = Some(call.path.clone()),
        JobWork::Rebuild(rebuild) => {
            step.sql = statements(rebuild);
            step.rebuilds = Some(rebuild.table.clone());
        }
    }
    step
}

/// The statements of a rebuild as the driver sends them, without what it looks at between them and what it finds in the
/// database alone: indexes and triggers that the history does not know, and the numbers of rows.
fn statements(rebuild: &RebuildJob) -> Vec<String> {
    let taken = |name: &&str| rebuild.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name));
    let mut all = vec![rebuild.create.clone()];
    all.extend(rebuild.copy(rowid.filter(|_| rebuild.keep_rowid)));
    all.extend([rebuild.drop(), rebuild.rename()]);
    all.extend(rebuild.indexes.iter().cloned());
    all
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.migrations.is_empty() {
            return write!(f, "nothing to do: {} applied", counted(self.applied));
        }
        write!(f, "{} would be applied", counted(self.migrations.len()))?;
        let folded: Vec<&str> =
            self.migrations.iter().filter(|m| m.folded).map(|m| m.migration.as_str()).collect();
        if let [first, .., last] = &folded[..] {
            write!(f, "\n-- {first} to {last}, at once, for the database has nothing in it")?;
            for sql in &self.fresh {
                write!(f, "\n{sql};")?;
            }
        }
        for migration in self.migrations.iter().filter(|m| !m.folded) {
            write!(f, "\n-- {} ({})", migration.migration, migration.file)?;
            for step in &migration.steps {
                write!(f, "{step}")?;
            }
            for rows in &migration.in_the_way {
                write!(f, "\n-- in the way of {}:{}: {rows}", rows.line, rows.column)?;
            }
        }
        Ok(())
    }
}

/// Each statement behind a line break.
impl fmt::Display for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(table) = &self.rebuilds {
            match self.copies {
                Some(rows) => write!(f, "\n-- copies the rows of `{table}`: {rows} now")?,
                None => write!(f, "\n-- copies the rows of `{table}`")?,
            }
        }
        if let Some(rows) = self.batch {
            write!(f, "\n-- {rows} rows at a time")?;
        }
        if let Some(function) = &self.function {
            write!(f, "\n-- calls `{function}`")?;
        }
        for sql in &self.sql {
            write!(f, "\n{};", sql.trim_end().trim_end_matches(';'))?;
        }
        Ok(())
    }
}

fn counted(count: usize) -> String {
    format!("{count} migration{}", if count == 1 { "" } else { "s" })
}
