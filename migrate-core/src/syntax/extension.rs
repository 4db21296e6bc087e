//! Extensions of PostgreSQL: `create extension`, `drop extension`.

use super::ast::StatementKind;
use super::cursor::{Cursor, Parsed};
use super::name::{parse_name, report_if_exists};
use crate::diagnostics::{Diagnostics, code};

/// `extension NAME [schema NAME]`: the cursor stands behind `create`.
pub(super) fn parse_extension(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    c.bump();
    report_if_exists(cx, c);
    let name = parse_name(cx, c, "the extension's name")?;
    if c.is_words(&["with", "schema"]) {
        cx.error(code::SYNTAX, c.here(), "`with` says nothing here").help("leave it out");
        c.bump();
    }
    let schema = match c.eat_word("schema") {
        true => Some(parse_name(cx, c, "a schema's name")?),
        false => None,
    };
    if c.is_word(0, "cascade") || c.is_word(0, "version") {
        let report = cx.error(code::SYNTAX, c.here(), format!("{} cannot stand here", c.found()));
        let help = match c.is_word(0, "cascade") {
            true => "create the extensions that it needs before it",
            false => "leave it out: the server has the version that it is to install",
        };
        return Err(report.help(help).reported());
    }
    Ok(StatementKind::CreateExtension { name, schema })
}

/// `extension NAME`: the cursor stands behind `drop`.
pub(super) fn parse_drop_extension(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    c.bump();
    report_if_exists(cx, c);
    let name = parse_name(cx, c, "the extension's name")?;
    if c.is_word(0, "cascade") {
        let report = cx.error(code::SYNTAX, c.here(), "an extension is not dropped with what needs it");
        return Err(report.help("drop what needs it before, and leave `cascade` out").reported());
    }
    Ok(StatementKind::DropExtension { name })
}
