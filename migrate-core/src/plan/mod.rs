//! Checked steps to ordered work, for one dialect.
//!
//! Comes in: steps and the schema before them. Goes out: work in the order in which the database can do it. SQLite takes
//! the steps as they are written. PostgreSQL wants a foreign key's target first, so keys to later tables are held back
//! until their target stands, and keys to a table that goes are dropped before it; cycles then need nothing special.

use crate::check::CheckedStep;
use crate::diagnostics::{Diagnostics, code};
use crate::dialect::{Work, lower};
use crate::schema::{Change, ForeignKey, Schema, Step, Table, same_name};
use crate::source::Loc;
use crate::target::{Dialect, Options};

/// Work and the statement that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The statement.
    pub loc: Loc,
    /// What the database does.
    pub work: Work,
}

/// The work of `steps` on `dialect`, from the schema `before`.
pub fn plan(
    cx: &mut Diagnostics,
    dialect: Dialect,
    steps: &[CheckedStep],
    before: &Schema,
    options: &Options,
) -> Vec<Planned> {
    let mut planner =
        Planner { cx, dialect, options, now: before.clone(), held: Vec::new(), work: Vec::new() };
    for CheckedStep { step, loc } in steps {
        match dialect {
            Dialect::Sqlite => planner.lower(step.clone(), *loc),
            Dialect::Postgres => planner.order(step, *loc),
        }
    }
    planner.work
}

/// A foreign key that waits for its target.
struct Held {
    table: String,
    key: ForeignKey,
    loc: Loc,
}

struct Planner<'a> {
    cx: &'a mut Diagnostics,
    dialect: Dialect,
    options: &'a Options,
    /// The schema as the work so far leaves it.
    now: Schema,
    held: Vec<Held>,
    work: Vec<Planned>,
}

impl Planner<'_> {
    fn lower(&mut self, step: Step, loc: Loc) {
        let before = self.now.clone();
        self.now.apply(&step);
        match lower(self.dialect, &step, &before, &self.now, self.options) {
            Ok(work) => self.work.extend(work.into_iter().map(|work| Planned { loc, work })),
            Err(unsupported) => {
                let report = self.cx.error(code::UNSUPPORTED_STEP, loc, unsupported.message);
                if let Some(help) = unsupported.help {
                    report.help(help);
                }
            }
        }
    }

    fn order(&mut self, step: &Step, loc: Loc) {
        match step {
            Step::CreateTable(table) => self.create(table, loc),
            Step::DropTable { table } => self.drop(table, loc),
            Step::AlterTable { table, recreate, changes } => self.alter(table, *recreate, changes, loc),
            Step::RenameTable { from, to } => {
                for held in &mut self.held {
                    for name in [&mut held.table, &mut held.key.ref_table] {
                        if same_name(name, from) {
                            name.clone_from(to);
                        }
                    }
                }
                self.lower(step.clone(), loc);
            }
            _ => self.lower(step.clone(), loc),
        }
        self.release();
    }

    fn create(&mut self, table: &Table, loc: Loc) {
        let mut table = table.clone();
        let keys = std::mem::take(&mut table.foreign_keys);
        for key in keys {
            // Inside CREATE TABLE the table's own unique indexes are not there yet.
            let own = same_name(&key.ref_table, &table.name);
            let ready = if own { has_constraint(&table, &key) } else { self.has_target(&key) };
            if ready {
                table.foreign_keys.push(key);
            } else {
                self.held.push(Held { table: table.name.clone(), key, loc });
            }
        }
        self.lower(Step::CreateTable(table), loc);
    }

    fn drop(&mut self, table: &str, loc: Loc) {
        self.held.retain(|h| !same_name(&h.table, table));
        let users: Vec<(String, ForeignKey)> = (self.now.references_to(table))
            .filter(|(t, _)| !same_name(&t.name, table))
            .map(|(t, f)| (t.name.clone(), f.clone()))
            .collect();
        for (user, key) in users {
            let changes = vec![Change::DropConstraint { name: key.name.text.clone() }];
            self.lower(Step::AlterTable { table: user.clone(), recreate: false, changes }, loc);
            // It comes back if a table of that name is made again in the same migration.
            self.held.push(Held { table: user, key, loc });
        }
        self.lower(Step::DropTable { table: table.to_owned() }, loc);
    }

    fn alter(&mut self, table: &str, recreate: bool, changes: &[Change], loc: Loc) {
        let mut now = Vec::new();
        for change in changes {
            match change {
                Change::AddForeignKey(key) if !same_name(&key.ref_table, table) && !self.has_target(key) => {
                    self.held.push(Held { table: table.to_owned(), key: key.clone(), loc });
                }
                Change::DropConstraint { name } if self.held_has(table, name) => {
                    self.held.retain(|h| !(same_name(&h.table, table) && same_name(&h.key.name.text, name)));
                }
                _ => now.push(change.clone()),
            }
        }
        if !now.is_empty() {
            self.lower(Step::AlterTable { table: table.to_owned(), recreate, changes: now }, loc);
        }
    }

    fn held_has(&self, table: &str, name: &str) -> bool {
        self.held.iter().any(|h| same_name(&h.table, table) && same_name(&h.key.name.text, name))
    }

    fn has_target(&self, key: &ForeignKey) -> bool {
        self.now.table(&key.ref_table).is_some_and(|t| t.is_unique(&key.ref_columns))
    }

    /// Adds the keys whose target stands by now.
    fn release(&mut self) {
        let (ready, held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition::<Vec<_>, _>(|h| self.now.table(&h.table).is_some() && self.has_target(&h.key));
        self.held = held;
        for Held { table, key, loc } in ready {
            let changes = vec![Change::AddForeignKey(key)];
            self.lower(Step::AlterTable { table, recreate: false, changes }, loc);
        }
    }
}

/// Whether a primary key or unique constraint, not an index, makes the target of the table's own key unique.
fn has_constraint(table: &Table, key: &ForeignKey) -> bool {
    let mut bare = table.clone();
    bare.indexes.clear();
    bare.is_unique(&key.ref_columns)
}
