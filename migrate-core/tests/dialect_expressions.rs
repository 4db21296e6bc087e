//! One meaning: every expression gives the same on both databases, over the same rows.

mod dialect_support;

use dialect_support::*;
use migrate_core::dialect;
use migrate_core::schema::expr::{ExprKind, Family, Function};
use migrate_core::schema::{Expr, Literal, Operator, Table, Type};
use migrate_core::target::{Dialect, Options, SqliteOptions};

/// The table over which everything is evaluated.
fn inputs() -> Table {
    table(
        "inputs",
        vec![
            column("id", Type::Integer(64)),
            null("s", Type::Text),
            null("t", Type::Text),
            null("i", Type::Integer(64)),
            null("j", Type::Integer(64)),
            null("x", Type::Real(64)),
            null("y", Type::Real(64)),
            null("d", decimal(false)),
            null("e", decimal(true)),
            null("b", Type::Boolean),
            null("m", Type::TimestampMs),
            null("dt", Type::Datetime),
            null("z", Type::DatetimeTz),
            null("day", Type::Date),
            null("u", Type::Uuid),
            null("ts", Type::Timestamp),
            null("fixed", Type::Char(5)),
        ],
    )
}

fn decimal(as_text: bool) -> Type {
    Type::Decimal { precision: 10, scale: 2, as_text }
}

/// The rows, in words that both read alike but for booleans and instants.
const ROWS: [&str; 5] = [
    "1, 'a', 'B', 7, 2, 2.5, 2, 1.00, '3.00', BOOL1, 1700000000123, '2024-02-29 12:30:00', TZ'2024-02-29 12:30:00', \
     '2024-02-29', '123e4567-e89b-12d3-a456-426614174000', TS(1700000000123), 'ab'",
    "2, 'É[*]?x%', 'a_c', -7, 2, -2.5, -2, 9.00, '10.00', BOOL0, -1, '1969-12-31 23:59:59.25', \
     TZ'1969-12-31 23:59:59.25', '1969-12-31', '00000000-0000-4000-8000-000000000000', TS(-1), 'ab c'",
    "3, '  Zoë ', '', 0, 0, 1.005, 0, 2.50, '9.00', NULL, 0, '1970-01-01 00:00:00', TZ'1970-01-01 00:00:00', \
     '1970-01-01', NULL, TS(0), ''",
    "4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
    "5, 'back\\slash', 'it''s', 9000000000, -3, 123456789012345680, 3, -1.25, '-1.25', BOOL1, 253402300799000, \
     '9999-12-31 23:59:59', TZ'9999-12-31 23:59:59', '9999-12-31', NULL, TS(253402300799000), 'abcde'",
];

