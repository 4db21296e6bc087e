//! `cast`, pair by pair: what would ask the session for its zone or its style of dates is written out.

use super::super::expr::{ATOM, LOWEST, Writer};
use super::super::sql::Sql;
use super::{new, types};
use crate::schema::Type;
use crate::schema::expr::{Expr, Family};

/// Writes a cast as an atom.
pub(super) fn cast(sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>) {
    use Family::*;
    let to = ty.family();
    let x = writer.value_part(value, ATOM);
    match (value.family, to) {
        // CAST to VARCHAR(n) would cut without a word; a column that is too narrow fails instead.
        (_, Text) if matches!(value.family, Text | Integer | Boolean | Uuid | Null | Unknown) => {
            plain(sql, &writer.value_part(value, LOWEST), &Type::Text);
        }
        (Integer, Boolean) => {
            sql.fill("(@ <> 0)", &x);
        }
        (Boolean, Integer) => {
            let mut int = new();
            int.fill("CAST(@ AS INTEGER)", &x);
            plain(sql, &int, ty);
        }
        (Real | Decimal, Integer) => {
            let mut whole = new();
            whole.fill("trunc(@)", &x);
            plain(sql, &whole, ty);
        }
        (Real, Decimal) => {
            let mut double = new();
            double.fill("CAST(@ AS DOUBLE PRECISION)", &x);
            plain(sql, &double, ty);
        }
        (Text, Bytes) => {
            sql.fill("convert_to(@, 'UTF8')", &x);
        }
        (Date, Text) => {
            sql.fill("to_char(CAST(@ AS DATE), 'YYYY-MM-DD')", &x);
        }
        (Datetime, Text) => {
            sql.fill(
                "(to_char(CAST(@ AS TIMESTAMP), 'YYYY-MM-DD HH24:MI:SS') || rtrim(rtrim(to_char(CAST(@ AS TIMESTAMP), '.US'), '0'), '.'))",
                &x,
            );
        }
        (Time, Text) => {
            sql.fill(
                "(to_char(CAST(@ AS TIME), 'HH24:MI:SS') || rtrim(rtrim(to_char(CAST(@ AS TIME), '.US'), '0'), '.'))",
                &x,
            );
        }
        (Date | Datetime, Timestamp | DatetimeTz) => {
            sql.sql(&utc(&x));
        }
        (Date | Datetime, TimestampMs) => milliseconds(sql, &utc(&x)),
        (Timestamp | DatetimeTz, TimestampMs) => milliseconds(sql, &x),
        (TimestampMs, Timestamp | DatetimeTz) => {
            sql.sql(&instant(&x));
        }
        (TimestampMs, Datetime | Date | Time) => local(sql, &instant(&x), ty),
        (Timestamp | DatetimeTz, Datetime | Date | Time) => local(sql, &x, ty),
        _ => plain(sql, &writer.value_part(value, LOWEST), ty),
    }
}

fn plain(sql: &mut Sql, x: &Sql, ty: &Type) {
    sql.call("CAST").sql(x).words("AS").words(&types::type_name(ty)).close();
}

/// A local time taken as UTC.
fn utc(x: &Sql) -> Sql {
    let mut sql = new();
    sql.fill("(CAST(@ AS TIMESTAMP) AT TIME ZONE 'UTC')", x);
    sql
}

/// Milliseconds since 1970 as an instant, with the casts that PostgreSQL would put in and tell of.
fn instant(x: &Sql) -> Sql {
    let mut sql = new();
    sql.fill("to_timestamp(CAST(CAST(@ AS NUMERIC) / 1000.0 AS DOUBLE PRECISION))", x);
    sql
}

/// An instant as the time in UTC.
fn local(sql: &mut Sql, x: &Sql, ty: &Type) {
    let mut time = new();
    time.fill("(@ AT TIME ZONE 'UTC')", x);
    if *ty == Type::Datetime {
        sql.sql(&time);
    } else {
        plain(sql, &time, ty);
    }
}

/// An instant as milliseconds, rounded down. Version 13 extracts a double, which is exact to the microsecond only after
/// rounding.
fn milliseconds(sql: &mut Sql, x: &Sql) {
    sql.fill("CAST(floor(round(CAST(extract(epoch FROM @) * 1000000 AS NUMERIC)) / 1000) AS BIGINT)", x);
}
