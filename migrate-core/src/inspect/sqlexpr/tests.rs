//! One table: the text that a database stores, and the canonical text.

use super::{Scope, canonical, canonical_default};
use crate::target::Dialect;

fn scope(dialect: Dialect) -> Scope<'static> {
    let columns: &[(&str, &str)] = match dialect {
        Dialect::Sqlite => {
            &[("a", "text"), ("b", "integer"), ("c", "real"), ("order-items", "text"), ("end", "integer")]
        }
        Dialect::Postgres => &[
            ("a", "text"),
            ("v", "character varying(36)"),
            ("b", "bigint"),
            ("i", "integer"),
            ("c", "double precision"),
            ("n", "numeric(10,2)"),
            ("f", "boolean"),
            ("d", "date"),
            ("t", "timestamp without time zone"),
            ("z", "timestamp with time zone"),
            ("u", "uuid"),
            ("j", "jsonb"),
        ],
    };
    Scope {
        dialect,
        table: "things",
        columns: columns.iter().map(|(n, t)| (n.to_string(), t.to_string())).collect(),
    }
}

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (stored, expected) in cases {
        let found = canonical(&scope(dialect), stored);
        if found != *expected {
            wrong.push_str(&format!("{stored}\n  found    {found}\n  expected {expected}\n"));
        }
        let again = canonical(&scope(dialect), &found);
        // The canonical text is its own canonical text.
        if again != found {
            wrong.push_str(&format!("{stored}\n  once  {found}\n  twice {again}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn sqlite_expressions() {
    check(
        Dialect::Sqlite,
        &[
            ("a", "a"),
            ("`a`", "a"),
            ("\"A\"", "a"),
            ("[a]", "a"),
            ("((a))", "a"),
            ("things.a", "a"),
            ("`things`.`a`", "a"),
            ("other.a", "other.a"),
            ("\"order-items\" = 1", "\"order-items\" = 1"),
            ("`end` > 0", "end > 0"),
            ("\"no column\"", "'no column'"),
            ("a = \"x\"", "a = 'x'"),
            ("a = 'It''s'", "a = 'It''s'"),
            ("A  =\n'X' -- why\n", "a = 'X'"),
            ("a /* x */ == 'x'", "a = 'x'"),
            ("a != 'x'", "a <> 'x'"),
            ("a IN ('y','x')", "a in ('x', 'y')"),
            ("a in (\"x\", \"y\")", "a in ('x', 'y')"),
            ("a NOT IN ('x', 'y')", "a not in ('x', 'y')"),
            ("NOT (a IN ('x', 'y'))", "a not in ('x', 'y')"),
            ("a IN ('x')", "a = 'x'"),
            ("a NOT IN ('x')", "a <> 'x'"),
            ("a IN ()", "a in ()"),
            ("a IN (SELECT  x FROM T)", "a in (select x from t)"),
            ("b BETWEEN 1 AND 5", "b >= 1 and b <= 5"),
            ("(b >= 1) AND (b <= 5)", "b >= 1 and b <= 5"),
            ("b NOT BETWEEN 1 AND 5", "b < 1 or b > 5"),
            ("b between 1 and 5 and a = 'x'", "b >= 1 and b <= 5 and a = 'x'"),
            ("b > -1", "b > -1"),
            ("b > (- 1)", "b > -1"),
            ("b > +1", "b > 1"),
            ("b > 0x1F", "b > 31"),
            ("c > .5", "c > 0.5"),
            ("c > 0.50", "c > 0.5"),
            ("c > 1.0", "c > 1.0"),
            ("c > 1e3", "c > 1000.0"),
            ("c > 1.5E-2", "c > 0.015"),
            ("b + 1 * 2", "b + 1 * 2"),
            ("(b + 1) * 2", "(b + 1) * 2"),
            ("b - (1 - 2)", "b - (1 - 2)"),
            ("(b - 1) - 2", "b - 1 - 2"),
            ("a || 'x' || 'y'", "a || 'x' || 'y'"),
            ("a LIKE 'x%'", "a like 'x%'"),
            ("a NOT LIKE 'x%'", "a not like 'x%'"),
            ("NOT a LIKE 'x%'", "a not like 'x%'"),
            ("a LIKE 'x\\%' ESCAPE '\\'", "a like 'x\\%' escape '\\'"),
            ("a GLOB 'x*'", "a glob 'x*'"),
            ("a IS NULL", "a is null"),
            ("a ISNULL", "a is null"),
            ("a NOTNULL", "a is not null"),
            ("a NOT NULL", "a is not null"),
            ("NOT a IS NULL", "a is not null"),
            ("a IS 'x'", "a is 'x'"),
            ("a IS NOT DISTINCT FROM 'x'", "a is 'x'"),
            ("b = TRUE", "b = 1"),
            ("b IN (TRUE, FALSE)", "b in (0, 1)"),
            ("NOT b = 1", "not b = 1"),
            ("a = 'x' AND (b = 1 AND c = 2)", "a = 'x' and b = 1 and c = 2"),
            ("a = 'x' AND (b = 1 OR c = 2)", "a = 'x' and (b = 1 or c = 2)"),
            ("a = 'x' AND b = 1 OR c = 2", "a = 'x' and b = 1 or c = 2"),
            ("CASE WHEN b THEN 1 ELSE NULL END", "case when b then 1 end"),
            ("CASE b WHEN 1 THEN 'x' ELSE 'y' END", "case b when 1 then 'x' else 'y' end"),
            ("CAST(b AS VARCHAR(9))", "cast(b as text)"),
            ("LENGTH(a) <= 10", "length(a) <= 10"),
            ("ifnull(a, 'x')", "coalesce(a, 'x')"),
            ("substring(a, 1, 2)", "substr(a, 1, 2)"),
            ("datetime('now')", "current_timestamp"),
            ("CURRENT_TIMESTAMP", "current_timestamp"),
            ("strftime('%s', 'now')", "strftime('%s', 'now')"),
            ("a COLLATE NOCASE = 'x'", "a collate nocase = 'x'"),
            ("lower(a COLLATE \"nocase\")", "lower(a collate nocase)"),
            ("json_extract(a, '$.x') ->> 'y'", "json_extract(a, '$.x') ->> 'y'"),
            ("json_valid(a)", "json_valid(a)"),
            ("b & 1 = 0", "b & 1 = 0"),
            ("~b", "~b"),
            ("b = x'0A'", "b = x'0a'"),
            ("(a, b) = ('x', 1)", "(a, b) = ('x', 1)"),
            ("EXISTS (SELECT 1)", "exists(select 1)"),
            ("count(*)", "count(*)"),
            ("a = ", "a ="),
            ("a = 'x", "a = 'x'"),
            (")", ")"),
            ("", ""),
        ],
    );
}

#[test]
fn postgres_expressions() {
    check(
        Dialect::Postgres,
        &[
            ("(a = 'x'::text)", "a = 'x'"),
            ("((v)::text = 'x'::text)", "v = 'x'"),
            ("(a = ANY (ARRAY['y'::text, 'x'::text]))", "a in ('x', 'y')"),
            (
                "((v)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
                "v in ('x', 'y')",
            ),
            (
                "((v)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text]))",
                "v in ('x', 'y')",
            ),
            ("(a <> ALL (ARRAY['x'::text, 'y'::text]))", "a not in ('x', 'y')"),
            ("(a = ANY ('{x,y}'::text[]))", "a in ('x', 'y')"),
            ("a IN ('y', 'x')", "a in ('x', 'y')"),
            ("(b = ANY (ARRAY[(1)::bigint, (2)::bigint]))", "b in (1, 2)"),
            ("b in (1, 2)", "b in (1, 2)"),
            ("(a ~~ 'x%'::text)", "a like 'x%'"),
            ("(a !~~ 'x%'::text)", "a not like 'x%'"),
            ("(NOT (a ~~ 'x%'::text))", "a not like 'x%'"),
            ("(a ~~ like_escape('x%'::text, ''::text))", "a like 'x%' escape ''"),
            ("a LIKE 'x%' ESCAPE ''", "a like 'x%' escape ''"),
            ("a SIMILAR TO 'x%'", "a ~ similar_to_escape('x%')"),
            ("(a ~ similar_to_escape('x%'::text))", "a ~ similar_to_escape('x%')"),
            ("a ILIKE 'x%'", "a ilike 'x%'"),
            ("(a ~ '^x'::text)", "a ~ '^x'"),
            ("((b >= 1) AND (b <= 5))", "b >= 1 and b <= 5"),
            ("b BETWEEN 1 AND 5", "b >= 1 and b <= 5"),
            ("((b < 1) OR (b > 5))", "b < 1 or b > 5"),
            ("(b > '-1'::integer)", "b > -1"),
            ("b > -1", "b > -1"),
            ("(b > '5000000000'::bigint)", "b > 5000000000"),
            ("(n > (0)::numeric)", "n > 0"),
            ("(n > 0.50)", "n > 0.50"),
            ("(c > (0.5)::double precision)", "c > 0.5"),
            ("(c > ('-5.0'::numeric)::double precision)", "c > -5.0"),
            ("c > -5.0", "c > -5.0"),
            ("c > 5e-1", "c > 0.5"),
            ("((i)::numeric > 0.5)", "i > 0.5"),
            ("(f = true)", "f = true"),
            ("f IS NOT TRUE", "f is not true"),
            ("(NOT f)", "not f"),
            ("(a IS NOT NULL)", "a is not null"),
            ("(NOT (a IS DISTINCT FROM 'x'::text))", "a is not distinct from 'x'"),
            ("(a <> ''::text)", "a <> ''"),
            ("a != ''", "a <> ''"),
            ("(length((v)::text) <= 10)", "length(v) <= 10"),
            ("(lower((v)::text) = (v)::text)", "lower(v) = v"),
            ("((a || '-'::text) || (v)::text)", "a || '-' || v"),
            ("(b)::text", "cast(b as text)"),
            ("CAST(b AS varchar)", "cast(b as character varying)"),
            ("(a)::character varying(5)", "cast(a as character varying(5))"),
            ("\"order\" > 1", "order > 1"),
            ("things.a = 'x'", "a = 'x'"),
            ("now()", "now()"),
            ("CURRENT_TIMESTAMP", "now()"),
            ("(now() AT TIME ZONE 'UTC'::text)", "timezone('UTC', now())"),
            ("timezone('UTC'::text, now())", "timezone('UTC', now())"),
            (
                "((EXTRACT(epoch FROM now()) * (1000)::numeric))::bigint",
                "cast(date_part('epoch', now()) * 1000 as bigint)",
            ),
            ("date_part('epoch'::text, now())", "date_part('epoch', now())"),
            ("(d > '2020-01-31'::date)", "d > '2020-01-31'"),
            ("d > date '2020-01-31'", "d > '2020-01-31'"),
            ("(t > '2020-01-31 10:00:00'::timestamp without time zone)", "t > '2020-01-31 10:00:00'"),
            ("t > '2020-01-31T10:00'", "t > '2020-01-31 10:00:00'"),
            ("(z > '2020-01-31 12:00:00+02'::timestamp with time zone)", "z > '2020-01-31 10:00:00+00'"),
            ("z > '2020-01-31T10:00:00Z'", "z > '2020-01-31 10:00:00+00'"),
            ("z > '2020-03-01T00:30:00+01:00'", "z > '2020-02-29 23:30:00+00'"),
            ("u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
            ("(j = '{\"b\": 1, \"a\": [1, 2]}'::jsonb)", "j = '{\"a\":[1,2],\"b\":1}'"),
            ("(j ->> 'x'::text)", "j ->> 'x'"),
            ("((j ->> 'x'::text) = 'y'::text)", "j ->> 'x' = 'y'"),
            ("(j @> '{\"a\": 1}'::jsonb)", "j @> '{\"a\":1}'"),
            ("CASE WHEN f THEN 'x'::text ELSE NULL::text END", "case when f then 'x' end"),
            ("COALESCE(a, 'x'::text)", "coalesce(a, 'x')"),
            ("GREATEST(b, (0)::bigint)", "greatest(b, 0)"),
            ("TRIM(BOTH FROM a)", "btrim(a)"),
            ("trim(a)", "btrim(a)"),
            ("TRIM(LEADING 'x'::text FROM a)", "ltrim(a, 'x')"),
            ("SUBSTRING(a FROM 1 FOR 2)", "substring(a, 1, 2)"),
            ("\"substring\"(a, 1, 2)", "substring(a, 1, 2)"),
            ("POSITION(('x'::text) IN (a))", "position(a, 'x')"),
            ("\"position\"(a, 'x'::text)", "position(a, 'x')"),
            ("(a COLLATE \"C\")", "a"),
            ("((a COLLATE \"C\") < 'b'::text)", "a < 'b'"),
            ("(a COLLATE \"de_DE\")", "a collate de_de"),
            ("'2 days'::interval", "'2 days'"),
            ("nextval('s'::regclass)", "nextval('s')"),
            ("ARRAY['x'::text]", "array['x']"),
            ("(ARRAY[1, 2])[1]", "array[1, 2][1]"),
            ("(b % (2)::bigint) = 0", "b % 2 = 0"),
            ("((b + 1) * 2)", "(b + 1) * 2"),
            ("(b @@ 1)", "b @@ 1"),
            ("pg_catalog.lower(a)", "lower(a)"),
            ("E'a\\nb'", "'a\nb'"),
            ("$$x$$", "'x'"),
            ("'{}'::jsonb", "'{}'"),
            ("( /* a /* b */ */ a)", "a"),
            ("a =", "a ="),
        ],
    );
}

#[test]
fn defaults() {
    let default = |dialect, text: &str, ty: &str| canonical_default(&scope(dialect), text, ty);
    let sqlite = |text, ty| default(Dialect::Sqlite, text, ty);
    let postgres = |text, ty| default(Dialect::Postgres, text, ty);
    let some = |t: &str| Some(t.to_owned());
    assert_eq!(sqlite("NULL", "text"), None);
    assert_eq!(sqlite("'0'", "integer"), some("0"));
    assert_eq!(sqlite("0.0", "real"), some("0"));
    assert_eq!(sqlite("TRUE", "numeric"), some("1"));
    assert_eq!(sqlite("5", "text"), some("'5'"));
    assert_eq!(sqlite("\"x\"", "text"), some("'x'"));
    assert_eq!(sqlite("x", "text"), some("'x'"));
    assert_eq!(sqlite("(datetime('now'))", "numeric"), some("current_timestamp"));
    assert_eq!(sqlite("-1", "integer"), some("-1"));
    assert_eq!(postgres("NULL::character varying", "character varying(5)"), None);
    assert_eq!(postgres("'x'::character varying", "character varying(5)"), some("'x'"));
    assert_eq!(postgres("'0'::bigint", "bigint"), some("0"));
    assert_eq!(postgres("'-1'::integer", "bigint"), some("-1"));
    assert_eq!(postgres("0.50", "numeric(10,2)"), some("0.5"));
    assert_eq!(postgres("'10000000000'::numeric", "double precision"), some("10000000000"));
    assert_eq!(postgres("1e10", "double precision"), some("10000000000"));
    assert_eq!(postgres("'{\"a\": 1}'::jsonb", "jsonb"), some("'{\"a\":1}'"));
    assert_eq!(postgres("'12:00'", "time without time zone"), some("'12:00:00'"));
    assert_eq!(postgres("'t'::boolean", "boolean"), some("true"));
    assert_eq!(postgres("'\\x0A'::bytea", "bytea"), some("'\\x0a'"));
}

/// No stored text may end the program: nesting and runs are bounded.
#[test]
fn deep_texts() {
    for dialect in Dialect::ALL {
        for text in [
            "(".repeat(100_000),
            "not ".repeat(100_000),
            "- ".repeat(100_000),
            "1 + ".repeat(50_000) + "1",
            "case when ".repeat(20_000),
            "a[".repeat(10_000),
            format!("{}1{}", "(".repeat(500), ")".repeat(500)),
        ] {
            canonical(&scope(dialect), &text);
        }
        let wide = "b = 1 or ".repeat(5_000) + "b = 2";
        assert!(canonical(&scope(dialect), &wide).ends_with("or b = 2"));
    }
}
