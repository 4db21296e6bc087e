//! The SQL of views and triggers, and files with them in the shells that people have.

mod dialect_support;

use dialect_support::*;
use migrate_core::compile::{Compiled, Down, Piece, compile};
use migrate_core::dialect::{self, Work};
use migrate_core::source::files;
use migrate_core::target::Dialect;
use std::io::Write;
use std::process::{Command, Stdio};

fn compiled(text: &str) -> Compiled {
    let outcome = compile(files::inline_text("test.rs", text).unwrap());
    let found: Vec<String> = outcome.diagnostics.iter().map(|d| d.text()).collect();
    assert_eq!(found, Vec::<String>::new());
    outcome.compiled
}

fn works(pieces: &[Piece]) -> Vec<Work> {
    pieces.iter().map(|p| p.work.clone()).collect()
}

/// Both ways of a migration, as they are exported.
fn ways(compiled: &Compiled, at: usize, dialect: Dialect) -> [String; 2] {
    let script = compiled.migrations[at].script(dialect).unwrap();
    let Down::Pieces(down) = &script.down else { panic!("a way down") };
    [works(&script.up), works(down)].map(|works| dialect::exported(dialect, &works))
}

const HISTORY: &str = r#"
migration m0001_tables {
    create table users { id: integer primary key, name: text(20), age: integer(32) null, note: text null }
    create view adults as select id, name as who from users where age > 17;
    create view "Names" (who) as select a.who from adults as a order by a.who desc;
    create view raw (n) as sql { sqlite "select 1;", postgres "select 2 -- two" };
    create trigger touch on users sql {
        sqlite "after update of name when new.age > 1 begin update users set age = 1 where id = new.id; end;",
        postgres "before update of name for each row when (new.age > 1) begin new.note := $$x$$; return new; end;",
    };
}
migration m0002_type { alter table users alter column name type text(40); }
migration m0003_names { rename view adults to grown; rename table users to people; alter table people rename column age to years; }
migration m0004_gone { drop trigger touch; drop view raw; }
"#;

#[test]
fn the_sql_of_views_and_triggers() {
    // A table is renamed and a column, so that the trigger must not name them.
    let text =
        HISTORY.replace("rename table users to people; alter table people rename column age to years;", "");
    let compiled = compiled(&text);
    let up = |at, dialect| ways(&compiled, at, dialect)[0].clone();
    let down = |at, dialect| ways(&compiled, at, dialect)[1].clone();
    let sqlite = up(0, Dialect::Sqlite);
    let (_, sqlite) = sqlite.split_once(");\n").unwrap();
    assert_eq!(
        sqlite,
        "CREATE VIEW `adults` (`id`,`who`) AS SELECT `users`.`id`, `users`.`name` AS `who` FROM `users` WHERE \
         `users`.`age` > 17;\n\
         CREATE VIEW `Names` (`who`) AS SELECT `a`.`who` FROM `adults` AS `a` ORDER BY `a`.`who` DESC;\n\
         CREATE VIEW `raw` (`n`) AS select 1;\n\
         CREATE TRIGGER `touch` after update of name ON `users` when new.age > 1 begin update users set age = 1 \
         where id = new.id; end;\n"
    );
    let postgres = up(0, Dialect::Postgres);
    let (_, postgres) = postgres.split_once(");\n").unwrap();
    assert_eq!(
        postgres,
        "CREATE VIEW adults (id, who) AS SELECT users.id, users.name AS who FROM users WHERE users.age > 17;\n\
         CREATE VIEW \"Names\" (who) AS SELECT a.who FROM adults AS a ORDER BY a.who COLLATE \"C\" DESC NULLS LAST;\n\
         CREATE VIEW raw (n) AS select 2 -- two\n;\n\
         CREATE FUNCTION touch_trigger() RETURNS trigger LANGUAGE plpgsql AS $body0$begin new.note := $$x$$; return \
         new; end$body0$;\n\
         CREATE TRIGGER touch before update of name ON users for each row when (new.age > 1) EXECUTE FUNCTION \
         touch_trigger();\n"
    );
    assert_eq!(
        down(0, Dialect::Postgres),
        "DROP TRIGGER touch ON users;\nDROP FUNCTION touch_trigger();\nDROP VIEW raw;\nDROP VIEW \"Names\";\n\
         DROP VIEW adults;\nDROP TABLE users;\n"
    );
    assert_eq!(
        down(0, Dialect::Sqlite),
        "DROP TRIGGER `touch`;\nDROP VIEW `raw`;\nDROP VIEW `Names`;\nDROP VIEW `adults`;\nDROP TABLE `users`;\n"
    );
    // PostgreSQL lets no type change under a view, nor under a trigger that waits for the column.
    let type_change = up(1, Dialect::Postgres);
    let lines: Vec<&str> = type_change.lines().map(|l| l.split(" AS ").next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "DROP VIEW \"Names\";",
            "DROP VIEW adults;",
            "DROP TRIGGER touch ON users;",
            "ALTER TABLE users ALTER COLUMN name TYPE VARCHAR(40);",
            "CREATE TRIGGER touch before update of name ON users for each row when (new.age > 1) EXECUTE FUNCTION \
             touch_trigger();",
            "CREATE VIEW adults (id, who)",
            "CREATE VIEW \"Names\" (who)",
        ]
    );
    assert_eq!(up(1, Dialect::Sqlite), "");
    assert_eq!(up(2, Dialect::Postgres), "ALTER VIEW adults RENAME TO grown;\n");
    assert_eq!(
        up(2, Dialect::Sqlite),
        "DROP VIEW `Names`;\nDROP VIEW `adults`;\n\
         CREATE VIEW `grown` (`id`,`who`) AS SELECT `users`.`id`, `users`.`name` AS `who` FROM `users` WHERE \
         `users`.`age` > 17;\n\
         CREATE VIEW `Names` (`who`) AS SELECT `a`.`who` FROM `grown` AS `a` ORDER BY `a`.`who` DESC;\n"
    );
    let gone = down(3, Dialect::Postgres);
    let heads: Vec<&str> = gone.lines().map(|l| l.split(['(', '$']).next().unwrap().trim()).collect();
    assert_eq!(heads[0], "CREATE VIEW raw");
    assert!(gone.contains("CREATE FUNCTION touch_trigger()") && gone.contains("CREATE TRIGGER touch before"));
}

