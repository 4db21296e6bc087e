//! The rebuild of a table on SQLite: everything that hangs on the table is kept, or nothing is done.

#[macro_use]
mod runtime;

use migrate::__private::{History, Rebuild, raw, rebuild, statement, table};
use migrate::{Error, Event, Revert, Runner};
use rusqlite::Connection;

/// `people` gets a name that must be there; its rows are copied as they are.
static PEOPLE: Rebuild = table(
    "people",
    "__migrate_new_people",
    &["id", "name"],
    &["people_name"],
    "CREATE TABLE main.`__migrate_new_people` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `name` TEXT NOT NULL, `boss` \
     INTEGER REFERENCES `people` (`id`))",
    &["id", "name"],
    &["`people`.`id`", "`people`.`name`"],
    false,
    &["CREATE INDEX main.`people_name` ON `people` (`name`)"],
);
static PEOPLE_BACK: Rebuild = table(
    "people",
    "__migrate_new_people",
    &["id", "name", "boss"],
    &["people_name"],
    "CREATE TABLE main.`__migrate_new_people` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `name` TEXT)",
    &["id", "name"],
    &["`people`.`id`", "`people`.`name`"],
    false,
    &["CREATE INDEX main.`people_name` ON `people` (`name`)"],
);
static REBUILD: History =
    history![migration!(sqlite "1", [rebuild(4, 5, &PEOPLE)], [rebuild(4, 5, &PEOPLE_BACK)])];

const SCHEMA: &str = "
    CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
    CREATE INDEX people_name ON people (name);
    INSERT INTO people (id, name) VALUES (1, 'ada'), (2, 'bob'), (9, 'eve');
    DELETE FROM people WHERE id = 9;
    CREATE TABLE cascading (id INTEGER PRIMARY KEY, person REFERENCES people (id) ON DELETE CASCADE);
    CREATE TABLE deeper (cascading REFERENCES cascading (id) ON DELETE CASCADE);
    CREATE TABLE nulling (person REFERENCES people (id) ON DELETE SET NULL);
    CREATE TABLE defaulting (person DEFAULT 2 REFERENCES people (id) ON DELETE SET DEFAULT);
    CREATE TABLE plain (person REFERENCES people (id));
    CREATE TABLE restricting (person REFERENCES people (id) ON DELETE RESTRICT);
    INSERT INTO cascading VALUES (5, 1), (6, 2); INSERT INTO deeper VALUES (5), (6);
    INSERT INTO nulling VALUES (1); INSERT INTO defaulting VALUES (1); INSERT INTO plain VALUES (1);
    INSERT INTO restricting VALUES (1);
";

fn database(schema: &str, foreign_keys: bool) -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(schema).unwrap();
    db.execute_batch(&format!("PRAGMA foreign_keys = {foreign_keys}")).unwrap();
    db
}

fn strings(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The schema and all rows of all tables.
fn dump(db: &Connection) -> Vec<String> {
    let mut lines =
        strings(db, "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name");
    for table in strings(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
        let mut statement = db.prepare(&format!("SELECT * FROM `{table}`")).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<_> = (0..width).map(|i| format!("{:?}", row.get_ref(i).unwrap())).collect();
            lines.push(format!("{table}: {}", cells.join(", ")));
        }
    }
    lines
}

/// Runs a history that must be refused: the database is as before, byte for byte as far as SQL can tell.
fn refused(db: &mut Connection, history: &History) -> Error {
    let (before, setting) = (dump(db), number(db, "SELECT foreign_keys FROM pragma_foreign_keys"));
    let error = Runner::new(history).run(db).unwrap_err();
    assert_eq!(dump(db), before, "{error}");
    assert!(db.is_autocommit());
    assert_eq!(number(db, "SELECT foreign_keys FROM pragma_foreign_keys"), setting);
    assert_eq!(number(db, "SELECT legacy_alter_table FROM pragma_legacy_alter_table"), 0);
    error
}

