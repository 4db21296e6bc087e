//! Values of every type: as the language writes them, and as each database does.
//!
//! The value of a type and a number is always the same, so that keys meet their targets.

use migrate_core::schema::{Column, Type};
use migrate_core::target::{Dialect, Options};
use migrate_test_support::Numbers;

/// A type as the language writes it.
pub fn random_type(numbers: &mut Numbers) -> &'static str {
    numbers.word(&[
        "text",
        "text",
        "text(20)",
        "text(40)",
        "char(6)",
        "integer",
        "integer",
        "integer",
        "integer(32)",
        "integer(16)",
        "boolean",
        "json",
        "timestamp_ms",
        "timestamp",
        "datetime",
        "datetimetz",
        "date",
        "time",
        "real",
        "real(32)",
        "decimal(8, 2)",
        "decimal(20, 4) as text",
        "blob",
        "uuid",
        "enum(\"a\", \"b\", \"c\")",
        "type { sqlite \"text\", postgres \"integer[]\" }",
        "type { sqlite \"text\", postgres \"int4range\" }",
    ])
}

/// A literal of the language; nothing where the type has none.
pub fn literal(ty: &Type, k: usize) -> Option<String> {
    Some(match ty {
        Type::Text | Type::TextN(_) | Type::Char(_) => format!("\"{}\"", text(ty, k)),
        Type::Integer(_) | Type::TimestampMs => k.to_string(),
        Type::Boolean => (k % 2 == 1).to_string(),
        Type::Json => format!("\"[{k}]\""),
        Type::Timestamp | Type::Native { .. } => return None,
        Type::Datetime | Type::DatetimeTz => format!("\"2024-01-{:02} 01:02:03\"", k % 28 + 1),
        Type::Date => format!("\"2024-01-{:02}\"", k % 28 + 1),
        Type::Time => format!("\"01:{:02}:03\"", k % 60),
        Type::Real(_) => format!("{k}.5"),
        Type::Decimal { precision, scale, .. } => decimal(k, *precision, *scale),
        Type::Blob => format!("b\"{k}\""),
        Type::Uuid => format!("\"123e4567-e89b-12d3-a456-4266141740{:02}\"", k % 100),
        Type::Enum(values) => format!("\"{}\"", values[k % values.len()]),
    })
}

/// A text that fits its type.
fn text(ty: &Type, k: usize) -> String {
    let whole = format!("t{k}");
    match ty {
        Type::TextN(n) | Type::Char(n) => whole[whole.len().saturating_sub(*n as usize)..].to_owned(),
        _ => whole,
    }
}

/// A decimal that fits its type.
fn decimal(k: usize, precision: u32, scale: u32) -> String {
    let whole = match precision.saturating_sub(scale) {
        0 => 0,
        digits => k % 10_usize.pow(digits.min(9)),
    };
    if scale < 2 { whole.to_string() } else { format!("{whole}.25") }
}

/// The same as a database writes it.
pub fn sql(dialect: Dialect, column: &Column, k: usize, options: &Options) -> String {
    let lite = dialect == Dialect::Sqlite;
    match &column.ty {
        Type::Text | Type::TextN(_) | Type::Char(_) => format!("'{}'", text(&column.ty, k)),
        Type::Integer(_) | Type::TimestampMs => k.to_string(),
        Type::Boolean if lite => (k % 2).to_string(),
        Type::Boolean => (k % 2 == 1).to_string(),
        Type::Json => format!("'[{k}]'"),
        Type::Timestamp if lite => format!("{}", (1_700_000_000 + k) * 1000),
        Type::Timestamp => format!("to_timestamp({})", 1_700_000_000 + k),
        Type::DatetimeTz if !lite => format!("'2024-01-{:02} 01:02:03+00'", k % 28 + 1),
        Type::Datetime | Type::DatetimeTz => format!("'2024-01-{:02} 01:02:03'", k % 28 + 1),
        Type::Date => format!("'2024-01-{:02}'", k % 28 + 1),
        Type::Time => format!("'01:{:02}:03'", k % 60),
        Type::Real(_) => format!("{k}.5"),
        Type::Decimal { precision, scale, as_text: true } if lite => {
            format!("'{}'", decimal(k, *precision, *scale))
        }
        Type::Decimal { precision, scale, .. } => decimal(k, *precision, *scale),
        Type::Blob if lite => format!("x'{k:04x}'"),
        Type::Blob => format!("'\\x{k:04x}'"),
        Type::Uuid if lite && options.sqlite.as_ref().is_some_and(|o| o.uuid_blob) => {
            format!("x'123e4567e89b12d3a4564266141740{:02}'", k % 100)
        }
        Type::Uuid => format!("'123e4567-e89b-12d3-a456-4266141740{:02}'", k % 100),
        Type::Enum(values) => format!("'{}'", values[k % values.len()]),
        Type::Native { .. } => "null".to_owned(),
    }
}
