//! Functions of the application inside migrations, on both databases: their rows, their errors, and what they must not do.
// What lints say of these histories.
#![allow(deprecated)]

use std::error::Error as StdError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use migrate::{DatabaseError, Error, Event, History, Report, Revert, Runner, rusqlite, tokio_postgres};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database, strings as rows_postgres};
use rusqlite::Connection;
use tokio_postgres::{Client, Transaction};

type BoxError = Box<dyn StdError + Send + Sync>;

fn up_sqlite(db: &mut Connection, history: &History) -> Result<Report, Error> {
    Runner::new(history).run(db)
}

fn up_postgres(db: &mut Client, history: &History) -> Result<Report, Error> {
    // The future may go to any thread.
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    block_on(sent(Runner::new(history).run_async(db)))
}

fn rows_sqlite(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const PEOPLE: &str = "SELECT name FROM people ORDER BY id";
/// Advisory locks on this database.
const LOCKS: &str = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
                     WHERE datname = current_database())";
const APPLIED: &str = "SELECT name FROM _migrations ORDER BY position";

fn memory() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn connected() -> (Database, Client) {
    let database = database();
    let client = database.client();
    (database, client)
}

/// A history whose second migration calls a function for each database, behind rows that the first one made and before a
/// row of its own.
macro_rules! people {
    ($module:ident { $($call:tt)* }) => {
        mod $module {
            migrate::history! {
                migration m1 {
                    up {
                        create table people { id: integer primary key, name: text }
                        insert into people (id, name) values (1, "ada"), (2, "bob");
                    }
                    down { drop table people; }
                }
                migration m2 {
                    up {
                        insert into people (id, name) values (3, "before");
                        call { $($call)* };
                        insert into people (id, name) values (4, "after");
                    }
                    down {
                        delete from people where id in (3, 4);
                        call { $($call)* };
                    }
                }
            }
        }
    };
}

#[path = "runtime_call/limits.rs"]
mod limits;

people!(turned { sqlite super::turn_sqlite, postgres crate::turn_postgres });

fn turn_sqlite(db: &Connection) -> rusqlite::Result<()> {
    let names: Vec<(i64, String)> = db
        .prepare("SELECT id, name FROM people")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, name) in names {
        let turned: String = name.chars().rev().collect();
        db.execute("UPDATE people SET name = ?1 WHERE id = ?2", (turned, id))?;
    }
    Ok(())
}

async fn turn_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    for row in db.query("SELECT id, name FROM people", &[]).await? {
        let (id, name): (i64, String) = (row.get(0), row.get(1));
        let turned: String = name.chars().rev().collect();
        db.execute("UPDATE people SET name = $1 WHERE id = $2", &[&turned, &id]).await?;
    }
    Ok(())
}

#[test]
fn rows_are_moved_up_and_down() {
    let up = ["ada", "bob", "erofeb", "after"];
    let down = ["ada", "bob"];
    let stored = |function: &str| format!("call {}\n{function}\n", function.len());
    let events = Mutex::new(Vec::new());
    let listen = |event: &Event| {
        if let Event::Calling { .. } = event {
            events.lock().unwrap().push(event.to_string());
        }
    };

    let mut db = memory();
    Runner::new(&turned::HISTORY).on_event(listen).run(&mut db).unwrap();
    assert_eq!(rows_sqlite(&db, PEOPLE), up.map(|n| if n == "bob" { "bob" } else { n }));
    let text = rows_sqlite(&db, "SELECT down FROM _migrations WHERE name = '2'").remove(0);
    assert!(text.ends_with(&stored("super::turn_sqlite")), "{text}");
    Runner::new(&turned::HISTORY).revert(&mut db, Revert::Last(1)).unwrap();
    assert_eq!(rows_sqlite(&db, PEOPLE), down);
    assert_eq!(rows_sqlite(&db, APPLIED), ["1"]);

    let (_database, mut db) = connected();
    block_on(Runner::new(&turned::HISTORY).on_event(listen).run_async(&mut db)).unwrap();
    assert_eq!(rows_postgres(&db, PEOPLE), up);
    let text = rows_postgres(&db, "SELECT down FROM _migrations WHERE name = '2'").remove(0);
    assert!(text.ends_with(&stored("crate::turn_postgres")), "{text}");
    block_on(Runner::new(&turned::HISTORY).revert_async(&mut db, Revert::Last(1))).unwrap();
    assert_eq!(rows_postgres(&db, PEOPLE), down);
    assert_eq!(rows_postgres(&db, APPLIED), ["1"]);

    assert_eq!(
        *events.lock().unwrap(),
        ["`2`: calling `super::turn_sqlite`", "`2`: calling `crate::turn_postgres`"]
    );
}

