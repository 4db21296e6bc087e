//! The runtime on SQLite: run, status, revert, and what is refused.

#[macro_use]
mod runtime;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use migrate::__private::{raw, statement};
use migrate::{Error, Event, History, Revert, Runner, State};
use migrate_test_support::sqlite::database;
use rusqlite::Connection;

static HISTORY: History = history![
    migration!(sqlite "0001_users",
        [statement(3, 5, "CREATE TABLE main.`users` (`id` INTEGER PRIMARY KEY, `name` TEXT NOT NULL)")],
        [statement(3, 5, "DROP TABLE main.`users`")]),
    migration!(sqlite "0002_ada",
        [statement(4, 5, "INSERT INTO main.`users` (`name`) VALUES ('ada')"),
         statement(5, 5, "UPDATE main.`users` SET `id` = `id` * 10")],
        [statement(4, 5, "DELETE FROM main.`users` WHERE `name` = 'ada'")]),
    migration!(sqlite "0003_posts",
        [raw(2, 1, "CREATE TABLE posts (id INTEGER PRIMARY KEY); -- two; statements\nCREATE INDEX i ON posts (id);")],
        [raw(2, 1, "DROP TABLE posts")]),
];

fn memory() -> Connection {
    Connection::open_in_memory().unwrap()
}

/// The stored schema and, where they exist, the users: what a refusal must leave alone.
fn contents(connection: &Connection) -> Vec<String> {
    let mut lines: Vec<String> =
        strings(connection, "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name");
    if lines.iter().any(|line| line.starts_with("users:")) {
        lines.extend(strings(connection, "SELECT id || ' ' || name FROM users ORDER BY id"));
    }
    if lines.iter().any(|line| line.starts_with("_migrations:")) {
        lines
            .extend(strings(connection, "SELECT position || ' ' || name FROM _migrations ORDER BY position"));
    }
    lines
}

