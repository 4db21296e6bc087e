//! The SQL of statements that move rows, out of compiled histories.

use migrate_core::compile::{Piece, compile};
use migrate_core::dialect::{Work, exported_file};
use migrate_core::source::files;
use migrate_core::target::Dialect;

const TABLES: &str = r#"
    migration m0001_tables {
        create table users {
            id: integer primary key autoincrement,
            email: text(80),
            admin: boolean default false,
            token: uuid null,
            data: json default "{}",
            born: date null,
            seen: timestamp_ms null,
            exact: decimal(20, 2) as text null,
            price: decimal(8, 2) null,
            unique (email),
        }
        create table posts {
            id: integer primary key,
            user_id: integer null references users (id) deferrable,
            title: text,
        }
    }
"#;

/// The work of the way up of a migration behind the tables above.
fn works(statements: &str, options: &str, dialect: Dialect) -> Vec<String> {
    let text =
        format!("{options} {TABLES} migration m2 {{ up {{ {statements} }} down irreversible \"x\"; }}");
    let outcome = compile(files::inline_text("mod.rs", &text).expect("Rust tokens"));
    assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    let script = outcome.compiled.migrations[1].script(dialect).expect("a script").clone();
    let text = |Piece { work, .. }: Piece| match work {
        Work::Statement(sql) | Work::Native(sql) => sql,
        Work::Rebuild(rebuild) => format!("rebuild of {}", rebuild.table),
        other => panic!("{other:?}"),
    };
    script.up.into_iter().map(text).collect()
}

fn check(statements: &str, sqlite: &[&str], postgres: &[&str]) {
    assert_eq!(works(statements, "", Dialect::Sqlite), sqlite);
    assert_eq!(works(statements, "", Dialect::Postgres), postgres);
}

#[test]
fn values_in_the_form_of_their_columns() {
    check(
        r#"insert into users (email, admin, token, data, born, seen, exact, price)
            values ("it's", true, "123e4567-e89b-12d3-a456-426614174000", "[]", "2024-01-31", now, 5.5, 1.25),
                   ("b", false, null, "{}", null, 1, null, null) on conflict do nothing;"#,
        &[
            "INSERT INTO `users` (`email`,`admin`,`token`,`data`,`born`,`seen`,`exact`,`price`) VALUES ('it''s', 1, \
             '123e4567-e89b-12d3-a456-426614174000', '[]', '2024-01-31', CAST(ROUND((julianday('now') - 2440587.5) * \
             86400000.0) AS INTEGER), '5.5', 1.25), ('b', 0, NULL, '{}', NULL, 1, NULL, NULL) ON CONFLICT DO NOTHING",
        ],
        &["INSERT INTO users (email, admin, token, data, born, seen, exact, price) VALUES ('it''s', true, \
             '123e4567-e89b-12d3-a456-426614174000'::uuid, '[]'::jsonb, '2024-01-31'::date, (floor(extract(epoch FROM \
             now()) * 1000))::bigint, 5.5, 1.25), ('b', false, NULL, '{}'::jsonb, NULL, 1, NULL, NULL) ON CONFLICT DO \
             NOTHING"],
    );
    let blob = works(
        r#"update users set token = "123e4567-e89b-12d3-a456-426614174000";"#,
        "#![sqlite(uuid = \"blob\")]",
        Dialect::Sqlite,
    );
    assert_eq!(blob, ["UPDATE `users` SET `token` = x'123e4567e89b12d3a456426614174000'"]);
}

#[test]
fn a_named_id_moves_the_sequence_along() {
    check(
        r#"insert into users (id, email) values (7, "x");"#,
        &["INSERT INTO `users` (`id`,`email`) VALUES (7, 'x')"],
        &[
            "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE",
            "INSERT INTO users (id, email) VALUES (7, 'x')",
            "SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users HAVING max(id) > \
             coalesce(pg_sequence_last_value(pg_get_serial_sequence('users', 'id')::regclass), 0)",
        ],
    );
}

#[test]
fn selected_rows() {
    check(
        r#"insert into posts (id, user_id, title)
            select u.id, null, lower(u.email) from users as u left join posts p on p.user_id = u.id
            order by u.email desc, p.title limit 3 on conflict do nothing;
        insert into posts (id, title) select 1, "first" where not exists (select 1 from posts where id = 1);"#,
        &[
            "INSERT INTO `posts` (`id`,`user_id`,`title`) SELECT `u`.`id`, NULL, lower(`u`.`email`) FROM `users` AS `u` \
             LEFT JOIN `posts` AS `p` ON `p`.`user_id` = `u`.`id` WHERE true ORDER BY `u`.`email` DESC, `p`.`title` LIMIT \
             3 ON CONFLICT DO NOTHING",
            "INSERT INTO `posts` (`id`,`title`) SELECT 1, 'first' WHERE NOT EXISTS (SELECT 1 FROM `posts` WHERE \
             `posts`.`id` = 1)",
        ],
        &[
            "LOCK TABLE posts IN SHARE ROW EXCLUSIVE MODE",
            "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE",
            "INSERT INTO posts (id, user_id, title) SELECT u.id, CAST(NULL AS BIGINT), lower(u.email COLLATE \"C\") FROM \
             users AS u LEFT JOIN posts AS p ON p.user_id = u.id ORDER BY u.email COLLATE \"C\" DESC, p.title COLLATE \
             \"C\" NULLS FIRST LIMIT 3 ON CONFLICT DO NOTHING",
            "INSERT INTO posts (id, title) SELECT 1, 'first' WHERE NOT EXISTS (SELECT 1 FROM posts WHERE posts.id = 1)",
        ],
    );
}

