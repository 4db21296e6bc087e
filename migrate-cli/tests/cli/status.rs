//! `migrate status`.

use crate::project::{NOTES, Project};

#[test]
fn a_table_shows_every_migration() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create -n 1");
    let ended = project.done("status -D app.db");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines[0], "state    migration   applied at");
    assert!(lines[1].starts_with("applied  0001_notes  20") && lines[1].ends_with('Z'), "{}", lines[1]);
    assert_eq!(lines[2], "pending  0002_slug");
}

#[test]
fn nothing_is_written_not_even_the_history_table() {
    let project = Project::with(&NOTES);
    project.sqlite_file("app.db");
    let before = project.files();
    let ended = project.run("info -D app.db --exit-code");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("pending  0001_notes\npending  0002_slug\n"), "{}", ended.out);
    assert_eq!(project.files(), before);
    project.done("status -D app.db");
}

#[test]
fn the_exit_code_is_for_ci() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create -n 1");
    assert_eq!(project.run("status -D app.db --exit-code").code, 1);
    project.done("up -D app.db");
    project.done("status -D app.db --exit-code");
}

#[test]
fn programs_get_an_object_for_each_migration() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create -n 1");
    let status = project.done("status -D app.db --format json").json();
    assert_eq!(status.as_array().unwrap().len(), 2);
    assert_eq!(status[0]["name"], "0001_notes");
    assert_eq!(status[0]["state"], "applied");
    assert!(status[0]["applied_at"].as_str().unwrap().ends_with('Z'));
    assert!(status[0]["duration_ms"].is_u64());
    assert_eq!(
        status[1],
        serde_json::json!({
            "name": "0002_slug", "state": "pending", "applied_at": null, "duration_ms": null,
        })
    );
}
