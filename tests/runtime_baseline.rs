//! A baseline: rows of the history for a database that has the tables already.

use std::time::Duration;

use migrate::{Error, Report, Revert, Runner, State, Status};
use migrate_test_support::{block_on, postgres, sqlite};
use rusqlite::Connection;
use tokio_postgres::Client;

mod notes {
    migrate::history! {
        #![postgres(schema = "app")]
        migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text } }
        migration m0002_slug { alter table notes add column slug: text null; }
        migration m0003_body {
            up { sql "update notes set body = 'touched'"; }
            down irreversible "the old texts are not kept";
        }
    }
}

/// A database of either kind with the table of the first two migrations, and a row.
enum Database {
    Sqlite(Connection, #[expect(dead_code, reason = "the file lives as long")] sqlite::Database),
    Postgres(Box<Client>, postgres::Database),
}

fn empty() -> [Database; 2] {
    let (file, server) = (sqlite::database(), postgres::database());
    [Database::Sqlite(file.connect(), file), Database::Postgres(Box::new(server.client()), server)]
}

fn with_table() -> [Database; 2] {
    let databases = empty();
    databases[0].batch("CREATE TABLE notes (id integer PRIMARY KEY, body text NOT NULL, slug text)");
    databases[0].batch("INSERT INTO notes (body) VALUES ('kept')");
    databases[1]
        .batch("CREATE SCHEMA app; CREATE TABLE app.notes (id bigint, body text NOT NULL, slug text)");
    databases[1].batch("INSERT INTO app.notes (body) VALUES ('kept')");
    databases
}

fn runner<'e>() -> Runner<'e> {
    Runner::new(&notes::HISTORY)
}

impl Database {
    fn batch(&self, sql: &str) {
        match self {
            Database::Sqlite(connection, _) => connection.execute_batch(sql).unwrap(),
            Database::Postgres(client, _) => block_on(client.batch_execute(sql)).unwrap(),
        }
    }

    fn baseline(&mut self, runner: Runner<'_>) -> Result<Report, Error> {
        match self {
            Database::Sqlite(connection, _) => runner.baseline(connection),
            Database::Postgres(client, _) => block_on(runner.baseline_async(&mut **client)),
        }
    }

    fn run(&mut self, runner: Runner<'_>) -> Result<Report, Error> {
        match self {
            Database::Sqlite(connection, _) => runner.run(connection),
            Database::Postgres(client, _) => block_on(runner.run_async(&mut **client)),
        }
    }

    fn revert(&mut self, how: Revert<'_>) -> Result<Report, Error> {
        match self {
            Database::Sqlite(connection, _) => runner().revert(connection, how),
            Database::Postgres(client, _) => block_on(runner().revert_async(&mut **client, how)),
        }
    }

    fn status(&mut self) -> Status {
        match self {
            Database::Sqlite(connection, _) => runner().status(connection).unwrap(),
            Database::Postgres(client, _) => block_on(runner().status_async(&mut **client)).unwrap(),
        }
    }

    fn bodies(&self) -> Vec<String> {
        match self {
            Database::Sqlite(connection, _) => {
                let mut statement = connection.prepare("SELECT body FROM notes").unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Database::Postgres(client, _) => {
                let rows = block_on(client.query("SELECT body FROM app.notes", &[])).unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

#[test]
fn rows_are_written_and_nothing_is_run() {
    for mut database in with_table() {
        let report = database.baseline(runner().target("0002_slug")).unwrap();
        assert_eq!(report.to_string(), "recorded as applied: 2 migrations\n  0001_notes\n  0002_slug");
        assert_eq!((report.applied, database.bodies()), (2, vec!["kept".to_owned()]));
        let states: Vec<State> = database.status().migrations.iter().map(|m| m.state).collect();
        assert!(
            matches!(states[..], [State::Applied { .. }, State::Applied { .. }, State::Pending]),
            "{states:?}"
        );
        // From there on it is a history as any other.
        let report = database.run(runner()).unwrap();
        assert_eq!((report.migrations.len(), database.bodies()), (1, vec!["touched".to_owned()]));
        assert!(database.status().is_current());
    }
}

#[test]
fn the_way_back_is_written_down_too() {
    for mut database in with_table() {
        database.baseline(runner().target("0002_slug")).unwrap();
        assert_eq!(database.revert(Revert::Last(1)).unwrap().migrations.len(), 1);
        assert_eq!(database.bodies(), ["kept"]);
        assert_eq!(database.run(runner().target("0002_slug")).unwrap().migrations.len(), 1);
    }
}

#[test]
fn a_history_that_has_begun_is_refused() {
    for mut database in empty() {
        database.run(runner().target("0001_notes")).unwrap();
        let error = database.baseline(runner()).unwrap_err();
        assert!(matches!(&error, Error::HistoryBegun { last, .. } if last == "0001_notes"), "{error}");
        assert_eq!(database.status().pending().count(), 2);
    }
}

#[test]
fn a_database_without_the_tables_is_refused() {
    for mut database in empty() {
        let error = database.baseline(runner()).unwrap_err();
        assert!(matches!(&error, Error::NothingThere { tables } if tables == &["notes"]), "{error}");
        assert_eq!(database.status().pending().count(), 3);
        assert_eq!(database.run(runner()).unwrap().migrations.len(), 3);
    }
}

#[test]
fn a_transaction_of_the_caller_is_refused() {
    for mut database in with_table() {
        database.batch("BEGIN");
        let error = database.baseline(runner()).unwrap_err();
        assert!(matches!(error, Error::InTransaction), "{error}");
        database.batch("ROLLBACK");
        assert!(matches!(
            database.baseline(runner().target("0009")).unwrap_err(),
            Error::UnknownMigration { .. }
        ));
        assert_eq!(database.status().pending().count(), 3);
    }
}

#[test]
fn one_of_many_that_start_together_writes_it() {
    for database in with_table() {
        let threads: Vec<_> = (0..4)
            .map(|_| match &database {
                Database::Sqlite(connection, _) => {
                    let path = connection.path().unwrap().to_owned();
                    std::thread::spawn(move || runner().baseline(&mut Connection::open(path).unwrap()))
                }
                Database::Postgres(_, server) => {
                    let mut client = server.client();
                    std::thread::spawn(move || block_on(runner().baseline_async(&mut client)))
                }
            })
            .collect();
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(ended.iter().filter(|result| result.is_ok()).count(), 1, "{ended:?}");
        for error in ended.into_iter().filter_map(Result::err) {
            assert!(matches!(error, Error::HistoryBegun { .. }), "{error}");
        }
    }
}

#[test]
fn whoever_migrates_is_waited_for() {
    for mut database in with_table() {
        let error = match &mut database {
            Database::Sqlite(connection, _) => {
                let other = Connection::open(connection.path().unwrap()).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                runner().wait_for_peer(Duration::from_millis(50)).baseline(connection).unwrap_err()
            }
            Database::Postgres(client, server) => {
                let other = server.client();
                let key = lock_key("app", "_migrations");
                block_on(other.batch_execute(&format!("SELECT pg_advisory_lock({key})"))).unwrap();
                let runner = runner().wait_for_peer(Duration::from_millis(50));
                let error = block_on(runner.baseline_async(&mut **client)).unwrap_err();
                drop(other);
                error
            }
        };
        assert!(matches!(error, Error::Locked { .. }), "{error}");
    }
}

/// The hash that the runtime makes of schema and table.
fn lock_key(schema: &str, table: &str) -> i64 {
    let bytes = ["migrate", schema, table].into_iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash as i64
}
