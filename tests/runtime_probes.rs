//! What an application sees of rows in the way: the sentence, the place, the keys on request, and a database as it was.
// What lints say of these histories.
#![allow(deprecated)]

use migrate::{Error, History, RowsInTheWay, Runner};
use migrate_test_support::{block_on, postgres};
use rusqlite::Connection;

mod users {
    migrate::history! {
        migration m1 {
            create table users { id: integer primary key, email: text null, age: integer null, city: text null }
        }
        migration m2 { create table cities { name: text primary key } }
        migration m3 { alter table users add column nick: text null; }
        migration m4 { alter table users recreate alter column email set not null; }
        migration m5 {
            create unique index users_email on users (lower(email));
            alter table users recreate add grown check (age >= 18);
        }
    }
}

mod keys {
    migrate::history! {
        migration m1 {
            create table p { id: integer primary key }
            create table c { id: integer primary key, p: integer null }
        }
        migration m2 {
            up {
                alter table c recreate add foreign key (p) references p (id);
                insert into p (id) values (7);
            }
            down irreversible "a test";
        }
        migration m3 {
            up {
                update c set p = p + 1 where p is not null;
                alter table c recreate { rename column p to q; add constraint_q check (q < 100); }
            }
            down irreversible "a test";
        }
    }
}

mod concurrently {
    migrate::history! {
        migration m1 { create table t { id: integer primary key, a: integer null, b: integer null } }
        migration m2 { alter table t add column c: integer null; }
        migration m3 { create unique index t_a on t (a) concurrently; }
        migration m4 {
            up {
                update t set b = 1 in batches of 10;
                create unique index t_b on t (b) concurrently;
            }
            down irreversible "a test";
        }
    }
}

const ROWS: &str = "INSERT INTO users (id, email, age, city) VALUES (1, 'a', 17, 'x'), (2, NULL, 20, 'x'), (3, 'A', NULL, 'y'), \
                    (4, NULL, 3, 'y'), (5, 'b', 30, NULL)";

fn found(error: Error) -> Vec<RowsInTheWay> {
    match error {
        Error::RowsInTheWay { found } => found,
        other => panic!("{other}"),
    }
}

/// What is said, each with its place.
fn said(error: Error) -> Vec<String> {
    let line = |f: &RowsInTheWay| format!("{}: {f}", f.migration);
    found(error).iter().map(line).collect()
}

fn applied(db: &Connection) -> i64 {
    db.query_row("SELECT count(*) FROM _migrations", [], |row| row.get(0)).unwrap()
}

#[test]
fn sqlite_says_all_of_it_before_anything_is_touched() {
    let mut db = Connection::open_in_memory().unwrap();
    Runner::new(&users::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch(ROWS).unwrap();
    let error = Runner::new(&users::HISTORY).run(&mut db).unwrap_err();
    let text = error.to_string();
    assert_eq!(
        said(error),
        [
            "4: 2 rows of `users` have `email` null",
            "5: 2 rows of `users` agree in the keys of `users_email` with another",
            "5: 2 rows of `users` break the check `grown`",
        ]
    );
    assert!(text.starts_with("rows are in the way of migrations `4`, `5`: see to them"), "{text}");
    assert!(text.contains("\n  2 rows of `users` have `email` null, at "), "{text}");
    assert!(text.contains("runtime_probes.rs:"), "{text}");
    assert_eq!(applied(&db), 1);
    assert!(db.prepare("SELECT nick FROM users").is_err());
    // With the rows seen to, it goes through.
    db.execute_batch("UPDATE users SET email = 'x' || id, age = 18").unwrap();
    Runner::new(&users::HISTORY).run(&mut db).unwrap();
    assert_eq!(applied(&db), 5);
}

#[test]
fn postgres_says_all_of_it_before_anything_is_touched() {
    let database = postgres::database();
    let mut db = database.client();
    block_on(Runner::new(&users::HISTORY).target("1").run_async(&mut db)).unwrap();
    block_on(db.batch_execute(ROWS)).unwrap();
    let error = block_on(Runner::new(&users::HISTORY).run_async(&mut db)).unwrap_err();
    assert_eq!(
        said(error),
        [
            "4: 2 rows of `users` have `email` null",
            "5: 2 rows of `users` agree in the keys of `users_email` with another",
            "5: 2 rows of `users` break the check `grown`",
        ]
    );
    // Not even those before, each of which would be committed by itself.
    let row =
        block_on(db.query_one("SELECT count(*), to_regclass('cities')::text FROM _migrations", &[])).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, Option<String>>(1)), (1, None));
    // Another table by the name in the session's own search path is not asked.
    block_on(db.batch_execute(
        "UPDATE users SET email = 'x' || id, age = 18; CREATE TEMP TABLE users AS SELECT * FROM users; \
         UPDATE users SET email = NULL",
    ))
    .unwrap();
    block_on(Runner::new(&users::HISTORY).run_async(&mut db)).unwrap();
}

