//! Steps outside of the migration's transaction, one by one, each recorded in the history row of its migration.
//!
//! Comes in: a migration whose row stands and says how far it has come, in either direction. Goes out: the same, done; or
//! the step that failed, with the row telling from where the next run goes on. Between two steps nothing is locked and
//! another process may take the next one: then this one stops and looks again.

use std::time::Instant;

use rusqlite::{Connection, OptionalExtension};

use super::apply::{self, Place};
use super::lock::{OwnWaiting, Settled, Switch, Transaction, patiently};
use super::peers::Alone;
use super::{call, history, probe, while_doing};
use crate::call::{CallJob, Function, changed, missing};
use crate::error::Error;
use crate::event::Event;
use crate::history::{Row, misplaced};
use crate::migration::{Migration, Probe};
use crate::progress::{Came, Mark, Progress, Way};
use crate::report::Done;
use crate::runner::Settings;
use crate::script::{self, Job, JobWork, UpdateJob};

/// What a migration does, in one direction.
pub(super) struct Work {
    migration: String,
    file: String,
    way: Way,
    jobs: Vec<Job>,
    /// What rows can refuse.
    probes: &'static [Probe],
}

impl Work {
    pub(super) fn up(migration: &'static Migration) -> Result<Self, Error> {
        let script = apply::script(migration)?;
        crate::call::all_here(migration.name, script.up)?;
        Ok(Work {
            migration: migration.name.to_owned(),
            file: migration.file.to_owned(),
            way: Way::Up,
            jobs: script::jobs(script.up),
            probes: script.probes,
        })
    }

    /// The way back, as it was stored.
    pub(super) fn down(table: &str, row: &Row, declared: Option<&Migration>, jobs: Vec<Job>) -> Self {
        let stored = format!("the history table `{table}`");
        let file = declared.map_or(stored, |migration| migration.file.to_owned());
        Work { migration: row.name.clone(), file, way: Way::Down, jobs, probes: &[] }
    }

    fn place(&self) -> Place<'_> {
        Place { migration: &self.migration, file: &self.file, direction: self.way.direction() }
    }
}

/// A migration on its way, and its row as it stands.
struct Walk<'w> {
    connection: &'w Connection,
    waiting: &'w OwnWaiting<'w>,
    table: String,
    work: &'w Work,
    row: Row,
    progress: Progress,
    /// When the step that is next was begun.
    since: Instant,
    /// Rows that its batches changed in this run.
    changed: u64,
}

/// Goes on with a migration from where its row says; nothing comes back where another process took over.
pub(super) fn go_on(
    connection: &Connection,
    settings: &mut Settings<'_>,
    waiting: &OwnWaiting<'_>,
    work: &Work,
    row: &Row,
    progress: Progress,
) -> Result<Option<Done>, Error> {
    let start = Instant::now();
    let place = work.place();
    settings.tell(Event::Started {
        migration: work.migration.clone(),
        direction: place.direction,
        steps: work.jobs.len(),
    });
    // Deletes and changes of keys are to be followed, as in a migration that rebuilds nothing.
    let _foreign_keys = Switch::foreign_keys(connection, true)?;
    let table = settings.table.clone();
    let row = row.clone();
    let mut walk = Walk { connection, waiting, table, work, row, progress, since: start, changed: 0 };
    match walk.steps(settings) {
        Ok(Came::Further) => Ok(Some(apply::finished(settings, &place, start))),
        Ok(Came::Late) => Ok(None),
        Err(error) => {
            // Nothing of it is done, so nothing is to tell. If this fails, the next run begins where it is now.
            if walk.progress.way == Way::Up && walk.progress.is_untouched() {
                let _ = history::delete(connection, &walk.table, &walk.row);
            }
            let step = (work.probes, walk.progress.step);
            Err(probe::explained(connection, settings, &place, step, error))
        }
    }
}

/// Takes a migration back, from where `progress` says that it stands; nothing where its row is another by now.
pub(super) fn back(
    connection: &Connection,
    settings: &mut Settings<'_>,
    waiting: &OwnWaiting<'_>,
    work: &Work,
    row: &Row,
    progress: Progress,
) -> Result<Option<Done>, Error> {
    let mut row = row.clone();
    if row.progress.as_deref() != Some(progress.text().as_str()) {
        let table = settings.table.clone();
        let transaction = Transaction::begin(connection, settings)?;
        let last = history::last(connection, &table).map_err(while_doing("read the history table"))?;
        if last.as_ref() != Some(&row) {
            return Ok(None);
        }
        let now = Row { progress: Some(progress.text()), ..row.clone() };
        let now = history::record(connection, &table, &row, progress.step, now)?;
        transaction.commit(settings)?;
        row = now;
    }
    go_on(connection, settings, waiting, work, &row, progress)
}