fn cases() -> Vec<Expr> {
    use Function::*;
    use Operator::*;
    let s = || col("s", Family::Text);
    let t = || col("t", Family::Text);
    let i = || col("i", Family::Integer);
    let j = || col("j", Family::Integer);
    let x = || col("x", Family::Real);
    let y = || col("y", Family::Real);
    let d = || col("d", Family::Decimal);
    let e = || col("e", Family::Decimal);
    let b = || col("b", Family::Boolean);
    let m = || col("m", Family::TimestampMs);
    let fixed = || col("fixed", Family::Text);
    let mut cases = Vec::new();
    for pattern in ["a", "%[*]?x\\%", "%[*]?x%", "_", "É%", "é%", "A", "back\\%", "%\\slash", "%*%", "", "%"]
    {
        cases.push(like(s(), pattern));
        cases.push(not(like(s(), pattern)));
    }
    cases.push(like(fixed(), "ab"));
    cases.push(like(t(), "a_c"));
    for op in [Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual] {
        cases.push(binary(op, s(), t()));
        cases.push(binary(op, text("a"), text("B")));
        cases.push(binary(op, text("B"), s()));
        cases.push(binary(op, i(), j()));
        cases.push(binary(op, d(), e()));
        cases.push(binary(op, e(), expr(ExprKind::Literal(Literal::Integer(10)), Family::Decimal)));
        cases.push(binary(op, s(), nothing()));
        cases.push(binary(op, b(), expr(ExprKind::Literal(Literal::Boolean(true)), Family::Boolean)));
        cases.push(binary(
            op,
            col("dt", Family::Datetime),
            expr(ExprKind::Literal(Literal::Text("1970-01-01T00:00".into())), Family::Datetime),
        ));
        cases.push(binary(
            op,
            col("z", Family::DatetimeTz),
            expr(ExprKind::Literal(Literal::Text("1970-01-01T01:00:00+01:00".into())), Family::DatetimeTz),
        ));
        cases.push(binary(
            op,
            col("ts", Family::Timestamp),
            expr(ExprKind::Literal(Literal::Text("1970-01-01T00:00:00Z".into())), Family::Timestamp),
        ));
        cases.push(binary(
            op,
            col("u", Family::Uuid),
            expr(
                ExprKind::Literal(Literal::Text("123E4567-e89b-12d3-a456-426614174000".into())),
                Family::Uuid,
            ),
        ));
    }
    cases.push(between(s(), text("B"), text("a")));
    cases.push(between(text("C"), s(), text("a")));
    cases.push(between(i(), int(-7), j()));
    cases.push(between(e(), d(), expr(ExprKind::Literal(Literal::Integer(9)), Family::Decimal)));
    for op in [Add, Subtract, Multiply, Divide, Remainder] {
        cases.push(binary(op, x(), y()));
        cases.push(binary(op, x(), real("0.5")));
        cases.push(binary(op, i(), j()));
        cases.push(binary(op, int(-7), int(2)));
        cases.push(binary(op, m(), int(1000)));
        cases.push(binary(op, d(), e()));
    }
    cases.push(binary(
        Divide,
        expr(ExprKind::Literal(Literal::Integer(1)), Family::Real),
        expr(ExprKind::Literal(Literal::Integer(2)), Family::Real),
    ));
    cases.push(binary(Divide, int(7), int(0)));
    cases.push(binary(Concat, binary(Concat, s(), text("-")), t()));
    for f in [Length, Lower, Upper, Trim] {
        cases.push(call(f, vec![s()]));
        cases.push(call(f, vec![text(" ÉaB ")]));
    }
    cases.push(call(Length, vec![fixed()]));
    cases.push(call(Substr, vec![s(), int(2)]));
    cases.push(call(Substr, vec![s(), int(2), int(2)]));
    cases.push(call(Substr, vec![s(), int(1), int(0)]));
    cases.push(call(Substr, vec![s(), i(), j()]));
    cases.push(call(Substr, vec![s(), j()]));
    cases.push(call(Replace, vec![s(), text("a"), text("<>")]));
    cases.push(call(Replace, vec![s(), text(""), text("<>")]));
    cases.push(call(Replace, vec![text("abc"), text(""), t()]));
    cases.push(call(Replace, vec![text("abc"), t(), text("x")]));
    cases.push(call(Coalesce, vec![s(), t(), text("none")]));
    cases.push(call(Coalesce, vec![e(), d(), expr(ExprKind::Literal(Literal::Integer(0)), Family::Decimal)]));
    cases.push(binary(Greater, call(Coalesce, vec![e(), d()]), d()));
    cases.push(binary(Less, d(), call(Coalesce, vec![e(), d()])));
    cases.push(call(Nullif, vec![s(), text("a")]));
    cases.push(call(Nullif, vec![i(), int(7)]));
    for f in [Min, Max] {
        cases.push(call(f, vec![i(), j()]));
        cases.push(call(f, vec![i(), int(1), j()]));
        cases.push(call(f, vec![s(), t()]));
        cases.push(call(f, vec![text("B"), s()]));
        cases.push(call(f, vec![d(), e()]));
        cases.push(call(f, vec![x()]));
        cases.push(call(f, vec![int(1), int(2)]));
    }
    cases.push(call(Abs, vec![i()]));
    cases.push(call(Abs, vec![x()]));
    cases.push(call(Abs, vec![e()]));
    for digits in 0..4 {
        cases.push(call(Round, vec![x(), int(digits)]));
        cases.push(call(Round, vec![e(), int(digits)]));
        cases.push(call(Round, vec![d(), int(digits)]));
        for number in
            ["0.5", "1.5", "2.5", "-0.5", "-2.5", "2.675", "1.005", "-0.045", "0.285", "1e20", "1234567.8955"]
        {
            cases.push(call(Round, vec![real(number), int(digits)]));
        }
    }
    cases.push(call(Round, vec![i()]));
    cases.push(call(Round, vec![m(), int(2)]));
    cases.push(expr(ExprKind::Negate(Box::new(i())), Family::Integer));
    cases.push(expr(
        ExprKind::Case {
            arms: vec![(binary(Greater, i(), int(0)), text("plus")), (b(), text("true"))],
            otherwise: Some(Box::new(s())),
        },
        Family::Text,
    ));
    for not in [false, true] {
        cases.push(expr(
            ExprKind::In { value: Box::new(s()), list: vec![text("a"), t()], not },
            Family::Boolean,
        ));
        cases.push(expr(ExprKind::IsNull { value: Box::new(e()), not }, Family::Boolean));
    }
    // Casts.
    cases.push(cast(i(), Type::Text));
    cases.push(cast(i(), Type::Real(64)));
    cases.push(cast(i(), Type::Boolean));
    cases.push(cast(b(), Type::Text));
    cases.push(cast(b(), Type::Integer(64)));
    cases.push(cast(binary(Less, i(), j()), Type::Integer(32)));
    cases.push(cast(x(), Type::Integer(64)));
    cases.push(cast(d(), Type::Integer(64)));
    cases.push(cast(e(), Type::Real(64)));
    for number in ["1.005", "-2.345", "0.5"] {
        cases.push(cast(real(number), decimal(false)));
        cases.push(cast(real(number), decimal(true)));
    }
    cases.push(cast(e(), Type::Decimal { precision: 9, scale: 1, as_text: false }));
    for number in ["12", "-5", "+7", " 007 ", "0", "-0", "9223372036854775807"] {
        cases.push(cast(text(number), Type::Integer(64)));
    }
    cases.push(cast(text("2024-02-29"), Type::Date));
    cases.push(cast(text("2024-02-29T01:02:03"), Type::Datetime));
    cases.push(cast(text("01:02:03"), Type::Time));
    cases.push(cast(text("{\"a\": 1}"), Type::Json));
    cases.push(cast(text("123E4567-e89b-12d3-a456-426614174000"), Type::Uuid));
    cases.push(cast(text("é"), Type::Blob));
    cases.push(cast(col("u", Family::Uuid), Type::Text));
    let day = || col("day", Family::Date);
    cases.push(cast(day(), Type::Text));
    cases.push(cast(day(), Type::Datetime));
    cases.push(cast(day(), Type::TimestampMs));
    cases.push(cast(cast(day(), Type::Timestamp), Type::TimestampMs));
    for name in ["dt", "z"] {
        let family = if name == "dt" { Family::Datetime } else { Family::DatetimeTz };
        cases.push(cast(col(name, family), Type::Date));
        cases.push(cast(col(name, family), Type::Time));
        cases.push(cast(col(name, family), Type::TimestampMs));
        cases.push(cast(col(name, family), Type::Datetime));
        cases.push(cast(cast(col(name, family), Type::Timestamp), Type::TimestampMs));
    }
    cases.push(cast(col("dt", Family::Datetime), Type::Text));
    cases.push(cast(cast(col("dt", Family::Datetime), Type::DatetimeTz), Type::Datetime));
    for (name, family) in [("m", Family::TimestampMs), ("ts", Family::Timestamp)] {
        cases.push(cast(col(name, family), Type::Datetime));
        cases.push(cast(cast(col(name, family), Type::DatetimeTz), Type::Datetime));
        cases.push(cast(col(name, family), Type::Date));
        cases.push(cast(col(name, family), Type::Time));
    }
    cases.push(cast(cast(m(), Type::Timestamp), Type::TimestampMs));
    cases
}

