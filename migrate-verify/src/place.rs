//! From a byte of SQL to the author's text that it came from.
//!
//! Comes in: a statement's tokens, the SQL that was made of them, and the byte at which a database stopped. Goes out: the
//! author's text of SQL with the bytes in it, where the SQL holds such a text there; else the statement.
// Without a database's code there is but the question whether there is a text.
#![cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]

use migrate_core::compile::Piece;
use migrate_core::dialect::Work;
use migrate_core::source::{Body, Kind, Loc};
use migrate_core::syntax::{byte_in, text_of};
use migrate_core::target::Dialect;

/// Where an error stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its tokens.
    pub loc: Loc,
    /// The bytes at fault of the first token.
    pub inside: Option<(u32, u32)>,
}

/// So many bytes around the error must be the author's, unless his text is shorter: the SQL of a trigger holds it in parts.
const ALIKE: usize = 8;

/// The place of an error in `sql`, which was made of a piece, and of which the database told a byte or nothing.
pub fn of(bodies: &[Body], piece: &Piece, dialect: Dialect, sql: &str, at: Option<usize>) -> Place {
    let texts = texts(bodies, piece.loc, dialect);
    let found = at.and_then(|at| {
        let told = texts.iter().map(|text| (text, aligned(&text.sql, sql, at)));
        let best = told.max_by_key(|(_, (_, alike))| *alike)?;
        let (text, (byte, alike)) = best;
        (alike >= ALIKE.min(text.sql.trim().len())).then_some((text, byte))
    });
    if let Some((text, byte)) = found {
        return Place { loc: text.loc, inside: Some(text.word_at(byte)) };
    }
    let loc = match texts.as_slice() {
        [text] if is_of_the_author(&piece.work) => text.loc,
        _ => on_one_line(bodies, piece.loc),
    };
    Place { loc, inside: None }
}

/// Whether the SQL is nothing but a text of the author, or made of its parts.
fn is_of_the_author(work: &Work) -> bool {
    let parts = ["CREATE TRIGGER", "CREATE FUNCTION", "CREATE VIEW"];
    match work {
        Work::Native(_) => true,
        Work::Statement(sql) => parts.iter().any(|words| sql.starts_with(words)),
        _ => false,
    }
}

/// A statement over several lines is named by its first token.
fn on_one_line(bodies: &[Body], loc: Loc) -> Loc {
    let tokens = bodies.get(loc.file.0 as usize).map_or(&[][..], |b| &b.tokens);
    let line = |at: u32| tokens.get(at as usize).map(|t| t.start.line);
    if line(loc.first) == line(loc.last) { loc } else { Loc { last: loc.first, ..loc } }
}

/// Whether there is a text of SQL for that database among the tokens.
pub fn has_text(bodies: &[Body], loc: Loc, dialect: Dialect) -> bool {
    !texts(bodies, loc, dialect).is_empty()
}

/// A text of SQL among a statement's tokens.
struct Text<'a> {
    loc: Loc,
    literal: &'a str,
    sql: String,
}

impl Text<'_> {
    /// The word that begins at that byte, in bytes of the literal; the closing quote at the end of the text.
    fn word_at(&self, byte: usize) -> (u32, u32) {
        let rest = &self.sql[byte..];
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        let from = byte_in(self.literal, byte);
        let to = if length == 0 { from + 1 } else { byte_in(self.literal, byte + length) };
        (from as u32, to as u32)
    }
}

/// The texts for a database: behind `sql`, and behind its name.
fn texts(bodies: &[Body], loc: Loc, dialect: Dialect) -> Vec<Text<'_>> {
    let tokens = bodies.get(loc.file.0 as usize).map_or(&[][..], |b| &b.tokens);
    let is_word = |at: u32, word: &str| {
        let token = tokens.get(at as usize);
        token.is_some_and(|t| t.kind == (Kind::Word { raw: false }) && &*t.text == word)
    };
    let text = |at: u32| {
        let literal = tokens.get(at as usize).filter(|t| t.kind == Kind::Literal)?;
        if !is_word(at - 1, "sql") && !is_word(at - 1, dialect.word()) {
            return None;
        }
        let sql = text_of(&literal.text).filter(|sql| !sql.trim().is_empty())?;
        let loc = Loc { file: loc.file, first: at, last: at };
        Some(Text { loc, literal: &literal.text, sql })
    };
    (loc.first + 1..=loc.last).filter_map(text).collect()
}

/// The byte of the text that stands at byte `at` of the SQL, as far as the bytes around it tell, and how many of them are
/// the same. Blanks at either end of the text count for nothing: they are left out in the SQL.
fn aligned(text: &str, sql: &str, at: usize) -> (usize, usize) {
    let (before, after) = sql.as_bytes().split_at(at.min(sql.len()));
    let bytes = text.as_bytes();
    let blank = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    let alike = |byte: usize| {
        let back = bytes[blank..byte].iter().rev().zip(before.iter().rev()).take_while(|(a, b)| a == b);
        let forth = bytes[byte..end].iter().zip(after).take_while(|(a, b)| a == b);
        (byte, back.count() + forth.count())
    };
    let places = (blank..=end).filter(|byte| text.is_char_boundary(*byte));
    places.map(alike).max_by_key(|(byte, alike)| (*alike, *byte)).unwrap_or((blank, 0))
}

#[cfg(test)]
mod tests {
    use migrate_core::source::files::inline_text;

    use super::*;

    /// The token and the bytes in it that are found for an error at `marked` in the SQL.
    fn found(statement: &str, sql: &str, marked: &str) -> (String, Option<String>) {
        let sources = inline_text("test.rs", statement).unwrap();
        let tokens = &sources.bodies[0].tokens;
        let loc = Loc { last: tokens.len() as u32 - 1, ..Loc::default() };
        let at = sql.find(marked).unwrap();
        let work = Work::Statement(sql.to_owned());
        let piece = Piece { line: 1, column: 1, loc, work };
        let place = of(&sources.bodies, &piece, Dialect::Sqlite, sql, Some(at));
        let text = tokens[place.loc.first as usize].text.to_string();
        let inside = place.inside.map(|(from, to)| text[from as usize..to as usize].to_owned());
        (text, inside)
    }

    #[test]
    fn an_error_in_a_part_of_a_statement_is_found_in_its_text() {
        let statement =
            r#"create table t { a: integer default sql sqlite "1 ++ +", b: text check (sql "b glob ]") }"#;
        let sql = "CREATE TABLE `t` (`a` integer DEFAULT (1 ++ +) NOT NULL, CHECK (b glob ]))";
        let (first, second) = ("\"1 ++ +\"".to_owned(), "\"b glob ]\"".to_owned());
        assert_eq!(found(statement, sql, ") NOT"), (first, Some("\"".to_owned())));
        assert_eq!(found(statement, sql, "]"), (second, Some("]".to_owned())));
        assert_eq!(found(statement, sql, "NOT NULL"), ("create".to_owned(), None));
    }

    #[test]
    fn an_error_in_a_trigger_is_found_though_its_text_is_cut() {
        let statement =
            r#"create trigger t on users sql { sqlite "after insert begin delet from users; end" };"#;
        let sql = "CREATE TRIGGER `t` after insert ON `users` begin delet from users; end";
        assert_eq!(found(statement, sql, "delet").1.as_deref(), Some("delet"));
    }
}
