//! The schema of PostgreSQL that is migrated: the connection's, the history's, or the caller's.

#[macro_use]
#[expect(unused_macros, reason = "these histories say where they stand")]
mod runtime;

use migrate::__private::{history_in, statement};
use migrate::{Error, History, Report, Revert, Runner};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database, sql, strings};
use tokio_postgres::Client;

/// What the macros make of the options.
mod declared {
    migrate::history! {
        #![dialects(postgres)]
        #![postgres(schema = "App", search_also("more"))]
        migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text } }
        migration m0002_word { up { sql postgres "insert into notes (body) values (word())"; } down irreversible "why not"; }
    }
}

static HISTORY: History = history_in(
    Some("app"),
    &[],
    const {
        &[
            migration!(postgres "0001_users",
                [statement(1, 1, "CREATE TABLE users (id bigint)")], [statement(1, 1, "DROP TABLE users")]),
            migration!(postgres "0002_names",
                [statement(1, 1, "ALTER TABLE users ADD name text")],
                [statement(1, 1, "ALTER TABLE users DROP COLUMN name")]),
        ]
    },
);

fn run(runner: Runner<'_>, client: &mut Client) -> Result<Report, Error> {
    block_on(runner.run_async(client))
}

/// The tables that are there, with their schemas.
fn tables(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', \
         'information_schema') ORDER BY 1",
    )
}

fn connected() -> (Database, Client) {
    let database = database();
    let client = database.client();
    (database, client)
}

#[test]
fn the_schema_of_the_history_is_made_and_everything_stands_in_it() {
    let (_database, mut db) = connected();
    // The connection looks elsewhere, and goes on to do so.
    sql(&db, "CREATE TABLE users (wrong int)");
    assert!(!block_on(Runner::new(&HISTORY).status_async(&mut db)).unwrap().is_current());
    assert_eq!(tables(&db), ["public.users"], "status makes nothing");
    let report = run(Runner::new(&HISTORY), &mut db).unwrap();
    assert_eq!(report.migrations.len(), 2);
    assert_eq!(tables(&db), ["app._migrations", "app.users", "public.users"]);
    assert_eq!(strings(&db, "SELECT current_schema()"), ["public"]);
    assert!(run(Runner::new(&HISTORY), &mut db).unwrap().is_empty());
    assert!(block_on(Runner::new(&HISTORY).status_async(&mut db)).unwrap().is_current());
    block_on(Runner::new(&HISTORY).revert_async(&mut db, Revert::All)).unwrap();
    assert_eq!(tables(&db), ["app._migrations", "public.users"]);
    run(Runner::new(&HISTORY), &mut db).unwrap();
    assert_eq!(tables(&db), ["app._migrations", "app.users", "public.users"]);
}

#[test]
fn a_connection_without_any_schema_will_do() {
    let (_database, mut db) = connected();
    sql(&db, "SET search_path = ''");
    run(Runner::new(&HISTORY), &mut db).unwrap();
    assert_eq!(tables(&db), ["app._migrations", "app.users"]);
}

#[test]
fn the_macros_hand_the_options_on() {
    let (_database, mut db) = connected();
    sql(
        &db,
        "CREATE SCHEMA more; CREATE FUNCTION more.word() RETURNS text LANGUAGE sql AS $$ SELECT 'more' $$",
    );
    run(Runner::new(&declared::HISTORY), &mut db).unwrap();
    assert_eq!(tables(&db), ["App._migrations", "App.notes"]);
    assert_eq!(strings(&db, "SELECT body FROM \"App\".notes"), ["more"]);
}