#[test]
fn the_rows_of_children_are_kept() {
    for foreign_keys in [true, false] {
        let mut db = database(SCHEMA, foreign_keys);
        Runner::new(&REBUILD).run(&mut db).unwrap();
        assert_eq!(strings(&db, "SELECT id || name FROM people"), ["1ada", "2bob"]);
        assert_eq!(strings(&db, "SELECT id || person FROM cascading"), ["51", "62"]);
        assert_eq!(strings(&db, "SELECT '' || cascading FROM deeper"), ["5", "6"]);
        for child in ["nulling", "defaulting", "plain", "restricting"] {
            assert_eq!(strings(&db, &format!("SELECT '' || person FROM {child}")), ["1"]);
        }
        // The setting is the caller's again, and the references mean the new table.
        assert_eq!(number(&db, "SELECT foreign_keys FROM pragma_foreign_keys") == 1, foreign_keys);
        let orphan = db.execute_batch("INSERT INTO plain VALUES (77)");
        assert_eq!(orphan.is_err(), foreign_keys);
        // 9 was given out once.
        db.execute_batch("INSERT INTO people (name) VALUES ('new')").unwrap();
        assert_eq!(number(&db, "SELECT max(id) FROM people"), 10);
        assert_eq!(number(&db, "SELECT count(*) FROM sqlite_sequence WHERE name = 'people'"), 1);
        assert_eq!(number(&db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%migrate_new%'"), 0);
    }
}

#[test]
fn a_rebuild_is_reverted_by_what_was_stored() {
    static NOTHING: History = history![];
    let mut db = database(SCHEMA, true);
    Runner::new(&REBUILD).run(&mut db).unwrap();
    db.execute_batch("UPDATE people SET boss = 1 WHERE id = 2").unwrap();
    Runner::new(&NOTHING).revert(&mut db, Revert::Last(1)).unwrap();
    assert_eq!(strings(&db, "SELECT name FROM pragma_table_info('people')"), ["id", "name"]);
    assert_eq!(strings(&db, "SELECT id || person FROM cascading"), ["51", "62"]);
    assert_eq!(number(&db, "SELECT foreign_keys FROM pragma_foreign_keys"), 1);
}

#[test]
fn an_empty_table_keeps_its_sequence() {
    let mut db = database(SCHEMA, false);
    db.execute_batch(
        "DELETE FROM people; PRAGMA foreign_keys = OFF; DELETE FROM cascading; DELETE FROM deeper;",
    )
    .unwrap();
    Runner::new(&REBUILD).run(&mut db).unwrap();
    db.execute_batch("INSERT INTO people (name) VALUES ('new')").unwrap();
    assert_eq!(number(&db, "SELECT id FROM people"), 10);
}

#[test]
fn triggers_indexes_and_views_stay() {
    let mut db = database(SCHEMA, true);
    db.execute_batch(
        "CREATE TABLE log (text);
         CREATE TRIGGER on_people AFTER INSERT ON people BEGIN INSERT INTO log VALUES ('a; ' || new.name); END;
         CREATE TRIGGER on_plain AFTER INSERT ON plain BEGIN INSERT INTO log SELECT name FROM people WHERE id = 1; END;
         CREATE UNIQUE INDEX \"Hand made\" ON people (lower(name) DESC) WHERE name <> 'x';
         CREATE VIEW names AS SELECT name FROM people;
         CREATE VIEW of_names AS SELECT * FROM names;
         CREATE TRIGGER of_view INSTEAD OF INSERT ON names BEGIN INSERT INTO people (name) VALUES (new.name); END;
         CREATE VIEW broken AS SELECT * FROM nowhere;",
    )
    .unwrap();
    let others = "SELECT name || sql FROM sqlite_schema WHERE name NOT IN ('people', 'people_name', \
                  '_migrations') AND sql IS NOT NULL ORDER BY name";
    let before = strings(&db, others);
    Runner::new(&REBUILD).run(&mut db).unwrap();
    assert_eq!(strings(&db, others), before);
    db.execute_batch("INSERT INTO names VALUES ('zoe'); INSERT INTO plain VALUES (1)").unwrap();
    assert_eq!(strings(&db, "SELECT text FROM log"), ["a; zoe", "ada"]);
    assert_eq!(strings(&db, "SELECT name FROM of_names"), ["ada", "bob", "zoe"]);
}

#[test]
fn a_view_that_would_break_stops_it() {
    static NARROW: Rebuild =
        table("t", "w", &["a", "b"], &[], "CREATE TABLE main.`w` (`a`)", &["a"], &["`a`"], true, &[]);
    static H: History = history![migration!(sqlite "1", [rebuild(1, 1, &NARROW)], [])];
    let mut db = database("CREATE TABLE t (a, b); CREATE VIEW v AS SELECT b FROM t;", true);
    let error = refused(&mut db, &H);
    assert!(matches!(&error, Error::ViewBroken { view, .. } if view == "v"), "{error}");
}

#[test]
fn unknown_and_missing_columns_stop_it() {
    let mut db = database(SCHEMA, true);
    db.execute_batch("ALTER TABLE people ADD COLUMN hotfix; UPDATE people SET hotfix = 'data'").unwrap();
    let error = refused(&mut db, &REBUILD);
    assert!(
        matches!(&error, Error::UnknownColumns { columns, .. } if columns.as_slice() == ["hotfix"]),
        "{error}"
    );

    let mut db = database("CREATE TABLE people (id INTEGER PRIMARY KEY)", true);
    let error = refused(&mut db, &REBUILD);
    assert!(
        matches!(&error, Error::MissingColumns { columns, .. } if columns.as_slice() == ["name"]),
        "{error}"
    );

    let mut db = database("", true);
    let error = refused(&mut db, &REBUILD);
    assert!(matches!(error, Error::TableMissing { .. }), "{error}");
}

#[test]
fn a_name_in_use_stops_it() {
    let mut db = database(SCHEMA, true);
    db.execute_batch("CREATE TABLE __MIGRATE_NEW_people (mine); INSERT INTO __MIGRATE_NEW_people VALUES (7)")
        .unwrap();
    let error = refused(&mut db, &REBUILD);
    assert!(matches!(error, Error::NameTaken { .. }), "{error}");
}

#[test]
fn names_in_other_schemas_stop_it() {
    for shadow in [
        "CREATE TEMP TABLE people (a)",
        "CREATE TEMP TRIGGER tr AFTER INSERT ON main.people BEGIN SELECT 1; END",
        "ATTACH ':memory:' AS other; CREATE TABLE other.people (a)",
    ] {
        let mut db = database(SCHEMA, true);
        db.execute_batch(shadow).unwrap();
        let error = refused(&mut db, &REBUILD);
        assert!(matches!(&error, Error::ShadowedName { name, .. } if name == "people"), "{shadow}: {error}");
    }
}

#[test]
fn a_failing_copy_leaves_everything() {
    let mut db = database(SCHEMA, true);
    db.execute_batch("INSERT INTO people (name) VALUES (NULL)").unwrap();
    let error = refused(&mut db, &REBUILD);
    let Error::Statement { line: 4, sql, .. } = &error else { panic!("{error}") };
    assert!(
        sql.starts_with("INSERT OR ABORT INTO main.`__migrate_new_people` (`id`, `name`) SELECT"),
        "{sql}"
    );
    // With the row out of the way, it goes on.
    db.execute_batch("DELETE FROM people WHERE name IS NULL").unwrap();
    Runner::new(&REBUILD).run(&mut db).unwrap();
}

#[test]
fn rowids_are_kept_under_any_name() {
    static T: Rebuild = table(
        "t",
        "w",
        &["rowid", "oid", "a"],
        &[],
        "CREATE TABLE main.`w` (`rowid` TEXT, `oid` TEXT, `a` TEXT NOT NULL)",
        &["rowid", "oid", "a"],
        &["`t`.`rowid`", "`t`.`oid`", "`t`.`a`"],
        true,
        &[],
    );
    static H: History = history![migration!(sqlite "1", [rebuild(1, 1, &T)], [])];
    let schema = "CREATE TABLE t (rowid TEXT, oid TEXT, a TEXT);
                  INSERT INTO t (_rowid_, rowid, oid, a) VALUES (1, 'x', 'p', 'A'), (5, 'y', 'q', 'B');";
    let mut db = database(schema, true);
    Runner::new(&H).run(&mut db).unwrap();
    assert_eq!(strings(&db, "SELECT _rowid_ || rowid || oid || a FROM t"), ["1xpA", "5yqB"]);

    static HIDDEN: Rebuild = table(
        "t",
        "w",
        &["rowid", "oid", "_rowid_"],
        &[],
        "CREATE TABLE main.`w` (`rowid`, `oid`, `_rowid_`)",
        &["rowid"],
        &["`rowid`"],
        true,
        &[],
    );
    static I: History = history![migration!(sqlite "1", [rebuild(1, 1, &HIDDEN)], [])];
    let mut db = database("CREATE TABLE t (rowid, oid, _rowid_)", true);
    let error = refused(&mut db, &I);
    assert!(matches!(error, Error::RowidHidden { .. }), "{error}");
}

#[test]
fn rows_that_the_copy_would_drop_stop_it() {
    static DROPS: Rebuild = table(
        "t",
        "w",
        &["a"],
        &[],
        "CREATE TABLE main.`w` (`a` UNIQUE ON CONFLICT REPLACE)",
        &["a"],
        &["`a`"],
        false,
        &[],
    );
    static H: History = history![migration!(sqlite "1", [rebuild(1, 1, &DROPS)], [])];
    let mut db = database("CREATE TABLE t (a); INSERT INTO t VALUES (1), (1);", true);
    let error = refused(&mut db, &H);
    assert!(matches!(error, Error::Statement { .. }), "{error}");

    static EMPTY: Rebuild = table("t", "w", &["a"], &[], "CREATE TABLE main.`w` (`a`)", &[], &[], false, &[]);
    static I: History = history![migration!(sqlite "1", [rebuild(1, 1, &EMPTY)], [])];
    let error = refused(&mut db, &I);
    assert!(matches!(error, Error::RowCount { before: 2, after: 0, .. }), "{error}");
}

#[test]
fn values_that_an_affinity_would_rewrite_stop_it() {
    static NUMBERS: Rebuild = table(
        "t",
        "w",
        &["id", "a"],
        &[],
        "CREATE TABLE main.`w` (`id` INTEGER PRIMARY KEY, `a` INTEGER)",
        &["id", "a"],
        &["\"t\".\"id\"", "\"t\".\"a\""],
        false,
        &[],
    );
    static H: History = history![migration!(sqlite "1", [rebuild(1, 1, &NUMBERS)], [])];
    let mut db =
        database("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('007')", true);
    let error = refused(&mut db, &H);
    assert!(matches!(&error, Error::ValuesChanged { column, cells: 1, .. } if column == "a"), "{error}");
    // An equal number of another class is no loss; a real number that no integer equals stays one.
    let mut db = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL); INSERT INTO t (a) VALUES (2), (2.5)",
        true,
    );
    Runner::new(&H).run(&mut db).unwrap();
    assert_eq!(strings(&db, "SELECT typeof(a) || a FROM t"), ["integer2", "real2.5"]);
}

