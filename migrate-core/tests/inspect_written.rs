//! What is written is what is read: each text becomes a check, an index and a default on the server, and what the
//! server says of it afterwards has the canonical text of what was written.

mod inspect_support;

use inspect_support::cluster;
use inspect_support::*;
use migrate_core::inspect::{differences, read, seen};
use migrate_core::schema::{Column, Default, Schema, Table, Type};
use migrate_core::target::{Dialect, Options};

/// Columns of every family, by one letter.
const POSTGRES_COLUMNS: &str = "a text, v varchar(36), p char(3), b bigint, i integer, s smallint, c double precision, \
    e real, n numeric(10,2), f boolean, d date, t timestamp, z timestamptz, m time, u uuid, j jsonb, x bytea, l text[], \
    \"user\" text, \"order-items\" integer";

const SQLITE_COLUMNS: &str = "a text, v varchar(36), b bigint, i integer, c double precision, n numeric(10,2), \
    f boolean, d date, t datetime, j json, x blob, `user` text, `order-items` integer";

const BOTH: [&str; 44] = [
    "a = 'x'",
    "a <> ''",
    "v IN ('b', 'a')",
    "v NOT IN ('b', 'a')",
    "v IN ('a')",
    "a IN ('it''s', '\\')",
    "v > a AND v < 'x'",
    "b BETWEEN -1 AND 5000000000",
    "i NOT BETWEEN 1 AND 9",
    "i IN (1, 2, 3)",
    "b IN (1, -2)",
    "n > 0 AND n < 99.50",
    "n >= -0.5",
    "n IN (1, 2.5)",
    "c > 0.5 AND c < 1e3",
    "c <> -1",
    "c = 1.0",
    "b + 1 > 2 * i - 3",
    "(b + 1) * 2 > i - (3 - b)",
    "b % 2 = 0",
    "b / 2 * 3 = 1",
    "a || v || '-' = 'x'",
    "a || (v || '-') = 'x'",
    "length(v) <= 10",
    "lower(v) = v",
    "upper(substr(a, 1, 2)) = 'X'",
    "replace(v, 'a', 'b') <> ''",
    "coalesce(v, a, 'x') = 'x'",
    "nullif(v, '') IS NOT NULL",
    "abs(b) < 10 OR b IS NULL",
    "a LIKE 'x%'",
    "v NOT LIKE '%x_'",
    "NOT v LIKE 'x%'",
    "NOT (a = 'x' OR b = 1)",
    "NOT a = 'x' AND NOT b = 1",
    "a = 'x' AND b = 1 AND c = 2 OR i = 3",
    "a = 'x' AND (b = 1 AND (c = 2 OR i = 3))",
    "CASE WHEN b > 0 THEN v END = 'x'",
    "CASE WHEN b > 0 THEN v WHEN i IS NULL THEN 'y' ELSE a END <> 'x'",
    "CASE b WHEN 1 THEN 'x' ELSE 'y' END = a",
    "CAST(b AS text) = '1'",
    "CAST(a AS integer) > 0",
    "-b < 0",
    "(a, v) = ('x', 'y')",
];

const POSTGRES: [&str; 56] = [
    "a NOT IN (v, 'x', lower(a), 'y')",
    "(a, b) <> ('x', 1)",
    "coalesce(d, '2020-01-31') > '2020-01-30'",
    "l <@ '{x}' AND j <@ '{ }'",
    "p = 'abc'",
    "p IN ('abc', 'abd')",
    "s > 0 AND s IN (1, 2)",
    "s + i > b",
    "e > 0.5",
    "e > c",
    "f",
    "NOT f",
    "f = true",
    "f IS NOT TRUE",
    "f <> false AND (f OR b > 1)",
    "d > '2020-01-31'",
    "d BETWEEN '2020-01-31' AND '2021-01-31'",
    "d IN ('2020-01-31', '2020-02-01')",
    "t > '2020-01-31T10:00'",
    "t < '2020-01-31 10:00:00.250'",
    "z > '2020-01-31T10:00:00Z'",
    "z > '2020-01-31T10:00:00.5-03:30'",
    "m < '12:00'",
    "u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
    "u IN ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12')",
    "j = '{\"b\": 1, \"a\": [1, 2.50]}'",
    "j ->> 'x' = 'y'",
    "j -> 'x' -> 'y' IS NOT NULL",
    "j @> '{\"a\": 1}'",
    "x = '\\x0AFF'",
    "'x' = ANY (l)",
    "l[1] = 'x'",
    "l = ARRAY['x', 'y']",
    "array_length(l, 1) > 0",
    "\"user\" = 'x'",
    "\"order-items\" > 0",
    "written.b > 0",
    "a COLLATE \"C\" < 'b'",
    "lower(a COLLATE \"C\") < v COLLATE \"C\"",
    "a ~ '^[a-z]+$'",
    "a !~* 'x'",
    "a ILIKE 'x%' ESCAPE '!'",
    "a LIKE 'x%' ESCAPE ''",
    "a SIMILAR TO 'x|y'",
    "trim(a) = btrim(v) AND trim(leading 'x' from a) = ''",
    "substring(a from 2 for 3) = 'x'",
    "position('x' in a) > 0",
    "extract(year from d) > 2000",
    "greatest(b, i, 0) < 10",
    "least(a, v) = 'x'",
    "CAST(b AS double precision) / 2 > 0.5",
    "round(CAST(c AS numeric), 2) > 0",
    "a IS DISTINCT FROM v AND a IS NOT DISTINCT FROM 'x'",
    "(b & 1) = 0 AND b # 2 > 0",
    "a IN (v, 'x', lower(a))",
    "t AT TIME ZONE 'UTC' > '2020-01-31T00:00:00Z'",
];

