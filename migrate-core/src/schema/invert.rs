//! The steps that undo a step.
//!
//! Comes in: a step and the schema before it. Goes out: steps that lead back to that schema, or why there are none.
//! Whether SQLite must rebuild for a way back is decided by `target`, when the plan is made.

use std::sync::Arc;

use super::{Change, Schema, Step, Table, Type, same_name};

/// Why a step has no exact inverse, in the wording of a note.
pub type NoInverse = String;

/// The steps that undo `step`, in the order to run them. `recreate` is left false: it is for the plan to decide.
///
/// # Errors
/// What cannot be brought back.
pub fn invert(step: &Step, before: &Schema) -> Result<Vec<Step>, NoInverse> {
    Ok(match step {
        Step::CreateTable(table) => vec![Step::DropTable { table: table.name.clone() }],
        Step::DropTable { table } => match before.shared_table(table) {
            Some(created) => with_triggers(Step::CreateTable(created), table, before),
            None => vec![],
        },
        Step::RenameTable { from, to } => vec![Step::RenameTable { from: to.clone(), to: from.clone() }],
        Step::AlterTable { table, changes, .. } => {
            let mut back = Vec::new();
            if let Some(mut now) = before.table(table).cloned() {
                for change in changes {
                    let mut undo = invert_change(change, &now)?;
                    undo.append(&mut back);
                    back = undo;
                    now.apply(change);
                }
            }
            vec![Step::AlterTable { table: table.clone(), recreate: false, changes: back }]
        }
        Step::CreateIndex { table, index, concurrently } => vec![Step::DropIndex {
            table: table.clone(),
            name: index.name.clone(),
            concurrently: *concurrently,
        }],
        Step::DropIndex { table, name, concurrently } => {
            match before.table(table).and_then(|t| t.index(name)) {
                Some(index) => vec![Step::CreateIndex {
                    table: table.clone(),
                    index: index.clone(),
                    concurrently: *concurrently,
                }],
                None => vec![],
            }
        }
        Step::RenameIndex { table, from, to } => {
            vec![Step::RenameIndex { table: table.clone(), from: to.clone(), to: from.clone() }]
        }
        Step::CreateView(view) => vec![Step::DropView { name: view.name.clone() }],
        Step::DropView { name } => match before.view(name) {
            Some(view) => with_triggers(Step::CreateView(Arc::new(view.clone())), name, before),
            None => vec![],
        },
        Step::RenameView { from, to } => vec![Step::RenameView { from: to.clone(), to: from.clone() }],
        Step::CreateTrigger(trigger) => {
            vec![Step::DropTrigger { table: trigger.table.clone(), name: trigger.name.clone() }]
        }
        Step::DropTrigger { name, .. } => {
            before.trigger(name).map(|t| Step::CreateTrigger(Arc::new(t.clone()))).into_iter().collect()
        }
        Step::CreateExtension(extension) => vec![Step::LeaveExtension { name: extension.name.clone() }],
        Step::DropExtension { name } | Step::LeaveExtension { name } => {
            before.extension(name).cloned().map(Step::CreateExtension).into_iter().collect()
        }
        Step::Data(_) => return Err("what the rows were before is not recorded".to_owned()),
        Step::Native { .. } => return Err("what raw SQL did cannot be derived".to_owned()),
        Step::Call { .. } => return Err("what a function did cannot be derived".to_owned()),
    })
}

/// What brings a table or view back, and the triggers that went with it.
fn with_triggers(step: Step, name: &str, before: &Schema) -> Vec<Step> {
    let triggers = before.triggers_of(name).map(|t| Step::CreateTrigger(Arc::new(t.clone())));
    std::iter::once(step).chain(triggers).collect()
}

