//! Every mistake in the files of a history is said once, at its token, and takes nothing else down with it.

use super::{SLUG, USERS, application, list, migration};
use crate::project::Project;

/// The project's findings, of which there is one, with this beginning.
fn only(project: &Project, expected: &str) {
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(expected), "expected {expected}, found {found:#?}");
}

#[test]
fn two_migrations_in_a_file() {
    let project = application("twice");
    let other = migration("alter table users add column other: text null;");
    for second in [other, migration(SLUG)] {
        project.write("migrations/m0002_slug.rs", &format!("{}{second}", migration(SLUG)));
        only(&project, "migrations/mod.rs:3:5: error: `m0002_slug.rs` holds more than one `migration!`");
    }
}

#[test]
fn a_list_without_a_history() {
    let project = application("handmade");
    project.write("migrations/mod.rs", "mod m0001_users;\n");
    project.write("src/main.rs", "#[path = \"../migrations/mod.rs\"]\nmod migrations;\nfn main() {}\n");
    only(&project, "migrations/m0001_users.rs:2:5: error: no history lists `m0001_users`");
}

/// A history before its first migration is none; what lies in its folder unlisted is said.
#[test]
fn an_empty_history() {
    let project = application("empty");
    let options = "migrate::history! { #![dialects(sqlite)] }\n";
    project.write("migrations/mod.rs", options);
    let found = project.findings();
    assert_eq!(found.len(), 2, "{found:#?}");
    let place = "migrations/mod.rs:1:40: error: ";
    assert!(
        found[0].starts_with(&format!("{place}`m0001_users.rs` holds a migration and is not listed")),
        "{found:#?}"
    );
    assert!(
        found[1].starts_with(&format!("{place}`m0002_slug.rs` holds a migration and is not listed")),
        "{found:#?}"
    );
    project.remove("migrations/m0001_users.rs");
    project.remove("migrations/m0002_slug.rs");
    for body in ["migrate::history! {}\n", options] {
        project.write("migrations/mod.rs", body);
        assert_eq!(project.cargo(&["run", "-q"]).sound(), "[]\n");
    }
}

#[test]
fn a_list_that_is_written_both_ways() {
    let project = application("mixed");
    project.write(
        "migrations/mod.rs",
        &format!("migrate::history! {{\n    m0001_users,\n    migration m0002_slug {{ {USERS} }}\n}}\n"),
    );
    only(
        &project,
        "migrations/mod.rs:2:5: error: a history lists files or holds its migrations inline, not both",
    );
}

#[test]
fn names_that_no_module_can_have() {
    for word in ["crate", "self", "super", "Self", "_"] {
        let project = application("names");
        project.write(
            "migrations/mod.rs",
            &format!("migrate::history! {{\n    m0001_users,\n    {word},\n}}\n"),
        );
        project.remove("migrations/m0002_slug.rs");
        only(&project, "migrations/mod.rs:3:5: error: ");
        project.write(
            "migrations/mod.rs",
            &format!("migrate::history! {{\n    migration\n    {word} {{ {USERS} }}\n}}\n"),
        );
        let found = project.findings();
        assert!(found.len() <= 1, "{found:#?}");
    }
}

#[test]
fn the_first_of_three_is_wrong() {
    let project = application("three");
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0002_slug", "m0003_index"]));
    project.write(
        "migrations/m0003_index.rs",
        &migration("create index users_slug_idx on users (slug, email) concurrently;"),
    );
    assert_eq!(project.findings(), [""; 0]);
    let wrong = [
        (USERS.replace("email: text", "email: txet"), "2:72"),
        (USERS.replace("email: text", "email text"), "2:"),
        (USERS.replace("create table users", "crate table users"), "2:5"),
    ];
    for (body, place) in &wrong {
        project.write("migrations/m0001_users.rs", &migration(body));
        only(&project, &format!("migrations/m0001_users.rs:{place}"));
    }
}

#[test]
fn an_empty_migration_points_at_its_call() {
    let project = application("hollow");
    project.write("migrations/m0002_slug.rs", "migrate::migration! {\n}\n");
    only(&project, "migrations/m0002_slug.rs:1:1: error: ");
}

/// Files beside a list that is neither `mod.rs` nor the root of a crate are looked for below it, and the way out is said.
#[test]
fn a_list_in_a_file_of_another_name() {
    let project = application("elsewhere");
    project.write("migrations/list.rs", &list(&["m0001_users"]));
    project.write("src/main.rs", "#[path = \"../migrations/list.rs\"]\nmod list;\nfn main() {}\n");
    only(&project, "migrations/list.rs:2:5: error: there is no file `m0001_users.rs` for `m0001_users`");
    let error = project.cargo(&["check", "-q"]).refused();
    assert!(
        error.contains("the files of `list.rs` stand in `list/`: move the list to a `mod.rs` beside them"),
        "{error}"
    );
}

/// Whatever stands in the braces, rustc's own words aside, gives errors of ours and no panic.
#[test]
fn nonsense_gives_errors_and_no_panic() {
    let bodies = [
        "migration m1 { 'a x 'b' #[foo] $y }",
        "migration m1 { create table t { id: 1u8, x: text default \"\\u{1F600}\" , }; # ! [ ] }",
        "migration m1 { alter table } migration { } migration m2; , , ;",
        "#![] #![sqlite] #![sqlite()] #![sqlite(min=)] #[] # migration m1 { sql }",
        "migration m1 { sql c\"abc\"; sql b\"x\"; sql 1.0e99; sql -; create table t { a: text check ((((a)))) } }",
        "migration m1 { create table \"\" { \"\": text } up { up { } } down down; name 5; name \"\\0\"; }",
        "migration m1 { drop table r#t; ((((([[[[{{{{}}}}]]]]))))) }",
        "-> => :: .. ..= && || 1_000 'static _ é",
    ];
    let project = Project::new("nonsense");
    project.manifest("", "migrate = { path = \"@\" }");
    let modules: Vec<String> = (bodies.iter().enumerate())
        .map(|(number, body)| format!("mod a{number} {{ migrate::history! {{ {} }} }}\n", body))
        .collect();
    project.write("src/lib.rs", &modules.concat());
    let found = project.findings();
    assert!(found.len() >= bodies.len(), "{found:#?}");
    for (number, module) in modules.iter().enumerate() {
        let place = format!("src/lib.rs:{}:", number + 1);
        assert!(found.iter().any(|f| f.starts_with(&place)), "nothing about {module}: {found:#?}");
    }
    assert!(found.iter().all(|f| !f.contains(": error[E")), "{found:#?}");
}

/// A file that rustc itself cannot read is said by rustc alone, and nothing else follows from it.
#[test]
fn files_that_rustc_cannot_read() {
    let unread = "migrations/mod.rs:1:1: error: couldn't read `migrations/m0001_users.rs`";
    let unclosed = "migrations/m0001_users.rs:1:34: error: this file contains an unclosed delimiter";
    let unended = "migrations/m0001_users.rs:2:1: error[E0765]: unterminated double quote";
    let cases: [(&[u8], &str); 3] = [
        (b"migrate::migration! { \xff }", unread),
        (b"migrate::migration! { drop table ", unclosed),
        (b"migrate::migration! { 'ab }\n\"", unended),
    ];
    let project = application("bytes");
    for (bytes, expected) in cases {
        project.write_bytes("migrations/m0001_users.rs", bytes);
        only(&project, expected);
    }
}