impl Walk<'_> {
    fn steps(&mut self, settings: &mut Settings<'_>) -> Result<Came, Error> {
        while let Some(job) = self.work.jobs.get(self.progress.step) {
            let before = self.progress.step;
            let came = match &job.work {
                JobWork::Batches(batches) => self.batch(settings, job, batches)?,
                JobWork::Statement(sql) => self.statement(settings, job, sql)?,
                JobWork::Call(function) if function.outside => self.call(settings, job, function)?,
                _ => return Err(misplaced(&self.table, &self.work.migration)),
            };
            if came == Came::Late {
                return Ok(Came::Late);
            }
            if self.progress.step > before {
                settings.tell(Event::Step {
                    migration: self.work.migration.clone(),
                    step: before + 1,
                    steps: self.work.jobs.len(),
                });
            }
        }
        self.finish(settings)
    }

    /// Does something in a transaction of its own, which also records what came of it.
    fn in_transaction(
        &mut self,
        settings: &mut Settings<'_>,
        action: impl FnOnce(&Self) -> Result<(Progress, u64), Error>,
    ) -> Result<Came, Error> {
        let transaction = Transaction::begin(self.connection, settings)?;
        if !self.is_ours()? {
            return Ok(Came::Late);
        }
        let (progress, changed) = action(self)?;
        let row = self.row.come_to(Some(&progress), self.since);
        let row = history::record(self.connection, &self.table, &self.row, progress.step, row)?;
        transaction.commit(settings)?;
        (self.row, self.progress, self.since) = (row, progress, Instant::now());
        self.changed += changed;
        Ok(Came::Further)
    }

    /// Whether the row is still as this walk left it.
    fn is_ours(&self) -> Result<bool, Error> {
        let now = history::at(self.connection, &self.table, self.row.position);
        Ok(now.map_err(while_doing("read the history table"))?.as_ref() == Some(&self.row))
    }

    /// All steps are done: the row says so, or goes.
    fn finish(&mut self, settings: &mut Settings<'_>) -> Result<Came, Error> {
        let transaction = Transaction::begin(self.connection, settings)?;
        if !self.is_ours()? {
            return Ok(Came::Late);
        }
        match self.progress.way {
            Way::Up => {
                let steps = self.work.jobs.len();
                history::record(
                    self.connection,
                    &self.table,
                    &self.row,
                    steps,
                    self.row.come_to(None, self.since),
                )?;
            }
            Way::Down | Way::Back => history::delete(self.connection, &self.table, &self.row)?,
        }
        transaction.commit(settings)?;
        Ok(Came::Further)
    }

    /// An index, which only PostgreSQL makes in another way.
    fn statement(&mut self, settings: &mut Settings<'_>, job: &Job, sql: &str) -> Result<Came, Error> {
        self.in_transaction(settings, |walk| {
            let done = walk.connection.execute_batch(sql);
            done.map_err(|error| walk.work.place().failed(job, sql, error))?;
            Ok((walk.progress.next(), 0))
        })
    }

    fn batch(&mut self, settings: &mut Settings<'_>, job: &Job, batches: &UpdateJob) -> Result<Came, Error> {
        let came = self.in_transaction(settings, |walk| {
            let failed = |sql: &str, error| walk.work.place().failed(job, sql, error);
            let after = match &walk.progress.mark {
                Mark::After(row) => Some(row.as_str()),
                Mark::Nothing | Mark::Started => None,
            };
            let sql = batches.last_of_batch(after, literal);
            let last: Option<String> = (walk.connection.query_row(&sql, [], |row| row.get(0)).optional())
                .map_err(|error| failed(&sql, error))?;
            let sql = batches.sql(after, last.as_deref());
            let changed = walk.connection.execute(&sql, []).map_err(|error| failed(&sql, error))?;
            let next = match last {
                Some(row) => walk.progress.after(row),
                None => walk.progress.next(),
            };
            Ok((next, changed as u64))
        })?;
        if came == Came::Further {
            settings.tell(Event::Batch {
                migration: self.work.migration.clone(),
                table: batches.table.clone(),
                rows: self.changed,
            });
        }
        Ok(came)
    }

    /// A function of the application that makes its own transactions.
    fn call(&mut self, settings: &mut Settings<'_>, job: &Job, call: &CallJob) -> Result<Came, Error> {
        let (migration, file) = (self.work.migration.clone(), self.work.file.clone());
        let Function::Sqlite(function) = call.function else {
            return Err(missing(&migration, &call.path));
        };
        let _alone = Alone::wait(self.connection, settings)?;
        // Others may hold a lock: there is no transaction here.
        const READING: &str = "read the schema";
        let before = patiently(settings, READING, || call::objects(self.connection))?;
        let started = self.progress.started();
        if self.in_transaction(settings, |_| Ok((started, 0)))? == Came::Late {
            return Ok(Came::Late);
        }
        settings.tell(Event::Calling { migration: migration.clone(), function: call.path.clone() });
        let result = {
            let _settled = Settled::keep(self.connection)?;
            let _open = Open(self.connection);
            let result = self.waiting.lent(|| function.call(self.connection)).map_err(call::readable);
            let open = !self.connection.is_autocommit();
            result.map(|()| open)
        };
        match result {
            Err(source) => return Err(job.function_failed(&migration, &file, source)),
            Ok(true) => return Err(job.transaction_left(&migration, &file)),
            Ok(false) => {}
        }
        let after = patiently(settings, READING, || call::objects(self.connection))?;
        let changed = changed(&before, &after);
        if !changed.is_empty() {
            return Err(job.schema_changed(&migration, &file, changed));
        }
        let next = self.progress.next();
        self.in_transaction(settings, |_| Ok((next, 0)))
    }
}

/// Rolls back what a function left open, after a panic too.
struct Open<'c>(&'c Connection);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

/// SQL for the literal of a column's value. A text goes as its bytes, of which `quote` would cut one with a zero in it; and
/// the sign keeps the cast from giving the other side of a comparison an affinity
/// (<https://www.sqlite.org/datatype3.html>).
fn literal(column: &str) -> String {
    format!(
        "CASE typeof({column}) WHEN 'text' THEN '+CAST(X''' || hex({column}) || ''' AS TEXT)' ELSE \
         quote({column}) END"
    )
}
