//! Queries where SQLite writes its own form.

use super::super::expr::{LOWEST, Writer};
use super::super::sql::Sql;
use crate::schema::Type;
use crate::schema::expr::{Aggregate, Expr, Family};
use crate::schema::query::OrderKey;

/// A function over many rows. A sum of decimals is rounded to their digits: SQLite adds them up as doubles.
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
    let scale = match writer.stored_type(argument) {
        Some(Type::Decimal { scale, .. })
            if function == Aggregate::Sum && argument.family == Family::Decimal =>
        {
            Some(scale.to_string())
        }
        _ => None,
    };
    if scale.is_some() {
        sql.call("round");
    }
    sql.call(function.name());
    if distinct {
        sql.words("DISTINCT");
    }
    writer.value(sql, argument, LOWEST);
    sql.close();
    if let Some(scale) = scale {
        sql.comma().words(&scale).close();
    }
}

/// Nulls are the least by themselves (<https://www.sqlite.org/lang_select.html#orderby>).
pub(super) fn order_key(sql: &mut Sql, key: &OrderKey, writer: &Writer<'_>) {
    writer.value(sql, &key.expr, LOWEST);
    if key.descending {
        sql.words("DESC");
    }
}
