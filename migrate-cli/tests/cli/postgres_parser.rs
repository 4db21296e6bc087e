//! PostgreSQL's parser in `migrate check`, where it was built in.

use crate::project::{Ended, NOTES, Project};

fn checked(raw: &str) -> Ended {
    let [notes, _] = NOTES;
    let text = format!("{UP}{raw} }} down irreversible \"a test\";");
    Project::with_options("#![dialects(postgres)]", &[notes, ("m0002_raw", text.as_str())]).run("check")
}

const UP: &str = "up { ";

/// The check says that of the SQL where `‹` stands in it.
#[cfg(feature = "postgres-parser")]
fn stops(marked: &str, near: &str) {
    let before = marked.split('‹').next().unwrap();
    let line = before.rsplit('\n').next().unwrap();
    // The harness puts a body into the second line of its file, behind four blanks.
    let column = line.chars().count() + 1 + if before.contains('\n') { 0 } else { 4 + UP.len() };
    let place = format!("--> migrations/m0002_raw.rs:{}:{column}\n", 2 + before.matches('\n').count());
    let message = format!("PostgreSQL refuses this: `{near}` [postgres_syntax]");
    let ended = checked(&marked.replace('‹', ""));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains(&message) && ended.err.contains(&place), "{message} {place}{}", ended.err);
}

#[test]
#[cfg(feature = "postgres-parser")]
fn the_word_that_postgres_stumbles_over_is_shown() {
    for (raw, near) in [
        ("sql \"‹selct 1\";", "selct"),
        ("sql postgres \"delete ‹form notes where form = 1\";", "form"),
        ("sql postgres r#\"update notes set \"body\" = 'é' ‹were id = 1\"#;", "were"),
        ("sql \"update notes set \\\"body\\\" = '\\u{e9}' ‹were id = 1\";", "were"),
        ("sql \"delete from notes;\n    delete\n      ‹form notes\";", "form"),
        ("sql \"delete from notes;\r\n    delete\r\n      ‹form notes\";", "form"),
        ("update notes set body = sql \"body ||‹\" where id = 1;", ")"),
        ("alter table notes add column at: integer null default (sql \"1 + ‹) 2\");", ")"),
        ("sql \"do $$ begin delete ‹form notes; end $$\";", "form"),
        ("sql \"create function f() returns int language sql as $$ select 1 frm ‹2 $$\";", "2"),
    ] {
        stops(raw, &format!("syntax error at or near \"{near}\""));
    }
    stops("sql \"select ‹'a\";", "unterminated quoted string at or near \"'a\"");
    stops("sql \"select (1 ‹\";".replace(" ‹", "‹ ").as_str(), "syntax error at end of input");
}

#[test]
#[cfg(feature = "postgres-parser")]
fn triggers_and_views_are_read() {
    let trigger = |text: &str| format!("create trigger touch on notes sql {{ postgres \"{text}\" }};");
    let near = |word: &str| format!("syntax error at or near \"{word}\"");
    stops(&trigger("before update for each row ‹wen (true) begin return new; end"), &near("wen"));
    stops(&trigger("before update for each row begin new.body := 'a' return ‹new; end"), &near("new"));
    stops("create view v as sql { postgres \"select id from notes were ‹id = 1\" };", &near("id"));
    assert_eq!(checked(&trigger("before update for each row begin return new; end")).code, 0);
}

/// What stands in both databases' words is refused by both.
#[test]
#[cfg(feature = "postgres-parser")]
fn every_database_says_its_own() {
    let [notes, _] = NOTES;
    let raw = "up { sql \"delete form notes\"; sql { sqlite \"selct 1\", postgres \"select 1\" } } down {}";
    let ended = Project::with(&[notes, ("m0002_raw", raw)]).run("check --format json");
    let found = ended.json();
    let codes: Vec<_> = found.as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["sqlite_refuses", "postgres_syntax", "sqlite_refuses"], "{found:#}");
    assert_eq!((&found[1]["line"], &found[1]["column"]), (&2.into(), &22.into()));
}

#[test]
fn a_program_without_the_parser_says_so_where_there_is_something_to_read() {
    let says = !cfg!(feature = "postgres-parser");
    let line = "raw SQL for PostgreSQL was not parsed: the feature `postgres-parser` of `migrate-cli` has the parser\n";
    let ended = checked("sql \"delete from notes\";");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(ended.out.contains(line), says, "{}", ended.out);
    assert!(!checked("delete from notes;").out.contains(line));
}
