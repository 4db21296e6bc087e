//! `migrate check`.

use crate::project::{NOTES, Project};

#[test]
fn a_sound_history_says_what_was_proven() {
    let project = Project::with(&NOTES);
    let before = project.files();
    let ended = project.done("check");
    assert_eq!(
        ended.out,
        "2 migrations: sound; SQLite: up, down, up; PostgreSQL: not run (`-D postgres://..` runs it in a scratch \
         schema)\n"
    );
    assert_eq!(ended.err, "");
    assert_eq!(project.files(), before, "it writes nothing");
}

#[test]
fn the_databases_are_those_of_the_history() {
    let project = Project::with_options("#![dialects(sqlite)]", &NOTES);
    assert_eq!(project.done("check").out, "2 migrations: sound; SQLite: up, down, up\n");
}

#[test]
fn every_way_down_around_an_irreversible_migration_is_run() {
    let [notes, slug] = NOTES;
    let forget =
        ("m0003_forget", "up { sql \"delete from notes\"; } down irreversible \"the notes are gone\";");
    let again = ("m0004_more", "alter table notes add column more: text null;");
    let project = Project::with_options("#![dialects(sqlite)]", &[notes, slug, forget, again]);
    let ended = project.done("check");
    assert_eq!(
        ended.out,
        "4 migrations: sound; SQLite: up, down, up\n\
         `0003_forget` is irreversible: its way down was not run on SQLite\n"
    );
}

#[test]
fn sql_that_the_database_refuses_is_shown_in_its_file() {
    let [notes, _] = NOTES;
    let raw =
        ("m0002_raw", "up { sql \"insert into nots (body) values ('a')\"; } down { sql \"select 1\"; }");
    let project = Project::with_options("#![dialects(sqlite)]", &[notes, raw]);
    let ended = project.run("check");
    assert_eq!(ended.code, 1, "{ended:#?}");
    let message = "error: SQLite refuses this: `no such table: nots` [sqlite_refuses]";
    assert!(ended.err.contains(message), "{}", ended.err);
    assert!(ended.err.contains("--> migrations/m0002_raw.rs:2:14"), "{}", ended.err);

    let ended = project.run("check --format json");
    assert_eq!(ended.code, 1);
    let found = ended.json();
    assert_eq!(found[0]["file"], "migrations/m0002_raw.rs");
    assert_eq!(found[0]["line"], 2);
    assert_eq!(found[0]["code"], "sqlite_refuses");
}

/// Where SQLite says at which byte it stopped, the place is that word of the text, however the text is written.
#[test]
fn the_word_that_sqlite_stumbles_over_is_shown() {
    let [notes, _] = NOTES;
    for (raw, place) in [
        ("sql \"selct 1\";", "2:15"),
        ("sql sqlite r#\"delete from notes wher \"id\" = 1\"#;", "2:42"),
        ("sql \"delete from \\\"notes\\\" wher id = 1\";", "2:37"),
        ("sql \"delete from notes;\n    delete\n      form notes\";", "4:7"),
        ("sql \"delete from notes;\r\n    delete\r\n      form notes\";", "4:7"),
        ("update notes set body = sql \"body ||\" where id = 1;", "2:46"),
    ] {
        let text = format!("up {{ {raw} }} down {{}}");
        let project = Project::with_options("#![dialects(sqlite)]", &[notes, ("m0002_raw", text.as_str())]);
        let ended = project.run("check");
        assert_eq!(ended.code, 1, "{ended:#?}");
        let place = format!("--> migrations/m0002_raw.rs:{place}\n");
        assert!(ended.err.contains("[sqlite_refuses]") && ended.err.contains(&place), "{place}{}", ended.err);
    }
}

#[test]
fn every_statement_that_sqlite_refuses_is_shown() {
    let [notes, slug] = NOTES;
    let raw = "up { sql \"selct 1\"; sql \"delete from nots\"; } down {}";
    let project =
        Project::with_options("#![dialects(sqlite)]", &[notes, ("m0002_raw", raw), ("m0003_slug", slug.1)]);
    let ended = project.run("check");
    assert_eq!(ended.err.matches("[sqlite_refuses]").count(), 2, "{}", ended.err);
    assert!(ended.err.ends_with("error: 2 errors in 1 file\n"), "{}", ended.err);
}

