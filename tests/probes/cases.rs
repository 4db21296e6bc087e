//! What rows can refuse, with values of which some do.

use migrate_core::target::Dialect;

/// One table, or several, and a migration.
pub struct Case {
    pub name: &'static str,
    pub options: &'static str,
    pub tables: &'static str,
    /// Writes every row without a change, in front of the step.
    pub writes: &'static str,
    pub step: &'static str,
    /// Tables, columns, and for each column what may stand there; `{id}` is another number for each row.
    pub rows: &'static [(&'static str, &'static str, &'static [&'static [&'static str]])],
    /// The one database on which rows can refuse it.
    pub only: Option<Dialect>,
}

const ID: &[&str] = &["{id}"];
const TEXTS: &[&str] = &["null", "'a'", "'b'", "'A'", "'c'", "'d '", "''"];
const NUMBERS: &[&str] = &["null", "0", "1", "2", "-1", "9"];

const T: &str = "create table t { id: integer primary key, a: text null, b: integer null, c: boolean null }";
const T_ROWS: &[(&str, &str, &[&[&str]])] =
    &[("t", "id, a, b, c", &[ID, TEXTS, NUMBERS, &["null", "true", "false"]])];

const PLAIN: Case = Case {
    name: "",
    options: "",
    tables: T,
    writes: "update t set a = a, b = b, c = c;",
    step: "",
    rows: T_ROWS,
    only: None,
};

/// Parents and children.
const FAMILY: Case = Case {
    name: "",
    options: "",
    tables: "create table p { id: integer primary key, a: text unique, b: integer, unique (a, b) }
        create table c { id: integer primary key, a: text null, b: integer null, up: integer null }",
    writes: "update c set a = a, b = b, up = up;",
    step: "",
    rows: &[
        ("p", "id, a, b", &[ID, &["'a'", "'b'", "'c'"], &["0", "1"]]),
        ("c", "id, a, b, up", &[ID, TEXTS, NUMBERS, &["null", "1", "2", "3"]]),
    ],
    only: None,
};

