//! `migrate repair --database`: the history table of a database that got a change by other means.

use migrate_test_support::postgres::database;
use rusqlite::Connection;

use crate::project::{NOTES, Project};

const LONGER: &str = "alter table notes add column slug: text(80) null;";

/// A project whose second migration was edited after it was released and applied to `app.db`.
fn edited() -> (Project, Connection) {
    let project = Project::with(&NOTES);
    project.done("generate");
    project.done("up -D app.db --create");
    project.migration("m0002_slug", LONGER);
    let connection = project.sqlite("app.db");
    connection.execute_batch("INSERT INTO notes (body) VALUES ('kept')").unwrap();
    (project, connection)
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT name FROM _migrations ORDER BY position").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn an_edit_goes_from_the_lock_into_the_database() {
    let (project, connection) = edited();
    let ended = project.run("repair --database -D app.db --yes");
    assert!(
        ended.code == 1 && ended.err.contains("[released_migration_changed]"),
        "the lock first: {ended:#?}"
    );
    project.done("repair --yes");
    let ended = project.run("up -D app.db");
    assert!(ended.code == 1 && ended.err.contains("was changed after it was applied"), "{ended:#?}");
    let before = project.files();
    assert_eq!(project.done("repair -D app.db --dry-run").out, "changed: 0002_slug\n");
    let ended = project.run("repair -D app.db");
    assert!(ended.code == 2 && ended.err.contains("`--yes`"), "nobody can be asked: {ended:#?}");
    assert!(project.files() == before, "nothing was written");
    // SQLite keeps no lengths, so the database has the change.
    let ended = project.done("repair -D app.db --yes");
    assert_eq!(ended.out, "changed: 0002_slug\nmended the history table\n");
    assert_eq!(project.done("repair -D app.db").out, "the history table says what the migrations are\n");
    project.done("status --exit-code -D app.db");
    let kept: String = connection.query_row("SELECT body FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "kept");
}

#[test]
fn a_database_without_the_change_is_refused_until_somebody_insists() {
    let (project, connection) = edited();
    project.migration(
        "m0002_slug",
        "alter table notes add column slug: text null; create index notes_slug on notes (slug);",
    );
    project.done("repair --yes");
    let before = project.files();
    let ended = project.run("repair -D app.db --yes");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.err.contains("- index notes.notes_slug") && ended.err.contains("`--force`"),
        "{}",
        ended.err
    );
    assert!(project.files() == before, "nothing was written");
    connection.execute_batch("CREATE INDEX notes_slug ON notes (slug)").unwrap();
    let ended = project.done("repair -D app.db --yes --format json");
    let expected = serde_json::json!([
        {"name": "0002_slug", "state": "changed", "applied_as": null, "way_back": true}
    ]);
    assert_eq!(ended.json(), expected);
    // The way back is that of the change.
    project.done("down -n 1 --yes -D app.db");

    let (project, _connection) = edited();
    project.migration("m0002_slug", "alter table notes add column title: text null;");
    project.done("repair --yes");
    project.done("repair -D app.db --yes --force");
    project.done("status --exit-code -D app.db");
}

#[test]
fn another_name_is_taken_over() {
    let (project, connection) = edited();
    project.migration("m0002_slug", NOTES[1].1);
    std::fs::rename(project.path("migrations/m0002_slug.rs"), project.path("migrations/m0002_slugs.rs"))
        .unwrap();
    project.list("", &[NOTES[0], ("m0002_slugs", "")]);
    project.done("repair --yes");
    let mut command = project.command("repair --database --yes");
    let ended = crate::project::ended(command.env("DATABASE_URL", "sqlite:app.db"));
    assert_eq!(
        ended.out, "renamed: 0002_slugs, applied as 0002_slug\nmended the history table\n",
        "{ended:#?}"
    );
    assert_eq!(names(&connection), ["0001_notes", "0002_slugs"]);
    project.done("status --exit-code -D app.db");
}

#[test]
fn without_a_word_about_a_database_none_is_touched() {
    let (project, connection) = edited();
    let dump = || names(&connection).len();
    let before = std::fs::read(project.path("app.db")).unwrap();
    let mut command = project.command("repair --yes");
    let ended = crate::project::ended(command.env("DATABASE_URL", "sqlite:app.db"));
    assert!(ended.out.contains("rewrote migrations/migrations.lock"), "{ended:#?}");
    assert_eq!((std::fs::read(project.path("app.db")).unwrap(), dump()), (before, 2));
}

#[test]
fn what_stands_elsewhere_is_refused() {
    let (project, _connection) = edited();
    project.migration("m0002_slug", NOTES[1].1);
    let tags = ("m0002_tags", "create table tags { id: integer primary key autoincrement }");
    project.migration(tags.0, tags.1);
    project.list("", &[NOTES[0], tags, NOTES[1]]);
    project.done("repair --yes");
    let ended = project.run("repair -D app.db --yes --force");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("not what stands elsewhere"), "{}", ended.err);
    assert_eq!(project.run("repair -D nothing.db --yes").code, 2);
    assert!(!project.exists("nothing.db"));
}

#[test]
fn postgresql_keeps_lengths_and_is_refused_without_them() {
    let (project, database) = (Project::with(&NOTES), database());
    let url = database.url();
    project.done("generate");
    project.done(&format!("up -D {url}"));
    project.migration("m0002_slug", LONGER);
    project.done("repair --yes");
    let ended = project.run(&format!("repair -D {url} --yes"));
    assert!(ended.code == 1 && ended.err.contains("notes.slug"), "{ended:#?}");
    let client = database.client();
    let change = "ALTER TABLE notes ALTER COLUMN slug TYPE varchar(80)";
    migrate_test_support::block_on(client.batch_execute(change)).unwrap();
    let ended = project.done(&format!("repair -D {url} --yes"));
    assert_eq!(ended.out, "changed: 0002_slug\nmended the history table\n");
    project.done(&format!("status --exit-code -D {url}"));
    project.done(&format!("down --all --yes -D {url}"));
}
