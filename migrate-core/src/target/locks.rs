//! PostgreSQL: which locks a step takes on tables, and what it does to their rows while it holds them. The modes are those of
//! <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>, and who takes them is said at
//! <https://www.postgresql.org/docs/current/sql-altertable.html>. They are kept to the end of the transaction.

use super::{Dialect, postgres};
use crate::schema::expr::ExprKind;
use crate::schema::{Change, Column, Data, Default, Expr, Schema, Step, Table, same_name};

/// A lock of a table, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    /// Others read and write; what changes the table waits.
    RowExclusive,
    /// The same, and one of these at a time.
    ShareUpdateExclusive,
    /// Nobody writes.
    Share,
    /// Nobody writes, and one of these at a time.
    ShareRowExclusive,
    /// Nobody reads.
    AccessExclusive,
}

/// What is done to the rows meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Toil {
    /// Nothing that takes the longer the more there are.
    Nothing,
    /// Some of them are written.
    Writes,
    /// Every row is looked at.
    Scans,
    /// An index is built over them.
    Builds,
    /// Every row is written anew.
    Rewrites,
}

/// A lock that a step takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The table.
    pub table: String,
    /// The lock.
    pub lock: Lock,
    /// What is done under it.
    pub toil: Toil,
}

impl Lock {
    /// As the manual writes it.
    pub fn words(self) -> &'static str {
        match self {
            Lock::RowExclusive => "ROW EXCLUSIVE",
            Lock::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Lock::Share => "SHARE",
            Lock::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Lock::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }
}

impl Hold {
    fn new(table: &str, lock: Lock, toil: Toil) -> Hold {
        Hold { table: table.to_owned(), lock, toil }
    }
}

/// What a step holds of tables that were there before it, each table once.
pub fn of_step(step: &Step, before: &Schema) -> Vec<Hold> {
    let mut holds = Vec::new();
    match step {
        Step::CreateTable(table) => {
            holds.extend(table.foreign_keys.iter().map(|key| referred(&key.ref_table)));
        }
        Step::DropTable { table } => {
            holds.push(Hold::new(table, Lock::AccessExclusive, Toil::Nothing));
            let keys = before.table(table).into_iter().flat_map(|t| &t.foreign_keys);
            let others = keys.map(|key| key.ref_table.as_str());
            let others = others.chain(before.references_to(table).map(|(t, _)| t.name.as_str()));
            holds.extend(others.map(|other| Hold::new(other, Lock::AccessExclusive, Toil::Nothing)));
        }
        Step::RenameTable { from, .. } => {
            holds.push(Hold::new(from, Lock::AccessExclusive, Toil::Nothing));
        }
        Step::AlterTable { table, changes, .. } => {
            let Some(mut now) = before.table(table).cloned() else { return holds };
            for change in changes {
                holds.extend(of_change(&now, change));
                now.apply(change);
            }
        }
        Step::CreateIndex { table, index, concurrently } if Dialect::Postgres.has_index(index) => {
            let lock = if *concurrently { Lock::ShareUpdateExclusive } else { Lock::Share };
            holds.push(Hold::new(table, lock, Toil::Builds));
        }
        Step::DropIndex { table, name, concurrently } => {
            let index = before.table(table).and_then(|t| t.index(name));
            if index.is_some_and(|i| Dialect::Postgres.has_index(i)) {
                let lock = if *concurrently { Lock::ShareUpdateExclusive } else { Lock::AccessExclusive };
                holds.push(Hold::new(table, lock, Toil::Nothing));
            }
        }
        Step::CreateTrigger(trigger) => {
            holds.push(Hold::new(&trigger.table, Lock::ShareRowExclusive, Toil::Nothing));
        }
        Step::DropTrigger { table, .. } => {
            holds.push(Hold::new(table, Lock::AccessExclusive, Toil::Nothing));
        }
        Step::Data(data) => {
            let toil = if matches!(&**data, Data::Insert(_)) { Toil::Nothing } else { Toil::Writes };
            holds.push(Hold::new(data.table(), Lock::RowExclusive, toil));
        }
        _ => {}
    }
    holds.retain(|hold| before.table(&hold.table).is_some());
    strongest(holds)
}

