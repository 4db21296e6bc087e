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

/// Migrations, at least one, and the statements that make of nothing what they leave.
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

    /// The last of them.
    pub(crate) fn last(&self) -> &'static Migration {
        self.migrations[self.len() - 1]
    }

    /// Each of them with the time that it took: the last carries all of it.
    fn times(&self, took: Duration) -> impl Iterator<Item = (&'static Migration, Duration)> {
        let before = std::iter::repeat_n(Duration::ZERO, self.len() - 1);
        self.migrations.iter().copied().zip(before.chain([took]))
    }

    /// The rows for the history table.
    pub(crate) fn rows(&self, of: Of, took: Duration) -> impl Iterator<Item = NewRow> {
        self.times(took).zip(1..).map(move |((migration, took), position)| {
            let script = of(migration);
            NewRow {
                position,
                migration,
                applied_at: now_ms(),
                duration_ms: in_ms(took),
                steps_done: script.map_or(0, |script| script.up.len()) as i64,
                progress: None,
                down: script.and_then(down_text),
            }
        })
    }

    /// Tells that the script begins.
    pub(crate) fn begins(&self, settings: &mut Settings<'_>) {
        settings.tell(Event::Fresh {
            migration: self.last().name.to_owned(),
            migrations: self.len(),
            statements: self.statements.len(),
        });
    }

    /// Tells that its migrations are applied.
    pub(crate) fn finished(&self, settings: &mut Settings<'_>, took: Duration) -> Vec<Done> {
        let done: Vec<Done> = (self.times(took))
            .map(|(migration, took)| Done { migration: migration.name.to_owned(), took })
            .collect();
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
