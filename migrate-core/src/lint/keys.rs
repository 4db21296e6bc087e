//! Foreign keys between texts that hold different numbers of characters.

use super::{Finding, Linter};
use crate::diagnostics::code;
use crate::schema::{Change, ForeignKey, Schema, Step, Table, Type, same_name};
use crate::source::Loc;
use crate::syntax::ast::{ConstraintKind, ModifierKind, StatementKind, TableItem};

pub(super) fn step(linter: &Linter<'_>, step: &Step, loc: Loc, found: &mut Vec<Finding>) {
    let Step::CreateTable(table) = step else { return };
    for key in &table.foreign_keys {
        found.extend(lengths(linter, table, key, place(linter, key).unwrap_or(loc)));
    }
}

pub(super) fn change(linter: &Linter<'_>, table: &str, change: &Change, loc: Loc, found: &mut Vec<Finding>) {
    let Change::AddForeignKey(key) = change else { return };
    if let Some(table) = linter.now.table(table) {
        found.extend(lengths(linter, table, key, loc));
    }
}

/// Where a key of a new table is written.
fn place(linter: &Linter<'_>, key: &ForeignKey) -> Option<Loc> {
    let StatementKind::CreateTable(create) = &linter.statement?.kind else { return None };
    create.items.iter().find_map(|item| match item {
        TableItem::Column(column)
            if key.columns.len() == 1 && same_name(&column.name.text, &key.columns[0]) =>
        {
            let refers = column.modifiers.iter().find(|m| matches!(m.kind, ModifierKind::References(_)));
            refers.map(|m| m.loc)
        }
        TableItem::Constraint(constraint) => match &constraint.kind {
            ConstraintKind::ForeignKey { columns, .. }
                if columns.iter().map(|c| &c.text).eq(key.columns.iter()) =>
            {
                Some(constraint.loc)
            }
            _ => None,
        },
        _ => None,
    })
}

/// The first pair of columns that differ.
fn lengths(linter: &Linter<'_>, table: &Table, key: &ForeignKey, loc: Loc) -> Option<Finding> {
    let find = |schema: &Schema| schema.table(&key.ref_table).cloned();
    let target = match same_name(&key.ref_table, &table.name) {
        true => table.clone(),
        false => find(&linter.now).or_else(|| find(&linter.after))?,
    };
    key.columns.iter().zip(&key.ref_columns).find_map(|(here, there)| {
        let (here, there) = (table.column(here)?, target.column(there)?);
        let differ = is_text(&here.ty) && is_text(&there.ty) && here.ty != there.ty;
        let text = crate::print::type_text;
        differ.then(|| Finding {
            lint: code::FOREIGN_KEY_LENGTH,
            loc,
            message: format!(
                "`{}` is {}, and `{}.{}`, to which it refers, is {}",
                here.name,
                text(&here.ty),
                target.name,
                there.name,
                text(&there.ty)
            ),
            help: format!("declare both with one length: `{}: {}`", here.name, text(&there.ty)),
        })
    })
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Text | Type::TextN(_) | Type::Char(_))
}