fn strings(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn everything_is_applied_once() {
    let mut db = memory();
    let report = Runner::new(&HISTORY).run(&mut db).unwrap();
    let names: Vec<_> = report.migrations.iter().map(|m| m.migration.as_str()).collect();
    assert_eq!(names, ["0001_users", "0002_ada", "0003_posts"]);
    assert!(report.to_string().starts_with("applied 3 migrations in "), "{report}");
    assert_eq!(strings(&db, "SELECT id || name FROM users"), ["10ada"]);

    let before = contents(&db);
    let changes = db.total_changes();
    let report = Runner::new(&HISTORY).run(&mut db).unwrap();
    assert_eq!(report.to_string(), "nothing to do: 3 migrations applied");
    assert_eq!((contents(&db), db.total_changes()), (before, changes));
}

#[test]
fn the_row_says_what_was_done() {
    let mut db = memory();
    Runner::new(&HISTORY).table("my `history`").run(&mut db).unwrap();
    let rows = strings(
        &db,
        "SELECT position || '|' || name || '|' || checksum || '|' || chain || '|' || steps_done || '|' || format || \
         '|' || (applied_at > 1700000000000) || '|' || (duration_ms >= 0) FROM `my ``history```",
    );
    assert_eq!(rows[1], "2|0002_ada|sum of 0002_ada|chain with sum to 0002_ada|2|1|1|1");
    let down = strings(&db, "SELECT down FROM `my ``history```");
    assert_eq!(down[0], "-- 3:5 statement 24\nDROP TABLE main.`users`;\n");
}

#[test]
fn a_target_stops_there() {
    let mut db = memory();
    let report = Runner::new(&HISTORY).target("0001_users").run(&mut db).unwrap();
    assert_eq!((report.migrations.len(), report.applied), (1, 1));
    let report = Runner::new(&HISTORY).target("0001_users").run(&mut db).unwrap();
    assert!(report.is_empty());
    Runner::new(&HISTORY).run(&mut db).unwrap();
    // A target that was passed long ago takes nothing back.
    let report = Runner::new(&HISTORY).target("0001_users").run(&mut db).unwrap();
    assert_eq!(report.to_string(), "nothing to do: 3 migrations applied");
    let error = Runner::new(&HISTORY).target("0009_nowhere").run(&mut db).unwrap_err();
    assert!(matches!(error, Error::UnknownMigration { .. }), "{error}");
}

#[test]
fn the_status_writes_nothing() {
    let file = database();
    let mut db = file.connect();
    let status = Runner::new(&HISTORY).status(&mut db).unwrap();
    assert_eq!(status.pending().count(), 3);
    assert!(!status.is_current());
    assert_eq!(contents(&db), [""; 0]);
    assert_eq!(std::fs::metadata(file.path()).unwrap().len(), 0);

    Runner::new(&HISTORY).target("0002_ada").run(&mut db).unwrap();
    let status = Runner::new(&HISTORY).status(&mut db).unwrap();
    assert!(matches!(status.migrations[1].state, State::Applied { .. }));
    assert_eq!(status.migrations[2].state, State::Pending);
    assert!(status.to_string().ends_with("\n0003_posts  pending"), "{status}");
}

#[test]
fn a_revert_takes_back_from_the_end() {
    let mut db = memory();
    Runner::new(&HISTORY).run(&mut db).unwrap();
    let report = Runner::new(&HISTORY).revert(&mut db, Revert::Last(1)).unwrap();
    assert!(report.to_string().starts_with("reverted 1 migration in "), "{report}");
    assert_eq!(report.applied, 2);
    let report = Runner::new(&HISTORY).revert(&mut db, Revert::To("0001_users")).unwrap();
    assert_eq!((report.migrations.len(), report.applied), (1, 1));
    assert_eq!(number(&db, "SELECT count(*) FROM users"), 0);
    Runner::new(&HISTORY).revert(&mut db, Revert::All).unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM sqlite_schema WHERE name = 'users'"), 0);
    Runner::new(&HISTORY).run(&mut db).unwrap();
    assert_eq!(strings(&db, "SELECT id || name FROM users"), ["10ada"]);
}

#[test]
fn a_program_that_does_not_know_a_migration_can_revert_it() {
    static OLDER: History = history![migration!(sqlite "0001_users", [], [])];
    let mut db = memory();
    Runner::new(&HISTORY).run(&mut db).unwrap();
    Runner::new(&OLDER).revert(&mut db, Revert::To("0001_users")).unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM users"), 0);
    assert_eq!(number(&db, "SELECT count(*) FROM sqlite_schema WHERE name = 'posts'"), 0);
    assert!(Runner::new(&OLDER).run(&mut db).unwrap().is_empty());
}

#[test]
fn what_cannot_be_reverted_stops_all_of_it() {
    static STUCK: History = history![
        migration!(sqlite "sum" "1", [statement(1, 1, "CREATE TABLE main.`users` (`id`, `name`)")], "the rows are gone"),
        migration!(sqlite "2", [statement(1, 1, "CREATE TABLE main.`b` (`id`)")], [statement(1, 1, "DROP TABLE main.`b`")]),
    ];
    let mut db = memory();
    Runner::new(&STUCK).run(&mut db).unwrap();
    let before = contents(&db);
    let error = Runner::new(&STUCK).revert(&mut db, Revert::All).unwrap_err();
    assert_eq!(error.to_string(), "migration `1` cannot be reverted: the rows are gone");
    assert_eq!(contents(&db), before);
    let error = Runner::new(&STUCK).revert(&mut db, Revert::To("9")).unwrap_err();
    assert!(matches!(error, Error::UnknownMigration { .. }), "{error}");
}

/// Runs a history that must be refused; the database must be as before.
fn refused(db: &mut Connection, history: &History) -> Error {
    let before = contents(db);
    let error = Runner::new(history).run(db).unwrap_err();
    assert_eq!(contents(db), before);
    assert!(db.is_autocommit());
    error
}

#[test]
fn an_edited_migration_is_refused() {
    static EDITED: History = history![
        migration!(sqlite "0001_users", [], []),
        migration!(sqlite "other" "0002_ada", [], []),
        migration!(sqlite "other" "0003_posts", [], []),
        migration!(sqlite "other" "0004_more", [statement(1, 1, "CREATE TABLE main.`more` (`id`)")], []),
    ];
    let mut db = memory();
    Runner::new(&HISTORY).run(&mut db).unwrap();
    let error = refused(&mut db, &EDITED);
    assert!(matches!(&error, Error::Changed { migration, .. } if migration == "0002_ada"), "{error}");
    assert!(error.to_string().contains("never edited"), "{error}");
    let status = Runner::new(&EDITED).status(&mut db).unwrap();
    assert!(matches!(status.migrations[1].state, State::Changed { .. }));
}

#[test]
fn a_newer_database_is_refused_unless_allowed() {
    static OLDER: History = history![migration!(sqlite "0001_users", [], [])];
    let mut db = memory();
    Runner::new(&HISTORY).run(&mut db).unwrap();
    let error = refused(&mut db, &OLDER);
    let Error::DatabaseIsNewer { last_known, unknown } = &error else { panic!("{error}") };
    assert_eq!(last_known.as_deref(), Some("0001_users"));
    assert_eq!(unknown.as_slice(), ["0002_ada", "0003_posts"]);
    let report = Runner::new(&OLDER).allow_newer().run(&mut db).unwrap();
    assert_eq!((report.migrations.len(), report.unknown.len()), (0, 2));
}

#[test]
fn forked_histories_are_refused() {
    static OTHER: History = history![
        migration!(sqlite "0001_users", [], []),
        migration!(sqlite "0002_aardvark", [statement(1, 1, "CREATE TABLE main.`a` (`id`)")], []),
        migration!(sqlite "0002_ada", [], []),
    ];
    let mut db = memory();
    Runner::new(&HISTORY).run(&mut db).unwrap();
    let error = refused(&mut db, &OTHER);
    assert!(matches!(&error, Error::Forked { after: Some(after), .. } if after == "0001_users"), "{error}");
}

#[test]
fn a_callers_transaction_is_refused() {
    let mut db = memory();
    db.execute_batch("BEGIN; CREATE TABLE mine (a)").unwrap();
    let error = Runner::new(&HISTORY).run(&mut db).unwrap_err();
    assert!(matches!(error, Error::InTransaction), "{error}");
    assert!(!db.is_autocommit());
    db.execute_batch("COMMIT").unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM sqlite_schema"), 1);
}

#[test]
fn a_lost_history_is_not_run_again() {
    let mut db = memory();
    Runner::new(&HISTORY).run(&mut db).unwrap();
    db.execute_batch("DELETE FROM _migrations").unwrap();
    let error = refused(&mut db, &HISTORY);
    assert!(error.to_string().contains("baseline"), "{error}");
    db.execute_batch("DROP TABLE _migrations").unwrap();
    let error = refused(&mut db, &HISTORY);
    assert!(matches!(&error, Error::HistoryLost { tables, .. } if tables.as_slice() == ["users"]), "{error}");
}

#[test]
fn a_foreign_table_is_not_taken_for_the_history() {
    let mut db = memory();
    db.execute_batch("CREATE TABLE _migrations (version TEXT)").unwrap();
    let error = Runner::new(&HISTORY).run(&mut db).unwrap_err();
    assert!(matches!(error, Error::HistoryTable { .. }), "{error}");

    let mut db = memory();
    Runner::new(&HISTORY).target("0001_users").run(&mut db).unwrap();
    db.execute_batch("UPDATE _migrations SET format = 2").unwrap();
    let error = Runner::new(&HISTORY).run(&mut db).unwrap_err();
    assert!(matches!(error, Error::HistoryTable { .. }), "{error}");
}

#[test]
fn dangerous_journal_modes_are_refused() {
    let file = database();
    for mode in ["off", "memory"] {
        let mut db = file.connect();
        db.execute_batch(&format!("PRAGMA journal_mode = {mode}")).unwrap();
        let error = refused(&mut db, &HISTORY);
        assert!(matches!(&error, Error::JournalMode { mode: found } if found == mode), "{error}");
    }
    Runner::new(&HISTORY).run(&mut file.connect()).unwrap();
}

#[test]
fn a_temporary_history_table_is_refused() {
    let mut db = memory();
    db.execute_batch("CREATE TEMP TABLE _migrations (a)").unwrap();
    let error = refused(&mut db, &HISTORY);
    assert!(matches!(&error, Error::ShadowedName { schema, .. } if schema == "temp"), "{error}");
}

#[test]
fn a_failing_statement_undoes_everything_and_says_where() {
    static BAD: History = history![
        migration!(sqlite "1_good", [statement(1, 1, "CREATE TABLE main.`t` (`a` UNIQUE)")], []),
        migration!(sqlite "2_bad",
            [statement(7, 3, "INSERT INTO main.`t` VALUES (1)"), statement(8, 3, "INSERT INTO main.`t` VALUES (1)")], []),
    ];
    for foreign_keys in [true, false] {
        let mut db = memory();
        db.execute_batch(&format!("PRAGMA foreign_keys = {foreign_keys}")).unwrap();
        let error = refused(&mut db, &BAD);
        assert_eq!(
            error.to_string(),
            "migration `2_bad` failed at 2_bad.rs:8:3: UNIQUE constraint failed: t.a (2067)\n  in: INSERT INTO \
             main.`t` VALUES (1)"
        );
        let Error::Statement { line, source, .. } = &error else { panic!("{error}") };
        assert_eq!((*line, source.code()), (8, Some("2067")));
        assert_eq!(number(&db, "SELECT foreign_keys FROM pragma_foreign_keys") == 1, foreign_keys);
    }
}

#[test]
fn raw_sql_that_ends_the_transaction_is_caught() {
    static COMMITS: History = history![migration!(sqlite "1",
        [raw(2, 2, "CREATE TABLE a (x); COMMIT; CREATE TABLE b (x)")], [])];
    static BEGINS: History = history![migration!(sqlite "1",
        [raw(2, 2, "CREATE TABLE a (x); COMMIT; BEGIN; CREATE TABLE b (x)")], [])];
    for history in [&COMMITS, &BEGINS] {
        let mut db = memory();
        let error = Runner::new(history).run(&mut db).unwrap_err();
        assert!(matches!(error, Error::TransactionEnded { line: 2, .. }), "{error}");
        assert!(db.is_autocommit());
        // The history does not claim it.
        assert_eq!(number(&db, "SELECT count(*) FROM _migrations"), 0);
    }
}

#[test]
fn a_history_for_another_database_is_refused() {
    static OTHER: History =
        history![migration!(postgres "1", [statement(1, 1, "CREATE TABLE a (x int)")], [])];
    let mut db = memory();
    let error = refused(&mut db, &OTHER);
    assert!(matches!(error, Error::DialectMissing { dialect: "SQLite", .. }), "{error}");
}

#[test]
fn events_tell_the_story() {
    let mut db = memory();
    let told = Mutex::new(Vec::new());
    Runner::new(&HISTORY)
        .target("0002_ada")
        .on_event(|event| told.lock().unwrap().push(event.to_string()))
        .run(&mut db)
        .unwrap();
    let told = told.into_inner().unwrap();
    assert_eq!(told[0], "applying `0001_users` (1 step)");
    assert_eq!(told[4], "`0002_ada`: step 1 of 2 done");
    assert_eq!(told.len(), 7);
}

#[test]
fn a_panic_in_a_listener_leaves_nothing() {
    let mut db = memory();
    db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let listener = |event: &Event| assert!(!matches!(event, Event::Finished { .. }), "stop here");
        Runner::new(&HISTORY).on_event(listener).run(&mut db)
    }));
    assert!(panicked.is_err());
    assert!(db.is_autocommit());
    assert_eq!(contents(&db), [""; 0]);
    assert_eq!(number(&db, "SELECT foreign_keys FROM pragma_foreign_keys"), 0);
}

