//! Columns: `NAME: TYPE MODIFIER ..`, their defaults, and what they refer to.

use super::ast::{Collate, Collation, Column, Default, DefaultKind, Literal, Modifier, ModifierKind};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::data_type::{parse_type, unread_type};
use super::expr::parse_condition;
use super::literal::parse_literal;
use super::name::parse_name;
use super::native::{is_native, parse_dialects, parse_native};
use super::references::parse_references;
use super::value::{literal, parse_signed_number};
use crate::diagnostics::{Diagnostics, code, similar::similar};

/// Every word that begins a modifier.
const MODIFIERS: [&str; 9] =
    ["null", "default", "primary", "unique", "references", "check", "autoincrement", "collate", "generated"];

/// A column. A missing `:`, an unknown type and a bad modifier are reported, and the column is kept.
pub(super) fn parse_column(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    comment: Option<String>,
) -> Parsed<Column> {
    let name = parse_name(cx, c, "a column's name")?;
    if !c.eat_punct(":") {
        let message = format!("expected `:` after the column's name, found {}", c.found());
        let has_type = c.word(0).is_some();
        let report = cx.error(code::SYNTAX, c.here(), message);
        if !has_type {
            return Err(report.help("a column is `name: type`").reported());
        }
        report.help("a column is `name: type`");
    }
    let start = c.at();
    let ty = match parse_type(cx, c) {
        Ok(ty) => ty,
        Err(_) => {
            skip_rest(c);
            unread_type(c.since(start))
        }
    };
    Ok(Column { name, comment, ty, modifiers: parse_modifiers(cx, c) })
}

/// Modifiers up to what ends a column. After a bad one the rest is skipped.
fn parse_modifiers(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Vec<Modifier> {
    let mut modifiers: Vec<Modifier> = Vec::new();
    while !c.is_done() && !c.is_punct(0, ",") && !c.is_punct(0, ";") {
        let start = c.at();
        if c.is_line_start() && is_next_item(c) {
            break;
        }
        if c.is_words(&["not", "null"]) {
            let message = "a column is NOT NULL unless it says `null`";
            let report = cx.error(code::SYNTAX, c.next(2), message);
            report.help("leave `not null` out");
            c.bump_by(2);
            continue;
        }
        match parse_modifier(cx, c) {
            Ok(kind) => {
                let modifier = Modifier { kind, loc: c.since(start) };
                add_modifier(cx, &mut modifiers, modifier);
            }
            Err(_) => skip_rest(c),
        }
    }
    modifiers
}

/// Skips to what ends a column.
fn skip_rest(c: &mut Cursor<'_>) {
    while !c.is_done() && !c.is_punct(0, ",") && !c.is_punct(0, ";") {
        c.bump_tree();
    }
}

/// Whether what begins this line is no modifier but what follows the column, whose comma or `;` is missing.
fn is_next_item(c: &Cursor<'_>) -> bool {
    match c.word(0) {
        _ if c.is_name(0) && c.is_punct(1, ":") => true,
        Some("index" | "foreign" | "add" | "drop" | "rename" | "alter" | "create") => true,
        Some("unique") => c.is_word(1, "index") || c.is_open(1, "("),
        Some("primary") => c.is_open(2, "("),
        _ => false,
    }
}

fn add_modifier(cx: &mut Diagnostics, modifiers: &mut Vec<Modifier>, new: Modifier) {
    let same = |m: &Modifier| std::mem::discriminant(&m.kind) == std::mem::discriminant(&new.kind);
    // Each check is a constraint of its own.
    if !matches!(new.kind, ModifierKind::Check(_)) && modifiers.iter().any(same) {
        let word = first_words(&new.kind);
        cx.error(code::DUPLICATE_MODIFIER, new.loc, format!("`{word}` stands here twice"));
        return;
    }
    modifiers.push(new);
}

/// What a modifier is called.
pub(super) fn first_words(kind: &ModifierKind) -> &'static str {
    match kind {
        ModifierKind::Null => "null",
        ModifierKind::Default(_) => "default",
        ModifierKind::PrimaryKey => "primary key",
        ModifierKind::Unique => "unique",
        ModifierKind::References(_) => "references",
        ModifierKind::Check(_) => "check",
        ModifierKind::Autoincrement { .. } => "autoincrement",
        ModifierKind::Collate(_) => "collate",
        ModifierKind::Generated { .. } => "generated",
    }
}

