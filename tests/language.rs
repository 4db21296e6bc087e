//! Everything that docs/language.md says, as small histories that run on both databases.
//!
//! Each history of `tests/language/*.history` is compiled and applied migration by migration, taken back one by one, and
//! applied again. After every step the schema that the database tells of must be the folded one, down to the names that
//! PostgreSQL gives to constraints, and the rows that a history puts in must be there, with the values that it lists.

#[path = "language/corpus.rs"]
mod corpus;
// The room of the command line that does what the macros do, so that these histories are walked as it walks them.
#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "language/live.rs"]
mod live;
#[path = "language/rows.rs"]
mod rows;
#[path = "language/same.rs"]
mod same;
#[path = "language/walk.rs"]
mod walk;

use corpus::{History, histories};
use migrate_core::target::Dialect;

#[test]
fn no_history_has_a_finding() {
    each(|history| history.compile().map(|_| ()));
}

/// What `verify-sqlite` runs is what the runtime runs: it refuses nothing that goes.
#[test]
fn sqlite_refuses_nothing_of_them() {
    each(|history| {
        let compiled = history.compile()?;
        let migrations: Vec<_> = compiled.migrations.iter().collect();
        let refused = migrate_verify::sqlite::refused(&migrations, &[]);
        if refused.is_empty() { Ok(()) } else { Err(format!("{refused:?}")) }
    });
}

#[test]
fn sqlite_has_the_folded_schema_after_every_step() {
    each(|history| walk::walk(Dialect::Sqlite, history));
}

#[test]
fn postgres_has_the_folded_schema_after_every_step() {
    each(|history| walk::walk(Dialect::Postgres, history));
}

#[test]
fn both_databases_have_the_same_rows() {
    each(|history| if history.is_of_data() { same::same_rows(history) } else { Ok(()) });
}

#[test]
fn the_corpus_is_whole() {
    let all = histories();
    assert!(all.len() >= 40, "{} histories", all.len());
    let mut names: Vec<&str> = all.iter().map(|h| h.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len(), "every history has a name of its own");
}

/// Runs all histories, and fails with everything that is wrong in any of them. `LANGUAGE_HISTORY` names one.
fn each(check: impl Fn(&History) -> Result<(), String>) {
    let only = std::env::var("LANGUAGE_HISTORY").ok();
    let chosen = histories().into_iter().filter(|h| only.as_ref().is_none_or(|o| *o == h.name));
    let wrong: Vec<String> =
        chosen.filter_map(|h| check(&h).err().map(|e| format!("{}: {e}", h.name))).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}
