//! The only place that changes a schema.
//!
//! Comes in: a checked step. What the step names is there, because the checker looked; where it is not (an error was
//! reported), the step changes nothing.

use std::sync::Arc;

use super::view::{View, ViewBody};
use super::{
    Change, Check, Column, ConstraintName, Default, Expr, ForeignKey, Literal, Schema, Step, Table, Trigger,
    Type, same_name,
};

impl Schema {
    /// Applies one step.
    pub fn apply(&mut self, step: &Step) {
        match step {
            Step::CreateTable(table) => {
                self.tables.insert(table.clone());
                self.spell_references(table);
            }
            Step::DropTable { table } => {
                self.tables.remove(table);
                self.drop_triggers(|t| same_name(&t.table, table));
            }
            Step::RenameTable { from, to } => self.rename_table(from, to),
            Step::AlterTable { table, changes, .. } => {
                for change in changes {
                    self.apply_change(table, change);
                }
            }
            Step::CreateIndex { table, index, .. } => self.edit(table, |t| t.indexes.push(index.clone())),
            Step::DropIndex { table, name, .. } => {
                self.edit(table, |t| t.indexes.retain(|i| !same_name(&i.name, name)));
            }
            Step::RenameIndex { table, from, to } => self.edit(table, |t| {
                for index in t.indexes.iter_mut().filter(|i| same_name(&i.name, from)) {
                    index.name.clone_from(to);
                }
            }),
            Step::CreateView(view) => Arc::make_mut(&mut self.views).push(Arc::clone(view)),
            Step::DropView { name } => {
                Arc::make_mut(&mut self.views).retain(|v| !same_name(&v.name, name));
                self.drop_triggers(|t| same_name(&t.table, name));
            }
            Step::RenameView { from, to } => {
                self.edit_views(|v| same_name(&v.name, from), |v| to.clone_into(&mut v.name));
                self.rename_read(from, to);
            }
            Step::CreateTrigger(trigger) => {
                Arc::make_mut(&mut self.triggers).push(Arc::clone(trigger));
            }
            Step::DropTrigger { name, .. } => self.drop_triggers(|t| same_name(&t.name, name)),
            Step::CreateExtension(extension) => self.add_extension(extension.clone()),
            Step::DropExtension { name } | Step::LeaveExtension { name } => self.remove_extension(name),
            Step::Native { declares, .. } => {
                for step in declares {
                    self.apply(step);
                }
            }
            Step::Data(_) | Step::Call { .. } => {}
        }
    }

    /// Applies one change of a table.
    pub fn apply_change(&mut self, table: &str, change: &Change) {
        if let Change::RenameColumn { from, to } = change {
            self.rename_target_column(table, from, to);
            self.edit_views(
                |v| v.reads_column(table, from),
                |v| v.edit_fields(table, from, &mut |field| to.clone_into(&mut field.column)),
            );
        }
        self.edit(table, |t| t.apply(change));
        if let Change::SetType { column, .. } | Change::RenameValue { column, .. } = change
            && !self.views.is_empty()
            && let Some(ty) = self.table(table).and_then(|t| t.column(column)).map(|c| c.ty.clone())
        {
            self.retype_read(table, column, &ty);
        }
    }

    fn edit(&mut self, table: &str, change: impl FnOnce(&mut Table)) {
        if let Some(table) = self.tables.get_mut(table) {
            change(table);
        }
    }

    /// Foreign keys follow the table; names of constraints and indexes stay, as PostgreSQL keeps them.
    fn rename_table(&mut self, from: &str, to: &str) {
        let Some(mut table) = self.tables.remove(from) else { return };
        Arc::make_mut(&mut table).name = to.to_owned();
        self.tables.insert(table);
        self.edit_references(from, |key| to.clone_into(&mut key.ref_table));
        self.rename_read(from, to);
    }

    /// What views read and triggers stand on gets another name. A query goes on to call it as before.
    fn rename_read(&mut self, from: &str, to: &str) {
        self.edit_views(
            |v| v.reads(from),
            |v| {
                if let ViewBody::Select(select) = &mut v.body {
                    select.edit_sources(&mut |source| {
                        if same_name(&source.table, from) {
                            let old = std::mem::replace(&mut source.table, to.to_owned());
                            source.alias = source.alias.take().or(Some(old)).filter(|alias| alias != to);
                        }
                    });
                }
            },
        );
        if self.triggers.iter().any(|t| same_name(&t.table, from)) {
            for trigger in Arc::make_mut(&mut self.triggers).iter_mut().filter(|t| same_name(&t.table, from))
            {
                to.clone_into(&mut Arc::make_mut(trigger).table);
            }
        }
    }

