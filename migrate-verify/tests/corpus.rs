//! PostgreSQL's parser takes every history that runs on the server.
#![cfg(feature = "postgres")]

#[allow(dead_code, reason = "the rows that it lists are for tests with databases")]
#[path = "../../tests/language/corpus.rs"]
mod corpus;

use std::path::Path;

use migrate_core::compile::{Outcome, compile};
use migrate_core::diagnostics::Diagnostic;
use migrate_core::source::files;
use migrate_core::target::Dialect;

fn refused(Outcome { compiled, sources, .. }: &Outcome) -> Vec<Diagnostic> {
    let migrations: Vec<_> = compiled.migrations.iter().collect();
    migrate_verify::postgres::refused(&migrations, &sources.bodies)
}

#[test]
fn histories_that_run_are_taken() {
    let mut read = 0;
    for history in corpus::histories() {
        let outcome = history.outcome().expect("a history of the corpus compiles");
        let refused = refused(&outcome);
        assert!(refused.is_empty(), "{}: {refused:?}", history.name);
        let migrations: Vec<_> = outcome.compiled.migrations.iter().collect();
        read += usize::from(migrate_verify::has_sql(&migrations, &outcome.sources.bodies, Dialect::Postgres));
    }
    assert!(read > 10, "{read} of them have SQL to read");
}

#[test]
fn the_history_of_the_repository_is_taken() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/mod.rs");
    let outcome = compile(files::load(&list, None).expect("the history can be read"));
    assert!(outcome.is_sound() && refused(&outcome).is_empty());
}
