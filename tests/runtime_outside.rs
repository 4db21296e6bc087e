//! Steps outside of a transaction on both databases: each row once, whatever cuts them off, and nobody in anybody's way.
// What lints say of these histories.
#![allow(deprecated)]

use std::sync::Mutex;

use migrate::{Error, Event, History, Report, Revert, Runner, State, rusqlite, tokio_postgres};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database, sql, strings};
use rusqlite::Connection;
use tokio_postgres::Client;

#[path = "runtime_outside/calls.rs"]
mod calls;
#[path = "runtime_outside/indexes.rs"]
mod indexes;
#[path = "runtime_outside/killed.rs"]
mod killed;
#[path = "runtime_outside/pooler.rs"]
mod pooler;
#[path = "runtime_outside/together.rs"]
mod together;

mod items {
    migrate::history! {
        migration m1 {
            create table items {
                id: integer primary key,
                name: text,
                n: integer default 0,
                copy: text null,
                check (n < 5),
            }
            create table pairs {
                a: text,
                b: integer,
                n: integer default 0,
                primary key (a, b),
            }
        }
        migration m2 {
            up {
                update items set n = n + 1, copy = upper(name) where id <> 7 or name = "x" in batches of 100;
                update pairs set n = n + 1 in batches of 3;
            }
            down {
                update pairs set n = n - 1 in batches of 2;
                update items set n = n - 1, copy = null where id <> 7 or name = "x" in batches of 250;
            }
        }
        migration m3 { alter table items add column last: text null; }
    }
}

/// One database, whichever it is.
#[allow(clippy::large_enum_variant)]
enum Live {
    Sqlite(Connection),
    Postgres(Database, Client),
}

impl Live {
    fn both() -> [Live; 2] {
        let database = database();
        let client = database.client();
        [Live::Sqlite(Connection::open_in_memory().unwrap()), Live::Postgres(database, client)]
    }

    fn run(&mut self, runner: Runner<'_>) -> Result<Report, Error> {
        match self {
            Live::Sqlite(db) => runner.run(db),
            Live::Postgres(_, client) => block_on(runner.run_async(client)),
        }
    }

    fn up(&mut self, history: &History) -> Result<Report, Error> {
        self.run(Runner::new(history))
    }

    fn revert(&mut self, history: &History, how: Revert<'_>) -> Result<Report, Error> {
        match self {
            Live::Sqlite(db) => Runner::new(history).revert(db, how),
            Live::Postgres(_, client) => block_on(Runner::new(history).revert_async(client, how)),
        }
    }

    fn states(&mut self, history: &History) -> Vec<State> {
        let status = match self {
            Live::Sqlite(db) => Runner::new(history).status(db),
            Live::Postgres(_, client) => block_on(Runner::new(history).status_async(client)),
        };
        status.unwrap().migrations.iter().map(|m| m.state).collect()
    }

    fn sql(&self, text: &str) {
        match self {
            Live::Sqlite(db) => db.execute_batch(text).unwrap(),
            Live::Postgres(_, client) => sql(client, text),
        }
    }

    /// The first column of an answer, every value as text.
    fn strings(&self, text: &str) -> Vec<String> {
        match self {
            Live::Postgres(_, client) => strings(client, text),
            Live::Sqlite(db) => {
                let mut statement = db.prepare(text).unwrap();
                let value = |row: &rusqlite::Row<'_>| {
                    Ok(match row.get::<_, rusqlite::types::Value>(0)? {
                        rusqlite::types::Value::Null => "null".to_owned(),
                        rusqlite::types::Value::Integer(n) => n.to_string(),
                        rusqlite::types::Value::Text(text) => text,
                        other => format!("{other:?}"),
                    })
                };
                statement.query_map([], value).unwrap().map(Result::unwrap).collect()
            }
        }
    }

    /// What the history table says of the migration `2`.
    fn progress(&self) -> Vec<String> {
        self.strings("SELECT progress FROM _migrations WHERE name = '2'")
    }
}

/// Names that a literal could spoil.
const NAMES: [&str; 8] = ["a", "o''clock", "\\", "\\''", "é", "--", "", "A"];