#[test]
fn old_orphans_are_not_blamed_and_new_ones_are_refused() {
    let orphan = "INSERT INTO plain VALUES (77)";
    let mut db = database(SCHEMA, false);
    db.execute_batch(orphan).unwrap();
    Runner::new(&REBUILD).run(&mut db).unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM plain"), 2);

    // With foreign keys off, a delete in the same migration does not cascade.
    static DELETES: History = history![migration!(sqlite "1",
        [statement(1, 1, "DELETE FROM main.`people` WHERE `id` = 1"), rebuild(4, 5, &PEOPLE)], [])];
    for setting in [true, false] {
        let mut db = database(SCHEMA, setting);
        let error = refused(&mut db, &DELETES);
        let Error::NewForeignKeyViolations { count, violations } = &error else { panic!("{error}") };
        assert_eq!((*count, violations[0].table.as_str(), violations[0].rowid), (5, "cascading", Some(5)));
        assert!(error.to_string().contains("row 5 of `cascading` to `people`"), "{error}");
    }
}

#[test]
fn a_delete_in_another_migration_cascades_as_it_should() {
    static BOTH: History = history![
        migration!(sqlite "1", [rebuild(4, 5, &PEOPLE)], []),
        migration!(sqlite "2", [raw(1, 1, "DELETE FROM restricting; DELETE FROM plain; DELETE FROM people WHERE id = 1")], []),
    ];
    for setting in [true, false] {
        let mut db = database(SCHEMA, setting);
        let report = Runner::new(&BOTH).run(&mut db).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (2, 2));
        assert_eq!(strings(&db, "SELECT id || person FROM cascading"), ["62"]);
        assert_eq!(strings(&db, "SELECT '' || cascading FROM deeper"), ["6"]);
        assert_eq!(number(&db, "SELECT person FROM defaulting"), 2);
        assert_eq!(number(&db, "SELECT foreign_keys FROM pragma_foreign_keys") == 1, setting);
    }
}

