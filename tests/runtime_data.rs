//! Migrations that move rows while others write: what was acknowledged is there afterwards.
// What lints say of these histories.
#![allow(deprecated)]

use std::sync::atomic::{AtomicBool, Ordering};

use migrate::Runner;
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database};

mod accounts {
    migrate::history! {
        migration m1 {
            create table accounts { id: integer primary key, old: integer, new: integer null }
            create table copies { id: integer primary key, value: integer }
        }
        migration m2 {
            up {
                update accounts set new = old;
                alter table accounts drop column old;
            }
            down irreversible "`old` is gone";
        }
        migration m3 {
            up {
                insert into copies (id, value) select id, new from accounts where new is not null;
                drop table accounts;
                rename table copies to accounts;
            }
            down irreversible "`accounts` is gone";
        }
    }
}

/// Writes rows until the table refuses them, in a session of its own, while `target` is applied; gives the ids that were
/// acknowledged.
fn write_while_migrating(target: &str, column: &str) -> (Database, Vec<i64>) {
    let database = database();
    let mut db = database.client();
    let before = if target == "2" { "1" } else { "2" };
    block_on(Runner::new(&accounts::HISTORY).target(before).run_async(&mut db)).unwrap();
    block_on(db.batch_execute(&format!(
        "INSERT INTO accounts (id, {column}) SELECT i, i FROM generate_series(1000000, 1030000) AS i"
    )))
    .unwrap();
    let done = AtomicBool::new(false);
    let acknowledged = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let writer = database.client();
            let mut acknowledged = Vec::new();
            for id in 1..1_000_000 {
                let sql = format!("INSERT INTO accounts (id, {column}) VALUES ({id}, {id})");
                match block_on(writer.batch_execute(&sql)) {
                    Ok(()) => acknowledged.push(id),
                    Err(_) => break,
                }
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
            acknowledged
        });
        std::thread::sleep(std::time::Duration::from_millis(100));
        let applied = block_on(Runner::new(&accounts::HISTORY).target(target).run_async(&mut db));
        done.store(true, Ordering::Relaxed);
        applied.unwrap();
        writer.join().unwrap()
    });
    assert!(acknowledged.len() > 3, "the writer wrote: {}", acknowledged.len());
    (database, acknowledged)
}

fn values(database: &Database, column: &str) -> Vec<(i64, Option<i64>)> {
    let sql = format!("SELECT id, {column} FROM accounts WHERE id < 1000000 ORDER BY id");
    let rows = block_on(database.client().query(&sql, &[])).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn no_acknowledged_row_is_lost_between_update_and_drop() {
    let (database, acknowledged) = write_while_migrating("2", "old");
    let found = values(&database, "new");
    assert_eq!(found, acknowledged.iter().map(|id| (*id, Some(*id))).collect::<Vec<_>>());
}

#[test]
fn no_acknowledged_row_is_lost_between_copy_and_drop() {
    let (database, acknowledged) = write_while_migrating("3", "new");
    let found = values(&database, "value");
    assert_eq!(found, acknowledged.iter().map(|id| (*id, Some(*id))).collect::<Vec<_>>());
}
