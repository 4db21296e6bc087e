//! Expressions, literals and types.
//!
//! An operand that is an operator itself stands in parentheses, whatever binds more tightly: the text then says the
//! same under every table of precedence. Only a chain of one operator goes without.

use super::query::write_select;
use super::word::{write_bytes, write_column, write_dialects, write_list, write_native, write_text};
use crate::syntax::ast::{Expr, ExprKind, Literal, Type};

/// An expression.
pub(super) fn write_expr(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Column { table, name } => write_column(out, table.as_ref(), name),
        ExprKind::Literal(value) => write_literal(out, value),
        ExprKind::Now => out.push_str("now"),
        ExprKind::Not(x) => {
            out.push_str("not ");
            write_operand(out, x);
        }
        ExprKind::Negate(x) => {
            // A number behind the sign would become part of the literal.
            out.push_str("-(");
            write_expr(out, x);
            out.push(')');
        }
        ExprKind::Binary { op, left, right } => {
            // A chain of one operator is read from the left anyway.
            match &left.kind {
                ExprKind::Binary { op: same, .. } if same == op && op.precedence() != 4 => {
                    write_expr(out, left)
                }
                _ => write_operand(out, left),
            }
            out.push(' ');
            out.push_str(op.text());
            out.push(' ');
            write_operand(out, right);
        }
        ExprKind::IsNull { value, not } => {
            write_operand(out, value);
            out.push_str(if *not { " is not null" } else { " is null" });
        }
        ExprKind::In { value, list, not } => {
            write_operand(out, value);
            out.push_str(if *not { " not in (" } else { " in (" });
            write_list(out, list, write_expr);
            out.push(')');
        }
        ExprKind::Like { value, pattern, not } => {
            write_operand(out, value);
            out.push_str(if *not { " not like " } else { " like " });
            write_operand(out, pattern);
        }
        ExprKind::Between { value, low, high, not } => {
            write_operand(out, value);
            out.push_str(if *not { " not between " } else { " between " });
            write_operand(out, low);
            out.push_str(" and ");
            write_operand(out, high);
        }
        ExprKind::Case { arms, otherwise } => {
            out.push_str("case");
            for (condition, value) in arms {
                out.push_str(" when ");
                write_expr(out, condition);
                out.push_str(" then ");
                write_expr(out, value);
            }
            if let Some(value) = otherwise {
                out.push_str(" else ");
                write_expr(out, value);
            }
            out.push_str(" end");
        }
        ExprKind::Cast { value, ty } => {
            out.push_str("cast(");
            write_expr(out, value);
            out.push_str(" as ");
            write_type(out, &ty.ty);
            out.push(')');
        }
        ExprKind::Call { function, arguments } => {
            out.push_str(&function.text);
            out.push('(');
            write_list(out, arguments, write_expr);
            out.push(')');
        }
        ExprKind::Aggregate { function, argument } => {
            out.push_str(&function.text);
            match argument {
                Some(argument) => {
                    // In parentheses, so that the word before it is no column.
                    out.push_str("(distinct (");
                    write_expr(out, argument);
                    out.push_str("))");
                }
                None => out.push_str("(*)"),
            }
        }
        ExprKind::Subquery(select) => {
            out.push('(');
            write_select(out, select);
            out.push(')');
        }
        ExprKind::Exists(select) => {
            out.push_str("exists (");
            write_select(out, select);
            out.push(')');
        }
        ExprKind::InSelect { value, select, not } => {
            write_operand(out, value);
            out.push_str(if *not { " not in (" } else { " in (" });
            write_select(out, select);
            out.push(')');
        }
        ExprKind::Sql(native) => write_native(out, &native.sql),
    }
}

fn write_operand(out: &mut String, expr: &Expr) {
    let compound = matches!(
        expr.kind,
        ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::Binary { .. }
            | ExprKind::IsNull { .. }
            | ExprKind::In { .. }
            | ExprKind::InSelect { .. }
            | ExprKind::Like { .. }
            | ExprKind::Between { .. }
    );
    if compound {
        out.push('(');
        write_expr(out, expr);
        out.push(')');
    } else {
        write_expr(out, expr);
    }
}

/// A literal.
pub(super) fn write_literal(out: &mut String, value: &Literal) {
    match value {
        Literal::Null => out.push_str("null"),
        Literal::Boolean(true) => out.push_str("true"),
        Literal::Boolean(false) => out.push_str("false"),
        Literal::Integer(n) => out.push_str(&n.to_string()),
        Literal::Real(digits) => out.push_str(digits),
        Literal::Text(text) => write_text(out, text),
        Literal::Bytes(bytes) => write_bytes(out, bytes),
    }
}

/// A type.
pub(super) fn write_type(out: &mut String, ty: &Type) {
    match ty {
        Type::Text => out.push_str("text"),
        Type::TextN(n) => out.push_str(&format!("text({n})")),
        Type::Char(n) => out.push_str(&format!("char({n})")),
        Type::Integer(64) => out.push_str("integer"),
        Type::Integer(n) => out.push_str(&format!("integer({n})")),
        Type::Boolean => out.push_str("boolean"),
        Type::Json => out.push_str("json"),
        Type::TimestampMs => out.push_str("timestamp_ms"),
        Type::Timestamp => out.push_str("timestamp"),
        Type::Datetime => out.push_str("datetime"),
        Type::DatetimeTz => out.push_str("datetimetz"),
        Type::Date => out.push_str("date"),
        Type::Time => out.push_str("time"),
        Type::Real(64) => out.push_str("real"),
        Type::Real(n) => out.push_str(&format!("real({n})")),
        Type::Decimal { precision, scale, as_text } => {
            out.push_str(&format!("decimal({precision}, {scale})"));
            if *as_text {
                out.push_str(" as text");
            }
        }
        Type::Blob => out.push_str("blob"),
        Type::Uuid => out.push_str("uuid"),
        Type::Enum(values) => {
            out.push_str("enum(");
            write_list(out, values, |out, v| write_text(out, v));
            out.push(')');
        }
        Type::Native { sqlite, postgres } => {
            out.push_str("type ");
            write_dialects(out, sqlite.as_deref(), postgres.as_deref());
        }
    }
}
