//! A table in the middle of an `alter table`: a copy that follows the changes one by one, so that each statement is
//! written for what stands in the database when it runs. The schema itself is changed by `fold` alone.

use crate::schema::{Change, Table, same_name};

/// The table after one more change.
pub(super) fn advance(table: &mut Table, change: &Change) {
    match change {
        Change::AddColumn(column) => table.columns.push(column.clone()),
        Change::DropColumn { name } => {
            table.columns.retain(|c| !same_name(&c.name, name));
            table.checks.retain(|c| !c.is_of_enum(name));
        }
        Change::RenameColumn { from, to } => rename_column(table, from, to),
        Change::SetType { column, ty, .. } => {
            if let Some(c) = table.columns.iter_mut().find(|c| same_name(&c.name, column)) {
                c.ty = ty.clone();
            }
        }
        Change::RenameValue { column, from, to } => table.rename_value(column, from, to),
        Change::SetDefault { column, default } => {
            if let Some(c) = table.columns.iter_mut().find(|c| same_name(&c.name, column)) {
                c.default = default.clone();
            }
        }
        Change::SetNotNull { column, .. } | Change::DropNotNull { column } => {
            if let Some(c) = table.columns.iter_mut().find(|c| same_name(&c.name, column)) {
                c.null = matches!(change, Change::DropNotNull { .. });
            }
        }
        Change::AddPrimaryKey(key) => table.primary_key = Some(key.clone()),
        Change::DropPrimaryKey => table.primary_key = None,
        Change::AddUnique(unique) => table.uniques.push(unique.clone()),
        Change::AddCheck(check) => table.checks.push(check.clone()),
        Change::AddForeignKey(key) => table.foreign_keys.push(key.clone()),
        Change::DropConstraint { name } => {
            table.uniques.retain(|c| !same_name(&c.name.text, name));
            table.checks.retain(|c| !same_name(&c.name.text, name));
            table.foreign_keys.retain(|c| !same_name(&c.name.text, name));
        }
        Change::RenameConstraint { from, to, given } => {
            let names = (table.primary_key.iter_mut().map(|c| &mut c.name))
                .chain(table.uniques.iter_mut().map(|c| &mut c.name))
                .chain(table.checks.iter_mut().map(|c| &mut c.name))
                .chain(table.foreign_keys.iter_mut().map(|c| &mut c.name));
            for name in names.filter(|n| same_name(&n.text, from)) {
                name.text.clone_from(to);
                name.given = *given;
            }
        }
        Change::ValidateConstraint { name, valid } => table.set_valid(name, *valid),
        Change::AlterForeignKey { name, on_delete, on_update, deferrable } => {
            for key in table.foreign_keys.iter_mut().filter(|k| same_name(&k.name.text, name)) {
                key.on_delete = *on_delete;
                key.on_update = *on_update;
                key.deferrable = *deferrable;
            }
        }
    }
}

fn rename_column(table: &mut Table, from: &str, to: &str) {
    let rename = |name: &mut String| {
        if same_name(name, from) {
            to.clone_into(name);
        }
    };
    table.columns.iter_mut().for_each(|c| rename(&mut c.name));
    let lists = (table.primary_key.iter_mut().map(|c| &mut c.columns))
        .chain(table.uniques.iter_mut().map(|c| &mut c.columns))
        .chain(table.foreign_keys.iter_mut().map(|c| &mut c.columns));
    lists.flatten().for_each(rename);
    for generated in table.columns.iter_mut().filter_map(|c| c.generated.as_mut()) {
        generated.expr.rename_column(from, to);
    }
    for check in &mut table.checks {
        check.expr.rename_column(from, to);
        check.of_enum.iter_mut().for_each(rename);
    }
    table.indexes.iter_mut().for_each(|i| i.rename_column(from, to));
    // A table that refers to itself: its targets are columns of its own.
    let own = table.name.clone();
    let own_keys = table.foreign_keys.iter_mut().filter(|k| same_name(&k.ref_table, &own));
    own_keys.flat_map(|k| &mut k.ref_columns).for_each(rename);
}
