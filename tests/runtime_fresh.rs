//! Which databases count as fresh, and what a run does on one: the folded schema and the rows of its migrations, or nothing.
//!
//! That it is the same schema stands in `tests/fresh.rs`.

#[macro_use]
mod runtime;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use migrate::__private::{fresh, plain};
use migrate::{Error, Event, History, Plan, Report, Revert, Runner};
use migrate_test_support::{block_on, postgres, sqlite};
use rusqlite::Connection;
use tokio_postgres::Client;

#[allow(deprecated, reason = "what lints say of these tables")]
mod shop {
    migrate::history! {
        migration m0001_users { create table users { id: integer primary key autoincrement, name: text } }
        migration m0002_orders {
            create table orders { id: integer primary key, user_id: integer references users (id), total: integer }
        }
        migration m0003_people {
            up {
                rename table users to people;
                alter table people add column age: integer null;
                update people set age = 1;
            }
            down {
                alter table people drop column age;
                rename table people to users;
            }
        }
        migration m0004_first {
            up { insert into people (id, name) values (7, "ada"); }
            down { delete from people where id = 7; }
        }
        migration m0005_more { alter table orders add column paid: boolean default false; }
    }
}

/// A script that the database refuses, for migrations that it does not.
static WRONG: History = history![
    migration!(@@ "sum" "0001_a",
        Some(const { &plain(&[(1, 1, "CREATE TABLE a (x int)")], &[(1, 1, "DROP TABLE a")]) }),
        Some(const { &plain(&[(1, 1, "CREATE TABLE a (x int)")], &[(1, 1, "DROP TABLE a")]) })),
    migration!(@@ "sum" "0002_b",
        Some(const { &fresh(plain(&[(1, 1, "CREATE TABLE b (x int)")], &[(1, 1, "DROP TABLE b")]),
            &["CREATE TABLE c (x int)", "CREATE TABLE c (x int)"]) }),
        Some(const { &fresh(plain(&[(1, 1, "CREATE TABLE b (x int)")], &[(1, 1, "DROP TABLE b")]),
            &["CREATE TABLE c (x int)", "CREATE TABLE c (x int)"]) })),
];

/// A database of either kind without objects.
enum Database {
    Sqlite(Connection),
    Postgres(Box<Client>, #[expect(dead_code, reason = "it lives as long")] Box<postgres::Database>),
}

fn lite() -> Database {
    Database::Sqlite(Connection::open_in_memory().unwrap())
}

fn server() -> Database {
    let database = postgres::database();
    Database::Postgres(Box::new(database.client()), Box::new(database))
}

fn both() -> [Database; 2] {
    [lite(), server()]
}

/// What is told of a run.
type Told = Arc<Mutex<Vec<String>>>;

fn runner(history: &History) -> (Runner<'static>, Told) {
    let told = Told::default();
    let tell = told.clone();
    (Runner::new(history).on_event(move |event| tell.lock().unwrap().push(event.to_string())), told)
}

impl Database {
    fn batch(&self, sql: &str) {
        match self {
            Database::Sqlite(connection) => connection.execute_batch(sql).unwrap(),
            Database::Postgres(client, _) => block_on(client.batch_execute(sql)).unwrap(),
        }
    }

    fn strings(&self, sql: &str) -> Vec<String> {
        match self {
            Database::Postgres(client, _) => postgres::strings(client, sql),
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).unwrap();
                let text = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
                let values = statement.query_map([], text).unwrap().map(Result::unwrap);
                values
                    .map(|value| match value {
                        rusqlite::types::Value::Text(text) => text,
                        rusqlite::types::Value::Integer(number) => number.to_string(),
                        other => format!("{other:?}"),
                    })
                    .collect()
            }
        }
    }

    fn tables(&self) -> Vec<String> {
        self.strings(match self {
            Database::Sqlite(_) => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
            }
            Database::Postgres(..) => {
                "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
            }
        })
    }

    fn run(&mut self, runner: Runner<'_>) -> Result<Report, Error> {
        match self {
            Database::Sqlite(connection) => runner.run(connection),
            Database::Postgres(client, _) => block_on(runner.run_async(&mut **client)),
        }
    }

    fn revert(&mut self, runner: Runner<'_>, how: Revert<'_>) -> Report {
        match self {
            Database::Sqlite(connection) => runner.revert(connection, how),
            Database::Postgres(client, _) => block_on(runner.revert_async(&mut **client, how)),
        }
        .unwrap()
    }

    fn plan(&mut self, runner: Runner<'_>) -> Plan {
        match self {
            Database::Sqlite(connection) => runner.plan(connection),
            Database::Postgres(client, _) => block_on(runner.plan_async(&mut **client)),
        }
        .unwrap()
    }

    /// Whether a run makes the schema at once; it always ends in the same tables.
    fn is_fresh(&mut self) -> bool {
        let (runner, told) = runner(&shop::HISTORY);
        assert_eq!(self.run(runner).unwrap().migrations.len(), 5);
        let names = "SELECT name FROM _migrations ORDER BY position";
        assert_eq!(self.strings(names).len(), 5);
        assert_eq!(self.strings("SELECT name FROM people"), ["ada"]);
        let told = told.lock().unwrap();
        told.iter().any(|line| line.starts_with("making the schema of 3 migrations, up to `0003_people`"))
    }
}