people!(failing { sqlite super::fail_sqlite, postgres super::fail_postgres });

fn fail_sqlite(db: &Connection) -> Result<(), BoxError> {
    db.execute_batch("UPDATE people SET name = 'lost'")?;
    Err("the moon is full".into())
}

async fn fail_postgres(db: &Transaction<'_>) -> Result<(), &'static str> {
    db.batch_execute("UPDATE people SET name = 'lost'").await.unwrap();
    Err("the moon is full")
}

#[test]
fn an_error_of_the_function_undoes_its_migration() {
    let said = |error: &Error, function: &str| {
        let Error::Function { migration, line, function: called, source, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((migration.as_str(), called.as_str()), ("2", function));
        assert!(*line > 0);
        assert_eq!(source.to_string(), "the moon is full");
        let text = error.to_string();
        assert!(text.contains("runtime_call.rs:"), "{text}");
        assert!(text.ends_with(&format!("in the function `{function}`: the moon is full")), "{text}");
    };
    let mut db = memory();
    Runner::new(&failing::HISTORY).target("1").run(&mut db).unwrap();
    said(&up_sqlite(&mut db, &failing::HISTORY).unwrap_err(), "super::fail_sqlite");
    assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob"]);
    assert_eq!(rows_sqlite(&db, APPLIED), ["1"]);
    assert!(db.is_autocommit());

    let (_database, mut db) = connected();
    said(&up_postgres(&mut db, &failing::HISTORY).unwrap_err(), "super::fail_postgres");
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob"]);
    assert_eq!(rows_postgres(&db, APPLIED), ["1"]);
}

people!(refused { sqlite super::refused_sqlite, postgres super::refused_postgres });

fn refused_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("INSERT INTO people (id, name) VALUES (1, 'secret')")
}

async fn refused_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("INSERT INTO people (id, name) VALUES (1, 'secret')").await
}

#[test]
fn an_error_of_the_database_comes_through_without_values() {
    let said = |error: &Error, code: &str| {
        assert!(matches!(error, Error::Function { .. }), "{error:?}");
        assert_eq!(error.database_error().and_then(DatabaseError::code), Some(code));
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("(1)") && !text.contains("secret"), "{text}");
        }
    };
    said(&up_sqlite(&mut memory(), &refused::HISTORY).unwrap_err(), "1555");
    let (_database, mut db) = connected();
    said(&up_postgres(&mut db, &refused::HISTORY).unwrap_err(), "23505");
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob"]);
}

people!(panicking { sqlite super::panic_sqlite, postgres super::panic_postgres });

fn panic_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("PRAGMA recursive_triggers = ON; UPDATE people SET name = 'lost'")?;
    panic!("the function panics");
}

async fn panic_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("UPDATE people SET name = 'lost'").await?;
    panic!("the function panics");
}

#[test]
fn a_panic_leaves_nothing_behind() {
    let mut db = memory();
    db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    db.busy_timeout(std::time::Duration::from_millis(1234)).unwrap();
    Runner::new(&panicking::HISTORY).target("1").run(&mut db).unwrap();
    catch_unwind(AssertUnwindSafe(|| up_sqlite(&mut db, &panicking::HISTORY))).unwrap_err();
    assert!(db.is_autocommit());
    assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob"]);
    let pragma = |name: &str| -> i64 { db.query_row(&format!("PRAGMA {name}"), [], |r| r.get(0)).unwrap() };
    assert_eq!((pragma("foreign_keys"), pragma("recursive_triggers"), pragma("busy_timeout")), (0, 0, 1234));

    let (_database, mut db) = connected();
    catch_unwind(AssertUnwindSafe(|| up_postgres(&mut db, &panicking::HISTORY))).unwrap_err();
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob"]);
    assert_eq!(rows_postgres(&db, APPLIED), ["1"]);
    assert_eq!(rows_postgres(&db, LOCKS), [""; 0]);
}

/// The same migrations in a program that calls another function on the way down, and in one that ends before.
mod other {
    migrate::history! {
        migration m1 {
            up {
                create table people { id: integer primary key, name: text }
                insert into people (id, name) values (1, "ada"), (2, "bob");
            }
            down { drop table people; }
        }
        migration m2 {
            up {
                insert into people (id, name) values (3, "before");
                call { sqlite super::turn_sqlite, postgres crate::turn_postgres };
                insert into people (id, name) values (4, "after");
            }
            down { call { sqlite super::fail_sqlite, postgres super::fail_postgres }; }
        }
    }
}

mod older {
    migrate::history! {
        migration m1 {
            up {
                create table people { id: integer primary key, name: text }
                insert into people (id, name) values (1, "ada"), (2, "bob");
            }
            down { drop table people; }
        }
    }
}

