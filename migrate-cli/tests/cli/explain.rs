//! `migrate explain`.

use serde_json::Value;

use crate::project::Project;

#[test]
fn a_code_is_explained_with_what_the_compiler_says_to_its_example() {
    let project = Project::empty();
    for written in ["unknown_column", "[unknown_column]", "Unknown-Column"] {
        let ended = project.done(&format!("explain {written}"));
        assert!(
            ended.out.starts_with("unknown_column\n\nThe table has no column of this name"),
            "{}",
            ended.out
        );
        assert!(
            ended.out.contains("error: no column `emial` on table `users` [unknown_column]"),
            "{}",
            ended.out
        );
        assert!(ended.out.contains("\nThis works:\n\n    migration m0001_users {"), "{}", ended.out);
    }
}

#[test]
fn the_list_has_every_code_on_a_line() {
    let project = Project::empty();
    let lines = project.done("explain --list").out;
    let json: Value = serde_json::from_str(&project.done("explain --list --format json").out).unwrap();
    assert_eq!(lines.lines().count(), json.as_array().unwrap().len());
    assert!(lines.lines().all(|line| line.ends_with('.')), "{lines}");
    assert!(json.as_array().unwrap().iter().any(|e| e["code"] == "down_not_inverse"));

    let one: Value = serde_json::from_str(&project.done("explain no_change --format json").out).unwrap();
    assert!(one["text"].as_str().unwrap().starts_with(one["summary"].as_str().unwrap()));
}

#[test]
fn a_code_that_is_none_is_answered_with_one_that_is() {
    let ended = Project::empty().run("explain unknown_colum");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("there is no code `unknown_colum`"), "{}", ended.err);
    assert!(ended.err.contains("a code with a similar name exists: `unknown_column`"), "{}", ended.err);

    let ended = Project::empty().run("explain qqqqqqqq");
    assert!(ended.err.contains("`migrate explain --list` lists all of them"), "{}", ended.err);
    assert_eq!(Project::empty().run("explain").code, 2);
    assert_eq!(Project::empty().run("explain no_change --list").code, 2);
}
