//! What is wrong: the sink that every room reports to.
//!
//! Comes in: a code, a place, and words. Goes out: the diagnostics of a whole history, sorted by place, each
//! cause once. This room knows places only as [`Loc`]: which compiler span or source line that is, the doors know.

pub mod code;
pub mod similar;
mod wording;

pub use code::Code;

use crate::source::{FileId, Loc};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The history does not compile.
    Error,
    /// The history compiles; the author should look here.
    Warning,
}

/// One finding: what, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub level: Level,
    /// The rule, as a word: `unknown_column`.
    pub code: Code,
    /// The smallest run of tokens at fault.
    pub loc: Loc,
    /// Where the first of these tokens is a text: the bytes of the token, as it is written, that are at fault. Only a
    /// door that has the file's text can show them.
    pub inside: Option<(u32, u32)>,
    /// The fact, in lower case, without a full stop.
    pub message: String,
    /// Something to type.
    pub help: Option<String>,
    /// Facts about other places.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// Message, help, notes and code as the lines that a terminal shows below `error: `.
    pub fn text(&self) -> String {
        let mut text = format!("{} [{}]", self.message, self.code);
        if let Some(help) = &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        for note in &self.notes {
            text.push_str("\nnote: ");
            text.push_str(note);
        }
        text
    }
}

/// Proof that an error was reported, so that whoever holds it stays silent about the same cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported(());

/// The sink. Passed first, as `cx: &mut Diagnostics`, to everything that can find a mistake.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Reports an error; hang help and notes on what is returned.
    pub fn error(&mut self, code: Code, loc: Loc, message: impl Into<String>) -> Report<'_> {
        self.push(Level::Error, code, loc, message.into())
    }

    /// Reports a warning.
    pub fn warning(&mut self, code: Code, loc: Loc, message: impl Into<String>) -> Report<'_> {
        self.push(Level::Warning, code, loc, message.into())
    }

    fn push(&mut self, level: Level, code: Code, loc: Loc, message: String) -> Report<'_> {
        wording::assert_message(&message);
        self.list.push(Diagnostic { level, code, loc, inside: None, message, help: None, notes: Vec::new() });
        let last = self.list.len() - 1;
        Report { diagnostic: &mut self.list[last] }
    }

    /// Whether an error was reported so far.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.level == Level::Error)
    }

    /// Errors that were reported so far: a mark to compare with later.
    pub fn error_count(&self) -> usize {
        self.list.iter().filter(|d| d.level == Level::Error).count()
    }

    /// Takes all that another sink holds.
    pub fn append(&mut self, other: Diagnostics) {
        self.list.extend(other.list);
    }

    /// Those of one file.
    pub fn of(&self, file: FileId) -> Diagnostics {
        Diagnostics { list: self.list.iter().filter(|d| d.loc.file == file).cloned().collect() }
    }

    /// All findings, sorted by file and place, exact duplicates dropped.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| {
            (a.loc.file, a.loc.first, a.level, a.loc.last).cmp(&(
                b.loc.file,
                b.loc.first,
                b.level,
                b.loc.last,
            ))
        });
        self.list.dedup();
        self.list
    }
}

/// A diagnostic that was just reported, to add to.
pub struct Report<'a> {
    diagnostic: &'a mut Diagnostic,
}

impl Report<'_> {
    /// Adds what the author can type.
    pub fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        wording::assert_line(&help);
        self.diagnostic.help = Some(help);
        self
    }

    /// Adds a fact about another place.
    pub fn note(self, note: impl Into<String>) -> Self {
        let note = note.into();
        wording::assert_line(&note);
        self.diagnostic.notes.push(note);
        self
    }

    /// Narrows the place to bytes of its first token.
    pub fn inside(self, bytes: Option<(u32, u32)>) -> Self {
        self.diagnostic.inside = bytes;
        self
    }

    /// The proof.
    pub fn reported(self) -> Reported {
        Reported(())
    }
}
