//! `migrate sql`.

use crate::project::{NOTES, Project};

#[test]
fn the_sql_of_one_migration_is_printed_for_each_database() {
    let project = Project::with(&NOTES);
    for name in ["0002_slug", "m0002_slug", "migrations/m0002_slug.rs"] {
        let ended = project.done(&format!("sql {name} --dialect sqlite"));
        assert_eq!(ended.out, "-- 0002_slug\nALTER TABLE `notes` ADD `slug` text;\n");
    }
    let ended = project.done("sql 0002_slug --dialect postgres");
    assert_eq!(ended.out, "-- 0002_slug\nALTER TABLE notes ADD slug TEXT;\n");
}

#[test]
fn all_migrations_come_in_order_and_back_in_reverse() {
    let project = Project::with(&NOTES);
    let order = |line: &str| {
        let ended = project.done(line);
        ended.out.lines().filter(|l| l.starts_with("-- ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(order("sql --dialect sqlite"), ["-- 0001_notes", "-- 0002_slug"]);
    assert_eq!(order("sql 0002_slug 0001_notes --dialect sqlite"), ["-- 0001_notes", "-- 0002_slug"]);
    assert_eq!(order("sql --dialect sqlite --down"), ["-- 0002_slug (down)", "-- 0001_notes (down)"]);
}

#[test]
fn what_is_printed_runs() {
    let project = Project::with(&NOTES);
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for line in ["sql --dialect sqlite", "sql --dialect sqlite --down", "sql --dialect sqlite --transaction"]
    {
        connection.execute_batch(&project.done(line).out).unwrap_or_else(|e| panic!("{line}: {e}"));
    }
    connection.execute("INSERT INTO notes (body, slug) VALUES ('a', 'b')", []).unwrap();
}

#[test]
fn the_dialect_is_needed_where_there_are_two() {
    let ended = Project::with(&NOTES).run("sql");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("`--dialect sqlite` or `--dialect postgres`"), "{}", ended.err);

    let project = Project::with_options("#![dialects(postgres)]", &NOTES);
    assert!(project.done("sql").out.contains("CREATE TABLE notes"));
    let ended = project.run("sql --dialect sqlite");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("does not run on SQLite"), "{}", ended.err);
}

#[test]
fn a_name_that_is_not_there_is_answered_with_one_that_is() {
    let ended = Project::with(&NOTES).run("sql 0002_slugg --dialect sqlite");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("there is no migration `0002_slugg`"), "{}", ended.err);
    assert!(ended.err.contains("a migration with a similar name exists: `0002_slug`"), "{}", ended.err);
}

#[test]
fn an_irreversible_migration_has_no_way_down_to_print() {
    let forget = ("m0002_forget", "up { sql \"delete from notes\"; } down irreversible \"they are gone\";");
    let project = Project::with(&[NOTES[0], forget]);
    let ended = project.run("sql --dialect sqlite --down");
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "nothing, rather than a part");
    assert!(ended.err.contains("migration `0002_forget` has no way down: they are gone"), "{}", ended.err);
}

#[test]
fn programs_get_an_object_for_each_migration() {
    let sql = Project::with(&NOTES).done("sql --dialect sqlite --format json").json();
    assert_eq!(sql[1]["name"], "0002_slug");
    assert_eq!(sql[1]["dialect"], "sqlite");
    assert_eq!(sql[1]["direction"], "up");
    assert_eq!(sql[1]["sql"], "ALTER TABLE `notes` ADD `slug` text;\n");
}
