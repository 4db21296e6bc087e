//! Released histories: a lock beside the files, which cargo follows.

use std::path::Path;

use migrate_core::compile::compile;
use migrate_core::source::files;
use migrate_core::source::lock::{self, Line};

use super::{SLUG, USERS, application, list, migration};
use crate::project::Project;

const MORE: &str = "alter table users add column more: text null;";

/// Releases the history whose list that is, as `migrate generate` does; gives the path of the lock.
fn release(project: &Project, list: &str) -> String {
    let list_path = project.path().join(list);
    let mut sources = files::load(&list_path, None).expect("a history");
    let lock = files::lock_path(&list_path, &sources.history);
    sources.take_lock(None);
    let outcome = compile(sources);
    assert!(outcome.is_sound(), "{:?}", outcome.diagnostics);
    let lines: Vec<Line> = (outcome.compiled.migrations.into_iter())
        .map(|m| Line { name: m.name, checksum: m.checksum, chain: m.chain })
        .collect();
    let path = lock.strip_prefix(project.path()).unwrap().display().to_string();
    project.write(&path, &lock::write(&lines));
    path
}

fn only(project: &Project, expected: &str) {
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(expected), "expected {expected}, found {found:#?}");
}

#[test]
fn a_released_history_runs_and_grows() {
    let project = application("released");
    assert_eq!(release(&project, "migrations/mod.rs"), "migrations/migrations.lock");
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "[\"0001_users\", \"0002_slug\"]\n");
    project.write("migrations/m0003_more.rs", &migration(MORE));
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0002_slug", "m0003_more"]));
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "[\"0001_users\", \"0002_slug\", \"0003_more\"]\n");
    // White space, comments and line ends are no change.
    let text = format!("// Why.\n{}", migration(&format!("/* so */  {SLUG}"))).replace('\n', "\r\n");
    project.write("migrations/m0002_slug.rs", &text);
    assert_eq!(project.findings(), [""; 0]);
    project.write("migrations/m0002_slug.rs", &migration(&SLUG.replace("text", "text(80)")));
    only(
        &project,
        "migrations/m0002_slug.rs:2:5: error: `0002_slug` was released, and does something else now",
    );
    project.write("migrations/m0002_slug.rs", &migration(SLUG));
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0003_more", "m0002_slug"]));
    only(&project, "migrations/m0003_more.rs:2:5: error: `0003_more` stands before `0002_slug`");
    project.remove("migrations/m0002_slug.rs");
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0003_more"]));
    only(&project, "migrations/mod.rs:2:5: error: `0002_slug` was released, and is not in the history");
}

/// Nothing but the lock changes between the builds.
#[test]
fn cargo_builds_anew_when_the_lock_changes() {
    let project = application("lock-changes");
    let lock = release(&project, "migrations/mod.rs");
    let text = project.read(&lock);
    project.cargo(&["check", "-q"]).sound();
    assert!(!project.cargo(&["check"]).stderr.contains("Checking"), "it is fresh");
    project.write(&lock, &text.replace("0002_slug", "0002_gone"));
    only(&project, "migrations/m0002_slug.rs:2:5: error: `0002_slug` was released as `0002_gone`");
    project.write(&lock, &format!("{text}<<<<<<< HEAD\n"));
    only(&project, "migrations/mod.rs:2:5: error: line 4 of `migrations.lock` is a conflict of a merge");
    project.write(&lock, &text);
    assert_eq!(project.findings(), [""; 0]);
    // One that goes away is followed too.
    project.write("migrations/m0002_slug.rs", &migration(&SLUG.replace("text", "text(80)")));
    assert_eq!(project.findings().len(), 1);
    project.remove(&lock);
    assert_eq!(project.findings(), [""; 0]);
}

