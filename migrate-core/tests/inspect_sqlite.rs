//! SQLite: many spellings of one schema read as one, and a folded schema reads as what was created from it.

mod inspect_support;

use inspect_support::*;
use migrate_core::inspect::{UnreadKind, differences, seen};
use migrate_core::schema::expr::ExprKind;
use migrate_core::schema::{
    Autoincrement, Collation, Default, Expr, Index, IndexKey, Literal, Operator, Schema, Table, Type,
};
use migrate_core::syntax::types::Action;
use migrate_core::target::{Dialect, Options, SqliteOptions};

const SQLITE: Dialect = Dialect::Sqlite;

fn agree(expected: &Schema, ddl: &str) {
    let (found, unread) = sqlite(ddl);
    let differences: Vec<String> = differences(expected, &found).iter().map(|d| d.to_string()).collect();
    assert!(differences.is_empty(), "{}\n{ddl}", differences.join("\n"));
    assert!(unread.is_empty(), "{unread:?}\n{ddl}");
}

fn kinds(ddl: &str) -> Vec<String> {
    sqlite(ddl).1.iter().map(|u| u.to_string()).collect()
}

/// The schema of the spellings below, in normal form.
fn shop() -> Schema {
    let int = || native(SQLITE, "integer");
    let txt = || native(SQLITE, "text");
    let mut users = table(
        "users",
        vec![
            column("id", native(SQLITE, "integer (rowid)")),
            column("email", txt()),
            nullable("nick", txt()),
            column("age", int()),
            nullable("seen", native(SQLITE, "numeric")),
        ],
    );
    users.columns[0].autoincrement = Some(Autoincrement::Identity);
    users.columns[1].collate = Some(Collation::Native(sql(SQLITE, "nocase")));
    users.columns[3].default = Some(Default::Sql(sql(SQLITE, "0")));
    users.primary_key = primary_key("", &["id"]);
    users.uniques = vec![unique("", &["email"])];
    users.checks = vec![
        check("", sql_expr(SQLITE, "age >= 0 and age <= 150")),
        check("", sql_expr(SQLITE, "nick in ('a', 'b')")),
    ];
    let mut nick = index("users_nick_idx", &["nick"]);
    nick.unique = true;
    nick.condition = Some(sql_expr(SQLITE, "nick is not null"));
    let lower = Index {
        keys: vec![
            key(sql_expr(SQLITE, "lower(nick)")),
            IndexKey { descending: true, ..index("", &["age"]).keys[0].clone() },
        ],
        ..index("users_lower_idx", &[])
    };
    users.indexes = vec![nick, lower];
    let mut posts = table(
        "posts",
        vec![column("user_id", int()), column("no", int()), nullable("body", native(SQLITE, "blob"))],
    );
    posts.primary_key = primary_key("", &["user_id", "no"]);
    posts.foreign_keys = vec![foreign_key("", &["user_id"], "users", &["id"])];
    posts.foreign_keys[0].on_delete = Action::Cascade;
    posts.foreign_keys[0].deferrable = true;
    [users, posts].into_iter().collect()
}

#[test]
fn plain_spelling() {
    agree(
        &shop(),
        "CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
            email TEXT NOT NULL COLLATE NOCASE UNIQUE,
            nick TEXT CHECK (nick IN ('a', 'b')),
            age INTEGER DEFAULT 0 NOT NULL CHECK (age BETWEEN 0 AND 150),
            seen DATETIME
        );
        CREATE UNIQUE INDEX users_nick_idx ON users (nick) WHERE nick IS NOT NULL;
        CREATE INDEX users_lower_idx ON users (lower(nick), age DESC);
        CREATE TABLE posts (
            user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            no INTEGER NOT NULL,
            body BLOB,
            PRIMARY KEY (user_id, no)
        )",
    );
}

