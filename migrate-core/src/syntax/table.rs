//! `create table`: the name, and the items in the braces.

use super::ast::{CreateTable, TableItem};
use super::column::parse_column;
use super::constraint::{is_constraint, parse_constraint};
use super::cursor::{Cursor, Parsed, expected, skip_to_comma};
use super::index::parse_index_item;
use super::name::{parse_doc_comment, parse_name, report_if_exists, warn_unused};
use crate::diagnostics::{Diagnostics, code};

/// What follows `create table`.
pub(super) fn parse_table(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    comment: Option<String>,
) -> Parsed<CreateTable> {
    report_if_exists(cx, c);
    let name = parse_name(cx, c, "a table's name")?;
    let words = c.next(2);
    let without_rowid = c.eat_words(&["without", "rowid"]).then_some(words);
    let inside = match c.eat_group("{") {
        Some(inside) => inside,
        None => parse_wrong_delimiter(cx, c)?,
    };
    let close = c.before();
    Ok(CreateTable { name, comment, without_rowid, items: parse_items(cx, inside), close })
}

/// Columns in parentheses, as SQL has them: reported and read.
fn parse_wrong_delimiter<'t>(cx: &mut Diagnostics, c: &mut Cursor<'t>) -> Parsed<Cursor<'t>> {
    let loc = c.here();
    match c.eat_group("(") {
        Some(inside) => {
            let report = cx.error(code::SYNTAX, loc, "expected `{`, found `(`");
            report.help("columns stand in braces, with `:` between name and type");
            Ok(inside)
        }
        None => Err(expected(cx, c, "`{`").reported()),
    }
}

fn parse_items(cx: &mut Diagnostics, mut c: Cursor<'_>) -> Vec<TableItem> {
    let mut items = Vec::new();
    while !c.is_done() {
        let start = c.at();
        match parse_item(cx, &mut c) {
            Ok(Some(item)) => {
                items.push(item);
                end_item(cx, &mut c);
            }
            Ok(None) => {}
            Err(_) => skip_to_comma(&mut c),
        }
        if c.at() == start {
            c.bump();
        }
    }
    items
}

/// The comma behind an item. Where it is missing and a new line begins, the next item is read all the same.
fn end_item(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    if c.is_done() || c.eat_punct(",") {
        return;
    }
    if c.is_punct(0, ";") {
        let report = cx.error(code::SYNTAX, c.here(), "expected `,`, found `;`");
        report.help("columns end in `,`");
        c.bump();
        return;
    }
    if c.is_line_start() && (c.is_name(0) || c.is_doc_comment()) {
        cx.error(code::SYNTAX, c.before(), "expected `,` behind this");
        return;
    }
    expected(cx, c, "`,`");
    skip_to_comma(c);
}

/// One item; `None` if only a doc comment was left.
fn parse_item(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<TableItem>> {
    let start = c.at();
    let comment = parse_doc_comment(cx, c);
    if c.is_done() {
        if comment.is_some() {
            warn_unused(cx, c, start);
        }
        return Ok(None);
    }
    let is_column = c.is_punct(1, ":");
    let is_index = !is_column && (c.is_word(0, "index") || c.is_words(&["unique", "index"]));
    let is_constraint = !is_column && is_constraint(c);
    if comment.is_some() && (is_index || is_constraint) {
        warn_unused(cx, c, start);
    }
    let item = if is_index {
        TableItem::Index(parse_index_item(cx, c)?)
    } else if is_constraint {
        TableItem::Constraint(parse_constraint(cx, c)?)
    } else if c.is_name(0) {
        TableItem::Column(parse_column(cx, c, comment)?)
    } else {
        return Err(expected(cx, c, "a column, a constraint, or an index").reported());
    };
    Ok(Some(item))
}
