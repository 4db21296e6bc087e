//! Indexes that PostgreSQL builds and drops while others write, which SQLite builds as any other.

use std::time::Duration;

use super::*;

mod built {
    migrate::history! {
        migration m1 { create table items { id: integer primary key, name: text, n: integer } }
        migration m2 {
            create index items_n on items (n) where n > 0 concurrently;
            create unique index items_name on items (lower(name)) concurrently;
        }
        migration m3 { drop index items_n concurrently; }
    }
}

const INDEXES: [&str; 2] = [
    "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'items%' ORDER BY 1",
    "SELECT c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END FROM pg_index AS i JOIN pg_class AS c ON c.oid = \
     i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'app') AND c.relname LIKE \
     'items_%' AND NOT i.indisprimary ORDER BY 1",
];

fn indexes(db: &Live) -> Vec<String> {
    db.strings(match db {
        Live::Sqlite(_) => INDEXES[0],
        Live::Postgres(..) => INDEXES[1],
    })
}

fn with_rows(db: &mut Live) {
    db.run(Runner::new(&built::HISTORY).target("1")).unwrap();
    db.sql("INSERT INTO items (id, name, n) VALUES (1, 'ada', 1), (2, 'bob', 2), (3, 'Ada', 0)");
}

#[test]
fn an_index_comes_and_goes() {
    for mut db in Live::both() {
        with_rows(&mut db);
        db.sql("DELETE FROM items WHERE id = 3");
        let report = db.up(&built::HISTORY).unwrap();
        assert_eq!(report.migrations.len(), 2);
        assert_eq!(indexes(&db), ["items_name"]);
        db.revert(&built::HISTORY, Revert::Last(1)).unwrap();
        assert_eq!(indexes(&db), ["items_n", "items_name"]);
        db.revert(&built::HISTORY, Revert::To("1")).unwrap();
        assert_eq!(indexes(&db), [""; 0]);
        assert_eq!(db.strings("SELECT name FROM _migrations"), ["1"]);
        db.up(&built::HISTORY).unwrap();
        assert_eq!(indexes(&db), ["items_name"]);
    }
}

/// Of this database alone.
const LOCKS: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
                     WHERE datname = current_database())";
const SETTINGS: &str = "SELECT concat_ws(', ', current_setting('search_path'), current_setting('lock_timeout'), \
                        current_setting('timezone'), current_setting('row_security'))";

fn postgres() -> Live {
    let [_, postgres] = Live::both();
    postgres
}

/// Applies all of it, and has another session write a row like one that is there once `when` has happened: the question
/// before the run cannot have seen it.
fn up_with_a_late_row(
    db: &mut Live,
    history: &'static History,
    when: fn(&Event) -> bool,
) -> Result<Report, Error> {
    let Live::Postgres(database, client) = db else { unreachable!() };
    let mut late = Some(database.client());
    let runner = Runner::new(history).on_event(|event| {
        if when(event)
            && let Some(writer) = late.take()
        {
            let row = "INSERT INTO items (id, name, n) VALUES (3, 'Ada', 0)";
            std::thread::scope(|scope| {
                scope.spawn(|| sql(&writer, row));
            });
        }
    });
    block_on(runner.run_async(client))
}

#[test]
fn a_unique_index_over_duplicates_leaves_no_index_and_goes_on_later() {
    let mut db = postgres();
    with_rows(&mut db);
    db.sql("DELETE FROM items WHERE id = 3");
    db.sql("SET search_path = public, pg_catalog; SET lock_timeout = 4321; SET timezone = 'Asia/Tokyo'");
    let settings = db.strings(SETTINGS);
    for late in [true, false] {
        // Behind the first step; and then the question finds it, before anything is touched.
        let error = match late {
            true => {
                up_with_a_late_row(&mut db, &built::HISTORY, |e| matches!(e, Event::Step { step: 1, .. }))
            }
            false => db.up(&built::HISTORY),
        };
        let error = error.unwrap_err();
        let Error::RowsInTheWay { found } = &error else { panic!("{error}") };
        assert_eq!((found[0].migration.as_str(), found[0].line, found[0].rows), ("2", 12, 2), "{error}");
        assert_eq!(indexes(&db), ["items_n"], "the invalid one is gone");
        assert_eq!(db.progress(), ["up 1"]);
        assert_eq!(db.strings(SETTINGS), settings);
        assert_eq!(db.strings(LOCKS), [""; 0]);
    }
    // Either the rows are mended, or all of it goes.
    let report = db.revert(&built::HISTORY, Revert::Last(1)).unwrap();
    assert_eq!((report.migrations.len(), report.applied), (1, 1));
    assert_eq!(indexes(&db), [""; 0]);
    assert!(db.up(&built::HISTORY).is_err());
    db.sql("UPDATE items SET name = 'eve' WHERE id = 3");
    let report = db.up(&built::HISTORY).unwrap();
    assert_eq!((report.migrations.len(), report.applied), (2, 3), "{report}");
    assert_eq!(indexes(&db), ["items_name"]);
    assert_eq!(db.strings(SETTINGS), settings);
    assert_eq!(db.strings(LOCKS), [""; 0]);
}

mod first {
    migrate::history! {
        migration m1 { create table items { id: integer primary key, name: text, n: integer } }
        migration m2 { create unique index items_name on items (lower(name)) concurrently; }
    }
}

#[test]
fn where_the_first_step_fails_nothing_is_left() {
    let mut db = postgres();
    with_rows(&mut db);
    db.sql("DELETE FROM items WHERE id = 3");
    let error =
        up_with_a_late_row(&mut db, &first::HISTORY, |e| matches!(e, Event::Started { .. })).unwrap_err();
    assert!(matches!(&error, Error::RowsInTheWay { .. }), "{error}");
    assert_eq!(indexes(&db), [""; 0]);
    assert_eq!(db.strings("SELECT name FROM _migrations"), ["1"]);
}

