//! The body of `migration!`: its name, the way up, the way down.

use super::ast::{Down, Migration};
use super::cursor::{Cursor, expected};
use super::literal::parse_text;
use super::name::parse_name;
use super::statement::{end_with_semicolon, is_statement, parse_next, parse_statements};
use crate::diagnostics::{Diagnostics, code};
use crate::source::{FileId, Kind, Loc, Token};

/// Reads the body of a `migration!` call. What cannot be read is reported and left out.
pub fn parse_migration(cx: &mut Diagnostics, file: FileId, tokens: &[Token]) -> Migration {
    report_touching(cx, file, tokens);
    let mut c = Cursor::new(file, tokens);
    let loc = c.here();
    parse_body(cx, &mut c, loc)
}

/// What stood in a body so far.
#[derive(Default)]
struct Seen {
    /// Bare statements of the way up.
    bare: bool,
    /// `up { .. }`
    up: bool,
    /// `down ..`
    down: bool,
}

/// A body to its end; `loc` is where it begins.
pub(super) fn parse_body(cx: &mut Diagnostics, c: &mut Cursor<'_>, loc: Loc) -> Migration {
    let errors = cx.error_count();
    let mut migration = Migration { loc, ..Migration::default() };
    let mut seen = Seen::default();
    while !c.is_done() {
        if c.is_word(0, "name") && c.is_literal(1) {
            parse_own_name(cx, c, &mut migration, &seen);
        } else if c.is_word(0, "up") && c.is_open(1, "{") {
            parse_up(cx, c, &mut migration, &mut seen);
        } else if c.is_word(0, "down") {
            parse_down(cx, c, &mut migration, &mut seen);
        } else {
            parse_bare(cx, c, &mut migration, &mut seen);
        }
    }
    if migration.up.is_empty() && cx.error_count() == errors {
        cx.error(code::EMPTY_MIGRATION, loc, "this migration has no statements");
    }
    migration
}

/// A statement that stands by itself.
fn parse_bare(cx: &mut Diagnostics, c: &mut Cursor<'_>, migration: &mut Migration, seen: &mut Seen) {
    let begin = c.here();
    let errors = cx.error_count();
    let statement = parse_next(cx, c);
    if statement.is_some() && cx.error_count() == errors {
        let head = statement.as_ref().map_or(begin, |s| s.head);
        if seen.up {
            let report = cx.error(code::SYNTAX, head, "a statement beside `up { .. }`");
            report.help("put it in the braces of `up`");
        } else if seen.down {
            let report = cx.error(code::SYNTAX, head, "a statement behind `down`");
            report.help("`down` stands last");
        }
    }
    seen.bare = true;
    migration.up.extend(statement);
}

/// `name "..";`
fn parse_own_name(cx: &mut Diagnostics, c: &mut Cursor<'_>, migration: &mut Migration, seen: &Seen) {
    let word = c.here();
    let misplaced = seen.bare || seen.up || seen.down || migration.name.is_some();
    c.bump();
    let name = parse_name(cx, c, "a text");
    if let Ok(name) = name {
        if misplaced {
            cx.error(code::SYNTAX, word, "`name` is the first line of a migration");
        }
        migration.name.get_or_insert(name);
    } else {
        c.bump();
    }
    finish_line(cx, c);
}

/// `up { .. }`
fn parse_up(cx: &mut Diagnostics, c: &mut Cursor<'_>, migration: &mut Migration, seen: &mut Seen) {
    let word = c.here();
    c.bump();
    if seen.up {
        cx.error(code::DUPLICATE_MODIFIER, word, "`up` stands here twice");
    } else if seen.bare {
        let report = cx.error(code::SYNTAX, word, "`up { .. }` beside statements of the way up");
        report.help("put all of them in the braces of `up`");
    } else if seen.down {
        let report = cx.error(code::SYNTAX, word, "`up` behind `down`");
        report.help("`down` stands last");
    }
    seen.up = true;
    if let Some(mut inside) = c.eat_group("{") {
        migration.up.extend(parse_statements(cx, &mut inside));
    }
    c.eat_punct(";");
}

/// `down { .. }`, `down auto;`, `down irreversible "..";`
fn parse_down(cx: &mut Diagnostics, c: &mut Cursor<'_>, migration: &mut Migration, seen: &mut Seen) {
    let word = c.here();
    c.bump();
    if seen.down {
        cx.error(code::DUPLICATE_MODIFIER, word, "`down` stands here twice");
    }
    seen.down = true;
    if let Some(mut inside) = c.eat_group("{") {
        migration.down = Down::Written { statements: parse_statements(cx, &mut inside), loc: word };
        c.eat_punct(";");
        return;
    }
    if c.eat_word("auto") {
        migration.down = Down::Auto;
    } else if c.eat_word("irreversible") {
        match parse_text(cx, c, "a text with the reason") {
            Ok(reason) => migration.down = Down::Irreversible { reason },
            // The author's answer is known, though its words are not.
            Err(_) => {
                migration.down = Down::Irreversible { reason: String::new() };
                return skip_line(c);
            }
        }
    } else {
        expected(cx, c, "`{`, `auto`, or `irreversible`");
        return skip_line(c);
    }
    finish_line(cx, c);
}

fn finish_line(cx: &mut Diagnostics, c: &mut Cursor<'_>) {
    if end_with_semicolon(cx, c, is_statement).is_err() {
        skip_line(c);
    }
}

/// Skips behind the next `;`, or up to what begins a statement.
fn skip_line(c: &mut Cursor<'_>) {
    while !c.is_done() && !is_statement(c) && !c.eat_punct(";") {
        c.bump_tree();
    }
}

/// Reports words that touch a text or `#`: newer editions of Rust read them as prefixes of a literal.
pub(super) fn report_touching(cx: &mut Diagnostics, file: FileId, tokens: &[Token]) {
    for (i, pair) in tokens.windows(2).enumerate() {
        let (word, next) = (&pair[0], &pair[1]);
        let is_word = matches!(word.kind, Kind::Word { .. });
        let is_text = next.kind == Kind::Literal && next.text.starts_with('"');
        let is_hash = next.kind == Kind::Punct && &*next.text == "#";
        if is_word && (is_text || is_hash) && word.end == next.start && word.start != next.start {
            let first = u32::try_from(i).unwrap_or(u32::MAX);
            let loc = Loc { file, first, last: first.saturating_add(1) };
            let report = cx.error(code::SYNTAX, loc, format!("`{}` touches what follows", word.text));
            report.help("put a blank between them");
        }
    }
}
