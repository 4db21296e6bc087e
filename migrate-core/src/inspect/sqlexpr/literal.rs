//! Literals in one spelling: numbers, and strings that a type gives a meaning.
//!
//! Comes in: a literal's text and the type it is read as. Goes out: the text by which two spellings of one value are
//! equal. What does not have the form of its type stays as it is.

use super::json;
use super::temporal;
use super::tree::Node;
use crate::target::Dialect;

/// Most digits that an exponent is written out to.
const MAX_SHIFT: i64 = 400;

/// A number: no leading zeros, no exponent, and in SQLite, where `1` and `1.0` are different values in an untyped
/// place, `.0` for a real number that is whole. PostgreSQL keeps the number of decimals (`1.50`).
pub(crate) fn number(dialect: Dialect, text: &str) -> String {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = text.strip_prefix("0x") {
        return match u128::from_str_radix(hex, 16) {
            Ok(value) => format!("{sign}{value}"),
            Err(_) => format!("{sign}{text}"),
        };
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let real = text.contains(['.', 'e']);
    let Ok(shift) = exponent.parse::<i64>() else {
        return format!("{sign}{text}");
    };
    if shift.abs() > MAX_SHIFT {
        return format!("{sign}{text}");
    }
    let mut digits = format!("{whole}{fraction}");
    let mut point = whole.len() as i64 + shift;
    while point > digits.len() as i64 {
        digits.push('0');
    }
    while point < 1 {
        digits.insert(0, '0');
        point += 1;
    }
    let (whole, fraction) = digits.split_at(point as usize);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = match dialect {
        Dialect::Postgres => fraction,
        Dialect::Sqlite => fraction.trim_end_matches('0'),
    };
    match (fraction.is_empty(), real, dialect) {
        (true, true, Dialect::Sqlite) => format!("{sign}{whole}.0"),
        (true, ..) => format!("{sign}{whole}"),
        (false, ..) => format!("{sign}{whole}.{fraction}"),
    }
}

/// A number in a place whose type is known to be a number: its value alone.
pub(crate) fn value(dialect: Dialect, text: &str) -> String {
    let text = number(dialect, text);
    if !text.contains('.') {
        return text;
    }
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// Whether a text is a number, with or without a sign.
pub(crate) fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, Some(e.strip_prefix(['-', '+']).unwrap_or(e))),
        None => (text, None),
    };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some((a, b)) => {
            (digits(a) || digits(b)) && (a.is_empty() || digits(a)) && (b.is_empty() || digits(b))
        }
        None => digits(mantissa),
    };
    mantissa && exponent.is_none_or(digits)
}

/// PostgreSQL's types of numbers, without their size.
pub(crate) fn is_numeric_type(ty: &str) -> bool {
    matches!(base(ty), "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision")
}

/// PostgreSQL's types of text, without their size.
pub(crate) fn is_text_type(ty: &str) -> bool {
    matches!(base(ty), "text" | "character varying" | "character" | "bpchar" | "name")
}

/// The type without its size.
pub(crate) fn base(ty: &str) -> &str {
    ty.split('(').next().unwrap_or(ty).trim_end()
}

/// A string read as a type of PostgreSQL.
pub(crate) fn typed(text: &str, ty: &str) -> Node {
    let same = || Node::Text(text.to_owned());
    if ty.ends_with("[]") {
        return same();
    }
    if is_numeric_type(ty) {
        let trimmed = text.trim().to_ascii_lowercase();
        // A numeric has as many decimals as were written: `-5.0` comes back as `'-5.0'::numeric`.
        let spell = if base(ty) == "numeric" { number } else { value };
        return if is_number(&trimmed) { Node::Number(spell(Dialect::Postgres, &trimmed)) } else { same() };
    }
    match base(ty) {
        "boolean" => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Node::Keyword("true".to_owned()),
            "f" | "false" | "n" | "no" | "off" | "0" => Node::Keyword("false".to_owned()),
            _ => same(),
        },
        "json" | "jsonb" => Node::Text(json::compact(text).unwrap_or_else(|| text.to_owned())),
        "uuid" => Node::Text(text.to_ascii_lowercase()),
        "bytea" if text.starts_with("\\x") => Node::Text(text.to_ascii_lowercase()),
        _ if ty.starts_with("timestamp") || ty == "date" || ty.starts_with("time ") => {
            Node::Text(temporal::canonical(text, ty).unwrap_or_else(|| text.to_owned()))
        }
        _ => same(),
    }
}
