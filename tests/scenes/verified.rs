//! The feature `verify-sqlite`: SQLite's own errors, in an application of whatever SQLite.

use super::{Project, application, migration};

const RAW: &str = "up { sql sqlite \"delete form users\"; } down {}";

/// An application that links the SQLite of the system, if it links any.
fn verified(name: &str) -> Project {
    let project = application(name);
    project.manifest("", "migrate = { path = \"@\", features = [\"rusqlite\", \"verify-sqlite\"] }");
    project
}

#[test]
fn what_sqlite_refuses_is_one_error_in_its_file() {
    let project = verified("verified");
    project.write("migrations/m0002_slug.rs", &migration(RAW));
    let error = "migrations/m0002_slug.rs:2:21: error: SQLite refuses this: `near \"form\": syntax error` [sqlite_refuses]";
    assert_eq!(project.findings(), [error]);
    project.write("migrations/m0002_slug.rs", &migration(&RAW.replace("form", "from")));
    assert!(project.findings().is_empty());
}

/// What the command line says, is said at the same place.
#[test]
fn both_doors_say_the_same() {
    let project = verified("both");
    project.write("migrations/m0002_slug.rs", &migration(RAW));
    let list = project.path().join("migrations/mod.rs");
    let sources = migrate_core::source::files::load(&list, None).expect("the history can be read");
    let outcome = migrate_core::compile::compile(sources);
    let migrations: Vec<_> = outcome.compiled.migrations.iter().collect();
    let [refused] = &migrate_verify::sqlite::refused(&migrations, &outcome.sources.bodies)[..] else {
        panic!("one error")
    };
    let start = outcome.sources.bodies[2].tokens[refused.loc.first as usize].start;
    let place = format!("m0002_slug.rs:{}:{}: error: {} [", start.line, start.column, refused.message);
    let found = project.findings();
    assert!(found.len() == 1 && found[0].contains(&place), "{place}\n{found:?}");
}

#[test]
fn the_sqlite_of_the_macros_is_not_that_of_the_application() {
    let project = verified("apart");
    let tree = |edges: &str| {
        let tree = project.cargo(&["tree", "-e", edges, "-f", "{p} {f}"]).sound();
        let line = tree.lines().find(|l| l.contains("libsqlite3-sys")).expect("SQLite is there").to_owned();
        line.contains("bundled")
    };
    assert!(tree("normal"), "the macros bring their own");
    assert!(!tree("normal,no-proc-macro"), "the application links what it chose");
}