/// The first migration with rows: 1,050 items without gaps but one, and pairs under odd names.
fn filled(db: &mut Live) {
    db.run(Runner::new(&items::HISTORY).target("1")).unwrap();
    db.sql(
        "INSERT INTO items (id, name) WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 1050) \
         SELECT i * 3 - 1000, 'name ' || i FROM i",
    );
    for name in NAMES {
        for b in [3, 1, 2] {
            db.sql(&format!("INSERT INTO pairs (a, b) VALUES ('{name}', {b})"));
        }
    }
    if let Live::Sqlite(_) = db {
        db.sql("INSERT INTO pairs (a, b) VALUES ('cut' || char(0) || 'b', 1), ('cut' || char(0) || 'a', 1)");
    }
}

const ONCE: &str = "SELECT DISTINCT n || coalesce(copy, '-' || id) FROM items WHERE copy IS NULL OR copy <> upper(name) \
                    OR n <> 1";
const PAIRS: &str = "SELECT DISTINCT n FROM pairs";

#[test]
fn every_row_changes_once() {
    for mut db in Live::both() {
        filled(&mut db);
        let events = Mutex::new(Vec::new());
        let listen = |event: &Event| match event {
            Event::Batch { table, rows, .. } if table == "items" => events.lock().unwrap().push(*rows),
            _ => {}
        };
        let report = db.run(Runner::new(&items::HISTORY).on_event(listen)).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (2, 3), "{report}");
        assert_eq!(db.strings(ONCE), [""; 0]);
        assert_eq!(db.strings(PAIRS), ["1"]);
        let events = events.into_inner().unwrap();
        assert_eq!(events.len(), 11, "ten whole batches and the rest: {events:?}");
        assert_eq!((events[0], events[10]), (100, 1050));
        assert_eq!(db.progress(), ["null"]);
        assert_eq!(db.strings("SELECT steps_done FROM _migrations ORDER BY position"), ["2", "2", "1"]);
        assert!(db.states(&items::HISTORY).iter().all(|s| matches!(s, State::Applied { .. })));
        assert_eq!(db.up(&items::HISTORY).unwrap().applied, 3);

        let report = db.revert(&items::HISTORY, Revert::To("1")).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (2, 1), "{report}");
        assert_eq!(db.strings("SELECT DISTINCT n FROM items WHERE copy IS NULL"), ["0"]);
        assert_eq!(db.strings(PAIRS), ["0"]);
        assert_eq!(db.strings("SELECT name FROM _migrations"), ["1"]);
    }
}

#[test]
fn who_was_cut_off_goes_on_behind_the_last_batch() {
    for mut db in Live::both() {
        filled(&mut db);
        // In the sixth batch the update breaks a check.
        let odd = "UPDATE items SET n = 4 WHERE id = 551 * 3 - 1000";
        db.sql(odd);
        for _ in 0..2 {
            let error = db.up(&items::HISTORY).unwrap_err();
            assert!(matches!(&error, Error::Statement { migration, .. } if migration == "2"), "{error}");
            assert!(error.to_string().contains("runtime_outside.rs:"), "{error}");
            assert_eq!(db.strings("SELECT count(*) FROM items WHERE n = 1"), ["500"]);
            assert!(db.progress()[0].starts_with("up 0 after "), "{:?}", db.progress());
            let states = db.states(&items::HISTORY);
            assert!(
                matches!(states[..], [State::Applied { .. }, State::Unfinished { .. }, State::Pending]),
                "{states:?}"
            );
        }
        let error = db.revert(&items::HISTORY, Revert::Last(1)).unwrap_err();
        assert!(matches!(&error, Error::Unfinished { done: 0, .. }), "{error}");
        // With nothing to do there is nothing to go on with.
        let report = db.run(Runner::new(&items::HISTORY).target("1")).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (0, 1));

        db.sql(&odd.replace('4', "0"));
        let report = db.up(&items::HISTORY).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (2, 3), "{report}");
        assert_eq!(db.strings(ONCE), [""; 0]);
        assert_eq!(db.strings(PAIRS), ["1"]);
    }
}

