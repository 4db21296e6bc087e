//! The same on a real PostgreSQL.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database};

use crate::project::{NOTES, Project};

fn schemas(database: &Database) -> Vec<String> {
    let client = database.client();
    let sql = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'migrate_check_%'";
    block_on(client.query(sql, &[])).unwrap().iter().map(|row| row.get(0)).collect()
}

fn tables(database: &Database) -> Vec<String> {
    let client = database.client();
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    block_on(client.query(sql, &[])).unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn up_status_and_down_work() {
    let (project, database) = (Project::with(&NOTES), database());
    let url = database.url();
    assert_eq!(project.run(&format!("status --exit-code -D {url}")).code, 1);
    assert!(tables(&database).is_empty(), "status writes nothing");
    let ended = project.done(&format!("up -D {url}"));
    assert!(ended.err.contains("applied `0001_notes` in "), "{}", ended.err);
    assert_eq!(tables(&database), ["_migrations", "notes"]);
    project.done(&format!("status --exit-code -D {url}"));
    project.done(&format!("down --all --yes -D {url}"));
    assert_eq!(tables(&database), ["_migrations"]);
    let ended = project.run(&format!("up --create -D {url}"));
    assert_eq!(ended.code, 2, "{ended:#?}");
}

/// An index that is built while others write, and rows that change in batches.
const OUTSIDE: [(&str, &str); 3] = [
    NOTES[0],
    ("m0002_body", "create unique index notes_body on notes (body) concurrently;"),
    (
        "m0003_upper",
        "up { update notes set body = upper(body) where id > 0 in batches of 2; } down irreversible \"it is a test\";",
    ),
];

#[test]
fn steps_outside_of_a_transaction_are_told_and_go_on() {
    let (project, database) = (Project::with(&OUTSIDE), database());
    let url = database.url();
    project.done(&format!("up --target-version 0001_notes -D {url}"));
    let client = database.client();
    let sql = |sql: &str| block_on(client.batch_execute(sql)).unwrap();
    sql("INSERT INTO notes (body) VALUES ('a'), ('b'), ('c'), ('c')");
    let ended = project.run(&format!("up -D {url}"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("m0002_body.rs:2:5"), "{}", ended.err);
    assert!(ended.err.contains("2 rows of `notes` agree in `body` with another"), "{}", ended.err);
    sql("DELETE FROM notes WHERE id = 4; ALTER TABLE notes ADD CHECK (body <> 'C')");
    let ended = project.run(&format!("up -D {url}"));
    assert!(ended.err.contains("applied `0002_body` in "), "{}", ended.err);
    assert!(ended.err.contains("`0003_upper`: changed 2 rows of `notes` so far"), "{}", ended.err);
    let status = project.run(&format!("status --exit-code -D {url}"));
    assert_eq!(status.code, 1);
    assert!(status.out.contains("unfinished  0003_upper"), "{}", status.out);
    let status = project.done(&format!("status --format json -D {url}")).out;
    assert!(status.contains("\"unfinished\""), "{status}");
    let ended = project.run(&format!("down -n 1 --yes -D {url}"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    sql("UPDATE notes SET body = 'd' WHERE id = 3");
    project.done(&format!("up -D {url}"));
    project.done(&format!("status --exit-code -D {url}"));

    project.done("generate");
    let file = project.read("migrations/postgres/0002_body.sql");
    assert!(file.contains("\n-- no-transaction: "), "{file}");
    assert!(file.ends_with("\nCREATE UNIQUE INDEX CONCURRENTLY notes_body ON notes (body);\n"), "{file}");
    let file = project.read("migrations/postgres/0003_upper.sql");
    assert!(
        file.contains("BEGIN;\nUPDATE notes SET body = upper(body COLLATE \"C\") WHERE id > 0;\nCOMMIT;\n"),
        "{file}"
    );
}

#[test]
fn check_runs_in_a_schema_that_is_gone_afterwards() {
    let (project, database) = (Project::with(&NOTES), database());
    let ended = project.done(&format!("check -D {}", database.url()));
    assert_eq!(ended.out, "2 migrations: sound; SQLite: up, down, up; PostgreSQL: up, down, up\n");
    assert!(schemas(&database).is_empty());
    assert!(tables(&database).is_empty());
}

#[test]
fn the_history_of_this_repository_is_proven_on_both() {
    let (project, database) = (Project::empty(), database());
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let ended = project.done(&format!("check --source {source} -D {}", database.url()));
    assert_eq!(ended.out, "9 migrations: sound; SQLite: up, down, up; PostgreSQL: up, down, up\n");
}

#[test]
fn a_failed_check_leaves_no_schema() {
    let raw = (
        "m0002_raw",
        "up { sql postgres \"insert into nots values (1)\"; } down irreversible \"it is a test\";",
    );
    let (project, database) = (Project::with(&[NOTES[0], raw]), database());
    let ended = project.run(&format!("check -D {}", database.url()));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.err.contains("error: migration `0002_raw` failed: relation \"nots\" does not exist"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("--> migrations/m0002_raw.rs:2:10"), "{}", ended.err);
    assert!(schemas(&database).is_empty());
}

/// Without the program's care an interrupt would leave the schema, and the server at work in it.
#[cfg(unix)]
#[test]
fn an_interrupted_check_leaves_no_schema() {
    let slow =
        ("m0002_slow", "up { sql postgres \"select pg_sleep(60)\"; } down irreversible \"it is a test\";");
    let (project, database) = (Project::with(&[NOTES[0], slow]), database());
    let mut command = project.command(&format!("check -D {}", database.url()));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let client = database.client();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' \
                    AND pid <> pg_backend_pid()";
    let begin = Instant::now();
    while block_on(client.query_one(sleeping, &[])).unwrap().get::<_, i64>(0) == 0 {
        assert!(begin.elapsed() < Duration::from_secs(30), "the migration begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(schemas(&database).len(), 1);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(3));
    assert!(begin.elapsed() < Duration::from_secs(50), "it does not wait for the statement");
    assert!(schemas(&database).is_empty());
}

/// The tables that are there, with their schemas.
fn all_tables(database: &Database) -> Vec<String> {
    let sql = "SELECT schemaname || '.' || tablename FROM pg_tables \
               WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
    block_on(database.client().query(sql, &[])).unwrap().iter().map(|row| row.get(0)).collect()
}

const IN_APP: &str = "#![postgres(schema = \"app\")]";

#[test]
fn a_history_stands_in_its_schema_or_in_the_one_that_is_named() {
    let (project, database) = (Project::with_options(IN_APP, &NOTES), database());
    let url = database.url();
    project.done(&format!("up -D {url}"));
    assert_eq!(all_tables(&database), ["app._migrations", "app.notes"]);
    assert_eq!(project.run(&format!("status --exit-code -D {url} --schema tenant_1")).code, 1);
    project.done(&format!("up -D {url} --schema tenant_1"));
    project.done(&format!("status --exit-code -D {url} --schema tenant_1"));
    project.done(&format!("down --all --yes -D {url}"));
    assert_eq!(all_tables(&database), ["app._migrations", "tenant_1._migrations", "tenant_1.notes"]);
    let ended = project.run(&format!("up -D {url} --schema pg_x"));
    assert_eq!(ended.code, 2, "{ended:#?}");
    let ended = project.run("up --create -D app.db --schema app");
    assert_eq!((ended.code, project.exists("app.db")), (2, false), "{ended:#?}");
    assert!(ended.err.contains("SQLite has no schemas"), "{}", ended.err);
}

#[test]
fn a_check_leaves_the_schema_of_the_history_alone() {
    let (project, database) = (Project::with_options(IN_APP, &NOTES), database());
    project.done(&format!("up -D {}", database.url()));
    block_on(database.client().batch_execute("INSERT INTO app.notes (body) VALUES ('kept')")).unwrap();
    let ended = project.done(&format!("check -D {}", database.url()));
    assert_eq!(ended.out, "2 migrations: sound; SQLite: up, down, up; PostgreSQL: up, down, up\n");
    let sql = "SELECT count(*) FROM app.notes";
    assert_eq!(block_on(database.client().query_one(sql, &[])).unwrap().get::<_, i64>(0), 1);
    assert_eq!(all_tables(&database), ["app._migrations", "app.notes"]);
    assert!(schemas(&database).is_empty());
}

#[test]
fn generated_files_lead_to_the_schema() {
    let options = "#![postgres(schema = \"App\", search_also(\"more\"))]";
    let (project, database) = (Project::with_options(options, &NOTES), database());
    project.done("generate");
    let first = project.read("migrations/postgres/0001_notes.sql");
    let head = "BEGIN;\nCREATE SCHEMA IF NOT EXISTS \"App\";\nSET LOCAL search_path = \"App\", more, pg_temp;\nCREATE TABLE";
    assert!(first.contains(head), "{first}");
    let client = database.client();
    for file in ["0001_notes.sql", "0002_slug.sql", "0002_slug.down.sql", "0002_slug.sql"] {
        block_on(client.batch_execute(&project.read(&format!("migrations/postgres/{file}")))).unwrap();
    }
    assert_eq!(all_tables(&database), ["App.notes"]);
    assert!(!project.read("migrations/sqlite/0001_notes.sql").contains("App"));
    let ended = project.done("sql --dialect postgres --transaction");
    assert_eq!(ended.out.matches("CREATE SCHEMA").count(), 1, "{}", ended.out);
}

#[test]
fn generated_files_of_the_current_schema_see_further_ones() {
    let options = "#![postgres(search_also(\"More\"))]";
    let raw = (
        "m0002_raw",
        "up { sql postgres \"insert into notes (body) values (word())\"; } down irreversible \"no\";",
    );
    let (project, database) = (Project::with_options(options, &[NOTES[0], raw]), database());
    project.done("generate");
    let client = database.client();
    let word = "CREATE SCHEMA \"More\"; CREATE FUNCTION \"More\".word() RETURNS text LANGUAGE sql AS $$ SELECT 'more' $$";
    block_on(client.batch_execute(word)).unwrap();
    for file in ["0001_notes.sql", "0002_raw.sql"] {
        block_on(client.batch_execute(&project.read(&format!("migrations/postgres/{file}")))).unwrap();
    }
    assert_eq!(all_tables(&database), ["public.notes"]);
}

#[test]
fn functions_of_the_application_are_refused() {
    let back = (
        "m0002_back",
        "up { delete from notes; } down { call { sqlite crate::back, postgres crate::back_there }; }",
    );
    let fill = (
        "m0003_fill",
        "up { call { sqlite crate::fill, postgres crate::fill_there }; } down irreversible \"no\";",
    );
    let (project, database) = (Project::with(&[NOTES[0], back, fill]), database());
    let url = database.url();
    for line in ["up", "up --dry-run"] {
        let ended = project.run(&format!("{line} -D {url}"));
        assert_eq!(ended.code, 1, "{ended:#?}");
        assert!(ended.err.contains("migration `0003_fill` calls `crate::fill_there`"), "{}", ended.err);
        assert!(tables(&database).is_empty(), "nothing is touched");
    }
    project.done(&format!("up -n 2 -D {url}"));
    let ended = project.run(&format!("down --all --yes -D {url}"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("migration `0002_back` calls `crate::back_there`"), "{}", ended.err);
    assert_eq!(tables(&database), ["_migrations", "notes"]);
    let ended = project.done(&format!("check -D {url}"));
    assert!(ended.out.contains("`0002_back` goes down by `crate::back_there`"), "{}", ended.out);
    assert!(ended.out.contains("`0003_fill` calls `crate::fill_there` of the application"), "{}", ended.out);
    assert!(schemas(&database).is_empty());
}

#[test]
fn a_check_drops_no_extension_that_the_database_has() {
    let history = [("m0001_citext", "create extension citext;"), ("m0002_drop", "drop extension citext;")];
    let (project, database) = (Project::with(&history), database());
    let ended = project.done(&format!("check -D {}", database.url()));
    assert_eq!(ended.out, "2 migrations: sound; SQLite: up, down, up; PostgreSQL: up, down, up\n");
    block_on(database.client().batch_execute("CREATE EXTENSION citext")).unwrap();
    let ended = project.run(&format!("check -D {}", database.url()));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("the check could drop the extension `citext`"), "{}", ended.err);
    let sql = "SELECT count(*) FROM pg_extension WHERE extname = 'citext'";
    assert_eq!(block_on(database.client().query_one(sql, &[])).unwrap().get::<_, i64>(0), 1);
}

#[test]
fn generated_files_make_extensions() {
    let options = "#![postgres(search_also(\"more\"))]";
    let history = [
        ("m0001_citext", "create extension citext schema more;"),
        ("m0002_words", "create table words { word: type { sqlite \"text\", postgres \"citext\" } }"),
    ];
    let (project, database) = (Project::with_options(options, &history), database());
    project.done("generate");
    let client = database.client();
    for _ in 0..2 {
        for file in ["0001_citext.sql", "0002_words.sql", "0002_words.down.sql"] {
            block_on(client.batch_execute(&project.read(&format!("migrations/postgres/{file}")))).unwrap();
        }
    }
    assert!(project.read("migrations/sqlite/0001_citext.sql").contains("nothing to do on SQLite"));
}
