//! What the databases' own code says of a history, while no database is there.
//!
//! Comes in: a history without errors, compiled, and its tokens. Goes out: diagnostics, as from the language, each with a
//! database's own words. It knows no rule: what is refused here, the database refuses. Both doors ask it, so both say the
//! same at the same place.

mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod said;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use migrate_core::compile::{Migration, Piece};
use migrate_core::source::Body;
use migrate_core::target::Dialect;

/// Whether the history has SQL of the author for that database.
pub fn has_sql(migrations: &[&Migration], bodies: &[Body], dialect: Dialect) -> bool {
    let mut pieces = migrations.iter().flat_map(|migration| written(migration, dialect));
    pieces.any(|piece| place::has_text(bodies, piece.loc, dialect))
}

/// The work of a migration, without a way down that was derived: its SQL of the author was read on some way up.
fn written(migration: &Migration, dialect: Dialect) -> impl Iterator<Item = &Piece> {
    let script = migration.script(dialect);
    let down = script.filter(|_| !migration.derived).map_or(&[][..], |script| script.down.pieces());
    script.map_or(&[][..], |script| &script.up).iter().chain(down)
}