#[test]
fn a_database_with_nothing_in_it_is_made_at_once() {
    for mut db in both() {
        let (runner, told) = runner(&shop::HISTORY);
        let report = db.run(runner).unwrap();
        let names: Vec<&str> = report.migrations.iter().map(|m| m.migration.as_str()).collect();
        assert_eq!(names, ["0001_users", "0002_orders", "0003_people", "0004_first", "0005_more"]);
        assert_eq!(db.strings("SELECT name FROM people"), ["ada"]);
        let told = told.lock().unwrap();
        let begins = |words: &str| told.iter().filter(|line| line.starts_with(words)).count();
        assert_eq!(
            [begins("making the schema"), begins("applying"), begins("applied")],
            [1, 2, 5],
            "{told:?}"
        );
        assert_eq!(db.strings("SELECT duration_ms FROM _migrations WHERE position < 3"), ["0", "0"]);
        let again = db.run(Runner::new(&shop::HISTORY)).unwrap();
        assert_eq!(again.to_string(), "nothing to do: 5 migrations applied");
        // Back, one by one, and at once again: the empty history table is no object.
        let reverted = db.revert(Runner::new(&shop::HISTORY), Revert::All);
        assert_eq!((reverted.migrations.len(), db.tables()), (5, vec!["_migrations".to_owned()]));
        assert!(db.is_fresh());
    }
}

#[test]
fn any_object_counts_on_sqlite() {
    let objects = [
        "CREATE TABLE t (a)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TEMP TABLE t (a)",
        "CREATE TEMP VIEW extra AS SELECT 1",
        "ATTACH ':memory:' AS other; CREATE TABLE other.t (a)",
        "CREATE VIRTUAL TABLE t USING fts5 (a)",
    ];
    for object in objects {
        let mut db = lite();
        db.batch(object);
        assert!(!db.is_fresh(), "{object}");
    }
    for nothing in
        ["CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE t", "ATTACH ':memory:' AS other"]
    {
        let mut db = lite();
        db.batch(nothing);
        assert!(db.is_fresh(), "{nothing}");
    }
}

#[test]
fn any_object_counts_on_postgres() {
    let objects = [
        "CREATE TABLE t ()",
        "CREATE TABLE t (a int) PARTITION BY LIST (a)",
        "CREATE VIEW v AS SELECT 1 AS a",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a",
        "CREATE SEQUENCE s",
        "CREATE TYPE t AS ENUM ('a')",
        "CREATE TYPE t AS (a int)",
        "CREATE TYPE t",
        "CREATE DOMAIN d AS text",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE COLLATION c FROM \"C\"",
        "CREATE TEXT SEARCH CONFIGURATION t (COPY = simple)",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE t (a int) SERVER s",
    ];
    for object in objects {
        let mut db = server();
        db.batch(object);
        assert!(!db.is_fresh(), "{object}");
    }
    let nothings = [
        "CREATE EXTENSION citext; CREATE EXTENSION pg_trgm",
        "CREATE SCHEMA other; CREATE TABLE other.users (a int)",
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY); DROP TABLE t",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
        "CREATE TEMP TABLE people (a int)",
    ];
    for nothing in nothings {
        let mut db = server();
        db.batch(nothing);
        if nothing.contains("TEMP") {
            // Names lead to it on this connection, unless the migrations' own come first.
            let (runner, told) = runner(&shop::HISTORY);
            db.run(runner).unwrap();
            assert!(told.lock().unwrap()[0].starts_with("making the schema"), "{nothing}");
            assert_eq!(db.strings("SELECT name FROM public.people"), ["ada"]);
        } else {
            assert!(db.is_fresh(), "{nothing}");
        }
    }
}

#[test]
fn a_target_within_the_stretch_goes_one_by_one() {
    for mut db in both() {
        let (one, told) = runner(&shop::HISTORY);
        assert_eq!(db.run(one.target("0002_orders")).unwrap().migrations.len(), 2);
        assert!(told.lock().unwrap()[0].starts_with("applying `0001_users`"));
        assert_eq!(db.tables(), ["_migrations", "orders", "users"]);
        let (rest, told) = runner(&shop::HISTORY);
        assert_eq!(db.run(rest).unwrap().migrations.len(), 3);
        assert!(told.lock().unwrap()[0].starts_with("applying `0003_people`"));
    }
    for mut db in both() {
        let (at_its_end, told) = runner(&shop::HISTORY);
        assert_eq!(db.run(at_its_end.target("0003_people")).unwrap().migrations.len(), 3);
        assert!(told.lock().unwrap()[0].starts_with("making the schema of 3 migrations"));
        assert_eq!(db.strings("SELECT count(*) FROM people"), ["0"]);
    }
}

