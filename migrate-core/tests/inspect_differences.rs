//! One edit, one difference: the lines that a single change of a database gives.

mod inspect_support;

use inspect_support::cluster;
use inspect_support::*;
use migrate_core::inspect::{Change, Object, differences, read};
use migrate_core::schema::Schema;
use migrate_core::target::Dialect;

const SQLITE: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code TEXT DEFAULT 'x' COLLATE NOCASE,
    total REAL NOT NULL DEFAULT 0,
    UNIQUE (code, user_id),
    CHECK (total >= 0)
);
CREATE INDEX orders_idx ON orders (user_id, total DESC) WHERE code IS NOT NULL;";

fn lines(expected: &Schema, found: &Schema) -> Vec<String> {
    differences(expected, found).iter().map(|d| d.to_string()).collect()
}

/// What is said when the second schema has that text in place of the first.
fn edit(from: &str, to: &str) -> Vec<String> {
    assert!(SQLITE.contains(from), "{from}");
    lines(&sqlite(SQLITE).0, &sqlite(&SQLITE.replacen(from, to, 1)).0)
}

#[test]
fn nothing() {
    assert_eq!(edit("users", "users"), [""; 0]);
    // Spelling, order of columns and of constraints, letter case.
    assert_eq!(
        edit("id INTEGER PRIMARY KEY, name TEXT NOT NULL", "NAME VARCHAR NOT NULL, id integer primary key"),
        [""; 0]
    );
    assert_eq!(edit("CHECK (total >= 0)", "CHECK ((`total`) >= (0))"), [""; 0]);
    assert_eq!(
        edit(
            "UNIQUE (code, user_id),\n    CHECK (total >= 0)",
            "CHECK (total >= 0), CONSTRAINT u UNIQUE (code, user_id)"
        ),
        [""; 0]
    );
}

#[test]
fn tables() {
    assert_eq!(edit("CREATE TABLE users", "CREATE TABLE more (a); CREATE TABLE users"), ["+ table more: a"]);
    assert_eq!(
        edit("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);", ""),
        ["- table users: id, name"]
    );
}

#[test]
fn columns() {
    assert_eq!(
        edit("name TEXT NOT NULL", "name TEXT NOT NULL, nick TEXT"),
        ["+ column users.nick: text null"]
    );
    assert_eq!(edit(", name TEXT NOT NULL", ""), ["- column users.name: text not null"]);
    assert_eq!(edit("name TEXT", "name BLOB"), ["~ column users.name: type blob, expected text"]);
    assert_eq!(
        edit("name TEXT NOT NULL", "name TEXT"),
        ["~ column users.name: null null, expected not null"]
    );
    assert_eq!(edit("DEFAULT 'x'", "DEFAULT 'y'"), ["~ column orders.code: default 'y', expected 'x'"]);
    assert_eq!(edit("DEFAULT 'x'", ""), ["~ column orders.code: default none, expected 'x'"]);
    assert_eq!(edit(" COLLATE NOCASE", ""), ["~ column orders.code: collation none, expected nocase"]);
    assert_eq!(
        edit("total REAL NOT NULL DEFAULT 0", "total NUMERIC DEFAULT 1"),
        [
            "~ column orders.total: type numeric, expected real; null null, expected not null; default 1, expected 0"
        ]
    );
}

#[test]
fn keys() {
    assert_eq!(
        edit("id INTEGER PRIMARY KEY", "id INTEGER PRIMARY KEY AUTOINCREMENT"),
        ["~ column users.id: autoincrement identity, expected none"]
    );
    assert_eq!(
        edit("id INTEGER PRIMARY KEY, name TEXT NOT NULL", "id INTEGER NOT NULL, name TEXT NOT NULL"),
        ["~ column users.id: type integer, expected integer (rowid)", "- primary key of users: (id)"]
    );
    assert_eq!(
        edit(
            "id INTEGER PRIMARY KEY, name TEXT NOT NULL",
            "id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (name)"
        ),
        [
            "~ column users.id: type integer, expected integer (rowid)",
            "~ primary key of users: columns (name), expected (id)"
        ]
    );
}

