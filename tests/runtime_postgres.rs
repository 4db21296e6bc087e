//! The runtime on PostgreSQL: run, status, revert, and what is refused.

#[macro_use]
mod runtime;

use std::future::Future;
use std::time::{Duration, Instant};

use migrate::__private::{raw, statement};
use migrate::{Error, Event, History, Report, Revert, Runner, State};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database, sql, strings};
use tokio_postgres::Client;

static HISTORY: History = history![
    migration!(postgres "0001_users",
        [statement(3, 5, "CREATE TABLE \"users\" (\"id\" bigint PRIMARY KEY, \"name\" text NOT NULL UNIQUE)")],
        [statement(3, 5, "DROP TABLE \"users\"")]),
    migration!(postgres "0002_ada",
        [statement(4, 5, "INSERT INTO \"users\" VALUES (1, 'ada')"),
         statement(5, 5, "UPDATE \"users\" SET \"id\" = \"id\" * 10")],
        [statement(4, 5, "DELETE FROM \"users\" WHERE \"name\" = 'ada'")]),
    migration!(postgres "0003_posts",
        [raw(2, 1, "CREATE TABLE posts (id int); -- two; statements\nCREATE INDEX i ON posts (id);")],
        [raw(2, 1, "DROP TABLE posts")]),
];

fn run(runner: Runner<'_>, client: &mut Client) -> Result<Report, Error> {
    // The future may go to any thread.
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    block_on(sent(runner.run_async(client)))
}

/// Tables and indexes, rows of `users`, rows of the history.
fn contents(client: &Client) -> Vec<String> {
    let mut lines = strings(
        client,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname",
    );
    if lines.iter().any(|line| line == "users") {
        lines.extend(strings(client, "SELECT id || name FROM public.users ORDER BY id"));
    }
    if lines.iter().any(|line| line == "_migrations") {
        lines.extend(strings(client, "SELECT position || name FROM public._migrations ORDER BY position"));
    }
    lines
}

/// Nobody has an advisory lock on this database, or a transaction open.
fn nothing_held(client: &Client) -> bool {
    strings(
        client,
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname \
         = current_database()) UNION ALL SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND state <> 'idle'",
    )
    .is_empty()
}

fn connected() -> (Database, Client) {
    let database = database();
    let client = database.client();
    (database, client)
}

#[test]
fn everything_is_applied_once() {
    let (_database, mut db) = connected();
    let report = run(Runner::new(&HISTORY), &mut db).unwrap();
    assert!(report.to_string().starts_with("applied 3 migrations in "), "{report}");
    assert_eq!(strings(&db, "SELECT id || name FROM users"), ["10ada"]);
    assert!(nothing_held(&db));

    let before = contents(&db);
    let report = run(Runner::new(&HISTORY), &mut db).unwrap();
    assert_eq!(report.to_string(), "nothing to do: 3 migrations applied");
    assert_eq!(contents(&db), before);
    let down = strings(&db, "SELECT down FROM _migrations ORDER BY position");
    assert_eq!(down[0], "-- 3:5 statement 19\nDROP TABLE \"users\";\n");
}

