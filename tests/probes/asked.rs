//! What is asked of a history, and from when on.

use migrate_core::target::Dialect;

use super::compiled;

const USERS: &str = "create table users { id: integer primary key, email: text null, team: integer null }";
const NOT_NULL: &str = "alter table users recreate alter column email set not null;";

/// The questions of the last migration, each with how many migrations must be applied before it means something.
fn asked(dialect: Dialect, migrations: &[&str]) -> Vec<String> {
    let mut text = String::new();
    for (i, body) in migrations.iter().enumerate() {
        text.push_str(&format!("migration m{i} {{ up {{ {body} }} down irreversible \"no\"; }}\n"));
    }
    let compiled = compiled(&text);
    let last = compiled.migrations.last().unwrap();
    let probes = &last.script(dialect).unwrap().probes;
    probes.iter().map(|p| format!("from {} on: `{}` {}", p.since, p.table, p.words)).collect()
}

fn on_both(migrations: &[&str], expected: &[&str]) {
    for dialect in Dialect::ALL {
        assert_eq!(asked(dialect, migrations), expected, "{migrations:?} on {}", dialect.word());
    }
}

#[test]
fn a_question_waits_for_what_changes_its_answer_and_for_nothing_else() {
    let waits = |between: &str, since: usize| {
        let expected = format!("from {since} on: `users` have `email` null");
        on_both(&[USERS, between, NOT_NULL], &[&expected]);
    };
    for other in [
        "create table other { id: integer primary key }",
        "alter table users add column more: text null;",
        "alter table users recreate add check (team > 0);",
        "create index users_email on users (email);",
        "update users set team = 1;",
        "create view v as select email from users;",
    ] {
        waits(other, 1);
    }
    for same in [
        "update users set email = \"x\" where email is null;",
        "delete from users where email is null;",
        "insert into users (id) values (1);",
        "sql \"select 1\";",
        "alter table users recreate alter column email type text(80) using email;",
    ] {
        waits(same, 2);
    }
    // The same in the migration itself.
    let late = format!("delete from users where email is null; {NOT_NULL}");
    on_both(&[USERS, &late], &["from 2 on: `users` have `email` null"]);
    let renamed = "alter table people recreate alter column email set not null;";
    on_both(&[USERS, "rename table users to people;", renamed], &["from 2 on: `people` have `email` null"]);
}

#[test]
fn rows_that_follow_others_are_changed_with_them() {
    let child = "create table parents { id: integer primary key }
        create table users { id: integer primary key, email: text null, p: integer null references parents (id) on delete \
                 cascade }";
    on_both(
        &[child, "delete from parents where id = 3;", NOT_NULL],
        &["from 2 on: `users` have `email` null"],
    );
    on_both(
        &[child, "insert into parents (id) values (3);", NOT_NULL],
        &["from 1 on: `users` have `email` null"],
    );
    let trigger = "create table log { id: integer primary key } create trigger t on log sql { sqlite \"after insert begin \
                   update users set email = null; end\", postgres \"after insert for each row begin update users set email = \
                   null; return new; end\" };";
    let users = format!("{USERS} {trigger}");
    on_both(
        &[&users, "insert into log (id) values (1);", NOT_NULL],
        &["from 2 on: `users` have `email` null"],
    );
}

#[test]
fn nothing_is_asked_where_rows_cannot_be_in_the_way() {
    // A table that the migration makes.
    on_both(&[&format!("{USERS} {NOT_NULL}")], &[]);
    // Values that the statement itself makes.
    on_both(&[USERS, "alter table users recreate alter column email set not null using \"x\";"], &[]);
    on_both(
        &[
            USERS,
            "alter table users recreate { alter column email type text(9) using lower(email); add unique (email); }",
        ],
        &[],
    );
    on_both(&[USERS, "alter table users recreate add column more: text null unique;"], &[]);
    // A key that stood before, and is moved to what is unique now.
    let keys = "create table base { id: integer primary key, code: text, unique index base_code (code) }
        create table uses { id: integer primary key, code: text references base (code) }";
    let moved = "create unique index base_code_too on base (code); drop index base_code;";
    on_both(&[keys, moved], &["from 1 on: `base` agree in `code` with another"]);
    // What PostgreSQL is not to look at yet, SQLite's rebuild looks at.
    let not_valid = "alter table users recreate add grown check (team > 17) not valid;";
    assert_eq!(asked(Dialect::Postgres, &[USERS, not_valid]), [""; 0]);
    assert_eq!(asked(Dialect::Sqlite, &[USERS, not_valid]), ["from 1 on: `users` break the check `grown`"]);
    let validate = "alter table users validate constraint grown;";
    assert_eq!(
        asked(Dialect::Postgres, &[USERS, not_valid, validate]),
        ["from 1 on: `users` break the check `grown`"]
    );
    assert_eq!(asked(Dialect::Sqlite, &[USERS, not_valid, validate]), [""; 0]);
}

/// SQLite judges foreign keys at the end, so that what moves rows behind one changes its answer.
#[test]
fn sqlite_is_not_asked_about_keys_that_rows_come_behind() {
    let keys = "create table p { id: integer primary key } create table c { id: integer primary key, p: integer null }";
    let add = "alter table c recreate add foreign key (p) references p (id);";
    on_both(&[keys, add], &["from 1 on: `c` refer by `p` to no row of `p`"]);
    let behind = format!("{add} insert into p (id) values (1);");
    assert_eq!(asked(Dialect::Sqlite, &[keys, &behind]), [""; 0]);
    assert_eq!(asked(Dialect::Postgres, &[keys, &behind]), ["from 1 on: `c` refer by `p` to no row of `p`"]);
}
