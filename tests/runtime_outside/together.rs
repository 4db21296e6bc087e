//! Many that start at once, on one database.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

mod fleet {
    migrate::history! {
        migration m1 {
            up {
                create table items { id: integer primary key, name: text, n: integer default 0 }
                sql {
                    sqlite "INSERT INTO items (id, name) WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 400) SELECT i, 'name ' || i FROM i",
                    postgres "INSERT INTO items (id, name) SELECT i, 'name ' || i FROM generate_series(1, 400) AS i",
                };
            }
            down { drop table items; }
        }
        migration m2 {
            up { update items set n = n + 1 in batches of 20; }
            down irreversible "no";
        }
        migration m3 { create unique index items_name on items (name) concurrently; }
        migration m4 {
            up { call { sqlite super::once_sqlite, postgres super::once_postgres } outside transaction; }
            down irreversible "no";
        }
        migration m5 { create index items_n on items (n) concurrently; }
        migration m6 { alter table items add column last: text null; }
    }
}

/// How many are in the function at once.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

fn once_sqlite(db: &Connection) -> rusqlite::Result<()> {
    assert_eq!(INSIDE.fetch_add(1, Ordering::SeqCst), 0);
    std::thread::sleep(Duration::from_millis(100));
    db.execute_batch("UPDATE items SET n = n + 1")?;
    assert_eq!(INSIDE.fetch_sub(1, Ordering::SeqCst), 1);
    Ok(())
}

static INSIDE_POSTGRES: AtomicUsize = AtomicUsize::new(0);

async fn once_postgres(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    assert_eq!(INSIDE_POSTGRES.fetch_add(1, Ordering::SeqCst), 0);
    tokio::time::sleep(Duration::from_millis(100)).await;
    db.batch_execute("UPDATE items SET n = n + 1").await?;
    assert_eq!(INSIDE_POSTGRES.fetch_sub(1, Ordering::SeqCst), 1);
    Ok(())
}

const MANY: usize = 16;

/// Every one ends well, and every row was changed once by each step.
fn end_well(run: impl Fn() -> Result<Report, Error> + Sync, db: &Live) {
    let barrier = Barrier::new(MANY);
    let reports: Vec<_> = std::thread::scope(|scope| {
        let one = || {
            barrier.wait();
            run()
        };
        let threads: Vec<_> = (0..MANY).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for report in &reports {
        if let Err(error) = report {
            panic!("{error}");
        }
    }
    assert_eq!(db.strings("SELECT DISTINCT n FROM items"), ["2"]);
    assert_eq!(db.strings("SELECT count(*) FROM items"), ["400"]);
    assert_eq!(
        db.strings("SELECT coalesce(progress, name) FROM _migrations ORDER BY position").concat(),
        "123456"
    );
    // Who ended a migration tells of it, and nobody else does.
    let mut done: Vec<_> =
        reports.iter().flatten().flat_map(|r| &r.migrations).map(|m| &m.migration).collect();
    done.sort();
    assert_eq!(done, ["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let db = Live::Sqlite(Connection::open(&path).unwrap());
    let run = || {
        Runner::new(&fleet::HISTORY)
            .wait_for_peer(Duration::from_secs(60))
            .run(&mut Connection::open(&path).unwrap())
    };
    end_well(run, &db);
    assert!(!path.with_file_name("a.db-migrate").exists());
}

#[test]
fn on_postgres() {
    let [_, db] = Live::both();
    let Live::Postgres(database, _) = &db else { unreachable!() };
    let run = || {
        let mut client = database.client();
        let runner = Runner::new(&fleet::HISTORY).wait_for_peer(Duration::from_secs(60));
        block_on(runner.run_async(&mut client))
    };
    end_well(run, &db);
}
