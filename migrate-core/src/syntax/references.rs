//! What a foreign key refers to, and what happens when that goes.

use super::ast::{Action, References};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::name::{parse_name, parse_names};
use crate::diagnostics::{Diagnostics, code, similar::similar};
use crate::source::Loc;

/// `on delete A`, `on update A`, `deferrable`, each at most once, in any order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clauses {
    pub(super) on_delete: Option<Action>,
    pub(super) on_update: Option<Action>,
    pub(super) deferrable: bool,
}

/// `references T (C, ..) [on delete A] [on update A] [deferrable]`
pub(super) fn parse_references(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<References> {
    let start = c.at();
    expect_word(cx, c, "references")?;
    let table = parse_name(cx, c, "a table's name")?;
    if !c.is_open(0, "(") {
        let report = expected(cx, c, "`(` with the columns referred to");
        return Err(report.reported());
    }
    let columns = parse_names(cx, c)?;
    let clauses = parse_clauses(cx, c)?;
    Ok(References {
        table,
        columns,
        on_delete: clauses.on_delete,
        on_update: clauses.on_update,
        deferrable: clauses.deferrable,
        loc: c.since(start),
    })
}

/// The clauses that stand here.
pub(super) fn parse_clauses(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Clauses> {
    let mut clauses = Clauses::default();
    loop {
        let start = c.at();
        let twice = if c.eat_word("on") {
            parse_on(cx, c, &mut clauses)?
        } else if c.eat_word("deferrable") {
            parse_deferrable(cx, c, start)?;
            std::mem::replace(&mut clauses.deferrable, true)
        } else {
            return Ok(clauses);
        };
        if twice {
            report_twice(cx, c.since(start));
        }
    }
}

/// `delete A`, `update A`; whether that clause stood before.
fn parse_on(cx: &mut Diagnostics, c: &mut Cursor<'_>, clauses: &mut Clauses) -> Parsed<bool> {
    if c.eat_word("delete") {
        let action = parse_action(cx, c)?;
        return Ok(clauses.on_delete.replace(action).is_some());
    }
    if c.eat_word("update") {
        let action = parse_action(cx, c)?;
        return Ok(clauses.on_update.replace(action).is_some());
    }
    Err(expected(cx, c, "`delete` or `update`").reported())
}

fn report_twice(cx: &mut Diagnostics, loc: Loc) {
    cx.error(code::DUPLICATE_MODIFIER, loc, "this clause stands behind `references` twice");
}

/// What SQL writes behind `deferrable` goes without saying here.
fn parse_deferrable(cx: &mut Diagnostics, c: &mut Cursor<'_>, start: usize) -> Parsed<()> {
    if c.eat_words(&["initially", "deferred"]) || !c.is_word(0, "initially") {
        return Ok(());
    }
    let message = "`deferrable` is initially deferred";
    let report = cx.error(code::SYNTAX, c.since(start), message);
    Err(report.help("write `deferrable` alone").reported())
}

fn parse_action(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Action> {
    let actions: [(&[&str], Action); 5] = [
        (&["no", "action"], Action::NoAction),
        (&["restrict"], Action::Restrict),
        (&["cascade"], Action::Cascade),
        (&["set", "null"], Action::SetNull),
        (&["set", "default"], Action::SetDefault),
    ];
    for (words, action) in actions {
        if c.eat_words(words) {
            return Ok(action);
        }
    }
    let near =
        c.word(0).and_then(|w| similar(w, ["cascade", "restrict", "set null", "set default", "no action"]));
    let report = expected(cx, c, "`cascade`, `restrict`, `set null`, `set default`, or `no action`");
    Err(match near {
        Some(near) => report.help(format!("write `{near}`")).reported(),
        None => report.reported(),
    })
}
