//! Why a command ends without having done its work: what is said, and the exit code.
//!
//! Messages follow the wording of diagnostics: lower case, no full stop. None of them may carry the address of a
//! database: it can hold a password.

use std::process::ExitCode;

use crate::output;
use crate::render::{Finding, Texts, text};

/// The exit codes of the command line; 0 is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The check says no.
    Refused = 1,
    /// Wrong usage or input.
    Input = 2,
    /// The database failed.
    Database = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// What ends a command.
#[derive(Debug)]
pub struct Failure {
    /// The code to end with.
    pub exit: Exit,
    /// What is still to be said; nothing where the reports already said it.
    findings: Vec<Finding>,
}

impl Failure {
    /// The check says no.
    pub fn refused(message: impl Into<String>) -> Failure {
        Failure::with(Exit::Refused, message)
    }

    /// Wrong usage or input.
    pub fn input(message: impl Into<String>) -> Failure {
        Failure::with(Exit::Input, message)
    }

    /// The database failed.
    pub fn database(message: impl Into<String>) -> Failure {
        Failure::with(Exit::Database, message)
    }

    /// Everything was said already.
    pub fn said(exit: Exit) -> Failure {
        Failure { exit, findings: Vec::new() }
    }

    /// Something to show in a file.
    pub fn shown(exit: Exit, finding: Finding) -> Failure {
        Failure { exit, findings: vec![finding] }
    }

    /// Several things to show in files.
    pub fn all(exit: Exit, findings: Vec<Finding>) -> Failure {
        Failure { exit, findings }
    }

    fn with(exit: Exit, message: impl Into<String>) -> Failure {
        Failure::shown(exit, Finding::error(message))
    }

    /// Adds what the user can type.
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        if let Some(finding) = self.findings.last_mut() {
            finding.help = Some(help.into());
        }
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Failure {
        if let Some(finding) = self.findings.last_mut() {
            finding.notes.push(note.into());
        }
        self
    }

    /// What is to be said, for a caller that says it in its own way.
    pub fn take_finding(&mut self) -> Option<Finding> {
        self.findings.pop()
    }

    /// Says it on the standard error.
    pub fn print(&self) {
        if !self.findings.is_empty() {
            output::report(&text::render(&self.findings, &Texts::default()));
        }
    }

    /// All of it in one text.
    #[cfg(test)]
    pub fn text(&self) -> String {
        text::plain(&self.findings, &Texts::default())
    }
}
