//! PostgreSQL: which locks each statement of a migration takes on tables that others may be using.

use super::locks::locks;
use crate::check::CheckedStep;
use crate::dialect::type_name;
use crate::schema::{Change, Schema, Step, same_name};
use crate::source::Loc;
use crate::target::locks::{Hold, Lock, Toil, of_step};
use crate::target::{Dialect, Options};

/// A statement and its locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLocks {
    /// The statement.
    pub loc: Loc,
    /// The locks, each table once.
    pub holds: Vec<Hold>,
}

/// The locks of all statements, from the schema `before`. Tables that the migration itself makes nobody else sees.
pub fn statement_locks(steps: &[CheckedStep], before: &Schema, options: &Options) -> Vec<StatementLocks> {
    let mut now = before.clone();
    let mut fresh: Vec<String> = Vec::new();
    let mut first = Some(locks(steps, before)).filter(|_| !steps.iter().any(|s| s.step.is_outside()));
    let mut all = Vec::new();
    for CheckedStep { step, loc, .. } in steps {
        let mut holds = of_step(&without_the_same(step, &now, options), &now);
        holds.retain(|hold| !fresh.iter().any(|t| same_name(t, &hold.table)));
        // What the statement that moves rows first locks for all of them.
        for (table, all) in first.take_if(|_| matches!(step, Step::Data(_))).into_iter().flatten() {
            let lock = if all { Lock::AccessExclusive } else { Lock::ShareRowExclusive };
            match holds.iter_mut().find(|hold| same_name(&hold.table, &table)) {
                Some(hold) => hold.lock = hold.lock.max(lock),
                None => holds.push(Hold { table, lock, toil: Toil::Nothing }),
            }
        }
        match step {
            Step::CreateTable(table) => fresh.push(table.name.clone()),
            Step::RenameTable { from, to } => {
                fresh.iter_mut().filter(|t| same_name(t, from)).for_each(|t| t.clone_from(to));
            }
            _ => {}
        }
        now.apply(step);
        all.push(StatementLocks { loc: *loc, holds });
    }
    all
}

/// The step without new types that are the old ones to PostgreSQL, for which nothing is sent.
fn without_the_same(step: &Step, before: &Schema, options: &Options) -> Step {
    let Step::AlterTable { table, recreate, changes } = step else { return step.clone() };
    let Some(mut now) = before.table(table).cloned() else { return step.clone() };
    let mut sent = Vec::with_capacity(changes.len());
    for change in changes {
        let same = match change {
            Change::SetType { column, ty, using: None } => now.column(column).is_some_and(|c| {
                type_name(Dialect::Postgres, &c.ty, options) == type_name(Dialect::Postgres, ty, options)
            }),
            _ => false,
        };
        if !same {
            sent.push(change.clone());
        }
        now.apply(change);
    }
    Step::AlterTable { table: table.clone(), recreate: *recreate, changes: sent }
}