#[test]
fn an_index_that_a_cut_off_build_left_is_built_again() {
    let mut db = postgres();
    with_rows(&mut db);
    let Live::Postgres(_, client) = &db else { unreachable!() };
    let build = "CREATE UNIQUE INDEX CONCURRENTLY items_name ON items (lower(name))";
    block_on(client.batch_execute(build)).unwrap_err();
    assert_eq!(indexes(&db), ["items_name invalid"]);
    db.sql("UPDATE items SET name = 'eve' WHERE id = 3");
    db.up(&first::HISTORY).unwrap();
    assert_eq!(indexes(&db), ["items_name"]);
}

#[test]
fn an_index_of_somebody_else_is_no_work_of_ours() {
    let mut db = postgres();
    with_rows(&mut db);
    db.sql("DELETE FROM items WHERE id = 3; CREATE INDEX items_name ON items (n)");
    let error = db.up(&first::HISTORY).unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
    assert_eq!(db.strings("SELECT name FROM _migrations"), ["1"]);
    assert_eq!(indexes(&db), ["items_name"]);
}

#[test]
fn what_was_done_and_not_recorded_is_found() {
    let mut db = postgres();
    with_rows(&mut db);
    db.sql("DELETE FROM items WHERE id = 3");
    db.up(&first::HISTORY).unwrap();
    // As if the plug had been pulled behind the statement.
    db.sql("UPDATE _migrations SET progress = 'up 0 started', steps_done = 0 WHERE name = '2'");
    assert_eq!(db.up(&first::HISTORY).unwrap().migrations.len(), 1);
    assert_eq!(indexes(&db), ["items_name"]);
    db.sql("UPDATE _migrations SET progress = 'down 0 started' WHERE name = '2'; DROP INDEX items_name");
    let error = db.up(&first::HISTORY).unwrap_err();
    assert!(matches!(&error, Error::HalfReverted { .. }), "{error}");
    assert_eq!(db.revert(&first::HISTORY, Revert::Last(1)).unwrap().migrations.len(), 1);
    assert_eq!(db.strings("SELECT name FROM _migrations"), ["1"]);
}

#[test]
fn a_future_that_is_dropped_while_the_server_builds_leaves_no_lock() {
    let mut db = postgres();
    with_rows(&mut db);
    db.sql("DELETE FROM items WHERE id = 3; SET timezone = 'Asia/Tokyo'");
    let settings = db.strings(SETTINGS);
    let Live::Postgres(database, client) = &mut db else { unreachable!() };
    // A build waits for every transaction that has written to the table.
    let writer = database.client();
    sql(&writer, "BEGIN; INSERT INTO items (id, name, n) VALUES (9, 'zoe', 0)");
    let cut = block_on(async {
        let run = Runner::new(&first::HISTORY).run_async(client);
        tokio::time::timeout(Duration::from_millis(400), run).await
    });
    assert!(cut.is_err(), "it ended before the writer did");
    let watcher = database.client();
    assert_eq!(strings(&watcher, LOCKS).len(), 1, "the server is still at it, and keeps the lock so long");
    sql(&writer, "COMMIT");
    // Whatever is sent next waits for the build, the settings and the lock.
    assert_eq!(db.strings(SETTINGS), settings);
    assert_eq!(db.strings(LOCKS), [""; 0]);
    assert_eq!(db.progress(), ["up 0 started"]);
    assert_eq!(db.up(&first::HISTORY).unwrap().migrations.len(), 1);
    assert_eq!(indexes(&db), ["items_name"]);
    assert_eq!(db.progress(), ["null"]);
}

#[test]
fn a_session_that_is_ended_from_outside_is_taken_over_from() {
    let mut db = postgres();
    with_rows(&mut db);
    db.sql("DELETE FROM items WHERE id = 3");
    let Live::Postgres(database, client) = &mut db else { unreachable!() };
    let writer = database.client();
    sql(&writer, "BEGIN; INSERT INTO items (id, name, n) VALUES (9, 'zoe', 0)");
    let ended = std::thread::scope(|scope| {
        let run = scope.spawn(|| block_on(Runner::new(&first::HISTORY).run_async(client)));
        std::thread::sleep(Duration::from_millis(400));
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE UNIQUE INDEX CONC%' \
                    AND pid <> pg_backend_pid() AND datname = current_database()";
        assert_eq!(strings(&writer, kill), ["t"]);
        run.join().unwrap()
    });
    let error = ended.unwrap_err();
    assert!(matches!(&error, Error::Statement { .. }), "{error}");
    sql(&writer, "COMMIT");
    let Live::Postgres(database, client) = &mut db else { unreachable!() };
    *client = database.client();
    assert_eq!(indexes(&db), ["items_name invalid"]);
    assert_eq!(db.progress(), ["up 0 started"]);
    assert_eq!(db.up(&first::HISTORY).unwrap().migrations.len(), 1);
    assert_eq!(indexes(&db), ["items_name"]);
}

#[test]
fn in_a_schema_of_its_own_and_nowhere_else() {
    let mut db = postgres();
    let run = |db: &mut Live| db.run(Runner::new(&first::HISTORY).schema("app"));
    db.sql("CREATE SCHEMA app; CREATE TABLE public.items (id int, name text); SET search_path = public");
    run(&mut db).unwrap();
    let schema = "SELECT schemaname FROM pg_indexes WHERE indexname = 'items_name'";
    assert_eq!(db.strings(schema), ["app"]);
    assert_eq!(db.strings("SELECT current_setting('search_path')"), ["public"]);
}