#[test]
fn constraints() {
    assert_eq!(
        edit("total >= 0", "total > 0"),
        ["- check of orders: total >= 0", "+ check of orders: total > 0"]
    );
    assert_eq!(edit(",\n    CHECK (total >= 0)", ""), ["- check of orders: total >= 0"]);
    assert_eq!(
        edit("UNIQUE (code, user_id)", "UNIQUE (code)"),
        ["- unique of orders: (code, user_id)", "+ unique of orders: (code)"]
    );
    assert_eq!(
        edit("ON DELETE CASCADE", "ON DELETE SET NULL ON UPDATE RESTRICT"),
        [
            "~ foreign key of orders: on delete set null, expected cascade; on update restrict, expected no action"
        ]
    );
    assert_eq!(
        edit("ON DELETE CASCADE", "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"),
        ["~ foreign key of orders: deferrable true, expected false"]
    );
    assert_eq!(
        edit("REFERENCES users (id) ON DELETE CASCADE", ""),
        ["- foreign key of orders: (user_id) references users(id)"]
    );
    assert_eq!(
        edit("REFERENCES users (id)", "REFERENCES users (name)"),
        ["~ foreign key of orders: columns user_id to name, expected user_id to id"]
    );
}

#[test]
fn indexes() {
    assert_eq!(
        edit("(user_id, total DESC)", "(total DESC, user_id)"),
        ["~ index orders.orders_idx: keys (total desc, user_id), expected (user_id, total desc)"]
    );
    assert_eq!(
        edit("total DESC", "total"),
        ["~ index orders.orders_idx: keys (user_id, total), expected (user_id, total desc)"]
    );
    assert_eq!(
        edit("(user_id, total", "(abs(user_id), total"),
        ["~ index orders.orders_idx: keys (abs(user_id), total desc), expected (user_id, total desc)"]
    );
    assert_eq!(
        edit("CREATE INDEX", "CREATE UNIQUE INDEX"),
        ["~ index orders.orders_idx: unique true, expected false"]
    );
    assert_eq!(
        edit(" WHERE code IS NOT NULL", ""),
        ["~ index orders.orders_idx: where none, expected code is not null"]
    );
    assert_eq!(
        edit("orders_idx", "other_idx"),
        ["~ index orders.orders_idx: name other_idx, expected orders_idx"]
    );
    assert_eq!(
        edit("CREATE INDEX orders_idx ON orders (user_id, total DESC) WHERE code IS NOT NULL;", ""),
        ["- index orders.orders_idx: (user_id, total desc) where code is not null"]
    );
    assert_eq!(
        edit("CREATE INDEX", "CREATE INDEX more ON users (name); CREATE INDEX"),
        ["+ index users.more: (name)"]
    );
}

#[test]
fn data_for_programs() {
    let (a, b) = (sqlite(SQLITE).0, sqlite(&SQLITE.replace("name TEXT", "name BLOB")).0);
    let list = differences(&a, &b);
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].change, list[0].object), (Change::Changed, Object::Column));
    assert_eq!(list[0].name.as_deref(), Some("name"));
    assert_eq!(list[0].aspects[0].what, "type");
}

/// PostgreSQL alone has names of constraints, comments, and two ways of numbering.
#[test]
fn postgres() {
    let ddl = r#"CREATE TABLE users (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name VARCHAR(10) NOT NULL);
        CREATE TABLE orders (id BIGINT PRIMARY KEY, user_id BIGINT CONSTRAINT of_user REFERENCES users,
            code TEXT CONSTRAINT a_code UNIQUE, CONSTRAINT positive CHECK (id > 0));
        COMMENT ON TABLE users IS 'people';"#;
    let schema = |ddl: &str| read(Dialect::Postgres, &cluster::answers(ddl), &[]).0;
    let edit = |from: &str, to: &str| {
        assert!(ddl.contains(from), "{from}");
        lines(&schema(ddl), &schema(&ddl.replacen(from, to, 1)))
    };
    assert_eq!(edit("users", "users"), [""; 0]);
    assert_eq!(
        edit("VARCHAR(10)", "VARCHAR(20)"),
        ["~ column users.name: type character varying(20), expected character varying(10)"]
    );
    assert_eq!(
        edit("BIGINT GENERATED BY DEFAULT AS IDENTITY", "BIGSERIAL"),
        ["~ column users.id: autoincrement serial, expected identity"]
    );
    assert_eq!(edit("'people'", "'all'"), ["~ table users: comment all, expected people"]);
    assert_eq!(edit("of_user", "user_of"), ["~ foreign key orders.of_user: name user_of, expected of_user"]);
    assert_eq!(edit("a_code", "b_code"), ["~ unique orders.a_code: name b_code, expected a_code"]);
    assert_eq!(edit("positive", "above"), ["~ check orders.positive: name above, expected positive"]);
    assert_eq!(edit("id > 0", "id > 1"), ["~ check orders.positive: condition id > 1, expected id > 0"]);
    assert_eq!(
        edit("REFERENCES users", "REFERENCES users ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED"),
        [
            "~ foreign key orders.of_user: on update set default, expected no action; deferrable true, expected false"
        ]
    );
}
