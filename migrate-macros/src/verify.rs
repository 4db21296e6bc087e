//! What the databases' own code says of a history, where a feature has it asked. Without one, nobody does the work for it.

use migrate_core::compile::Migration;
use migrate_core::diagnostics::Diagnostic;
use migrate_core::source::Body;

/// What SQLite refuses of a history without errors.
#[cfg(feature = "verify-sqlite")]
pub fn refused<'m>(history: impl FnOnce() -> Option<Vec<&'m Migration>>, bodies: &[Body]) -> Vec<Diagnostic> {
    history().map(|migrations| migrate_verify::sqlite::refused(&migrations, bodies)).unwrap_or_default()
}

/// Nobody asks.
#[cfg(not(feature = "verify-sqlite"))]
pub fn refused<'m>(_: impl FnOnce() -> Option<Vec<&'m Migration>>, _: &[Body]) -> Vec<Diagnostic> {
    Vec::new()
}