#[test]
fn another_writer_is_waited_for_and_not_for_ever() {
    let file = database();
    let other = file.connect();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let mut db = file.connect();
    let start = Instant::now();
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    let error = Runner::new(&HISTORY)
        .wait_for_peer(Duration::from_millis(300))
        .on_event(move |_| *count.lock().unwrap() += 1)
        .run(&mut db)
        .unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    // The connection's own busy timeout of five seconds does not count, and is back.
    assert!(start.elapsed() < Duration::from_secs(3));
    assert_eq!(number(&db, "SELECT timeout FROM pragma_busy_timeout"), 5000);
    assert_eq!(*told.lock().unwrap(), 1);

    let path = file.path().to_owned();
    let waiting = std::thread::spawn(move || Runner::new(&HISTORY).run(&mut Connection::open(path).unwrap()));
    std::thread::sleep(Duration::from_millis(200));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(waiting.join().unwrap().unwrap().migrations.len(), 3);
}

#[test]
fn a_commit_waits_for_readers() {
    let file = database();
    Runner::new(&HISTORY).target("0001_users").run(&mut file.connect()).unwrap();
    let reader = file.connect();
    reader.execute_batch("BEGIN; SELECT count(*) FROM users").unwrap();
    let path = file.path().to_owned();
    let waiting = std::thread::spawn(move || Runner::new(&HISTORY).run(&mut Connection::open(path).unwrap()));
    std::thread::sleep(Duration::from_millis(300));
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(waiting.join().unwrap().unwrap().migrations.len(), 2);
}

#[test]
fn processes_that_start_together_apply_once() {
    for journal in ["delete", "wal"] {
        for _ in 0..5 {
            let file = database();
            file.connect().execute_batch(&format!("PRAGMA journal_mode = {journal}")).unwrap();
            let barrier = Arc::new(std::sync::Barrier::new(6));
            let threads: Vec<_> = (0..6)
                .map(|_| {
                    let (path, barrier) = (file.path().to_owned(), Arc::clone(&barrier));
                    std::thread::spawn(move || {
                        let mut db = Connection::open(path).unwrap();
                        barrier.wait();
                        Runner::new(&HISTORY).run(&mut db).unwrap().migrations.len()
                    })
                })
                .collect();
            let applied: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
            assert_eq!(applied, 3);
            // Applied twice, the id would be a hundred.
            assert_eq!(strings(&file.connect(), "SELECT id || name FROM users"), ["10ada"]);
        }
    }
}
