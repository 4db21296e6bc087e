//! `sql ..`: SQL of the author, one text for both dialects or one for each.

use super::ast::{Native, NativeSql};
use super::cursor::{Cursor, Parsed, comma_list, expect_word, expected};
use super::literal::parse_text;
use crate::diagnostics::{Diagnostics, Reported, code, similar::similar};

const DIALECTS: [&str; 2] = ["sqlite", "postgres"];

/// Whether `sql ..` begins here, and no name `sql`.
pub(super) fn is_native(c: &Cursor<'_>) -> bool {
    c.is_word(0, "sql") && (c.is_literal(1) || c.is_open(1, "{") || (c.word(1).is_some() && c.is_literal(2)))
}

/// `sql ".."`, `sql sqlite ".."`, `sql { sqlite "..", postgres ".." }`
pub(super) fn parse_native(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Native> {
    let start = c.at();
    expect_word(cx, c, "sql")?;
    let sql = if c.is_open(0, "{") {
        parse_dialects(cx, c)?
    } else if c.word(0).is_some() {
        let mut sql = NativeSql::default();
        parse_dialect(cx, c, &mut sql)?;
        sql
    } else {
        let text = parse_text(cx, c, "a text of SQL")?;
        NativeSql { sqlite: Some(text.clone()), postgres: Some(text) }
    };
    Ok(Native { sql, loc: c.since(start) })
}

/// `{ sqlite "..", postgres ".." }`
pub(super) fn parse_dialects(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<NativeSql> {
    let mut sql = NativeSql::default();
    let Some(mut inside) = c.eat_group("{") else {
        return Err(expected(cx, c, "`{`").reported());
    };
    comma_list(cx, &mut inside, "`sqlite` or `postgres`", |cx, c| parse_dialect(cx, c, &mut sql))?;
    Ok(sql)
}

/// Reports what stands in the place of a dialect.
pub(super) fn no_dialect(cx: &mut Diagnostics, c: &Cursor<'_>, found: Option<&str>) -> Reported {
    let near = match found {
        Some("postgresql" | "pg") => Some("postgres"),
        Some(word) => similar(word, DIALECTS),
        None => None,
    };
    let report = expected(cx, c, "`sqlite` or `postgres`");
    match near {
        Some(near) => report.help(format!("write `{near}`")).reported(),
        None => report.reported(),
    }
}

/// `sqlite ".."`
fn parse_dialect(cx: &mut Diagnostics, c: &mut Cursor<'_>, sql: &mut NativeSql) -> Parsed<()> {
    let loc = c.here();
    let place = match c.word(0) {
        Some("sqlite") => &mut sql.sqlite,
        Some("postgres") => &mut sql.postgres,
        other => return Err(no_dialect(cx, c, other)),
    };
    let twice = place.is_some();
    c.bump();
    *place = Some(parse_text(cx, c, "a text of SQL")?);
    if twice {
        let message = "a dialect stands here twice";
        return Err(cx.error(code::DUPLICATE_MODIFIER, loc, message).reported());
    }
    Ok(())
}
