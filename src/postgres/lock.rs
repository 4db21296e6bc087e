//! The lock that lets one process migrate at a time, and the settings of a migration's transaction.
//!
//! Comes in: a transaction that has just begun. Goes out: whether it has the lock, which ends with the
//! transaction whatever becomes of it. It must not wait in the server: whoever waits there, even for an
//! advisory lock, holds a snapshot that `CREATE INDEX CONCURRENTLY` waits for in turn.

use std::time::{Duration, Instant};

use tokio_postgres::{GenericClient, SimpleQueryMessage, Transaction};

use super::history::Place;
use super::{quote, while_doing};
use crate::error::Error;
use crate::event::Event;
use crate::runner::Settings;

/// Takes the lock if nobody has it.
pub(super) async fn try_lock(transaction: &Transaction<'_>, place: &Place) -> Result<bool, Error> {
    let sql = format!("SELECT pg_catalog.pg_try_advisory_xact_lock({})", key(&place.schema, &place.table));
    is_true(transaction, &sql).await
}

/// Whether the first value of the answer is true.
pub(super) async fn is_true(client: &impl GenericClient, sql: &str) -> Result<bool, Error> {
    let answer = client.simple_query(sql).await.map_err(while_doing("ask for the lock"))?;
    Ok(answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    }))
}

/// Sets what the meaning of the migrations' SQL depends on, for this transaction alone.
pub(super) async fn pin_settings(
    transaction: &Transaction<'_>,
    place: &Place,
    settings: &mut Settings<'_>,
) -> Result<(), Error> {
    // At least one millisecond: zero would mean without end, which only a zero is to mean.
    let lock_timeout = match settings.lock_timeout.as_millis() {
        0 if settings.lock_timeout.is_zero() => 0,
        ms => ms.clamp(1, i32::MAX as u128),
    };
    let path = search_path(place, settings);
    let sql = format!(
        "SET LOCAL lock_timeout = {lock_timeout}; \
         SET LOCAL search_path = {path}; \
         SET LOCAL standard_conforming_strings = on; \
         SET LOCAL row_security = off; \
         SET LOCAL timezone = 'UTC'"
    );
    transaction.batch_execute(&sql).await.map_err(while_doing("set up the transaction"))
}

/// The schemas that a migration sees. `pg_temp` last: unless it is named, it is looked at first.
pub(super) fn search_path(place: &Place, settings: &Settings<'_>) -> String {
    let schemas = [&place.schema].into_iter().chain(&settings.search_also).map(|schema| quote(schema));
    schemas.chain(["pg_temp".to_owned()]).collect::<Vec<_>>().join(", ")
}

/// Waiting with back-off, between transactions.
pub(super) struct Wait {
    start: Instant,
    pause: Duration,
    told: Option<Duration>,
}

impl Wait {
    pub(super) fn new() -> Self {
        Wait { start: Instant::now(), pause: Duration::from_millis(20), told: None }
    }

    /// Sleeps until the next try, or says that it has been long enough.
    pub(super) async fn pause(&mut self, settings: &mut Settings<'_>) -> Result<(), Error> {
        let waited = self.start.elapsed();
        if waited >= settings.wait {
            return Err(Error::Locked { waited });
        }
        if self.told.is_none_or(|told| waited - told >= Duration::from_secs(1)) {
            self.told = Some(waited);
            settings.tell(Event::Waiting { waited });
        }
        tokio::time::sleep(self.pause.min(settings.wait - waited)).await;
        self.pause = (self.pause * 2).min(Duration::from_millis(500));
        Ok(())
    }
}

/// The lock's number: the 64-bit FNV-1a hash of schema and table. Every version of this crate must make the
/// same, or two of them could migrate at once.
pub(super) fn key(schema: &str, table: &str) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in ["migrate", schema, table] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_changes() {
        assert_eq!(key("public", "_migrations"), 3_065_585_921_108_471_049);
        assert_ne!(key("a", "bc"), key("ab", "c"));
    }
}
