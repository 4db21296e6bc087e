//! `migrate fmt`.

use crate::project::{NOTES, Project};

#[test]
fn all_files_of_the_history_are_laid_out_once() {
    let project = Project::with(&NOTES);
    project.write("migrations/m0002_slug.rs", "//  Top.\nmigrate::migration! {\n  alter table notes\n{ add column   slug:text null; // why\n}\n}\nfn  x( ) {}\n");
    let sql = project.done("sql --dialect sqlite").out;
    let ended = project.done("fmt");
    assert!(ended.out.contains("laid out migrations/m0002_slug.rs"), "{}", ended.out);
    assert_eq!(
        project.read("migrations/m0002_slug.rs"),
        "//  Top.\nmigrate::migration! {\n    alter table notes {\n        add column slug: text null; // why\n    }\n}\nfn  x( ) {}\n"
    );
    assert_eq!(project.done("sql --dialect sqlite").out, sql);
    assert_eq!(project.done("fmt").out, "");
    assert_eq!(project.done("fmt --check").out, "");
}

#[test]
fn a_check_names_the_files_and_writes_nothing() {
    let project = Project::with(&NOTES);
    project.write(
        "migrations/m0002_slug.rs",
        "migrate::migration! { alter table notes add column slug :text null; }\r\n",
    );
    let files = project.files();
    let ended = project.run("fmt --check");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("migrations/m0002_slug.rs is not laid out"), "{}", ended.out);
    assert_eq!(project.files(), files);
    let ended = project.run("fmt --check --format json");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("\"would_change\""), "{}", ended.out);
    project.done("fmt migrations/m0002_slug.rs");
    assert_eq!(
        project.read("migrations/m0002_slug.rs"),
        "migrate::migration! { alter table notes add column slug: text null; }\r\n"
    );
}

#[test]
fn a_file_that_does_not_parse_is_told_and_left_alone() {
    let project = Project::with(&NOTES);
    let broken = "migrate::migration! {\n  alter tabel notes add column slug:text null;\n}\n";
    project.write("migrations/m0002_slug.rs", broken);
    project.write(
        "migrations/m0001_notes.rs",
        "migrate::migration! {\n  create table notes { id:integer primary key autoincrement }\n}\n",
    );
    let ended = project.run("fmt");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("m0002_slug.rs:2:9"), "{}", ended.err);
    let ended = project.run("fmt --format json");
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &told["findings"][0]["code"]), (1, &"syntax".into()));
    assert_eq!(told["findings"][0]["line"], 2);
    assert_eq!(project.read("migrations/m0002_slug.rs"), broken);
    assert!(project.read("migrations/m0001_notes.rs").contains("    create table notes { id: integer"));

    project.write("migrations/m0002_slug.rs", "migrate::migration! { drop table 'notes; }}\n");
    let ended = project.run("fmt migrations/m0002_slug.rs");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("[unreadable_file]"), "{}", ended.err);
    assert_eq!(project.run("fmt migrations/m0003_none.rs").code, 2);
}

#[test]
fn the_standard_input_goes_to_the_standard_output() {
    let project = Project::empty();
    let ended = project.run_with_input("fmt -", "migrate::migration! { drop  table a ; }\n");
    assert_eq!((ended.code, ended.out.as_str()), (0, "migrate::migration! { drop table a; }\n"));
    let ended = project.run_with_input("fmt --check -", "migrate::migration! { drop  table a ; }\n");
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    let ended = project.run_with_input("fmt -", "migrate::migration! { drop tabel a; }\n");
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(ended.err.contains("<stdin>:1:28"), "{}", ended.err);
}
