//! What rows can refuse, as questions that can be asked before: "3 rows of `users` have `email` null".
//!
//! Comes in: a step and the schema before it. Goes out: for each thing that rows of a table there can refuse, the queries
//! that tell which do, over the table as it is before the step. What the step itself makes of values is not known to a
//! query over the old ones, so nothing is asked about those: then the database says it when the step runs.

mod touched;

pub use touched::{Part, Touched, touched};

use crate::dialect::{Offence, Query, offending};
use crate::schema::expr::ExprKind;
use crate::schema::{
    Change, Check, Column, Expr, ForeignKey, Index, IndexKey, Schema, Step, Table, same_name,
};
use crate::target::{Dialect, Options};

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The table whose rows are counted.
    pub table: String,
    /// What they do, as said of several: "have `email` null".
    pub words: String,
    /// The queries.
    pub query: Query,
    /// What the queries read.
    pub uses: Vec<Part>,
    /// Whether SQLite judges it at the end of the transaction alone.
    pub at_end: bool,
    /// Which of the step's changes it is about, where it alters a table.
    pub change: usize,
}

/// What rows can refuse of a step.
pub fn probes(dialect: Dialect, step: &Step, before: &Schema, options: &Options) -> Vec<Probe> {
    match step {
        Step::CreateIndex { table, index, .. } if index.unique && dialect.has_index(index) => {
            let Some(table) = before.table(table) else { return Vec::new() };
            unique_index(dialect, table, index, options).into_iter().collect()
        }
        // Most alterations are refused by no row, and following the table through them has its price.
        Step::AlterTable { table, changes, .. } if changes.iter().any(is_judged) => {
            let Some(table) = before.table(table) else { return Vec::new() };
            let now = table.clone();
            let mut block = Block {
                dialect,
                options,
                before,
                table,
                now,
                names: Vec::new(),
                changed: Vec::new(),
                at: 0,
                found: Vec::new(),
            };
            for column in &table.columns {
                block.names.push((column.name.clone(), Some(column.name.clone())));
            }
            for (at, change) in changes.iter().enumerate() {
                block.at = at;
                if dialect == Dialect::Postgres || !is_taken_back(change, &changes[at + 1..]) {
                    block.change(change);
                }
                block.follow(change);
            }
            block.finish()
        }
        _ => Vec::new(),
    }
}

/// Whether rows can refuse a change.
fn is_judged(change: &Change) -> bool {
    match change {
        Change::AddColumn(column) => column.generated.is_some(),
        Change::SetType { using, .. } => using.is_some(),
        Change::SetNotNull { .. }
        | Change::AddPrimaryKey(_)
        | Change::AddUnique(_)
        | Change::AddCheck(_)
        | Change::AddForeignKey(_)
        | Change::ValidateConstraint { .. } => true,
        _ => false,
    }
}

/// Whether the same block takes it back, of which SQLite's rebuild sees nothing.
fn is_taken_back(change: &Change, later: &[Change]) -> bool {
    let name = match change {
        Change::AddUnique(it) => &it.name.text,
        Change::AddCheck(it) => &it.name.text,
        Change::AddForeignKey(it) => &it.name.text,
        Change::AddPrimaryKey(_) => return later.iter().any(|c| matches!(c, Change::DropPrimaryKey)),
        Change::SetNotNull { column, .. } => {
            return later
                .iter()
                .any(|c| matches!(c, Change::DropNotNull { column: c } if same_name(c, column)));
        }
        _ => return false,
    };
    later.iter().any(|c| match c {
        Change::DropConstraint { name: gone } => same_name(gone, name),
        // By then it goes by another.
        Change::RenameConstraint { from, .. } => same_name(from, name),
        _ => false,
    })
}

fn unique_index(dialect: Dialect, table: &Table, index: &Index, options: &Options) -> Option<Probe> {
    // A class may have its own idea of what is equal, and what is the same in every row is a number of a column to SQL.
    if index.keys.iter().any(|k| k.class.is_some() || (k.expr.columns().is_empty() && !k.expr.has_native())) {
        return None;
    }
    let mut uses: Vec<Part> = index.exprs().flat_map(|e| parts(table, e)).collect();
    uses.extend(key_parts(table));
    let offence = Offence::Shared {
        keys: &index.keys,
        nulls_same: index.nulls_not_distinct,
        condition: index.condition.as_ref(),
    };
    let what = match index.keys.iter().map(|k| k.expr.as_column()).collect::<Option<Vec<_>>>() {
        Some(columns) => names(columns.into_iter()),
        None => format!("the keys of `{}`", index.name),
    };
    Some(Probe {
        table: table.name.clone(),
        words: format!("agree in {what} with another"),
        query: offending(dialect, table, offence, options)?,
        uses: with_sources(table, uses),
        at_end: false,
        change: 0,
    })
}