#[test]
fn nothing_to_do_takes_no_lock() {
    let (database, mut db) = connected();
    run(Runner::new(&HISTORY), &mut db).unwrap();
    // Everybody else is kept from writing the table, and from the advisory lock.
    let other = database.client();
    sql(&other, "BEGIN; LOCK TABLE _migrations IN EXCLUSIVE MODE");
    let start = Instant::now();
    assert!(run(Runner::new(&HISTORY), &mut db).unwrap().is_empty());
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_target_stops_there_and_a_revert_goes_back() {
    let (_database, mut db) = connected();
    let report = run(Runner::new(&HISTORY).target("0001_users"), &mut db).unwrap();
    assert_eq!((report.migrations.len(), report.applied), (1, 1));
    assert!(run(Runner::new(&HISTORY).target("0001_users"), &mut db).unwrap().is_empty());
    let error = run(Runner::new(&HISTORY).target("0009"), &mut db).unwrap_err();
    assert!(matches!(error, Error::UnknownMigration { .. }), "{error}");

    run(Runner::new(&HISTORY), &mut db).unwrap();
    let report = block_on(Runner::new(&HISTORY).revert_async(&mut db, Revert::To("0001_users"))).unwrap();
    let names: Vec<_> = report.migrations.iter().map(|m| m.migration.as_str()).collect();
    assert_eq!((names, report.applied), (vec!["0003_posts", "0002_ada"], 1));
    let left =
        ["_migrations", "_migrations_name_key", "_migrations_pkey", "users", "users_name_key", "users_pkey"];
    assert_eq!(contents(&db)[..6], left);
    assert_eq!(contents(&db)[6..], ["10001_users"]);

    static OLDER: History = history![];
    block_on(Runner::new(&OLDER).revert_async(&mut db, Revert::All)).unwrap();
    assert_eq!(contents(&db), ["_migrations", "_migrations_name_key", "_migrations_pkey"]);
    run(Runner::new(&HISTORY), &mut db).unwrap();
    assert_eq!(strings(&db, "SELECT id || name FROM users"), ["10ada"]);
}

#[test]
fn the_status_writes_nothing() {
    let (_database, mut db) = connected();
    let status = block_on(Runner::new(&HISTORY).status_async(&mut db)).unwrap();
    assert_eq!(status.pending().count(), 3);
    assert_eq!(contents(&db), [""; 0]);
    run(Runner::new(&HISTORY).target("0002_ada"), &mut db).unwrap();
    let status = block_on(Runner::new(&HISTORY).status_async(&mut db)).unwrap();
    assert!(matches!(status.migrations[1].state, State::Applied { .. }));
    assert_eq!(status.migrations[2].state, State::Pending);
}

/// Runs a history that must be refused; the database must be as before.
fn refused(db: &mut Client, history: &History) -> Error {
    let before = contents(db);
    let error = run(Runner::new(history), db).unwrap_err();
    assert_eq!(contents(db), before);
    assert!(nothing_held(db));
    error
}

#[test]
fn what_the_table_says_is_refused() {
    static EDITED: History = history![
        migration!(postgres "0001_users", [], []),
        migration!(postgres "other" "0002_ada", [], []),
        migration!(postgres "0003_posts", [], []),
        migration!(postgres "0004_more", [statement(1, 1, "CREATE TABLE more (id int)")], []),
    ];
    static OLDER: History = history![migration!(postgres "0001_users", [], [])];
    static FORKED: History = history![
        migration!(postgres "0001_users", [], []),
        migration!(postgres "0002_aardvark", [statement(1, 1, "CREATE TABLE a (id int)")], []),
    ];
    static OTHER: History = history![migration!(sqlite "1", [statement(1, 1, "CREATE TABLE a (x int)")], [])];

    let (_database, mut db) = connected();
    let error = refused(&mut db, &OTHER);
    assert!(matches!(error, Error::DialectMissing { dialect: "PostgreSQL", .. }), "{error}");

    run(Runner::new(&HISTORY), &mut db).unwrap();
    let error = refused(&mut db, &EDITED);
    assert!(matches!(&error, Error::Changed { migration, .. } if migration == "0002_ada"), "{error}");
    let error = refused(&mut db, &OLDER);
    assert!(matches!(error, Error::DatabaseIsNewer { .. }), "{error}");
    let error = refused(&mut db, &FORKED);
    assert!(matches!(error, Error::Forked { .. }), "{error}");
    assert_eq!(run(Runner::new(&OLDER).allow_newer(), &mut db).unwrap().unknown.len(), 2);

    sql(&db, "DELETE FROM _migrations");
    let error = refused(&mut db, &HISTORY);
    assert!(matches!(&error, Error::HistoryLost { tables, .. } if tables.as_slice() == ["users"]), "{error}");
    sql(&db, "DROP TABLE _migrations; CREATE TABLE _migrations (version text)");
    let error = run(Runner::new(&HISTORY), &mut db).unwrap_err();
    assert!(matches!(error, Error::HistoryTable { .. }), "{error}");
}

#[test]
fn a_callers_transaction_is_refused_untouched() {
    let (database, mut db) = connected();
    for applied in [false, true] {
        sql(&db, "BEGIN; CREATE TABLE mine (a int)");
        let error = run(Runner::new(&HISTORY), &mut db).unwrap_err();
        assert!(matches!(error, Error::InTransaction), "{error}");
        // It was not broken either.
        sql(&db, "INSERT INTO mine VALUES (1); ROLLBACK");
        assert_eq!(contents(&database.client()).is_empty(), !applied);
        sql(&db, "BEGIN");
        assert!(block_on(db.batch_execute("SELECT 1/0")).is_err());
        let error = run(Runner::new(&HISTORY), &mut db).unwrap_err();
        assert!(matches!(error, Error::InTransaction), "{error}");
        sql(&db, "ROLLBACK");
        run(Runner::new(&HISTORY), &mut db).unwrap();
    }
}

#[test]
fn a_failing_migration_is_undone_and_those_before_it_stay() {
    static BAD: History = history![
        migration!(postgres "1_good", [statement(1, 1, "CREATE TABLE people (ssn text UNIQUE)")], []),
        migration!(postgres "2_bad",
            [statement(6, 3, "CREATE TABLE b (a int)"),
             statement(7, 3, "INSERT INTO people VALUES ('123-45-6789'), ('123-45-6789')")], []),
    ];
    let (_database, mut db) = connected();
    let error = run(Runner::new(&BAD), &mut db).unwrap_err();
    let Error::Statement { migration, file, line: 7, column: 3, source, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!((migration.as_str(), file.as_str(), source.code()), ("2_bad", "2_bad.rs", Some("23505")));
    assert_eq!((source.table(), source.constraint()), (Some("people"), Some("people_ssn_key")));
    let first = error.to_string().lines().next().map(str::to_owned);
    assert_eq!(
        first.as_deref(),
        Some(
            "migration `2_bad` failed at 2_bad.rs:7:3: duplicate key value violates unique constraint \
             \"people_ssn_key\" (23505, table `people`)"
        )
    );
    // The detail has the value, and neither the message nor what `unwrap` prints of the source shows it.
    assert!(!format!("{source:?}").contains("6789"));
    assert!(source.detail().is_some_and(|detail| detail.contains("6789")));
    assert_eq!(strings(&db, "SELECT name FROM _migrations"), ["1_good"]);
    assert_eq!(strings(&db, "SELECT to_regclass('b')"), ["null"]);
    assert!(nothing_held(&db));
}

#[test]
fn raw_sql_that_ends_the_transaction_is_caught() {
    static ENDS: [(&str, History); 3] = [
        (
            "commit",
            history![
                migration!(postgres "1", [raw(2, 2, "CREATE TABLE a (x int); COMMIT; CREATE TABLE b (x int)")], [])
            ],
        ),
        (
            "begin",
            history![migration!(postgres "1", [raw(2, 2, "COMMIT; BEGIN; CREATE TABLE b (x int)")], [])],
        ),
        ("error", history![migration!(postgres "1", [raw(2, 2, "COMMIT; SELECT 1/0")], [])]),
    ];
    for (what, history) in &ENDS {
        let (_database, mut db) = connected();
        let error = run(Runner::new(history), &mut db).unwrap_err();
        assert!(matches!(error, Error::TransactionEnded { line: 2, .. }), "{what}: {error}");
        assert!(nothing_held(&db), "{what}");
        assert_eq!(strings(&db, "SELECT count(*) FROM _migrations"), ["0"], "{what}");
    }
}

#[test]
fn checks_that_are_deferred_do_not_stop_a_change_of_the_table() {
    static DEFERRED: History = history![
        migration!(postgres "1", [
            statement(1, 1, "CREATE TABLE p (id int PRIMARY KEY)"),
            statement(2, 1, "CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)")], []),
        migration!(postgres "2", [
            statement(1, 1, "INSERT INTO c VALUES (1)"),
            statement(2, 1, "INSERT INTO p VALUES (1)"),
            statement(3, 1, "ALTER TABLE c ADD COLUMN more int")], []),
        migration!(postgres "3", [statement(9, 1, "INSERT INTO c VALUES (2)")], []),
    ];
    let (_database, mut db) = connected();
    let error = run(Runner::new(&DEFERRED), &mut db).unwrap_err();
    assert!(matches!(&error, Error::Statement { migration, line: 9, .. } if migration == "3"), "{error}");
    assert_eq!(strings(&db, "SELECT name FROM _migrations"), ["1", "2"]);
}

#[test]
fn the_search_path_leads_nowhere_else() {
    static NOW: History = history![migration!(postgres "1", [
        statement(1, 1, "CREATE TABLE made AS SELECT current_setting('timezone') AS zone, \
            current_setting('search_path') AS path, current_setting('row_security') AS rows, \
            current_setting('standard_conforming_strings') AS strings, current_setting('lock_timeout') AS locks")], [])];
    let (_database, mut db) = connected();
    sql(
        &db,
        "CREATE SCHEMA \"My app\"; CREATE TEMP TABLE _migrations (a int); SET search_path = nosuch, \"My app\", public; SET timezone = 'Asia/Tokyo'",
    );
    run(Runner::new(&NOW), &mut db).unwrap();
    let made = strings(&db, "SELECT concat_ws('|', zone, path, rows, strings, locks) FROM \"My app\".made");
    assert_eq!(made, ["UTC|\"My app\", pg_temp|off|on|5s"]);
    assert_eq!(strings(&db, "SELECT name FROM \"My app\"._migrations"), ["1"]);
    assert_eq!(strings(&db, "SHOW timezone"), ["Asia/Tokyo"]);
    assert!(run(Runner::new(&NOW), &mut db).unwrap().is_empty());

    static MORE: History = history![migration!(postgres "1", [
        statement(1, 1, "CREATE TABLE more AS SELECT current_setting('search_path') AS path")], [])];
    run(Runner::new(&MORE).table("other").search_also("public"), &mut db).unwrap();
    assert_eq!(strings(&db, "SELECT path FROM \"My app\".more"), ["\"My app\", public, pg_temp"]);

    sql(&db, "SET search_path = nosuch");
    let error = run(Runner::new(&NOW), &mut db).unwrap_err();
    assert!(matches!(error, Error::NoSchema), "{error}");
}

#[test]
fn processes_that_start_together_apply_once() {
    let database = database();
    for round in 0..5 {
        let clients: Vec<Client> = (0..5).map(|_| database.client()).collect();
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(clients.len()));
        let threads: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let barrier = std::sync::Arc::clone(&barrier);
                std::thread::spawn(move || {
                    barrier.wait();
                    run(Runner::new(&HISTORY), &mut client).unwrap().migrations.len()
                })
            })
            .collect();
        let applied: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(applied, 3, "round {round}");
        let db = database.client();
        assert_eq!(strings(&db, "SELECT id || name FROM users"), ["10ada"]);
        sql(&db, "DROP TABLE _migrations, users, posts");
    }
}