#[test]
fn new_values_of_the_old_table() {
    check(
        "update users set price = (select sum(u.price) from users as u where u.id < users.id) where exact = 5;",
        &["UPDATE `users` SET `price` = `__migrate_new`.`v0` FROM (SELECT _rowid_ AS k, (SELECT \
             round(sum(`u`.`price`), 2) FROM `users` AS `u` WHERE `u`.`id` < `users`.`id`) AS `v0` FROM `users` WHERE \
             CAST(`exact` AS NUMERIC) = 5) AS `__migrate_new` WHERE `users`._rowid_ = `__migrate_new`.k"],
        &[
            "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE",
            "UPDATE users SET price = (SELECT sum(u.price) FROM users AS u WHERE u.id < users.id) WHERE exact = 5",
        ],
    );
}

#[test]
fn decimals_are_rounded_when_they_are_written() {
    check(
        "update users set price = price / 3, exact = price where price > 1;",
        &["UPDATE `users` SET `price` = CASE WHEN abs((CAST(`price` AS REAL) / 3)) < 1e13 THEN \
             round(CAST(printf('%.15g', (CAST(`price` AS REAL) / 3) * 1e2) AS REAL)) / 1e2 ELSE (CAST(`price` AS REAL) / \
             3) END, `exact` = CASE WHEN `price` IS NOT NULL THEN printf('%.2f', CASE WHEN abs(`price`) < 1e13 THEN \
             round(CAST(printf('%.15g', `price` * 1e2) AS REAL)) / 1e2 ELSE `price` END) END WHERE `price` > 1"],
        &[
            "UPDATE users SET price = CAST(price / 3 AS NUMERIC(8, 2)), exact = CAST(price AS NUMERIC(20, 2)) WHERE price > 1",
        ],
    );
}

#[test]
fn what_moves_and_changes_is_locked_first() {
    check(
        r#"alter table posts add column body: text null;
        update posts set body = title;
        rename table users to people;
        alter table posts recreate { alter column body set not null; drop column title; }
        create table seen { id: integer primary key }
        insert into seen (id) select id from people;
        insert into seen (id) values (0);"#,
        &[
            "ALTER TABLE `posts` ADD `body` text",
            "UPDATE `posts` SET `body` = `title`",
            "ALTER TABLE `users` RENAME TO `people`",
            "rebuild of posts",
            "CREATE TABLE `seen` (\n\t`id` integer PRIMARY KEY NOT NULL\n)",
            "INSERT INTO `seen` (`id`) SELECT `people`.`id` FROM `people`",
            "INSERT INTO `seen` (`id`) VALUES (0)",
        ],
        &[
            "LOCK TABLE posts IN ACCESS EXCLUSIVE MODE",
            "LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
            "ALTER TABLE posts ADD body TEXT",
            "UPDATE posts SET body = title",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "ALTER TABLE users RENAME TO people",
            "ALTER TABLE posts ALTER COLUMN body SET NOT NULL",
            "ALTER TABLE posts DROP COLUMN title",
            "CREATE TABLE seen (\n\tid BIGINT PRIMARY KEY NOT NULL\n)",
            "INSERT INTO seen (id) SELECT people.id FROM people",
            "INSERT INTO seen (id) VALUES (0)",
        ],
    );
}

#[test]
fn exported_files_let_children_follow() {
    let file = |dialect, sql: &str| {
        exported_file(
            dialect,
            &[Work::Statement(sql.to_owned())],
            true,
            &migrate_core::target::Options::default(),
        )
    };
    assert_eq!(
        file(Dialect::Sqlite, "DELETE FROM `users`"),
        "-- Run with `sqlite3 -bail`: without it the shell goes on after an error.\nPRAGMA foreign_keys=ON;\nBEGIN;\n\
         DELETE FROM `users`;\nCOMMIT;\n"
    );
    assert_eq!(file(Dialect::Postgres, "DELETE FROM users"), "BEGIN;\nDELETE FROM users;\nCOMMIT;\n");
}
