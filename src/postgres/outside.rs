//! Steps outside of a transaction, one by one, each recorded in the history row of its migration.
//!
//! Comes in: a migration whose row stands and says how far it has come, in either direction. Goes out: the same, done; or
//! the step that failed, with the row telling from where the next run goes on. Between two steps the lock is free and
//! another process may take the next one: then this one stops and looks again.

use std::time::Instant;

use tokio_postgres::{Client, SimpleQueryMessage, Transaction};

use super::apply::{self, Try};
use super::history::{self, Place};
use super::session::Session;
use super::steps::Plan;
use super::{call, literal, lock, probe, quote, while_doing};
use crate::call::{CallJob, Function, changed, missing};
use crate::error::database::Parts;
use crate::error::{DatabaseError, Error};
use crate::event::Event;
use crate::history::{Row, misplaced};
use crate::probe::{about, may_be_rows, refuse};
use crate::progress::{Came, Mark, Progress, Way};
use crate::report::Done;
use crate::runner::Settings;
use crate::script::{IndexJob, Job, JobWork, UpdateJob};

/// A migration on its way: what it does, and its row as it stands.
struct Walk<'p> {
    place: &'p Place,
    plan: &'p Plan,
    row: Row,
    progress: Progress,
    /// When the step that is next was begun.
    since: Instant,
    /// Rows that its batches changed in this run.
    changed: u64,
}

/// Goes on with a migration from where its row says; nothing comes back where another process took over.
pub(super) async fn go_on(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    plan: &Plan,
    row: &Row,
    progress: Progress,
) -> Result<Option<Done>, Error> {
    let start = Instant::now();
    settings.tell(Event::Started {
        migration: plan.migration.clone(),
        direction: plan.direction,
        steps: plan.jobs.len(),
    });
    let mut walk = Walk { place, plan, row: row.clone(), progress, since: start, changed: 0 };
    match walk.steps(client, settings).await {
        Ok(Came::Further) => Ok(Some(apply::finished(settings, plan, start))),
        Ok(Came::Late) => Ok(None),
        Err(error) => {
            // Nothing of it is done, so nothing is to tell. If this fails, the next run begins where it is now.
            if walk.progress.way == Way::Up && walk.progress.is_untouched() {
                let _ = history::delete(&*client, place, &walk.row).await;
            }
            if !may_be_rows(&error) {
                return Err(error);
            }
            let questions = about(&plan.migration, &plan.file, plan.probes, walk.progress.step);
            // If they cannot be asked, the error is what there is to say.
            let found = probe::before_anything(client, settings, place, &questions).await.unwrap_or_default();
            Err(refuse(found).err().unwrap_or(error))
        }
    }
}

/// Takes a migration back, from where `progress` says that it stands.
pub(super) async fn back(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    plan: &Plan,
    row: &Row,
    progress: Progress,
) -> Result<Option<Done>, Error> {
    let (mut row, mut progress) = (row.clone(), progress);
    loop {
        if row.progress.as_deref() != Some(progress.text().as_str()) {
            let Some(marked) = mark(client, settings, place, &row, &progress).await? else {
                return Ok(None);
            };
            row = marked;
        }
        if let Some(done) = go_on(client, settings, place, plan, &row, progress).await? {
            return Ok(Some(done));
        }
        // Another process took over, and may have been cut off in its turn.
        match history::at(&*client, place, row.position).await?.filter(|now| now.name == row.name) {
            None => return Ok(None),
            Some(now) => match now.progress(&place.table)? {
                Some(found) if found.way != Way::Up => (row, progress) = (now, found),
                _ => return Ok(None),
            },
        }
    }
}