#[test]
fn a_peer_is_waited_for_and_not_for_ever() {
    static SLOW: History = history![migration!(postgres "1",
        [statement(1, 1, "CREATE TABLE a (x int)"), statement(2, 1, "SELECT pg_sleep(1.5)")], [])];
    let database = database();
    let mut other = database.client();
    let (tell, told) = std::sync::mpsc::channel();
    let first = std::thread::spawn(move || {
        let runner = Runner::new(&SLOW).on_event(move |_| {
            // The first is enough, and nobody may be listening any more.
            let _ = tell.send(());
        });
        run(runner, &mut other).unwrap().migrations.len()
    });
    let mut db = database.client();
    // It has the lock.
    told.recv().unwrap();
    let error = run(Runner::new(&SLOW).wait_for_peer(Duration::from_millis(50)), &mut db).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    let mut waited = 0;
    let report = run(
        Runner::new(&SLOW).on_event(|event| waited += u32::from(matches!(event, Event::Waiting { .. }))),
        &mut db,
    );
    assert_eq!((first.join().unwrap(), report.unwrap().migrations.len()), (1, 0));
    assert!(waited > 0);
}

#[test]
fn a_table_that_is_locked_is_tried_again() {
    static ALTERS: History =
        history![migration!(postgres "1", [statement(1, 1, "ALTER TABLE busy ADD COLUMN b int")], [])];
    let database = database();
    let other = database.client();
    sql(&other, "CREATE TABLE busy (a int)");
    sql(&other, "BEGIN; LOCK TABLE busy");
    let mut db = database.client();
    let quick = || Runner::new(&ALTERS).statement_lock_timeout(Duration::from_millis(50));
    let error = run(quick().retries(1), &mut db).unwrap_err();
    assert_eq!(error.database_error().and_then(|e| e.code()), Some("55P03"), "{error}");
    assert!(nothing_held_but_one(&db));

    let told = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let released = scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(400));
            sql(&other, "COMMIT");
        });
        run(quick().on_event(|event| told.lock().unwrap().push(event.to_string())), &mut db).unwrap();
        released.join().unwrap();
    });
    assert!(told.lock().unwrap().iter().any(|event| event.starts_with("`1`: rolled back, try 2 follows")));
}