pub const CASES: &[Case] = &[
    Case { name: "not null", step: "alter table t recreate alter column a set not null;", ..PLAIN },
    Case {
        name: "two not null, one by another name",
        step: "alter table t recreate { rename column a to z; alter column z set not null; alter column b set not null; }",
        ..PLAIN
    },
    Case {
        name: "names that change places",
        step: "alter table t recreate { rename column a to x; rename column b to a; rename column x to b; add unique (b); \
               add check (a > 0); }",
        ..PLAIN
    },
    Case { name: "unique", step: "alter table t recreate add unique (a);", ..PLAIN },
    Case { name: "unique over two", step: "alter table t recreate add unique (a, b);", ..PLAIN },
    Case { name: "unique index", step: "create unique index i on t (b desc, c);", ..PLAIN },
    Case { name: "unique expression", step: "create unique index i on t (lower(a));", ..PLAIN },
    Case {
        name: "unique expressions of some rows",
        step: "create unique index i on t (coalesce(b, 0) + 1, c) where a <> \"b\" or b > 0;",
        ..PLAIN
    },
    Case {
        name: "unique whatever the letters",
        options: "#![dialects(sqlite)]",
        tables: "create table t { id: integer primary key, a: text null collate nocase, b: integer null, c: boolean null }",
        step: "alter table t recreate add unique (a);",
        only: Some(Dialect::Sqlite),
        ..PLAIN
    },
    Case {
        name: "unique by another collation than the column's",
        options: "#![dialects(sqlite)]",
        step: "create unique index i on t (a collate nocase desc);",
        only: Some(Dialect::Sqlite),
        ..PLAIN
    },
    Case {
        name: "unique with nulls",
        options: "#![postgres(min = 15)]",
        step: "create unique index i on t (a, b) nulls not distinct only postgres;",
        rows: &[("t", "id, a, b", &[ID, &["null", "'a'"], &["null", "1"]])],
        only: Some(Dialect::Postgres),
        ..PLAIN
    },
    Case {
        name: "unique in one database",
        step: "create unique index i on t (b) only sqlite;",
        only: Some(Dialect::Sqlite),
        ..PLAIN
    },
    Case {
        name: "primary key",
        tables: "create table t { a: text, b: integer, c: boolean null }",
        step: "alter table t recreate add primary key (a, b);",
        rows: &[("t", "a, b, c", &[&["'a'", "'b'", "'c'"], &["0", "1"], &["null", "true"]])],
        ..PLAIN
    },
    Case { name: "check", step: "alter table t recreate add check (b > 0 or a = \"b\");", ..PLAIN },
    Case { name: "check of a truth", step: "alter table t recreate add named check (c);", ..PLAIN },
    Case {
        name: "check that divides and joins",
        step: "alter table t recreate add check (length(a || \"x\") - b <> 2 and (c or b between 0 and 2));",
        ..PLAIN
    },
    Case {
        name: "check in raw SQL",
        step: "alter table t recreate add check (sql \"b >= 0\");",
        ..PLAIN
    },
    Case {
        name: "a text becomes an enum",
        step: "alter table t recreate alter column a type enum(\"a\", \"b\", \"A\", \"\");",
        ..PLAIN
    },
    Case {
        name: "an enum loses a value",
        tables: "create table t { id: integer primary key, a: enum(\"a\", \"b\", \"c\") null, b: integer null, c: boolean null }",
        step: "alter table t recreate alter column a type enum(\"a\", \"b\");",
        rows: &[("t", "id, a", &[ID, &["null", "'a'", "'b'", "'c'"]])],
        ..PLAIN
    },
    Case {
        name: "a smaller integer",
        step: "alter table t recreate alter column b type integer(16) using b;",
        rows: &[("t", "id, b", &[ID, &["null", "0", "32767", "-32768", "32768", "-32769"]])],
        only: Some(Dialect::Postgres),
        ..PLAIN
    },
    Case {
        name: "a shorter number",
        tables: "create table t { id: integer primary key, d: decimal(8, 3) null }",
        writes: "update t set d = d;",
        step: "alter table t recreate alter column d type decimal(4, 2) using d;",
        rows: &[(
            "t",
            "id, d",
            &[ID, &["null", "0", "99.994", "99.995", "-99.994", "-99.995", "100", "'NaN'", "-0.001"]],
        )],
        only: Some(Dialect::Postgres),
        ..PLAIN
    },
    Case {
        name: "a shorter text",
        step: "alter table t recreate alter column a type text(3) using a;",
        rows: &[("t", "id, a", &[ID, &["null", "''", "'abc'", "'abcd'", "'abc   '", "'äöü'", "'äöüß'", "'   d'"]])],
        only: Some(Dialect::Postgres),
        ..PLAIN
    },
    Case {
        name: "a generated column that is null",
        step: "alter table t recreate add column g: integer generated (b + 1) stored;",
        ..PLAIN
    },
    Case {
        name: "a generated column that is reckoned and null",
        options: "#![dialects(sqlite)]",
        step: "alter table t add column g: integer generated (b + 1) virtual;",
        only: Some(Dialect::Sqlite),
        ..PLAIN
    },
    Case {
        name: "a foreign key",
        step: "alter table c recreate add foreign key (a) references p (a);",
        ..FAMILY
    },
    Case {
        name: "a foreign key over two",
        step: "alter table c recreate add foreign key (a, b) references p (a, b) on delete cascade deferrable;",
        ..FAMILY
    },
    Case {
        name: "a foreign key to its own table",
        step: "alter table c recreate add foreign key (up) references c (id);",
        ..FAMILY
    },
    Case {
        name: "a foreign key by another name",
        step: "alter table c recreate { rename column a to z; add foreign key (z) references p (a); }",
        ..FAMILY
    },
    Case {
        name: "a foreign key of whatever letters",
        options: "#![dialects(sqlite)]",
        tables: "create table p { id: integer primary key, a: text unique collate nocase, b: integer, unique (a, b) }
            create table c { id: integer primary key, a: text null, b: integer null, up: integer null }",
        step: "alter table c recreate add foreign key (a) references p (a);",
        only: Some(Dialect::Sqlite),
        ..FAMILY
    },
    Case {
        name: "a check and a key that are validated",
        tables: "create table p { id: integer primary key, a: text unique, b: integer, unique (a, b) }
            create table c { id: integer primary key, a: text null, b: integer null, up: integer null }",
        step: "alter table c recreate { add b_positive check (b > 0) not valid; add c_p foreign key (a) references p (a) \
               not valid; } alter table c { validate constraint b_positive; validate constraint c_p; }",
        only: Some(Dialect::Postgres),
        ..FAMILY
    },
];
