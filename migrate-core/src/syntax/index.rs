//! Indexes, as an item of a table and as a statement.

use super::ast::{Index, IndexKey, Method, Name, Nulls, Only, StatementKind};
use super::column::parse_collation;
use super::cursor::{Cursor, Parsed, comma_list, expect_group, expect_word, expected};
use super::expr::{parse_expression, parse_mismatch};
use super::name::{parse_name, parse_names, report_if_exists};
use crate::diagnostics::{Diagnostics, code, similar::similar};
use crate::source::Loc;

/// `[unique] index NAME (KEY, ..) ..`
pub(super) fn parse_index_item(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Index> {
    let start = c.at();
    let unique = c.eat_word("unique");
    expect_word(cx, c, "index")?;
    if c.is_open(0, "(") {
        let report = expected(cx, c, "the index's name");
        return Err(report.help("an index is `index name (column, ..)`").reported());
    }
    let name = parse_name(cx, c, "the index's name")?;
    if c.is_word(0, "on") {
        let report = expected(cx, c, "`(`");
        return Err(report.help("the index is on this table: leave `on ..` out").reported());
    }
    let (index, concurrently) = parse_rest(cx, c, start, name, unique)?;
    if let Some(loc) = concurrently {
        let message = "the index of a new table is not built beside other work";
        cx.error(code::SYNTAX, loc, message).help("leave out `concurrently`");
    }
    Ok(index)
}

/// `[unique] index NAME on TABLE (KEY, ..) .. [concurrently]`, whose first word `create` was token `start`.
pub(super) fn parse_index(cx: &mut Diagnostics, c: &mut Cursor<'_>, start: usize) -> Parsed<StatementKind> {
    let unique = c.eat_word("unique");
    expect_word(cx, c, "index")?;
    if c.is_word(0, "concurrently") && !c.is_word(1, "on") {
        report_early(cx, c);
    }
    report_if_exists(cx, c);
    if c.is_word(0, "on") && !c.is_word(1, "on") {
        return Err(expected(cx, c, "the index's name").reported());
    }
    let name = parse_name(cx, c, "the index's name")?;
    expect_word(cx, c, "on")?;
    let table = parse_name(cx, c, "a table's name")?;
    let (index, concurrently) = parse_rest(cx, c, start, name, unique)?;
    Ok(StatementKind::CreateIndex { table, index, concurrently })
}

/// `NAME [concurrently]`, behind `drop index`.
pub(super) fn parse_drop_index(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    if c.is_word(0, "concurrently") && c.is_name(1) {
        report_early(cx, c);
    }
    report_if_exists(cx, c);
    let name = parse_name(cx, c, "the index's name")?;
    let word = c.here();
    let concurrently = c.eat_word("concurrently").then_some(word);
    Ok(StatementKind::DropIndex { name, concurrently })
}

/// Takes the word `concurrently` where PostgreSQL has it, with an error.
fn report_early(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    let report = cx.error(code::SYNTAX, c.here(), "`concurrently` stands at the end of the statement");
    report.help("write it behind everything else");
    c.bump();
}

/// What stands behind the name, and the word `concurrently`.
fn parse_rest(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    start: usize,
    name: Name,
    unique: bool,
) -> Parsed<(Index, Option<Loc>)> {
    let mut concurrently = None;
    let mut index = Index {
        name,
        unique,
        keys: Vec::new(),
        include: Vec::new(),
        nulls_not_distinct: None,
        method: None,
        condition: None,
        only: None,
        loc: c.since(start),
    };
    // SQL writes the method before the keys.
    if c.is_word(0, "using") {
        parse_method(cx, c, &mut index)?;
    }
    let mut inside = expect_group(cx, c, "(")?;
    index.keys = comma_list(cx, &mut inside, "a column", parse_key)?;
    loop {
        if c.is_word(0, "where") && index.condition.is_none() {
            c.bump();
            index.condition = Some(parse_expression(cx, c)?);
        } else if c.is_word(0, "include") && index.include.is_empty() {
            c.bump();
            index.include = parse_names(cx, c)?;
        } else if c.is_word(0, "using") && index.method.is_none() {
            parse_method(cx, c, &mut index)?;
        } else if c.is_words(&["nulls", "not", "distinct"]) && index.nulls_not_distinct.is_none() {
            index.nulls_not_distinct = Some(c.next(3));
            c.bump_by(3);
        } else if c.is_word(0, "only") && index.only.is_none() {
            index.only = Some(parse_only(cx, c)?);
        } else if c.is_word(0, "concurrently") && concurrently.is_none() {
            concurrently = Some(c.here());
            c.bump();
        } else {
            break;
        }
    }
    index.loc = c.since(start);
    Ok((index, concurrently))
}

/// `using METHOD`
fn parse_method(cx: &mut Diagnostics, c: &mut Cursor<'_>, index: &mut Index) -> Parsed<()> {
    let start = c.at();
    c.bump();
    let found = c.word(0).and_then(|w| Method::ALL.into_iter().find(|m| m.name() == w));
    let Some(method) = found else {
        let near = c.word(0).and_then(|w| similar(w, Method::ALL.map(Method::name)));
        let report = expected(cx, c, "`btree`, `hash`, `gin`, `gist`, `spgist`, or `brin`");
        return Err(match near {
            Some(near) => report.help(format!("write `{near}`")).reported(),
            None => report.reported(),
        });
    };
    c.bump();
    index.method = Some((method, c.since(start)));
    Ok(())
}

/// `only postgres`
fn parse_only(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(Only, Loc)> {
    let start = c.at();
    c.bump();
    let only = match c.word(0) {
        Some("sqlite") => Only::Sqlite,
        Some("postgres") => Only::Postgres,
        _ => return Err(expected(cx, c, "`sqlite` or `postgres`").reported()),
    };
    c.bump();
    Ok((only, c.since(start)))
}

fn parse_key(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<IndexKey> {
    let expr = parse_expression(cx, c)?;
    let collate = match c.eat_word("collate") {
        true => Some(parse_collation(cx, c)?),
        false => None,
    };
    let class = match c.eat_word("class") {
        true => Some(parse_name(cx, c, "an operator class")?),
        false => None,
    };
    let descending = c.eat_word("desc");
    if c.is_word(0, "asc") {
        let message = "a key is ascending unless it says `desc`";
        let report = cx.error(code::SYNTAX, c.here(), message);
        return Err(report.help("leave `asc` out").reported());
    }
    let words = c.next(2);
    let nulls = match (c.eat_words(&["nulls", "first"]), c.eat_words(&["nulls", "last"])) {
        (true, _) => Some((Nulls::First, words)),
        (_, true) => Some((Nulls::Last, words)),
        _ => None,
    };
    if !c.is_done() && !c.is_punct(0, ",") {
        let plain = !descending && collate.is_none() && class.is_none() && nulls.is_none();
        return Err(if plain { parse_mismatch(cx, c) } else { expected(cx, c, "`,`").reported() });
    }
    Ok(IndexKey { expr, collate, class, descending, nulls })
}
