//! `alter table`: one alteration, or several in braces.

use super::ast::{AlterTable, Alteration, AlterationKind, ColumnChange, ColumnChangeKind, Name};
use super::column::{parse_column, parse_default};
use super::constraint::{is_constraint, parse_constraint};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::data_type::parse_type;
use super::expr::parse_expression;
use super::literal::parse_text;
use super::name::{
    is_allow, parse_allow, parse_doc_comment, parse_name, parse_name_after, parse_names, report_if_exists,
    warn_unused,
};
use super::references::parse_clauses;
use super::statement::end_with_semicolon;
use crate::diagnostics::{Diagnostics, Reported, code, similar::similar};
use crate::source::Loc;

/// What follows `alter table`, without the `;` of the short form.
pub(super) fn parse_alter(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<AlterTable> {
    report_if_exists(cx, c);
    let table = parse_name(cx, c, "a table's name")?;
    let recreate = c.is_word(0, "recreate").then(|| c.here());
    if recreate.is_some() {
        c.bump();
    }
    let alterations = match c.eat_group("{") {
        Some(inside) => parse_alterations(cx, inside, c.before())?,
        None => vec![parse_one(cx, c)?],
    };
    Ok(AlterTable { table, recreate, alterations })
}

/// The alterations in braces that end at `close`.
fn parse_alterations(cx: &mut Diagnostics, mut c: Cursor<'_>, close: Loc) -> Parsed<Vec<Alteration>> {
    if c.is_done() {
        let message = "no alteration stands in these braces";
        return Err(cx.error(code::SYNTAX, close, message).reported());
    }
    let mut alterations = Vec::new();
    while !c.is_done() {
        let start = c.at();
        match parse_one(cx, &mut c) {
            Ok(alteration) => {
                alterations.push(alteration);
                if end_with_semicolon(cx, &mut c, is_alteration).is_err() {
                    skip_alteration(&mut c);
                }
            }
            Err(_) => skip_alteration(&mut c),
        }
        if c.at() == start {
            c.bump();
        }
    }
    Ok(alterations)
}

/// Skips behind the next `;`, or to the first word of an alteration on a new line.
fn skip_alteration(c: &mut Cursor<'_>) {
    while !c.is_done() && !c.eat_punct(";") {
        c.bump_tree();
        if c.is_line_start() && is_alteration(c) {
            return;
        }
    }
}

fn is_alteration(c: &Cursor<'_>) -> bool {
    is_allow(c)
        || matches!((c.word(0), c.word(1)), (Some("add" | "drop" | "rename" | "alter" | "validate"), Some(_)))
}

fn parse_one(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Alteration> {
    let mut allow = parse_allow(cx, c)?;
    let comment_start = c.at();
    let comment = parse_doc_comment(cx, c);
    if comment.is_some() && !is_allow(c) && !c.is_words(&["add", "column"]) {
        warn_unused(cx, c, comment_start);
    }
    allow.extend(parse_allow(cx, c)?);
    let start = c.at();
    let (kind, head) = match c.word(0) {
        Some("add") => parse_add(cx, c, comment)?,
        Some("drop") => parse_drop(cx, c)?,
        Some("rename") => parse_rename(cx, c)?,
        Some("alter") => parse_change(cx, c)?,
        Some("validate") => {
            let start = c.at();
            c.bump();
            expect_word(cx, c, "constraint")?;
            let name = parse_name(cx, c, "a constraint's name")?;
            (AlterationKind::ValidateConstraint(name), c.since(start))
        }
        other => return Err(no_alteration(cx, c, other)),
    };
    Ok(Alteration { kind, loc: c.since(start), head, allow })
}

/// Reports what begins no alteration.
fn no_alteration(cx: &mut Diagnostics, c: &Cursor<'_>, word: Option<&str>) -> Reported {
    let words = ["add", "drop", "rename", "alter"];
    let Some(word) = word else {
        return expected(cx, c, "`add`, `drop`, `rename`, or `alter`").reported();
    };
    let message = format!("expected `add`, `drop`, `rename`, or `alter`, found {}", c.found());
    let report = cx.error(code::UNKNOWN_STATEMENT, c.here(), message);
    match (word, similar(word, words)) {
        ("modify" | "change", _) => report.help("write `alter column name type ..`").reported(),
        (_, Some(near)) => report.help(format!("write `{near}`")).reported(),
        (_, None) => report.reported(),
    }
}

fn parse_add(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    comment: Option<String>,
) -> Parsed<(AlterationKind, Loc)> {
    let start = c.at();
    c.bump();
    if c.is_word(0, "index") || c.is_words(&["unique", "index"]) {
        let message = "an index is no alteration of its table";
        let report = cx.error(code::SYNTAX, c.here(), message);
        return Err(report.help("write `create index name on table (column);` as a statement").reported());
    }
    let is_column = c.is_word(0, "column") && !c.is_punct(1, ":");
    if !is_column && is_constraint(c) && !c.is_punct(1, ":") {
        let mut constraint = parse_constraint(cx, c)?;
        let words = c.next(2);
        constraint.not_valid = c.eat_words(&["not", "valid"]).then_some(words);
        return Ok((AlterationKind::AddConstraint(constraint), c.since(start)));
    }
    if is_column {
        c.bump();
    } else {
        let report = expected(cx, c, "`column` or a constraint");
        let looks_like_column = c.is_name(0) && (c.is_punct(1, ":") || c.word(1).is_some());
        if !looks_like_column {
            return Err(report.reported());
        }
        report.help("write `add column name: type`");
    }
    report_if_exists(cx, c);
    let mut after_name = c.clone();
    after_name.bump();
    let column = parse_column(cx, c, comment)?;
    Ok((AlterationKind::AddColumn(column), after_name.since(start)))
}

fn parse_drop(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(AlterationKind, Loc)> {
    let start = c.at();
    c.bump();
    let kind = match c.word(0) {
        Some("column") => {
            c.bump();
            report_if_exists(cx, c);
            AlterationKind::DropColumn(parse_name(cx, c, "a column's name")?)
        }
        Some("primary") => {
            c.bump();
            expect_word(cx, c, "key")?;
            AlterationKind::DropPrimaryKey
        }
        Some("constraint") => {
            c.bump();
            report_if_exists(cx, c);
            AlterationKind::DropConstraint(parse_name(cx, c, "a constraint's name")?)
        }
        Some("foreign") => {
            c.bump();
            expect_word(cx, c, "key")?;
            AlterationKind::DropForeignKey(parse_names(cx, c)?)
        }
        other => {
            let report = expected(cx, c, "`column`, `constraint`, `primary key`, or `foreign key`");
            let help = match other {
                Some("index") => "write `drop index name;` as a statement",
                Some("unique" | "check") => "write `drop constraint name`",
                _ => "write `drop column name`",
            };
            return Err(report.help(help).reported());
        }
    };
    Ok((kind, c.since(start)))
}

fn parse_rename(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(AlterationKind, Loc)> {
    let start = c.at();
    c.bump();
    let column = c.is_word(0, "column");
    if !column && !c.is_word(0, "constraint") {
        let report = expected(cx, c, "`column` or `constraint`");
        let help = match c.word(0) {
            Some("to") => "write `rename table a to b;` as a statement",
            Some("index") => "write `rename index a to b;` as a statement",
            _ => "write `rename column a to b`",
        };
        return Err(report.help(help).reported());
    }
    c.bump();
    let what = if column { "a column's name" } else { "a constraint's name" };
    let from = parse_name(cx, c, what)?;
    let to = parse_name_after(cx, c, "to", what)?;
    let kind = if column {
        AlterationKind::RenameColumn { from, to }
    } else {
        AlterationKind::RenameConstraint { from, to }
    };
    Ok((kind, c.since(start)))
}

/// `alter column NAME CHANGE, ..`, `alter foreign key (..) on ..`
fn parse_change(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(AlterationKind, Loc)> {
    let start = c.at();
    c.bump();
    if c.eat_words(&["foreign", "key"]) {
        let head = c.since(start);
        return Ok((parse_alter_foreign_key(cx, c)?, head));
    }
    if !c.eat_word("column") {
        let report = expected(cx, c, "`column` or `foreign key`");
        return Err(report.help("write `alter column name ..`").reported());
    }
    let name = parse_name(cx, c, "a column's name")?;
    let before_changes = c.since(start);
    let mut changes = Vec::new();
    let mut head = None;
    loop {
        let first = c.at();
        let before = c.clone();
        let (kind, count) = parse_column_change(cx, c)?;
        let words = before.next(count);
        head.get_or_insert(words);
        changes.push(ColumnChange { kind, loc: c.since(first) });
        if !c.eat_punct(",") {
            break;
        }
        let value = c.is_word(1, "value") && c.is_literal(2);
        if c.is_word(0, "alter") || (c.is_word(0, "add") && !value) || c.is_words(&["drop", "column"]) {
            let message = "alterations have `;` between them";
            let report = cx.error(code::SYNTAX, c.before(), message);
            return Err(report.help("several alterations stand in braces, each ends in `;`").reported());
        }
    }
    let head = head.map_or(c.since(start), |words| before_changes.to(words));
    Ok((AlterationKind::AlterColumn { name, changes }, head))
}

/// One change, and how many words of it say which.
fn parse_column_change(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(ColumnChangeKind, usize)> {
    if c.eat_word("type") {
        let ty = parse_type(cx, c)?;
        let using = parse_using(cx, c)?;
        return Ok((ColumnChangeKind::Type { ty, using }, 1));
    }
    if c.eat_words(&["set", "default"]) {
        return Ok((ColumnChangeKind::SetDefault(parse_default(cx, c)?), 2));
    }
    if c.eat_words(&["drop", "default"]) {
        return Ok((ColumnChangeKind::DropDefault, 2));
    }
    if c.eat_words(&["set", "not", "null"]) {
        let using = parse_using(cx, c)?;
        return Ok((ColumnChangeKind::SetNotNull { using }, 3));
    }
    if c.eat_words(&["drop", "not", "null"]) {
        return Ok((ColumnChangeKind::DropNotNull, 3));
    }
    if c.eat_words(&["add", "value"]) {
        return Ok((ColumnChangeKind::AddValue(parse_value(cx, c)?), 2));
    }
    if c.eat_words(&["rename", "value"]) {
        let from = parse_value(cx, c)?;
        expect_word(cx, c, "to")?;
        return Ok((ColumnChangeKind::RenameValue { from, to: parse_value(cx, c)? }, 2));
    }
    Err(no_change(cx, c))
}

/// A value of an enum, which stands as a text.
fn parse_value(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Name> {
    let loc = c.here();
    Ok(Name { text: parse_text(cx, c, "a value in double quotes")?, loc })
}

/// Reports what is no change of a column.
fn no_change(cx: &mut Diagnostics, c: &Cursor<'_>) -> Reported {
    let report = expected(cx, c, "`type`, `set default`, `drop default`, `set not null`, or `drop not null`");
    let help = match (c.word(0), c.word(1)) {
        (Some("set"), Some("null")) | (Some("null"), _) => "write `drop not null`",
        (Some("set"), Some("type" | "data")) => "write `type ..`",
        (Some("not"), _) => "write `set not null`",
        (Some("default"), _) => "write `set default ..`",
        (Some("drop"), Some("value")) => "write `type enum(..)` with the values that stay",
        (Some(word), _) => match similar(word, ["type", "set", "drop"]) {
            Some(near) => return report.help(format!("write `{near}`")).reported(),
            None => return report.reported(),
        },
        (None, _) => return report.reported(),
    };
    report.help(help).reported()
}

/// `[using EXPR]`
fn parse_using(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<super::ast::Expr>> {
    if c.eat_word("using") {
        return parse_expression(cx, c).map(Some);
    }
    Ok(None)
}

fn parse_alter_foreign_key(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<AlterationKind> {
    let columns = parse_names(cx, c)?;
    if !["on", "deferrable", "not"].iter().any(|w| c.is_word(0, w)) {
        return Err(expected(cx, c, "`on delete`, `on update`, or `[not] deferrable`").reported());
    }
    let mut not = c.eat_words(&["not", "deferrable"]);
    let clauses = parse_clauses(cx, c)?;
    let start = c.at();
    if c.eat_words(&["not", "deferrable"]) {
        if not || clauses.deferrable {
            cx.error(code::DUPLICATE_MODIFIER, c.since(start), "`deferrable` stands here twice");
        }
        not = true;
    }
    Ok(AlterationKind::AlterForeignKey {
        columns,
        on_delete: clauses.on_delete,
        on_update: clauses.on_update,
        deferrable: (not || clauses.deferrable).then_some(clauses.deferrable),
    })
}
