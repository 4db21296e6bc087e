//! The body of `history!`: options, then the list of modules or the migrations themselves.

use super::ast::{Entry, History, HistoryOption, Name};
use super::cursor::{Cursor, Parsed, expected};
use super::migration::{parse_body, report_touching};
use super::name::parse_name;
use super::option::parse_option;
use crate::diagnostics::{Diagnostics, code};
use crate::source::{FileId, Kind, Token};

/// Reads the body of a `history!` call. What cannot be read is reported and left out.
pub fn parse_history(cx: &mut Diagnostics, file: FileId, tokens: &[Token]) -> History {
    report_touching(cx, file, tokens);
    let mut c = Cursor::new(file, tokens);
    let mut history = History::default();
    while !c.is_done() {
        let start = c.at();
        if c.is_punct(0, "#") {
            parse_attribute(cx, &mut c, &mut history);
        } else {
            match parse_entry(cx, &mut c) {
                Ok(entry) => {
                    end_entry(cx, &mut c, entry.inline.is_some());
                    history.entries.push(entry);
                }
                Err(_) => skip_entry(&mut c),
            }
        }
        if c.at() == start {
            c.bump();
        }
    }
    history
}

/// `#![option(..)]`; a doc comment; or an attribute on an entry, which is an error.
fn parse_attribute(cx: &mut Diagnostics, c: &mut Cursor<'_>, history: &mut History) {
    let start = c.at();
    if c.is_doc_comment() {
        // About an entry or the whole, for readers of the list alone.
        c.bump();
        c.bump_tree();
        return;
    }
    c.bump();
    let inner = c.eat_punct("!");
    let Some(inside) = c.eat_group("[") else {
        cx.error(code::SYNTAX, c.since(start), "`#` begins nothing here");
        return;
    };
    let loc = c.since(start);
    if inner && inside.is_word(0, "doc") && inside.is_punct(1, "=") {
        return;
    }
    if !inner {
        let message = "an entry of a history takes no attribute";
        let report = cx.error(code::ATTRIBUTE, loc, message);
        report.help("a history is the same in every build: list the migration without conditions");
        return;
    }
    if !history.entries.is_empty() {
        let message = "the options of a history stand before its entries";
        cx.error(code::SYNTAX, loc, message);
    }
    if let Ok(option) = parse_option(cx, inside) {
        add_option(cx, history, option);
    }
}

fn add_option(cx: &mut Diagnostics, history: &mut History, option: HistoryOption) {
    let same = |o: &HistoryOption| std::mem::discriminant(&o.kind) == std::mem::discriminant(&option.kind);
    if history.options.iter().any(same) {
        let message = "this option stands here twice";
        cx.error(code::DUPLICATE_MODIFIER, option.loc, message);
        return;
    }
    history.options.push(option);
}

/// A module's name, or `migration NAME { .. }`.
fn parse_entry(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Entry> {
    if c.is_word(0, "mod") && c.is_word_like(1) {
        let report = cx.error(code::SYNTAX, c.here(), "the list names modules without `mod`");
        report.help("leave `mod` out");
        c.bump();
        let module = parse_module(cx, c)?;
        if c.is_punct(0, ";") {
            c.bump();
        }
        return Ok(Entry { module, inline: None });
    }
    if !(c.is_word(0, "migration") && c.is_name(1)) {
        let module = parse_module(cx, c)?;
        if c.is_punct(0, ":") {
            let report =
                cx.error(code::SYNTAX, module.loc, "an entry is a module of this folder, not a path");
            return Err(report.reported());
        }
        return Ok(Entry { module, inline: None });
    }
    c.bump();
    let module = parse_module(cx, c)?;
    let open = c.here();
    let Some(mut inside) = c.eat_group("{") else {
        return Err(expected(cx, c, "`{`").reported());
    };
    let loc = if inside.is_done() { open } else { inside.here() };
    let inline = Some(parse_body(cx, &mut inside, loc));
    Ok(Entry { module, inline })
}

fn parse_module(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Name> {
    match c.peek(0) {
        Some(t) if ["crate", "self", "super", "Self", "_"].contains(&&*t.text) && !c.is_punct(1, ":") => {
            let message = format!("no module can have the name `{}`", t.text);
            Err(cx.error(code::INVALID_NAME, c.here(), message).reported())
        }
        Some(t) if matches!(t.kind, Kind::Word { .. }) => parse_name(cx, c, "a module's name"),
        _ => Err(expected(cx, c, "a module's name").reported()),
    }
}

/// The comma behind an entry, which may be absent behind a brace.
fn end_entry(cx: &mut Diagnostics, c: &mut Cursor<'_>, inline: bool) {
    if c.is_done() || c.eat_punct(",") || inline {
        return;
    }
    if c.is_behind_semicolon() {
        return;
    }
    if c.is_word_like(0) || c.is_punct(0, "#") {
        cx.error(code::SYNTAX, c.before(), "expected `,` behind this");
        return;
    }
    expected(cx, c, "`,`");
    skip_entry(c);
}

/// Skips behind the next comma or brace, or to the next line.
fn skip_entry(c: &mut Cursor<'_>) {
    while !c.is_done() && !c.eat_punct(",") {
        let braces = c.is_open(0, "{");
        c.bump_tree();
        if braces || c.is_line_start() {
            return;
        }
    }
}