    /// A column that views read gets another type of the same family, and what they show of it as it is does too.
    fn retype_read(&mut self, table: &str, column: &str, ty: &Type) {
        let mut retyped = vec![(table.to_owned(), column.to_owned())];
        while let Some((table, column)) = retyped.pop() {
            self.edit_views(
                |v| v.reads_column(&table, &column),
                |v| {
                    v.edit_fields(&table, &column, &mut |field| ty.clone_into(&mut field.ty));
                    for shown in v.retype_shown() {
                        retyped.push((v.name.clone(), shown));
                    }
                },
            );
        }
    }

    fn edit_views(&mut self, wanted: impl Fn(&View) -> bool, mut change: impl FnMut(&mut View)) {
        if self.views.iter().any(|v| wanted(v)) {
            for view in Arc::make_mut(&mut self.views).iter_mut().filter(|v| wanted(v)) {
                change(Arc::make_mut(view));
            }
        }
    }

    fn drop_triggers(&mut self, gone: impl Fn(&Trigger) -> bool) {
        if self.triggers.iter().any(|t| gone(t)) {
            Arc::make_mut(&mut self.triggers).retain(|t| !gone(t));
        }
    }

    /// Foreign keys that were declared before their target name it as it is, whatever their letters: PostgreSQL tells them apart.
    fn spell_references(&mut self, table: &Table) {
        let spelled = |column: &str| table.column(column).map_or(column, |c| &c.name).to_owned();
        let wrong = |key: &ForeignKey| {
            same_name(&key.ref_table, &table.name)
                && (key.ref_table != table.name || key.ref_columns.iter().any(|c| spelled(c) != *c))
        };
        self.tables.edit_all(
            |t| t.foreign_keys.iter().any(wrong),
            |t| {
                for key in t.foreign_keys.iter_mut().filter(|key| wrong(key)) {
                    key.ref_table.clone_from(&table.name);
                    key.ref_columns.iter_mut().for_each(|c| *c = spelled(c));
                }
            },
        );
    }

    fn rename_target_column(&mut self, table: &str, from: &str, to: &str) {
        self.edit_references(table, |key| rename(&mut key.ref_columns, from, to));
    }

    fn edit_references(&mut self, table: &str, change: impl Fn(&mut ForeignKey)) {
        let refers = |key: &ForeignKey| same_name(&key.ref_table, table);
        self.tables.edit_all(
            |t| t.foreign_keys.iter().any(refers),
            |t| t.foreign_keys.iter_mut().filter(|k| refers(k)).for_each(&change),
        );
    }

    /// Whether both hold the same, whatever the order of columns, constraints and indexes.
    pub fn same_as(&self, other: &Schema) -> bool {
        self.tables.len() == other.tables.len()
            && self
                .tables
                .iter()
                .zip(other.tables.iter())
                .all(|(a, b)| Arc::ptr_eq(a, b) || **a == **b || a.sorted() == b.sorted())
            && same_list(&self.views, &other.views, |v| &v.name)
            && same_list(&self.triggers, &other.triggers, |t| &t.name)
            && self.extensions == other.extensions
    }
}

impl Table {
    /// The same table with everything in order of names, to compare.
    pub fn sorted(&self) -> Table {
        let mut table = self.clone();
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.uniques.sort_by(|a, b| a.name.text.cmp(&b.name.text));
        table.checks.sort_by(|a, b| a.name.text.cmp(&b.name.text));
        table.foreign_keys.sort_by(|a, b| a.name.text.cmp(&b.name.text));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        table
    }

