//! Which questions about rows a migration brings, and whether they can be asked before it begins.
//!
//! A table that the migration makes has no rows to ask about until it puts some there. What it does to rows before a step
//! changes the answer, so that such a question can be asked at the step alone.

use std::ops::Range;

use super::Asked;
use crate::check::CheckedStep;
use crate::probe::{Probe, Touched, probes, touched};
use crate::schema::{Data, Schema, Step, same_name};
use crate::source::Loc;
use crate::target::{Dialect, Options};

/// What is known of rows at a point of the migration.
#[derive(Default)]
pub(super) struct Probing {
    /// What the steps so far touched.
    touched: Vec<Touched>,
    /// Tables without rows.
    fresh: Vec<String>,
    /// Whether the next step needs no question.
    pub silent: bool,
    /// The questions.
    pub found: Vec<Asked>,
}

/// Where a step comes from.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its statement.
    pub statement: Loc,
    /// The statement at hand; it may be another, for which a key waited.
    pub checked: Option<&'a CheckedStep>,
}

impl Place<'_> {
    /// The words that a question is about.
    fn of(self, step: &Step, probe: &Probe) -> Loc {
        let Some(checked) = self.checked.filter(|checked| checked.loc == self.statement) else {
            return self.statement;
        };
        let (Step::AlterTable { changes, .. }, Step::AlterTable { changes: all, .. }) = (step, &checked.step)
        else {
            return self.statement;
        };
        // A step can have lost changes that wait for others.
        let at = changes.get(probe.change).and_then(|change| all.iter().position(|c| c == change));
        at.and_then(|at| checked.parts.get(at)).copied().unwrap_or(self.statement)
    }
}

impl Probing {
    /// One more step, the work it became, and the schema before and after it.
    pub fn step(
        &mut self,
        dialect: Dialect,
        step: &Step,
        place: Place<'_>,
        work: Range<usize>,
        [before, after]: [&Schema; 2],
        options: &Options,
    ) {
        if !work.is_empty() && !self.silent {
            for probe in probes(dialect, step, before, options) {
                if !self.fresh.iter().any(|t| same_name(t, &probe.table)) {
                    let early = !self.touched.iter().any(|t| t.meets(&probe.uses));
                    let loc = place.of(step, &probe);
                    self.found.push(Asked { loc, work: work.clone(), early, probe });
                }
            }
        }
        let touched = touched(step, &[before, after]);
        if matches!(step, Step::Data(_) | Step::Native { .. } | Step::Call { .. } | Step::DropTable { .. }) {
            // Rows may be there, or gone, by the time at which it is judged.
            self.found.retain(|asked| !(asked.probe.at_end && touched.meets(&asked.probe.uses)));
        }
        match step {
            Step::CreateTable(table) => self.fresh.push(table.name.clone()),
            Step::RenameTable { from, to } => {
                self.fresh.iter_mut().filter(|t| same_name(t, from)).for_each(|t| t.clone_from(to));
            }
            Step::Data(data) if matches!(&**data, Data::Insert(_)) => {
                self.fresh.retain(|t| !touched.meets(&[crate::probe::Part::whole(t)]));
            }
            Step::Native { .. } | Step::Call { .. } => self.fresh.clear(),
            _ => {}
        }
        self.touched.push(touched);
    }
}