#[test]
fn both_databases_agree() {
    let table = inputs();
    let options = Options::default();
    let db = sqlite();
    let postgres = Postgres::start();
    // Nothing may depend on what a session happens to be set to.
    postgres
        .batch("SET timezone = 'America/New_York'; SET datestyle = 'German'; SET extra_float_digits = 1")
        .unwrap();
    db.execute_batch(&dialect::create_table_statement(Dialect::Sqlite, &table, &options)).unwrap();
    postgres.batch(&dialect::create_table_statement(Dialect::Postgres, &table, &options)).unwrap();
    for row in ROWS {
        let lite = row.replace("BOOL1", "1").replace("BOOL0", "0").replace("TZ'", "'").replace("TS(", "(");
        db.execute_batch(&format!("INSERT INTO inputs VALUES ({lite})")).unwrap();
        let pg = row.replace("BOOL1", "true").replace("BOOL0", "false");
        let pg = pg.replace("TZ'", "'UTC ").replace("TS(", "to_timestamp(0.001 * ");
        postgres.batch(&format!("INSERT INTO inputs VALUES ({pg})")).unwrap();
    }
    let mut wrong = Vec::new();
    for case in cases() {
        assert_eq!(dialect::refused(Dialect::Sqlite, &case, &options), None, "{case:?}");
        let queries = Dialect::ALL.map(|d| {
            let sql = dialect::expression(d, &case, &table, &options);
            let shown = match (d, case.family) {
                // Readable whatever the session's style of dates.
                (Dialect::Postgres, Family::Date | Family::Datetime) => {
                    format!("replace(to_jsonb({sql}) #>> '{{}}', 'T', ' ')")
                }
                _ => sql,
            };
            format!("SELECT ({shown}) FROM inputs ORDER BY id")
        });
        let [lite, pg] = [sqlite_rows(&db, &queries[0]), postgres.rows(&queries[1])];
        let same = match (&lite, &pg) {
            (Ok(lite), Ok(pg)) => {
                lite.len() == pg.len() && lite.iter().zip(pg).all(|(a, b)| alike(&a[0], &b[0]))
            }
            _ => false,
        };
        if !same {
            wrong.push(format!("{}\n  {lite:?}\n{}\n  {pg:?}\n", queries[0], queries[1]));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether two texts are the same value: numbers by value, booleans as 1 and 0.
fn alike(lite: &str, pg: &str) -> bool {
    let pg = match pg {
        "t" => "1",
        "f" => "0",
        _ => pg,
    };
    lite == pg
        || format!("\\x{lite}") == pg
        || lite.replace([' '], "") == pg.replace([' '], "") && lite.starts_with('{')
        || matches!((lite.parse::<f64>(), pg.parse::<f64>()), (Ok(a), Ok(b)) if a == b || (a - b).abs() < 1e-9 * a.abs())
}

#[test]
fn both_refuse_the_same_texts() {
    let table = table("one", vec![null("s", Type::Text)]);
    let options = Options::default();
    let db = sqlite();
    let postgres = Postgres::start();
    let cases = [
        ("12abc", Type::Integer(64)),
        ("", Type::Integer(64)),
        ("--5", Type::Integer(64)),
        ("1.5", Type::Integer(64)),
        ("9223372036854775808", Type::Integer(64)),
        ("{bad", Type::Json),
        ("2023-02-30", Type::Date),
        ("2023-02-01 25:00:00", Type::Datetime),
        ("123e4567-e89b-12d3-a456-42661417400", Type::Uuid),
        ("123e4567-e89b-12d3-a456-42661417400g", Type::Uuid),
    ];
    for (value, ty) in cases {
        for value in [col("s", Family::Text), text(value)] {
            let e = cast(value, ty.clone());
            let [lite, pg] = Dialect::ALL.map(|d| dialect::expression(d, &e, &table, &options));
            let from = |value: &str| format!(" FROM (SELECT '{value}' AS s) AS one");
            let value = match &e.kind {
                ExprKind::Cast { value, .. } => match &value.kind {
                    ExprKind::Literal(Literal::Text(t)) => t.clone(),
                    _ => "12abc{".into(),
                },
                _ => unreachable!(),
            };
            let lite = sqlite_rows(&db, &format!("SELECT {lite}{}", from(&value)));
            assert!(lite.is_err(), "{value} as {ty:?}: {lite:?}");
            assert!(postgres.rows(&format!("SELECT {pg}{}", from(&value))).is_err(), "{value} as {ty:?}");
        }
    }
}

#[test]
fn now_and_random() {
    let postgres = Postgres::start();
    let db = sqlite();
    for uuid_blob in [false, true] {
        let options = Options {
            sqlite: Some(SqliteOptions { min: (3, 35), strict: false, uuid_blob }),
            ..Options::default()
        };
        let default =
            |d, default, ty: &Type| dialect::default_value(d, &default, &column("c", ty.clone()), &options);
        use migrate_core::schema::Default::{Now, Random};
        for ty in
            [Type::TimestampMs, Type::Timestamp, Type::Datetime, Type::DatetimeTz, Type::Date, Type::Time]
        {
            for (d, rows) in [
                (
                    Dialect::Sqlite,
                    &(|q: &str| sqlite_rows(&db, q)) as &dyn Fn(&str) -> Result<Vec<Vec<String>>, String>,
                ),
                (Dialect::Postgres, &|q: &str| postgres.rows(q)),
            ] {
                let rows = rows(&format!("SELECT {}", default(d, Now, &ty))).unwrap();
                assert_ne!(rows[0][0], "NULL");
                if ty == Type::TimestampMs {
                    let ms: i64 = rows[0][0].parse().unwrap();
                    let since = std::time::SystemTime::now()
                        .duration_since(std::time::UNIX_EPOCH)
                        .unwrap()
                        .as_millis();
                    assert!((i128::from(ms) - i128::try_from(since).unwrap()).abs() < 5000);
                }
            }
        }
        let value = default(Dialect::Sqlite, Random, &Type::Uuid);
        let form = if uuid_blob {
            "SELECT typeof(u), length(u), hex(u) FROM (SELECT {} AS u)"
        } else {
            "SELECT typeof(u), length(u), replace(u, '-', '') FROM (SELECT {} AS u)"
        };
        for _ in 0..300 {
            let rows = sqlite_rows(&db, &form.replace("{}", &value)).unwrap();
            let [kind, length, hex] = &rows[0][..] else { unreachable!() };
            assert_eq!(
                (kind.as_str(), length.as_str()),
                if uuid_blob { ("blob", "16") } else { ("text", "36") }
            );
            assert_eq!(hex.len(), 32, "{hex}");
            assert_eq!(&hex[12..13], "4", "{hex}");
            assert!("89abAB".contains(&hex[16..17]), "{hex}");
        }
    }
}
