//! Processes that are killed at any instant of a migration outside of a transaction: after each, what is recorded is what is
//! done, and a plain run ends it.
//!
//! The test program runs itself as the other process: a test that does nothing unless it is told to.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use migrate_test_support::Numbers;
use migrate_test_support::postgres::connect;

use super::*;

/// Tells the other process what to do: `sqlite` and a path, or `postgres` and a URL.
const TASK: &str = "MIGRATE_TEST_TASK";
/// How many processes are killed on each database.
const KILLS: usize = 100;
const ROWS: usize = 3000;

mod long {
    migrate::history! {
        migration m1 {
            up {
                create table items { id: integer primary key, name: text, n: integer default 0 }
                sql {
                    sqlite "INSERT INTO items (id, name) WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 3000) SELECT i, 'name ' || i FROM i",
                    postgres "INSERT INTO items (id, name) SELECT i, 'name ' || i FROM generate_series(1, 3000) AS i",
                };
            }
            down { drop table items; }
        }
        migration m2 {
            up { update items set n = n + 1 in batches of 50; }
            down irreversible "no";
        }
        migration m3 {
            create unique index items_name on items (name) concurrently;
            create index items_n on items (n) concurrently;
        }
        migration m4 {
            up { call { sqlite super::again_sqlite, postgres super::again_postgres } outside transaction; }
            down irreversible "no";
        }
        migration m5 { drop index items_n concurrently; }
    }
}

/// What is done already is left as it is.
const AGAIN: &str =
    "UPDATE items SET n = 2 WHERE n = 1 AND id IN (SELECT id FROM items WHERE n = 1 ORDER BY id LIMIT 300)";

fn again_sqlite(db: &Connection) -> rusqlite::Result<()> {
    while db.execute(AGAIN, [])? > 0 {}
    Ok(())
}

async fn again_postgres(db: &mut Client) -> Result<(), tokio_postgres::Error> {
    while db.execute(AGAIN, &[]).await? > 0 {}
    Ok(())
}

#[test]
fn other_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    match task.split_once(' ') {
        Some(("sqlite", path)) => {
            Runner::new(&long::HISTORY).run(&mut Connection::open(path).unwrap()).unwrap();
        }
        Some(("postgres", url)) => {
            let config = url.parse().unwrap();
            let run = async { Runner::new(&long::HISTORY).run_async(&mut connect(&config).await).await };
            block_on(run).unwrap();
        }
        _ => panic!("{task}"),
    }
}

fn start(task: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::other_process"])
        .env(TASK, task)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// What is recorded is what is done, no more and no less.
fn as_recorded(db: &Live) {
    if let Live::Postgres(..) = db {
        // The server ends what it was sent before it sees that nobody is there.
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while db.strings(others) != ["0"] {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let tables = match db {
        Live::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE name = '_migrations'",
        Live::Postgres(..) => "SELECT count(*) FROM pg_class WHERE relname = '_migrations'",
    };
    if db.strings(tables) == ["0"] {
        return;
    }
    let applied = db.strings("SELECT name FROM _migrations ORDER BY position");
    if applied.is_empty() {
        return;
    }
    assert_eq!(db.strings("SELECT count(*) FROM items"), [ROWS.to_string()]);
    let changed = || db.strings("SELECT count(*) FROM items WHERE n = 1").remove(0);
    let twice = db.strings("SELECT count(*) FROM items WHERE n > 1").remove(0);
    match (applied.len(), db.progress().first().map(String::as_str)) {
        (1, _) => assert_eq!(changed(), "0"),
        (2, Some("up 0")) => assert_eq!(changed(), "0"),
        (2, Some("null" | "up 1")) => assert_eq!(changed(), ROWS.to_string()),
        (2, Some(progress)) => {
            let key: String = progress.chars().filter(char::is_ascii_digit).skip(1).collect();
            assert_eq!(changed(), key, "{progress}");
        }
        (3, _) => assert_eq!(twice, "0"),
        (5, _) => assert_eq!(twice, ROWS.to_string()),
        _ => {}
    }
}

/// Every row once, changed twice, and all indexes.
fn complete(db: &Live) {
    assert_eq!(db.strings("SELECT DISTINCT n FROM items"), ["2"]);
    assert_eq!(db.strings("SELECT count(*) FROM items"), [ROWS.to_string()]);
    assert_eq!(
        db.strings("SELECT coalesce(progress, name) FROM _migrations ORDER BY position").concat(),
        "12345"
    );
    let indexes = match db {
        Live::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'items%'",
        Live::Postgres(..) => {
            "SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indisvalid AND c.relname \
             IN ('items_name', 'items_n')"
        }
    };
    assert_eq!(db.strings(indexes), ["items_name"]);
}

/// Kills processes at random instants, one history after the other, until there were so many; `fresh` gives a task and a
/// connection of our own.
fn kill(seed: u64, longest: usize, fresh: impl Fn() -> (String, Live)) {
    let mut numbers = Numbers::seeded(seed);
    let (mut killed, mut unfinished) = (0, 0);
    while killed < KILLS {
        let (task, mut db) = fresh();
        for _ in 0..12 {
            let mut child = start(&task);
            std::thread::sleep(Duration::from_millis(numbers.below(longest) as u64));
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
            as_recorded(&db);
            unfinished +=
                usize::from(db.states(&long::HISTORY).iter().any(|s| matches!(s, State::Unfinished { .. })));
        }
        db.up(&long::HISTORY).unwrap();
        complete(&db);
    }
    assert!(
        unfinished > KILLS / 10,
        "{unfinished} of {killed} were killed in a step outside of a transaction"
    );
}

#[test]
fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    kill(1, 120, || {
        let path = folder.path().join(format!("{}.db", next.fetch_add(1, Ordering::Relaxed)));
        (format!("sqlite {}", path.display()), Live::Sqlite(Connection::open(&path).unwrap()))
    });
    // A lock beside a database is left where its holder was killed, and taken by the next; one who was killed behind the last
    // step has none. Nobody holds what is left.
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let left: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with("-migrate")).collect();
    assert!(left.len() < KILLS / 10, "{left:?}");
    assert!(left.iter().all(|path| std::fs::File::open(path).unwrap().try_lock().is_ok()), "{left:?}");
}

#[test]
fn on_postgres() {
    kill(2, 250, || {
        let database = database();
        let client = database.client();
        (format!("postgres {}", database.url()), Live::Postgres(database, client))
    });
}