const SQLITE: [&str; 16] = [
    "a == 'x' AND v != 'y'",
    "a GLOB 'x*'",
    "a IS 'x' AND b IS NOT 1",
    "a ISNULL OR v NOTNULL",
    "f = TRUE OR f IN (TRUE, FALSE)",
    "x = X'0aFF'",
    "json_valid(j)",
    "j ->> '$.a' = 'x'",
    "`user` = 'x'",
    "[order-items] > 0x10",
    "written.b > 0",
    "a COLLATE NOCASE = 'x'",
    "typeof(b) = 'integer'",
    "b & 1 = 0 OR b << 2 > 3",
    "ifnull(a, 'x') = iif(b > 1, 'y', 'z')",
    "datetime(t) IS t AND t IS strftime('%Y-%m-%d %H:%M:%f', t)",
];

/// The table with its columns alone.
fn empty(dialect: Dialect, columns: &str) -> Table {
    let mut list = Vec::new();
    for (i, part) in columns.replace("10,2", "10;2").split(", ").enumerate() {
        let (name, ty) = part.trim().split_once(' ').unwrap_or((part, ""));
        assert!(!ty.is_empty(), "{i}: {part}");
        let name = name.trim_matches(['"', '`']);
        list.push(nullable(name, native(dialect, &ty.replace(';', ","))));
    }
    table("written", list)
}

fn native_default(dialect: Dialect, text: &str) -> Option<Default> {
    Some(Default::Sql(sql(dialect, text)))
}

/// The schema in which every text is a check and an index, and the DDL for it.
fn written(dialect: Dialect, columns: &str, texts: &[&str], defaults: &[(&str, &str)]) -> (Schema, String) {
    let mut table = empty(dialect, columns);
    let mut ddl = format!("CREATE TABLE written ({columns}");
    for (i, (ty, value)) in defaults.iter().enumerate() {
        let name = format!("default_{i}");
        ddl.push_str(&format!(", {name} {ty} DEFAULT {value}"));
        let default = native_default(dialect, value);
        table.columns.push(Column { default, ..nullable(&name, native(dialect, ty)) });
    }
    for (i, text) in texts.iter().enumerate() {
        ddl.push_str(&format!(", CONSTRAINT check_{i} CHECK ({text})"));
        table.checks.push(check(&format!("check_{i}"), sql_expr(dialect, text)));
    }
    ddl.push(')');
    for (i, text) in texts.iter().enumerate() {
        // What is not deterministic cannot be indexed, nor can SQLite index a name behind its table or a row value.
        let unfit = ["'UTC'", "strftime", "written.", "(a, v)"];
        if unfit.iter().any(|u| text.contains(u)) {
            continue;
        }
        ddl.push_str(&format!(";\nCREATE INDEX index_{i} ON written (b, ({text})) WHERE {text}"));
        let mut index = index(&format!("index_{i}"), &["b"]);
        index.keys.push(key(sql_expr(dialect, text)));
        index.condition = Some(sql_expr(dialect, text));
        table.indexes.push(index);
    }
    ([table].into_iter().collect(), ddl)
}

