//! `migrate repair` of the lock.

use crate::project::{NOTES, Project};

const LOCK: &str = "migrations/migrations.lock";

fn released() -> Project {
    let project = Project::with(&NOTES);
    project.done("generate");
    project
}

/// What the command would change, and that it changes nothing before somebody agrees.
fn would(project: &Project) -> String {
    let before = project.files();
    let dry = project.done("repair --dry-run").out;
    let ended = project.run("repair");
    assert_eq!(ended.code, 2, "nobody can be asked: {ended:#?}");
    assert!(ended.err.contains("`--yes`") && ended.err.contains("`--dry-run`"), "{}", ended.err);
    assert_eq!(project.files(), before);
    dry
}

fn repaired(project: &Project, changes: &str) {
    assert_eq!(would(project), changes);
    let others = |project: &Project| -> Vec<_> {
        project.files().into_iter().filter(|(path, _)| !path.ends_with("migrations.lock")).collect()
    };
    let before = others(project);
    assert_eq!(project.done("repair --yes").out, format!("{changes}rewrote {LOCK}\n"));
    assert_eq!(others(project), before, "nothing else is written");
    project.done("check");
    assert_eq!(project.done("repair").out, format!("{LOCK} is as the migrations are\n"));
}

#[test]
fn a_lock_in_order_is_left_alone() {
    let project = released();
    project.write(LOCK, &project.read(LOCK).replace('\n', "\r\n"));
    let before = project.files();
    assert_eq!(project.done("repair --yes").out, format!("{LOCK} is as the migrations are\n"));
    assert_eq!(project.done("repair --yes --format json").json(), serde_json::json!([]));
    assert_eq!(project.files(), before);
}

#[test]
fn an_edit_that_is_meant_is_released() {
    let project = released();
    project.migration("m0002_slug", "alter table notes add column slug: text(80) null;");
    let json = project.done("repair --dry-run --format json").json();
    assert_eq!(json, serde_json::json!([{"name": "0002_slug", "state": "changed", "released_as": null}]));
    repaired(&project, "changed: 0002_slug\n");
}

#[test]
fn every_change_is_shown() {
    let tags = ("m0003_tags", "create table tags { id: integer primary key autoincrement }");
    let project = Project::with(&[NOTES[0], NOTES[1], tags]);
    project.done("generate");
    let lock = project.read(LOCK);

    project.list("", &[NOTES[0], tags, NOTES[1]]);
    repaired(&project, "moved: 0003_tags\nmoved: 0002_slug\n");
    project.write(LOCK, &lock);

    std::fs::rename(project.path("migrations/m0002_slug.rs"), project.path("migrations/m0002_slugs.rs"))
        .unwrap();
    project.list("", &[NOTES[0], ("m0002_slugs", ""), tags]);
    repaired(&project, "renamed: 0002_slugs, released as 0002_slug\n");

    let early = ("m0002_early", "create table early { id: integer primary key autoincrement }");
    project.migration(early.0, early.1);
    let late = ("m0009_late", "create table late { id: integer primary key autoincrement }");
    project.migration(late.0, late.1);
    project.list("", &[NOTES[0], early, ("m0002_slugs", ""), tags, late]);
    repaired(&project, "new: 0002_early\n");
    assert!(!project.read(LOCK).contains("late"), "what was not released is not");

    std::fs::remove_file(project.path("migrations/m0003_tags.rs")).unwrap();
    std::fs::remove_file(project.path("migrations/m0009_late.rs")).unwrap();
    project.list("", &[NOTES[0], early, ("m0002_slugs", "")]);
    repaired(&project, "removed: 0003_tags\n");
}

#[test]
fn lines_that_were_merged_by_hand_are_linked_anew() {
    let project = released();
    let lock = project.read(LOCK);
    let chain = lock.trim_end().rsplit(' ').next().unwrap();
    project.write(LOCK, &lock.replace(chain, &chain.chars().rev().collect::<String>()));
    repaired(&project, "follows others: 0002_slug\n");
    assert_eq!(project.read(LOCK), lock);
}

#[test]
fn a_lock_that_cannot_be_read_is_written_anew() {
    let project = released();
    let lock = project.read(LOCK);
    project.write(LOCK, &format!("{lock}<<<<<<< HEAD\n"));
    repaired(&project, "new: 0001_notes\nnew: 0002_slug\n");
    assert_eq!(project.read(LOCK), lock);
}

#[test]
fn what_is_not_released_needs_no_repair() {
    let project = Project::with(&NOTES);
    let ended = project.run("repair --yes");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("has no `migrations.lock`"), "{}", ended.err);
    assert!(!project.exists(LOCK));
    // A history that does not compile is not released.
    project.done("generate");
    project.migration("m0002_slug", "alter table notes drop column gone;");
    let ended = project.run("repair --yes");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("[unknown_column]"), "{}", ended.err);
}
