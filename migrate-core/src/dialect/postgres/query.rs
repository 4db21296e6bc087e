//! Queries where PostgreSQL writes its own form.

use super::super::expr::{ATOM, LOWEST, Writer};
use super::super::sql::Sql;
use super::expr::ordered;
use crate::schema::expr::{Aggregate, Expr, Family};
use crate::schema::query::OrderKey;

/// The type of a literal: in the list of a query an untyped one would be a text
/// (<https://www.postgresql.org/docs/current/typeconv-select.html>).
pub(super) fn literal_type(family: Family) -> &'static str {
    match family {
        Family::Json => "::jsonb",
        Family::Uuid => "::uuid",
        Family::Date => "::date",
        Family::Time => "::time",
        Family::Datetime => "::timestamp",
        Family::DatetimeTz | Family::Timestamp => "::timestamptz",
        _ => "",
    }
}

/// A function over many rows. PostgreSQL adds up and averages in wider types than those that come in
/// (<https://www.postgresql.org/docs/current/functions-aggregate.html>).
pub(super) fn aggregate(
    sql: &mut Sql,
    function: Aggregate,
    argument: Option<&Expr>,
    distinct: bool,
    writer: &Writer<'_>,
) {
    let Some(argument) = argument else {
        sql.words("count(*)");
        return;
    };
    let result = match (function, argument.family) {
        (Aggregate::Sum, Family::Integer) => Some("AS BIGINT"),
        (Aggregate::Sum, Family::Real) | (Aggregate::Avg, _) => Some("AS DOUBLE PRECISION"),
        _ => None,
    };
    if result.is_some() {
        sql.call("CAST");
    }
    sql.call(function.name());
    if distinct {
        sql.words("DISTINCT");
    }
    if function == Aggregate::Sum && argument.family == Family::Real {
        sql.fill("CAST(@ AS DOUBLE PRECISION)", &writer.value_part(argument, LOWEST));
    } else if matches!(function, Aggregate::Min | Aggregate::Max) && argument.family == Family::Text {
        ordered(sql, argument, writer);
    } else {
        writer.value(sql, argument, LOWEST);
    }
    sql.close();
    if let Some(result) = result {
        sql.words(result).close();
    }
}

/// By bytes, and with nulls as the least, which PostgreSQL takes for the greatest
/// (<https://www.postgresql.org/docs/current/queries-order.html>).
pub(super) fn order_key(sql: &mut Sql, key: &OrderKey, writer: &Writer<'_>) {
    if key.expr.family == Family::Text {
        ordered(sql, &key.expr, writer);
    } else {
        writer.value(sql, &key.expr, ATOM);
    }
    let null = key.expr.may_be_null();
    match (key.descending, null) {
        (false, false) => {}
        (false, true) => {
            sql.words("NULLS FIRST");
        }
        (true, false) => {
            sql.words("DESC");
        }
        (true, true) => {
            sql.words("DESC NULLS LAST");
        }
    }
}