fn parse_modifier(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ModifierKind> {
    match c.word(0) {
        Some("null") => {
            c.bump();
            Ok(ModifierKind::Null)
        }
        Some("default") => {
            c.bump();
            Ok(ModifierKind::Default(parse_default(cx, c)?))
        }
        Some("primary") => {
            c.bump();
            expect_word(cx, c, "key")?;
            Ok(ModifierKind::PrimaryKey)
        }
        Some("unique") => {
            c.bump();
            Ok(ModifierKind::Unique)
        }
        Some("references") => Ok(ModifierKind::References(parse_references(cx, c)?)),
        Some("check") => {
            c.bump();
            Ok(ModifierKind::Check(parse_condition(cx, c)?))
        }
        Some("autoincrement") => {
            c.bump();
            Ok(ModifierKind::Autoincrement { serial: c.eat_word("serial") })
        }
        Some("collate") => {
            c.bump();
            Ok(ModifierKind::Collate(parse_collation(cx, c)?))
        }
        Some("generated") => parse_generated(cx, c),
        _ => no_modifier(cx, c),
    }
}

/// What stands behind `collate`.
pub(super) fn parse_collation(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Collate> {
    let start = c.at();
    if c.is_open(0, "{") {
        let native = parse_dialects(cx, c)?;
        return Ok(Collate { collation: Collation::Native(native), loc: c.since(start) });
    }
    let collation = match c.word(0) {
        Some("binary") => Collation::Binary,
        Some("nocase") => Collation::Nocase,
        Some("rtrim") => Collation::Rtrim,
        _ => {
            let report = expected(cx, c, "`binary`, `nocase`, `rtrim`, or `{`");
            let help = "name one of each database: `collate { sqlite \"nocase\", postgres \"..\" }`";
            return Err(report.help(help).reported());
        }
    };
    c.bump();
    Ok(Collate { collation, loc: c.since(start) })
}

/// `generated (EXPR) [stored|virtual]`
fn parse_generated(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<ModifierKind> {
    c.bump();
    if c.is_words(&["always", "as"]) || c.is_words(&["by", "default"]) {
        let report = cx.error(code::SYNTAX, c.next(2), "what SQL writes here goes without saying");
        let help = match c.is_word(0, "by") || c.is_word(2, "identity") {
            true => "write `autoincrement` for a key that numbers itself",
            false => "write `generated (expression)`",
        };
        return Err(report.help(help).reported());
    }
    let expr = parse_condition(cx, c)?;
    let is_virtual = !c.eat_word("stored") && c.eat_word("virtual");
    Ok(ModifierKind::Generated { expr, is_virtual })
}

/// Reports what is no modifier.
fn no_modifier(cx: &mut Diagnostics, c: &Cursor<'_>) -> Parsed<ModifierKind> {
    let report = expected(cx, c, "a modifier of the column or what ends it");
    let help = match c.word(0) {
        None => None,
        Some("auto_increment" | "identity") => Some("write `autoincrement`".to_owned()),
        Some("key") => Some("write `primary key`".to_owned()),
        Some("on") => Some("`on delete` stands behind `references table (column)`".to_owned()),
        Some("comment") => Some("write the comment as `///` above the column".to_owned()),
        Some(word) => {
            similar(word, MODIFIERS).map(|near| format!("a modifier with a similar name exists: `{near}`"))
        }
    };
    Err(match help {
        Some(help) => report.help(help).reported(),
        None => report.reported(),
    })
}

/// The value of a default, without the word.
pub(super) fn parse_default(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Default> {
    let start = c.at();
    let kind = match c.word(0) {
        _ if c.is_open(0, "(") => DefaultKind::Expr(parse_condition(cx, c)?),
        _ if is_native(c) => DefaultKind::Sql(parse_native(cx, c)?),
        _ if c.is_literal(0) => DefaultKind::Literal(literal(parse_literal(cx, c, "a value")?)),
        _ if c.is_punct(0, "-") => DefaultKind::Literal(parse_signed_number(cx, c)?),
        _ if c.is_punct(0, "+") && c.is_literal(1) => {
            c.bump();
            DefaultKind::Literal(parse_signed_number(cx, c)?)
        }
        Some("now" | "random") if c.is_open(1, "(") => {
            let message = format!("`{}` has no parentheses", c.word(0).unwrap_or_default());
            return Err(cx.error(code::SYNTAX, c.next(2), message).reported());
        }
        Some("null") => word(c, DefaultKind::Literal(Literal::Null)),
        Some("true") => word(c, DefaultKind::Literal(Literal::Boolean(true))),
        Some("false") => word(c, DefaultKind::Literal(Literal::Boolean(false))),
        Some("now") => word(c, DefaultKind::Now),
        Some("random") => word(c, DefaultKind::Random),
        other => return no_default(cx, c, other),
    };
    Ok(Default { kind, loc: c.since(start) })
}

fn word(c: &mut Cursor<'_>, kind: DefaultKind) -> DefaultKind {
    c.bump();
    kind
}

/// Reports what is no default.
fn no_default(cx: &mut Diagnostics, c: &Cursor<'_>, word: Option<&str>) -> Parsed<Default> {
    let report = expected(cx, c, "a value");
    let lower = word.unwrap_or_default().to_ascii_lowercase();
    let help = match &*lower {
        "current_timestamp" | "current_date" | "current_time" | "getdate" | "utcnow" => "write `now`",
        "gen_random_uuid" | "uuid_generate_v4" | "uuid" => "write `random`",
        _ => "a default is a literal, `now`, `random`, or an expression in parentheses",
    };
    Err(report.help(help).reported())
}