#[test]
fn a_rebuild_by_hand_that_would_delete_the_children_is_refused() {
    static BY_HAND: History = history![migration!(sqlite "1", [raw(1, 1,
        "CREATE TABLE new_people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         INSERT INTO new_people SELECT * FROM people; DELETE FROM plain; DELETE FROM restricting;
         DROP TABLE people; ALTER TABLE new_people RENAME TO people")], [])];
    static BOTH: History = history![migration!(sqlite "1", [raw(1, 1,
        "DELETE FROM plain; DELETE FROM restricting; DROP TABLE deeper; DROP TABLE cascading; DROP TABLE nulling;
         DROP TABLE defaulting; DROP TABLE people")], [])];
    for setting in [true, false] {
        let mut db = database(SCHEMA, setting);
        let error = refused(&mut db, &BY_HAND);
        let Error::DropsReferenced { table, children, .. } = &error else { panic!("{error}") };
        assert_eq!(
            (table.as_str(), children.join(" ")),
            ("people", "cascading defaulting nulling".to_owned())
        );
        Runner::new(&BOTH).run(&mut db).unwrap();
    }

    static PARENT_FIRST: History = history![migration!(sqlite "1", [
        statement(1, 1, "DROP TABLE main.`p`"), statement(2, 1, "DROP TABLE main.`c`")], [])];
    let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);
                  INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);";
    Runner::new(&PARENT_FIRST).run(&mut database(schema, true)).unwrap();
}

#[test]
fn the_rows_are_counted_aloud() {
    let mut db = database(SCHEMA, true);
    let mut copied = Vec::new();
    let listen = |event: &Event| {
        if let Event::Copied { table, rows, .. } = event {
            copied.push((table.clone(), *rows));
        }
    };
    Runner::new(&REBUILD).on_event(listen).run(&mut db).unwrap();
    assert_eq!(copied, [("people".to_owned(), 2)]);
}

#[test]
fn tables_without_rowid_and_with_generated_columns() {
    static T: Rebuild = table(
        "t",
        "w",
        &["a", "b", "sum"],
        &[],
        "CREATE TABLE main.`w` (`a` TEXT, `b` INTEGER NOT NULL, `sum` INTEGER AS (`b` * 2) STORED, PRIMARY KEY (`a`)) WITHOUT \
         ROWID, STRICT",
        &["a", "b"],
        &["`t`.`a`", "`t`.`b`"],
        false,
        &[],
    );
    static H: History = history![migration!(sqlite "1", [rebuild(1, 1, &T)], [])];
    let schema = "CREATE TABLE t (a TEXT PRIMARY KEY, b, sum AS (b + 1)) WITHOUT ROWID; INSERT INTO t VALUES ('x', 4);";
    let mut db = database(schema, true);
    Runner::new(&H).run(&mut db).unwrap();
    assert_eq!(strings(&db, "SELECT a || b || sum FROM t"), ["x48"]);
}