#[test]
fn a_way_down_that_fails_is_found() {
    let [notes, _] = NOTES;
    let raw =
        ("m0002_raw", "up { sql \"select 1\"; } down { sql \"insert into nots (body) values ('a')\"; }");
    let project = Project::with_options("#![dialects(sqlite)]", &[notes, raw]);
    let ended = project.run("check");
    assert_eq!(ended.code, 1, "{ended:#?}");
    let message = "error: SQLite refuses this: `no such table: nots` [sqlite_refuses]";
    assert!(ended.err.contains(message), "{}", ended.err);
    assert!(ended.err.contains("--> migrations/m0002_raw.rs:2:39"), "{}", ended.err);
    assert!(ended.err.contains("while the migration runs down, right after it ran up"), "{}", ended.err);
}

#[test]
fn an_empty_history_is_sound() {
    let project = Project::with(&[]);
    assert!(project.done("check").out.starts_with("0 migrations: sound"));
}

#[test]
fn without_a_history_it_says_where_it_looked() {
    let project = Project::empty();
    let ended = project.run("check");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("no history in migrations or src/migrations"), "{}", ended.err);

    let ended = project.run("check --source nowhere");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("there is no file or folder nowhere"), "{}", ended.err);

    project.write("src/lib.rs", "pub fn nothing() {}\n");
    let ended = project.run("check --source src/lib.rs");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("src/lib.rs holds no `history!`"), "{}", ended.err);
}

#[test]
fn a_history_is_found_wherever_it_may_stand() {
    let body = "migrate::history! { migration m0001_t { create table t { a: text } } }\n";
    for (path, line) in [
        ("src/migrations/mod.rs", "check"),
        ("src/migrations.rs", "check"),
        ("src/main.rs", "check --source src/main.rs"),
        ("elsewhere/mod.rs", "check --source elsewhere"),
    ] {
        let project = Project::empty();
        project.write(path, body);
        assert!(project.done(line).out.starts_with("1 migration: sound"), "{path}");
    }
}

#[test]
fn a_sqlite_url_is_not_taken() {
    let project = Project::with(&NOTES);
    let ended = project.run("check -D app.db");
    assert_eq!(ended.code, 2);
    assert!(!project.exists("app.db"));
}

/// What raw SQL declares is compared with what it did.
#[test]
fn a_declaration_that_is_not_true_is_found() {
    let [notes, slug] = NOTES;
    let declares = "declares { create table tags { id: integer primary key, name: text } }";
    for (does, wrong) in [
        ("create table tags (id integer primary key not null, name text not null)", None),
        (
            "create table tags (id integer primary key not null, name text)",
            Some("~ column tags.name: null null, expected not null"),
        ),
        (
            "create table tags (id integer primary key not null, name blob not null)",
            Some("~ column tags.name"),
        ),
        (
            "create table tags (id integer primary key not null, name text not null, more text)",
            Some("+ column tags.more"),
        ),
        ("create table tag (id integer primary key not null, name text not null)", Some("- table tags")),
        (
            "create table tags (id integer primary key not null, name text not null unique)",
            Some("+ unique of tags"),
        ),
        ("create table other (id integer)", Some("- table tags")),
    ] {
        let up = format!(
            "up {{ sql \"{does}\" {declares} }} down {{ sql \"drop table if exists tags; drop table if exists tag; drop table if exists other\" declares {{ drop table tags; }} }}"
        );
        let project = Project::with_options("#![dialects(sqlite)]", &[notes, slug, ("m0003_tags", &up)]);
        let ended = project.run("check");
        match wrong {
            None => assert_eq!(ended.code, 0, "{ended:#?}"),
            Some(wrong) => {
                assert_eq!(ended.code, 1, "{does}: {ended:#?}");
                assert!(ended.err.contains(wrong), "{does}: {}", ended.err);
            }
        }
    }
}
