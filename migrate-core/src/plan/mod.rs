//! Checked steps to ordered work, for one dialect.
//!
//! Comes in: steps and the schema before them. Goes out: work in the order in which the database can do it. SQLite takes
//! the steps as they are written. PostgreSQL wants a foreign key's target first, so keys to later tables are held back
//! until their target stands, and keys to a table that goes are dropped before it; cycles then need nothing special. A
//! migration that moves rows locks first, and has its deferred checks made before the structure changes.

mod gone;
mod locks;
mod probes;
mod statement_locks;

pub use gone::{Gone, gone};
pub use statement_locks::{StatementLocks, statement_locks};

use std::ops::Range;
use std::sync::Arc;

use crate::check::CheckedStep;
use crate::diagnostics::{Diagnostics, code};
use crate::dialect::{Work, defer_checks, lock_table, lower};
use crate::probe::Probe;
use crate::schema::{Change, ConstraintName, ForeignKey, Schema, Step, Table, same_name};
use crate::source::Loc;
use crate::target::{Dialect, Options};
use probes::{Place, Probing};

/// Work and the statement that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The statement.
    pub loc: Loc,
    /// What the database does.
    pub work: Work,
}

/// A question to ask before work is done, or where it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The statement, or the words of the change in it.
    pub loc: Loc,
    /// The work that rows can make fail, by its numbers.
    pub work: Range<usize>,
    /// Whether nothing in the migration comes before that changes the answer.
    pub early: bool,
    /// The question.
    pub probe: Probe,
}

/// What a database is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The work, in order.
    pub work: Vec<Planned>,
    /// What rows can refuse of it.
    pub asked: Vec<Asked>,
}

/// The work of `steps` on `dialect`, from the schema `before`.
pub fn plan(
    cx: &mut Diagnostics,
    dialect: Dialect,
    steps: &[CheckedStep],
    before: &Schema,
    options: &Options,
) -> Plan {
    // What makes its own transactions stands among its like, and none of them locks or defers beforehand.
    let outside = steps.iter().any(|s| s.step.is_outside());
    let mut planner = Planner {
        cx,
        dialect,
        options,
        now: before.clone(),
        held: Vec::new(),
        mixed: !outside && steps.iter().any(|s| !matches!(s.step, Step::Data(_))),
        moved: None,
        at_once: false,
        current: None,
        work: Vec::new(),
        probing: Probing::default(),
    };
    let first = steps.iter().find(|s| matches!(s.step, Step::Data(_)));
    if let (Dialect::Postgres, false, Some(CheckedStep { loc, .. })) = (dialect, outside, first) {
        let locks = locks::locks(steps, before).into_iter();
        planner.work.extend(locks.map(|(table, all)| Planned { loc: *loc, work: lock_table(&table, all) }));
    }
    for checked in steps {
        planner.current = Some(checked);
        let CheckedStep { step, loc, .. } = checked;
        match dialect {
            Dialect::Sqlite => planner.lower(step, *loc),
            Dialect::Postgres if step.is_outside() => planner.outside(step, *loc),
            Dialect::Postgres => planner.order(step, *loc),
        }
    }
    Plan { work: planner.work, asked: planner.probing.found }
}

/// A foreign key that waits for its target.
struct Held {
    table: String,
    key: ForeignKey,
    loc: Loc,
    /// Whether it stood before: its rows are right.
    stood: bool,
}

impl Held {
    fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        let own = (same_name(&self.table, table), &mut self.key.columns);
        let there = (same_name(&self.key.ref_table, table), &mut self.key.ref_columns);
        for (_, columns) in [own, there].into_iter().filter(|(concerned, _)| *concerned) {
            for column in columns.iter_mut().filter(|c| same_name(c, from)) {
                to.clone_into(column);
            }
        }
    }
}

struct Planner<'a> {
    cx: &'a mut Diagnostics,
    dialect: Dialect,
    options: &'a Options,
    /// The schema as the work so far leaves it.
    now: Schema,
    held: Vec<Held>,
    /// Whether rows move and the structure changes too.
    mixed: bool,
    /// The last statement that moved rows whose checks may be deferred to the end.
    moved: Option<Loc>,
    /// Whether checks that are deferred by themselves are made at once.
    at_once: bool,
    /// The statement at hand.
    current: Option<&'a CheckedStep>,
    work: Vec<Planned>,
    probing: Probing,
}

