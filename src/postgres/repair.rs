//! A repair on PostgreSQL: rows of the history table, and nothing else.
//!
//! Comes in: a client outside of a transaction. Goes out: what was mended, all of it or nothing, committed and read back.

use tokio_postgres::{Client, GenericClient, Transaction};

use super::history::{self, Place};
use super::{apply, located_outside_transaction, lock};
use crate::error::Error;
use crate::migration::Migration;
use crate::repair::{Mending, Repair, Repaired, plan};
use crate::runner::Settings;

pub(super) async fn repair(
    client: &mut Client,
    settings: &mut Settings<'_>,
    how: Repair,
) -> Result<Repaired, Error> {
    let (place, _) = located_outside_transaction(client, settings).await?;
    if how == Repair::Show || !place.exists {
        return Ok(Repaired::new(&planned(&*client, settings.migrations, &place).await?));
    }
    let mut wait = lock::Wait::new();
    loop {
        if let Some(repaired) = try_repair(client, settings, &place).await? {
            return Ok(repaired);
        }
        wait.pause(settings).await?;
    }
}

/// Does it, unless another process has the lock.
async fn try_repair(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
) -> Result<Option<Repaired>, Error> {
    let transaction = apply::begin(client).await?;
    if !lock::try_lock(&transaction, place).await? {
        apply::roll_back(transaction).await?;
        return Ok(None);
    }
    let mendings = match under_lock(&transaction, settings, place).await {
        Ok(mendings) => mendings,
        Err(error) => {
            let _ = transaction.rollback().await;
            return Err(error);
        }
    };
    let repaired = Repaired::new(&mendings);
    let Some(last) = mendings.last() else {
        apply::roll_back(transaction).await?;
        return Ok(Some(repaired));
    };
    let migration = last.migration.name.to_owned();
    apply::commit(transaction, &migration, "commit the repair").await?;
    // The server may have answered ROLLBACK to the COMMIT, of which the driver tells nothing.
    match history::at(&*client, place, last.row.position).await? {
        Some(row) if row == last.after() => Ok(Some(repaired)),
        _ => Err(Error::RolledBack { migration }),
    }
}

async fn under_lock(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
) -> Result<Vec<Mending>, Error> {
    lock::pin_settings(transaction, place, settings).await?;
    let mendings = planned(transaction, settings.migrations, place).await?;
    for mending in &mendings {
        history::mend(transaction, place, mending).await?;
    }
    Ok(mendings)
}

async fn planned(
    client: &impl GenericClient,
    declared: &'static [&'static Migration],
    place: &Place,
) -> Result<Vec<Mending>, Error> {
    let rows = if place.exists { history::all(client, place).await? } else { Vec::new() };
    let mut downs = Vec::with_capacity(rows.len());
    for row in &rows {
        downs.push(history::down(client, place, row.position).await?);
    }
    plan(&place.table, rows, downs, declared, |migration| {
        migration.postgres().ok_or_else(|| apply::not_compiled(migration))
    })
}