#[test]
fn keys_are_told_on_request_alone() {
    let keys = |error: Error| found(error).into_iter().map(|f| f.keys).collect::<Vec<_>>();
    let mut db = Connection::open_in_memory().unwrap();
    Runner::new(&users::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch(ROWS).unwrap();
    let error = Runner::new(&users::HISTORY).run(&mut db).unwrap_err();
    assert!(!error.to_string().contains("keys:"), "{error}");
    assert_eq!(keys(error), [[""; 0]; 3]);
    let error = Runner::new(&users::HISTORY).show_keys(true).run(&mut db).unwrap_err();
    assert!(
        error.to_string().contains("2 rows of `users` have `email` null (by their keys: 2, 4), at "),
        "{error}"
    );
    assert_eq!(keys(error), [["2", "4"], ["1", "3"], ["1", "4"]]);

    let database = postgres::database();
    let mut client = database.client();
    block_on(Runner::new(&users::HISTORY).target("1").run_async(&mut client)).unwrap();
    block_on(client.batch_execute(ROWS)).unwrap();
    let error = block_on(Runner::new(&users::HISTORY).show_keys(true).run_async(&mut client)).unwrap_err();
    assert_eq!(keys(error), [["2", "4"], ["1", "3"], ["1", "4"]]);
}

/// SQLite judges foreign keys at the end of a migration that rebuilds, so what comes there is in time.
#[test]
fn what_comes_in_time_is_not_in_the_way() {
    let mut db = Connection::open_in_memory().unwrap();
    Runner::new(&keys::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch("INSERT INTO c VALUES (1, 7), (2, NULL)").unwrap();
    Runner::new(&keys::HISTORY).target("2").run(&mut db).unwrap();
    // PostgreSQL judges them where the key is added.
    let database = postgres::database();
    let mut client = database.client();
    block_on(Runner::new(&keys::HISTORY).target("1").run_async(&mut client)).unwrap();
    block_on(client.batch_execute("INSERT INTO c VALUES (1, 7), (2, NULL)")).unwrap();
    let error = block_on(Runner::new(&keys::HISTORY).target("2").run_async(&mut client)).unwrap_err();
    assert_eq!(said(error), ["2: 1 row of `c` refers by `p` to no row of `p`"]);
}

/// What the migration itself makes of the rows is asked about when its step has failed.
#[test]
fn rows_that_the_migration_wrote_are_told_too() {
    let sentence = ["3: 1 row of `c` breaks the check `constraint_q`"];
    let mut db = Connection::open_in_memory().unwrap();
    Runner::new(&keys::HISTORY).target("2").run(&mut db).unwrap();
    db.execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO p VALUES (99), (98), (100); INSERT INTO c VALUES (1, 99), (2, 98)")
        .unwrap();
    let error = Runner::new(&keys::HISTORY).run(&mut db).unwrap_err();
    assert_eq!(said(error), sentence);
    let p: i64 = db.query_row("SELECT p FROM c WHERE id = 1", [], |row| row.get(0)).unwrap();
    assert_eq!((p, applied(&db)), (99, 2));

    let database = postgres::database();
    let mut client = database.client();
    block_on(Runner::new(&keys::HISTORY).target("2").run_async(&mut client)).unwrap();
    block_on(
        client.batch_execute("INSERT INTO p VALUES (99), (98), (100); INSERT INTO c VALUES (1, 99), (2, 98)"),
    )
    .unwrap();
    let error = block_on(Runner::new(&keys::HISTORY).run_async(&mut client)).unwrap_err();
    assert_eq!(said(error), sentence);
}

#[test]
fn an_index_that_is_built_while_others_write_is_asked_about_first() {
    let sentence = ["3: 2 rows of `t` agree in `a` with another"];
    fn sqlite(
        history: &'static History,
        target: &str,
        db: &mut Connection,
    ) -> Result<migrate::Report, Error> {
        Runner::new(history).target(target).run(db)
    }
    let mut db = Connection::open_in_memory().unwrap();
    sqlite(&concurrently::HISTORY, "1", &mut db).unwrap();
    const ROWS: &str = "INSERT INTO t VALUES (1, 5, 1), (2, 5, 2), (3, 6, 3)";
    db.execute_batch(ROWS).unwrap();
    assert_eq!(said(sqlite(&concurrently::HISTORY, "3", &mut db).unwrap_err()), sentence);
    assert_eq!(applied(&db), 1);
    db.execute_batch("UPDATE t SET a = id").unwrap();
    let error = sqlite(&concurrently::HISTORY, "4", &mut db).unwrap_err();
    assert_eq!(said(error), ["4: 3 rows of `t` agree in `b` with another"]);

    let database = postgres::database();
    let mut client = database.client();
    let run = |target: &str, client: &mut tokio_postgres::Client| {
        block_on(Runner::new(&concurrently::HISTORY).target(target).run_async(client))
    };
    run("1", &mut client).unwrap();
    block_on(client.batch_execute(ROWS)).unwrap();
    assert_eq!(said(run("3", &mut client).unwrap_err()), sentence);
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(block_on(client.query_one(invalid, &[])).unwrap().get::<_, i64>(0), 0);
    block_on(client.batch_execute("UPDATE t SET a = id")).unwrap();
    let error = run("4", &mut client).unwrap_err();
    assert_eq!(said(error), ["4: 3 rows of `t` agree in `b` with another"]);
}

/// A database that is not as the history has it is told by what the step itself finds.
#[test]
fn a_question_that_cannot_be_asked_is_none() {
    let mut db = Connection::open_in_memory().unwrap();
    Runner::new(&users::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch("ALTER TABLE users DROP COLUMN email").unwrap();
    let error = Runner::new(&users::HISTORY).run(&mut db).unwrap_err();
    assert!(matches!(&error, Error::MissingColumns { .. }), "{error}");
}

/// A plan says what a run would, and is no run.
#[test]
fn a_plan_says_the_same_and_writes_nothing() {
    let said = |plan: &migrate::Plan| plan.in_the_way().map(ToString::to_string).collect::<Vec<_>>();
    let sentences = [
        "2 rows of `users` have `email` null",
        "2 rows of `users` agree in the keys of `users_email` with another",
        "2 rows of `users` break the check `grown`",
    ];
    let mut db = Connection::open_in_memory().unwrap();
    let plan = Runner::new(&users::HISTORY).replay(true).plan(&mut db).unwrap();
    assert_eq!((plan.applied, plan.migrations.len(), plan.is_refused()), (0, 5, false));
    assert_eq!(plan.migrations[4].not_asked.len(), 2);
    assert!(db.prepare("SELECT * FROM _migrations").is_err(), "there is no history table");
    Runner::new(&users::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch(ROWS).unwrap();
    let changes = db.total_changes();
    let plan = Runner::new(&users::HISTORY).plan(&mut db).unwrap();
    assert_eq!(said(&plan), sentences);
    assert_eq!((plan.migrations.len(), db.total_changes(), applied(&db)), (4, changes, 1));
    let rebuild = &plan.migrations[2].steps[0];
    assert_eq!((rebuild.rebuilds.as_deref(), rebuild.copies), (Some("users"), Some(5)));
    assert!(
        plan.to_string().contains("\n-- copies the rows of `users`: 5 now\nCREATE TABLE main."),
        "{plan}"
    );
    let one = Runner::new(&users::HISTORY).target("2").plan(&mut db).unwrap();
    assert_eq!((one.migrations.len(), one.is_refused()), (1, false));

    let database = postgres::database();
    let mut client = database.client();
    let plan = block_on(Runner::new(&users::HISTORY).plan_async(&mut client)).unwrap();
    assert_eq!((plan.applied, plan.migrations.len(), plan.is_refused()), (0, 5, false));
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(block_on(client.query_one(tables, &[])).unwrap().get::<_, i64>(0), 0);
    block_on(Runner::new(&users::HISTORY).target("1").run_async(&mut client)).unwrap();
    block_on(client.batch_execute(ROWS)).unwrap();
    let plan = block_on(Runner::new(&users::HISTORY).plan_async(&mut client)).unwrap();
    assert_eq!(said(&plan), sentences);
    assert!(plan.to_string().contains("\nALTER TABLE users ALTER COLUMN email SET NOT NULL;"), "{plan}");
    // Somebody who writes is in nobody's way, nor is the plan in theirs.
    let writer = database.client();
    block_on(writer.batch_execute("BEGIN; UPDATE users SET city = 'z'")).unwrap();
    assert_eq!(said(&block_on(Runner::new(&users::HISTORY).plan_async(&mut client)).unwrap()), sentences);
    block_on(writer.batch_execute("COMMIT")).unwrap();
}

/// The SQL of a plan is what runs: sent by hand, with foreign keys off, it makes the same schema.
#[test]
fn the_sql_of_a_plan_makes_the_same_schema() {
    let schema = |db: &Connection| {
        let mut statement = db
            .prepare(
                "SELECT coalesce(sql, name) FROM sqlite_schema WHERE tbl_name <> '_migrations' ORDER BY name",
            )
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap()
    };
    for replay in [true, false] {
        let mut run = Connection::open_in_memory().unwrap();
        Runner::new(&users::HISTORY).replay(replay).run(&mut run).unwrap();
        let mut by_hand = Connection::open_in_memory().unwrap();
        let plan = Runner::new(&users::HISTORY).replay(replay).plan(&mut by_hand).unwrap();
        assert_eq!(plan.fresh.is_empty(), replay);
        by_hand.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON").unwrap();
        let steps = plan.migrations.iter().flat_map(|m| &m.steps).flat_map(|s| &s.sql);
        for sql in plan.fresh.iter().chain(steps) {
            by_hand.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        assert_eq!(schema(&by_hand), schema(&run));
    }
}

/// Who does not want the tables read is told all the same when the statement has failed.
#[test]
fn rows_are_told_without_a_look_before() {
    let mut db = Connection::open_in_memory().unwrap();
    Runner::new(&users::HISTORY).target("1").run(&mut db).unwrap();
    db.execute_batch(ROWS).unwrap();
    let error = Runner::new(&users::HISTORY).ask_first(false).run(&mut db).unwrap_err();
    assert_eq!(said(error), ["4: 2 rows of `users` have `email` null"]);
    assert_eq!(applied(&db), 1);

    let database = postgres::database();
    let mut client = database.client();
    block_on(Runner::new(&users::HISTORY).target("1").run_async(&mut client)).unwrap();
    block_on(client.batch_execute(ROWS)).unwrap();
    let error = block_on(Runner::new(&users::HISTORY).ask_first(false).run_async(&mut client)).unwrap_err();
    assert_eq!(said(error), ["4: 2 rows of `users` have `email` null"]);
    // What came before stays, each migration in a transaction of its own.
    let count = block_on(client.query_one("SELECT count(*) FROM _migrations", &[])).unwrap();
    assert_eq!(count.get::<_, i64>(0), 3);
}

/// Who has a table locked for long keeps a plan waiting once, and not for each question.
#[test]
fn a_question_that_waits_for_a_lock_is_given_up() {
    let database = postgres::database();
    let mut client = database.client();
    block_on(Runner::new(&users::HISTORY).target("1").run_async(&mut client)).unwrap();
    let holder = database.client();
    block_on(holder.batch_execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")).unwrap();
    let wait = std::time::Duration::from_millis(400);
    let start = std::time::Instant::now();
    let plan =
        block_on(Runner::new(&users::HISTORY).statement_lock_timeout(wait).plan_async(&mut client)).unwrap();
    assert!(start.elapsed() < wait * 2, "{:?}", start.elapsed());
    let given_up: Vec<_> = plan.migrations.iter().flat_map(|m| &m.not_asked).collect();
    assert_eq!(given_up.len(), 3);
    assert!(given_up.iter().all(|q| q.error.as_ref().is_some_and(|e| e.is_busy())), "{given_up:?}");
    block_on(holder.batch_execute("ROLLBACK")).unwrap();
    // The session is as it was.
    assert_eq!(
        block_on(Runner::new(&users::HISTORY).plan_async(&mut client)).unwrap().migrations[3].not_asked.len(),
        0
    );
}