fn invert_change(change: &Change, before: &Table) -> Result<Vec<Change>, NoInverse> {
    Ok(match change {
        Change::AddColumn(column) => vec![Change::DropColumn { name: column.name.clone() }],
        Change::DropColumn { name } => readd_column(name, before)?,
        Change::RenameColumn { from, to } => {
            vec![Change::RenameColumn { from: to.clone(), to: from.clone() }]
        }
        Change::SetType { column, using: Some(_), .. } => {
            return Err(format!("the values of `{column}` before `using` are not recorded"));
        }
        Change::SetType { column, ty, using: None } => match before.column(column) {
            Some(old) if rounds_back(&old.ty, ty) => {
                return Err(format!("values of `{column}` would be rounded on the way back"));
            }
            Some(old) => {
                vec![Change::SetType { column: column.clone(), ty: old.ty.clone(), using: None }]
            }
            None => vec![],
        },
        Change::RenameValue { column, from, to } => {
            vec![Change::RenameValue { column: column.clone(), from: to.clone(), to: from.clone() }]
        }
        Change::SetDefault { column, .. } => vec![Change::SetDefault {
            column: column.clone(),
            default: before.column(column).and_then(|c| c.default.clone()),
        }],
        Change::SetNotNull { column, using: Some(_) } => {
            return Err(format!("which rows of `{column}` were null is not recorded"));
        }
        Change::SetNotNull { column, using: None } => vec![Change::DropNotNull { column: column.clone() }],
        Change::DropNotNull { column } => vec![Change::SetNotNull { column: column.clone(), using: None }],
        Change::AddPrimaryKey(_) => vec![Change::DropPrimaryKey],
        Change::DropPrimaryKey => before.primary_key.iter().cloned().map(Change::AddPrimaryKey).collect(),
        Change::AddUnique(unique) => drop_constraint(&unique.name.text),
        Change::AddCheck(check) => drop_constraint(&check.name.text),
        Change::AddForeignKey(key) => drop_constraint(&key.name.text),
        Change::DropConstraint { name } => readd_constraint(name, before),
        Change::RenameConstraint { from, to, .. } => {
            let given = before.constraint_names().find(|n| same_name(&n.text, from)).is_some_and(|n| n.given);
            vec![Change::RenameConstraint { from: to.clone(), to: from.clone(), given }]
        }
        Change::ValidateConstraint { name, valid } => {
            vec![Change::ValidateConstraint { name: name.clone(), valid: !valid }]
        }
        Change::AlterForeignKey { name, .. } => (before.foreign_keys.iter())
            .filter(|f| same_name(&f.name.text, name))
            .map(|f| Change::AlterForeignKey {
                name: name.clone(),
                on_delete: f.on_delete,
                on_update: f.on_update,
                deferrable: f.deferrable,
            })
            .collect(),
    })
}

fn drop_constraint(name: &str) -> Vec<Change> {
    vec![Change::DropConstraint { name: name.to_owned() }]
}

fn readd_column(name: &str, before: &Table) -> Result<Vec<Change>, NoInverse> {
    let Some(column) = before.column(name) else {
        return Ok(vec![]);
    };
    if !column.null && column.default.is_none() && column.generated.is_none() {
        return Err(format!(
            "`{name}` was NOT NULL without a default, so rows that are there could not get it back"
        ));
    }
    let checks = before.checks.iter().filter(|c| c.is_of_enum(name));
    Ok(std::iter::once(Change::AddColumn(column.clone()))
        .chain(checks.cloned().map(Change::AddCheck))
        .collect())
}

fn readd_constraint(name: &str, before: &Table) -> Vec<Change> {
    let is = |text: &str| same_name(text, name);
    (before.uniques.iter().filter(|u| is(&u.name.text)).cloned().map(Change::AddUnique))
        .chain(before.checks.iter().filter(|c| is(&c.name.text)).cloned().map(Change::AddCheck))
        .chain(before.foreign_keys.iter().filter(|f| is(&f.name.text)).cloned().map(Change::AddForeignKey))
        .collect()
}

/// Whether the way from `new` back to `old` would round without an error: both databases round numbers silently.
fn rounds_back(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Decimal { scale: a, .. }, Type::Decimal { scale: b, .. }) => a < b,
        (Type::Real(a), Type::Real(b)) => a < b,
        (Type::Integer(_), Type::Real(_) | Type::Decimal { .. }) => true,
        (Type::Real(_), Type::Decimal { .. }) => true,
        _ => false,
    }
}
