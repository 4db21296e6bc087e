//! Operands of expressions: columns, literals, calls, `case`, `cast`, parentheses, `sql`.

use super::ast::{Expr, ExprKind, Literal, Name};
use super::cursor::{Cursor, Parsed, expect_group, expect_word, expected};
use super::data_type::parse_type;
use super::expr::{finish_group, is_select, negative, parse_arguments, parse_expr, parse_parenthesized};
use super::literal::{Value, parse_literal};
use super::name::parse_name;
use super::native::{is_native, parse_native};
use super::select::parse_inner_select;
use crate::diagnostics::{Diagnostics, code};
use crate::source::Kind;

/// Words that are never a column in an expression unless written as `r#word`.
pub(crate) const RESERVED: [&str; 15] = [
    "and", "or", "not", "is", "like", "between", "case", "when", "then", "else", "end", "null", "true",
    "false", "now",
];

/// One operand.
pub(super) fn parse_operand(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = c.at();
    let kind = match c.peek(0) {
        Some(t) if t.kind == Kind::Literal => ExprKind::Literal(literal(parse_literal(cx, c, "a value")?)),
        Some(t) if matches!(t.kind, Kind::Word { raw: true }) => parse_column(cx, c)?,
        Some(t) if matches!(t.kind, Kind::Word { .. }) => parse_word(cx, c)?,
        _ if c.is_open(0, "(") => return parse_inner(cx, c, start),
        _ => return Err(expected(cx, c, "a value").reported()),
    };
    Ok(Expr { kind, loc: c.since(start) })
}

/// `(EXPR)`: the expression, with the place of its parentheses.
fn parse_inner(cx: &mut Diagnostics, c: &mut Cursor<'_>, start: usize) -> Parsed<Expr> {
    if is_select(c) {
        let kind = ExprKind::Subquery(Box::new(parse_inner_select(cx, c)?));
        return Ok(Expr { kind, loc: c.since(start) });
    }
    let mut expr = parse_parenthesized(cx, c)?;
    expr.loc = c.since(start);
    Ok(expr)
}

/// What a word begins.
fn parse_word(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    if is_native(c) {
        return Ok(ExprKind::Sql(parse_native(cx, c)?));
    }
    let word = c.word(0).unwrap_or_default();
    let call = c.is_open(1, "(");
    match word {
        "null" => Ok(taken(c, ExprKind::Literal(Literal::Null))),
        "true" => Ok(taken(c, ExprKind::Literal(Literal::Boolean(true)))),
        "false" => Ok(taken(c, ExprKind::Literal(Literal::Boolean(false)))),
        "now" if call => {
            Err(cx.error(code::SYNTAX, c.here(), "`now` has no parentheses").help("write `now`").reported())
        }
        "now" => Ok(taken(c, ExprKind::Now)),
        "case" => parse_case(cx, c),
        "cast" if call => parse_cast(cx, c),
        "column" if c.is_literal(1) => parse_column(cx, c),
        "exists" if call => {
            c.bump();
            Ok(ExprKind::Exists(Box::new(parse_inner_select(cx, c)?)))
        }
        _ if RESERVED.contains(&word) => {
            let report = expected(cx, c, "a value");
            Err(report.help(format!("a column of that name is written `r#{word}`")).reported())
        }
        _ if call => parse_call(cx, c),
        _ => parse_column(cx, c),
    }
}

fn taken(c: &mut Cursor<'_>, kind: ExprKind) -> ExprKind {
    c.bump();
    kind
}

/// `name`, `table.name`, `column "order-items"`, `column "order-items"."item-no"`
fn parse_column(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    if c.is_word(0, "column") && c.is_literal(1) {
        c.bump();
    }
    let first = parse_name(cx, c, "a column's name")?;
    if !c.eat_punct(".") {
        return Ok(ExprKind::Column { table: None, name: first });
    }
    let name = parse_name(cx, c, "a column's name")?;
    Ok(ExprKind::Column { table: Some(first), name })
}

/// `function(a, ..)`
fn parse_call(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    let function: Name = parse_name(cx, c, "a function's name")?;
    let mut inside = c.clone();
    inside.bump();
    let mut after = c.clone();
    after.bump_tree();
    if after.at() == inside.at() + 1 {
        *c = after;
        return Ok(ExprKind::Call { function, arguments: Vec::new() });
    }
    if let Some(distinct) = is_aggregate(&inside) {
        let mut inside = expect_group(cx, c, "(")?;
        inside.bump();
        let argument = match distinct {
            true => Some(Box::new(parse_expr(cx, &mut inside)?)),
            false => None,
        };
        return finish_group(cx, c, &inside, Ok(ExprKind::Aggregate { function, argument }));
    }
    let arguments = parse_arguments(cx, c, "a value")?;
    Ok(ExprKind::Call { function, arguments })
}

/// Words that go on with an expression, so that what stands before them is one.
const NOT_VALUES: [&str; 7] = ["is", "in", "like", "not", "between", "and", "or"];

/// Whether `*` or `distinct x` stands in a function's parentheses; tells whether it is `distinct`. A column may have that
/// name too.
fn is_aggregate(inside: &Cursor<'_>) -> Option<bool> {
    if inside.is_punct(0, "*") {
        return Some(false);
    }
    let value = inside.is_name(1) && !inside.word(1).is_some_and(|w| NOT_VALUES.contains(&w));
    (inside.is_word(0, "distinct") && (value || inside.is_open(1, "("))).then_some(true)
}

/// `cast(x as TYPE)`
fn parse_cast(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    c.bump();
    let mut inside = expect_group(cx, c, "(")?;
    let value = parse_expr(cx, &mut inside)?;
    expect_word(cx, &mut inside, "as")?;
    let ty = parse_type(cx, &mut inside);
    let ty = finish_group(cx, c, &inside, ty)?;
    Ok(ExprKind::Cast { value: Box::new(value), ty })
}

/// `case when c then v .. [else e] end`
fn parse_case(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    c.bump();
    let mut arms = Vec::new();
    if !c.is_word(0, "when") {
        let report = expected(cx, c, "`when`");
        return Err(report.help("write `case when x = .. then ..`").reported());
    }
    while c.eat_word("when") {
        let condition = parse_expr(cx, c)?;
        expect_word(cx, c, "then")?;
        arms.push((condition, parse_expr(cx, c)?));
    }
    let otherwise = if c.eat_word("else") { Some(Box::new(parse_expr(cx, c)?)) } else { None };
    expect_word(cx, c, "end")?;
    Ok(ExprKind::Case { arms, otherwise })
}

/// A literal without a sign as a value of the tree.
pub(super) fn literal(value: Value) -> Literal {
    match value {
        Value::Text(text) => Literal::Text(text),
        Value::Bytes(bytes) => Literal::Bytes(bytes),
        // `decode` refuses what does not fit.
        Value::Integer(n) => Literal::Integer(i128::try_from(n).unwrap_or(i128::MAX)),
        Value::Real(digits) => Literal::Real(digits),
    }
}

/// `-5`, `-0.5`: the sign belongs to the literal.
pub(super) fn parse_signed_number(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Literal> {
    let minus = c.eat_punct("-");
    let place = c.clone();
    match parse_literal(cx, c, "a number")? {
        value @ (Value::Integer(_) | Value::Real(_)) if minus => Ok(negative(literal(value))),
        value @ (Value::Integer(_) | Value::Real(_)) => Ok(literal(value)),
        _ => Err(expected(cx, &place, "a number").reported()),
    }
}
