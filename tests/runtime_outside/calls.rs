//! Functions of the application that make their own transactions.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A history whose second migration calls a function for each database outside of a transaction.
macro_rules! called {
    ($module:ident $lite:ident $server:ident) => {
        mod $module {
            migrate::history! {
                migration m1 {
                    up {
                        create table items { id: integer primary key, n: integer default 0 }
                        insert into items (id) values (1), (2), (3), (4), (5);
                    }
                    down { drop table items; }
                }
                migration m2 {
                    up { call { sqlite super::$lite, postgres super::$server } outside transaction; }
                    down { call { sqlite super::$lite, postgres super::$server } outside transaction; }
                }
            }
        }
    };
}

called!(steps steps_sqlite steps_postgres);

/// Row by row, each in a transaction; what is done already is not done again. The first time it stops in the middle.
fn steps_sqlite(db: &Connection) -> Result<(), BoxError> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    assert!(db.is_autocommit());
    let waits: i64 = db.query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
    assert_eq!(waits, 1234, "the connection's own");
    let first = RUNS.fetch_add(1, Ordering::SeqCst) == 0;
    for id in 1..=5 {
        let transaction = db.unchecked_transaction()?;
        transaction.execute("UPDATE items SET n = n + 1 WHERE id = ?1 AND n = 0", [id])?;
        transaction.commit()?;
        if first && id == 3 {
            return Err("the disk is on fire".into());
        }
    }
    Ok(())
}

async fn steps_postgres(db: &mut Client) -> Result<(), BoxError> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let first = RUNS.fetch_add(1, Ordering::SeqCst) == 0;
    for id in 1..=5 {
        let transaction = db.transaction().await?;
        transaction.execute("UPDATE items SET n = n + 1 WHERE id = $1 AND n = 0", &[&i64::from(id)]).await?;
        transaction.commit().await?;
        if first && id == 3 {
            return Err("the disk is on fire".into());
        }
    }
    Ok(())
}

#[test]
fn it_is_called_again_until_it_is_done() {
    for mut db in Live::both() {
        if let Live::Sqlite(db) = &db {
            db.busy_timeout(std::time::Duration::from_millis(1234)).unwrap();
        }
        let error = db.up(&steps::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::Function { .. }) && error.to_string().contains("on fire"), "{error}");
        assert_eq!(db.strings("SELECT sum(n) FROM items"), ["3"], "what it committed is kept");
        assert_eq!(db.progress(), ["up 0 started"]);
        let error = db.revert(&steps::HISTORY, Revert::Last(1)).unwrap_err();
        assert!(matches!(&error, Error::Unfinished { .. }), "{error}");
        let report = db.up(&steps::HISTORY).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (1, 2));
        assert_eq!(db.strings("SELECT sum(n) FROM items"), ["5"]);
        assert_eq!(db.progress(), ["null"]);
        let stored = db.strings("SELECT down FROM _migrations WHERE name = '2'").remove(0);
        assert!(stored.contains(" call_outside "), "{stored}");
        db.revert(&steps::HISTORY, Revert::All).unwrap();
        if let Live::Sqlite(db) = &db {
            let waits: i64 = db.query_row("PRAGMA busy_timeout", [], |row| row.get(0)).unwrap();
            assert_eq!(waits, 1234);
        }
    }
}

called!(open open_sqlite open_postgres);

fn open_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN; UPDATE items SET n = 7")
}

async fn open_postgres(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("BEGIN; UPDATE items SET n = 7").await
}

called!(broken broken_sqlite broken_postgres);

fn broken_sqlite(db: &Connection) -> Result<(), BoxError> {
    db.execute_batch("BEGIN; UPDATE items SET n = 7")?;
    Err("why".into())
}

async fn broken_postgres(db: &mut Client) -> Result<(), BoxError> {
    db.batch_execute("BEGIN; UPDATE items SET n = 7").await?;
    let _ = db.batch_execute("SELECT 1/0").await;
    Err("why".into())
}

#[test]
fn a_transaction_that_it_leaves_open_is_rolled_back_and_told() {
    for mut db in Live::both() {
        let error = db.up(&open::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::TransactionLeft { .. }), "{error}");
        assert_eq!(db.strings("SELECT sum(n) FROM items"), ["0"]);
        let error = db.up(&broken::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::Changed { .. }), "{error}");
    }
    for mut db in Live::both() {
        let error = db.up(&broken::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::Function { .. }) && error.to_string().contains("why"), "{error}");
        assert_eq!(db.strings("SELECT sum(n) FROM items"), ["0"]);
        assert_eq!(db.progress(), ["up 0 started"]);
    }
}

called!(ddl ddl_sqlite ddl_postgres);

fn ddl_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("CREATE TABLE more (a)")
}

async fn ddl_postgres(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("CREATE TABLE more (a int)").await
}

#[test]
fn a_schema_that_it_changes_is_told() {
    for mut db in Live::both() {
        let error = db.up(&ddl::HISTORY).unwrap_err();
        assert!(matches!(&error, Error::SchemaChanged { kept: true, .. }), "{error}");
        assert!(error.to_string().contains("`more`") && error.to_string().contains("by hand"), "{error}");
    }
}

called!(panics panics_sqlite panics_postgres);

fn panics_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN; UPDATE items SET n = 7")?;
    panic!("on purpose")
}

async fn panics_postgres(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("BEGIN; UPDATE items SET n = 7; SET search_path = pg_catalog").await?;
    panic!("on purpose")
}

#[test]
fn a_panic_leaves_no_transaction_and_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let [_, postgres] = Live::both();
    let before = postgres.strings("SELECT current_setting('search_path')");
    for mut db in [Live::Sqlite(Connection::open(&path).unwrap()), postgres] {
        for _ in 0..2 {
            let run = std::panic::AssertUnwindSafe(|| db.up(&panics::HISTORY));
            assert!(std::panic::catch_unwind(run).is_err());
            assert_eq!(db.strings("SELECT sum(n) FROM items"), ["0"]);
            assert_eq!(db.progress(), ["up 0 started"]);
        }
        if let Live::Postgres(..) = &db {
            assert_eq!(db.strings("SELECT current_setting('search_path')"), before);
            let locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM \
                         pg_database WHERE datname = current_database())";
            assert_eq!(db.strings(locks), [""; 0]);
        }
    }
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["a.db"]);
}

mod scoped {
    migrate::history! {
        #![dialects(postgres)]
        migration m1 { create table items { id: integer primary key } }
        migration m2 {
            up { call super::insert outside transaction; }
            down irreversible "no";
        }
    }
}

async fn insert(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("INSERT INTO items (id) VALUES (1)").await
}

#[test]
fn it_sees_the_schema_that_is_migrated() {
    let [_, mut db] = Live::both();
    db.sql("CREATE TABLE public.items (id bigint PRIMARY KEY)");
    db.run(Runner::new(&scoped::HISTORY).schema("app")).unwrap();
    assert_eq!(db.strings("SELECT id FROM app.items"), ["1"]);
    assert_eq!(db.strings("SELECT id FROM public.items"), [""; 0]);
}
