//! One session of the server, held for a step that no transaction can hold.
//!
//! Comes in: a client outside of any transaction. Goes out: a guard under which no other process migrates and in which SQL
//! means what it means in a migration; the lock and the settings go when the guard is dropped, with the future that holds
//! it too. It must not know what is done meanwhile.

use std::pin::pin;
use std::task::{Context, Waker};

use tokio_postgres::{Client, SimpleQueryMessage};

use super::history::Place;
use super::lock::{Wait, is_true, key, search_path};
use super::{literal, while_doing};
use crate::error::Error;
use crate::runner::Settings;

/// How many messages must find the same session.
const PROOFS: usize = 3;

/// The session, the lock in it, and what puts everything back.
pub(super) struct Session<'c> {
    pub(super) client: &'c mut Client,
    undo: Option<String>,
}

impl<'c> Session<'c> {
    /// Waits for the lock, polling: whoever waits in the server holds up `CREATE INDEX CONCURRENTLY`.
    pub(super) async fn hold(
        client: &'c mut Client,
        settings: &mut Settings<'_>,
        place: &Place,
    ) -> Result<Self, Error> {
        let backend = one_backend(client).await?;
        let key = key(&place.schema, &place.table);
        let mut session = Session { client, undo: None };
        let mut wait = Wait::new();
        loop {
            // Before the question: a future that is dropped while the answer is on its way may have the lock already.
            session.undo = Some(unlock(key));
            let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({key})");
            if is_true(&*session.client, &sql).await? {
                break;
            }
            session.undo = None;
            wait.pause(settings).await?;
        }
        if !session.has_lock(&backend, key).await? {
            session.unlock_anywhere(key).await?;
            return Err(Error::NeedsDirectConnection);
        }
        session.pin_settings(&search_path(place, settings), key).await?;
        Ok(session)
    }

    /// Whether it is still the same session and has the lock, each time that it is asked.
    async fn has_lock(&self, backend: &str, key: i64) -> Result<bool, Error> {
        // The server keeps the two halves of the number apart
        // (https://www.postgresql.org/docs/current/view-pg-locks.html).
        let (high, low) = ((key as u64 >> 32) as u32, key as u32);
        let sql = format!(
            "SELECT pg_catalog.pg_backend_pid() = {backend} AND EXISTS (SELECT 1 FROM pg_catalog.pg_locks WHERE \
             locktype = 'advisory' AND classid = {high} AND objid = {low} AND objsubid = 1 AND granted AND \
             pid = pg_catalog.pg_backend_pid())"
        );
        for _ in 0..PROOFS {
            if !is_true(&*self.client, &sql).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The lock is in another session of a pooler, which comes by again.
    async fn unlock_anywhere(&mut self, key: i64) -> Result<(), Error> {
        self.undo = None;
        for _ in 0..100 {
            if is_true(&*self.client, &unlock(key)).await? {
                break;
            }
        }
        Ok(())
    }

    /// Sets what SQL depends on, as a migration's transaction has it. A lock is waited for without end: where that is given
    /// up, an index stays behind that is not valid.
    async fn pin_settings(&mut self, path: &str, key: i64) -> Result<(), Error> {
        let pinned = [
            ("search_path", path),
            ("lock_timeout", "0"),
            ("standard_conforming_strings", "on"),
            ("row_security", "off"),
            ("timezone", "UTC"),
        ];
        let read: Vec<String> = (pinned.iter())
            .map(|(name, _)| format!("pg_catalog.current_setting({})", literal(name)))
            .collect();
        let sql = format!("SELECT {}", read.join(", "));
        let answer = self.client.simple_query(&sql).await.map_err(while_doing("read the settings"))?;
        let mut before = Vec::new();
        for message in &answer {
            if let SimpleQueryMessage::Row(row) = message {
                before.extend((0..pinned.len()).filter_map(|i| row.get(i)));
            }
        }
        let set = |(name, value): (&str, &str)| {
            format!("pg_catalog.set_config({}, {}, false)", literal(name), literal(value))
        };
        let back: Vec<String> = pinned.iter().map(|(name, _)| *name).zip(before).map(set).collect();
        self.undo = Some(format!("SELECT {}; {}", back.join(", "), unlock(key)));
        let now: Vec<String> = pinned.into_iter().map(set).collect();
        let sql = format!("SELECT {}", now.join(", "));
        self.client.batch_execute(&sql).await.map_err(while_doing("set up the session"))
    }

    /// Rolls back what a function left open, and tells whether there was something.
    pub(super) async fn roll_back_open(&mut self) -> Result<bool, Error> {
        const DOING: &str = "see whether a transaction is open";
        // What is local to a transaction is there in the next message only if that is in the same one.
        let flag = "SELECT pg_catalog.set_config('migrate.in_transaction', 'yes', true)";
        let open = match self.client.batch_execute(flag).await {
            Err(error) if error.code().is_some_and(|code| code.code() == "25P02") => true,
            Err(error) => return Err(while_doing(DOING)(error)),
            Ok(()) => {
                is_true(
                    &*self.client,
                    "SELECT pg_catalog.current_setting('migrate.in_transaction', true) = 'yes'",
                )
                .await?
            }
        };
        if open {
            self.client.batch_execute("ROLLBACK").await.map_err(while_doing(DOING))?;
        }
        Ok(open)
    }

    /// Puts everything back and waits until it is done.
    pub(super) async fn release(mut self) -> Result<(), Error> {
        let Some(undo) = self.undo.take() else { return Ok(()) };
        self.client.batch_execute(&undo).await.map_err(while_doing("release the lock"))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        // A function may have been dropped inside a transaction. The first poll sends the message; nobody is left to wait
        // for the answer, which comes when the server has ended the statement that it is at.
        let sql = format!("ROLLBACK; {undo}");
        let future = pin!(self.client.batch_execute(&sql));
        let _ = future.poll(&mut Context::from_waker(Waker::noop()));
    }
}

fn unlock(key: i64) -> String {
    format!("SELECT pg_catalog.pg_advisory_unlock({key})")
}

/// The number of the session, if it is the same for several messages.
async fn one_backend(client: &Client) -> Result<String, Error> {
    let mut found: Option<String> = None;
    for _ in 0..PROOFS {
        let answer = client
            .simple_query("SELECT pg_catalog.pg_backend_pid()")
            .await
            .map_err(while_doing("ask for the session"))?;
        let now = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        match (&found, now) {
            (None, Some(now)) => found = Some(now),
            (Some(before), Some(now)) if *before == now => {}
            _ => return Err(Error::NeedsDirectConnection),
        }
    }
    found.ok_or(Error::NeedsDirectConnection)
}