    /// Applies one change; what other tables hold of this one is not seen here.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::AddColumn(column) => self.columns.push(column.clone()),
            Change::DropColumn { name } => self.drop_column(name),
            Change::RenameColumn { from, to } => self.rename_column(from, to),
            Change::SetType { column, ty, .. } => self.edit(column, |c| c.ty = ty.clone()),
            Change::RenameValue { column, from, to } => self.rename_value(column, from, to),
            Change::SetDefault { column, default } => self.edit(column, |c| c.default.clone_from(default)),
            Change::SetNotNull { column, .. } => self.edit(column, |c| c.null = false),
            Change::DropNotNull { column } => self.edit(column, |c| c.null = true),
            Change::AddPrimaryKey(key) => self.primary_key = Some(key.clone()),
            Change::DropPrimaryKey => self.primary_key = None,
            Change::AddUnique(unique) => self.uniques.push(unique.clone()),
            Change::AddCheck(check) => self.checks.push(check.clone()),
            Change::AddForeignKey(key) => self.foreign_keys.push(key.clone()),
            Change::DropConstraint { name } => {
                self.uniques.retain(|u| !same_name(&u.name.text, name));
                self.checks.retain(|c| !same_name(&c.name.text, name));
                self.foreign_keys.retain(|f| !same_name(&f.name.text, name));
            }
            Change::RenameConstraint { from, to, given } => {
                for name in self.constraint_names_mut().filter(|n| same_name(&n.text, from)) {
                    *name = ConstraintName { text: to.clone(), given: *given };
                }
            }
            Change::ValidateConstraint { name, valid } => self.set_valid(name, *valid),
            Change::AlterForeignKey { name, on_delete, on_update, deferrable } => {
                for key in self.foreign_keys.iter_mut().filter(|f| same_name(&f.name.text, name)) {
                    key.on_delete = *on_delete;
                    key.on_update = *on_update;
                    key.deferrable = *deferrable;
                }
            }
        }
    }

    fn edit(&mut self, column: &str, change: impl FnOnce(&mut Column)) {
        if let Some(column) = self.columns.iter_mut().find(|c| same_name(&c.name, column)) {
            change(column);
        }
    }

    /// Gives a value of an enum another name, wherever the column's own declaration has it.
    pub(crate) fn rename_value(&mut self, column: &str, from: &str, to: &str) {
        self.edit(column, |c| {
            if let Type::Enum(values) = &mut c.ty {
                values.iter_mut().filter(|v| *v == from).for_each(|v| to.clone_into(v));
            }
            if let Some(Default::Literal(Literal::Text(text))) = &mut c.default
                && text == from
            {
                to.clone_into(text);
            }
        });
        let Some(Type::Enum(values)) = self.column(column).map(|c| c.ty.clone()) else { return };
        for check in &mut self.checks {
            if let Some(name) = check.of_enum.as_ref().filter(|e| same_name(e, column)) {
                check.expr = Expr::of_enum(name, &values);
            }
        }
    }

    /// Whether PostgreSQL has judged all rows by a constraint.
    pub(crate) fn set_valid(&mut self, name: &str, valid: bool) {
        self.checks.iter_mut().filter(|c| same_name(&c.name.text, name)).for_each(|c| c.not_valid = !valid);
        let keys = self.foreign_keys.iter_mut().filter(|k| same_name(&k.name.text, name));
        keys.for_each(|k| k.not_valid = !valid);
    }

    fn drop_column(&mut self, name: &str) {
        self.columns.retain(|c| !same_name(&c.name, name));
        self.checks.retain(|c| !c.is_of_enum(name));
    }

    fn rename_column(&mut self, from: &str, to: &str) {
        self.edit(from, |c| to.clone_into(&mut c.name));
        if let Some(key) = &mut self.primary_key {
            rename(&mut key.columns, from, to);
        }
        for unique in &mut self.uniques {
            rename(&mut unique.columns, from, to);
        }
        for generated in self.columns.iter_mut().filter_map(|c| c.generated.as_mut()) {
            generated.expr.rename_column(from, to);
        }
        for Check { expr, of_enum, .. } in &mut self.checks {
            expr.rename_column(from, to);
            if of_enum.as_ref().is_some_and(|e| same_name(e, from)) {
                *of_enum = Some(to.to_owned());
            }
        }
        let name = self.name.clone();
        for key in &mut self.foreign_keys {
            rename(&mut key.columns, from, to);
            if same_name(&key.ref_table, &name) {
                rename(&mut key.ref_columns, from, to);
            }
        }
        self.indexes.iter_mut().for_each(|i| i.rename_column(from, to));
    }

    fn constraint_names_mut(&mut self) -> impl Iterator<Item = &mut ConstraintName> {
        (self.primary_key.iter_mut().map(|p| &mut p.name))
            .chain(self.uniques.iter_mut().map(|u| &mut u.name))
            .chain(self.checks.iter_mut().map(|c| &mut c.name))
            .chain(self.foreign_keys.iter_mut().map(|f| &mut f.name))
    }
}

/// Whether two lists hold the same, whatever the order.
fn same_list<T: PartialEq>(a: &Arc<Vec<Arc<T>>>, b: &Arc<Vec<Arc<T>>>, name: fn(&T) -> &String) -> bool {
    let like = |x: &Arc<T>| b.iter().any(|y| name(x) == name(y) && x == y);
    Arc::ptr_eq(a, b) || a.len() == b.len() && a.iter().all(like)
}

fn rename(columns: &mut [String], from: &str, to: &str) {
    for column in columns.iter_mut().filter(|c| same_name(c, from)) {
        to.clone_into(column);
    }
}
