//! Migrations that call functions of the application, which this program does not have.
//!
//! Comes in: a compiled migration. Goes out: what it calls, and the words that say so. What is refused, and when, the
//! commands decide.

use migrate_core::compile::{Migration, Piece};
use migrate_core::source::Position;
use migrate_core::target::Dialect;

use crate::failure::{Exit, Failure};
use crate::render::{Finding, place_at};
use crate::source::Loaded;

/// A call in a migration.
pub struct Call<'a> {
    /// The migration's name.
    pub migration: &'a str,
    /// The path of the function.
    pub function: &'a str,
    start: Position,
}

/// The first function that the way up calls.
pub fn up(migration: &Migration, dialect: Dialect) -> Option<Call<'_>> {
    first(migration, &migration.script(dialect)?.up)
}

/// The first function that the way down calls.
pub fn down(migration: &Migration, dialect: Dialect) -> Option<Call<'_>> {
    first(migration, migration.script(dialect)?.down.pieces())
}

fn first<'a>(migration: &'a Migration, pieces: &'a [Piece]) -> Option<Call<'a>> {
    pieces.iter().find_map(|piece| {
        piece.work.called().map(|path| Call {
            migration: &migration.name,
            function: &path.text,
            start: Position { line: piece.line, column: piece.column },
        })
    })
}

/// The command does nothing, because it would have to call this.
pub fn refused(call: &Call<'_>, loaded: &Loaded) -> Failure {
    let Call { migration, function, start } = call;
    let message = format!("migration `{migration}` calls `{function}`, which only the application can run");
    let mut finding = Finding::error(message);
    finding.place = loaded.path_of(migration).map(|path| place_at(path, *start, &loaded.texts));
    Failure::shown(Exit::Refused, finding)
}
