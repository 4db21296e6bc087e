//! `cast`, pair by pair: SQLite's own CAST never fails, it reads what it can and makes the rest 0
//! (<https://www.sqlite.org/lang_expr.html#castexpr>). What PostgreSQL refuses must fail here too.

use super::super::expr::{ATOM, LOWEST, Writer};
use super::super::sql::Sql;
use super::{expr, new, types};
use crate::schema::Type;
use crate::schema::expr::{Expr, Family};

/// Writes a cast as an atom.
pub(super) fn cast(sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>) {
    use Family::*;
    let to = ty.family();
    let x = writer.value_part(value, ATOM);
    match (value.family, to) {
        (_, Decimal) if matches!(value.family, Real | Decimal) => decimal(sql, value, ty, writer),
        (Unknown, _) | (_, Unknown) => {
            sql.call("CAST")
                .sql(&writer.value_part(value, LOWEST))
                .words("AS")
                .words(&types::type_name(ty, writer.options))
                .close();
        }
        (Text, Integer) => whole(sql, &x),
        (Text, Json) => checked(sql, &x, "json_valid(@)", "@"),
        (Text, Date) => checked(sql, &x, "date(@) = @", "@"),
        (Text, Time) => checked(sql, &x, "time(@) = @", "@"),
        (Text, Datetime) => checked(sql, &x, "datetime(@) = replace(@, 'T', ' ')", "datetime(@)"),
        (Text, Uuid) => checked(
            sql,
            &x,
            "length(@) = 36 AND replace(@, '-', '') NOT GLOB '*[^0-9a-fA-F]*' AND @ GLOB '????????-????-????-????-????????????'",
            "lower(@)",
        ),
        (Text, Bytes) => {
            sql.fill("CAST(@ AS BLOB)", &x);
        }
        (Integer, Text) => {
            sql.fill("CAST(@ AS TEXT)", &x);
        }
        (Integer, Decimal) if matches!(ty, Type::Decimal { as_text: true, .. }) => {
            sql.fill("CAST(@ AS TEXT)", &x);
        }
        (Integer | Decimal, Real) => {
            sql.fill("CAST(@ AS REAL)", &x);
        }
        (Real | Decimal, Integer) => {
            sql.fill("CAST(@ AS INTEGER)", &x);
        }
        (Integer, Boolean) => {
            sql.fill("(@ <> 0)", &x);
        }
        (Boolean, Text) => {
            sql.fill("CASE WHEN @ THEN 'true' WHEN NOT @ THEN 'false' END", &x);
        }
        (Uuid, Text) if writer.options.uuid_blob() => {
            // `hex` of NULL is an empty text.
            sql.fill(
                "CASE WHEN @ IS NOT NULL THEN lower(substr(hex(@), 1, 8) || '-' || substr(hex(@), 9, 4) || '-' || substr(hex(@), 13, 4) || '-' || substr(hex(@), 17, 4) || '-' || substr(hex(@), 21)) END",
                &x,
            );
        }
        (Date, Datetime | DatetimeTz) => {
            sql.fill("(@ || ' 00:00:00')", &x);
        }
        (Date | Datetime | DatetimeTz, Timestamp | TimestampMs) => checked(
            sql,
            &x,
            "julianday(@) IS NOT NULL",
            "CAST(ROUND((julianday(@) - 2440587.5) * 86400000.0) AS INTEGER)",
        ),
        (Datetime | DatetimeTz, Date) => {
            sql.fill("substr(@, 1, 10)", &x);
        }
        (Datetime | DatetimeTz, Time) => {
            sql.fill("substr(@, 12)", &x);
        }
        (Timestamp | TimestampMs, Datetime | DatetimeTz) => {
            let seconds = seconds(&x);
            sql.fill("(strftime('%Y-%m-%d %H:%M:%S', @, 'unixepoch')", &seconds);
            thousandths(sql, &x);
        }
        (Timestamp | TimestampMs, Time) => {
            let seconds = seconds(&x);
            sql.fill("(strftime('%H:%M:%S', @, 'unixepoch')", &seconds);
            thousandths(sql, &x);
        }
        (Timestamp | TimestampMs, Date) => {
            let seconds = seconds(&x);
            sql.fill("strftime('%Y-%m-%d', @, 'unixepoch')", &seconds);
        }
        // Stored alike.
        _ => {
            sql.sql(&x);
        }
    }
}

/// To so many digits behind the point.
fn decimal(sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>) {
    let Type::Decimal { scale, as_text, .. } = ty else {
        return;
    };
    let mut rounded = new();
    expr::round(&mut rounded, value, i128::from(*scale.min(&15)), writer);
    if *as_text {
        let scale = scale.to_string();
        sql.words("CASE WHEN")
            .sql(&writer.value_part(value, ATOM))
            .words("IS NOT NULL THEN printf('%.")
            .suffix(&scale)
            .suffix("f', ")
            .sql(&rounded)
            .suffix(") END");
    } else {
        sql.sql(&rounded);
    }
}

/// A value where the text is one, NULL where it is NULL, else a failure at run time.
fn checked(sql: &mut Sql, x: &Sql, condition: &'static str, value: &'static str) {
    sql.fill("CASE WHEN @ IS NULL THEN NULL WHEN", x);
    sql.fill(condition, x).words("THEN").fill(value, x);
    fail(sql, x);
}

/// Ends a `CASE` with "integer overflow": the only failure that every version of SQLite has in plain SQL. It depends
/// on the value, so that it is not evaluated beforehand.
fn fail(sql: &mut Sql, x: &Sql) {
    sql.fill("ELSE abs(-9223372036854775807 - (length(@) >= 0)) END", x);
}

/// A text that is a whole number and nothing else, blanks around it and leading zeros apart.
fn whole(sql: &mut Sql, x: &Sql) {
    let mut digits = new();
    digits.fill("ltrim(trim(@), '+-')", x);
    let mut unsigned = new();
    unsigned.fill("substr(trim(@), 1 + (substr(trim(@), 1, 1) IN ('+', '-')))", x);
    sql.fill("CASE WHEN @ IS NULL THEN NULL WHEN", x);
    sql.fill("@ <> '' AND @ NOT GLOB '*[^0-9]*'", &unsigned);
    sql.fill("AND CAST(CAST(@ AS INTEGER) AS TEXT) = coalesce(nullif(ltrim(@, '0'), ''), '0')", &digits);
    sql.fill("THEN CAST(trim(@) AS INTEGER)", x);
    fail(sql, x);
}

/// Whole seconds since 1970, rounded down also before it.
fn seconds(x: &Sql) -> Sql {
    let mut sql = new();
    sql.fill("(@ - (@ % 1000 + 1000) % 1000) / 1000", x);
    sql
}

/// What stands behind the second's point, if anything, and the end of the parentheses.
fn thousandths(sql: &mut Sql, x: &Sql) {
    sql.fill("|| rtrim(rtrim(printf('.%03d', (@ % 1000 + 1000) % 1000), '0'), '.'))", x);
}
