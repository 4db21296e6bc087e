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