#[test]
fn a_list_beside_its_folder_and_paths_that_are_remapped() {
    let project = Project::new("lock-beside");
    project.manifest("", "migrate = { path = \"@\" }");
    project.write("src/lib.rs", "pub mod history;\n");
    project.write("src/history.rs", &list(&["m0001_users", "m0002_slug"]));
    project.write("src/history/m0001_users.rs", &migration(USERS));
    project.write("src/history/m0002_slug.rs", &migration(SLUG));
    assert_eq!(release(&project, "src/history.rs"), "src/history/migrations.lock");
    let flags = format!("--remap-path-prefix={}=/elsewhere", project.path().display());
    project.cargo_with(&["check", "-q"], &[("RUSTFLAGS", &flags)]).sound();
    project.write("src/history/m0002_slug.rs", &migration(&SLUG.replace("text", "text(80)")));
    let error = project.cargo_with(&["check", "-q"], &[("RUSTFLAGS", &flags)]).refused();
    assert!(error.contains("[released_migration_changed]"), "{error}");
    project.write("src/history/m0002_slug.rs", &migration(SLUG));
    project.write("src/history/migrations.lock", "");
    let error = project.cargo_with(&["check", "-q"], &[("RUSTFLAGS", &flags)]).refused();
    assert!(error.contains("[invalid_lock_file]"), "{error}");
}

#[test]
fn an_inline_history_has_a_lock_of_its_own() {
    let project = Project::new("lock-inline");
    project.manifest("", "migrate = { path = \"@\" }");
    let inline = |slug: &str| {
        format!(
            "migrate::history! {{ migration m0001_users {{ {USERS} }} migration m0002_slug {{ {slug} }} }}\n"
        )
    };
    let other = format!("#[path = \"other.rs\"]\nmod other;\nmod inner {{ {} }}\n", inline(MORE));
    project.write("src/lib.rs", &format!("{}{other}", inline(SLUG)));
    project.write("src/other.rs", &inline(MORE));
    assert_eq!(release(&project, "src/lib.rs"), "src/lib.migrations.lock");
    let warned =
        |found: Vec<String>| found.iter().filter(|f| f.contains("error")).cloned().collect::<Vec<_>>();
    assert_eq!(warned(project.findings()), [""; 0]);
    let lock = project.read("src/lib.migrations.lock");
    project.write("src/lib.migrations.lock", &lock.replace("0002_slug", "0002_gone"));
    let found = warned(project.findings());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("src/lib.rs:1:") && found[0].contains("was released as `0002_gone`"),
        "{found:#?}"
    );
}

/// A lock that comes after the build is found with the next change of a source file; `migrate generate` makes it one.
#[test]
fn a_lock_that_comes_later() {
    let project = application("lock-later");
    project.cargo(&["check", "-q"]).sound();
    let lock = release(&project, "migrations/mod.rs");
    let text = project.read(&lock);
    project.write(&lock, &text.replace("0002_slug", "0002_gone"));
    assert!(
        !project.cargo(&["check"]).stderr.contains("Checking"),
        "stable Rust follows no file that is not there"
    );
    let list = project.path().join("migrations/mod.rs");
    let file = std::fs::File::options().append(true).open(Path::new(&list)).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
    only(&project, "migrations/m0002_slug.rs:2:5: error: `0002_slug` was released as `0002_gone`");
}

/// Lints of strict crates have nothing to say about what follows the lock.
#[test]
fn strict_crates_with_a_lock() {
    let project = application("lock-strict");
    release(&project, "migrations/mod.rs");
    let main = project.read("src/main.rs");
    let strict = "//! Strict.\n#![forbid(unsafe_code)]\n#![deny(warnings, missing_docs, unused, clippy::all, clippy::pedantic)]\n\
        #![allow(clippy::redundant_closure_for_method_calls)]\n";
    project.write("src/main.rs", &format!("{strict}{main}"));
    for file in ["migrations/mod.rs", "migrations/m0001_users.rs", "migrations/m0002_slug.rs"] {
        project.write(file, &format!("//! Documented.\n{}", project.read(file)));
    }
    project.cargo(&["clippy", "-q"]).sound();
}
