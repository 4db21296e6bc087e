//! SQLite files that cannot be migrated as they are: full, read-only, corrupt, locked, of another encoding, or with
//! functions that the connection lacks. Either the run succeeds whole or it says why and nothing has changed.

#[macro_use]
mod runtime;

use std::time::Duration;

use migrate::__private::{History, Rebuild, rebuild, statement, table};
use migrate::{Error, Runner};
use migrate_test_support::sqlite::{Database, database};
use rusqlite::{Connection, OpenFlags};

/// `notes` gets a body that must be there, which takes a rebuild.
static NOTES: Rebuild = table(
    "notes",
    "__migrate_new_notes",
    &["id", "body"],
    &[],
    "CREATE TABLE main.`__migrate_new_notes` (`id` INTEGER PRIMARY KEY, `body` TEXT NOT NULL)",
    &["id", "body"],
    &["`notes`.`id`", "`notes`.`body`"],
    false,
    &[],
);
static NOTES_BACK: Rebuild = table(
    "notes",
    "__migrate_new_notes",
    &["id", "body"],
    &[],
    "CREATE TABLE main.`__migrate_new_notes` (`id` INTEGER PRIMARY KEY, `body` TEXT)",
    &["id", "body"],
    &["`notes`.`id`", "`notes`.`body`"],
    false,
    &[],
);
static REBUILD: History = history![migration!(sqlite "0001_rebuild",
    [rebuild(4, 5, &NOTES)], [rebuild(4, 5, &NOTES_BACK)])];

/// Two that fit and one that copies every row: a full disk strikes in the last one.
static GROWING: History = history![
    migration!(sqlite "0001_small",
        [statement(1, 1, "CREATE TABLE main.`small` (`id` INTEGER PRIMARY KEY)")], "no way back"),
    migration!(sqlite "0002_update",
        [statement(1, 1, "UPDATE main.`notes` SET `body` = `body` || '!'")], "no way back"),
    migration!(sqlite "0003_rebuild", [rebuild(4, 5, &NOTES)], [rebuild(4, 5, &NOTES_BACK)]),
];

static INDEX: History = history![migration!(sqlite "0001_index",
    [statement(2, 5, "CREATE INDEX main.`notes_body` ON `notes` (`body`)")],
    [statement(2, 5, "DROP INDEX main.`notes_body`")])];

/// Rows of many pages, and a child that would go with them.
const SCHEMA: &str = "
    CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
    CREATE TABLE marks (note INTEGER REFERENCES notes (id) ON DELETE CASCADE);
    WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 600)
    INSERT INTO notes SELECT n, 'é' || n || hex(zeroblob(200)) FROM s;
    INSERT INTO marks SELECT id FROM notes;";

fn filled(before: &str) -> (Database, Connection) {
    let file = database();
    let db = file.connect();
    db.execute_batch(before).unwrap();
    db.execute_batch(SCHEMA).unwrap();
    (file, db)
}

/// The schema and every cell with its storage class.
fn dump(db: &Connection) -> Vec<String> {
    let strings = |sql: &str| -> Vec<String> {
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut lines =
        strings("SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name");
    lines.extend(strings("SELECT id || typeof(body) || hex(body) FROM notes ORDER BY id"));
    lines.extend(strings("SELECT 'mark ' || note FROM marks ORDER BY note"));
    lines.extend(strings("SELECT integrity_check FROM pragma_integrity_check"));
    lines
}

/// Runs a history that must fail, and gives what it said; everything is as before and the connection is free.
fn refused(db: &mut Connection, history: &History) -> Error {
    let before = dump(db);
    let error = Runner::new(history).wait_for_peer(Duration::from_millis(200)).run(db).unwrap_err();
    assert!(db.is_autocommit(), "{error}");
    assert_eq!(dump(db), before, "{error}");
    error
}

/// What the runner said, and the code that SQLite gave.
fn told(error: &Error) -> (String, String) {
    let code = error.database_error().and_then(|source| source.code()).unwrap_or_default();
    (error.to_string(), code.to_owned())
}

#[test]
fn a_full_disk_leaves_everything() {
    for setting in ["", "PRAGMA journal_mode = wal;", "PRAGMA cache_size = 2; PRAGMA cache_spill = 1;"] {
        // From no page more to so many that all of it fits: somewhere in between each statement is the one that fails.
        let (mut failed, mut more) = (0, 0);
        // A rebuild of a table with children that cascade is a transaction of its own; the two before it are one.
        let (_file, mut db) = filled(setting);
        let nothing = dump(&db);
        Runner::new(&GROWING).target("0002_update").run(&mut db).unwrap();
        let (two, mut seen) = (dump(&db), [0, 0]);
        loop {
            let (_file, mut db) = filled(setting);
            let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            let limit = pages + more;
            db.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(())).unwrap();
            match Runner::new(&GROWING).run(&mut db) {
                Ok(_) => break,
                Err(error) => {
                    let (message, code) = told(&error);
                    assert_eq!(code, "13", "{message}");
                    assert!(message.contains("full (13); make room on the disk or raise"), "{message}");
                    assert!(db.is_autocommit(), "{message}");
                    let found = dump(&db);
                    assert!(found == nothing || found == two, "{limit} pages: {message}");
                    let recorded = 3 - Runner::new(&GROWING).status(&mut db).unwrap().pending().count();
                    assert_eq!(recorded, if found == two { 2 } else { 0 }, "{message}");
                    seen[usize::from(found == two)] += 1;
                    failed += 1;
                    // With room it goes through on the same connection.
                    db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
                    Runner::new(&GROWING).run(&mut db).unwrap();
                    let rows: [i64; 2] = [
                        db.query_row("SELECT count(*) FROM notes WHERE body LIKE '%!'", [], |r| r.get(0))
                            .unwrap(),
                        db.query_row("SELECT count(*) FROM marks", [], |r| r.get(0)).unwrap(),
                    ];
                    assert_eq!(rows, [600, 600]);
                }
            }
            more = more * 2 + 1;
            assert!(more < 10_000);
        }
        assert!(failed >= 3 && !seen.contains(&0), "{setting}: {seen:?} limits were too low");
    }
}