impl Planner<'_> {
    fn lower(&mut self, step: &Step, loc: Loc) {
        let before = self.now.clone();
        self.now.apply(step);
        match lower(self.dialect, step, &before, &self.now, self.options) {
            Ok(work) => {
                let start = self.work.len();
                self.work.extend(work.into_iter().map(|work| Planned { loc, work }));
                let work = start..self.work.len();
                let place = Place { statement: loc, checked: self.current };
                self.probing.step(self.dialect, step, place, work, [&before, &self.now], self.options);
            }
            Err(unsupported) => {
                let report = self.cx.error(code::UNSUPPORTED_STEP, loc, unsupported.message);
                if let Some(help) = unsupported.help {
                    report.help(help);
                }
            }
        }
    }

    /// What needs nothing before or after it, because nothing can be.
    fn outside(&mut self, step: &Step, loc: Loc) {
        if let Step::DropIndex { table, name, .. } = step {
            let index = self.now.table(table).and_then(|t| t.index(name));
            let columns = index.and_then(|i| i.plain_unique_columns()).unwrap_or_default();
            if let Some((user, key)) = keys_on(&self.now, table, &columns).first() {
                let message = format!(
                    "PostgreSQL cannot drop `{name}` concurrently: the foreign key `{}` of `{user}` may stand on it",
                    key.name.text
                );
                let help = "leave out `concurrently`: then the key is moved to what else is unique";
                self.cx.error(code::UNIQUENESS_IN_USE, loc, message).help(help);
            }
        }
        self.lower(step, loc);
    }

    fn order(&mut self, step: &Step, loc: Loc) {
        match step {
            Step::Data(data) if self.mixed => self.move_rows(data.table(), loc),
            Step::Data(_) => {}
            Step::Call { .. } => self.move_any_rows(loc),
            _ => {
                if let Some(loc) = self.moved.take() {
                    self.work.push(Planned { loc, work: defer_checks(false) });
                    self.at_once = true;
                }
            }
        }
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
                self.lower(step, loc);
            }
            Step::DropIndex { table, name, .. } => self.drop_index(step, table, name, loc),
            _ => self.lower(step, loc),
        }
        self.release();
    }

    /// Before rows move whose checks may be deferred. A structure that changes afterwards needs them made, and rows that
    /// move after that need them deferred again.
    fn move_rows(&mut self, table: &str, loc: Loc) {
        let own = self.now.table(table).is_some_and(|t| t.foreign_keys.iter().any(|k| k.deferrable));
        if own || self.now.references_to(table).any(|(_, k)| k.deferrable) {
            self.defer(loc);
        }
    }

    /// Before a function of the application, which may move rows of any table.
    fn move_any_rows(&mut self, loc: Loc) {
        if self.now.tables().any(|t| t.foreign_keys.iter().any(|k| k.deferrable)) {
            self.defer(loc);
        }
    }

    fn defer(&mut self, loc: Loc) {
        if std::mem::take(&mut self.at_once) {
            self.work.push(Planned { loc, work: defer_checks(true) });
        }
        self.moved = Some(loc);
    }

    /// PostgreSQL binds a key to one index of its target, even where another is unique over the same columns; so keys
    /// over the columns of an index that goes are dropped before, and come back if their target still is unique.
    fn drop_index(&mut self, step: &Step, table: &str, name: &str, loc: Loc) {
        let index = self.now.table(table).and_then(|t| t.index(name));
        if let Some(columns) = index.and_then(|i| i.plain_unique_columns()) {
            for (user, key) in keys_on(&self.now, table, &columns) {
                self.hold(user, key, loc);
            }
        }
        self.lower(step, loc);
    }

    /// Drops a key until its target stands again.
    fn hold(&mut self, table: String, key: ForeignKey, loc: Loc) {
        let changes = vec![Change::DropConstraint { name: key.name.text.clone() }];
        self.lower(&Step::AlterTable { table: table.clone(), recreate: false, changes }, loc);
        self.held.push(Held { table, key, loc, stood: true });
    }

    fn create(&mut self, table: &Arc<Table>, loc: Loc) {
        // Inside CREATE TABLE the table's own unique indexes are not there yet.
        let ready = |key: &ForeignKey| match same_name(&key.ref_table, &table.name) {
            true => table.is_unique_by_constraint(&key.ref_columns),
            false => self.has_target(key),
        };
        let (now, later): (Vec<_>, Vec<_>) = table.foreign_keys.iter().cloned().partition(ready);
        if later.is_empty() {
            return self.lower(&Step::CreateTable(table.clone()), loc);
        }
        let part = Table { foreign_keys: now, ..Table::clone(table) };
        let held = |key| Held { table: table.name.clone(), key, loc, stood: false };
        self.held.extend(later.into_iter().map(held));
        self.lower(&Step::CreateTable(Arc::new(part)), loc);
    }

    fn drop(&mut self, table: &str, loc: Loc) {
        self.held.retain(|h| !same_name(&h.table, table));
        let users: Vec<(String, ForeignKey)> = (self.now.references_to(table))
            .filter(|(t, _)| !same_name(&t.name, table))
            .map(|(t, f)| (t.name.clone(), f.clone()))
            .collect();
        for (user, key) in users {
            // It comes back if a table of that name is made again in the same migration.
            self.hold(user, key, loc);
        }
        self.lower(&Step::DropTable { table: table.to_owned() }, loc);
    }

    fn alter(&mut self, table: &str, recreate: bool, changes: &[Change], loc: Loc) {
        for (user, key) in self.keys_that_lose(table, changes) {
            self.hold(user, key, loc);
        }
        let mut now = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            match change {
                Change::AddForeignKey(key) if !self.has_target_midway(key, table, &changes[..at]) => {
                    self.held.push(Held { table: table.to_owned(), key: key.clone(), loc, stood: false });
                    continue;
                }
                Change::DropConstraint { name } if self.held(table, name).is_some() => {
                    self.held.retain(|h| !(same_name(&h.table, table) && same_name(&h.key.name.text, name)));
                    continue;
                }
                Change::RenameConstraint { from, to, given } => {
                    if let Some(held) = self.held(table, from) {
                        held.key.name = ConstraintName { text: to.clone(), given: *given };
                        continue;
                    }
                }
                Change::ValidateConstraint { name, valid } => {
                    if let Some(held) = self.held(table, name) {
                        held.key.not_valid = !valid;
                        continue;
                    }
                }
                Change::AlterForeignKey { name, on_delete, on_update, deferrable } => {
                    if let Some(held) = self.held(table, name) {
                        (held.key.on_delete, held.key.on_update) = (*on_delete, *on_update);
                        held.key.deferrable = *deferrable;
                        continue;
                    }
                }
                Change::RenameColumn { from, to } => {
                    for held in &mut self.held {
                        held.rename_column(table, from, to);
                    }
                }
                _ => {}
            }
            now.push(change.clone());
        }
        if !now.is_empty() {
            self.lower(&Step::AlterTable { table: table.to_owned(), recreate, changes: now }, loc);
        }
    }

    /// The keys over the columns of a primary key or unique constraint that the changes drop, as they stand before.
    fn keys_that_lose(&self, table: &str, changes: &[Change]) -> Vec<(String, ForeignKey)> {
        let mut lost: Vec<(String, ForeignKey)> = Vec::new();
        // Most alterations take nothing away, and following the schema through them has its price.
        let loses = |c: &Change| matches!(c, Change::DropPrimaryKey | Change::DropConstraint { .. });
        if !changes.iter().any(loses) {
            return lost;
        }
        let mut midway = self.now.clone();
        for (at, change) in changes.iter().enumerate() {
            let old = midway.table(table);
            let columns = match change {
                Change::DropPrimaryKey => old.and_then(|t| t.primary_key.as_ref()).map(|k| k.columns.clone()),
                Change::DropConstraint { name } => old
                    .and_then(|t| t.uniques.iter().find(|u| same_name(&u.name.text, name)))
                    .map(|u| u.columns.clone()),
                _ => None,
            };
            for (user, key) in columns.iter().flat_map(|c| keys_on(&midway, table, c)) {
                let own = same_name(&user, table);
                let name = if own { name_before(&key.name.text, &changes[..at]) } else { &key.name.text };
                let key = (self.now.table(&user))
                    .and_then(|t| t.foreign_keys.iter().find(|k| same_name(&k.name.text, name)));
                if let Some(key) = key
                    && !lost.iter().any(|(t, k)| same_name(t, &user) && k.name == key.name)
                {
                    lost.push((user, key.clone()));
                }
            }
            midway.apply_change(table, change);
        }
        lost
    }

    fn held(&mut self, table: &str, name: &str) -> Option<&mut Held> {
        self.held.iter_mut().find(|h| same_name(&h.table, table) && same_name(&h.key.name.text, name))
    }

    fn has_target(&self, key: &ForeignKey) -> bool {
        self.now.table(&key.ref_table).is_some_and(|t| t.is_unique(&key.ref_columns))
    }

    /// The same within a block, which can make the table itself a target.
    fn has_target_midway(&self, key: &ForeignKey, table: &str, changes: &[Change]) -> bool {
        if !same_name(&key.ref_table, table) || changes.is_empty() {
            return self.has_target(key);
        }
        let mut midway = self.now.clone();
        changes.iter().for_each(|change| midway.apply_change(table, change));
        midway.table(table).is_some_and(|t| t.is_unique(&key.ref_columns))
    }

    /// Adds the keys whose target stands by now.
    fn release(&mut self) {
        let (ready, held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition::<Vec<_>, _>(|h| self.now.table(&h.table).is_some() && self.has_target(&h.key));
        self.held = held;
        for Held { table, mut key, loc, stood } in ready {
            if let Some(target) = self.now.table(&key.ref_table) {
                key.ref_table.clone_from(&target.name);
                for column in &mut key.ref_columns {
                    if let Some(there) = target.column(column) {
                        column.clone_from(&there.name);
                    }
                }
            }
            let changes = vec![Change::AddForeignKey(key)];
            self.probing.silent = stood;
            self.lower(&Step::AlterTable { table, recreate: false, changes }, loc);
            self.probing.silent = false;
        }
    }
}

/// The foreign keys that refer to those columns of a table, in whatever order.
fn keys_on(schema: &Schema, table: &str, columns: &[String]) -> Vec<(String, ForeignKey)> {
    schema.keys_on(table, columns).map(|(t, key)| (t.name.clone(), key.clone())).collect()
}

/// The name that a constraint had before the changes.
fn name_before<'a>(name: &'a str, changes: &'a [Change]) -> &'a str {
    changes.iter().rev().fold(name, |name, change| match change {
        Change::RenameConstraint { from, to, .. } if same_name(to, name) => from,
        _ => name,
    })
}