fn agree(dialect: Dialect, schema: &Schema, found: &Schema) {
    let expected = seen(dialect, schema, &Options::default());
    let lines: Vec<String> = differences(&expected, found).iter().map(|d| d.to_string()).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn postgres() {
    let texts: Vec<&str> = BOTH.into_iter().chain(POSTGRES).collect();
    let defaults = [
        ("text", "'x'"),
        ("varchar(9)", "'x'::text"),
        ("char(3)", "'x'"),
        ("bigint", "0"),
        ("bigint", "'0'"),
        ("bigint", "9223372036854775807"),
        ("bigint", "(-9223372036854775808)"),
        ("smallint", "-1"),
        ("numeric(10, 2)", "1.50"),
        ("numeric", "1e-5"),
        ("double precision", "1.0"),
        ("float8", "1e300"),
        ("real", "-0.25"),
        ("bool", "'yes'"),
        ("boolean", "(NOT true)"),
        ("json", "'{\"a\" : 1}'"),
        ("jsonb", "'{\"b\":1,\"a\":\"\\u0041\"}'"),
        ("date", "CURRENT_DATE"),
        ("date", "(now() AT TIME ZONE 'UTC')"),
        ("timestamptz", "CURRENT_TIMESTAMP"),
        ("timestamp(3)", "(now() AT TIME ZONE 'UTC')"),
        ("bigint", "(extract(epoch from clock_timestamp()) * 1000)::bigint"),
        ("bigint", "CAST(floor(extract(epoch from now()) * 1000) AS bigint)"),
        ("uuid", "gen_random_uuid()"),
        ("text", "(lower('X') || 'y')"),
        ("bytea", "'\\xAB'"),
        ("interval", "'2 days'"),
        ("text[]", "'{}'"),
        ("text[]", "ARRAY['x', 'y']"),
        ("int[]", "ARRAY[]::int[]"),
        ("text", "NULL"),
    ];
    let (schema, ddl) = written(Dialect::Postgres, POSTGRES_COLUMNS, &texts, &defaults);
    let (found, unread) = read(Dialect::Postgres, &cluster::answers(&ddl), &[]);
    agree(Dialect::Postgres, &schema, &found);
    assert!(unread.is_empty(), "{unread:?}");
}

#[test]
fn sqlite() {
    let texts: Vec<&str> = BOTH.into_iter().chain(SQLITE).collect();
    let defaults = [
        ("text", "'x'"),
        ("text", "5"),
        ("integer", "'5'"),
        ("integer", "-5"),
        ("integer", "+5.0"),
        ("integer", "TRUE"),
        ("real", "0"),
        ("numeric", "1e3"),
        ("blob", "x'AB'"),
        ("datetime", "CURRENT_TIMESTAMP"),
        ("datetime", "(strftime('%Y-%m-%d %H:%M:%f', 'now'))"),
        ("integer", "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"),
        ("text", "(lower(hex(randomblob(16))))"),
        ("text", "NULL"),
        ("integer", "(1 + 2 * 3)"),
    ];
    let (schema, ddl) = written(Dialect::Sqlite, SQLITE_COLUMNS, &texts, &defaults);
    let (found, unread) = inspect_support::sqlite(&ddl);
    agree(Dialect::Sqlite, &schema, &found);
    assert!(unread.is_empty(), "{unread:?}");
}

/// Types under other names are the same type.
#[test]
fn names_of_types() {
    let types = [
        "int2",
        "int",
        "int4",
        "int8",
        "float4",
        "float8",
        "float(10)",
        "float(53)",
        "float",
        "decimal",
        "decimal(5)",
        "dec(5, 1)",
        "numeric( 5 , 1 )",
        "bool",
        "varchar",
        "character varying (5)",
        "char",
        "character(5)",
        "bpchar",
        "bit",
        "bit(3)",
        "varbit(3)",
        "bit varying",
        "timestamp",
        "timestamp(3)",
        "timestamptz",
        "timestamptz(3)",
        "timestamp (3) with time zone",
        "time",
        "timetz",
        "time(0) without time zone",
        "interval",
        "interval year",
        "text[]",
        "int[3]",
        "int array",
        "varchar(5)[][]",
        "timestamptz[]",
        "inet",
        "tsvector",
        "pg_catalog.int4",
        "NAME",
        "jsonb",
        "xml",
        "money",
        "point",
        "int4range",
        "oid",
        "regclass",
        "\"char\"",
    ];
    let columns: Vec<Column> = (types.iter().enumerate())
        .map(|(i, ty)| {
            nullable(&format!("c{i}"), Type::Native { sqlite: None, postgres: Some(ty.to_string()) })
        })
        .collect();
    let ddl: Vec<String> = types.iter().enumerate().map(|(i, ty)| format!("c{i} {ty}")).collect();
    let ddl = format!("CREATE TABLE types ({})", ddl.join(", "));
    let schema = [table("types", columns)].into_iter().collect();
    let (found, _) = read(Dialect::Postgres, &cluster::answers(&ddl), &[]);
    agree(Dialect::Postgres, &schema, &found);
}
