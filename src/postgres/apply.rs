//! Running migrations: one transaction for each, with its history row in it.
//!
//! Comes in: the client, and the migration that is next or that is to be reverted. Goes out: the same,
//! committed and read back, or an error with the transaction rolled back. It must not decide what is pending:
//! that is `crate::history`'s.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::history::{self, Made, Place};
use super::steps::{Plan, run_jobs};
use super::{call, database_error, lock, while_doing};
use crate::call::all_here;
use crate::error::Error;
use crate::event::Event;
use crate::first_words::created_table;
use crate::history::{NewRow, Row, check_format, down_text, in_ms, now_ms, todo};
use crate::migration::Migration;
use crate::progress::{Progress, Way};
use crate::report::Done;
use crate::runner::Settings;
use crate::script::{JobWork, are_outside};

const COMMITTING: &str = "commit the migration";

pub(super) fn not_compiled(migration: &Migration) -> Error {
    Error::DialectMissing { migration: migration.name.to_owned(), dialect: "PostgreSQL" }
}

/// Refuses a history that lacks PostgreSQL's SQL, or a function that it calls, before any of it runs.
pub(super) fn all_compiled(pending: &[&'static Migration]) -> Result<(), Error> {
    for migration in pending {
        let script = migration.postgres().ok_or_else(|| not_compiled(migration))?;
        all_here(migration.name, script.up)?;
    }
    Ok(())
}

/// How one try went.
pub(super) enum Try<T> {
    /// Another process has the lock, or did at the same time what may be done once.
    Busy,
    Done(T),
}

/// Applies the first migration that is pending once the lock is held, or begins it where its steps stand outside of a
/// transaction; gives the rows of the table as they are then.
pub(super) async fn next(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    stop: usize,
    known: Vec<Row>,
) -> Result<(Vec<Row>, Option<Done>), Error> {
    let mut wait = lock::Wait::new();
    let mut attempt = 1;
    loop {
        match try_next(client, settings, place, stop, &known).await {
            Ok(Try::Done(result)) => return Ok(result),
            Ok(Try::Busy) => wait.pause(settings).await?,
            Err(error) => retry(settings, error, &mut attempt).await?,
        }
    }
}

/// Reverts one migration.
pub(super) async fn back(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    plan: &Plan,
    row: &Row,
) -> Result<Option<Done>, Error> {
    let mut wait = lock::Wait::new();
    let mut attempt = 1;
    loop {
        match try_back(client, settings, place, plan, row).await {
            Ok(Try::Done(done)) => return Ok(done),
            Ok(Try::Busy) => wait.pause(settings).await?,
            Err(error) => retry(settings, error, &mut attempt).await?,
        }
    }
}

/// Waits before the next try where another session's lock was in the way; any other error ends it.
pub(super) async fn retry(settings: &mut Settings<'_>, error: Error, attempt: &mut u32) -> Result<(), Error> {
    let (migration, reason) = match &error {
        Error::Statement { migration, source, .. } if source.is_busy() => {
            (migration.clone(), source.to_string())
        }
        Error::Function { migration, source, .. } if call::is_busy(&**source) => {
            (migration.clone(), source.to_string())
        }
        _ => return Err(error),
    };
    if *attempt > settings.retries {
        return Err(error);
    }
    *attempt += 1;
    settings.tell(Event::Retrying { migration, attempt: *attempt, reason });
    let pause = Duration::from_millis(100) * 2_u32.saturating_pow((*attempt - 2).min(6));
    tokio::time::sleep(pause).await;
    Ok(())
}

pub(super) async fn begin(client: &mut Client) -> Result<Transaction<'_>, Error> {
    // READ COMMITTED whatever the role's default is: under another level a transaction that only asks for the
    // lock holds a snapshot, and what it reads under the lock is old.
    client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await
        .map_err(while_doing("begin a transaction"))
}

async fn try_next(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    stop: usize,
    known: &[Row],
) -> Result<Try<(Vec<Row>, Option<Done>)>, Error> {
    let transaction = begin(client).await?;
    if !lock::try_lock(&transaction, place).await? {
        roll_back(transaction).await?;
        return Ok(Try::Busy);
    }
    match under_lock(&transaction, settings, place, stop, known).await {
        Err(error) => {
            // The error is what matters; and dropping the transaction would roll it back too.
            let _ = transaction.rollback().await;
            Err(error)
        }
        Ok(Try::Busy) => {
            roll_back(transaction).await?;
            Ok(Try::Busy)
        }
        Ok(Try::Done((rows, None))) => {
            roll_back(transaction).await?;
            Ok(Try::Done((rows, None)))
        }
        Ok(Try::Done((mut rows, Some((plan, row, start))))) => {
            commit(transaction, &plan.migration, COMMITTING).await?;
            // The server may have answered ROLLBACK to the COMMIT, of which the driver tells nothing.
            let found =
                history::at(client, place, row.position).await.map_err(|e| unknown(&plan.migration, e))?;
            let begun = row.progress.is_some();
            // With the lock free, another process may have taken the first step already, and the row tells of it.
            let kept = match &found {
                Some(found) if begun => (&found.name, &found.chain) == (&row.name, &row.chain),
                found => found.as_ref() == Some(&row),
            };
            if !kept {
                return Err(Error::RolledBack { migration: plan.migration });
            }
            rows.push(row);
            let done = if begun { None } else { Some(finished(settings, &plan, start)) };
            Ok(Try::Done((rows, done)))
        }
    }
}

type Applied = (Vec<Row>, Option<(Plan, Row, Instant)>);