#[test]
fn other_encodings_are_migrated_like_any() {
    for encoding in ["UTF-16le", "UTF-16be", "UTF-8"] {
        let (_file, mut db) = filled(&format!("PRAGMA encoding = '{encoding}'"));
        let found: String = db.query_row("PRAGMA encoding", [], |row| row.get(0)).unwrap();
        assert_eq!(found, encoding);
        let cells = |db: &Connection| {
            dump(db).into_iter().filter(|l| l.contains("text") || l.contains("mark ")).collect::<Vec<_>>()
        };
        let before = cells(&db);
        assert!(before.len() >= 1200);
        Runner::new(&REBUILD).run(&mut db).unwrap();
        assert!(db.execute("INSERT INTO notes VALUES (9000, NULL)", []).is_err(), "the rebuild was not done");
        assert_eq!(cells(&db), before);
        Runner::new(&REBUILD).revert(&mut db, migrate::Revert::All).unwrap();
        assert_eq!(cells(&db), before);
        let found: String = db.query_row("PRAGMA encoding", [], |row| row.get(0)).unwrap();
        assert_eq!(found, encoding);
    }
}

#[test]
fn a_file_that_must_not_be_written_is_left() {
    let (file, db) = filled("");
    drop(db);
    let bytes = std::fs::read(file.path()).unwrap();
    let uri = |more: &str| format!("file:{}?{more}", file.path().display());
    let write = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI;
    let opened = [
        Connection::open_with_flags(file.path(), OpenFlags::SQLITE_OPEN_READ_ONLY),
        Connection::open_with_flags(uri("mode=ro"), write),
        Connection::open_with_flags(uri("immutable=1"), write),
    ];
    for mut db in opened.map(Result::unwrap) {
        for history in [&REBUILD, &INDEX] {
            let (message, code) = told(&refused(&mut db, history));
            assert_eq!(code, "8", "{message}");
            assert!(message.contains("readonly"), "{message}");
            assert!(message.contains("; open the file for writing"), "{message}");
        }
    }
    assert!(std::fs::read(file.path()).unwrap() == bytes, "the file has changed");
    let folder = file.path().parent().unwrap();
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "something was left beside the file");
}

#[test]
fn a_connection_that_may_only_query_is_told_so() {
    let (_file, mut db) = filled("");
    db.execute_batch("PRAGMA query_only = 1").unwrap();
    let (message, code) = told(&refused(&mut db, &REBUILD));
    assert_eq!(code, "8", "{message}");
}

#[test]
fn what_is_no_database_is_told_and_left() {
    let file = database();
    let text = b"This is a letter and no database, which is long enough to be taken for a header of one.\n"
        .repeat(40);
    std::fs::write(file.path(), &text).unwrap();
    let mut db = file.connect();
    let error = Runner::new(&INDEX).run(&mut db).unwrap_err();
    let (message, code) = told(&error);
    assert_eq!(code, "26", "{message}");
    assert!(message.contains("not a database (26); see where the path leads"), "{message}");
    assert!(Runner::new(&INDEX).status(&mut db).is_err());
    assert!(std::fs::read(file.path()).unwrap() == text);
}

