//! Names, lists of names, and doc comments.

use super::ast::Name;
use super::cursor::{Cursor, Parsed, comma_list, expect_end, expect_group, expected};
use super::literal::{Value, decode, parse_text};
use crate::diagnostics::{Diagnostics, code};
use crate::source::Kind;

/// A name: any word, also one that Rust or the language has a use for, or a text.
pub(super) fn parse_name(cx: &mut Diagnostics, c: &mut Cursor<'_>, what: &str) -> Parsed<Name> {
    let loc = c.here();
    let text = match c.peek(0) {
        Some(token) if matches!(token.kind, Kind::Word { .. }) => {
            c.bump();
            token.text.to_string()
        }
        _ => parse_text(cx, c, what)?,
    };
    if text.is_empty() {
        return Err(cx.error(code::INVALID_LITERAL, loc, "a name is empty").reported());
    }
    Ok(Name { text, loc })
}

/// `(name, ..)`
pub(super) fn parse_names(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    let mut inside = expect_group(cx, c, "(")?;
    comma_list(cx, &mut inside, "a column's name", |cx, c| parse_name(cx, c, "a column's name"))
}

/// Takes `#[allow(lint, ..)]`, as often as it stands here.
pub(super) fn parse_allow(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    let mut lints = Vec::new();
    while is_allow(c) {
        c.bump();
        let Some(mut inside) = c.eat_group("[") else { break };
        inside.bump();
        lints.extend(parse_lints(cx, &mut inside)?);
        expect_end(cx, &inside, "`]`")?;
    }
    Ok(lints)
}

/// Whether `#[allow(..)]` begins here.
pub(super) fn is_allow(c: &Cursor<'_>) -> bool {
    c.is_punct(0, "#") && c.is_open(1, "[") && c.is_word(2, "allow") && c.is_open(3, "(")
}

/// `(lint, ..)`
pub(super) fn parse_lints(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    let mut inside = expect_group(cx, c, "(")?;
    comma_list(cx, &mut inside, "the name of a lint", |cx, c| parse_name(cx, c, "the name of a lint"))
}

/// Takes `/// ..` lines as one text; `None` where there are none. Other attributes are reported.
pub(super) fn parse_doc_comment(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Option<String> {
    let mut comment: Option<String> = None;
    while c.is_punct(0, "#") && !is_allow(c) {
        if !c.is_doc_comment() {
            report_attribute(cx, c);
            continue;
        }
        c.bump();
        let line = c.eat_group("[").and_then(|inside| inside.peek(2).cloned());
        if let Some(Ok(Value::Text(line))) = line.map(|t| decode(&t.text)) {
            let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
            match &mut comment {
                Some(all) => {
                    all.push('\n');
                    all.push_str(line);
                }
                None => comment = Some(line.to_owned()),
            }
        }
    }
    comment
}

/// Warns of a doc comment from the token `start` up to here.
pub(super) fn warn_unused(cx: &mut Diagnostics, c: &Cursor<'_>, start: usize) {
    let message = "this doc comment belongs to no table and no column";
    cx.warning(code::UNUSED_DOC_COMMENT, c.since(start), message).help("write `//`");
}

fn report_attribute(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    let start = c.at();
    c.bump();
    c.eat_punct("!");
    if c.eat_group("[").is_some() {
        let message = "an attribute cannot stand here";
        cx.error(code::ATTRIBUTE, c.since(start), message);
    } else {
        cx.error(code::SYNTAX, c.since(start), "`#` begins nothing here");
    }
}

/// Takes `if [not] exists`, which SQL has and a migration does not.
pub(super) fn report_if_exists(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    let length = if c.is_words(&["if", "not", "exists"]) && c.is_name(3) {
        3
    } else if c.is_words(&["if", "exists"]) && c.is_name(2) {
        2
    } else {
        return;
    };
    let message = "a migration knows whether this exists";
    let report = cx.error(code::SYNTAX, c.next(length), message);
    report.help("leave these words out");
    c.bump_by(length);
}

/// Takes a name after these words, as in `to NAME`.
pub(super) fn parse_name_after(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    word: &str,
    what: &str,
) -> Parsed<Name> {
    if !c.eat_word(word) {
        return Err(expected(cx, c, &format!("`{word}`")).reported());
    }
    parse_name(cx, c, what)
}