#[test]
fn other_spelling() {
    agree(
        &shop(),
        "create table if not exists [users](\"id\"integer not null constraint pk primary key on conflict abort
            autoincrement -- the key, with a ) in the comment
            ,seen BOOLEAN /* any (numeric, affinity) */ , `email` VARCHAR(255) collate \"nocase\" not null,
            'nick' clob, age INT(11) not null default (0),
            constraint uq unique (email)
            constraint ck check(((\"nick\" in ('b', 'a'))))
            CHECK (((age>=0)) AND `users`.`age` <= (150)));
        create unique index \"users_nick_idx\" on \"users\"([nick] asc) where (`nick` notnull);
        create index users_lower_idx on users (LOWER(\"nick\") , \"age\" desc);
        create table posts (no BIGINT not null, body, user_id MEDIUMINT not null, primary key (user_id, no),
            foreign key (user_id) references USERS match simple on update no action on delete cascade
            deferrable initially deferred);",
    );
}

#[test]
fn altered_spelling() {
    agree(
        &shop(),
        "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL COLLATE nocase,
            gone TEXT, nick TEXT, UNIQUE (mail), CHECK (nick IN ('a','b')));
        ALTER TABLE people RENAME TO users;
        ALTER TABLE users RENAME COLUMN mail TO email;
        ALTER TABLE users DROP COLUMN gone;
        ALTER TABLE users ADD COLUMN age INTEGER NOT NULL DEFAULT '0' CHECK (age >= 0 AND age <= 150);
        ALTER TABLE users ADD seen NUMERIC;
        CREATE UNIQUE INDEX users_nick_idx ON users (nick) WHERE nick IS NOT NULL;
        CREATE INDEX users_lower_idx ON users (lower(nick), age DESC);
        CREATE TABLE posts (user_id INTEGER NOT NULL, no INTEGER NOT NULL, body BLOB, PRIMARY KEY (user_id, no),
            FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);",
    );
}

/// Every modifier of the language, in the fold and as it is created.
#[test]
fn inspect_equals_fold() {
    let every = |ty: Type, name: &str| column(name, ty);
    let mut all = table(
        "all_types",
        vec![
            every(Type::Integer(64), "id"),
            every(Type::Text, "a"),
            every(Type::TextN(36), "b"),
            every(Type::Char(3), "c"),
            every(Type::Integer(32), "d"),
            with_default("e", Type::Boolean, Literal::Boolean(true)),
            with_default("f", Type::Json, text("{\"a\": 1}")),
            every(Type::TimestampMs, "g"),
            nullable("h", Type::Timestamp),
            every(Type::Datetime, "i"),
            every(Type::Date, "j"),
            every(Type::Time, "k"),
            with_default("l", Type::Real(64), Literal::Real("0.5".to_owned())),
            with_default(
                "m",
                Type::Decimal { precision: 10, scale: 2, as_text: false },
                Literal::Integer(-1),
            ),
            with_default("n", Type::Blob, Literal::Bytes(vec![10, 255])),
            every(Type::Uuid, "o"),
            with_default("p", Type::Enum(names(&["x", "y"])), text("x")),
            with_default("q", Type::Text, text("it's \"quoted\"")),
            every(Type::Native { sqlite: Some("POINT".to_owned()), postgres: None }, "r"),
        ],
    );
    all.columns[0].autoincrement = Some(Autoincrement::Serial);
    all.columns[1].collate = Some(Collation::Nocase);
    all.columns[9].default = Some(Default::Now);
    all.columns[15].default = Some(Default::Random);
    all.primary_key = primary_key("all_types_pkey", &["id"]);
    all.comment = Some("kept in the files alone".to_owned());
    all.uniques = vec![unique("u", &["a", "b"]), unique("twice", &["a", "b"]), unique("key", &["id"])];
    let mut of_enum = check(
        "all_types_p_check",
        expr(ExprKind::In {
            value: Box::new(col("p")),
            list: vec![literal(text("x")), literal(text("y"))],
            not: false,
        }),
    );
    of_enum.of_enum = Some("p".to_owned());
    let between = expr(ExprKind::Between {
        value: Box::new(col("d")),
        low: Box::new(literal(Literal::Integer(-1))),
        high: Box::new(literal(Literal::Integer(9))),
        not: true,
    });
    let either = expr(ExprKind::Binary {
        op: Operator::Or,
        left: Box::new(between),
        right: Box::new(expr(ExprKind::Binary {
            op: Operator::Equal,
            left: Box::new(col("a")),
            right: Box::new(literal(text("x"))),
        })),
    });
    all.checks = vec![of_enum, check("either", either)];
    all.indexes = vec![index("all_idx", &["a", "b"])];
    all.indexes[0].condition = Some(expr(ExprKind::IsNull { value: Box::new(col("h")), not: false }));
    let schema: Schema = [all].into_iter().collect();
    let expected = seen(SQLITE, &schema, &Options::default());
    agree(
        &expected,
        "CREATE TABLE `all_types` (
            `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
            `a` text COLLATE nocase NOT NULL,
            `b` text(36) NOT NULL,
            `c` char(3) NOT NULL,
            `d` integer NOT NULL,
            `e` integer DEFAULT 1 NOT NULL,
            `f` text DEFAULT '{\"a\": 1}' NOT NULL,
            `g` integer NOT NULL,
            `h` integer,
            `i` datetime DEFAULT (strftime('%Y-%m-%d %H:%M:%S', 'now')) NOT NULL,
            `j` date NOT NULL,
            `k` time NOT NULL,
            `l` real DEFAULT 0.5 NOT NULL,
            `m` numeric DEFAULT -1 NOT NULL,
            `n` blob DEFAULT x'0AFF' NOT NULL,
            `o` text(36) DEFAULT (lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4'
                || substr(lower(hex(randomblob(2))), 2) || '-' || substr('89ab', 1 + (random() & 3), 1)
                || substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6)))) NOT NULL,
            `p` text DEFAULT 'x' NOT NULL,
            `q` text DEFAULT 'it''s \"quoted\"' NOT NULL,
            `r` POINT NOT NULL,
            UNIQUE (`a`, `b`), UNIQUE (`a`, `b`), UNIQUE (`id`),
            CONSTRAINT `x` CHECK (`p` IN ('y', 'x')),
            CHECK (`d` NOT BETWEEN -1 AND 9 OR `a` = 'x')
        );
        CREATE INDEX `all_idx` ON `all_types` (`a`,`b`) WHERE `h` IS NULL;
        CREATE TABLE _migrations (id TEXT);",
    );
}

#[test]
fn strict_tables() {
    let schema: Schema = [Table {
        primary_key: primary_key("", &["id"]),
        ..table("t", vec![column("id", Type::Integer(64)), column("d", Type::Datetime)])
    }]
    .into_iter()
    .collect();
    let strict = Options {
        sqlite: Some(SqliteOptions { min: (3, 37), strict: true, uuid_blob: false }),
        ..Options::default()
    };
    let expected = seen(SQLITE, &schema, &strict);
    agree(&expected, "CREATE TABLE t (id INTEGER PRIMARY KEY, d TEXT NOT NULL) STRICT");
    let (found, _) = sqlite("CREATE TABLE t (id INTEGER PRIMARY KEY, d TEXT NOT NULL)");
    let lines: Vec<String> = differences(&expected, &found).iter().map(|d| d.to_string()).collect();
    assert_eq!(lines, ["~ table t: strict false, expected true"]);
}

/// <https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>
#[test]
fn rowid_is_an_exact_spelling() {
    let ty = |ddl: &str| {
        let (schema, _) = sqlite(ddl);
        let column = schema.tables().next().unwrap().columns[0].clone();
        (column.ty == native(SQLITE, "integer (rowid)"), column.null)
    };
    assert_eq!(ty("CREATE TABLE t (id INTEGER PRIMARY KEY)"), (true, false));
    assert_eq!(ty("CREATE TABLE t (id integer, PRIMARY KEY (id))"), (true, false));
    assert_eq!(ty("CREATE TABLE t (id integer, PRIMARY KEY (id DESC))"), (true, false));
    assert_eq!(ty("CREATE TABLE t (id INT PRIMARY KEY)"), (false, true));
    assert_eq!(ty("CREATE TABLE t (id INTEGER PRIMARY KEY DESC)"), (false, true));
    assert_eq!(ty("CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID"), (false, false));
    assert_eq!(ty("CREATE TABLE t (id INTEGER, b, PRIMARY KEY (id, b))"), (false, true));
}

#[test]
fn affinities() {
    for (declared, affinity) in [
        ("VARCHAR(255)", "text"),
        ("BOOLEAN", "numeric"),
        ("UUID", "numeric"),
        ("DOUBLE PRECISION", "real"),
        ("FLOATING POINT", "integer"),
        ("UNSIGNED BIG INT", "integer"),
        ("", "blob"),
        ("STRING", "numeric"),
        ("\"text with, comma\"", "text"),
    ] {
        let (schema, unread) = sqlite(&format!("CREATE TABLE t (x {declared})"));
        assert_eq!(schema.table("t").unwrap().columns[0].ty, native(SQLITE, affinity), "{declared}");
        assert!(unread.is_empty(), "{declared}: {unread:?}");
    }
}

#[test]
fn index_collations() {
    let (schema, _) = sqlite(
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT);
         CREATE INDEX plain ON t (a COLLATE nocase, b COLLATE binary);
         CREATE INDEX other ON t (a COLLATE binary, b COLLATE \"NOCASE\");",
    );
    assert_eq!(schema.index("plain").unwrap().1.keys, index("", &["a", "b"]).keys);
    let other: Vec<Expr> = schema.index("other").unwrap().1.keys.iter().map(|k| k.expr.clone()).collect();
    assert_eq!(other, [sql_expr(SQLITE, "a collate binary"), sql_expr(SQLITE, "b collate nocase")]);
}

#[test]
fn views_and_triggers_are_read_by_name() {
    let (schema, unread) = sqlite(
        "CREATE TABLE t (a INTEGER, b TEXT);
         CREATE VIEW plain AS SELECT a, (b) FROM t;
         CREATE VIEW main.\"n (\" (x, `y z`) AS SELECT a, b FROM t;
         CREATE VIEW broken (c) AS SELECT x FROM nowhere;
         CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;
         CREATE TRIGGER i INSTEAD OF INSERT ON plain BEGIN SELECT 1; END;",
    );
    assert_eq!(unread, []);
    let views: Vec<(String, Vec<String>)> = (schema.views())
        .map(|v| (v.name.clone(), v.columns.iter().map(|c| c.name.clone()).collect()))
        .collect();
    let view =
        |name: &str, columns: &[&str]| (name.to_owned(), columns.iter().map(|c| c.to_string()).collect());
    assert_eq!(views, [view("plain", &[]), view("n (", &["x", "y z"]), view("broken", &["c"])]);
    let triggers: Vec<(&str, &str)> =
        schema.triggers().map(|t| (t.table.as_str(), t.name.as_str())).collect();
    assert_eq!(triggers, [("t", "r"), ("plain", "i")]);
}

#[test]
fn what_is_not_read_is_named() {
    assert_eq!(
        kinds(
            "CREATE TABLE t (a INTEGER PRIMARY KEY ON CONFLICT REPLACE,
             b AS (a * 2), c INTEGER GENERATED ALWAYS AS ((a + 1)) STORED)"
        ),
        ["option of constraint of t: on conflict",]
    );
    assert_eq!(kinds("CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID"), [""; 0]);
    assert_eq!(
        kinds("CREATE TABLE p (a PRIMARY KEY); CREATE TABLE t (a REFERENCES p MATCH FULL DEFERRABLE)"),
        ["option of constraint of t: deferrable initially immediate"]
    );
    assert_eq!(
        kinds("CREATE TABLE t (a TEXT, UNIQUE (a COLLATE NOCASE))"),
        ["option of constraint of t: direction or collation of a"]
    );
}

#[test]
fn double_quoted_strings_are_strings() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, true).unwrap();
    connection.execute_batch("CREATE TABLE t (b TEXT DEFAULT \"x\" CHECK (b IN (\"p\", \"q\")))").unwrap();
    let (schema, unread) = migrate_core::inspect::read(SQLITE, &sqlite_answers(&connection), &[]);
    let table = schema.table("t").unwrap();
    assert_eq!(table.checks, [check("", sql_expr(SQLITE, "b in ('p', 'q')"))]);
    assert_eq!(table.columns[0].default, Some(Default::Sql(sql(SQLITE, "'x'"))));
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].kind, UnreadKind::DoubleQuotedText);
}

/// A virtual table whose module this program lacks must not make the pragmas fail, and its data is its own.
#[test]
fn virtual_tables() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE t (a); CREATE TABLE notes_data (a); CREATE TABLE notes_more (a);")
        .unwrap();
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON;
             INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql)
             VALUES ('table', 'notes', 'notes', 0, 'CREATE VIRTUAL TABLE notes USING no_such_module(a)');
             PRAGMA writable_schema = RESET;",
        )
        .unwrap();
    let (schema, unread) = migrate_core::inspect::read(SQLITE, &sqlite_answers(&connection), &["T"]);
    let tables: Vec<&str> = schema.tables().map(|t| t.name.as_str()).collect();
    assert_eq!(tables, ["notes_more"]);
    assert_eq!(unread[0].kind, UnreadKind::VirtualTable);
}

#[test]
fn foreign_keys() {
    let (schema, unread) = sqlite(
        "CREATE TABLE p (x INTEGER, y INTEGER, PRIMARY KEY (y, x));
         CREATE TABLE c (a INTEGER, b INTEGER, d REFERENCES missing,
            FOREIGN KEY (a, b) REFERENCES p ON UPDATE SET NULL,
            FOREIGN KEY (b, a) REFERENCES p (x, y) ON DELETE SET DEFAULT NOT DEFERRABLE INITIALLY DEFERRED,
            FOREIGN KEY (a) REFERENCES c (b) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED)",
    );
    let mut first = foreign_key("", &["a", "b"], "p", &["y", "x"]);
    first.on_update = Action::SetNull;
    let mut second = foreign_key("", &["b", "a"], "p", &["x", "y"]);
    second.on_delete = Action::SetDefault;
    let mut third = foreign_key("", &["a"], "c", &["b"]);
    third.on_delete = Action::Restrict;
    third.deferrable = true;
    let lone = foreign_key("", &["d"], "missing", &[]);
    assert_eq!(schema.table("c").unwrap().foreign_keys, [lone, first, second, third]);
    assert!(unread.is_empty(), "{unread:?}");
}