/// Writes into the row that its migration is being reverted; nothing where the row is another by now.
async fn mark(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    row: &Row,
    progress: &Progress,
) -> Result<Option<Row>, Error> {
    let mut wait = lock::Wait::new();
    loop {
        let transaction = apply::begin(client).await?;
        if !lock::try_lock(&transaction, place).await? {
            apply::roll_back(transaction).await?;
            wait.pause(settings).await?;
            continue;
        }
        if history::last(&transaction, place).await?.as_ref() != Some(row) {
            apply::roll_back(transaction).await?;
            return Ok(None);
        }
        let now = Row { progress: Some(progress.text()), ..row.clone() };
        let now = history::record(&transaction, place, row, progress.step, now).await?;
        apply::commit(transaction, &row.name, "record that a revert begins").await?;
        // The server may have answered ROLLBACK to the COMMIT: then the row is as it was. It is no sign of that when it is not as
        // it was written, for with the lock free another process may have gone on from the mark already.
        return match history::at(&*client, place, row.position).await?.as_ref() == Some(row) {
            false => Ok(Some(now)),
            true => Err(Error::RolledBack { migration: row.name.clone() }),
        };
    }
}

impl Walk<'_> {
    async fn steps(&mut self, client: &mut Client, settings: &mut Settings<'_>) -> Result<Came, Error> {
        while let Some(job) = self.plan.jobs.get(self.progress.step) {
            let before = self.progress.step;
            let mut attempt = 1;
            loop {
                let done = match &job.work {
                    JobWork::Batches(batches) => self.batch(client, settings, job, batches).await,
                    JobWork::Concurrently(index) => self.index(client, settings, job, index).await,
                    JobWork::Call(call) if call.outside => self.call(client, settings, job, call).await,
                    _ => Err(misplaced(&self.place.table, &self.plan.migration)),
                };
                match done {
                    Ok(Came::Further) => break,
                    Ok(Came::Late) => return Ok(Came::Late),
                    Err(error) => apply::retry(settings, error, &mut attempt).await?,
                }
            }
            if self.progress.step > before {
                settings.tell(Event::Step {
                    migration: self.plan.migration.clone(),
                    step: before + 1,
                    steps: self.plan.jobs.len(),
                });
            }
        }
        self.finish(client, settings).await
    }

    fn came_to(&mut self, row: Row, progress: Progress) {
        (self.row, self.progress, self.since) = (row, progress, Instant::now());
    }

    /// Whether the row is still as this walk left it; the lock is held.
    async fn is_ours(&self, client: &impl tokio_postgres::GenericClient) -> Result<bool, Error> {
        Ok(history::at(client, self.place, self.row.position).await?.as_ref() == Some(&self.row))
    }

    /// All steps are done: the row says so, or goes.
    async fn finish(&mut self, client: &mut Client, settings: &mut Settings<'_>) -> Result<Came, Error> {
        let mut wait = lock::Wait::new();
        loop {
            let transaction = apply::begin(client).await?;
            if !lock::try_lock(&transaction, self.place).await? {
                apply::roll_back(transaction).await?;
                wait.pause(settings).await?;
                continue;
            }
            if !self.is_ours(&transaction).await? {
                apply::roll_back(transaction).await?;
                return Ok(Came::Late);
            }
            match self.progress.way {
                Way::Up => {
                    let steps = self.plan.jobs.len();
                    history::record(
                        &transaction,
                        self.place,
                        &self.row,
                        steps,
                        self.row.come_to(None, self.since),
                    )
                    .await?;
                }
                Way::Down | Way::Back => history::delete(&transaction, self.place, &self.row).await?,
            }
            apply::commit(transaction, &self.plan.migration, "record the migration").await?;
            let now = history::at(&*client, self.place, self.row.position).await;
            // The server may have answered ROLLBACK to the COMMIT.
            return match now.map_err(|e| apply::unknown(&self.plan.migration, e))?.as_ref() == Some(&self.row)
            {
                true => Err(Error::RolledBack { migration: self.plan.migration.clone() }),
                false => Ok(Came::Further),
            };
        }
    }

    /// One batch, and its place in the row, in one transaction.
    async fn batch(
        &mut self,
        client: &mut Client,
        settings: &mut Settings<'_>,
        job: &Job,
        batches: &UpdateJob,
    ) -> Result<Came, Error> {
        let mut wait = lock::Wait::new();
        loop {
            let transaction = apply::begin(client).await?;
            match self.try_batch(&transaction, settings, job, batches).await {
                Err(error) => {
                    let _ = transaction.rollback().await;
                    return Err(error);
                }
                Ok(Try::Busy) => {
                    apply::roll_back(transaction).await?;
                    wait.pause(settings).await?;
                }
                Ok(Try::Done(None)) => {
                    apply::roll_back(transaction).await?;
                    return Ok(Came::Late);
                }
                Ok(Try::Done(Some((row, progress, changed)))) => {
                    apply::commit(transaction, &self.plan.migration, "commit a batch").await?;
                    self.came_to(row, progress);
                    self.changed += changed;
                    settings.tell(Event::Batch {
                        migration: self.plan.migration.clone(),
                        table: batches.table.clone(),
                        rows: self.changed,
                    });
                    return Ok(Came::Further);
                }
            }
        }
    }

    async fn try_batch(
        &self,
        transaction: &Transaction<'_>,
        settings: &mut Settings<'_>,
        job: &Job,
        batches: &UpdateJob,
    ) -> Result<Try<Option<(Row, Progress, u64)>>, Error> {
        /// The forms in which a key is written and read again, perhaps by another program.
        const FORMS: &str = "SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; \
                             SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'";
        const IMMEDIATE: &str = "SET CONSTRAINTS ALL IMMEDIATE";
        if !lock::try_lock(transaction, self.place).await? {
            return Ok(Try::Busy);
        }
        if !self.is_ours(transaction).await? {
            return Ok(Try::Done(None));
        }
        lock::pin_settings(transaction, self.place, settings).await?;
        transaction.batch_execute(FORMS).await.map_err(while_doing("set up the transaction"))?;
        let after = match &self.progress.mark {
            Mark::After(row) => Some(row.as_str()),
            Mark::Nothing | Mark::Started => None,
        };
        let literal_of = |column: &str| format!("pg_catalog.quote_literal({column}::pg_catalog.text)");
        let sql = batches.last_of_batch(after, literal_of);
        let answer = transaction.simple_query(&sql).await.map_err(|e| self.plan.failed(job, &sql, e))?;
        let last = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        let sql = batches.sql(after, last.as_deref());
        let answer = transaction.simple_query(&sql).await.map_err(|e| self.plan.failed(job, &sql, e))?;
        let changed = answer.iter().map(|message| match message {
            SimpleQueryMessage::CommandComplete(rows) => *rows,
            _ => 0,
        });
        let changed = changed.sum();
        let made = transaction.batch_execute(IMMEDIATE).await;
        made.map_err(|error| self.plan.failed(job, &sql, error))?;
        let next = match last {
            Some(row) => self.progress.after(row),
            None => self.progress.next(),
        };
        let row = self.row.come_to(Some(&next), self.since);
        let row = history::record(transaction, self.place, &self.row, next.step, row).await?;
        Ok(Try::Done(Some((row, next, changed))))
    }

    /// Records that the step is begun, at its end, or not begun any more.
    async fn record(&mut self, client: &Client, progress: Progress) -> Result<(), Error> {
        let row = self.row.come_to(Some(&progress), self.since);
        let row = history::record(client, self.place, &self.row, progress.step, row).await?;
        self.came_to(row, progress);
        Ok(())
    }

    /// An index that comes or goes while others write.
    async fn index(
        &mut self,
        client: &mut Client,
        settings: &mut Settings<'_>,
        job: &Job,
        index: &IndexJob,
    ) -> Result<Came, Error> {
        let session = Session::hold(client, settings, self.place).await?;
        let result = self.index_in(&session, job, index).await;
        let released = session.release().await;
        result.and_then(|came| released.map(|()| came))
    }

    async fn index_in(&mut self, session: &Session<'_>, job: &Job, index: &IndexJob) -> Result<Came, Error> {
        let client = &*session.client;
        if !self.is_ours(client).await? {
            return Ok(Came::Late);
        }
        // An earlier try may have been cut off behind the statement and before it was recorded.
        let again = self.progress.mark == Mark::Started || self.progress.way == Way::Back;
        let found = self.find(client, index).await?;
        let done = match found {
            Found::Valid => again && !index.drops,
            Found::Nothing => again && index.drops,
            Found::Invalid => false,
        };
        if !done {
            if self.progress.mark != Mark::Started {
                self.record(client, self.progress.started()).await?;
            }
            if found == Found::Invalid && !index.drops {
                self.drop_invalid(client, job, index).await?;
            }
            if let Err(error) = client.batch_execute(&index.sql).await {
                let refused = error.as_db_error().is_some();
                let error = self.plan.failed(job, &index.sql, error);
                if refused {
                    self.clean_up(client, job, index).await;
                }
                return Err(error);
            }
            let wanted = if index.drops { Found::Nothing } else { Found::Valid };
            if self.find(client, index).await? != wanted {
                let message = "the statement was done, and the index is not as it left it".to_owned();
                let source = DatabaseError::new(Parts { message, ..Parts::default() });
                return Err(job.failed(&self.plan.migration, &self.plan.file, &index.sql, source));
            }
        }
        self.record(client, self.progress.next()).await?;
        Ok(Came::Further)
    }

    /// The server refused the statement: what it left of an index goes, and the step is as if it had not been begun. Where
    /// that fails too, the next run does it.
    async fn clean_up(&mut self, client: &Client, job: &Job, index: &IndexJob) {
        let gone = match self.find(client, index).await {
            Ok(Found::Invalid) if !index.drops => self.drop_invalid(client, job, index).await.is_ok(),
            Ok(_) => true,
            Err(_) => false,
        };
        if gone {
            let _ = self.record(client, self.progress.unmarked()).await;
        }
    }

    /// An index that a build left behind is never used, and slows down every write.
    async fn drop_invalid(&self, client: &Client, job: &Job, index: &IndexJob) -> Result<(), Error> {
        let sql = format!("DROP INDEX CONCURRENTLY {}.{}", quote(&self.place.schema), quote(&index.index));
        client.batch_execute(&sql).await.map_err(|error| self.plan.failed(job, &sql, error))
    }

    async fn find(&self, client: &Client, index: &IndexJob) -> Result<Found, Error> {
        let sql = format!(
            "SELECT i.indisvalid AND i.indisready FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON \
             c.oid = i.indexrelid JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid JOIN \
             pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relname = {} AND \
             t.relname = {}",
            literal(&self.place.schema),
            literal(&index.index),
            literal(&index.table)
        );
        let answer = client.simple_query(&sql).await.map_err(while_doing("look for the index"))?;
        let valid = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0) == Some("t")),
            _ => None,
        });
        Ok(match valid {
            None => Found::Nothing,
            Some(false) => Found::Invalid,
            Some(true) => Found::Valid,
        })
    }

    /// A function of the application that makes its own transactions.
    async fn call(
        &mut self,
        client: &mut Client,
        settings: &mut Settings<'_>,
        job: &Job,
        call: &CallJob,
    ) -> Result<Came, Error> {
        let mut session = Session::hold(client, settings, self.place).await?;
        let result = self.call_in(&mut session, settings, job, call).await;
        let released = session.release().await;
        result.and_then(|came| released.map(|()| came))
    }

    async fn call_in(
        &mut self,
        session: &mut Session<'_>,
        settings: &mut Settings<'_>,
        job: &Job,
        call: &CallJob,
    ) -> Result<Came, Error> {
        let (migration, file) = (&self.plan.migration, &self.plan.file);
        let Function::PostgresOutside(function) = call.function else {
            return Err(missing(migration, &call.path));
        };
        if !self.is_ours(&*session.client).await? {
            return Ok(Came::Late);
        }
        let before = call::objects(&*session.client, self.place).await?;
        if self.progress.mark != Mark::Started {
            self.record(session.client, self.progress.started()).await?;
        }
        settings.tell(Event::Calling { migration: migration.clone(), function: call.path.clone() });
        let result = function.call(session.client).await.map_err(call::readable);
        let open = session.roll_back_open().await;
        if let Err(source) = result {
            return Err(job.function_failed(migration, file, source));
        }
        if open? {
            return Err(job.transaction_left(migration, file));
        }
        let changed = changed(&before, &call::objects(&*session.client, self.place).await?);
        if !changed.is_empty() {
            return Err(job.schema_changed(migration, file, changed));
        }
        self.record(session.client, self.progress.next()).await?;
        Ok(Came::Further)
    }
}

/// What there is of an index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// A build was cut off.
    Invalid,
    Valid,
}
