//! Nothing is stale: what a build says is about the files as they are.

use super::{SLUG, USERS, application, list, migration};

/// Another text of the same length within the same second, and at last with the very time of change of the file before.
#[test]
fn an_edit_of_the_same_length_within_a_second() {
    let project = application("second");
    project.write(
        "migrations/m0002_slug.rs",
        &migration("create index users_email_idx on users (email) concurrently;"),
    );
    assert_eq!(project.findings(), [""; 0]);
    for _ in 0..3 {
        project.write("migrations/m0001_users.rs", &migration(&USERS.replace("email", "mails")));
        let found = project.findings();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(
            found[0].starts_with("migrations/m0002_slug.rs:2:44: error: no column `email`"),
            "{found:#?}"
        );
        project.write("migrations/m0001_users.rs", &migration(USERS));
        assert_eq!(project.findings(), [""; 0]);
    }
}

/// A third file is written, which is an error until it is listed; then it is part of the program.
#[test]
fn a_file_is_added_and_listed() {
    let project = application("added");
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "[\"0001_users\", \"0002_slug\"]\n");
    project.write("migrations/m0003_more.rs", &migration("alter table users add column more: text null;"));
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0002_slug", "m0003_more"]));
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "[\"0001_users\", \"0002_slug\", \"0003_more\"]\n");
    project.write("migrations/m0003_more.rs", &migration("alter table users add column slug: text null;"));
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("migrations/m0003_more.rs:2:") && found[0].contains("slug"), "{found:#?}");
    // Listed before what it repeats, the other one is at fault.
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0003_more", "m0002_slug"]));
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("migrations/m0002_slug.rs:2:"), "{found:#?}");
}

/// A listed file that was missing is found when it comes.
#[test]
fn a_missing_file_comes() {
    let project = application("comes");
    project.remove("migrations/m0002_slug.rs");
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("migrations/mod.rs:3:5: error: there is no file `m0002_slug.rs`"),
        "{found:#?}"
    );
    project.write("migrations/m0002_slug.rs", &migration(SLUG));
    assert_eq!(project.findings(), [""; 0]);
}