/// What `sqlite3 db < file` says; it goes on after every error.
fn shell(path: &std::path::Path, script: &str) -> String {
    let mut child = Command::new("sqlite3")
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the sqlite3 shell");
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr).into_owned()
}

const REBUILT: &str = r#"
migration m0001_tables {
    create table users { id: integer primary key, name: text null, touched: integer default 0 }
    create table log { line: text null }
    create view who as select name from users where touched > 0;
    create trigger touch on users sql {
        sqlite "after update of name begin update users set touched = touched + 1 where id = new.id; insert into log values ('u; ' || new.name); end",
        postgres "before update of name for each row begin new.touched := old.touched + 1; insert into log values ('u; ' || new.name); return new; end",
    };
    create trigger added on users sql {
        sqlite "after insert begin update users set touched = 100 where id = new.id; end",
        postgres "before insert for each row begin new.touched := 100; return new; end",
    };
}
migration m0002_rebuild { alter table users recreate alter column name set not null; }
"#;

#[test]
fn a_file_keeps_triggers_through_a_rebuild() {
    let compiled = compiled(REBUILT);
    let scripts: Vec<String> = (compiled.migrations.iter())
        .map(|m| {
            dialect::exported_file(
                Dialect::Sqlite,
                &works(&m.sqlite.as_ref().unwrap().up),
                true,
                &migrate_core::target::Options::default(),
            )
        })
        .collect();
    for dirty in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("views.db");
        assert_eq!(shell(&path, &scripts[0]), "");
        let rows = if dirty { "(1, 'ann'), (2, null)" } else { "(1, 'ann'), (2, 'bob')" };
        let insert = format!(
            "INSERT INTO users (id, name) VALUES {rows}; UPDATE users SET name = 'cid' WHERE id = 1;"
        );
        assert_eq!(shell(&path, &insert), "");
        let state = || {
            let db = rusqlite::Connection::open(&path).unwrap();
            let rows =
                ["SELECT * FROM users ORDER BY id", "SELECT * FROM who ORDER BY 1", "SELECT * FROM log"]
                    .map(|sql| sqlite_rows(&db, sql).unwrap());
            let names = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name";
            (rows, sqlite_rows(&db, names).unwrap())
        };
        let before = state();
        let said = shell(&path, &scripts[1]);
        assert_eq!(said.is_empty(), !dirty, "{said}");
        assert_eq!(state(), before);
        assert_eq!(
            shell(
                &path,
                "UPDATE users SET name = 'dan' WHERE id = 1; INSERT INTO users VALUES (3, 'eve', 0);"
            ),
            ""
        );
        let ([users, ..], _) = state();
        assert_eq!((users[0][2].as_str(), users[2][2].as_str()), ("102", "100"));
    }
    let server = Postgres::start();
    for migration in &compiled.migrations {
        let up = works(&migration.postgres.as_ref().unwrap().up);
        server
            .batch(&dialect::exported_file(
                Dialect::Postgres,
                &up,
                true,
                &migrate_core::target::Options::default(),
            ))
            .unwrap();
    }
    server.batch("INSERT INTO users VALUES (1, 'ann', 0); UPDATE users SET name = 'bob'").unwrap();
    assert_eq!(server.rows("SELECT touched, line FROM users, log").unwrap(), [["101", "u; bob"]]);
}
