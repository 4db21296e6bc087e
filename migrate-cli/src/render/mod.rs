//! Reports: what is wrong, with its place in a file, as people and as programs read it.
//!
//! Comes in: diagnostics of the language and their sources. Goes out: findings, which `text` draws as the compiler does
//! and `json` writes as objects. This room must not know what a finding means.

pub mod json;
pub mod text;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use migrate_core::diagnostics::{Diagnostic, Level};
use migrate_core::source::files::Sources;
use migrate_core::source::{Loc, Position, lex};

/// One thing to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub level: Level,
    /// The rule, where it is one.
    pub code: Option<&'static str>,
    /// The fact.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// Something to type.
    pub help: Option<String>,
    /// Facts beside it.
    pub notes: Vec<String>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Where it begins.
    pub start: Position,
    /// Just behind its last character.
    pub end: Position,
    /// The same in bytes of the file's text.
    pub bytes: Range<usize>,
}

/// The texts of files, read once.
#[derive(Clone, Debug, Default)]
pub struct Texts(std::cell::RefCell<BTreeMap<PathBuf, String>>);

impl Texts {
    /// Adds a text that is in no file.
    pub fn put(&self, path: PathBuf, text: String) {
        self.0.borrow_mut().insert(path, text);
    }

    /// The text of a file; empty if it cannot be read (any more).
    pub fn of(&self, path: &Path) -> String {
        let mut texts = self.0.borrow_mut();
        if let Some(text) = texts.get(path) {
            return text.clone();
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        texts.insert(path.to_owned(), text.clone());
        text
    }
}

impl Finding {
    /// An error without place or code.
    pub fn error(message: impl Into<String>) -> Finding {
        Finding {
            level: Level::Error,
            code: None,
            message: message.into(),
            place: None,
            help: None,
            notes: Vec::new(),
        }
    }
}

/// The findings of a history, in the order of the diagnostics.
pub fn findings(diagnostics: &[Diagnostic], sources: &Sources, texts: &Texts) -> Vec<Finding> {
    let finding = |diagnostic: &Diagnostic| Finding {
        level: diagnostic.level,
        code: Some(diagnostic.code.as_str()),
        message: diagnostic.message.clone(),
        place: place(diagnostic.loc, sources, texts).map(|place| match diagnostic.inside {
            Some(bytes) => narrowed(place, bytes, texts),
            None => place,
        }),
        help: diagnostic.help.clone(),
        notes: diagnostic.notes.clone(),
    };
    diagnostics.iter().map(finding).collect()
}

/// `3 errors in 2 files`, with the warnings; nothing if nothing was found.
pub fn summary(findings: &[Finding]) -> Option<String> {
    let count = |level| findings.iter().filter(|f| f.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let level = if errors > 0 { Level::Error } else { Level::Warning };
    let mut files: Vec<&Path> = (findings.iter().filter(|f| f.level == level))
        .filter_map(|f| f.place.as_ref().map(|p| p.path.as_path()))
        .collect();
    files.sort_unstable();
    files.dedup();
    let counted = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let place = match files.len() {
        0 => String::new(),
        n => format!(" in {}", counted(n, "file")),
    };
    match (errors, warnings) {
        (0, 0) => None,
        (0, w) => Some(format!("{}{place}", counted(w, "warning"))),
        (e, 0) => Some(format!("{}{place}", counted(e, "error"))),
        (e, w) => Some(format!("{}{place}, {}", counted(e, "error"), counted(w, "warning"))),
    }
}

/// A place by its line and column alone: the word that begins there.
pub fn place_at(path: &Path, start: Position, texts: &Texts) -> Place {
    let text = texts.of(path);
    let from = byte_at(&text, start).unwrap_or(text.len());
    let word = text[from..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len() - from);
    let chars = text[from..from + word].chars().count() as u32;
    let end = Position { line: start.line, column: start.column + chars };
    Place { path: path.to_owned(), start, end, bytes: from..from + word }
}

/// A run of tokens of a body; for a body without tokens, the macro's name.
fn place(loc: Loc, sources: &Sources, texts: &Texts) -> Option<Place> {
    let file = loc.file.0 as usize;
    let (path, body) = (sources.paths.get(file)?, sources.bodies.get(file)?);
    let (Some(first), Some(last)) = (
        body.tokens.get(loc.first as usize).or(body.tokens.last()),
        body.tokens.get(loc.last as usize).or(body.tokens.last()),
    ) else {
        let text = texts.of(path);
        let start = match lex::calls(&text).ok().and_then(|calls| calls.first().map(|c| c.position)) {
            Some(position) => position,
            None => Position { line: 1, column: 1 },
        };
        return Some(place_at(path, start, texts));
    };
    let text = texts.of(path);
    let told = first.bytes.0 as usize..last.bytes.1 as usize;
    // A file can change between two readings.
    let fits = !told.is_empty() && text.get(told.clone()).is_some();
    let bytes = if fits {
        told
    } else {
        let from = byte_at(&text, first.start).unwrap_or(text.len());
        let to = byte_at(&text, last.end).unwrap_or(text.len());
        from..to.max(from)
    };
    Some(Place { path: path.clone(), start: first.start, end: last.end, bytes })
}

/// Bytes of the place's first token, as the language read it.
fn narrowed(place: Place, (from, to): (u32, u32), texts: &Texts) -> Place {
    let text = texts.of(&place.path);
    let start = place.bytes.start;
    let byte = |wanted: u32| {
        // Line ends of Windows are read as those of Unix.
        let mut read = text[start..]
            .char_indices()
            .filter(|(at, c)| *c != '\r' || !text[start + at..].starts_with("\r\n"));
        let mut count = 0;
        read.find(|(_, c)| {
            let found = count >= wanted as usize;
            count += c.len_utf8();
            found
        })
        .map_or(text.len(), |(at, _)| start + at)
    };
    let bytes = byte(from)..byte(to);
    let (start, end) = (position_of(&text, bytes.start), position_of(&text, bytes.end));
    Place { start, end, bytes, ..place }
}

/// The line and column of a byte.
fn position_of(text: &str, byte: usize) -> Position {
    let before = &text[..byte];
    let line = before.rsplit('\n').next().unwrap_or("");
    Position {
        line: before.matches('\n').count() as u32 + 1,
        column: line.trim_start_matches('\u{feff}').chars().count() as u32 + 1,
    }
}

/// The byte at which a line and column stand.
fn byte_at(text: &str, position: Position) -> Option<usize> {
    let line = position.line.checked_sub(1)? as usize;
    let column = position.column.checked_sub(1)? as usize;
    let start = match line {
        0 => text.len() - text.trim_start_matches('\u{feff}').len(),
        _ => text.match_indices('\n').nth(line - 1)?.0 + 1,
    };
    let rest = text[start..].split('\n').next().unwrap_or("");
    let offset = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    Some(start + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_find_their_byte() {
        let at = |line, column| byte_at("ab\ngröße x\n", Position { line, column });
        assert_eq!(at(1, 1), Some(0));
        assert_eq!(at(2, 1), Some(3));
        assert_eq!(at(2, 4), Some(7));
        assert_eq!(at(2, 99), Some(12));
        assert_eq!(at(9, 1), None);
    }

    #[test]
    fn a_place_is_narrowed_in_whatever_line_ends() {
        let texts = Texts::default();
        for (name, text) in [("unix", "sql \"é\n  selct\";"), ("windows", "sql \"é\r\n  selct\";")] {
            texts.put(name.into(), text.to_owned());
            let start = Position { line: 1, column: 5 };
            let place = Place { path: name.into(), start, end: start, bytes: 4..text.len() - 1 };
            let place = narrowed(place, (6, 11), &texts);
            assert_eq!(&text[place.bytes.clone()], "selct", "{name}");
            assert_eq!(
                (place.start, place.end),
                (Position { line: 2, column: 3 }, Position { line: 2, column: 8 })
            );
        }
    }

    #[test]
    fn the_summary_counts() {
        let mut findings = Vec::new();
        assert_eq!(summary(&findings), None);
        for (path, level) in [("a.rs", Level::Error), ("b.rs", Level::Error), ("a.rs", Level::Error)] {
            let start = Position { line: 1, column: 1 };
            let place = Place { path: path.into(), start, end: start, bytes: 0..0 };
            findings.push(Finding { level, place: Some(place), ..Finding::error("no") });
        }
        assert_eq!(summary(&findings).unwrap(), "3 errors in 2 files");
        findings.push(Finding { level: Level::Warning, ..Finding::error("hm") });
        assert_eq!(summary(&findings).unwrap(), "3 errors in 2 files, 1 warning");
        assert_eq!(summary(&findings[3..]).unwrap(), "1 warning");
    }
}
