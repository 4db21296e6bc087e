//! What stands behind `DEFAULT`: a literal, or an expression in parentheses
//! (<https://www.sqlite.org/lang_createtable.html#the_default_clause>).

use super::super::expr::{LOWEST, number};
use super::super::sql::Sql;
use super::{expr, new, writer};
use crate::schema::expr::Family;
use crate::schema::{Column, Default, Literal, Table, Type};
use crate::target::Options;

/// The value, with its parentheses.
pub(super) fn value(default: &Default, column: &Column, options: &Options) -> Sql {
    let mut sql = new();
    match default {
        Default::Literal(value) => literal(&mut sql, value, &column.ty, options),
        Default::Now => {
            sql.open();
            expr::now(&mut sql, column.ty.family());
            sql.close();
        }
        Default::Random => {
            sql.open();
            random(&mut sql, options);
            sql.close();
        }
        Default::Expr(e) => {
            // A default names no column.
            let no_table = Table::default();
            sql.open();
            writer(&no_table, options).write(&mut sql, e, LOWEST);
            sql.close();
        }
        Default::Sql(native) => {
            sql.open().native(native.sqlite.as_deref().unwrap_or("NULL")).close();
        }
    }
    sql
}

/// Whether `ALTER TABLE .. ADD` takes it for old rows: literals alone
/// (<https://www.sqlite.org/lang_altertable.html#altertabaddcol>).
pub(super) fn is_constant(default: &Default) -> bool {
    matches!(default, Default::Literal(_))
}

fn literal(sql: &mut Sql, value: &Literal, ty: &Type, options: &Options) {
    match (number(value, Family::Integer), ty) {
        // As text, so that every digit stays.
        (Some(digits), Type::Decimal { as_text: true, .. }) => sql.string(&digits),
        (Some(digits), _) => sql.words(&digits),
        (None, _) => {
            expr::literal(sql, value, ty.family(), options);
            sql
        }
    };
}

/// A random UUID, version 4 (RFC 9562). `random()` covers all 64 bits, so its low bits are as random as any; `abs` of
/// it could overflow.
pub(super) fn random(sql: &mut Sql, options: &Options) {
    if options.uuid_blob() {
        let versions: Vec<u8> = (0x40..0x50).collect();
        let variants: Vec<u8> = (0x80..0xc0).collect();
        sql.words("CAST(randomblob(6) || substr(")
            .bytes(&versions)
            .suffix(", 1 + (random() & 15), 1) || randomblob(1) || substr(")
            .bytes(&variants)
            .suffix(", 1 + (random() & 63), 1) || randomblob(7) AS BLOB)");
    } else {
        sql.words("lower(hex(randomblob(4)))")
            .words("|| '-' || lower(hex(randomblob(2)))")
            .words("|| '-4' || substr(lower(hex(randomblob(2))), 2)")
            .words("|| '-' || substr('89ab', 1 + (random() & 3), 1) || substr(lower(hex(randomblob(2))), 2)")
            .words("|| '-' || lower(hex(randomblob(6)))");
    }
}
