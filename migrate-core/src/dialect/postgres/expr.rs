//! Expressions where PostgreSQL writes its own form.

use super::super::expr::{
    ATOM, LOWEST, OPERAND, PRODUCT, SIGNED, Writer, is_literal, is_nonzero_number, is_whole, number, whole,
};
use super::super::instant;
use super::super::sql::Sql;
use super::new;
use crate::schema::expr::{Expr, Family, Function};
use crate::schema::{Literal, Operator, Type};

/// A literal. A text gets its type from what it meets, but for an instant, which is given its zone: without one the
/// session's would count.
pub(super) fn literal(sql: &mut Sql, literal: &Literal, family: Family) {
    match literal {
        Literal::Null => sql.words("NULL"),
        Literal::Boolean(value) => sql.words(if *value { "true" } else { "false" }),
        Literal::Integer(_) | Literal::Real(_) => sql.words(&number(literal, family).unwrap_or_default()),
        Literal::Bytes(bytes) => sql.bytes(bytes),
        Literal::Text(text) => match family {
            Family::Datetime => sql.string(&instant::datetime(text)),
            Family::DatetimeTz | Family::Timestamp => {
                let mut utc = instant::utc(text);
                utc.push('Z');
                sql.string(&utc)
            }
            Family::TimestampMs => match instant::milliseconds(text) {
                Some(ms) => sql.words(&ms.to_string()),
                None => sql.string(text),
            },
            _ => sql.string(text),
        },
    };
}

/// The current time, in UTC wherever the type has no zone.
pub(super) fn now(sql: &mut Sql, family: Family) {
    sql.words(match family {
        Family::TimestampMs | Family::Integer => "(floor(extract(epoch FROM now()) * 1000))::bigint",
        Family::Datetime => "(now() AT TIME ZONE 'UTC')",
        Family::Date => "((now() AT TIME ZONE 'UTC')::date)",
        Family::Time => "((now() AT TIME ZONE 'UTC')::time)",
        _ => "now()",
    });
}

/// The order of bytes, whatever the database's collation
/// (<https://www.postgresql.org/docs/current/collation.html#COLLATION-MANAGING-STANDARD>).
pub(super) fn ordered(sql: &mut Sql, value: &Expr, writer: &Writer<'_>) {
    writer.value(sql, value, ATOM);
    sql.words("COLLATE \"C\"");
}

/// `LIKE`, in which a backslash would take the next sign for itself
/// (<https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-LIKE>).
pub(super) fn like(sql: &mut Sql, value: &Expr, pattern: &str, not: bool, writer: &Writer<'_>) {
    let padded = matches!(writer.stored_type(value), Some(Type::Char(_)));
    if padded {
        // The blanks that fill up a `char(n)` count in LIKE alone.
        sql.fill("CAST(@ AS TEXT)", &writer.value_part(value, LOWEST));
    } else {
        writer.value(sql, value, OPERAND);
    }
    sql.words(if not { "NOT LIKE" } else { "LIKE" }).string(&pattern.replace('\\', "\\\\"));
}

/// A division by zero is NULL, as in SQLite, where PostgreSQL would fail.
pub(super) fn divide(sql: &mut Sql, op: Operator, left: &Expr, right: &Expr, writer: &Writer<'_>) {
    let mut divisor = new();
    if is_nonzero_number(right) {
        writer.value(&mut divisor, right, SIGNED);
    } else {
        divisor.call("NULLIF");
        writer.value(&mut divisor, right, LOWEST);
        divisor.comma().words("0").close();
    }
    if op == Operator::Remainder && left.family == Family::Real {
        // `%` is not defined for reals; the remainder has the sign of the dividend, as among integers.
        let (x, y) = (writer.value_part(left, ATOM), writer.value_part(right, ATOM));
        sql.open().sql(&x).words("-").sql(&y).words("* trunc(").sql(&x).words("/").sql(&divisor).suffix("))");
        return;
    }
    writer.value(sql, left, PRODUCT);
    sql.words(op.text()).sql(&divisor);
}

