//! PostgreSQL servers that do not let a migration through: read-only sessions, missing rights, row security, event
//! triggers, settings and names that are in the way. Either the run succeeds whole or it says why and nothing has
//! changed.

#[macro_use]
mod runtime;

use migrate::__private::statement;
use migrate::{Error, History, Report, Revert, Runner};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database, sql, strings};
use tokio_postgres::Client;

/// One migration that writes rows and changes the table behind it.
static NOTES: History = history![migration!(postgres "0001_notes",
    [statement(2, 5, "UPDATE \"notes\" SET \"body\" = \"body\" || '!'"),
     statement(3, 5, "ALTER TABLE \"notes\" ADD COLUMN \"more\" integer")], "no way back")];

fn run(history: &History, client: &mut Client) -> Result<Report, Error> {
    block_on(Runner::new(history).run_async(client))
}

fn filled() -> (Database, Client) {
    let database = database();
    let client = database.client();
    sql(&client, "CREATE TABLE notes (id int PRIMARY KEY, body text, owner text)");
    sql(&client, "INSERT INTO notes VALUES (1, 'a', 'me'), (2, 'b', 'you')");
    (database, client)
}

/// A role of the server, whose name no other test has.
fn role(database: &Database, client: &Client, rights: &str) -> String {
    let role = format!("role_{}", database.name());
    sql(client, &format!("CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}"));
    if !rights.is_empty() {
        sql(client, &format!("GRANT {rights} ON notes TO {role}"));
    }
    role
}

/// The columns of the table and its rows, seen by somebody who sees all.
fn contents(database: &Database) -> Vec<String> {
    let client = database.client();
    let mut lines = strings(
        &client,
        "SELECT attname FROM pg_attribute WHERE attrelid = 'public.notes'::regclass AND attnum > 0 ORDER BY attnum",
    );
    lines.extend(strings(&client, "SELECT n::text FROM public.notes n ORDER BY id"));
    lines
}

/// A run that must fail with this code: rows and columns are as before, and nothing is recorded.
fn refused(database: &Database, client: &mut Client, code: &str) -> String {
    let before = contents(database);
    let error = run(&NOTES, client).unwrap_err();
    assert_eq!(error.database_error().and_then(|e| e.code()), Some(code), "{error}");
    assert_eq!(contents(database), before, "{error}");
    let watcher = database.client();
    if strings(&watcher, "SELECT to_regclass('public._migrations') IS NOT NULL") == ["t"] {
        assert_eq!(strings(&watcher, "SELECT count(*) FROM public._migrations"), ["0"], "{error}");
    }
    error.to_string()
}

