//! Constraints of a table: `primary key`, `[NAME] unique`, `[NAME] check`, `[NAME] foreign key`.

use super::ast::{Constraint, ConstraintKind, Name};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::expr::parse_condition;
use super::name::{parse_name, parse_names};
use super::references::parse_references;
use crate::diagnostics::{Diagnostics, code};

/// Whether a constraint begins here, with or without its name.
pub(super) fn is_constraint(c: &Cursor<'_>) -> bool {
    is_kind(c, 0)
        || (c.is_word(0, "constraint") && c.is_name(1) && is_kind(c, 2))
        || (c.is_name(0) && is_kind(c, 1) && !c.is_punct(1, ":"))
}

/// Whether the words that say what a constraint demands stand `n` tokens ahead.
fn is_kind(c: &Cursor<'_>, n: usize) -> bool {
    match c.word(n) {
        Some("unique" | "check") => c.is_open(n + 1, "(") || n == 0,
        Some("primary" | "foreign") => c.is_word(n + 1, "key") || n == 0,
        _ => false,
    }
}

/// A constraint.
pub(super) fn parse_constraint(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Constraint> {
    if c.is_word(0, "constraint") && c.is_name(1) && is_kind(c, 2) {
        let message = "a constraint begins with its name";
        let report = cx.error(code::SYNTAX, c.here(), message);
        report.help("leave `constraint` out");
        c.bump();
    }
    let start = c.at();
    let name = if is_kind(c, 0) { None } else { Some(parse_name(cx, c, "a constraint's name")?) };
    let kind = parse_kind(cx, c, name.as_ref())?;
    let words = c.next(3);
    let nulls = matches!(kind, ConstraintKind::Unique(_)) && c.eat_words(&["nulls", "not", "distinct"]);
    let nulls_not_distinct = nulls.then_some(words);
    Ok(Constraint { name, kind, nulls_not_distinct, not_valid: None, loc: c.since(start) })
}

fn parse_kind(cx: &mut Diagnostics, c: &mut Cursor<'_>, name: Option<&Name>) -> Parsed<ConstraintKind> {
    match c.word(0) {
        Some("primary") => {
            c.bump();
            expect_word(cx, c, "key")?;
            if let Some(name) = name {
                let message = "a primary key has no name of its own";
                cx.error(code::SYNTAX, name.loc, message);
            }
            Ok(ConstraintKind::PrimaryKey(parse_names(cx, c)?))
        }
        Some("unique") => {
            c.bump();
            Ok(ConstraintKind::Unique(parse_names(cx, c)?))
        }
        Some("check") => {
            c.bump();
            Ok(ConstraintKind::Check(parse_condition(cx, c)?))
        }
        Some("foreign") => {
            c.bump();
            expect_word(cx, c, "key")?;
            let columns = parse_names(cx, c)?;
            Ok(ConstraintKind::ForeignKey { columns, references: parse_references(cx, c)? })
        }
        _ => Err(expected(cx, c, "`unique`, `check`, or `foreign key`").reported()),
    }
}