/// A function's call.
pub(super) fn call(sql: &mut Sql, function: Function, arguments: &[Expr], writer: &Writer<'_>) {
    match (function, arguments) {
        (Function::Coalesce | Function::Min | Function::Max, [only]) => writer.value(sql, only, ATOM),
        (Function::Lower | Function::Upper, [text]) => {
            // The letters of ASCII alone.
            sql.call(function.name());
            ordered(sql, text, writer);
            sql.close();
        }
        (Function::Round, [value, digits @ ..]) => {
            let digits = digits.first().and_then(whole).unwrap_or(0);
            round(sql, value, digits, writer);
        }
        (Function::Substr, [text, bounds @ ..]) => {
            sql.call("substr");
            writer.value(sql, text, LOWEST);
            for (bound, least) in bounds.iter().zip(["1", "0"]) {
                sql.comma();
                self::bound(sql, bound, least, writer);
            }
            sql.close();
        }
        (Function::Min | Function::Max, _) => extreme(sql, function, arguments, writer),
        (Function::Coalesce | Function::Nullif, _) => {
            sql.call(&function.name().to_ascii_uppercase());
            writer.values(sql, arguments);
            sql.close();
        }
        _ => {
            sql.call(function.name());
            writer.values(sql, arguments);
            sql.close();
        }
    }
}

/// A start or a length of `substr`, which takes 32 bits only.
fn bound(sql: &mut Sql, bound: &Expr, least: &str, writer: &Writer<'_>) {
    if let Some(n) = whole(bound) {
        sql.words(&n.min(i128::from(i32::MAX)).to_string());
        return;
    }
    let x = writer.value_part(bound, OPERAND);
    sql.fill("CAST(CASE WHEN @ <", &x).words(least).words("THEN").words(least);
    sql.fill("WHEN @ > 2147483647 THEN 2147483647 ELSE @ END AS INTEGER)", &x);
}

/// `LEAST` and `GREATEST` pass over NULL (<https://www.postgresql.org/docs/current/functions-conditional.html>), SQLite's
/// `min` and `max` do not.
fn extreme(sql: &mut Sql, function: Function, arguments: &[Expr], writer: &Writer<'_>) {
    let mut pick = new();
    pick.call(if function == Function::Min { "LEAST" } else { "GREATEST" });
    for (i, argument) in arguments.iter().enumerate() {
        if i > 0 {
            pick.comma();
        }
        if i == 0 && argument.family == Family::Text {
            ordered(&mut pick, argument, writer);
        } else {
            writer.value(&mut pick, argument, LOWEST);
        }
    }
    pick.close();
    let open: Vec<&Expr> = arguments.iter().filter(|a| !is_literal(a)).collect();
    if open.is_empty() {
        sql.sql(&pick);
        return;
    }
    sql.words("CASE WHEN");
    for (i, argument) in open.into_iter().enumerate() {
        if i > 0 {
            sql.words("AND");
        }
        writer.value(sql, argument, OPERAND);
        sql.words("IS NOT NULL");
    }
    sql.words("THEN").sql(&pick).words("END");
}

/// Half away from zero: `round` of a double goes to the even neighbour, that of a `numeric` does not
/// (<https://www.postgresql.org/docs/current/functions-math.html>). Beyond 15 digits there is nothing to round.
fn round(sql: &mut Sql, value: &Expr, digits: i128, writer: &Writer<'_>) {
    match value.family {
        family if is_whole(family) => writer.value(sql, value, ATOM),
        Family::Real => {
            let x = writer.value_part(value, ATOM);
            let (digits, limit) = (digits.to_string(), (15 - digits).to_string());
            sql.fill("CASE WHEN abs(@) < 1e", &x).suffix(&limit);
            sql.fill("THEN CAST(round(CAST(CAST(@ AS DOUBLE PRECISION) AS NUMERIC), ", &x)
                .suffix(&digits)
                .suffix(") AS DOUBLE PRECISION)");
            sql.fill("ELSE @ END", &x);
        }
        _ => {
            sql.call("round");
            writer.value(sql, value, LOWEST);
            sql.comma().words(&digits.to_string()).close();
        }
    }
}
