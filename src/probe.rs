//! Questions about rows that stand in the way: which can be asked when, and what came of them.
//!
//! Comes in: the migrations that are pending, and how many are applied. Goes out: the questions that mean by now what
//! their steps will find, and findings as an application sees them. It must not know how a database is asked.

use std::fmt;

use crate::error::Error;
use crate::migration::{Migration, Probe, Script};

/// Rows that make a statement fail, found before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowsInTheWay {
    /// The migration.
    pub migration: String,
    /// The file in which the statement stands.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The table.
    pub table: String,
    /// How many rows.
    pub rows: u64,
    /// What they do, as said of several: "have `email` null".
    pub words: String,
    /// The primary keys of the first of them, as SQL literals; empty unless they were asked for with
    /// [`Runner::show_keys`](crate::Runner::show_keys), and where the table has none.
    pub keys: Vec<String>,
}

/// "3 rows of `users` have `email` null"
impl fmt::Display for RowsInTheWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, rest) = self.words.split_once(' ').unwrap_or((&self.words, ""));
        match (self.rows, verb) {
            (1, "have") => write!(f, "1 row of `{}` has {rest}", self.table)?,
            (1, _) => write!(f, "1 row of `{}` {verb}s {rest}", self.table)?,
            (rows, _) => write!(f, "{rows} rows of `{}` {verb} {rest}", self.table)?,
        }
        if !self.keys.is_empty() {
            let more = if self.rows > self.keys.len() as u64 { ", .." } else { "" };
            write!(f, " (by their keys: {}{more})", self.keys.join(", "))?;
        }
        Ok(())
    }
}

/// A question, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) migration: &'a str,
    pub(crate) file: &'a str,
    pub(crate) probe: &'static Probe,
}

impl Question<'_> {
    /// What it found, if that is anything.
    pub(crate) fn answered(&self, rows: i64, keys: Vec<String>) -> Option<RowsInTheWay> {
        let rows = u64::try_from(rows).ok().filter(|rows| *rows > 0)?;
        let Probe { line, column, table, words, .. } = *self.probe;
        Some(RowsInTheWay {
            migration: self.migration.to_owned(),
            file: self.file.to_owned(),
            line,
            column,
            table: table.to_owned(),
            rows,
            words: words.to_owned(),
            keys,
        })
    }
}

/// Which questions a run has asked before it touched anything.
#[derive(Debug, Default)]
pub(crate) struct Preflight {
    /// How many migrations were applied when it asked last.
    asked: Option<usize>,
}

impl Preflight {
    /// The questions of what is pending that can be asked with so many applied, and were not before.
    pub(crate) fn due(
        &mut self,
        pending: &[&'static Migration],
        applied: usize,
        script: impl Fn(&'static Migration) -> Option<&'static Script>,
        ask_first: bool,
    ) -> Vec<Question<'static>> {
        if !ask_first {
            return Vec::new();
        }
        let before = self.asked.replace(applied);
        let due = |probe: &Probe| {
            let since = probe.since as usize;
            since <= applied && before.is_none_or(|before| since > before)
        };
        questions(pending, script).filter(|question| due(question.probe)).collect()
    }
}

impl Preflight {
    /// Of a migration's questions those that are best asked right before their steps: of what is judged at the end, when
    /// names may be others, and could not be asked before.
    pub(crate) fn late(&self, probes: &'static [Probe]) -> Vec<&'static Probe> {
        let asked = |probe: &Probe| self.asked.is_some_and(|asked| probe.since as usize <= asked);
        probes.iter().filter(|probe| probe.at_end && !asked(probe)).collect()
    }
}

/// All questions of those migrations.
pub(crate) fn questions(
    migrations: &[&'static Migration],
    script: impl Fn(&'static Migration) -> Option<&'static Script>,
) -> impl Iterator<Item = Question<'static>> {
    migrations.iter().flat_map(move |&migration| {
        let probes = script(migration).map_or(&[][..], |script| script.probes);
        of_script(migration.name, migration.file, probes)
    })
}

fn of_script<'a>(
    migration: &'a str,
    file: &'a str,
    probes: &'static [Probe],
) -> impl Iterator<Item = Question<'a>> {
    probes.iter().map(move |probe| Question { migration, file, probe })
}

/// The questions about one step.
pub(crate) fn about<'a>(
    migration: &'a str,
    file: &'a str,
    probes: &'static [Probe],
    step: usize,
) -> Vec<Question<'a>> {
    let concerns = |probe: &Probe| (probe.steps.0 as usize..probe.steps.1 as usize).contains(&step);
    of_script(migration, file, probes).filter(|question| concerns(question.probe)).collect()
}

/// Whether rows can be why that went wrong: then it is worth asking.
pub(crate) fn may_be_rows(error: &Error) -> bool {
    match error {
        Error::Statement { source, .. } => !source.is_busy() && !source.is_connection_lost(),
        _ => false,
    }
}

/// An error, unless nothing is in the way.
pub(crate) fn refuse(found: Vec<RowsInTheWay>) -> Result<(), Error> {
    match found.is_empty() {
        true => Ok(()),
        false => Err(Error::RowsInTheWay { found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::construct::{migration, plain, probe, probed};

    static PROBES: [Probe; 2] = [
        probe(3, 5, (0, 1), (1, false), "users", "have `email` null", "SELECT 1", ""),
        probe(4, 5, (1, 3), (3, true), "users", "break the check `c`", "SELECT 1", ""),
    ];
    static SCRIPT: Script = probed(plain(&[], &[]), &PROBES);
    static M: Migration = migration("0002_m", "m0002_m.rs", "1", "c", Some(&SCRIPT), None);

    fn sentences(questions: &[Question<'_>], rows: i64) -> Vec<String> {
        questions.iter().filter_map(|q| q.answered(rows, Vec::new())).map(|found| found.to_string()).collect()
    }

    #[test]
    fn one_row_and_several() {
        let questions = about("m", "f", &PROBES, 0);
        assert_eq!(sentences(&questions, 1), ["1 row of `users` has `email` null"]);
        assert_eq!(sentences(&questions, 3), ["3 rows of `users` have `email` null"]);
        assert_eq!(sentences(&questions, 0), [""; 0]);
        let second = about("m", "f", &PROBES, 2);
        assert_eq!(sentences(&second, 1), ["1 row of `users` breaks the check `c`"]);
        let keys = second[0].answered(3, vec!["7".into(), "9".into()]).map(|found| found.to_string());
        assert_eq!(keys.as_deref(), Some("3 rows of `users` break the check `c` (by their keys: 7, 9, ..)"));
        assert!(about("m", "f", &PROBES, 3).is_empty());
    }

    #[test]
    fn each_is_asked_once_and_not_too_early() {
        let mut preflight = Preflight::default();
        let mut due = |applied| preflight.due(&[&M], applied, |m| m.sqlite(), true).len();
        assert_eq!([due(0), due(1), due(1), due(2)], [0, 1, 0, 0]);
        assert_eq!(preflight.late(&PROBES).len(), 1);
        assert_eq!(preflight.due(&[&M], 3, |m| m.sqlite(), true).len(), 1);
        assert_eq!(preflight.late(&PROBES).len(), 0);
    }
}
