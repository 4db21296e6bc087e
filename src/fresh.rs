//! A fresh database: the folded schema in place of the first migrations, where that is all that they are.
//!
//! Comes in: what is pending where nothing is applied. Goes out: the migrations that one script stands for, and their rows.
//! Whether a database has nothing in it is for its driver to see.

use std::time::Duration;

use crate::event::{Direction, Event};
use crate::history::{NewRow, down_text, in_ms, now_ms};
use crate::migration::{Migration, Script, Steps};
use crate::report::Done;
use crate::runner::Settings;

/// Migrations, and the statements that make of nothing what they leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    migrations: &'static [&'static Migration],
    pub(crate) statements: &'static [&'static str],
}

/// What a migration does on the database at hand.
type Of = fn(&'static Migration) -> Option<&'static Script>;

impl Fresh {
    /// The stretch at the start of what is pending, unless something is applied or the caller wants each migration to run.
    pub(crate) fn of(
        settings: &Settings<'_>,
        applied: usize,
        pending: &'static [&'static Migration],
        of: Of,
    ) -> Option<Fresh> {
        if applied > 0 || settings.replay {
            return None;
        }
        let statements = |migration: &'static Migration| of(migration).map_or(&[][..], |script| script.fresh);
        let last = pending.iter().rposition(|migration| !statements(migration).is_empty())?;
        Some(Fresh { migrations: &pending[..=last], statements: statements(pending[last]) })
    }

    /// How many migrations it stands for.
    pub(crate) fn len(&self) -> usize {
        self.migrations.len()
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.migrations.iter().map(|migration| migration.name)
    }

    /// The last of them.
    pub(crate) fn last(&self) -> Option<&'static Migration> {
        self.migrations.last().copied()
    }

    /// The rows for the history table. The last carries all the time that it took.
    pub(crate) fn rows(&self, of: Of, took: Duration) -> impl Iterator<Item = NewRow> {
        let last = self.len();
        self.migrations.iter().enumerate().map(move |(index, migration)| {
            let script = of(migration);
            NewRow {
                position: (index + 1) as i64,
                migration,
                applied_at: now_ms(),
                duration_ms: if index + 1 == last { in_ms(took) } else { 0 },
                steps_done: script.map_or(0, |script| script.up.len()) as i64,
                progress: None,
                down: script.and_then(down_text),
            }
        })
    }

    /// Tells that the script begins.
    pub(crate) fn begins(&self, settings: &mut Settings<'_>) {
        let Some(last) = self.last() else { return };
        let (migrations, statements) = (self.len(), self.statements.len());
        settings.tell(Event::Fresh { migration: last.name.to_owned(), migrations, statements });
    }

    /// Tells that its migrations are applied.
    pub(crate) fn finished(&self, settings: &mut Settings<'_>, took: Duration) -> Vec<Done> {
        let last = self.last().map(|migration| migration.name);
        let took = |name| if last == Some(name) { took } else { Duration::ZERO };
        let done: Vec<Done> =
            self.names().map(|name| Done { migration: name.to_owned(), took: took(name) }).collect();
        for Done { migration, took } in done.iter().cloned() {
            settings.tell(Event::Finished { migration, direction: Direction::Up, took });
        }
        done
    }
}

impl Steps {
    fn len(self) -> usize {
        match self {
            Steps::Plain(steps) => steps.len(),
            Steps::Any(steps) => steps.len(),
        }
    }
}
