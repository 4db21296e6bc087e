//! Database migrations written once, checked by the compiler, running on SQLite and PostgreSQL.
//!
//! This crate is what an application links: static slices of SQL, two drivers behind the features `rusqlite`
//! and `tokio-postgres`, and nothing that parses. [`Runner`] is where to start.
#![cfg_attr(docsrs, feature(doc_cfg))]
// With a driver left out, a part of what they share has no user.
#![cfg_attr(not(all(feature = "rusqlite", feature = "tokio-postgres")), allow(dead_code))]

mod baseline;
mod call;
mod error;
mod event;
mod first_words;
mod fresh;
mod history;
mod macros;
pub mod migration;
mod plan;
#[cfg(any(feature = "deadpool-postgres", feature = "r2d2"))]
mod pools;
#[cfg(feature = "tokio-postgres")]
mod postgres;
mod probe;
mod progress;
mod repair;
mod report;
mod runner;
mod script;
#[cfg(feature = "rusqlite")]
mod sqlite;
#[cfg(feature = "tracing")]
mod trace;

#[cfg(feature = "rusqlite")]
pub use call::SqliteFunction;
#[cfg(feature = "tokio-postgres")]
pub use call::{FunctionFuture, PostgresFunction, PostgresFunctionOutside};
pub use error::{BoxError, DatabaseError, Error, Violation};
pub use event::{Direction, Event};
pub use migration::{History, Migration};
pub use plan::{NotAsked, Plan, PlannedMigration, PlannedStep};
pub use probe::RowsInTheWay;
pub use repair::{Mended, Repair, Repaired};
pub use report::{Done, MigrationStatus, Report, State, Status};
pub use runner::{AsyncDriver, Revert, Runner, SyncDriver};

/// The SQLite driver that this crate was built with.
#[cfg(feature = "rusqlite")]
pub use rusqlite;
/// The PostgreSQL driver that this crate was built with.
#[cfg(feature = "tokio-postgres")]
pub use tokio_postgres;

/// For the macros' output alone; anything in here may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::migration::construct::*;
    pub use crate::migration::{Down, History, Migration, Rebuild, Script, Step, Steps};
    pub use crate::{__when_postgres as when_postgres, __when_sqlite as when_sqlite};
    pub use migrate_macros::{history as history_macro, migration as migration_macro};
}
