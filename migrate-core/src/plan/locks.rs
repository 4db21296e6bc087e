//! PostgreSQL: the tables that a migration which moves rows locks before anything else.
//!
//! Other sessions go on writing while a migration runs. A row that one of them adds between `update t set new = old` and
//! `drop column old`, or between a copy and the end of what was copied, was acknowledged and would be lost. So tables
//! that rows are read from are locked against writers, and tables that change their shape too against everyone, all at
//! the beginning and in the order of their names, in which no two migrations wait for each other. Rows that are only
//! added, changed or deleted need no lock: their own locks do.

use std::collections::BTreeMap;

use crate::check::CheckedStep;
use crate::schema::query::Data;
use crate::schema::{Change, Schema, Step, key, same_name};

/// How a table is locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Rows are read, or written.
    moved: bool,
    /// Rows are read, or the numbers of its key go on.
    held: bool,
    /// Its shape changes.
    altered: bool,
}

/// The tables to lock, by name, each with whether everyone is kept out; none for a migration that moves no rows.
pub(super) fn locks(steps: &[CheckedStep], before: &Schema) -> Vec<(String, bool)> {
    if !steps.iter().any(|s| matches!(s.step, Step::Data(_))) {
        return Vec::new();
    }
    let mut walk = Walk { before, now: before.clone(), renamed: Vec::new(), uses: BTreeMap::new() };
    for CheckedStep { step, .. } in steps {
        walk.step(step);
        walk.now.apply(step);
    }
    let locked = walk.uses.into_values().filter(|(_, uses)| uses.moved && (uses.held || uses.altered));
    locked.map(|(name, uses)| (name, uses.altered)).collect()
}

struct Walk<'a> {
    before: &'a Schema,
    now: Schema,
    /// New names in the migration, each with the one at its beginning; none for a new table.
    renamed: Vec<(String, Option<String>)>,
    /// By the key of the name at the beginning: that name, and what happens to the table.
    uses: BTreeMap<String, (String, Uses)>,
}

impl Walk<'_> {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Data(data) => self.data(data),
            Step::CreateTable(table) => {
                table.foreign_keys.iter().for_each(|k| self.hold(&k.ref_table));
                self.renamed.push((table.name.clone(), None));
            }
            Step::DropTable { table } | Step::DropIndex { table, .. } => self.alter(table),
            Step::AlterTable { table, changes, .. } => {
                self.alter(table);
                for change in changes {
                    if let Change::AddForeignKey(key) = change {
                        self.hold(&key.ref_table);
                    }
                }
            }
            Step::RenameTable { from, to } => {
                self.alter(from);
                let origin = self.origin(from);
                self.renamed.push((to.clone(), origin));
            }
            Step::CreateIndex { table, .. } => self.hold(table),
            Step::CreateTrigger(trigger) => self.hold(&trigger.table),
            Step::DropTrigger { table, .. } => self.alter(table),
            Step::RenameIndex { .. }
            | Step::CreateView(_)
            | Step::DropView { .. }
            | Step::RenameView { .. }
            | Step::CreateExtension(_)
            | Step::DropExtension { .. }
            | Step::LeaveExtension { .. }
            // A function takes the locks that it needs itself.
            | Step::Native { .. }
            | Step::Call { .. } => {}
        }
    }

    fn data(&mut self, data: &Data) {
        let table = data.table();
        self.uses(table, |uses| uses.moved = true);
        let read: Vec<String> = data.reads().iter().flat_map(|read| self.now.tables_behind(read)).collect();
        for table in read {
            self.uses(&table, |uses| (uses.moved, uses.held) = (true, true));
        }
        let numbered = self.now.table(table).is_some_and(|t| {
            let mut columns = t.columns.iter().filter(|c| c.autoincrement.is_some());
            columns.any(|c| data.columns().iter().any(|name| same_name(name, &c.name)))
        });
        if numbered {
            self.hold(table);
        }
    }

    fn hold(&mut self, table: &str) {
        self.uses(table, |uses| uses.held = true);
    }

    fn alter(&mut self, table: &str) {
        self.uses(table, |uses| uses.altered = true);
    }

    fn uses(&mut self, table: &str, change: impl FnOnce(&mut Uses)) {
        if let Some(origin) = self.origin(table) {
            change(&mut self.uses.entry(key(&origin)).or_insert((origin, Uses::default())).1);
        }
    }

    /// The name that a table had at the beginning, if it was there.
    fn origin(&self, table: &str) -> Option<String> {
        match self.renamed.iter().rev().find(|(name, _)| same_name(name, table)) {
            Some((_, origin)) => origin.clone(),
            None => self.before.table(table).map(|t| t.name.clone()),
        }
    }
}
