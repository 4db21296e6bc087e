//! `migrate down`.

use crate::project::{NOTES, Project};

fn applied() -> Project {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create");
    project
}

#[test]
fn migrations_are_taken_back_from_the_end() {
    let project = applied();
    let ended = project.done("down -n 1 --yes -D app.db");
    assert!(ended.out.starts_with("reverted 1 migration in "), "{}", ended.out);
    assert!(ended.err.contains("reverted `0002_slug`"), "{}", ended.err);
    project.done("up -D app.db");
    assert!(project.done("revert --target-version 0001_notes --yes -D app.db").out.contains("0002_slug"));
    project.done("up -D app.db");
    assert!(project.done("down --all --yes -D app.db").out.starts_with("reverted 2 migrations"));
    assert_eq!(project.done("down --all --yes -D app.db").out, "nothing to do: 0 migrations applied\n");
}

#[test]
fn without_a_terminal_nothing_is_taken_back_unasked() {
    let project = applied();
    let before = project.files();
    let ended = project.run("down -n 1 -D app.db");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("`--yes` says that it may"), "{}", ended.err);
    assert_eq!(project.files(), before);
    assert_eq!(project.done("down -n 1 --dry-run -D app.db").out, "0002_slug\n");
    assert_eq!(project.files(), before);
}

#[test]
fn an_irreversible_migration_stops_all_of_it() {
    let forget = ("m0002_forget", "up { sql \"delete from notes\"; } down irreversible \"they are gone\";");
    let more = ("m0003_more", "alter table notes add column more: text null;");
    let project = Project::with(&[NOTES[0], forget, more]);
    project.done("up -D app.db --create");
    let ended = project.run("down --all --yes -D app.db");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("migration `0002_forget` cannot be reverted: they are gone"), "{}", ended.err);
    assert!(project.run("status -D app.db --exit-code").code == 0, "nothing was taken back");
}

#[test]
fn a_target_that_is_not_applied_is_refused() {
    let project = applied();
    project.done("down -n 1 --yes -D app.db");
    let ended = project.run("down --target-version 0002_slug --yes -D app.db");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("migration `0002_slug` is not applied"), "{}", ended.err);
    let ended = project.run("down --target-version 0009_none --yes -D app.db");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("there is no migration `0009_none`"), "{}", ended.err);
}

#[test]
fn a_migration_that_the_history_lost_is_taken_back_too() {
    let project = applied();
    project.list("", &NOTES[..1]);
    std::fs::remove_file(project.path("migrations/m0002_slug.rs")).unwrap();
    assert!(project.done("status -D app.db").out.contains("unknown  0002_slug"));
    let ended = project.run("up -D app.db");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.err.contains("the database has migrations that this history has not: `0002_slug`"),
        "{}",
        ended.err
    );
    project.done("down -n 1 --yes -D app.db");
    project.done("status -D app.db --exit-code");
}
