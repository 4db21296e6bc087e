//! A schema of PostgreSQL with nothing in it: whether it is one, and the folded schema in it.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, Transaction};

use super::apply::{Try, begin, commit, make_ready, roll_back, unknown};
use super::history::{self, Made, Place};
use super::lock;
use crate::error::Error;
use crate::fresh::Fresh;
use crate::history::{NewRow, Row};
use crate::migration::Migration;
use crate::report::Done;
use crate::runner::Settings;

const COMMITTING: &str = "commit the schema";

/// Makes the schema and writes the rows, once the lock is held; nothing where there are objects or rows already, or where
/// the database refuses a statement: then the migrations are to tell which of theirs it refuses.
pub(super) async fn apply(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    fresh: &Fresh,
) -> Result<Option<(Vec<Row>, Vec<Done>)>, Error> {
    let mut wait = lock::Wait::new();
    loop {
        match try_apply(client, settings, place, fresh).await? {
            Try::Done(result) => return Ok(result),
            Try::Busy => wait.pause(settings).await?,
        }
    }
}

async fn try_apply(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    fresh: &Fresh,
) -> Result<Try<Option<(Vec<Row>, Vec<Done>)>>, Error> {
    let transaction = begin(client).await?;
    if !lock::try_lock(&transaction, place).await? {
        roll_back(transaction).await?;
        return Ok(Try::Busy);
    }
    let (rows, took) = match under_lock(&transaction, settings, place, fresh).await {
        Ok(Try::Done(Some(made))) => made,
        Ok(Try::Done(None)) => {
            roll_back(transaction).await?;
            return Ok(Try::Done(None));
        }
        Ok(Try::Busy) => {
            roll_back(transaction).await?;
            return Ok(Try::Busy);
        }
        Err(error) => {
            let _ = transaction.rollback().await;
            return Err(error);
        }
    };
    let name = fresh.last().name;
    commit(transaction, name, COMMITTING).await?;
    // The server may have answered ROLLBACK to the COMMIT, of which the driver tells nothing. Another process may have gone on
    // from there by now.
    let last = fresh.len() as i64;
    let found = history::at(client, place, last).await.map_err(|error| unknown(name, error))?;
    if found.as_ref() != rows.last() {
        return Err(Error::RolledBack { migration: name.to_owned() });
    }
    let done = fresh.finished(settings, took);
    Ok(Try::Done(Some((rows, done))))
}

async fn under_lock(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
    fresh: &Fresh,
) -> Result<Try<Option<(Vec<Row>, Duration)>>, Error> {
    let exists = history::relation_exists(transaction, place, &place.table).await?;
    let applied = exists && history::last(transaction, place).await?.is_some();
    if applied || history::has_objects(transaction, place).await? {
        return Ok(Try::Done(None));
    }
    if matches!(make_ready(transaction, settings, place, exists).await?, Made::ByAnother) {
        return Ok(Try::Busy);
    }
    let start = Instant::now();
    fresh.begins(settings);
    // In one message: each would wait for an answer of the server otherwise.
    if transaction.batch_execute(&fresh.statements.join(";\n")).await.is_err() {
        return Ok(Try::Done(None));
    }
    let took = start.elapsed();
    let new: Vec<NewRow> = fresh.rows(Migration::postgres, took).collect();
    history::insert_all(transaction, place, &new).await?;
    Ok(Try::Done(Some((new.iter().map(NewRow::row).collect(), took))))
}