/// Each table once, with the strongest lock and the longest toil.
fn strongest(holds: Vec<Hold>) -> Vec<Hold> {
    let mut all: Vec<Hold> = Vec::new();
    for hold in holds {
        match all.iter_mut().find(|other| same_name(&other.table, &hold.table)) {
            Some(other) => {
                other.lock = other.lock.max(hold.lock);
                other.toil = other.toil.max(hold.toil);
            }
            None => all.push(hold),
        }
    }
    all
}

fn referred(table: &str) -> Hold {
    Hold::new(table, Lock::ShareRowExclusive, Toil::Nothing)
}

/// What one change of a table holds, the table itself first.
pub fn of_change(table: &Table, change: &Change) -> Vec<Hold> {
    let own = |lock, toil| Hold::new(&table.name, lock, toil);
    let all = |toil| own(Lock::AccessExclusive, toil);
    let key_of = |name: &str| table.foreign_keys.iter().find(|k| same_name(&k.name.text, name));
    vec![match change {
        Change::SetType { column, ty, using } => {
            let Some(old) = table.column(column) else { return Vec::new() };
            let is_own = using.as_ref().is_none_or(|value| is_own(value, column));
            match is_own && !postgres::rewrites(&old.ty, ty) {
                true => all(Toil::Nothing),
                false => all(Toil::Rewrites),
            }
        }
        Change::AddColumn(column) if is_written(column) => all(Toil::Rewrites),
        Change::SetNotNull { column, .. } if !is_proven(table, column) => all(Toil::Scans),
        Change::AddUnique(_) | Change::AddPrimaryKey(_) => all(Toil::Builds),
        Change::AddCheck(check) if !check.not_valid => all(Toil::Scans),
        Change::RenameValue { .. } => all(Toil::Scans),
        Change::AddForeignKey(key) => {
            let toil = if key.not_valid { Toil::Nothing } else { Toil::Scans };
            return vec![own(Lock::ShareRowExclusive, toil), referred(&key.ref_table)];
        }
        Change::ValidateConstraint { valid: true, .. } => own(Lock::ShareUpdateExclusive, Toil::Scans),
        // A key has triggers on both tables, which come or go with it.
        Change::AlterForeignKey { name, .. } | Change::DropConstraint { name } if key_of(name).is_some() => {
            let toil = match (change, key_of(name)) {
                (Change::AlterForeignKey { .. }, Some(key)) if !key.not_valid => Toil::Scans,
                _ => Toil::Nothing,
            };
            let target = key_of(name).map(|k| Hold::new(&k.ref_table, Lock::AccessExclusive, Toil::Nothing));
            return std::iter::once(all(toil)).chain(target).collect();
        }
        _ => all(Toil::Nothing),
    }]
}

/// Whether a new column has another value in each row. The current time is one for all, the transaction's.
fn is_written(column: &Column) -> bool {
    column.generated.as_ref().is_some_and(|g| g.stored)
        || column.autoincrement.is_some()
        || matches!(column.default, Some(Default::Random))
}

/// Whether a value is the column's own, in whatever type.
fn is_own(value: &Expr, column: &str) -> bool {
    match &value.kind {
        ExprKind::Cast { value, .. } => is_own(value, column),
        _ => value.as_column().is_some_and(|c| same_name(c, column)),
    }
}

/// Whether a check that was judged says that the column is not null.
fn is_proven(table: &Table, column: &str) -> bool {
    table.checks.iter().filter(|check| !check.not_valid).any(|check| match &check.expr.kind {
        ExprKind::IsNull { value, not: true } => value.as_column().is_some_and(|c| same_name(c, column)),
        _ => false,
    })
}