#[test]
fn a_corrupt_file_is_told_and_left() {
    let (file, db) = filled("PRAGMA page_size = 4096");
    let root: i64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'notes'", [], |r| r.get(0)).unwrap();
    drop(db);
    let root = root as usize;
    let mut bytes = std::fs::read(file.path()).unwrap();
    // The root of the table's tree is no page of a tree any more.
    bytes[(root - 1) * 4096..root * 4096].fill(0xA5);
    std::fs::write(file.path(), &bytes).unwrap();
    for history in [&REBUILD, &INDEX] {
        let mut db = file.connect();
        let (message, code) = told(&Runner::new(history).run(&mut db).unwrap_err());
        assert_eq!(code.parse::<i32>().unwrap_or(0) & 0xff, 11, "{message}");
        assert!(message.contains("malformed"), "{message}");
        assert!(message.contains("; the file is damaged: restore a backup"), "{message}");
        assert!(db.is_autocommit());
        drop(db);
        assert!(std::fs::read(file.path()).unwrap() == bytes, "the file has changed: {message}");
    }
}

#[test]
fn a_locked_file_is_told_after_the_wait() {
    let (file, mut db) = filled("");
    let before = dump(&db);
    let other = file.connect();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = Runner::new(&REBUILD).wait_for_peer(Duration::from_millis(100)).run(&mut db).unwrap_err();
    assert!(
        matches!(error, Error::Locked { .. })
            || error.database_error().is_some_and(|source| source.is_busy()),
        "{error}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(dump(&db), before);
    Runner::new(&REBUILD).run(&mut db).unwrap();
}

/// Registers what the schema of an application uses.
fn own_functions(db: &Connection) {
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8
        | rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("slug", 1, flags, |context| Ok(context.get::<String>(0)?.to_lowercase()))
        .unwrap();
    db.create_collation("de", |a: &str, b: &str| a.to_lowercase().cmp(&b.to_lowercase())).unwrap();
}

#[test]
fn functions_that_the_connection_lacks_stop_it() {
    let uses = [
        ("CREATE INDEX by_slug ON notes (slug(body))", "function: slug"),
        ("CREATE UNIQUE INDEX by_slug ON notes (body) WHERE slug(body) > 'a'", "function: slug"),
        ("CREATE INDEX by_german ON notes (body COLLATE de)", "no such collation sequence: de"),
    ];
    for (sql, said) in uses {
        let (file, db) = filled("");
        own_functions(&db);
        db.execute_batch(sql).unwrap();
        let before = dump(&db);
        drop(db);
        // Another program, which registers nothing.
        let mut db = file.connect();
        let error = Runner::new(&REBUILD).run(&mut db).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(said), "{sql}: {message}");
        assert!(message.contains("; register it on the connection"), "{sql}: {message}");
        assert!(error.database_error().is_some(), "{sql}: {message}");
        assert!(db.is_autocommit());
        drop(db);
        let mut db = file.connect();
        own_functions(&db);
        assert_eq!(dump(&db), before, "{sql}");
        // The way out.
        Runner::new(&REBUILD).run(&mut db).unwrap();
        let kept: String = db
            .query_row("SELECT sql FROM sqlite_schema WHERE name LIKE 'by_%'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, sql);
    }
}

#[test]
fn a_view_that_the_connection_cannot_read_is_no_obstacle() {
    let (file, db) = filled("");
    own_functions(&db);
    db.execute_batch("CREATE VIEW slugs AS SELECT slug(body) AS slug FROM notes").unwrap();
    drop(db);
    let mut db = file.connect();
    Runner::new(&REBUILD).run(&mut db).unwrap();
    own_functions(&db);
    let rows: i64 = db.query_row("SELECT count(*) FROM slugs", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 600);
}

#[test]
fn texts_with_zero_bytes_and_bad_bytes_are_kept() {
    let (_file, mut db) = filled("");
    db.execute_batch(
        "UPDATE notes SET body = CAST(x'6162006364' AS TEXT) WHERE id = 1;
         UPDATE notes SET body = CAST(x'FF41C328' AS TEXT) WHERE id = 2;
         UPDATE notes SET body = x'00FF' WHERE id = 3;
         UPDATE notes SET body = '' WHERE id = 4;",
    )
    .unwrap();
    let cells = |db: &Connection| -> Vec<String> {
        let sql = "SELECT typeof(body) || hex(body) FROM notes WHERE id <= 4 ORDER BY id";
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let before = cells(&db);
    assert_eq!(before, ["text6162006364", "textFF41C328", "blob00FF", "text"]);
    Runner::new(&REBUILD).run(&mut db).unwrap();
    assert!(db.execute("INSERT INTO notes VALUES (9000, NULL)", []).is_err(), "the rebuild was not done");
    assert_eq!(cells(&db), before);
}

#[test]
fn a_view_in_the_place_of_the_history_is_left() {
    let (_file, mut db) = filled("CREATE VIEW _migrations AS SELECT 1 AS position, 'x' AS name;");
    let message = refused(&mut db, &INDEX).to_string();
    assert!(message.contains("`_migrations`"), "{message}");
}
