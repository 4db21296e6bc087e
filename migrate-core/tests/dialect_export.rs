//! Exported files in the shells that people have, which go on after an error: no row may be lost.

mod dialect_support;

use dialect_support::*;
use migrate_core::dialect::{self, Work};
use migrate_core::schema::expr::Family;
use migrate_core::schema::{
    Action, Autoincrement, Change, Expr, FunctionPath, NativeSql, Schema, Step, Table, Type,
};
use migrate_core::source::Loc;
use migrate_core::target::Dialect;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A database file in a directory of its own.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> File {
        let path = std::env::temp_dir().join(format!("migrate-core-{name}-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        File(path)
    }

    fn open(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.0).unwrap()
    }

    /// What `sqlite3 db < file` says; it goes on after every error.
    fn shell(&self, script: &str) -> String {
        let mut child = Command::new("sqlite3")
            .arg(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the sqlite3 shell");
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const SETUP: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, email text, boss integer REFERENCES users(id));
    CREATE INDEX users_email_idx ON users (email);
    CREATE TABLE posts (id integer PRIMARY KEY NOT NULL, author integer NOT NULL REFERENCES users(id) ON DELETE CASCADE);
    CREATE TABLE notes (`body` text);
    CREATE VIEW authors AS SELECT email FROM users WHERE id IN (SELECT author FROM posts);
    INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1), (9, 'z', NULL);
    DELETE FROM users WHERE id = 9;
    INSERT INTO posts VALUES (1, 1), (2, 2);
    INSERT INTO notes (rowid, body) VALUES (3, 'x'), (7, 'y');
";

fn users(null_email: bool) -> Table {
    let mut id = column("id", Type::Integer(64));
    id.autoincrement = Some(Autoincrement::Identity);
    let mut email = column("email", Type::Text);
    email.null = null_email;
    let mut users = keyed(table("users", vec![id, email, null("boss", Type::Integer(64))]), &["id"]);
    users.foreign_keys.push(foreign_key("users_boss_fkey", &["boss"], "users", &["id"], Action::NoAction));
    users.indexes.push(index("users_email_idx", &["email"]));
    users
}

fn notes(null_body: bool) -> Table {
    let mut body = column("body", Type::Text);
    body.null = null_body;
    table("notes", vec![body])
}

/// `email` and `body` become NOT NULL: two rebuilds.
fn works() -> Vec<Work> {
    let before = schema(&[&users(true), &notes(true)]);
    let after = schema(&[&users(false), &notes(false)]);
    let not_null = |t: &str, c: &str| {
        let change = Change::SetNotNull { column: c.into(), using: None };
        lower(Dialect::Sqlite, &alter(t, true, vec![change]), &before, &after).unwrap()
    };
    [not_null("users", "email"), not_null("notes", "body")].concat()
}

fn state(db: &rusqlite::Connection) -> String {
    [
        "SELECT * FROM users ORDER BY id",
        "SELECT * FROM posts ORDER BY id",
        "SELECT rowid, body FROM notes ORDER BY rowid",
        "SELECT * FROM authors ORDER BY 1",
        "SELECT name, seq FROM sqlite_sequence",
    ]
    .map(|sql| format!("{:?}", sqlite_rows(db, sql).unwrap()))
    .join("\n")
}

fn schema_text(db: &rusqlite::Connection) -> String {
    let rows = sqlite_rows(db, "SELECT name, sql FROM sqlite_master ORDER BY name").unwrap();
    format!("{rows:?}")
}

#[test]
fn a_clean_database_is_migrated() {
    for through_shell in [true, false] {
        let file = File::new(if through_shell { "clean-shell" } else { "clean-driver" });
        file.open().execute_batch(SETUP).unwrap();
        let before = state(&file.open());
        let script = dialect::exported_file(
            Dialect::Sqlite,
            &works(),
            true,
            &migrate_core::target::Options::default(),
        );
        if through_shell {
            assert_eq!(file.shell(&script), "");
        } else {
            file.open().execute_batch(&script).unwrap();
        }
        let db = file.open();
        assert_eq!(state(&db), before);
        let text = schema_text(&db);
        assert!(text.contains("`email` text NOT NULL") && text.contains("`body` text NOT NULL"), "{text}");
        assert!(!text.contains("__migrate"), "{text}");
        assert!(text.contains("users_email_idx"), "{text}");
        db.execute_batch("PRAGMA foreign_keys=ON; INSERT INTO users (email, boss) VALUES ('n', 1)").unwrap();
        // Nine was given once and is not given again.
        assert_eq!(sqlite_rows(&db, "SELECT max(id) FROM users").unwrap()[0][0], "10");
    }
}

#[test]
fn a_dirty_row_costs_nothing() {
    for dirt in [
        "INSERT INTO users VALUES (3, NULL, NULL)",
        "INSERT INTO notes VALUES (NULL)",
        "CREATE TABLE __migrate_new_users (x); INSERT INTO __migrate_new_users VALUES (1)",
        "CREATE TABLE __migrate_old_users (x); INSERT INTO __migrate_old_users VALUES (1)",
        "DROP INDEX users_email_idx; ALTER TABLE users RENAME COLUMN email TO mail; DROP VIEW authors; \
         CREATE VIEW authors AS SELECT mail AS email FROM users; INSERT INTO posts VALUES (3, 2)",
    ] {
        let file = File::new("dirty");
        file.open().execute_batch(SETUP).unwrap();
        file.open().execute_batch(dirt).unwrap();
        let (before, text) = (state(&file.open()), schema_text(&file.open()));
        let errors = file.shell(&dialect::exported_file(
            Dialect::Sqlite,
            &works()[..1],
            true,
            &migrate_core::target::Options::default(),
        ));
        let db = file.open();
        assert_eq!(state(&db), before, "{dirt}\n{errors}");
        if dirt.contains("notes") {
            assert_eq!(errors, "");
        } else {
            assert_ne!(errors, "", "{dirt}");
            assert_eq!(schema_text(&db), text, "{dirt}\n{errors}");
        }
        drop(db);
        file.shell(&dialect::exported_file(
            Dialect::Sqlite,
            &works(),
            true,
            &migrate_core::target::Options::default(),
        ));
        assert_eq!(state(&file.open()), before, "{dirt}");
    }
}

#[test]
fn every_statement_may_fail() {
    // Whatever single statement is left out or fails, and without any transaction at all: rows stay.
    let script = dialect::exported(Dialect::Sqlite, &works());
    let statements: Vec<&str> = script.split_inclusive(";\n").collect();
    for frame in [true, false] {
        for missing in 0..statements.len() {
            let file = File::new("missing");
            file.open().execute_batch(SETUP).unwrap();
            let before = state(&file.open());
            let is_guard = |s: &str| s.contains("changes()");
            if is_guard(statements[missing]) || statements[missing].starts_with("DELETE") {
                continue;
            }
            let mut text: Vec<&str> = statements.clone();
            text[missing] = "SELECT no_such_function();\n";
            let text = text.concat();
            let text = if frame {
                format!("PRAGMA foreign_keys=OFF;\nBEGIN;\n{text}COMMIT;\n")
            } else {
                format!("PRAGMA foreign_keys=OFF;\n{text}")
            };
            file.shell(&text);
            let db = file.open();
            for table in ["users", "notes", "posts"] {
                let rows =
                    |t: &str| sqlite_rows(&db, &format!("SELECT count(*) FROM {t}")).map(|r| r[0][0].clone());
                let kept =
                    [table.to_owned(), format!("__migrate_old_{table}"), format!("__migrate_new_{table}")]
                        .iter()
                        .any(|t| rows(t).is_ok_and(|n| n == "2"));
                assert!(kept, "{table} without {}\n{before}", statements[missing]);
            }
        }
    }
}

fn pairs(null_note: bool) -> Table {
    let mut note = column("note", Type::Text);
    note.null = null_note;
    let mut pairs =
        keyed(table("pairs", vec![column("a", Type::Text), column("b", Type::Text), note]), &["b", "a"]);
    pairs.without_rowid = true;
    pairs
}

#[test]
fn a_table_without_rowids_loses_nothing() {
    const SETUP: &str = "
        CREATE TABLE pairs (a text NOT NULL, b text NOT NULL, note text, PRIMARY KEY (b, a)) WITHOUT ROWID;
        INSERT INTO pairs VALUES ('x', 'y', 'n'), ('z', 'y', 'm');";
    let (before, after) = (schema(&[&pairs(true)]), schema(&[&pairs(false)]));
    let changes = vec![
        Change::RenameColumn { from: "b".into(), to: "c".into() },
        Change::SetNotNull { column: "note".into(), using: None },
    ];
    let works = lower(Dialect::Sqlite, &alter("pairs", true, changes), &before, &after).unwrap();
    let rows = |db: &rusqlite::Connection, t: &str| sqlite_rows(db, &format!("SELECT * FROM {t} ORDER BY a"));
    let file = File::new("pairs-clean");
    file.open().execute_batch(SETUP).unwrap();
    let all = rows(&file.open(), "pairs").unwrap();
    assert_eq!(
        file.shell(&dialect::exported_file(
            Dialect::Sqlite,
            &works,
            true,
            &migrate_core::target::Options::default()
        )),
        ""
    );
    assert_eq!(rows(&file.open(), "pairs").unwrap(), all);
    assert!(schema_text(&file.open()).contains("`note` text NOT NULL"));

    let file = File::new("pairs-dirty");
    file.open().execute_batch(SETUP).unwrap();
    file.open().execute_batch("UPDATE pairs SET note = NULL WHERE a = 'x'").unwrap();
    let (all, text) = (rows(&file.open(), "pairs").unwrap(), schema_text(&file.open()));
    assert_ne!(
        file.shell(&dialect::exported_file(
            Dialect::Sqlite,
            &works,
            true,
            &migrate_core::target::Options::default()
        )),
        ""
    );
    assert_eq!((rows(&file.open(), "pairs").unwrap(), schema_text(&file.open())), (all, text));

    let script = dialect::exported(Dialect::Sqlite, &works);
    let statements: Vec<&str> = script.split_inclusive(";\n").collect();
    for missing in 0..statements.len() {
        if statements[missing].contains("changes()") || statements[missing].starts_with("DELETE") {
            continue;
        }
        let file = File::new("pairs-missing");
        file.open().execute_batch(SETUP).unwrap();
        let mut text: Vec<&str> = statements.clone();
        text[missing] = "SELECT no_such_function();\n";
        file.shell(&format!("PRAGMA foreign_keys=OFF;\nBEGIN;\n{}COMMIT;\n", text.concat()));
        let db = file.open();
        let kept = ["pairs", "__migrate_old_pairs", "__migrate_new_pairs"];
        let kept = kept.iter().any(|t| rows(&db, t).is_ok_and(|rows| rows.len() == 2));
        assert!(kept, "without {}", statements[missing]);
    }
}

#[test]
fn foreign_keys_on_stop_it() {
    // Someone runs the body alone, in a transaction of his own, where the pragma does nothing.
    let file = File::new("keys-on");
    file.open().execute_batch(SETUP).unwrap();
    let before = (state(&file.open()), schema_text(&file.open()));
    let body = dialect::exported(Dialect::Sqlite, &works());
    let errors = file.shell(&format!("PRAGMA foreign_keys=ON;\nBEGIN;\n{body}COMMIT;\n"));
    assert!(errors.contains("constraint failed"), "{errors}");
    let db = file.open();
    assert_eq!(sqlite_rows(&db, "SELECT count(*) FROM posts").unwrap()[0][0], "2");
    assert_eq!(state(&db), before.0);
}

#[test]
fn psql_goes_on_and_commits_nothing() {
    let postgres = Postgres::start();
    postgres.batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), (NULL)").unwrap();
    let t = table("t", vec![null("a", Type::Text)]);
    let s: Schema = schema(&[&t]);
    let changes = vec![
        Change::AddColumn(null("b", Type::Text)),
        Change::SetNotNull { column: "a".into(), using: None },
    ];
    let mut works = lower(Dialect::Postgres, &alter("t", false, changes), &s, &s).unwrap();
    works.extend(
        lower(Dialect::Postgres, &Step::DropTable { table: "t".into() }, &s, &Schema::default()).unwrap(),
    );
    let script =
        dialect::exported_file(Dialect::Postgres, &works, true, &migrate_core::target::Options::default());
    let mut child = Command::new("psql")
        .args(["-X", "-d"])
        .arg(postgres.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("psql");
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    child.wait().unwrap();
    assert_eq!(postgres.rows("SELECT * FROM t").unwrap(), [["x"], ["NULL"]]);
}

#[test]
fn the_text_of_a_file() {
    let body = null("body", Type::Text);
    let before = schema(&[&table("notes", vec![body])]);
    let after = schema(&[&notes(false)]);
    let change =
        Change::SetNotNull { column: "body".into(), using: Some(Expr { family: Family::Text, ..text("-") }) };
    let mut works = lower(Dialect::Sqlite, &alter("notes", true, vec![change]), &before, &after).unwrap();
    let native = Step::Native {
        sql: NativeSql { sqlite: Some("UPDATE notes SET body = 'x' -- all".into()), postgres: None },
        declares: Vec::new(),
    };
    works.extend(lower(Dialect::Sqlite, &native, &after, &after).unwrap());
    assert_eq!(
        dialect::exported_file(Dialect::Sqlite, &works, true, &migrate_core::target::Options::default()),
        "PRAGMA foreign_keys=OFF;\n\
         BEGIN;\n\
         SAVEPOINT `__migrate_new_notes`;\n\
         PRAGMA legacy_alter_table=ON;\n\
         ALTER TABLE main.`notes` RENAME TO `__migrate_old_notes`;\n\
         CREATE TABLE main.`__migrate_new_notes` (\n\t`body` text NOT NULL\n);\n\
         DELETE FROM main.`__migrate_old_notes` WHERE 0;\n\
         INSERT OR ABORT INTO main.`__migrate_new_notes` (_rowid_,`body`) SELECT _rowid_, coalesce(`body`, '-') FROM main.`__migrate_old_notes` AS `notes`;\n\
         INSERT OR ROLLBACK INTO main.`__migrate_old_notes` (_rowid_) SELECT 1 FROM (SELECT 1 UNION ALL SELECT 1) \
         WHERE NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name COLLATE nocase IN ('notes')) \
         AND (changes() <> (SELECT count(*) FROM main.`__migrate_old_notes`) \
         OR (SELECT foreign_keys FROM pragma_foreign_keys) <> 0 \
         OR NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name COLLATE nocase IN ('__migrate_new_notes')));\n\
         DROP TABLE main.`__migrate_old_notes`;\n\
         ALTER TABLE main.`__migrate_new_notes` RENAME TO `notes`;\n\
         PRAGMA legacy_alter_table=OFF;\n\
         INSERT OR ROLLBACK INTO main.`notes` (_rowid_) SELECT 1 FROM (SELECT 1 UNION ALL SELECT 1) \
         WHERE EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name COLLATE nocase IN ('__migrate_new_notes', '__migrate_old_notes'));\n\
         RELEASE `__migrate_new_notes`;\n\
         UPDATE notes SET body = 'x' -- all\n\
         ;\n\
         PRAGMA foreign_key_check;\n\
         COMMIT;\n\
         PRAGMA foreign_keys=ON;\n"
    );
}

/// A file cannot call a function, and a part of its migration would be taken for the whole.
#[test]
fn a_migration_that_calls_a_function_stops_its_file() {
    let works = [
        Work::Statement("CREATE TABLE before (a int)".into()),
        Work::Call(FunctionPath { text: "crate::steps::fill".into(), loc: Loc::default() }),
        Work::Statement("CREATE TABLE after (a int)".into()),
    ];
    let text =
        |dialect| dialect::exported_file(dialect, &works, true, &migrate_core::target::Options::default());
    let file = File::new("call");
    for text in [dialect::exported(Dialect::Sqlite, &works), text(Dialect::Sqlite)] {
        let errors = file.shell(&text);
        let said = "only the application can run this, it calls crate::steps::fill";
        assert!(errors.contains(said), "{errors}");
        assert_eq!(schema_text(&file.open()), "[]");
    }
    let server = Postgres::start();
    for text in [dialect::exported(Dialect::Postgres, &works), text(Dialect::Postgres)] {
        let error = server.batch(&text).unwrap_err();
        assert!(error.contains("only the application can run this, it calls crate::steps::fill"), "{error}");
    }
}
