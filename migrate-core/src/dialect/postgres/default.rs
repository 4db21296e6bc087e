//! What stands behind `DEFAULT`.

use super::super::expr::{LOWEST, number};
use super::super::sql::Sql;
use super::{expr, new, writer};
use crate::schema::expr::Family;
use crate::schema::{Column, Default, Table};
use crate::target::Options;

/// The value, with parentheses where it is an expression.
pub(super) fn value(default: &Default, column: &Column, options: &Options) -> Sql {
    let mut sql = new();
    match default {
        Default::Literal(literal) => match number(literal, Family::Integer) {
            Some(digits) => {
                sql.words(&digits);
            }
            None => expr::literal(&mut sql, literal, column.ty.family()),
        },
        Default::Now => expr::now(&mut sql, column.ty.family()),
        Default::Random => {
            sql.words("gen_random_uuid()");
        }
        Default::Expr(e) => {
            // A default names no column.
            let no_table = Table::default();
            sql.open();
            writer(&no_table, options).write(&mut sql, e, LOWEST);
            sql.close();
        }
        Default::Sql(native) => {
            sql.open().native(native.postgres.as_deref().unwrap_or("NULL")).close();
        }
    }
    sql
}
