//! A baseline on PostgreSQL: rows in the history table, and nothing run.
//!
//! Comes in: a client outside of a transaction. Goes out: the rows, all or none, committed and read back.

use tokio_postgres::{Client, Transaction};

use super::history::{self, Made, Place};
use super::{apply, located_outside_transaction, lock};
use crate::baseline::Baseline;
use crate::error::Error;
use crate::event::Direction;
use crate::report::Report;
use crate::runner::Settings;

pub(super) async fn baseline(client: &mut Client, settings: &mut Settings<'_>) -> Result<Report, Error> {
    let stop = settings.stop()?;
    let baseline = Baseline::new(&settings.migrations[..stop], |migration| {
        migration.postgres().ok_or_else(|| apply::not_compiled(migration))
    })?;
    let (place, _) = located_outside_transaction(client, settings).await?;
    let report = Report {
        direction: Direction::Baseline,
        migrations: baseline.done(),
        applied: stop,
        unknown: Vec::new(),
    };
    let mut wait = lock::Wait::new();
    while !try_baseline(client, settings, &place, &baseline).await? {
        wait.pause(settings).await?;
    }
    Ok(report)
}

/// Does it, unless another process has the lock.
async fn try_baseline(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    baseline: &Baseline,
) -> Result<bool, Error> {
    let transaction = apply::begin(client).await?;
    if !lock::try_lock(&transaction, place).await? {
        apply::roll_back(transaction).await?;
        return Ok(false);
    }
    match under_lock(&transaction, settings, place, baseline).await {
        Ok(true) => {}
        Ok(false) => {
            apply::roll_back(transaction).await?;
            return Ok(false);
        }
        Err(error) => {
            let _ = transaction.rollback().await;
            return Err(error);
        }
    }
    let migration = baseline.last();
    apply::commit(transaction, &migration, "commit the baseline").await?;
    // The server may have answered ROLLBACK to the COMMIT, of which the driver tells nothing.
    let last = match baseline.is_empty() {
        true => return Ok(true),
        false => history::last(&*client, place).await?,
    };
    match last.is_some_and(|row| row.name == migration) {
        true => Ok(true),
        false => Err(Error::RolledBack { migration }),
    }
}

async fn under_lock(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
    baseline: &Baseline,
) -> Result<bool, Error> {
    let exists = history::relation_exists(transaction, place, &place.table).await?;
    let rows = if exists { history::all(transaction, place).await? } else { Vec::new() };
    Baseline::refuse_begun(&place.table, &rows)?;
    let created = baseline.created();
    if !created.is_empty() && !any_exists(transaction, place, &created).await? {
        return Err(Error::NothingThere { tables: created });
    }
    if baseline.is_empty() {
        return Ok(true);
    }
    lock::pin_settings(transaction, place, settings).await?;
    if !exists {
        if matches!(history::create_schema(transaction, place).await?, Made::ByAnother) {
            return Ok(false);
        }
        history::create(transaction, place).await?;
    }
    for row in baseline.rows() {
        history::insert(transaction, place, &row).await?;
    }
    Ok(true)
}

async fn any_exists(transaction: &Transaction<'_>, place: &Place, names: &[String]) -> Result<bool, Error> {
    for name in names {
        if history::relation_exists(transaction, place, name).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