/// Reads the history again, and runs the first migration that is pending by it.
async fn under_lock(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
    stop: usize,
    known: &[Row],
) -> Result<Try<Applied>, Error> {
    let exists = history::relation_exists(transaction, place, &place.table).await?;
    let rows = match exists {
        false => Vec::new(),
        // The last row, with its chain, stands for all that are known already.
        true => match history::last(transaction, place).await? {
            Some(last) if known.last() == Some(&last) => known.to_vec(),
            Some(_) => history::all(transaction, place).await?,
            None => Vec::new(),
        },
    };
    check_format(&place.table, rows.last())?;
    let todo = todo(&place.table, &rows, settings.migrations, stop, settings.allow_newer)?;
    let Some(&migration) = todo.pending.first().filter(|_| todo.begun.is_none()) else {
        return Ok(Try::Done((rows, None)));
    };
    let plan = Plan::up(migration)?;
    if rows.is_empty() {
        lost_history(transaction, place, &plan).await?;
    }
    if matches!(make_ready(transaction, settings, place, exists).await?, Made::ByAnother) {
        return Ok(Try::Busy);
    }
    let start = Instant::now();
    // Outside of a transaction the row comes first: it tells how far the steps have come.
    let outside = are_outside(&plan.jobs);
    if !outside {
        run_jobs(transaction, settings, place, &plan).await?;
    }
    let new = NewRow {
        position: rows.len() as i64 + 1,
        migration,
        applied_at: now_ms(),
        duration_ms: in_ms(start.elapsed()),
        steps_done: if outside { 0 } else { plan.jobs.len() as i64 },
        progress: outside.then(|| Progress::begin(Way::Up)),
        down: migration.postgres().and_then(down_text),
    };
    history::insert(transaction, place, &new).await?;
    Ok(Try::Done((rows, Some((plan, new.row(), start)))))
}

/// Settles the transaction, and makes the history table where it is missing.
pub(super) async fn make_ready(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
    exists: bool,
) -> Result<Made, Error> {
    lock::pin_settings(transaction, place, settings).await?;
    if !exists {
        if matches!(history::create_schema(transaction, place).await?, Made::ByAnother) {
            return Ok(Made::ByAnother);
        }
        history::create(transaction, place).await?;
    }
    Ok(Made::There)
}

async fn try_back(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    plan: &Plan,
    row: &Row,
) -> Result<Try<Option<Done>>, Error> {
    let transaction = begin(client).await?;
    if !lock::try_lock(&transaction, place).await? {
        roll_back(transaction).await?;
        return Ok(Try::Busy);
    }
    let start = Instant::now();
    let result = async {
        let rows = history::all(&transaction, place).await?;
        if !rows.contains(row) {
            // Another process was faster.
            return Ok(false);
        }
        if let Some(later) = rows.last().filter(|last| *last != row) {
            return Err(Error::HistoryTable {
                table: place.table.clone(),
                problem: format!("another process applied `{}` after `{}` meanwhile", later.name, row.name),
            });
        }
        lock::pin_settings(&transaction, place, settings).await?;
        run_jobs(&transaction, settings, place, plan).await?;
        history::delete(&transaction, place, row).await?;
        Ok(true)
    }
    .await;
    match result {
        Ok(true) => {}
        Ok(false) => {
            roll_back(transaction).await?;
            return Ok(Try::Done(None));
        }
        Err(error) => {
            let _ = transaction.rollback().await;
            return Err(error);
        }
    }
    commit(transaction, &plan.migration, COMMITTING).await?;
    if history::at(client, place, row.position).await.map_err(|e| unknown(&plan.migration, e))?.as_ref()
        == Some(row)
    {
        return Err(Error::RolledBack { migration: plan.migration.clone() });
    }
    Ok(Try::Done(Some(finished(settings, plan, start))))
}

/// An empty history over a database that already has what the first migration creates.
async fn lost_history(transaction: &Transaction<'_>, place: &Place, plan: &Plan) -> Result<(), Error> {
    let mut tables = Vec::new();
    for job in &plan.jobs {
        let JobWork::Statement(sql) = &job.work else {
            continue;
        };
        let Some(created) = created_table(sql) else {
            continue;
        };
        if history::relation_exists(transaction, place, &created).await? {
            tables.push(created);
        }
    }
    if tables.is_empty() {
        return Ok(());
    }
    Err(Error::HistoryLost { history_table: place.table.clone(), tables })
}

pub(super) async fn roll_back(transaction: Transaction<'_>) -> Result<(), Error> {
    transaction.rollback().await.map_err(while_doing("roll a transaction back"))
}

/// Commits; `doing` says what, for an error.
pub(super) async fn commit(
    transaction: Transaction<'_>,
    migration: &str,
    doing: &'static str,
) -> Result<(), Error> {
    transaction.commit().await.map_err(|error| {
        let source = database_error(error);
        match source.is_connection_lost() {
            true => Error::OutcomeUnknown { migration: migration.to_owned(), source },
            false => Error::Database { doing, source },
        }
    })
}

/// The connection was lost after the commit was answered and before it could be verified.
pub(super) fn unknown(migration: &str, error: Error) -> Error {
    match error {
        Error::Database { source, .. } if source.is_connection_lost() => {
            Error::OutcomeUnknown { migration: migration.to_owned(), source }
        }
        error => error,
    }
}

pub(super) fn finished(settings: &mut Settings<'_>, plan: &Plan, start: Instant) -> Done {
    let took = start.elapsed();
    settings.tell(Event::Finished { migration: plan.migration.clone(), direction: plan.direction, took });
    Done { migration: plan.migration.clone(), took }
}
