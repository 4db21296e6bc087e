//! Lints about locks against PostgreSQL itself: what it says of a statement is what the server does.

use migrate_core::compile::{Compiled, compile};
use migrate_core::diagnostics::Diagnostic;
use migrate_core::source::files;
use migrate_test_support::block_on;
use migrate_test_support::postgres::{database, sql, strings};

const BEFORE: &str = "
    create table teams { id: integer primary key autoincrement, name: text null, size: integer null }
    create table users {
        id: integer primary key autoincrement,
        name: text(20) null,
        age: integer(32) null,
        big: integer null,
        team: integer null,
        price: decimal(5, 2) null,
        at: timestamp null,
        on_day: date null,
        mark: char(3) null,
        checked: integer null,
        kind: enum(\"a\", \"b\") default \"a\",
        up: integer null,
        users_up foreign key (up) references teams (id),
        index users_name (name),
        users_checked check (checked is not null),
    }";

const ROWS: &str = "INSERT INTO teams (id) SELECT i FROM generate_series(1, 500) AS i; INSERT INTO users SELECT i, 'n' || i, i, \
                    i, i, i / 100.0, now(), now(), 'abc', i FROM generate_series(1, 500) AS i";

/// Statements over tables that have rows.
const STATEMENTS: &[&str] = &[
    "alter table users alter column age type integer;",
    "alter table users alter column age type integer(16) using age;",
    "alter table users alter column name type text(80);",
    "alter table users alter column name type text;",
    "alter table users alter column name type text(10) using name;",
    "alter table users alter column price type decimal(9, 2);",
    "alter table users alter column price type decimal(9, 3) using price;",
    "alter table users alter column big type timestamp_ms;",
    "alter table users alter column at type datetimetz using cast(at as datetimetz);",
    "alter table users add column more: integer null;",
    "alter table users add column more: integer default 7;",
    "alter table users add column more: timestamp default now;",
    "alter table users add column more: uuid default random;",
    "alter table users add column more: integer null generated (age * 2);",
    "alter table users add users_age check (age > 0);",
    "alter table users add users_age check (age > 0) not valid;",
    "alter table users add foreign key (team) references teams (id);",
    "alter table users add foreign key (team) references teams (id) not valid;",
    "alter table users alter column age set not null;",
    "alter table users alter column checked set not null;",
    "alter table users alter column age set default 3;",
    "alter table users add unique (age);",
    "alter table users drop column big;",
    "alter table users rename column big to bigger;",
    "alter table users alter column kind rename value \"a\" to \"c\";",
    "alter table users alter column kind add value \"c\";",
    "alter table users alter column kind type text;",
    "alter table users alter column name type enum(\"a\", \"b\") using \"a\";",
    "alter table users add column sort: enum(\"a\", \"b\") default \"a\";",
    "create index users_age on users (age);",
    "create unique index users_big on users (big);",
    "create index users_age on users (lower(name)) where age > 5;",
];

fn compiled(statement: &str) -> (Compiled, Vec<Diagnostic>) {
    let text = format!(
        "#![dialects(postgres)] migration m1 {{ {BEFORE} }} migration m2 {{ up {{ {statement} }} down irreversible \
         \"not here\"; }}"
    );
    let outcome = compile(files::inline_text("lints.rs", &text).unwrap());
    assert!(outcome.is_sound(), "{statement}: {:?}", outcome.diagnostics);
    (outcome.compiled, outcome.lints)
}

#[test]
fn what_is_said_of_locks_is_what_the_server_does() {
    let database = database();
    let mut wrong = Vec::new();
    for statement in STATEMENTS {
        let (compiled, lints) = compiled(statement);
        let script = |at: usize| compiled.migrations[at].postgres.as_ref().unwrap();
        let db = database.client();
        sql(&db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET timezone = 'UTC'");
        let run = |at: usize| {
            for piece in &script(at).up {
                let migrate_core::dialect::Work::Statement(text) = &piece.work else { panic!("{piece:?}") };
                block_on(db.batch_execute(text)).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            }
        };
        run(0);
        sql(&db, ROWS);
        let file = || strings(&db, "SELECT pg_relation_filenode('users')").remove(0);
        let before = file();
        sql(&db, "BEGIN");
        run(1);
        let rewritten = file() != before;
        let modes = strings(
            &db,
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'users'::regclass ORDER BY mode",
        );
        let scanned =
            strings(&db, "SELECT seq_tup_read >= 500 FROM pg_stat_xact_user_tables WHERE relname = 'users'")
                == ["t"];
        sql(&db, "ROLLBACK");

        let said = |code: &str| lints.iter().find(|d| d.code.as_str() == code);
        let mut lines = Vec::new();
        if said("rewrites_table").is_some() != rewritten {
            lines.push(format!("rewritten: {rewritten}"));
        }
        // An index is built by a scan of its own.
        let waits = said("scans_table").or(said("blocks_writes"));
        if said("rewrites_table").is_none() && waits.is_some() != scanned {
            lines.push(format!("scanned: {scanned}"));
        }
        for lint in [said("rewrites_table"), waits].into_iter().flatten() {
            let mode = match &lint.message {
                m if m.contains("(ACCESS EXCLUSIVE)") => "AccessExclusiveLock",
                m if m.contains("(SHARE ROW EXCLUSIVE)") => "ShareRowExclusiveLock",
                m if m.contains("(SHARE)") => "ShareLock",
                other => panic!("{other}"),
            };
            let strongest = ["AccessExclusiveLock", "ShareRowExclusiveLock", "ShareLock"];
            let strongest = strongest.iter().find(|mode| modes.iter().any(|m| m == *mode));
            if strongest != Some(&mode) {
                lines.push(format!("{mode} was said, it takes {modes:?}"));
            }
        }
        if !lines.is_empty() {
            let said: Vec<_> = lints.iter().map(|l| l.code.as_str()).collect();
            wrong.push(format!("{statement} ({}): {}", said.join(", "), lines.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Statements beside those about which there is a lint.
const FURTHER: &[&str] = &[
    "alter table users drop constraint users_checked;",
    "alter table users drop constraint users_up;",
    "alter table users alter foreign key (up) on delete cascade;",
    "alter table users rename constraint users_checked to users_is_checked;",
    "alter table users alter column name set default \"x\";",
    "alter table users { add users_big check (big > 0) not valid; validate constraint users_big; }",
    "alter table users { add users_team foreign key (team) references teams (id) not valid; validate constraint users_team; }",
    "drop index users_name;",
    "rename index users_name to users_names;",
    "rename table users to people;",
    "drop table users;",
    "create table notes { id: integer primary key, author: integer references users (id) }",
    "create trigger touched on users sql postgres \"before update for each row begin return new; end\";",
    "insert into teams (id) values (1000);",
    "update users set age = 3 where id > 5;",
    "delete from users where id = 3;",
    "update users set age = 3; alter table users drop column big;",
    "insert into teams (id, name) select id + 1000, name from users;",
    "create view names as select name from users;",
];

#[test]
fn the_locks_of_a_plan_are_those_that_the_server_takes() {
    use migrate_core::plan::statement_locks;
    use migrate_core::target::locks::Toil;
    // From the weakest on; of those before the first no plan speaks.
    const MODES: [&str; 5] =
        ["ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE"];
    let database = database();
    let db = database.client();
    let mut wrong = Vec::new();
    for statement in STATEMENTS.iter().chain(FURTHER) {
        let (compiled, _) = compiled(statement);
        sql(&db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET timezone = 'UTC'");
        let run = |at: usize| {
            for piece in &compiled.migrations[at].postgres.as_ref().unwrap().up {
                let migrate_core::dialect::Work::Statement(text) = &piece.work else { panic!("{piece:?}") };
                block_on(db.batch_execute(text)).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            }
        };
        run(0);
        sql(&db, ROWS);
        let ids: Vec<(String, &str)> = ["users", "teams"]
            .iter()
            .map(|table| (strings(&db, &format!("SELECT '{table}'::regclass::oid::text")).remove(0), *table))
            .collect();
        let file =
            |oid: &str| strings(&db, &format!("SELECT coalesce(pg_relation_filenode({oid})::text, 'gone')"));
        let before: Vec<_> = ids.iter().map(|(oid, _)| file(oid)).collect();
        sql(&db, "BEGIN");
        run(1);
        let migration = &compiled.migrations[1];
        let said: Vec<_> = statement_locks(&migration.up, &migration.before, &compiled.options)
            .into_iter()
            .flat_map(|h| h.holds)
            .collect();
        for ((oid, table), before) in ids.iter().zip(&before) {
            let modes = strings(
                &db,
                &format!(
                    "SELECT upper(trim(regexp_replace(replace(mode, 'Lock', ''), '([A-Z])', ' \\1', 'g'))) FROM pg_locks \
                     WHERE pid = pg_backend_pid() AND relation = {oid}"
                ),
            );
            let taken = MODES.iter().rev().find(|mode| modes.iter().any(|m| m == *mode)).copied();
            let rewritten = file(oid) != *before && file(oid) != ["gone"];
            let of: Vec<_> = said.iter().filter(|hold| hold.table == *table).collect();
            let lock = of.iter().map(|hold| hold.lock).max().map(|lock| lock.words());
            if lock != taken {
                wrong.push(format!("{statement}: {table}: {lock:?} was said, it takes {modes:?}"));
            }
            let rewrites = of.iter().any(|hold| hold.toil == Toil::Rewrites);
            if rewrites != rewritten {
                wrong.push(format!("{statement}: {table}: written anew: {rewritten}"));
            }
        }
        sql(&db, "ROLLBACK");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
