//! Expressions where SQLite writes its own form.

use super::super::expr::{
    ATOM, LOWEST, OPERAND, PRODUCT, SIGNED, Writer, is_literal, is_whole, number, whole,
};
use super::super::instant;
use super::super::sql::Sql;
use super::new;
use crate::schema::expr::{Expr, Family, Function};
use crate::schema::{Literal, Operator, Type};
use crate::target::Options;

/// A literal as the column of that family stores it.
pub(super) fn literal(sql: &mut Sql, literal: &Literal, family: Family, options: &Options) {
    match literal {
        Literal::Null => sql.words("NULL"),
        Literal::Boolean(value) => sql.words(if *value { "1" } else { "0" }),
        Literal::Integer(_) | Literal::Real(_) => sql.words(&number(literal, family).unwrap_or_default()),
        Literal::Bytes(bytes) => sql.bytes(bytes),
        Literal::Text(text) => match family {
            Family::Uuid => match uuid_bytes(text) {
                Some(bytes) if options.uuid_blob() => sql.bytes(&bytes),
                _ => sql.string(&text.to_ascii_lowercase()),
            },
            Family::Datetime => sql.string(&instant::datetime(text)),
            Family::DatetimeTz => sql.string(&instant::utc(text)),
            Family::Timestamp | Family::TimestampMs => match instant::milliseconds(text) {
                Some(ms) => sql.words(&ms.to_string()),
                None => sql.string(text),
            },
            _ => sql.string(text),
        },
    };
}

/// The current time. `subsec` gives NULL before 3.42 and is not used
/// (<https://www.sqlite.org/lang_datefunc.html#tmshf>).
pub(super) fn now(sql: &mut Sql, family: Family) {
    sql.words(match family {
        Family::TimestampMs | Family::Timestamp | Family::Integer => {
            "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"
        }
        Family::Date => "strftime('%Y-%m-%d', 'now')",
        Family::Time => "strftime('%H:%M:%S', 'now')",
        _ => "strftime('%Y-%m-%d %H:%M:%S', 'now')",
    });
}

/// A column as a value: a decimal that is stored as text is compared and reckoned with as a number.
pub(super) fn operand(sql: &mut Sql, value: &Sql, ty: &Type) {
    if matches!(ty, Type::Decimal { as_text: true, .. }) {
        sql.call("CAST").sql(value).words("AS NUMERIC").close();
    } else {
        sql.sql(value);
    }
}

/// `GLOB`: case-sensitive, which SQLite's `LIKE` is not (<https://www.sqlite.org/lang_expr.html#like>).
pub(super) fn like(sql: &mut Sql, value: &Expr, pattern: &str, not: bool, writer: &Writer<'_>) {
    let mut glob = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            // What is special to GLOB alone stands in a class of its own.
            '*' | '?' | '[' => glob.extend(['[', c, ']']),
            c => glob.push(c),
        }
    }
    writer.value(sql, value, OPERAND);
    sql.words(if not { "NOT GLOB" } else { "GLOB" }).string(&glob);
}

/// Division by zero gives NULL (<https://www.sqlite.org/lang_expr.html#binaryops>). Decimals may be stored as whole
/// numbers, so `/` gets a real; `%` casts both sides to whole numbers, so that of others is reckoned.
pub(super) fn divide(sql: &mut Sql, op: Operator, left: &Expr, right: &Expr, writer: &Writer<'_>) {
    let whole = [left, right].iter().all(|e| is_whole(e.family));
    if whole || (op == Operator::Divide && left.family == Family::Real) {
        writer.value(sql, left, PRODUCT);
        sql.words(op.text());
        writer.value(sql, right, SIGNED);
        return;
    }
    let mut left_real = new();
    left_real.fill("CAST(@ AS REAL)", &writer.value_part(left, LOWEST));
    if op == Operator::Divide {
        sql.sql(&left_real).words("/");
        writer.value(sql, right, SIGNED);
        return;
    }
    let right = writer.value_part(right, ATOM);
    sql.open()
        .sql(&left_real)
        .words("-")
        .sql(&right)
        .words("* CAST(")
        .sql(&left_real)
        .words("/")
        .sql(&right)
        .words("AS INTEGER))");
}

/// A function's call.
pub(super) fn call(sql: &mut Sql, function: Function, arguments: &[Expr], writer: &Writer<'_>) {
    match (function, arguments) {
        (Function::Coalesce | Function::Min | Function::Max, [only]) => writer.value(sql, only, ATOM),
        (Function::Round, [value, digits @ ..]) => {
            let digits = digits.first().and_then(whole).unwrap_or(0);
            round(sql, value, digits, writer);
        }
        (Function::Substr, [text, bounds @ ..]) => {
            sql.call("substr");
            writer.value(sql, text, LOWEST);
            // A start below 1 and a length below 0 count from elsewhere in SQLite and fail or not in PostgreSQL.
            for (bound, least) in bounds.iter().zip(["1", "0"]) {
                sql.comma();
                if whole(bound).is_some() {
                    writer.value(sql, bound, LOWEST);
                } else {
                    sql.call("max");
                    writer.value(sql, bound, LOWEST);
                    sql.comma().words(least).close();
                }
            }
            sql.close();
        }
        (Function::Replace, [_, _, with]) if !is_literal(with) => {
            // With nothing to search for, SQLite does not look at a NULL in the last place.
            sql.words("CASE WHEN");
            writer.value(sql, with, OPERAND);
            sql.words("IS NOT NULL THEN").call("replace");
            writer.values(sql, arguments);
            sql.close().words("END");
        }
        (Function::Coalesce, _) => {
            sql.call("coalesce");
            for (i, argument) in arguments.iter().enumerate() {
                if i > 0 {
                    sql.comma();
                }
                writer.write(sql, argument, LOWEST);
            }
            sql.close();
        }
        _ => {
            sql.call(function.name());
            writer.values(sql, arguments);
            sql.close();
        }
    }
}

/// Half away from zero, by the value's first 15 digits, which are those that PostgreSQL's `numeric` takes from a
/// double: 1.005 is 1.01 in both. Beyond 15 digits there is nothing to round.
pub(super) fn round(sql: &mut Sql, value: &Expr, digits: i128, writer: &Writer<'_>) {
    if is_whole(value.family) {
        writer.value(sql, value, ATOM);
        return;
    }
    let x = writer.value_part(value, ATOM);
    let (power, limit) = (digits.to_string(), (15 - digits).to_string());
    sql.fill("CASE WHEN abs(@) < 1e", &x).suffix(&limit);
    sql.fill("THEN round(CAST(printf('%.15g', @ * 1e", &x)
        .suffix(&power)
        .suffix(") AS REAL)) / 1e")
        .suffix(&power);
    sql.fill("ELSE @ END", &x);
}

/// The 16 bytes of a UUID's text.
fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| *c != '-').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok());
    (digits.len() == 32).then(|| pairs.collect())?
}
