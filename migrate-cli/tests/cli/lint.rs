//! `migrate lint`.

use serde_json::Value;

use crate::project::Project;

const HISTORY: [(&str, &str); 2] = [
    ("m0001_notes", "create table notes { id: integer primary key autoincrement, body: text null }"),
    ("m0002_less", "alter table notes drop column body;"),
];

#[test]
fn what_is_dangerous_is_said_until_it_is_released() {
    let project = Project::with(&HISTORY);
    let ended = project.run("lint");
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    assert!(ended.err.contains("warning: the values of `body` go with it"), "{}", ended.err);
    assert!(ended.err.contains("m0002_less.rs:2:23"), "{}", ended.err);
    assert!(ended.err.contains("1 warning in 1 file"), "{}", ended.err);
    assert_eq!(project.run("lint --deny-warnings").code, 1);
    // It is no error, and other commands go on.
    project.done("check");

    let json: Value = serde_json::from_str(&project.done("lint --format json").out).unwrap();
    let found = &json.as_array().unwrap()[0];
    assert_eq!((&found["code"], &found["level"]), (&"drops_values".into(), &"warning".into()));
    assert!(found["byte_start"].as_u64() < found["byte_end"].as_u64());

    project.done("generate");
    assert_eq!(project.done("lint").out, "every migration is released: `--all` looks them over too\n");
    assert_eq!(project.run("lint --deny-warnings").code, 0);
    assert_eq!(project.run("lint --deny-warnings --all").code, 1);
    assert_eq!(project.done("lint --format json").out.trim(), "[]");
}

#[test]
fn the_history_and_the_statement_have_their_say() {
    let project = Project::with_options("#![deny(drops_values)]", &HISTORY);
    let ended = project.run("lint");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("error: the values of `body` go with it"), "{}", ended.err);
    assert_eq!(project.run("check").code, 1);

    project.migration("m0002_less", "#[allow(drops_values)]\n    alter table notes drop column body;");
    assert_eq!(project.done("lint").out, "2 migrations: nothing to say\n");
    project.list("#![allow(drops_values)]", &HISTORY);
    let ended = project.run("lint --deny-warnings");
    assert_eq!(ended.code, 0);
}
