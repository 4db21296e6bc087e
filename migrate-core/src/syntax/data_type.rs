//! Types of columns.

use super::ast::{Type, TypeAt};
use super::cursor::{
    Cursor, Parsed, comma_list, expect_end, expect_group, expect_punct, expect_word, expected,
};
use super::foreign_type;
use super::literal::{Value, parse_literal, parse_size, parse_text};
use super::native::parse_dialects;
use crate::diagnostics::{Diagnostics, code, similar::similar};
use crate::source::Loc;

/// Every word that begins a type.
pub(super) const TYPES: [&str; 16] = [
    "text",
    "char",
    "integer",
    "boolean",
    "json",
    "timestamp_ms",
    "timestamp",
    "datetime",
    "datetimetz",
    "date",
    "time",
    "real",
    "decimal",
    "blob",
    "uuid",
    "enum",
];

/// A type. A word that is none is reported; what comes back then is a native type without text for either
/// dialect, about which later rooms stay silent, so that the column itself is known.
pub(super) fn parse_type(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<TypeAt> {
    let start = c.at();
    let Some(word) = c.word(0) else {
        return Err(expected(cx, c, "a column type").reported());
    };
    let ty = match word {
        "text" => match parse_length(cx, c)? {
            Some(n) => Type::TextN(n),
            None => Type::Text,
        },
        "char" => parse_char(cx, c)?,
        "integer" => parse_integer(cx, c)?,
        "real" => parse_real(cx, c)?,
        "boolean" => plain(c, Type::Boolean),
        "json" => plain(c, Type::Json),
        "timestamp_ms" => plain(c, Type::TimestampMs),
        "timestamp" => plain(c, Type::Timestamp),
        "datetime" => plain(c, Type::Datetime),
        "datetimetz" => plain(c, Type::DatetimeTz),
        "date" => plain(c, Type::Date),
        "time" => plain(c, Type::Time),
        "decimal" => parse_decimal(cx, c)?,
        "blob" => plain(c, Type::Blob),
        "uuid" => plain(c, Type::Uuid),
        "enum" => parse_enum(cx, c)?,
        "type" => {
            c.bump();
            let sql = parse_dialects(cx, c)?;
            Type::Native { sqlite: sql.sqlite, postgres: sql.postgres }
        }
        _ => unknown_type(cx, c, word),
    };
    Ok(TypeAt { ty, loc: c.since(start) })
}

fn plain(c: &mut Cursor<'_>, ty: Type) -> Type {
    c.bump();
    ty
}

/// Reports a word that is no type, and takes it with its parentheses.
fn unknown_type(cx: &mut Diagnostics, c: &mut Cursor<'_>, word: &str) -> Type {
    let message = format!("expected a column type, found `{word}`");
    let report = cx.error(code::UNKNOWN_TYPE, c.here(), message);
    if let Some(ours) = foreign_type::ours(word) {
        report.help(format!("write `{ours}`"));
    } else if let Some(near) = similar(word, TYPES) {
        report.help(format!("a type with a similar name exists: `{near}`"));
    } else if let Some(ours) = foreign_type::near(word) {
        report.help(format!("write `{ours}`"));
    } else {
        let types = TYPES.map(|t| format!("`{t}`")).join(", ");
        report.note(format!("the types are {types}, and `type {{ .. }}`"));
    }
    c.bump();
    c.eat_words(&["precision"]);
    c.eat_words(&["varying"]);
    if c.is_open(0, "(") {
        c.bump_tree();
    }
    UNREAD
}

/// What stands for a type that was reported: later rooms are silent about it.
const UNREAD: Type = Type::Native { sqlite: None, postgres: None };

/// [`UNREAD`] with the tokens that were no type.
pub(super) fn unread_type(loc: Loc) -> TypeAt {
    TypeAt { ty: UNREAD, loc }
}

/// `NAME` or `NAME(n)`
fn parse_length(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<u32>> {
    c.bump();
    let Some(mut inside) = c.eat_group("(") else {
        return Ok(None);
    };
    let n = parse_size(cx, &mut inside)?;
    expect_end(cx, &inside, "`)`")?;
    Ok(Some(n))
}

fn parse_char(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Type> {
    let word = c.here();
    match parse_length(cx, c)? {
        Some(n) => Ok(Type::Char(n)),
        None => Err(cx
            .error(code::SYNTAX, word, "`char` has a length")
            .help("write `char(n)`, or `text`")
            .reported()),
    }
}

fn parse_integer(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Type> {
    match parse_bits(cx, c)? {
        None => Ok(Type::Integer(64)),
        Some((16, _)) => Ok(Type::Integer(16)),
        Some((32, _)) => Ok(Type::Integer(32)),
        Some((n, loc)) => Err(cx
            .error(code::INVALID_LITERAL, loc, format!("expected `16` or `32` bits, found `{n}`"))
            .help("`integer` without a number has 64")
            .reported()),
    }
}

fn parse_real(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Type> {
    match parse_bits(cx, c)? {
        None => Ok(Type::Real(64)),
        Some((32, _)) => Ok(Type::Real(32)),
        Some((n, loc)) => Err(cx
            .error(code::INVALID_LITERAL, loc, format!("expected `32` bits, found `{n}`"))
            .help("`real` without a number has 64")
            .reported()),
    }
}

/// `NAME` or `NAME(n)`, with the place of the number.
fn parse_bits(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<(u32, Loc)>> {
    let mut number = c.clone();
    number.bump_by(2);
    Ok(parse_length(cx, c)?.map(|n| (n, number.here())))
}

/// `decimal(p, s) [as text]`
fn parse_decimal(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Type> {
    let word = c.here();
    c.bump();
    let Some(mut inside) = c.eat_group("(") else {
        return Err(cx
            .error(code::SYNTAX, word, "`decimal` has a number of digits")
            .help("write `decimal(10, 2)`: ten digits, two of them behind the point")
            .reported());
    };
    let precision = parse_size(cx, &mut inside)?;
    expect_punct(cx, &mut inside, ",")?;
    let place = inside.clone();
    let scale = match parse_literal(cx, &mut inside, "a number")? {
        Value::Integer(n) if n <= u128::from(precision) => n as u32,
        Value::Integer(n) => {
            let message = format!("`{n}` digits behind the point of `{precision}`");
            return Err(cx.error(code::INVALID_LITERAL, place.here(), message).reported());
        }
        _ => return Err(expected(cx, &place, "a whole number").reported()),
    };
    expect_end(cx, &inside, "`)`")?;
    let as_text = c.eat_word("as");
    if as_text {
        expect_word(cx, c, "text")?;
    }
    Ok(Type::Decimal { precision, scale, as_text })
}

/// `enum("a", "b")`
fn parse_enum(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Type> {
    c.bump();
    let mut inside = expect_group(cx, c, "(")?;
    let mut seen: Vec<String> = Vec::new();
    comma_list(cx, &mut inside, "a value of the enum", |cx, c| {
        let loc = c.here();
        let value = parse_text(cx, c, "a text")?;
        if seen.contains(&value) {
            let message = "a value of an enum stands here twice";
            return Err(cx.error(code::DUPLICATE_MODIFIER, loc, message).reported());
        }
        seen.push(value);
        Ok(())
    })?;
    Ok(Type::Enum(seen))
}