/// The transaction that holds the table is the only one.
fn nothing_held_but_one(db: &Client) -> bool {
    strings(
        db,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'",
    ) == ["1"]
}

#[test]
fn a_commit_that_the_server_does_not_keep_is_noticed() {
    // A trigger that takes the row away at the last moment stands for a server that answers ROLLBACK.
    let (_database, mut db) = connected();
    run(Runner::new(&HISTORY).target("0001_users"), &mut db).unwrap();
    sql(
        &db,
        "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public._migrations WHERE \
         position = new.position; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER gone AFTER INSERT ON _migrations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW \
         EXECUTE FUNCTION gone()",
    );
    let error = run(Runner::new(&HISTORY), &mut db).unwrap_err();
    assert!(matches!(&error, Error::RolledBack { migration } if migration == "0002_ada"), "{error}");
}

#[test]
fn a_dropped_future_leaves_nothing() {
    static SLOW: History = history![migration!(postgres "1", [
        statement(1, 1, "CREATE TABLE slow (a int)"),
        raw(2, 1, "INSERT INTO slow VALUES (1); SELECT pg_sleep(0.15); INSERT INTO slow VALUES (2)"),
        statement(3, 1, "SELECT pg_sleep(0.05)")], [])];
    let database = database();
    let watcher = database.client();
    let mut db = database.client();
    let mut whole = 0;
    for ms in [0, 1, 2, 3, 5, 8, 12, 20, 40, 80, 150, 200, 230] {
        let cut = block_on(async {
            tokio::time::timeout(Duration::from_millis(ms), Runner::new(&SLOW).run_async(&mut db)).await
        });
        whole += i32::from(cut.is_ok());
        // The server finishes the statement that it has, and then the rollback that follows.
        let start = Instant::now();
        while !nothing_held(&watcher) {
            assert!(start.elapsed() < Duration::from_secs(20), "{ms} ms");
            std::thread::sleep(Duration::from_millis(50));
        }
        let applied = strings(
            &watcher,
            "SELECT to_regclass('_migrations') IS NOT NULL AND to_regclass('slow') IS NOT NULL",
        );
        let clean =
            strings(&watcher, "SELECT to_regclass('_migrations') IS NULL AND to_regclass('slow') IS NULL");
        assert!(applied == ["t"] || clean == ["t"], "{ms} ms");
        if applied == ["t"] {
            assert_eq!(strings(&watcher, "SELECT count(*) FROM slow"), ["2"]);
            sql(&watcher, "DROP TABLE _migrations, slow");
        }
    }
    // The connection can be used on.
    assert_eq!(run(Runner::new(&SLOW), &mut db).unwrap().migrations.len(), 1, "{whole}");
}

#[test]
fn a_lost_connection_is_no_hang_and_no_success() {
    static SLOW: History = history![migration!(postgres "1", [
        statement(1, 1, "CREATE TABLE slow (a int)"), statement(2, 1, "SELECT pg_sleep(20)")], [])];
    let database = database();
    let (mut db, other) = (database.client(), database.client());
    let pid = strings(&db, "SELECT pg_backend_pid()").remove(0);
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        sql(&other, &format!("SELECT pg_terminate_backend({pid})"));
    });
    let error = run(Runner::new(&SLOW), &mut db).unwrap_err();
    killer.join().unwrap();
    assert!(error.database_error().is_some_and(migrate::DatabaseError::is_connection_lost), "{error}");
    assert_eq!(contents(&database.client()), [""; 0]);
}
