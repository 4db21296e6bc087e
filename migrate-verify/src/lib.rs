//! What the databases' own code says of a history, while no database is there.
//!
//! Comes in: a history without errors, compiled, and its tokens. Goes out: diagnostics, as from the language, each with a
//! database's own words. It knows no rule: what is refused here, the database refuses. Both doors ask it, so both say the
//! same at the same place.

#[cfg(feature = "sqlite")]
mod place;
#[cfg(feature = "sqlite")]
mod said;
#[cfg(feature = "sqlite")]
pub mod sqlite;