#[test]
fn a_first_batch_that_fails_leaves_nothing() {
    for mut db in Live::both() {
        filled(&mut db);
        db.sql("UPDATE items SET n = 4");
        let error = db.up(&items::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::Statement { migration, .. } if migration == "2"), "{error}");
        assert_eq!(db.strings("SELECT name FROM _migrations"), ["1"]);
        assert!(matches!(db.states(&items::HISTORY)[1], State::Pending));
    }
}

#[test]
fn a_revert_that_was_cut_off_is_to_be_ended() {
    for mut db in Live::both() {
        filled(&mut db);
        db.run(Runner::new(&items::HISTORY).target("2")).unwrap();
        let guard = match db {
            Live::Sqlite(_) => {
                "CREATE TRIGGER guard BEFORE UPDATE ON items WHEN old.id > 500 BEGIN SELECT raise(ABORT, 'no'); END"
            }
            Live::Postgres(..) => {
                "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF old.id > 500 THEN RAISE 'no'; \
                 END IF; RETURN new; END $$; CREATE TRIGGER guard BEFORE UPDATE ON items FOR EACH ROW EXECUTE \
                 FUNCTION guard()"
            }
        };
        db.sql(guard);
        let error = db.revert(&items::HISTORY, Revert::Last(1)).unwrap_err();
        assert!(matches!(&error, Error::Statement { migration, .. } if migration == "2"), "{error}");
        assert!(db.progress()[0].starts_with("down 1 after "), "{:?}", db.progress());
        let error = db.up(&items::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::HalfReverted { migration } if migration == "2"), "{error}");

        db.sql(match db {
            Live::Sqlite(_) => "DROP TRIGGER guard",
            Live::Postgres(..) => "DROP TRIGGER guard ON items",
        });
        let report = db.revert(&items::HISTORY, Revert::Last(1)).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (1, 1), "{report}");
        assert_eq!(db.strings("SELECT DISTINCT n FROM items WHERE copy IS NULL"), ["0"]);
        assert_eq!(db.strings(PAIRS), ["0"]);
        assert_eq!(db.up(&items::HISTORY).unwrap().applied, 3);
        assert_eq!(db.strings(ONCE), [""; 0]);
    }
}

#[test]
fn a_panic_between_two_batches_loses_none() {
    for mut db in Live::both() {
        filled(&mut db);
        for at in [300, 700] {
            let stop = |event: &Event| match event {
                Event::Batch { rows, .. } if *rows == 300 => panic!("the plug is pulled"),
                _ => {}
            };
            let run = std::panic::AssertUnwindSafe(|| db.run(Runner::new(&items::HISTORY).on_event(stop)));
            assert!(std::panic::catch_unwind(run).is_err(), "{at}");
        }
        db.up(&items::HISTORY).unwrap();
        assert_eq!(db.strings(ONCE), [""; 0]);
        assert_eq!(db.strings(PAIRS), ["1"]);
    }
}

#[test]
fn a_history_table_that_says_nonsense_is_refused() {
    for mut db in Live::both() {
        filled(&mut db);
        db.run(Runner::new(&items::HISTORY).target("2")).unwrap();
        for nonsense in ["up", "up 1 begun", "x 0"] {
            db.sql(&format!("UPDATE _migrations SET progress = '{nonsense}' WHERE name = '2'"));
            let error = db.up(&items::HISTORY).unwrap_err();
            assert!(matches!(&error, Error::HistoryTable { .. }), "{error}");
            let error = db.revert(&items::HISTORY, Revert::Last(1)).unwrap_err();
            assert!(matches!(&error, Error::HistoryTable { .. }), "{error}");
        }
        db.sql("UPDATE _migrations SET progress = 'up 0' WHERE name = '1'");
        let error = db.up(&items::HISTORY).unwrap_err();
        assert!(error.to_string().contains("other migrations stand behind it"), "{error}");
        assert_eq!(db.strings(PAIRS), ["1"]);
    }
}
