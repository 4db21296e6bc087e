//! How mistakes are shown.

use crate::project::{NOTES, Project, ended};

const BROKEN: [(&str, &str); 3] = [
    NOTES[0],
    ("m0002_slug", "alter table nots add column slug: text null;"),
    ("m0003_drop", "alter table notes drop column boddy;"),
];

const SHOWN: &str = "\
error: no table `nots` [unknown_table]
 --> migrations/m0002_slug.rs:2:17
  |
2 |     alter table nots add column slug: text null;
  |                 ^^^^
  |
  = help: a table with a similar name exists: `notes`

error: no column `boddy` on table `notes` [unknown_column]
 --> migrations/m0003_drop.rs:2:35
  |
2 |     alter table notes drop column boddy;
  |                                   ^^^^^
  |
  = help: a column with a similar name exists: `body`
";

#[test]
fn two_mistakes_in_two_files_are_drawn_as_the_compiler_does() {
    let project = Project::with(&BROKEN);
    for line in ["check", "sql --dialect sqlite", "generate", "up -D app.db --create", "status -D app.db"] {
        let ended = project.run(line);
        assert_eq!(ended.code, 1, "{line}: {ended:#?}");
        assert!(ended.err.starts_with(SHOWN), "{line}:\n{}\nexpected:\n{SHOWN}", ended.err);
        assert!(ended.err.ends_with("error: 2 errors in 2 files\n"), "{}", ended.err);
        assert_eq!(ended.out, "");
    }
    assert!(!project.exists("app.db"));
    assert!(!project.exists("migrations/sqlite"));
}

#[test]
fn programs_read_the_same_as_json() {
    let project = Project::with(&BROKEN);
    let ended = project.run("check --format json");
    assert_eq!(ended.code, 1);
    let found = ended.json();
    assert_eq!(found.as_array().unwrap().len(), 2);
    let first = found[0].as_object().unwrap();
    let mut keys: Vec<&str> = first.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "byte_end",
            "byte_start",
            "code",
            "column",
            "end_column",
            "end_line",
            "file",
            "help",
            "level",
            "line",
            "message",
            "notes"
        ]
    );
    assert_eq!(first["code"], "unknown_table");
    assert_eq!((&first["line"], &first["column"]), (&2.into(), &17.into()));
    assert_eq!((&first["end_line"], &first["end_column"]), (&2.into(), &21.into()));
    let bytes = |key: &str| first[key].as_u64().unwrap() as usize;
    let text = project.read("migrations/m0002_slug.rs");
    assert_eq!(&text[bytes("byte_start")..bytes("byte_end")], "nots");

    let sound = Project::with(&NOTES);
    assert_eq!(sound.done("check --format json").json(), serde_json::json!([]));
}

#[test]
fn places_are_right_whatever_stands_before_them() {
    let project = Project::with(&BROKEN);
    let text = "\u{feff}// größe\r\nmigrate::migration! {\r\n    /* ä */ alter table nots drop column slug;\r\n}\r\n";
    project.write("migrations/m0002_slug.rs", text);
    let found = project.run("check --format json").json();
    let bytes = |key: &str| found[0][key].as_u64().unwrap() as usize;
    assert_eq!(&text[bytes("byte_start")..bytes("byte_end")], "nots");
    assert_eq!((&found[0]["line"], &found[0]["column"]), (&3.into(), &25.into()));
}

#[test]
fn a_file_that_is_no_rust_is_one_mistake() {
    let project = Project::with(&NOTES);
    project.write("migrations/mod.rs", "migrate::history! {\n    m0001_notes, \"\n}\n");
    let ended = project.run("check");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("--> migrations/mod.rs:2:18"), "{}", ended.err);
    assert!(ended.err.contains("[unreadable_file]"), "{}", ended.err);
}

#[test]
fn a_body_without_tokens_is_shown_at_its_macro() {
    let project = Project::with(&NOTES);
    project.write("migrations/m0002_slug.rs", "//! Empty.\n\nmigrate::migration! {}\n");
    let ended = project.run("check");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("--> migrations/m0002_slug.rs:3:10"), "{}", ended.err);
}

#[test]
fn a_missing_file_is_shown_in_the_list() {
    let project = Project::with(&NOTES);
    std::fs::remove_file(project.path("migrations/m0002_slug.rs")).unwrap();
    let ended = project.run("check");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("[missing_file]"), "{}", ended.err);
    assert!(ended.err.contains("--> migrations/mod.rs:4:5"), "{}", ended.err);
}

#[test]
fn colour_is_for_terminals() {
    let project = Project::with(&BROKEN);
    assert!(!project.run("check").err.contains('\u{1b}'));
    assert!(project.run("check --color always").err.contains('\u{1b}'));
    let mut forced = project.command("check");
    assert!(ended(forced.env("CLICOLOR_FORCE", "1")).err.contains('\u{1b}'));
    let mut never = project.command("check --color never");
    assert!(!ended(never.env("CLICOLOR_FORCE", "1")).err.contains('\u{1b}'));
}

#[test]
fn wrong_usage_ends_with_2() {
    let project = Project::with(&NOTES);
    for line in
        ["", "chek", "check --format xml", "up -n 0", "down", "down -n 1 --all", "up --lock-timeout long"]
    {
        let ended = project.run(line);
        assert_eq!(ended.code, 2, "`{line}`: {ended:#?}");
    }
    assert_eq!(project.run("--version").code, 0);
    assert!(project.run("--help").out.contains("generate"));
}
