//! Whether what `using` gives may be too large for the type: PostgreSQL refuses it, SQLite keeps it.

use crate::schema::expr::ExprKind;
use crate::schema::{Expr, Literal, Table, Type};

/// What the type holds at most, if the value may be more.
pub(super) fn may_not_fit(value: &Expr, table: &Table, ty: &Type) -> Option<String> {
    match ty {
        Type::TextN(limit) | Type::Char(limit) => {
            let fits = characters(value, table).is_some_and(|n| n <= u64::from(*limit));
            (!fits).then(|| format!("{limit} characters"))
        }
        Type::Integer(bits @ (16 | 32)) => {
            let fits = width(value, table).is_some_and(|n| n <= *bits);
            (!fits).then(|| format!("{bits} bits"))
        }
        _ => None,
    }
}

/// The most characters that a value has, if that is sure.
fn characters(value: &Expr, table: &Table) -> Option<u64> {
    match &value.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.chars().count() as u64),
        ExprKind::Literal(Literal::Null) => Some(0),
        ExprKind::Cast { ty, .. } => of_type(ty),
        ExprKind::Case { arms, otherwise } => {
            let values = arms.iter().map(|(_, value)| value).chain(otherwise.as_deref());
            values.map(|value| characters(value, table)).try_fold(0, |most, n| Some(most.max(n?)))
        }
        ExprKind::Call { function, arguments } => of_call(function.name(), arguments, table),
        _ => of_type(&table.column(value.as_column()?)?.ty),
    }
}

fn of_call(function: &str, arguments: &[Expr], table: &Table) -> Option<u64> {
    match (function, arguments) {
        ("substr", [value, _, length]) => match &length.kind {
            ExprKind::Literal(Literal::Integer(n)) => u64::try_from(*n).ok(),
            _ => characters(value, table),
        },
        ("substr" | "trim" | "lower" | "upper" | "nullif", [value, ..]) => characters(value, table),
        ("coalesce", values) => {
            values.iter().map(|value| characters(value, table)).try_fold(0, |most, n| Some(most.max(n?)))
        }
        _ => None,
    }
}

fn of_type(ty: &Type) -> Option<u64> {
    match ty {
        Type::TextN(n) | Type::Char(n) => Some(u64::from(*n)),
        Type::Enum(values) => values.iter().map(|v| v.chars().count() as u64).max(),
        Type::Uuid => Some(36),
        _ => None,
    }
}

/// The bits that an integer needs at most, if that is sure.
fn width(value: &Expr, table: &Table) -> Option<u8> {
    match &value.kind {
        // A literal that does not fit is an error.
        ExprKind::Literal(_) => Some(16),
        ExprKind::Case { arms, otherwise } => {
            let values = arms.iter().map(|(_, value)| value).chain(otherwise.as_deref());
            values.map(|value| width(value, table)).try_fold(0, |most, n| Some(most.max(n?)))
        }
        ExprKind::Cast { ty: Type::Integer(bits), .. } => Some(*bits),
        _ => match table.column(value.as_column()?)?.ty {
            Type::Integer(bits) => Some(bits),
            _ => None,
        },
    }
}
