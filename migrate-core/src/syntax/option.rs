//! Options of a history: `dialects(..)`, `sqlite(..)`, `postgres(..)`, and the levels of lints.

use super::ast::{HistoryOption, Name, OptionKind};
use super::cursor::{Cursor, Parsed, comma_list, expect_end, expect_group, expect_punct, expected};
use super::literal::{Value, parse_literal, parse_text};
use super::name::{parse_lints, parse_name};
use crate::diagnostics::{Diagnostics, Reported, code, similar::similar};
use crate::source::Loc;

const OPTIONS: &str = "`dialects`, `sqlite`, `postgres`, `allow`, or `deny`";

/// What stands in the brackets of `#![..]`.
pub(super) fn parse_option(cx: &mut Diagnostics, mut c: Cursor<'_>) -> Parsed<HistoryOption> {
    let start = c.at();
    let kind = match c.word(0) {
        Some("dialects") => parse_dialects(cx, &mut c)?,
        Some("sqlite") => parse_sqlite(cx, &mut c)?,
        Some("postgres") => parse_postgres(cx, &mut c)?,
        Some("allow") => {
            c.bump();
            OptionKind::Allow(parse_lints(cx, &mut c)?)
        }
        Some("deny") => {
            c.bump();
            OptionKind::Deny(parse_lints(cx, &mut c)?)
        }
        Some(word) => {
            let near = similar(word, ["dialects", "sqlite", "postgres", "allow", "deny"]);
            return Err(unknown(cx, &c, near, OPTIONS));
        }
        None => return Err(expected(cx, &c, OPTIONS).reported()),
    };
    expect_end(cx, &c, "`]`")?;
    Ok(HistoryOption { kind, loc: c.since(start) })
}

fn unknown(cx: &mut Diagnostics, c: &Cursor<'_>, near: Option<&str>, all: &str) -> Reported {
    let message = format!("expected {all}, found {}", c.found());
    let report = cx.error(code::UNKNOWN_OPTION, c.here(), message);
    match near {
        Some(near) => report.help(format!("an option with a similar name exists: `{near}`")).reported(),
        None => report.reported(),
    }
}

/// `dialects(sqlite, postgres)`
fn parse_dialects(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<OptionKind> {
    c.bump();
    let mut inside = expect_group(cx, c, "(")?;
    let mut seen: Vec<String> = Vec::new();
    let names = comma_list(cx, &mut inside, "`sqlite` or `postgres`", |cx, c| {
        let word = c.word(0).unwrap_or_default();
        if !matches!(word, "sqlite" | "postgres") {
            let near = match word {
                "postgresql" | "pg" => Some("postgres"),
                _ => similar(word, ["sqlite", "postgres"]),
            };
            return Err(unknown(cx, c, near, "`sqlite` or `postgres`"));
        }
        let name = parse_name(cx, c, "`sqlite` or `postgres`")?;
        note_once(cx, &mut seen, &name.text, name.loc)?;
        Ok(name)
    })?;
    Ok(OptionKind::Dialects(names))
}

/// `sqlite(min = "3.35", strict, uuid = "blob")`
fn parse_sqlite(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<OptionKind> {
    let (mut min, mut strict, mut uuid_blob) = (None, false, false);
    let mut seen = Vec::new();
    c.bump();
    let mut inside = expect_group(cx, c, "(")?;
    comma_list(cx, &mut inside, "`min`, `strict`, or `uuid`", |cx, c| {
        let (loc, word) = (c.here(), c.word(0).unwrap_or_default());
        match word {
            "min" => min = Some(parse_min(cx, c)?),
            "strict" => {
                c.bump();
                strict = true;
            }
            "uuid" => {
                c.bump();
                expect_punct(cx, c, "=")?;
                let place = c.clone();
                match &*parse_text(cx, c, "`\"blob\"` or `\"text\"`")? {
                    "blob" => uuid_blob = true,
                    "text" => uuid_blob = false,
                    _ => return Err(expected(cx, &place, "`\"blob\"` or `\"text\"`").reported()),
                }
            }
            _ => {
                let near = similar(word, ["min", "strict", "uuid"]);
                return Err(unknown(cx, c, near, "`min`, `strict`, or `uuid`"));
            }
        }
        note_once(cx, &mut seen, word, loc)
    })?;
    Ok(OptionKind::Sqlite { min, strict, uuid_blob })
}

/// `postgres(min = 13, schema = "app", search_also("extensions"))`
fn parse_postgres(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<OptionKind> {
    const WORDS: &str = "`min`, `schema`, or `search_also`";
    let (mut min, mut schema, mut search_also) = (None, None, Vec::new());
    let mut seen = Vec::new();
    c.bump();
    let mut inside = expect_group(cx, c, "(")?;
    comma_list(cx, &mut inside, WORDS, |cx, c| {
        let (loc, word) = (c.here(), c.word(0).unwrap_or_default());
        match word {
            "min" => min = Some(parse_min(cx, c)?),
            "schema" => {
                c.bump();
                expect_punct(cx, c, "=")?;
                schema = Some(parse_schema(cx, c)?);
            }
            "search_also" => {
                c.bump();
                let mut names = expect_group(cx, c, "(")?;
                search_also = comma_list(cx, &mut names, SCHEMA, parse_schema)?;
            }
            _ => {
                let near = similar(word, ["min", "schema", "search_also"]);
                return Err(unknown(cx, c, near, WORDS));
            }
        }
        note_once(cx, &mut seen, word, loc)
    })?;
    Ok(OptionKind::Postgres { min, schema, search_also })
}

const SCHEMA: &str = "a schema's name as text";

fn parse_schema(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Name> {
    let loc = c.here();
    Ok(Name { text: parse_text(cx, c, SCHEMA)?, loc })
}

/// `min = VERSION`, a text or a number; the number as it is written.
fn parse_min(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Name> {
    c.bump();
    expect_punct(cx, c, "=")?;
    let place = c.clone();
    let text = match parse_literal(cx, c, "a version")? {
        Value::Text(text) => text,
        Value::Integer(n) => n.to_string(),
        // `3.40` as a number would be 3.4.
        Value::Real(_) => {
            let report = expected(cx, &place, "a version");
            return Err(report.help("write it as text: `\"3.35\"`").reported());
        }
        Value::Bytes(_) => return Err(expected(cx, &place, "a version").reported()),
    };
    Ok(Name { text, loc: place.here() })
}

fn note_once(cx: &mut Diagnostics, seen: &mut Vec<String>, word: &str, loc: Loc) -> Parsed<()> {
    if seen.iter().any(|s| s == word) {
        return Err(twice(cx, loc, word));
    }
    seen.push(word.to_owned());
    Ok(())
}

fn twice(cx: &mut Diagnostics, loc: Loc, word: &str) -> Reported {
    cx.error(code::DUPLICATE_MODIFIER, loc, format!("`{word}` stands here twice")).reported()
}
