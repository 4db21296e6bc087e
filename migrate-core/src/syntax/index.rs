//! Indexes, as an item of a table and as a statement.

use super::ast::{Index, IndexKey, Name};
use super::cursor::{Cursor, Parsed, comma_list, expect_group, expect_word, expected};
use super::expr::{parse_expression, parse_mismatch};
use super::name::{parse_name, report_if_exists};
use crate::diagnostics::{Diagnostics, code};

/// `[unique] index NAME (KEY, ..) [where EXPR]`
pub(super) fn parse_index_item(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Index> {
    let start = c.at();
    let unique = c.eat_word("unique");
    expect_word(cx, c, "index")?;
    if c.is_open(0, "(") {
        let report = expected(cx, c, "the index's name");
        return Err(report.help("an index is `index name (column, ..)`").reported());
    }
    let name = parse_name(cx, c, "the index's name")?;
    if c.is_word(0, "on") {
        let report = expected(cx, c, "`(`");
        return Err(report.help("the index is on this table: leave `on ..` out").reported());
    }
    parse_rest(cx, c, start, name, unique)
}

/// `[unique] index NAME on TABLE (KEY, ..) [where EXPR]`, whose first word `create` was token `start`.
pub(super) fn parse_index(cx: &mut Diagnostics, c: &mut Cursor<'_>, start: usize) -> Parsed<(Name, Index)> {
    let unique = c.eat_word("unique");
    expect_word(cx, c, "index")?;
    if c.is_word(0, "concurrently") && !c.is_word(1, "on") {
        report_concurrently(cx, c);
    }
    report_if_exists(cx, c);
    if c.is_word(0, "on") && !c.is_word(1, "on") {
        return Err(expected(cx, c, "the index's name").reported());
    }
    let name = parse_name(cx, c, "the index's name")?;
    expect_word(cx, c, "on")?;
    let table = parse_name(cx, c, "a table's name")?;
    let index = parse_rest(cx, c, start, name, unique)?;
    Ok((table, index))
}

/// Takes the word `concurrently` with an error.
pub(super) fn report_concurrently(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    let message = "`concurrently` is not supported yet";
    cx.error(code::NOT_SUPPORTED, c.here(), message);
    c.bump();
}

fn parse_rest(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    start: usize,
    name: Name,
    unique: bool,
) -> Parsed<Index> {
    skip_method(cx, c);
    let mut inside = expect_group(cx, c, "(")?;
    let keys = comma_list(cx, &mut inside, "a column", parse_key)?;
    let mut condition = None;
    loop {
        if c.is_word(0, "where") && condition.is_none() {
            c.bump();
            condition = Some(parse_expression(cx, c)?);
        } else if c.is_word(0, "using") {
            skip_method(cx, c);
        } else if c.is_word(0, "concurrently") {
            report_concurrently(cx, c);
        } else {
            break;
        }
    }
    Ok(Index { name, unique, keys, condition, loc: c.since(start) })
}

/// Takes `using METHOD` with an error.
fn skip_method(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    if !c.is_word(0, "using") {
        return;
    }
    let message = "`using` on an index is not supported yet";
    cx.error(code::NOT_SUPPORTED, c.here(), message);
    c.bump();
    if c.is_name(0) {
        c.bump();
    }
}

fn parse_key(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<IndexKey> {
    let expr = parse_expression(cx, c)?;
    let descending = c.eat_word("desc");
    if c.is_word(0, "asc") {
        let message = "a key is ascending unless it says `desc`";
        let report = cx.error(code::SYNTAX, c.here(), message);
        return Err(report.help("leave `asc` out").reported());
    }
    if !descending && !c.is_done() && !c.is_punct(0, ",") {
        return Err(parse_mismatch(cx, c));
    }
    Ok(IndexKey { expr, descending })
}