#[test]
fn a_revert_without_the_function_touches_nothing() {
    let said = |error: Error, path: &str| {
        let Error::FunctionMissing { migration, function } = &error else { panic!("{error:?}") };
        assert_eq!((migration.as_str(), function.as_str()), ("2", path));
    };
    for history in [&other::HISTORY, &older::HISTORY] {
        let mut db = memory();
        up_sqlite(&mut db, &turned::HISTORY).unwrap();
        let before = rows_sqlite(&db, PEOPLE);
        said(Runner::new(history).revert(&mut db, Revert::All).unwrap_err(), "super::turn_sqlite");
        assert_eq!(rows_sqlite(&db, PEOPLE), before);
        assert_eq!(rows_sqlite(&db, APPLIED), ["1", "2"]);

        let (_database, mut db) = connected();
        up_postgres(&mut db, &turned::HISTORY).unwrap();
        let error = block_on(Runner::new(history).revert_async(&mut db, Revert::All)).unwrap_err();
        said(error, "crate::turn_postgres");
        assert_eq!(rows_postgres(&db, PEOPLE), before);
        assert_eq!(rows_postgres(&db, APPLIED), ["1", "2"]);
    }
}

mod elsewhere {
    use migrate::__private as construct;

    const SCRIPT: &construct::Script = &construct::script(
        &[construct::statement(1, 1, "CREATE TABLE t (a int)"), construct::call_elsewhere(2, 5, "app::fill")],
        construct::irreversible("no"),
    );
    pub static HISTORY: migrate::History = construct::history(&[
        &construct::migration("1", "1.rs", "s", "c", Some(FIRST), Some(FIRST)),
        &construct::migration("2", "2.rs", "s", "d", Some(SCRIPT), Some(SCRIPT)),
    ]);
    const FIRST: &construct::Script = &construct::plain(&[(1, 1, "CREATE TABLE first (a int)")], &[]);
}

#[test]
fn nothing_is_applied_where_a_pending_function_is_missing() {
    let mut db = memory();
    let error = up_sqlite(&mut db, &elsewhere::HISTORY).unwrap_err();
    assert!(matches!(error, Error::FunctionMissing { .. }), "{error:?}");
    assert_eq!(rows_sqlite(&db, "SELECT name FROM sqlite_schema"), [""; 0]);
    let (_database, mut db) = connected();
    let error = up_postgres(&mut db, &elsewhere::HISTORY).unwrap_err();
    assert!(matches!(error, Error::FunctionMissing { .. }), "{error:?}");
    assert_eq!(
        rows_postgres(&db, "SELECT relname FROM pg_class WHERE relname IN ('first', '_migrations')"),
        [""; 0]
    );
}

people!(locked { sqlite super::turn_sqlite, postgres super::lock_postgres });

async fn lock_postgres(db: &Transaction<'_>) -> Result<(), Wrapped> {
    db.batch_execute("SELECT * FROM other.busy FOR UPDATE").await.map_err(Wrapped)?;
    turn_postgres(db).await.map_err(Wrapped)
}

#[derive(Debug)]
struct Wrapped(tokio_postgres::Error);
impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("wrapped")
    }
}
impl StdError for Wrapped {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn a_lock_in_the_way_calls_again() {
    let (database, mut db) = connected();
    let holder = database.client();
    for sql in [
        "CREATE SCHEMA other; CREATE TABLE other.busy (a int); INSERT INTO other.busy VALUES (1)",
        "BEGIN; SELECT * FROM other.busy FOR UPDATE",
    ] {
        block_on(holder.batch_execute(sql)).unwrap();
    }
    let (told, retried) = std::sync::mpsc::channel();
    let free = std::thread::spawn(move || {
        retried.recv().unwrap();
        block_on(holder.batch_execute("COMMIT")).unwrap();
    });
    let listen = move |event: &Event| {
        if let Event::Retrying { reason, .. } = event {
            assert_eq!(reason, "wrapped");
            let _ = told.send(());
        }
    };
    let runner = Runner::new(&locked::HISTORY)
        .statement_lock_timeout(std::time::Duration::from_millis(50))
        .on_event(listen);
    block_on(runner.run_async(&mut db)).unwrap();
    free.join().unwrap();
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob", "erofeb", "after"]);
}

/// Checks that are deferred: the function may write a child before its parent, and the structure changes after it.
mod deferred {
    migrate::history! {
        migration m1 {
            create table people { id: integer primary key, name: text }
            create table notes {
                id: integer primary key, person: integer,
                foreign key (person) references people (id) deferrable,
            }
        }
        migration m2 {
            up {
                call { sqlite super::child_sqlite, postgres super::child_postgres };
                alter table notes add column body: text null;
                call { sqlite super::second_sqlite, postgres super::second_postgres };
            }
            down {
                delete from notes;
                delete from people;
                alter table notes drop column body;
            }
        }
    }
}

fn child_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("INSERT INTO notes (id, person) VALUES (1, 1); INSERT INTO people VALUES (1, 'ada')")
}
fn second_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("INSERT INTO notes (id, person) VALUES (2, 2); INSERT INTO people VALUES (2, 'bob')")
}
async fn child_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("INSERT INTO notes (id, person) VALUES (1, 1); INSERT INTO people VALUES (1, 'ada')")
        .await
}
async fn second_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("INSERT INTO notes (id, person) VALUES (2, 2); INSERT INTO people VALUES (2, 'bob')")
        .await
}