#[test]
fn a_database_that_is_read_only_by_default() {
    let (database, db) = filled();
    sql(&db, &format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    let mut fresh = database.client();
    let message = refused(&database, &mut fresh, "25006");
    assert!(message.contains("; migrate on the primary server"), "{message}");
    sql(&fresh, "SET default_transaction_read_only = off");
    assert_eq!(run(&NOTES, &mut fresh).unwrap().migrations.len(), 1);
}

#[test]
fn a_role_that_does_not_own_the_table() {
    let (database, mut db) = filled();
    let role = role(&database, &db, "SELECT, INSERT, UPDATE, DELETE");
    sql(&db, &format!("SET ROLE {role}"));
    let message = refused(&database, &mut db, "42501");
    assert!(message.contains("must be owner of table notes"), "{message}");
    assert!(message.contains("; migrate as the owner"), "{message}");
    sql(&db, &format!("RESET ROLE; ALTER TABLE notes OWNER TO {role}; SET ROLE {role}"));
    assert_eq!(run(&NOTES, &mut db).unwrap().migrations.len(), 1);
    sql(&db, &format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn rows_that_a_policy_hides_stop_it() {
    let (database, mut db) = filled();
    let role = role(&database, &db, "");
    sql(
        &db,
        &format!(
            "ALTER TABLE notes OWNER TO {role}; ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             CREATE POLICY mine ON notes USING (owner = 'me'); SET ROLE {role}"
        ),
    );
    // Without our setting, half of the rows would be written without a word.
    sql(&db, "BEGIN");
    assert_eq!(block_on(db.execute("UPDATE notes SET body = 'x'", &[])).unwrap(), 1);
    sql(&db, "ROLLBACK");
    let message = refused(&database, &mut db, "42501");
    assert!(message.contains("row-level security"), "{message}");
    sql(&db, "RESET ROLE");
    assert_eq!(run(&NOTES, &mut db).unwrap().migrations.len(), 1);
    assert_eq!(contents(&database)[4..], ["(1,a!,me,)", "(2,b!,you,)"]);
    sql(&db, &format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn an_event_trigger_that_forbids_changes() {
    let (database, mut db) = filled();
    sql(
        &db,
        "CREATE FUNCTION frozen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'frozen until monday'; END $$;
         CREATE EVENT TRIGGER frozen ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION frozen()",
    );
    let message = refused(&database, &mut db, "P0001");
    assert!(message.contains("frozen until monday"), "{message}");
    sql(&db, "DROP EVENT TRIGGER frozen");
    assert_eq!(run(&NOTES, &mut db).unwrap().migrations.len(), 1);
}

#[test]
fn backslashes_end_no_text() {
    static DEFAULT: History = history![migration!(postgres "0001_default",
        [statement(2, 5, "CREATE TABLE \"made\" (\"a\" text DEFAULT '\\''; drop table notes; --')")], "no way back")];
    let (database, db) = filled();
    sql(&db, &format!("ALTER DATABASE {} SET standard_conforming_strings = off", database.name()));
    let mut fresh = database.client();
    assert_eq!(strings(&fresh, "SHOW standard_conforming_strings"), ["off"]);
    assert_eq!(run(&DEFAULT, &mut fresh).unwrap().migrations.len(), 1);
    assert_eq!(contents(&database).len(), 5);
    sql(&fresh, "INSERT INTO made DEFAULT VALUES");
    assert_eq!(strings(&fresh, "SELECT a FROM made"), ["\\'; drop table notes; --"]);
}

#[test]
fn what_else_has_the_name_of_the_history_table_is_left() {
    let columns = "(position bigint, name text, checksum text, chain text, applied_at bigint, duration_ms bigint, \
                   format bigint, progress text)";
    let others = [
        ("v", "CREATE VIEW _migrations AS SELECT 1 AS position".to_owned()),
        ("m", "CREATE MATERIALIZED VIEW _migrations AS SELECT 1 AS position".to_owned()),
        ("S", "CREATE SEQUENCE _migrations".to_owned()),
        ("i", "CREATE INDEX _migrations ON notes (body)".to_owned()),
        ("c", "CREATE TYPE _migrations AS (position bigint)".to_owned()),
        // These have every column of a history table.
        (
            "f",
            format!(
                "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE _migrations {columns} SERVER s"
            ),
        ),
        ("v", format!("CREATE TABLE other {columns}; CREATE VIEW _migrations AS SELECT * FROM other")),
    ];
    for (kind, made) in others {
        let (database, mut db) = filled();
        sql(&db, &made);
        let before = contents(&database);
        let error = run(&NOTES, &mut db).unwrap_err();
        assert!(
            matches!(&error, Error::HistoryTable { table, .. } if table == "_migrations") || kind == "f",
            "{made}: {error}"
        );
        assert_eq!(contents(&database), before);
        assert_eq!(
            strings(&db, "SELECT relkind FROM pg_class WHERE relname = '_migrations'"),
            [kind],
            "{made}"
        );
        for error in [
            block_on(Runner::new(&NOTES).status_async(&mut db)).err(),
            block_on(Runner::new(&NOTES).plan_async(&mut db)).err(),
            block_on(Runner::new(&NOTES).revert_async(&mut db, Revert::All)).err(),
            block_on(Runner::new(&NOTES).baseline_async(&mut db)).err(),
        ] {
            let error = error.map(|error| error.to_string());
            assert!(
                error.as_ref().is_some_and(|text| text.contains("_migrations") || kind == "f"),
                "{made}: {error:?}"
            );
        }
        assert_eq!(contents(&database), before);
    }
}
