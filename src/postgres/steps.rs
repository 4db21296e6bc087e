//! The steps of one migration, run inside its transaction.
//!
//! Comes in: a transaction that has the lock, and the steps of either direction. Goes out: the steps done, or
//! the one that failed, with its place. It must not know about the history table's rows or about committing.

use tokio_postgres::{Client, Transaction};

use super::history::{self, Place};
use super::{call, database_error, lock, probe};
use crate::error::Error;
use crate::event::{Direction, Event};
use crate::first_words::moves_data;
use crate::history::{Row, misplaced, stored_down};
use crate::migration::{Migration, Probe};
use crate::probe::{about, may_be_rows, refuse};
use crate::runner::Settings;
use crate::script::{self, Job, JobWork};

/// The steps of a migration in one direction.
pub(super) struct Plan {
    pub(super) migration: String,
    pub(super) file: String,
    pub(super) direction: Direction,
    pub(super) jobs: Vec<Job>,
    /// What rows can refuse.
    pub(super) probes: &'static [Probe],
}

impl Plan {
    pub(super) fn up(migration: &'static Migration) -> Result<Self, Error> {
        let script = migration.postgres().ok_or_else(|| super::apply::not_compiled(migration))?;
        Ok(Plan {
            migration: migration.name.to_owned(),
            file: migration.file.to_owned(),
            direction: Direction::Up,
            jobs: script::jobs(script.up),
            probes: script.probes,
        })
    }

    /// The way back, as it was stored.
    pub(super) async fn down(
        client: &Client,
        settings: &mut Settings<'_>,
        place: &Place,
        row: &Row,
    ) -> Result<Self, Error> {
        let declared = settings.declared(&row.name);
        let script = declared.and_then(|m| m.postgres());
        let down = history::down(client, place, row.position).await?;
        Ok(Plan {
            migration: row.name.clone(),
            file: declared
                .map_or_else(|| format!("the history table `{}`", place.table), |m| m.file.to_owned()),
            direction: Direction::Down,
            jobs: stored_down(&place.table, row, down.as_deref(), script)?,
            probes: &[],
        })
    }

    pub(super) fn failed(&self, job: &Job, sql: &str, error: tokio_postgres::Error) -> Error {
        job.failed(&self.migration, &self.file, sql, database_error(error))
    }

    fn transaction_ended(&self, job: &Job) -> Error {
        job.transaction_ended(&self.migration, &self.file, None)
    }
}

/// Runs them.
pub(super) async fn run_jobs(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
    plan: &Plan,
) -> Result<(), Error> {
    const IMMEDIATE: &str = "SET CONSTRAINTS ALL IMMEDIATE";
    settings.tell(Event::Started {
        migration: plan.migration.clone(),
        direction: plan.direction,
        steps: plan.jobs.len(),
    });
    let mut moved: Option<&Job> = None;
    for (index, job) in plan.jobs.iter().enumerate() {
        let data = matches!(&job.work, JobWork::Statement(sql) if moves_data(sql));
        // With checks still to come, PostgreSQL refuses to change the tables; and whoever moved the data is
        // to blame.
        if let Some(mover) = moved.filter(|_| !data) {
            let done = transaction.batch_execute(IMMEDIATE).await;
            done.map_err(|error| plan.failed(mover, IMMEDIATE, error))?;
            moved = None;
        }
        match &job.work {
            JobWork::Statement(sql) => {
                if plan.probes.iter().any(|probe| probe.steps.0 as usize == index) {
                    probe::set(transaction).await?;
                }
                if let Err(error) = transaction.batch_execute(sql).await {
                    let error = plan.failed(job, sql, error);
                    return Err(explained(transaction, settings.show_keys, plan, index, error).await);
                }
                if plan.probes.iter().any(|probe| probe.steps.1 as usize == index + 1) {
                    probe::release(transaction).await?;
                }
            }
            JobWork::Raw(sql) => {
                raw(transaction, plan, job, sql).await?;
                // It may have changed any setting.
                lock::pin_settings(transaction, place, settings).await?;
            }
            JobWork::Call(function) if function.outside => {
                return Err(misplaced(&place.table, &plan.migration));
            }
            JobWork::Call(function) => {
                settings.tell(Event::Calling {
                    migration: plan.migration.clone(),
                    function: function.path.clone(),
                });
                call::call(transaction, settings, place, plan, job, function).await?;
            }
            JobWork::Rebuild(_) | JobWork::Concurrently(_) | JobWork::Batches(_) => {
                return Err(misplaced(&place.table, &plan.migration));
            }
        }
        if data || matches!(job.work, JobWork::Raw(_) | JobWork::Call(_)) {
            moved = Some(job);
        }
        settings.tell(Event::Step {
            migration: plan.migration.clone(),
            step: index + 1,
            steps: plan.jobs.len(),
        });
    }
    if let Some(mover) = moved {
        let done = transaction.batch_execute(IMMEDIATE).await;
        done.map_err(|error| plan.failed(mover, IMMEDIATE, error))?;
    }
    Ok(())
}

/// What to say of a step that failed: which rows were in its way, if any were.
async fn explained(
    transaction: &Transaction<'_>,
    show_keys: bool,
    plan: &Plan,
    step: usize,
    error: Error,
) -> Error {
    if !may_be_rows(&error) {
        return error;
    }
    let questions = about(&plan.migration, &plan.file, plan.probes, step);
    // If they cannot be asked, the error is what there is to say.
    let found = probe::behind_the_mark(transaction, show_keys, &questions).await.unwrap_or_default();
    refuse(found).err().unwrap_or(error)
}

/// SQL of the author. A savepoint tells whether the transaction is still the same afterwards.
async fn raw(transaction: &Transaction<'_>, plan: &Plan, job: &Job, sql: &str) -> Result<(), Error> {
    const SET: &str = "SAVEPOINT __migrate_raw";
    const RELEASE: &str = "RELEASE SAVEPOINT __migrate_raw";
    let set = transaction.batch_execute(SET).await;
    set.map_err(|error| plan.failed(job, SET, error))?;
    if let Err(error) = transaction.batch_execute(sql).await {
        // A transaction in which something failed answers nothing more; one that answers is another one, or
        // none.
        let answers = error.as_db_error().is_some() && transaction.batch_execute("SELECT 1").await.is_ok();
        return Err(match answers {
            true => plan.transaction_ended(job),
            false => plan.failed(job, sql, error),
        });
    }
    match transaction.batch_execute(RELEASE).await {
        Ok(()) => Ok(()),
        Err(error) if error.as_db_error().is_some() => Err(plan.transaction_ended(job)),
        Err(error) => Err(plan.failed(job, RELEASE, error)),
    }
}
