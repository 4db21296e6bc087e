//! What a run tells while it goes on.
//!
//! Comes in: the drivers' progress. Goes out: values that a logger can print. It must not know about drivers.

use std::fmt;
use std::time::Duration;

/// Something that happened during a run; give [`Runner::on_event`](crate::Runner::on_event) a function to see
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another process is migrating or holds the lock that is needed; told about once a second.
    Waiting {
        /// How long it has been so.
        waited: Duration,
    },
    /// The database has nothing in it and gets the schema that the first migrations leave, in place of each of them; at the
    /// end each is told as finished.
    Fresh {
        /// The last of them.
        migration: String,
        /// How many there are.
        migrations: usize,
        /// How many statements make the schema.
        statements: usize,
    },
    /// A migration begins.
    Started {
        /// Its name.
        migration: String,
        /// Whether it is applied or reverted.
        direction: Direction,
        /// How many steps it has.
        steps: usize,
    },
    /// A step of a migration is done.
    Step {
        /// The migration's name.
        migration: String,
        /// Which step, from 1.
        step: usize,
        /// How many there are.
        steps: usize,
    },
    /// A rebuild has copied a table's rows.
    Copied {
        /// The migration's name.
        migration: String,
        /// The table.
        table: String,
        /// How many rows.
        rows: u64,
    },
    /// A function of the application is called.
    Calling {
        /// The migration's name.
        migration: String,
        /// The path of the function, as the migration names it.
        function: String,
    },
    /// A batch of an update is committed.
    Batch {
        /// The migration's name.
        migration: String,
        /// The table.
        table: String,
        /// How many rows this run has changed so far.
        rows: u64,
    },
    /// A lock of another session was in the way, or what was there before has to be known first: the migration, with those that
    /// share its transaction, or its step, was rolled back and is tried again.
    Retrying {
        /// The migration's name.
        migration: String,
        /// Which try comes next, from 2.
        attempt: u32,
        /// What the database said.
        reason: String,
    },
    /// All steps of a migration are done. On PostgreSQL it is committed; on SQLite it is with the whole run.
    Finished {
        /// The migration's name.
        migration: String,
        /// Whether it was applied or reverted.
        direction: Direction,
        /// How long it took.
        took: Duration,
    },
}

/// Which way a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// It is applied.
    Up,
    /// It is reverted.
    Down,
    /// Written down as applied, and not run.
    Baseline,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Waiting { waited } => {
                write!(f, "waiting for another process to finish migrating ({:.1} s)", waited.as_secs_f64())
            }
            Event::Fresh { migration, migrations, statements } => write!(
                f,
                "making the schema of {migrations} migrations, up to `{migration}`, at once ({statements} statements)"
            ),
            Event::Started { migration, direction, steps } => {
                let verb = match direction {
                    Direction::Up => "applying",
                    Direction::Down => "reverting",
                    Direction::Baseline => "recording",
                };
                write!(f, "{verb} `{migration}` ({steps} {})", if *steps == 1 { "step" } else { "steps" })
            }
            Event::Step { migration, step, steps } => write!(f, "`{migration}`: step {step} of {steps} done"),
            Event::Copied { migration, table, rows } => {
                write!(f, "`{migration}`: copied {rows} rows of `{table}`")
            }
            Event::Calling { migration, function } => write!(f, "`{migration}`: calling `{function}`"),
            Event::Batch { migration, table, rows } => {
                write!(f, "`{migration}`: changed {rows} rows of `{table}` so far")
            }
            Event::Retrying { migration, attempt, reason } => {
                write!(f, "`{migration}`: rolled back, try {attempt} follows: {reason}")
            }
            Event::Finished { migration, direction, took } => {
                let verb = match direction {
                    Direction::Up => "applied",
                    Direction::Down => "reverted",
                    Direction::Baseline => "recorded",
                };
                write!(f, "{verb} `{migration}` in {}", Took(*took))
            }
        }
    }
}

/// A duration as people read it.
pub(crate) struct Took(pub(crate) Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0.as_millis() {
            ms if ms < 10_000 => format!("{ms} ms"),
            ms if ms < 120_000 => format!("{:.1} s", self.0.as_secs_f64()),
            _ => format!("{} min {} s", self.0.as_secs() / 60, self.0.as_secs() % 60),
        };
        f.pad(&text)
    }
}
