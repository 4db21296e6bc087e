//! Expressions: operators by precedence, from the loosest.
//!
//! `or`, `and`, `not`, comparisons (which do not chain), `+ -`, `* / %`, `||`, sign. Operands are in `value.rs`.

use super::ast::{Expr, ExprKind, Literal, Operator};
use super::cursor::{Cursor, Parsed, comma_list, expect_group, expect_word, expected};
use super::select::parse_inner_select;
use super::value::{parse_operand, parse_signed_number};
use crate::diagnostics::{Diagnostics, Reported, code};

/// What binds as tightly as a comparison: `is`, `in`, `like`, `between` and the signs.
const COMPARISON: u8 = 4;
const NOT: u8 = 3;

/// An expression that is no part of another.
pub(super) fn parse_expression(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Expr> {
    c.depth = 0;
    c.operators = 0;
    parse_expr(cx, c)
}

/// `(EXPR)` that is no part of another.
pub(super) fn parse_condition(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Expr> {
    c.depth = 0;
    c.operators = 0;
    parse_parenthesized(cx, c)
}

/// An expression, also one within another.
pub(super) fn parse_expr(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Expr> {
    parse_from(cx, c, 0)
}

/// `(EXPR)`
pub(super) fn parse_parenthesized(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Expr> {
    let mut inside = expect_group(cx, c, "(")?;
    let expr = parse_expr(cx, &mut inside);
    finish_group(cx, c, &inside, expr)
}

/// Ends a group in which an expression was read: nothing may be left, and its operators count.
pub(super) fn finish_group<T>(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    inside: &Cursor<'_>,
    read: Parsed<T>,
) -> Parsed<T> {
    c.operators = inside.operators;
    let read = read?;
    if inside.is_done() {
        return Ok(read);
    }
    Err(parse_mismatch(cx, inside))
}

/// Reports what stands where an operator could.
pub(super) fn parse_mismatch(cx: &mut Diagnostics, c: &Cursor<'_>) -> Reported {
    if c.is_pair("=", "=") {
        return foreign_operator(cx, c, "==", "=");
    }
    if c.is_pair("!", "=") {
        return foreign_operator(cx, c, "!=", "<>");
    }
    if c.is_pair("&", "&") {
        return foreign_operator(cx, c, "&&", "and");
    }
    if c.is_word(0, "in") {
        let mut behind = c.clone();
        behind.bump();
        return expected(cx, &behind, "`(` behind `in`").reported();
    }
    let report = expected(cx, c, "an operator");
    match c.word(0) {
        Some("ilike" | "glob" | "regexp" | "similar") => {
            report.help("compare `lower(..)` with `like`, or write it as `sql`").reported()
        }
        _ => report.reported(),
    }
}

fn foreign_operator(cx: &mut Diagnostics, c: &Cursor<'_>, found: &str, ours: &str) -> Reported {
    let message = format!("`{found}` is no operator");
    let report = cx.error(code::SYNTAX, c.next(2), message);
    report.help(format!("write `{ours}`")).reported()
}

/// An expression whose loosest operator binds at least as tightly as `least`.
fn parse_from(cx: &mut Diagnostics, c: &mut Cursor<'_>, least: u8) -> Parsed<Expr> {
    c.enter(cx)?;
    let start = c.at();
    let first = parse_prefixed(cx, c, least)?;
    let expr = parse_operators(cx, c, least, start, first)?;
    c.depth -= 1;
    Ok(expr)
}

fn parse_prefixed(cx: &mut Diagnostics, c: &mut Cursor<'_>, least: u8) -> Parsed<Expr> {
    let start = c.at();
    if c.is_word(0, "not") && least <= NOT {
        c.bump();
        let operand = parse_from(cx, c, NOT)?;
        return Ok(Expr { kind: ExprKind::Not(Box::new(operand)), loc: c.since(start) });
    }
    if c.is_punct(0, "-") {
        if c.is_literal(1) {
            let value = parse_signed_number(cx, c)?;
            return Ok(Expr { kind: ExprKind::Literal(value), loc: c.since(start) });
        }
        c.bump();
        // Binds more tightly than any operator between two values.
        let operand = parse_from(cx, c, 8)?;
        return Ok(Expr { kind: ExprKind::Negate(Box::new(operand)), loc: c.since(start) });
    }
    parse_operand(cx, c)
}

fn parse_operators(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    least: u8,
    start: usize,
    first: Expr,
) -> Parsed<Expr> {
    let mut left = first;
    let mut compared = false;
    loop {
        let here = c.clone();
        let predicate = is_predicate(c);
        let operator = if predicate { None } else { peek_operator(c) };
        let precedence = match operator {
            Some((op, _)) => op.precedence(),
            None if predicate => COMPARISON,
            None => break,
        };
        if precedence < least {
            break;
        }
        if precedence == COMPARISON {
            if compared {
                let message = "comparisons do not chain";
                let report = cx.error(code::SYNTAX, here.here(), message);
                return Err(report.help("put the first one in parentheses").reported());
            }
            compared = true;
        }
        if precedence < COMPARISON {
            compared = false;
        }
        c.enter(cx)?;
        c.depth -= 1;
        let kind = match operator {
            Some((op, length)) => {
                c.bump_by(length);
                let right = parse_from(cx, c, precedence + 1)?;
                ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }
            }
            None => parse_predicate(cx, c, left)?,
        };
        left = Expr { kind, loc: c.since(start) };
    }
    if least == 0 && (c.is_pair("=", "=") || c.is_pair("!", "=") || c.is_pair("&", "&")) {
        return Err(parse_mismatch(cx, c));
    }
    Ok(left)
}

/// The operator between two values that stands here, and how many tokens it has.
fn peek_operator(c: &Cursor<'_>) -> Option<(Operator, usize)> {
    let pairs = [
        ("<", ">", Operator::NotEqual),
        ("<", "=", Operator::LessEqual),
        (">", "=", Operator::GreaterEqual),
        ("|", "|", Operator::Concat),
    ];
    if let Some((_, _, op)) = pairs.iter().find(|(a, b, _)| c.is_pair(a, b)) {
        return Some((*op, 2));
    }
    if c.is_pair("=", "=") {
        return None;
    }
    let token = c.peek(0)?;
    let op = match &*token.text {
        "or" => Operator::Or,
        "and" => Operator::And,
        "=" => Operator::Equal,
        "<" => Operator::Less,
        ">" => Operator::Greater,
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        _ => return None,
    };
    let is_word = c.word(0).is_some();
    let is_sign = c.is_punct(0, &token.text);
    (is_word || is_sign).then_some((op, 1))
}

/// Whether `is`, `in (`, `like`, `between`, or their denial stands here.
fn is_predicate(c: &Cursor<'_>) -> bool {
    let n = usize::from(c.is_word(0, "not"));
    match c.word(n) {
        Some("is") => n == 0,
        Some("in") => c.is_open(n + 1, "("),
        Some("like" | "between") => true,
        _ => false,
    }
}

/// Whether `(select ..` stands here.
pub(super) fn is_select(c: &Cursor<'_>) -> bool {
    c.is_open(0, "(") && c.is_word(1, "select")
}

fn parse_predicate(cx: &mut Diagnostics, c: &mut Cursor<'_>, value: Expr) -> Parsed<ExprKind> {
    let value = Box::new(value);
    if c.eat_word("is") {
        let not = c.eat_word("not");
        if !c.eat_word("null") {
            let report = expected(cx, c, "`null`");
            return Err(report.help("other values are compared with `=`").reported());
        }
        return Ok(ExprKind::IsNull { value, not });
    }
    let not = c.eat_word("not");
    if c.eat_word("in") {
        if is_select(c) {
            let select = Box::new(parse_inner_select(cx, c)?);
            return Ok(ExprKind::InSelect { value, select, not });
        }
        let list = parse_arguments(cx, c, "a value")?;
        return Ok(ExprKind::In { value, list, not });
    }
    if c.eat_word("like") {
        let pattern = Box::new(parse_from(cx, c, COMPARISON + 1)?);
        return Ok(ExprKind::Like { value, pattern, not });
    }
    expect_word(cx, c, "between")?;
    let low = Box::new(parse_from(cx, c, COMPARISON + 1)?);
    expect_word(cx, c, "and")?;
    let high = Box::new(parse_from(cx, c, COMPARISON + 1)?);
    Ok(ExprKind::Between { value, low, high, not })
}

/// `(EXPR, ..)`, at least one.
pub(super) fn parse_arguments(cx: &mut Diagnostics, c: &mut Cursor<'_>, what: &str) -> Parsed<Vec<Expr>> {
    let mut inside = expect_group(cx, c, "(")?;
    let list = comma_list(cx, &mut inside, what, |cx, c| {
        // Entries stand beside each other: a long list is not deep.
        let (depth, operators) = (c.depth, c.operators);
        let expr = parse_expr(cx, c);
        (c.depth, c.operators) = (depth, operators);
        if expr.is_ok() && !c.is_done() && !c.is_punct(0, ",") {
            return Err(parse_mismatch(cx, c));
        }
        expr
    });
    c.operators = inside.operators;
    list
}

/// A number that was written with a sign, as one literal.
pub(super) fn negative(value: Literal) -> Literal {
    match value {
        Literal::Integer(n) => Literal::Integer(-n),
        Literal::Real(digits) if digits != "0.0" => Literal::Real(format!("-{digits}")),
        other => other,
    }
}