#[test]
fn checks_that_are_deferred_are_made_behind_the_function() {
    let mut db = memory();
    up_sqlite(&mut db, &deferred::HISTORY).unwrap();
    assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob"]);
    Runner::new(&deferred::HISTORY).revert(&mut db, Revert::All).unwrap();
    let (_database, mut db) = connected();
    up_postgres(&mut db, &deferred::HISTORY).unwrap();
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob"]);
    block_on(Runner::new(&deferred::HISTORY).revert_async(&mut db, Revert::All)).unwrap();
}

/// A rebuild needs foreign keys off, and a function needs them on, where its deletes take others along.
mod families {
    migrate::history! {
        #![dialects(sqlite)]
        migration m1 {
            create table people { id: integer primary key, name: text }
            create table notes {
                id: integer primary key, person: integer references people (id) on delete cascade,
            }
            create table other { id: integer primary key, a: text }
        }
        migration m2 { alter table other recreate alter column a drop not null; }
        migration m3 { up { call super::forget; } down irreversible "forgotten"; }
        migration m4 { alter table other recreate alter column a set default "x"; }
    }
}

fn forget(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM people WHERE id = 1")
}

/// The same on the way down: the last two share a transaction with nothing that the call could.
mod generations {
    migrate::history! {
        #![dialects(sqlite)]
        migration m1 {
            create table people { id: integer primary key, name: text }
            create table notes {
                id: integer primary key, person: integer references people (id) on delete cascade,
            }
        }
        migration m2 {
            up { update people set name = "x" where id = 0; }
            down { call super::forget; }
        }
        migration m3 { create table more { id: integer primary key } }
        migration m4 { create table most { id: integer primary key } }
    }
}

#[test]
fn rows_follow_on_the_way_down() {
    for how in [Revert::To("1"), Revert::Last(3)] {
        let mut db = memory();
        up_sqlite(&mut db, &generations::HISTORY).unwrap();
        db.execute_batch(
            "INSERT INTO people VALUES (1, 'ada'), (2, 'bob'); INSERT INTO notes VALUES (1, 1), (2, 2)",
        )
        .unwrap();
        let report = Runner::new(&generations::HISTORY).revert(&mut db, how).unwrap();
        let names: Vec<_> = report.migrations.iter().map(|m| m.migration.as_str()).collect();
        assert_eq!((names, report.applied), (vec!["4", "3", "2"], 1));
        assert_eq!(rows_sqlite(&db, "SELECT CAST(id AS TEXT) FROM notes"), ["2"]);
        assert_eq!(rows_sqlite(&db, APPLIED), ["1"]);
    }
    let mut db = memory();
    up_sqlite(&mut db, &generations::HISTORY).unwrap();
    let report = Runner::new(&generations::HISTORY).revert(&mut db, Revert::All).unwrap();
    assert_eq!((report.migrations.len(), report.applied), (4, 0));
}

#[test]
fn rows_follow_where_others_rebuild() {
    let mut db = memory();
    Runner::new(&families::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch(
        "INSERT INTO people VALUES (1, 'ada'), (2, 'bob'); INSERT INTO notes VALUES (1, 1), (2, 2), (3, 1)",
    )
    .unwrap();
    up_sqlite(&mut db, &families::HISTORY).unwrap();
    assert_eq!(rows_sqlite(&db, "SELECT CAST(id AS TEXT) FROM notes"), ["2"]);
    assert_eq!(rows_sqlite(&db, APPLIED), ["1", "2", "3", "4"]);
}

mod short {
    migrate::history! {
        #![dialects(sqlite)]
        migration m1 { up { call super::forget; } down irreversible "forgotten"; }
    }
}

mod long {
    migrate::history! {
        migration m1 { up { call { sqlite super::forget }; } down irreversible "forgotten"; }
    }
}

#[test]
fn a_history_gets_another_database_without_another_checksum() {
    let checksum = |history: &History| history.migrations().next().unwrap().checksum().to_owned();
    assert_eq!(checksum(&short::HISTORY), checksum(&long::HISTORY));
}
