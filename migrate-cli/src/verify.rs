//! What the databases' own code says of a history without errors. PostgreSQL's parser is there with a feature alone.

use migrate_core::compile::Compiled;
use migrate_core::diagnostics::Diagnostic;
use migrate_core::source::files::Sources;
use migrate_core::target::Dialect;

/// Whether this program has PostgreSQL's parser.
const READS_POSTGRES: bool = cfg!(feature = "postgres-parser");

/// What SQLite, and PostgreSQL's parser, refuse.
pub fn refused(compiled: &Compiled, sources: &Sources) -> Vec<Diagnostic> {
    let migrations: Vec<_> = compiled.migrations.iter().collect();
    let mut refused = migrate_verify::sqlite::refused(&migrations, &sources.bodies);
    #[cfg(feature = "postgres-parser")]
    refused.extend(migrate_verify::postgres::refused(&migrations, &sources.bodies));
    refused.sort_by_key(|found| (found.loc.file, found.loc.first));
    refused
}

/// Whether the history has SQL of the author for PostgreSQL that nobody reads here.
pub fn leaves_unread(compiled: &Compiled, sources: &Sources) -> bool {
    let migrations: Vec<_> = compiled.migrations.iter().collect();
    !READS_POSTGRES && migrate_verify::has_sql(&migrations, &sources.bodies, Dialect::Postgres)
}
