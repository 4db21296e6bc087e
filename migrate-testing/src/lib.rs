//! One line in a test: the whole history of an application runs up, down and up again on a database of its own, and after
//! every way the schema that the database tells of is the declared one.
//!
//! ```no_run
//! # mod migrations { pub static HISTORY: migrate::History = migrate::__private::history(&[]); }
//! #[test]
//! fn migrations_hold() {
//!     migrate_testing::Check::new(&migrations::HISTORY).in_memory().unwrap();
//! }
//! ```
//!
//! Put it among the `dev-dependencies`, with the features of the drivers that the application has: it reads the files of the
//! history as the macros do, which the application itself never does. `migrate check` does the same without the application; here
//! its functions are called too.
// Without a driver there is nothing to try a history on.
#![cfg_attr(not(any(feature = "rusqlite", feature = "tokio-postgres")), allow(dead_code))]

mod check;
#[cfg(feature = "tokio-postgres")]
mod postgres;
mod problem;
mod source;
#[cfg(feature = "rusqlite")]
mod sqlite;
mod walk;

pub use check::Check;
#[cfg(feature = "tokio-postgres")]
pub use postgres::rows_of;
pub use problem::{Problem, Way};
pub use walk::{Called, Proof, Subject, Walk, at_once, has_native};