#[test]
fn each_runs_where_that_is_asked_for() {
    for mut db in both() {
        let (one_by_one, told) = runner(&shop::HISTORY);
        assert_eq!(db.run(one_by_one.replay(true)).unwrap().migrations.len(), 5);
        let told = told.lock().unwrap();
        assert_eq!(told.iter().filter(|line| line.starts_with("applying")).count(), 5, "{told:?}");
    }
}

#[test]
fn a_script_that_is_refused_leaves_the_migrations_to_it() {
    for mut db in both() {
        let (runner, told) = runner(&WRONG);
        assert_eq!(db.run(runner).unwrap().migrations.len(), 2);
        assert_eq!(db.tables(), ["_migrations", "a", "b"]);
        let told = told.lock().unwrap();
        let begins = |words: &str| told.iter().filter(|line| line.starts_with(words)).count();
        assert_eq!(
            [begins("making the schema"), begins("applying"), begins("applied")],
            [1, 2, 2],
            "{told:?}"
        );
    }
}

#[test]
fn a_plan_says_it_and_writes_nothing() {
    for mut db in both() {
        let plan = db.plan(Runner::new(&shop::HISTORY));
        // On PostgreSQL the foreign key comes once its target stands.
        let statements = if matches!(db, Database::Sqlite(_)) { 2 } else { 3 };
        assert_eq!((plan.fresh.len(), plan.migrations.len()), (statements, 5), "{plan}");
        let folded: Vec<bool> = plan.migrations.iter().map(|m| m.folded).collect();
        assert_eq!(folded, [true, true, true, false, false]);
        assert!(plan.migrations.iter().all(|m| m.steps.is_empty() == m.folded));
        let text = plan.to_string();
        let head = "5 migrations would be applied\n-- 0001_users to 0003_people, at once, for the database has nothing in it\n\
                    CREATE TABLE ";
        assert!(text.starts_with(head) && text.contains("-- 0004_first ("), "{text}");
        assert_eq!(db.tables(), [""; 0]);
        let replayed = db.plan(Runner::new(&shop::HISTORY).replay(true));
        assert!(replayed.fresh.is_empty() && replayed.migrations.iter().all(|m| !m.folded), "{replayed}");
        db.batch("CREATE TABLE t (a int)");
        assert!(db.plan(Runner::new(&shop::HISTORY)).fresh.is_empty());
    }
}

/// On SQLite the schema and what follows it are one upgrade: nothing of either stays where the application gives up.
#[test]
fn an_application_that_panics_leaves_nothing() {
    for at in ["making the schema", "applied `0001_users`", "applied `0003_people`", "applying `0004_first`"]
    {
        let mut db = lite();
        let runner = Runner::new(&shop::HISTORY).on_event(|event| {
            if event.to_string().starts_with(at) {
                std::panic::resume_unwind(Box::new("given up"));
            }
        });
        assert!(catch_unwind(AssertUnwindSafe(|| db.run(runner))).is_err(), "{at}");
        assert_eq!(db.tables(), [""; 0], "{at}");
        assert!(db.is_fresh());
    }
}

#[test]
fn a_dropped_future_leaves_nothing_or_the_schema() {
    let database = postgres::database();
    let start = Instant::now();
    block_on(Runner::new(&shop::HISTORY).run_async(&mut database.client())).unwrap();
    let whole = start.elapsed();
    let mut made = 0;
    for round in 0..30 {
        let database = postgres::database();
        let mut client = database.client();
        let run = Runner::new(&shop::HISTORY).run_async(&mut client);
        _ = block_on(async { tokio::time::timeout(whole * round / 12, run).await });
        drop(client);
        let mut client = database.client();
        let tables =
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_migrations'";
        // The server may still be busy with what was sent.
        let count = postgres::strings(&client, tables);
        assert!(count == ["0"] || count == ["2"], "{count:?}");
        made += usize::from(count == ["2"]);
        block_on(Runner::new(&shop::HISTORY).run_async(&mut client)).unwrap();
        assert_eq!(postgres::strings(&client, "SELECT name FROM people"), ["ada"]);
        assert_eq!(postgres::strings(&client, "SELECT count(*) FROM _migrations"), ["5"]);
    }
    assert!(made > 0, "no run was dropped late enough");
}

#[test]
fn one_of_several_that_start_together_makes_it() {
    let file = sqlite::database();
    let database = postgres::database();
    for on_sqlite in [true, false] {
        let told = Told::default();
        std::thread::scope(|scope| {
            for _ in 0..6 {
                let (file, database, told) = (&file, &database, told.clone());
                scope.spawn(move || {
                    let tell = told.clone();
                    let runner = Runner::new(&shop::HISTORY).on_event(move |event| {
                        if !matches!(event, Event::Waiting { .. }) {
                            tell.lock().unwrap().push(event.to_string());
                        }
                    });
                    match on_sqlite {
                        true => runner.run(&mut file.connect()).unwrap(),
                        false => block_on(runner.run_async(&mut database.client())).unwrap(),
                    }
                });
            }
        });
        let told = told.lock().unwrap();
        let begins = |words: &str| told.iter().filter(|line| line.starts_with(words)).count();
        assert_eq!([begins("making the schema"), begins("applied")], [1, 5], "{told:?}");
    }
}