/// One `alter table`, change by change.
struct Block<'a> {
    dialect: Dialect,
    options: &'a Options,
    before: &'a Schema,
    /// The table as it is before the block.
    table: &'a Table,
    /// The same as the changes so far leave it.
    now: Table,
    /// Its columns by the names they have so far, each with the one in the database, or none if its values are new.
    names: Vec<(String, Option<String>)>,
    /// Columns by their names in the database whose values the block changes.
    changed: Vec<String>,
    /// The number of the change at hand.
    at: usize,
    found: Vec<Probe>,
}

impl Block<'_> {
    fn change(&mut self, change: &Change) {
        match change {
            Change::SetNotNull { column, using: None } => self.null(column),
            Change::AddPrimaryKey(key) => {
                for column in &key.columns {
                    if self.now.column(column).is_some_and(|c| c.null) {
                        self.null(column);
                    }
                }
                self.unique(&key.columns, false);
            }
            Change::AddUnique(unique) => self.unique(&unique.columns, unique.nulls_not_distinct),
            Change::AddCheck(check) if !(check.not_valid && self.dialect == Dialect::Postgres) => {
                self.check(check);
            }
            Change::AddForeignKey(key) if !(key.not_valid && self.dialect == Dialect::Postgres) => {
                self.foreign_key(key);
            }
            Change::ValidateConstraint { name, valid: true } if self.dialect == Dialect::Postgres => {
                let check = self.now.checks.iter().find(|c| same_name(&c.name.text, name)).cloned();
                let key = self.now.foreign_keys.iter().find(|k| same_name(&k.name.text, name)).cloned();
                check.iter().for_each(|check| self.check(check));
                key.iter().for_each(|key| self.foreign_key(key));
            }
            Change::SetType { column, ty, using: Some(using) } if is_itself(using, column) => {
                let same = |c: &Column| c.ty.family() == ty.family();
                let Some(old) = self.origin(column).filter(|_| self.now.column(column).is_some_and(same))
                else {
                    return;
                };
                let words = format!("have a `{old}` that is too large for its new type");
                self.ask(words, Offence::TooLarge { column: &old, ty }, vec![self.part(&old)]);
            }
            Change::AddColumn(Column { name, null: false, generated: Some(generated), .. }) => {
                let Some(value) = self.translated(&generated.expr) else { return };
                let uses = parts(self.table, &value);
                self.ask(format!("make `{name}` null"), Offence::Null(&value), uses);
            }
            _ => {}
        }
    }

    fn null(&mut self, column: &str) {
        let Some(old) = self.origin(column) else { return };
        let value = self.column(&old);
        self.ask(format!("have `{old}` null"), Offence::Null(&value), vec![self.part(&old)]);
    }

    fn unique(&mut self, columns: &[String], nulls_same: bool) {
        let Some(old) = self.origins(columns) else { return };
        let keys: Vec<IndexKey> = old.iter().map(|c| IndexKey::new(self.column(c), false)).collect();
        let uses = old.iter().map(|c| self.part(c)).collect();
        let words = format!("agree in {} with another", names(old.iter().map(String::as_str)));
        self.ask(words, Offence::Shared { keys: &keys, nulls_same, condition: None }, uses);
    }

    fn check(&mut self, check: &Check) {
        let Some(condition) = self.translated(&check.expr) else { return };
        let words = match check.of_enum.as_deref().and_then(|column| self.origin(column)) {
            Some(column) => format!("have a `{column}` that is none of its values"),
            None => format!("break the check `{}`", check.name.text),
        };
        let uses = parts(self.table, &condition);
        self.ask(words, Offence::Breaks(&condition), uses);
    }

    fn foreign_key(&mut self, key: &ForeignKey) {
        let Some(columns) = self.origins(&key.columns) else { return };
        let own = same_name(&key.ref_table, &self.table.name);
        let ref_columns = match own {
            true => self.origins(&key.ref_columns),
            false => self.before.table(&key.ref_table).and_then(|target| {
                let there = |c: &String| target.column(c).map(|c| c.name.clone());
                key.ref_columns.iter().map(there).collect()
            }),
        };
        let Some(ref_columns) = ref_columns else { return };
        let mut uses: Vec<Part> = columns.iter().map(|c| self.part(c)).collect();
        uses.extend(ref_columns.iter().map(|c| Part::column(&key.ref_table, c)));
        let words = format!(
            "refer by {} to no row of `{}`",
            names(columns.iter().map(String::as_str)),
            key.ref_table
        );
        let key = ForeignKey { columns, ref_columns, ..key.clone() };
        self.ask(words, Offence::Dangling(&key), uses);
    }

    fn ask(&mut self, words: String, offence: Offence<'_>, mut uses: Vec<Part>) {
        let Some(query) = offending(self.dialect, self.table, offence, self.options) else { return };
        uses.extend(key_parts(self.table));
        let at_end = self.dialect == Dialect::Sqlite && matches!(offence, Offence::Dangling(_));
        let uses = with_sources(self.table, uses);
        let table = self.table.name.clone();
        self.found.push(Probe { table, words, query, uses, at_end, change: self.at });
    }

    fn column(&self, name: &str) -> Expr {
        let family = self.table.column(name).map(|c| c.ty.family());
        Expr::column(name, family.unwrap_or(crate::schema::expr::Family::Unknown))
    }

    fn part(&self, column: &str) -> Part {
        Part::column(&self.table.name, column)
    }

    /// The name in the database of a column whose values the block leaves as they are.
    fn origin(&self, column: &str) -> Option<String> {
        let found = self.names.iter().find(|(name, _)| same_name(name, column));
        found.and_then(|(_, old)| old.clone())
    }

    fn origins(&self, columns: &[String]) -> Option<Vec<String>> {
        columns.iter().map(|c| self.origin(c)).collect()
    }

    /// An expression over the table as it is by now, over the one in the database.
    fn translated(&self, expr: &Expr) -> Option<Expr> {
        let same = |(name, old): &(String, Option<String>)| old.as_ref() == Some(name);
        if expr.has_native() && !self.names.iter().all(same) {
            return None;
        }
        let mut expr = expr.clone();
        self.translate(&mut expr).then_some(expr)
    }

    fn translate(&self, expr: &mut Expr) -> bool {
        if let ExprKind::Column(name) = &mut expr.kind {
            return match self.origin(name) {
                Some(old) => {
                    *name = old;
                    true
                }
                None => false,
            };
        }
        expr.children_mut().into_iter().all(|child| self.translate(child))
    }

    /// What becomes of the columns.
    fn follow(&mut self, change: &Change) {
        match change {
            Change::AddColumn(column) => self.names.push((column.name.clone(), None)),
            Change::DropColumn { name } => self.names.retain(|(n, _)| !same_name(n, name)),
            Change::RenameColumn { from, to } => {
                for (name, _) in self.names.iter_mut().filter(|(n, _)| same_name(n, from)) {
                    name.clone_from(to);
                }
            }
            Change::SetType { column, using: Some(using), .. } if !is_itself(using, column) => {
                self.forget(column);
            }
            Change::SetType { column, ty, using: None }
                if self.now.column(column).is_some_and(|c| c.ty.family() != ty.family()) =>
            {
                self.forget(column);
            }
            Change::RenameValue { column, .. } | Change::SetNotNull { column, using: Some(_) } => {
                self.forget(column);
            }
            _ => {}
        }
        self.now.apply(change);
    }

    /// Its values are others from here on.
    fn forget(&mut self, column: &str) {
        let made: Vec<&str> = self.now.generated_from(column).map(|c| c.name.as_str()).collect();
        let concerned = |name: &str| same_name(name, column) || made.iter().any(|m| same_name(m, name));
        for (_, old) in self.names.iter_mut().filter(|(name, _)| concerned(name)) {
            self.changed.extend(old.take());
        }
    }

    /// SQLite judges the rows as the whole block leaves them.
    fn finish(mut self) -> Vec<Probe> {
        if self.dialect == Dialect::Sqlite {
            let changed: Vec<Part> = self.changed.iter().map(|c| self.part(c)).collect();
            self.found.retain(|probe| !changed.iter().any(|c| probe.uses.iter().any(|u| u.meets(c))));
        }
        self.found
    }
}

/// What an expression over a table reads. Of SQL it is not known.
fn parts(table: &Table, expr: &Expr) -> Vec<Part> {
    match expr.has_native() {
        true => vec![Part::whole(&table.name)],
        false => expr.columns().iter().map(|c| Part::column(&table.name, c)).collect(),
    }
}

/// The same with what generated columns are made of.
fn with_sources(table: &Table, mut uses: Vec<Part>) -> Vec<Part> {
    let generated = table.columns.iter().filter_map(|c| Some((&c.name, c.generated.as_ref()?)));
    for (name, generated) in generated {
        if uses.iter().any(|used| used.meets(&Part::column(&table.name, name))) {
            uses.extend(parts(table, &generated.expr));
        }
    }
    uses
}

/// What the keys of its rows are read from.
fn key_parts(table: &Table) -> Vec<Part> {
    let columns = table.primary_key.iter().flat_map(|key| &key.columns);
    columns.map(|c| Part::column(&table.name, c)).collect()
}

fn is_itself(value: &Expr, column: &str) -> bool {
    value.as_column().is_some_and(|c| same_name(c, column))
}

fn names<'n>(columns: impl Iterator<Item = &'n str>) -> String {
    columns.map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
}
