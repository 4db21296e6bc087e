//! `alter column`: type, default and nullability of a column whose table has rows.

use super::Checker;
use super::alter::Block;
use super::collation::has_collation;
use super::default::default_survives;
use super::foreign_key::type_text;
use super::generated::made_of;
use super::table::users_by_type;
use crate::diagnostics::code;
use crate::schema::{Change, Column, Index, IndexKey, Only, Table, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, ColumnChangeKind, Name};
use crate::syntax::types::Type;
use crate::target::{Dialect, operator_class};

impl Checker<'_> {
    /// The changes of one alteration. A default beside a new type is one for the new type, on whatever side of it it
    /// stands: it comes first, so that the type finds it in the place of the old one.
    pub(super) fn check_column_changes(
        &mut self,
        block: &mut Block,
        name: &Name,
        changes: &[ast::ColumnChange],
    ) {
        use ColumnChangeKind::{AddValue, DropDefault, RenameValue, SetDefault, Type};
        let ty = changes.iter().find_map(|change| match &change.kind {
            Type { ty, .. } => Some(&ty.ty),
            _ => None,
        });
        let renames = changes.iter().any(|c| matches!(c.kind, AddValue(_) | RenameValue { .. }));
        let ty = ty.filter(|_| !renames);
        let is_default = |c: &&ast::ColumnChange| matches!(c.kind, SetDefault(_) | DropDefault);
        let (first, rest): (Vec<_>, Vec<_>) = match ty {
            Some(_) => changes.iter().partition(is_default),
            None => (Vec::new(), changes.iter().collect()),
        };
        for change in first.into_iter().chain(rest) {
            self.check_alter_column(block, name, change, ty);
        }
    }

    /// One change. `ty` is the type that the column gets beside it.
    fn check_alter_column(
        &mut self,
        block: &mut Block,
        name: &Name,
        change: &ast::ColumnChange,
        ty: Option<&Type>,
    ) {
        let Some(column) = self.find_column(&block.now, name).cloned() else {
            return;
        };
        let loc = change.loc;
        let unchanged = |this: &mut Self, what: &str| {
            let message = format!("`{}` {what} already", column.name);
            this.cx.error(code::NO_CHANGE, loc, message).help("leave this out");
        };
        match &change.kind {
            ColumnChangeKind::Type { ty, using } => {
                self.check_type(ty);
                // With `using` it is the values that change.
                if ty.ty == column.ty && using.is_none() {
                    unchanged(self, "has this type");
                } else {
                    self.check_set_type(block, &column, ty, using.as_ref(), loc);
                }
            }
            ColumnChangeKind::SetDefault(_) if column.generated.is_some() => {
                self.refuse_generated(&column, "cannot have a default", loc);
            }
            ColumnChangeKind::SetNotNull { using: Some(_) } if column.generated.is_some() => {
                self.refuse_generated(&column, "has no nulls to replace", loc);
            }
            ColumnChangeKind::SetDefault(default) => {
                let errors = self.cx.error_count();
                let ty = ty.unwrap_or(&column.ty).clone();
                let default = self.check_default(&Column { ty, ..column.clone() }, default);
                if self.cx.error_count() > errors {
                    return;
                }
                if column.autoincrement.is_some() {
                    let message = format!("`{}` numbers itself and cannot have a default too", column.name);
                    self.cx.error(code::INVALID_DEFAULT, loc, message);
                } else if default == column.default {
                    unchanged(self, "has this default");
                } else {
                    block.push(Change::SetDefault { column: column.name, default }, loc);
                }
            }
            ColumnChangeKind::DropDefault if column.default.is_none() => unchanged(self, "has no default"),
            ColumnChangeKind::DropDefault => {
                block.push(Change::SetDefault { column: column.name, default: None }, loc);
            }
            ColumnChangeKind::SetNotNull { .. } if !column.null => unchanged(self, "is NOT NULL"),
            ColumnChangeKind::SetNotNull { using } => {
                let using = match using {
                    Some(using) => {
                        let scope = block.now.clone();
                        let Some(value) = self.check_value(&scope, using, &column.ty, &column.name) else {
                            return;
                        };
                        if !self.check_using_columns(block, &value, using.loc) {
                            return;
                        }
                        Some(value)
                    }
                    None => None,
                };
                block.push(Change::SetNotNull { column: column.name, using }, loc);
            }
            ColumnChangeKind::AddValue(value) => self.check_add_value(block, &column, value, loc),
            ColumnChangeKind::RenameValue { from, to } => {
                self.check_rename_value(block, &column, from, to, loc);
            }
            ColumnChangeKind::DropNotNull if column.null => unchanged(self, "may be null"),
            ColumnChangeKind::DropNotNull => {
                let key = block.now.primary_key.as_ref();
                if key.is_some_and(|k| k.columns.iter().any(|c| same_name(c, &column.name))) {
                    let message = format!("`{}` is part of the primary key and cannot be null", column.name);
                    self.cx
                        .error(code::NULLABLE_PRIMARY_KEY, loc, message)
                        .help("drop the primary key first");
                    return;
                }
                block.push(Change::DropNotNull { column: column.name }, loc);
            }
        }
    }

    fn check_set_type(
        &mut self,
        block: &mut Block,
        column: &Column,
        ty: &ast::TypeAt,
        using: Option<&ast::Expr>,
        loc: Loc,
    ) {
        if column.autoincrement.is_some() && !matches!(ty.ty, Type::Integer(_)) {
            let message = format!("`{}` numbers itself and must stay an integer", column.name);
            self.cx
                .error(code::INVALID_TYPE, ty.loc, message)
                .help("choose `integer`, `integer(32)` or `integer(16)`");
            return;
        }
        let others = self.keys_over(block, &column.name);
        if !others.is_empty() && column.ty.family() != ty.ty.family() {
            let message = format!("the type of `{}` cannot change: foreign keys go over it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help("drop those foreign keys before, and add them again after all of their columns have changed")
                .note(format!("they are {}", others.join(", ")));
            return;
        }
        if column.collate.is_some() && !has_collation(&ty.ty) {
            let message = format!("`{}` has a collation, and {} has none", column.name, type_text(&ty.ty));
            self.cx.error(code::UNKNOWN_COLLATION, ty.loc, message).help("drop the column, and add another");
            return;
        }
        if !self.check_generated_type(column, using, lossless(&column.ty, &ty.ty), ty.loc) {
            return;
        }
        let before = block.name_before(&column.name);
        let views = before.map_or_else(Vec::new, |before| {
            self.views_by_type(&block.before.name, &before, &column.ty, &ty.ty)
        });
        if !views.is_empty() {
            let message = format!("the type of `{}` cannot change while a view reads it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help(format!("drop before, and create again after: {}", views.join(", ")));
            return;
        }
        let users = users_by_type(&block.now, &column.name);
        let made: Vec<String> = made_of(&block.now, &column.name).collect();
        if !made.is_empty() && self.options.has(Dialect::Postgres) {
            let message =
                format!("the type of `{}` cannot change: other columns are made of it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help(format!("drop before it, and add again after: {}", made.join(", ")))
                .note("PostgreSQL refuses it");
            return;
        }
        if !super::expr::same_family(column.ty.family(), ty.ty.family()) && !users.is_empty() {
            let message =
                format!("the type of `{}` cannot change: expressions are written for it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help(format!("drop before it, and add again after: {}", users.join(", ")))
                .note("PostgreSQL would refuse it or read them otherwise, SQLite would read them otherwise");
            return;
        }
        let lost = indexes_without_class(&block.now, &column.name, &ty.ty);
        if !lost.is_empty() && self.options.has(Dialect::Postgres) {
            let message =
                format!("the type of `{}` cannot change: indexes are not for the new one", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help(format!("drop before it: {}", lost.join(", ")))
                .note("PostgreSQL refuses it");
            return;
        }
        let using = match using {
            Some(using) => {
                let scope = block.now.clone();
                let Some(value) = self.check_value(&scope, using, &ty.ty, &column.name) else {
                    return;
                };
                if !self.check_using_columns(block, &value, using.loc) {
                    return;
                }
                Some(value)
            }
            None if lossless(&column.ty, &ty.ty) => None,
            None => {
                let (old, new) = (type_text(&column.ty), type_text(&ty.ty));
                let message =
                    format!("values of `{}` may not survive the way from `{old}` to `{new}`", column.name);
                self.cx
                    .error(code::LOSSY_TYPE_CHANGE, ty.loc, message)
                    .help(format!(
                        "say how they become new ones: `type {new} using cast({} as {new})`",
                        column.name
                    ))
                    .note("SQLite turns '007' into 7 without a word, and PostgreSQL rounds");
                return;
            }
        };
        if let Some(default) = &column.default
            && !default_survives(default, &ty.ty)
        {
            let message = format!("the default of `{}` does not fit its new type", column.name);
            self.cx
                .error(code::INVALID_DEFAULT, ty.loc, message)
                .help(format!("write `alter column {} drop default, type .., set default ..`", column.name));
            return;
        }
        let old = (block.now.checks.iter()).find(|c| c.is_of_enum(&column.name));
        if let Some(old) = old.map(|c| c.name.text.clone()) {
            block.push(Change::DropConstraint { name: old }, loc);
        }
        block.push(Change::SetType { column: column.name.clone(), ty: ty.ty.clone(), using }, loc);
        if let Type::Enum(values) = &ty.ty {
            let table = block.now.clone();
            let check = self.enum_check(&table, &column.name, values);
            block.push(Change::AddCheck(check), loc);
        }
    }

    pub(super) fn keys_over(&self, block: &Block, column: &str) -> Vec<String> {
        let mine = (block.now.foreign_keys.iter())
            .filter(|f| f.columns.iter().any(|c| same_name(c, column)))
            .map(|f| format!("`{}`", f.name.text));
        mine.chain(self.users_elsewhere(block, column)).collect()
    }

    /// The copy of a rebuild reads the table as it was before the block.
    fn check_using_columns(&mut self, block: &Block, value: &crate::schema::Expr, loc: Loc) -> bool {
        let columns = value.columns();
        let renamed = |c: &String| {
            block.changes.iter().any(|(change, _)| match change {
                Change::RenameColumn { from, to } => same_name(from, c) || same_name(to, c),
                Change::AddColumn(added) => same_name(&added.name, c),
                _ => false,
            })
        };
        match columns.iter().find(|c| renamed(c)) {
            Some(column) => {
                let message = format!("`using` cannot read `{column}`, which this block adds or renames");
                self.cx
                    .error(code::INVALID_USING, loc, message)
                    .help("do it in an `alter table` of its own")
                    .note("`using` reads the rows as they were before the block");
                false
            }
            None => true,
        }
    }
}

/// The indexes over a column whose method or operator class does not know the type that it is to have.
fn indexes_without_class(table: &Table, column: &str, ty: &Type) -> Vec<String> {
    let mut after = table.clone();
    after.apply(&Change::SetType { column: column.to_owned(), ty: ty.clone(), using: None });
    let lost = |index: &&Index| {
        let over = |key: &&IndexKey| key.expr.as_column().is_some_and(|name| same_name(name, column));
        index.only != Some(Only::Sqlite)
            && index.keys.iter().filter(over).any(|key| !operator_class::knows(index.method, key, &after))
    };
    after.indexes.iter().filter(lost).map(|index| format!("`drop index {};`", index.name)).collect()
}

/// Whether every value keeps its meaning, in both databases, without an expression that says how.
fn lossless(old: &Type, new: &Type) -> bool {
    use Type::*;
    match (old, new) {
        (TextN(a), TextN(b)) => a <= b,
        (TextN(_) | Enum(_), Text) => true,
        // The new check says if a row has another value.
        (Text | TextN(_) | Enum(_), Enum(_)) => true,
        (Integer(a), Integer(b)) => a <= b,
        (Integer(_), TimestampMs) | (TimestampMs, Integer(64)) => true,
        (Real(a), Real(b)) => a <= b,
        (Decimal { precision: p, scale: s, as_text: a }, Decimal { precision: q, scale: t, as_text: b }) => {
            a == b && s <= t && p - s <= q - t
        }
        (Datetime, DatetimeTz) | (DatetimeTz, Datetime) => true,
        _ => false,
    }
}
