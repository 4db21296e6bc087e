//! Views and triggers: `create`, `drop`, `rename`.

use super::ast::{CreateTrigger, CreateView, Name, StatementKind, ViewBody};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::data::is_end;
use super::name::{parse_name, parse_name_after, parse_names, report_if_exists};
use super::native::{is_native, parse_native};
use super::select::{parse_query, rest};
use crate::diagnostics::{Diagnostics, Reported, code};

/// `view NAME [(COLUMN, ..)] as SELECT`, or `as sql ..`
pub(super) fn parse_view(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    expect_word(cx, c, "view")?;
    report_if_exists(cx, c);
    let name = parse_name(cx, c, "the view's name")?;
    let columns = if c.is_open(0, "(") { parse_names(cx, c)? } else { Vec::new() };
    if !c.eat_word("as") {
        let report = expected(cx, c, "`as`");
        return Err(report.help(format!("write `create view {} as select ..`", name.text)).reported());
    }
    let body = if is_native(c) {
        ViewBody::Sql(parse_native(cx, c)?)
    } else if c.is_word(0, "select") {
        let select = parse_query(cx, c)?;
        if !is_end(c) {
            return Err(rest(cx, c));
        }
        ViewBody::Select(Box::new(select))
    } else {
        return Err(expected(cx, c, "`select` or `sql`").reported());
    };
    Ok(StatementKind::CreateView(CreateView { name, columns, body }))
}

/// `trigger NAME on TABLE sql ..`
pub(super) fn parse_trigger(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    expect_word(cx, c, "trigger")?;
    report_if_exists(cx, c);
    let name = parse_name(cx, c, "the trigger's name")?;
    if !c.is_word(0, "on") {
        return Err(trigger_form(cx, c, "`on`", &name));
    }
    c.bump();
    let table = parse_name(cx, c, "a table's name")?;
    if !c.is_word(0, "sql") {
        return Err(trigger_form(cx, c, "`sql`", &name));
    }
    let sql = parse_native(cx, c)?;
    Ok(StatementKind::CreateTrigger(CreateTrigger { name, table, sql }))
}

/// Reports a trigger that says when it runs outside its text, and takes the text if there is one.
fn trigger_form(cx: &mut Diagnostics, c: &mut Cursor<'_>, what: &str, name: &Name) -> Reported {
    let form =
        format!("create trigger {} on .. sql {{ sqlite \"after insert begin .. end\", .. }}", name.text);
    let reported = expected(cx, c, what).help(format!("the text says when: `{form}`")).reported();
    while !c.is_done() && !c.is_punct(0, ";") && !is_native(c) {
        c.bump_tree();
    }
    if is_native(c) {
        // What is wrong with the text too is said when it stands where it belongs.
        let _ = parse_native(cx, c);
    }
    reported
}

/// `drop view NAME`, `drop trigger NAME`: the cursor stands behind `drop`.
pub(super) fn parse_drop_object(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    let view = c.is_word(0, "view");
    c.bump();
    report_if_exists(cx, c);
    let name = parse_name(cx, c, if view { "the view's name" } else { "the trigger's name" })?;
    if !view && c.is_word(0, "on") && c.is_name(1) {
        let report = cx.error(code::SYNTAX, c.next(2), "a trigger is known by its name alone");
        return Err(report.help("leave `on ..` out").reported());
    }
    Ok(if view { StatementKind::DropView { name } } else { StatementKind::DropTrigger { name } })
}

/// `rename view A to B`: the cursor stands behind `rename`.
pub(super) fn parse_rename_view(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    c.bump();
    let from = parse_name(cx, c, "the view's name")?;
    let to = parse_name_after(cx, c, "to", "the view's name")?;
    Ok(StatementKind::RenameView { from, to })
}
