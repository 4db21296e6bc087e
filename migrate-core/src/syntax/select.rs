//! `select`: what comes out, from which tables, and which rows.

use super::ast::{Expr, Join, Limit, Name, OrderKey, Select, SelectItem, Source};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::expr::{parse_expr, parse_mismatch};
use super::literal::{Value, parse_literal};
use super::name::parse_name;
use crate::diagnostics::{Diagnostics, code};

/// Words that go on with a `select`, so that no table is called so without `as`.
const CLAUSES: [&str; 20] = [
    "where",
    "join",
    "left",
    "inner",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "except",
    "intersect",
    "as",
    "using",
    "set",
];

/// `select ..` that is no part of an expression.
pub(super) fn parse_query(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Select> {
    c.depth = 0;
    c.operators = 0;
    parse_select(cx, c)
}

/// `(select ..)`: the cursor stands at the parenthesis.
pub(super) fn parse_inner_select(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Select> {
    let Some(mut inside) = c.eat_group("(") else {
        return Err(expected(cx, c, "`(` with a `select`").reported());
    };
    if !inside.is_word(0, "select") {
        return Err(expected(cx, &inside, "`select`").reported());
    }
    inside.enter(cx)?;
    let select = parse_select(cx, &mut inside);
    c.operators = inside.operators;
    let select = select?;
    if inside.is_done() {
        return Ok(select);
    }
    Err(rest(cx, &inside))
}

/// Reports what stands behind a `select` and goes on with none.
pub(super) fn rest(cx: &mut Diagnostics, c: &Cursor<'_>) -> crate::diagnostics::Reported {
    let (words, help) = match c.word(0) {
        Some(word @ ("union" | "except" | "intersect")) => {
            let message = format!("`{word}` is not supported");
            let report = cx.error(code::NOT_SUPPORTED, c.here(), message);
            return report.help("write several statements, or `sql`").reported();
        }
        Some("right" | "full" | "cross" | "natural") => ("`join` or `left join`", None),
        Some("using") => ("`on`", Some("write `on a.x = b.x`")),
        Some("nulls") => {
            let report = expected(cx, c, "the end of the `select`");
            return report.help("nulls come first, and last with `desc`, in both databases").reported();
        }
        _ if c.is_punct(0, ",") => ("`join` or `left join`", Some("write `join .. on ..`")),
        _ => return parse_mismatch(cx, c),
    };
    let report = expected(cx, c, words);
    match help {
        Some(help) => report.help(help).reported(),
        None => report.reported(),
    }
}

fn parse_select(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Select> {
    let start = c.at();
    expect_word(cx, c, "select")?;
    let distinct =
        c.is_word(0, "distinct") && !c.is_punct(1, ",") && !c.is_punct(1, ".") && !c.is_word(1, "from");
    if distinct {
        c.bump();
    }
    let mut select = Select {
        distinct,
        items: parse_list(cx, c, parse_item)?,
        sources: parse_sources(cx, c)?,
        condition: None,
        group_by: Vec::new(),
        having: None,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        loc: c.since(start),
    };
    if c.eat_word("where") {
        select.condition = Some(parse_expr(cx, c)?);
    }
    if c.eat_words(&["group", "by"]) {
        select.group_by = parse_list(cx, c, parse_expr)?;
    }
    if c.eat_word("having") {
        select.having = Some(parse_expr(cx, c)?);
    }
    if c.eat_words(&["order", "by"]) {
        select.order_by = parse_list(cx, c, parse_key)?;
    }
    if c.eat_word("limit") {
        select.limit = Some(parse_limit(cx, c)?);
        if c.eat_word("offset") {
            select.offset = Some(parse_limit(cx, c)?);
        }
    }
    select.loc = c.since(start);
    Ok(select)
}

/// `X, ..`, at least one. Entries stand beside each other: a long list is not deep.
fn parse_list<'t, T>(
    cx: &mut Diagnostics,
    c: &mut Cursor<'t>,
    entry: fn(&mut Diagnostics, &mut Cursor<'t>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut list = Vec::new();
    loop {
        let (depth, operators) = (c.depth, c.operators);
        list.push(entry(cx, c)?);
        (c.depth, c.operators) = (depth, operators);
        if !c.eat_punct(",") {
            return Ok(list);
        }
    }
}

fn parse_item(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<SelectItem> {
    if c.is_punct(0, "*") {
        let report = cx.error(code::SYNTAX, c.here(), "a `select` names its columns");
        let report = report.help("write the columns in the place of `*`");
        return Err(report.note("what `*` means would change with the table").reported());
    }
    let expr = parse_expr(cx, c)?;
    let alias = if c.eat_word("as") { Some(parse_name(cx, c, "a name")?) } else { None };
    Ok(SelectItem { expr, alias })
}

fn parse_key(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<OrderKey> {
    let expr = parse_expr(cx, c)?;
    let descending = c.eat_word("desc");
    if c.is_word(0, "asc") {
        let report = cx.error(code::SYNTAX, c.here(), "a key is ascending unless it says `desc`");
        return Err(report.help("leave `asc` out").reported());
    }
    Ok(OrderKey { expr, descending })
}

/// `from T [as A] [left] join U [as B] on EXPR ..`
fn parse_sources(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Vec<Source>> {
    let mut sources = Vec::new();
    if !c.eat_word("from") {
        return Ok(sources);
    }
    let (name, alias) = parse_table(cx, c)?;
    sources.push(Source { name, alias, join: None });
    while let Some(left) = eat_join(c) {
        let (name, alias) = parse_table(cx, c)?;
        if !c.eat_word("on") {
            let report = expected(cx, c, "`on`");
            return Err(report
                .help("a join says which rows go together: `join b on b.id = a.b_id`")
                .reported());
        }
        let on: Expr = parse_expr(cx, c)?;
        sources.push(Source { name, alias, join: Some(Join { left, on }) });
    }
    Ok(sources)
}

/// Takes `join`, `inner join`, `left join`, `left outer join`; tells whether it is a left one.
fn eat_join(c: &mut Cursor<'_>) -> Option<bool> {
    if c.eat_word("join") || c.eat_words(&["inner", "join"]) {
        return Some(false);
    }
    (c.eat_words(&["left", "join"]) || c.eat_words(&["left", "outer", "join"])).then_some(true)
}

fn parse_table(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(Name, Option<Name>)> {
    if c.is_open(0, "(") {
        let report = cx.error(code::NOT_SUPPORTED, c.here(), "a `select` behind `from` is not supported");
        return Err(report.help("write the statement as `sql`").reported());
    }
    let name = parse_name(cx, c, "a table's name")?;
    if c.eat_word("as") {
        return Ok((name, Some(parse_name(cx, c, "a name for the table")?)));
    }
    let bare = c.is_word_like(0) && c.word(0).is_none_or(|w| !CLAUSES.contains(&w));
    Ok((name, if bare { Some(parse_name(cx, c, "a name for the table")?) } else { None }))
}

pub(super) fn parse_limit(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Limit> {
    let place = c.clone();
    let number = match place.is_literal(0) {
        true => parse_literal(cx, c, "a number of rows")?,
        false => Value::Text(String::new()),
    };
    match number {
        Value::Integer(n) if i64::try_from(n).is_ok() => Ok(Limit { rows: n as u64, loc: place.here() }),
        _ => Err(expected(cx, &place, "a number of rows").reported()),
    }
}
