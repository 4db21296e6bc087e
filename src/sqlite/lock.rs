//! Waiting, the transaction, and the settings of the connection that a run changes for a while.
//!
//! Comes in: the caller's connection. Goes out: guards that put everything back on every way out, errors and
//! panics included. It must not know what is done in between.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{database_error, while_doing};
use crate::error::Error;
use crate::event::Event;
use crate::runner::Settings;

/// Takes the connection's own busy timeout away while the runner does the waiting, so that it is the runner's
/// limit that counts.
pub(super) struct OwnWaiting<'c> {
    connection: &'c Connection,
    before: Option<Duration>,
}

impl<'c> OwnWaiting<'c> {
    pub(super) fn start(connection: &'c Connection) -> Result<Self, Error> {
        let ms: u32 = connection
            .query_row("PRAGMA busy_timeout", [], |row| row.get(0))
            .map_err(while_doing("read the busy timeout"))?;
        // Zero also where the caller has a busy handler of its own, which setting a timeout would remove.
        let before = (ms > 0).then(|| Duration::from_millis(u64::from(ms)));
        if before.is_some() {
            connection.busy_timeout(Duration::ZERO).map_err(while_doing("set the busy timeout"))?;
        }
        Ok(OwnWaiting { connection, before })
    }
}

impl OwnWaiting<'_> {
    /// Gives the connection its own timeout back while a function of the application has it.
    pub(super) fn lent<T>(&self, action: impl FnOnce() -> T) -> T {
        struct Back<'c>(&'c Connection);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                let _ = self.0.busy_timeout(Duration::ZERO);
            }
        }
        let Some(before) = self.before else { return action() };
        let _back = Back(self.connection);
        // Nobody could be told; SQLite has no reason to refuse.
        let _ = self.connection.busy_timeout(before);
        action()
    }
}

impl Drop for OwnWaiting<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            // Nobody could be told; SQLite has no reason to refuse.
            let _ = self.connection.busy_timeout(before);
        }
    }
}

/// Does it again while another connection holds a lock, up to the time that the caller allows.
pub(super) fn patiently<T>(
    settings: &mut Settings<'_>,
    doing: &'static str,
    mut action: impl FnMut() -> rusqlite::Result<T>,
) -> Result<T, Error> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(5);
    let mut told = Duration::ZERO;
    loop {
        let error = match action() {
            Ok(value) => return Ok(value),
            Err(error) => database_error(error),
        };
        if !error.is_busy() {
            return Err(Error::Database { doing, source: error });
        }
        let waited = start.elapsed();
        if waited >= settings.wait {
            return Err(Error::Locked { waited });
        }
        if told.is_zero() || waited - told >= Duration::from_secs(1) {
            told = waited;
            settings.tell(Event::Waiting { waited });
        }
        thread::sleep(pause.min(settings.wait - waited));
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// A transaction with the write lock; rolled back unless it was committed.
pub(super) struct Transaction<'c> {
    connection: &'c Connection,
}

impl<'c> Transaction<'c> {
    pub(super) fn begin(connection: &'c Connection, settings: &mut Settings<'_>) -> Result<Self, Error> {
        patiently(settings, "begin a transaction", || connection.execute_batch("BEGIN IMMEDIATE"))?;
        Ok(Transaction { connection })
    }

    /// Commits; waits for readers, which hold up a commit outside of WAL mode.
    pub(super) fn commit(self, settings: &mut Settings<'_>) -> Result<(), Error> {
        patiently(settings, "commit the transaction", || self.connection.execute_batch("COMMIT"))
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // SQLite rolls back by itself after some errors and leaves the transaction open after others.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// A pragma that is switched for a while.
///
/// `foreign_keys` must be made before the transaction begins and dropped after it has ended: inside one,
/// SQLite ignores it without a word.
pub(super) struct Switch<'c> {
    connection: &'c Connection,
    pragma: &'static str,
    before: Option<bool>,
}

impl<'c> Switch<'c> {
    /// Sets `foreign_keys` and makes sure of it.
    pub(super) fn foreign_keys(connection: &'c Connection, wanted: bool) -> Result<Self, Error> {
        let switch = Self::set(connection, "foreign_keys", wanted)?;
        match switch.read()? {
            // `None`: a library that was compiled without foreign keys.
            Some(now) if now != wanted => Err(Error::ForeignKeySetting { wanted }),
            _ => Ok(switch),
        }
    }

    /// Lets a rename leave views, triggers and references of other tables as they are.
    pub(super) fn legacy_alter_table(connection: &'c Connection) -> Result<Self, Error> {
        Self::set(connection, "legacy_alter_table", true)
    }

    fn set(connection: &'c Connection, pragma: &'static str, wanted: bool) -> Result<Self, Error> {
        let mut switch = Switch { connection, pragma, before: None };
        switch.before = switch.read()?;
        switch.write(wanted).map_err(while_doing("switch a pragma"))?;
        Ok(switch)
    }

    fn read(&self) -> Result<Option<bool>, Error> {
        let read = || {
            let mut statement = self.connection.prepare(&format!("PRAGMA {}", self.pragma))?;
            let mut rows = statement.query([])?;
            rows.next()?.map(|row| row.get(0)).transpose()
        };
        read().map_err(while_doing("read a pragma"))
    }

    fn write(&self, on: bool) -> rusqlite::Result<()> {
        let value = if on { "ON" } else { "OFF" };
        self.connection.execute_batch(&format!("PRAGMA {} = {value}", self.pragma))
    }
}

impl Drop for Switch<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = self.write(before);
        }
    }
}

/// The settings of the connection that the meaning of a migration's SQL depends on, put back when dropped.
///
/// `foreign_keys` cannot change inside a transaction. `defer_foreign_keys` ends with it, and to switch it off before would
/// forget what was to be checked.
pub(super) struct Settled<'c> {
    connection: &'c Connection,
    before: Vec<(&'static str, bool)>,
}

impl<'c> Settled<'c> {
    pub(super) fn keep(connection: &'c Connection) -> Result<Self, Error> {
        const PRAGMAS: [&str; 6] = [
            "query_only",
            "legacy_alter_table",
            "ignore_check_constraints",
            "recursive_triggers",
            "reverse_unordered_selects",
            "writable_schema",
        ];
        let mut before = Vec::with_capacity(PRAGMAS.len());
        for pragma in PRAGMAS {
            let switch = Switch { connection, pragma, before: None };
            before.extend(switch.read()?.map(|on| (pragma, on)));
        }
        Ok(Settled { connection, before })
    }
}

impl Drop for Settled<'_> {
    fn drop(&mut self) {
        for &(pragma, on) in &self.before {
            let switch = Switch { connection: self.connection, pragma, before: None };
            if !matches!(switch.read(), Ok(Some(now)) if now == on) {
                // Nobody could be told; SQLite has no reason to refuse.
                let _ = switch.write(on);
            }
        }
    }
}
