//! `migrate baseline`: what it compares, writes and refuses.

use migrate_test_support::block_on;
use migrate_test_support::postgres::database;
use rusqlite::Connection;

use crate::project::{NOTES, Project};

/// A project, and a SQLite database that has what its first so many migrations make, with a history of another tool.
fn adopted(migrations: usize) -> (Project, Connection) {
    let project = Project::with(&NOTES);
    project.done("generate");
    let connection = Connection::open(project.path("app.db")).unwrap();
    for file in ["0001_notes.sql", "0002_slug.sql"].iter().take(migrations) {
        connection.execute_batch(&project.read(&format!("migrations/sqlite/{file}"))).unwrap();
    }
    connection.execute_batch("CREATE TABLE _sqlx_migrations (version integer PRIMARY KEY)").unwrap();
    (project, connection)
}

#[test]
fn a_database_that_is_what_it_should_be_gets_a_history() {
    let (project, connection) = adopted(2);
    connection.execute_batch("INSERT INTO notes (body) VALUES ('kept')").unwrap();
    let ended = project.done("baseline -D app.db");
    assert_eq!(ended.out, "recorded as applied: 2 migrations\n  0001_notes\n  0002_slug\n");
    project.done("status --exit-code -D app.db");
    let kept: String = connection.query_row("SELECT body FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "kept");
    let ended = project.run("baseline -D app.db");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("the database has a history already, up to `0002_slug`"), "{}", ended.err);
}

#[test]
fn one_that_is_not_is_refused_until_somebody_insists() {
    let (project, connection) = adopted(1);
    let before = project.files();
    let ended = project.run("baseline -D app.db");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.err.contains("the database is not what the migrations up to `0002_slug` make of it"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("- column notes.slug") && ended.err.contains("--to MIGRATION"),
        "{}",
        ended.err
    );
    assert!(project.files() == before, "nothing was written");
    project.done("baseline --to 0001_notes -D app.db");
    let ended = project.done("up -D app.db");
    assert!(ended.out.starts_with("applied 1 migration in "), "{ended:#?}");

    let (project, other) = adopted(1);
    other.execute_batch("CREATE TABLE more (id integer PRIMARY KEY)").unwrap();
    let ended = project.run("baseline --to 0001_notes -D app.db");
    assert!(ended.code == 1 && ended.err.contains("+ table more"), "{ended:#?}");
    let ended = project.done("baseline --to 0001_notes --force --format json -D app.db");
    assert!(ended.out.contains("\"direction\": \"baseline\""), "{}", ended.out);
    drop(connection);
}

#[test]
fn an_empty_database_is_refused_whoever_insists() {
    let project = Project::with(&NOTES);
    Connection::open(project.path("app.db")).unwrap().execute_batch("VACUUM").unwrap();
    let ended = project.run("baseline -D app.db");
    assert!(ended.code == 1 && ended.err.contains("`migrate up` makes the tables"), "{ended:#?}");
    let ended = project.run("baseline --force -D app.db");
    assert!(ended.code == 1 && ended.err.contains("none of the tables"), "{ended:#?}");
    assert_eq!(project.run("baseline -D nothing.db").code, 2);
    assert!(!project.exists("nothing.db"));
}

#[test]
fn a_run_over_tables_of_another_tool_names_it() {
    let (project, _connection) = adopted(2);
    let ended = project.run("up -D app.db");
    assert!(ended.code == 1 && ended.err.contains("`migrate baseline`"), "{ended:#?}");
}

#[test]
fn a_schema_of_postgresql_is_compared_where_it_is() {
    let options = "#![postgres(schema = \"App\", search_also(\"more\"))]";
    let history = [
        ("m0001_citext", "create extension citext schema more;"),
        (
            "m0002_words",
            "create table words { word: type { sqlite \"text\", postgres \"citext\" }, at: date default \"2020-01-31\" }",
        ),
    ];
    let (project, database) = (Project::with_options(options, &history), database());
    project.done("generate");
    let client = database.client();
    for file in ["0001_citext.sql", "0002_words.sql"] {
        block_on(client.batch_execute(&project.read(&format!("migrations/postgres/{file}")))).unwrap();
    }
    // What stands elsewhere is not looked at, and the server's own style of dates makes no difference.
    let own = format!("ALTER DATABASE {} SET datestyle = 'German'", database.name());
    block_on(client.batch_execute(&format!("{own}; CREATE TABLE public.other (id int)"))).unwrap();
    let url = database.url();
    let ended = project.run(&format!("baseline -D {url} --schema public"));
    assert!(
        ended.code == 1 && ended.err.contains("- table words") && ended.err.contains("+ table other"),
        "{ended:#?}"
    );
    let ended = project.done(&format!("baseline -D {url}"));
    assert_eq!(ended.out, "recorded as applied: 2 migrations\n  0001_citext\n  0002_words\n");
    project.done(&format!("status --exit-code -D {url}"));
    project.done(&format!("down --all --yes -D {url}"));
    project.done(&format!("up -D {url}"));
}
