//! The statements that move rows: `insert`, `update`, `delete`.

use super::ast::{Batches, Delete, Expr, Insert, Name, Row, Rows, Update};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::expr::{parse_arguments, parse_expression, parse_mismatch};
use super::name::{parse_name, parse_names};
use super::select::{parse_limit, parse_query, rest};
use crate::diagnostics::{Diagnostics, Reported, code};

/// `insert into TABLE (COLUMN, ..) values (..), .. | select .. [on conflict do nothing]`
pub(super) fn parse_insert(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Insert> {
    expect_word(cx, c, "insert")?;
    if c.is_words(&["or", "ignore"]) {
        let report = cx.error(code::SYNTAX, c.next(2), "`or ignore` is SQLite's alone");
        return Err(report.help("write `on conflict do nothing` at the end").reported());
    }
    expect_word(cx, c, "into")?;
    let table = parse_name(cx, c, "a table's name")?;
    if !c.is_open(0, "(") {
        let report = expected(cx, c, "`(` with the columns");
        return Err(report.help(format!("write `insert into {} (..) ..`", table.text)).reported());
    }
    let columns = parse_names(cx, c)?;
    let rows = match c.word(0) {
        Some("values") => parse_values(cx, c)?,
        Some("select") => Rows::Select(Box::new(parse_query(cx, c)?)),
        _ => return Err(expected(cx, c, "`values` or `select`").reported()),
    };
    let or_nothing = parse_conflict(cx, c)?;
    if c.is_word(0, "returning") {
        return Err(returning(cx, c));
    }
    if let (Rows::Select(_), false) = (&rows, is_end(c)) {
        return Err(rest(cx, c));
    }
    Ok(Insert { table, columns, rows, or_nothing })
}

/// `values (..), ..`
fn parse_values(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Rows> {
    c.bump();
    let mut rows = Vec::new();
    loop {
        let start = c.at();
        if !c.is_open(0, "(") {
            return Err(expected(cx, c, "`(` with the values of a row").reported());
        }
        c.depth = 0;
        c.operators = 0;
        let values = parse_arguments(cx, c, "a value")?;
        rows.push(Row { values, loc: c.since(start) });
        if !c.eat_punct(",") {
            return Ok(Rows::Values(rows));
        }
    }
}

/// `on conflict do nothing`
fn parse_conflict(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<bool> {
    if !c.is_words(&["on", "conflict"]) {
        return Ok(false);
    }
    if c.eat_words(&["on", "conflict", "do", "nothing"]) {
        return Ok(true);
    }
    c.bump_by(2);
    let report = expected(cx, c, "`do nothing`");
    Err(report.help("only `on conflict do nothing` has one meaning here; write others as `sql`").reported())
}

/// `update TABLE set COLUMN = EXPR, .. [where EXPR] [in batches of N]`
pub(super) fn parse_update(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Update> {
    expect_word(cx, c, "update")?;
    let table = parse_name(cx, c, "a table's name")?;
    expect_word(cx, c, "set")?;
    let mut set = Vec::new();
    loop {
        set.push(parse_assignment(cx, c)?);
        if !c.eat_punct(",") {
            break;
        }
    }
    let condition = parse_where(cx, c)?;
    let batches = parse_batches(cx, c)?;
    finish(cx, c, "from")?;
    Ok(Update { table, set, condition, batches })
}

/// `in batches of N`
fn parse_batches(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<Batches>> {
    let start = c.at();
    if !c.eat_words(&["in", "batches"]) {
        return Ok(None);
    }
    if !c.eat_word("of") {
        let report = expected(cx, c, "`of`");
        return Err(report.help("write `in batches of 10_000`").reported());
    }
    let limit = parse_limit(cx, c)?;
    if limit.rows == 0 {
        return Err(cx.error(code::SYNTAX, limit.loc, "a batch has at least one row").reported());
    }
    let loc = c.since(start);
    if c.is_word(0, "where") {
        return Err(expected(cx, c, "`;`").help("write `where ..` before `in batches of`").reported());
    }
    Ok(Some(Batches { rows: limit.rows, loc }))
}

fn parse_assignment(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(Name, Expr)> {
    let column = parse_name(cx, c, "a column's name")?;
    if !c.is_punct(0, "=") || c.is_pair("=", "=") {
        let report = expected(cx, c, "`=`");
        return Err(match c.is_punct(0, ".") {
            true => report.help("the column is named without its table").reported(),
            false => report.reported(),
        });
    }
    c.bump();
    Ok((column, parse_expression(cx, c)?))
}

/// `delete from TABLE [where EXPR]`
pub(super) fn parse_delete(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Delete> {
    expect_word(cx, c, "delete")?;
    expect_word(cx, c, "from")?;
    let table = parse_name(cx, c, "a table's name")?;
    let condition = parse_where(cx, c)?;
    if c.is_words(&["in", "batches"]) {
        let message = "only an `update` is done in batches";
        let report = cx.error(code::SYNTAX, c.next(2), message);
        return Err(report
            .help("leave it out, or delete in batches in a function: `call .. outside transaction`")
            .reported());
    }
    finish(cx, c, "using")?;
    Ok(Delete { table, condition })
}

fn parse_where(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<Expr>> {
    if c.eat_word("where") { parse_expression(cx, c).map(Some) } else { Ok(None) }
}

/// What cannot stand at the end of a statement that changes rows. `joined` is the word with which PostgreSQL brings in
/// another table.
fn finish(cx: &mut Diagnostics, c: &mut Cursor<'_>, joined: &str) -> Parsed<()> {
    if c.is_word(0, "returning") {
        return Err(returning(cx, c));
    }
    if c.is_word(0, joined) {
        let message = format!("`{joined}` has no one meaning in SQLite and PostgreSQL here");
        let report = cx.error(code::NOT_SUPPORTED, c.here(), message);
        return Err(report
            .help("use a subquery: `(select ..)`, `in (select ..)`, `exists (select ..)`")
            .reported());
    }
    if is_end(c) { Ok(()) } else { Err(parse_mismatch(cx, c)) }
}

fn returning(cx: &mut Diagnostics, c: &Cursor<'_>) -> Reported {
    let report = cx.error(code::SYNTAX, c.here(), "nobody reads what a migration returns");
    report.help("leave out `returning`").reported()
}

/// Whether the statement ends here, or its `;` is missing at the end of a line, which is reported where statements end.
pub(super) fn is_end(c: &Cursor<'_>) -> bool {
    c.is_done() || c.is_punct(0, ";") || c.is_line_start() || super::statement::is_statement(c)
}