#[test]
fn a_caller_names_a_schema_for_each_tenant() {
    let (_database, mut db) = connected();
    sql(&db, "CREATE SCHEMA \"tenant 2\"");
    for tenant in ["tenant_1", "tenant 2", "Tenant \"3\""] {
        assert_eq!(run(Runner::new(&HISTORY).schema(tenant), &mut db).unwrap().migrations.len(), 2);
        assert!(run(Runner::new(&HISTORY).schema(tenant), &mut db).unwrap().is_empty());
    }
    block_on(Runner::new(&HISTORY).schema("tenant 2").revert_async(&mut db, Revert::Last(2))).unwrap();
    let mut expected = ["Tenant \"3\"._migrations", "Tenant \"3\".users", "tenant 2._migrations"].to_vec();
    expected.extend(["tenant_1._migrations", "tenant_1.users"]);
    let mut found = tables(&db);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn two_schemas_are_migrated_at_the_same_time() {
    let (database, mut db) = connected();
    run(Runner::new(&HISTORY).schema("a").target("0001_users"), &mut db).unwrap();
    // One that is at work in `a` is waited for there, and not in `b`.
    let other = database.client();
    sql(&other, "BEGIN; LOCK TABLE a.users");
    let begun = std::time::Instant::now();
    run(Runner::new(&HISTORY).schema("b"), &mut db).unwrap();
    assert!(begun.elapsed() < std::time::Duration::from_secs(4));
    let quick = Runner::new(&HISTORY).schema("a");
    let quick = quick.statement_lock_timeout(std::time::Duration::from_millis(50)).retries(0);
    assert!(matches!(run(quick, &mut db), Err(Error::Statement { .. })));
    sql(&other, "ROLLBACK");
    run(Runner::new(&HISTORY).schema("a"), &mut db).unwrap();
}

#[test]
fn a_schema_that_another_session_is_making_is_taken_as_it_is() {
    let (database, mut db) = connected();
    let other = database.client();
    sql(&other, "BEGIN; CREATE SCHEMA app");
    // Another history of the same schema has another lock, so both can come to this point.
    let committing = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(400));
        sql(&other, "COMMIT");
    });
    let runner = Runner::new(&HISTORY).statement_lock_timeout(std::time::Duration::from_millis(150));
    assert_eq!(run(runner, &mut db).unwrap().migrations.len(), 2);
    committing.join().unwrap();
    assert_eq!(tables(&db), ["app._migrations", "app.users"]);
}

#[test]
fn many_that_start_together_make_it_once() {
    let (database, db) = connected();
    let threads: Vec<_> = (0..6)
        .map(|at| {
            let mut client = database.client();
            // Half of them keep another history table in the same schema, over a table of their own.
            std::thread::spawn(move || match at % 2 {
                0 => run(Runner::new(&HISTORY), &mut client),
                _ => run(Runner::new(&OTHER).table("_others"), &mut client),
            })
        })
        .collect();
    let done: usize = threads.into_iter().map(|t| t.join().unwrap().unwrap().migrations.len()).sum();
    assert_eq!(done, 3);
    assert_eq!(tables(&db), ["app._migrations", "app._others", "app.others", "app.users"]);
}

static OTHER: History = history_in(
    Some("app"),
    &[],
    const {
        &[migration!(postgres "0001_others",
            [statement(1, 1, "CREATE TABLE others (id bigint)")], [statement(1, 1, "DROP TABLE others")])]
    },
);

#[test]
fn a_role_that_may_not_make_it_is_told_so() {
    let (database, mut db) = connected();
    let role = format!("nobody_{}", database.name());
    sql(&db, &format!("CREATE ROLE {role}; SET ROLE {role}"));
    let error = run(Runner::new(&HISTORY), &mut db).unwrap_err();
    assert!(matches!(&error, Error::SchemaMissing { schema, .. } if schema == "app"), "{error}");
    assert!(
        error.to_string().starts_with(
            "the schema `app` does not exist and cannot be made: permission denied for database"
        ),
        "{error}"
    );
    // One that exists and is its own is all that it needs.
    sql(&db, &format!("RESET ROLE; CREATE SCHEMA app AUTHORIZATION {role}; SET ROLE {role}"));
    run(Runner::new(&HISTORY), &mut db).unwrap();
    sql(&db, &format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn names_that_no_schema_can_have_are_refused() {
    let (_database, mut db) = connected();
    let long = "x".repeat(64);
    for name in ["", "pg_app", "pg_temp", "information_schema", "$user", "a\u{0}b", long.as_str()] {
        let error = run(Runner::new(&HISTORY).schema(name), &mut db).unwrap_err();
        assert!(matches!(error, Error::SchemaName { .. }), "{name:?}: {error}");
        let error = run(Runner::new(&HISTORY).search_also(name), &mut db).unwrap_err();
        assert!(matches!(error, Error::SchemaName { .. }), "{name:?}: {error}");
    }
    assert!(tables(&db).is_empty());
}

#[test]
fn tables_of_other_schemas_are_not_seen() {
    let (_database, mut db) = connected();
    // The first migration creates `users`: one that stands elsewhere is none of its business.
    sql(
        &db,
        "CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE other.users (id int); CREATE TABLE users (id int)",
    );
    run(Runner::new(&HISTORY), &mut db).unwrap();
    sql(&db, "DROP TABLE app._migrations");
    let error = run(Runner::new(&HISTORY), &mut db).unwrap_err();
    assert!(matches!(error, Error::HistoryLost { .. }), "{error}");
}
