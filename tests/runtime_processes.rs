//! Processes that start together, and processes that are killed.
//!
//! The test program runs itself as the other process: a test that does nothing unless it is told to.

#[macro_use]
mod runtime;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use migrate::__private::{Rebuild, raw, rebuild, statement, table};
use migrate::{Event, History, Runner};
use migrate_test_support::{postgres, sqlite};
use rusqlite::Connection;

/// Tells the other process what to do: `migrate`, `pause` or `limited`, each with a path, or `server`.
const TASK: &str = "MIGRATE_TEST_TASK";

static WIDER: Rebuild = table(
    "t",
    "w",
    &["id", "a"],
    &[],
    "CREATE TABLE main.`w` (`id` INTEGER PRIMARY KEY, `a` TEXT NOT NULL, `b` INTEGER)",
    &["id", "a"],
    &["`t`.`id`", "`t`.`a`"],
    false,
    &["CREATE INDEX main.`i` ON `t` (`a`)"],
);
static HISTORY: History = history![
    migration!(sqlite "1", [
        statement(1, 1, "CREATE TABLE main.`t` (`id` INTEGER PRIMARY KEY, `a` TEXT)"),
        raw(2, 1, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                   INSERT INTO t SELECT i, hex(randomblob(20)) FROM n")], []),
    migration!(sqlite "2", [raw(1, 1, "UPDATE t SET a = a || 'x'")], []),
    migration!(sqlite "3", [rebuild(1, 1, &WIDER)], []),
];

#[test]
fn other_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    match task.split_once(' ') {
        Some(("migrate", path)) => {
            Runner::new(&HISTORY).run(&mut Connection::open(path).unwrap()).unwrap();
        }
        Some(("pause", path)) => {
            let stop = |event: &Event| {
                if matches!(event, Event::Finished { migration, .. } if migration == "2") {
                    println!("paused");
                    std::thread::sleep(Duration::from_secs(60));
                }
            };
            Runner::new(&HISTORY).on_event(stop).run(&mut Connection::open(path).unwrap()).unwrap();
        }
        Some(("limited", path)) => {
            let mut db = Connection::open(path).unwrap();
            let ended = Runner::new(&HISTORY).run(&mut db);
            assert!(db.is_autocommit());
            match ended {
                Ok(_) => println!("ended well"),
                Err(error) => println!("ended with {}", error.database_error().unwrap().code().unwrap()),
            }
        }
        _ => {
            println!("url {}", postgres::database().url());
            std::thread::sleep(Duration::from_secs(60));
        }
    }
}

fn start(task: String) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "other_process", "--nocapture"])
        .env(TASK, task)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the other process writes, until the text is in it.
fn read_until(child: &mut Child, text: &str) -> String {
    let output = child.stdout.as_mut().unwrap();
    let (mut seen, mut byte) = (String::new(), [0]);
    while !seen.contains(text) || !seen.ends_with('\n') {
        assert_eq!(output.read(&mut byte).unwrap(), 1, "it ended: {seen}");
        seen.push(byte[0] as char);
    }
    seen
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Every row once, changed once, and whole.
fn complete(db: &Connection) {
    assert_eq!(number(db, "SELECT count(*) FROM _migrations"), 3);
    assert_eq!(number(db, "SELECT count(*) FROM t WHERE length(a) = 41"), 20_000);
    let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn processes_that_start_together_apply_once() {
    for journal in ["delete", "wal"] {
        let file = sqlite::database();
        file.connect().execute_batch(&format!("PRAGMA journal_mode = {journal}")).unwrap();
        let task = format!("migrate {}", file.path().display());
        let children: Vec<_> = (0..4).map(|_| start(task.clone())).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        complete(&file.connect());
    }
}

#[test]
fn a_killed_process_leaves_all_or_nothing() {
    for journal in ["delete", "wal"] {
        let file = sqlite::database();
        file.connect().execute_batch(&format!("PRAGMA journal_mode = {journal}")).unwrap();
        // In the middle of the transaction, for certain.
        let mut child = start(format!("pause {}", file.path().display()));
        read_until(&mut child, "paused");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(number(&file.connect(), "SELECT count(*) FROM sqlite_schema"), 0);
        // And wherever it happens to be.
        for ms in [2, 10, 20, 30, 45, 60, 90] {
            let mut child = start(format!("migrate {}", file.path().display()));
            std::thread::sleep(Duration::from_millis(ms));
            let _ = child.kill();
            child.wait().unwrap();
            let db = file.connect();
            match number(&db, "SELECT count(*) FROM sqlite_schema") {
                0 => {}
                _ => complete(&db),
            }
        }
        Runner::new(&HISTORY).run(&mut file.connect()).unwrap();
        complete(&file.connect());
    }
}

#[test]
fn a_killed_test_leaves_no_server() {
    if std::env::var_os("MIGRATE_TEST_POSTGRES_URL").is_some() {
        // The server is somebody else's, and stays.
        return;
    }
    let mut child = start("server".to_owned());
    let output = read_until(&mut child, "url ");
    let folder = output.split("host=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
    assert!(std::fs::metadata(folder).is_ok(), "{output}");
    child.kill().unwrap();
    child.wait().unwrap();
    for _ in 0..100 {
        if std::fs::metadata(folder).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{folder} is still there");
}

/// The largest file that the process may write grows from run to run, so that each write is once the one that fails: in
/// the journal, in the log and in the database, in the middle of a statement and at a commit.
#[test]
fn a_write_that_fails_leaves_all_or_nothing() {
    for journal in ["delete", "wal"] {
        let (mut blocks, mut failed) = (8, 0);
        loop {
            let file = sqlite::database();
            file.connect().execute_batch(&format!("PRAGMA journal_mode = {journal}")).unwrap();
            let output = Command::new("sh")
                .args(["-c", "trap '' XFSZ; ulimit -f $1; shift; exec \"$@\"", "sh", &blocks.to_string()])
                .arg(std::env::current_exe().unwrap())
                .args(["--exact", "other_process", "--nocapture"])
                .env(TASK, format!("limited {}", file.path().display()))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{blocks} blocks: {said}");

            let mut db = file.connect();
            let there = |name: &str| {
                number(&db, &format!("SELECT count(*) FROM sqlite_schema WHERE name = '{name}'")) == 1
            };
            let applied =
                if there("_migrations") { number(&db, "SELECT count(*) FROM _migrations") } else { 0 };
            assert_eq!(there("t"), applied >= 1, "{blocks} blocks: {said}");
            assert_eq!(there("i"), applied == 3, "{blocks} blocks: {said}");
            assert!(!there("w"), "{blocks} blocks: {said}");
            if applied > 0 {
                let length = if applied == 1 { 40 } else { 41 };
                let rows = number(&db, &format!("SELECT count(*) FROM t WHERE length(a) = {length}"));
                assert_eq!(rows, 20_000, "{blocks} blocks: {said}");
            }
            Runner::new(&HISTORY).run(&mut db).unwrap();
            complete(&db);
            if said.contains("ended well") {
                assert_eq!(applied, 3, "{blocks} blocks");
                break;
            }
            assert!(said.contains("ended with "), "{blocks} blocks: {said}");
            failed += 1;
            blocks = blocks * 3 / 2;
        }
        assert!(failed >= 5, "{journal}: only {failed} runs failed");
    }
}
