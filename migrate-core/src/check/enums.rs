//! Enums whose values change: one more, or another name for one.

use super::Checker;
use super::alter::Block;
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::{Change, Column, Expr, Type};
use crate::source::Loc;
use crate::syntax::ast::Name;

impl Checker<'_> {
    /// `add value "x"`: the check goes, the type grows, a wider check comes.
    pub(super) fn check_add_value(&mut self, block: &mut Block, column: &Column, value: &Name, loc: Loc) {
        let Some(mut all) = self.enum_values(column, loc) else { return };
        if !self.expect_new_value(column, &all, value) {
            return;
        }
        all.push(value.text.clone());
        if let Some(old) = block.now.checks.iter().find(|c| c.is_of_enum(&column.name)) {
            block.push(Change::DropConstraint { name: old.name.text.clone() }, loc);
        }
        let ty = Type::Enum(all.clone());
        block.push(Change::SetType { column: column.name.clone(), ty, using: None }, loc);
        let check = self.enum_check(&block.now.clone(), &column.name, &all);
        block.push(Change::AddCheck(check), loc);
    }

    /// `rename value "a" to "b"`: the rows go with it.
    pub(super) fn check_rename_value(
        &mut self,
        block: &mut Block,
        column: &Column,
        from: &Name,
        to: &Name,
        loc: Loc,
    ) {
        let Some(all) = self.enum_values(column, loc) else { return };
        if !all.contains(&from.text) {
            let message = format!("{:?} is no value of `{}`", from.text, column.name);
            let list = all.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(", ");
            let report = self.cx.error(code::INVALID_TYPE, from.loc, message);
            match similar(&from.text, all.iter().map(String::as_str)) {
                Some(near) => report.help(format!("a value with a similar name exists: {near:?}")),
                None => report.note(format!("the values are {list}")),
            };
            return;
        }
        if !self.expect_new_value(column, &all, to) {
            return;
        }
        let mut users = value_users(block, &column.name, &from.text);
        if let Some(before) = block.name_before(&column.name) {
            users.extend(self.watchers_of_value(&block.before.name, &before, &from.text));
        }
        if !users.is_empty() {
            let message = format!("{:?} cannot be renamed while expressions compare with it", from.text);
            self.cx
                .error(code::COLUMN_IN_USE, from.loc, message)
                .help(format!("drop before it, and add again after: {}", users.join(", ")));
            return;
        }
        let keys = self.keys_over(block, &column.name);
        if !keys.is_empty() {
            let message = format!("a value of `{}` cannot be renamed: foreign keys go over it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, from.loc, message)
                .help("drop those foreign keys before, and add them again after")
                .note(format!("they are {}", keys.join(", ")));
            return;
        }
        let (from, to) = (from.text.clone(), to.text.clone());
        block.push(Change::RenameValue { column: column.name.clone(), from, to }, loc);
    }

    fn enum_values(&mut self, column: &Column, loc: Loc) -> Option<Vec<String>> {
        match &column.ty {
            Type::Enum(_) if column.generated.is_some() => {
                self.refuse_generated(column, "has the values that its expression gives", loc);
                None
            }
            Type::Enum(values) => Some(values.clone()),
            _ => {
                let message = format!("`{}` is no enum", column.name);
                self.cx
                    .error(code::INVALID_TYPE, loc, message)
                    .help(format!("write `alter column {} type enum(..)`", column.name));
                None
            }
        }
    }

    fn expect_new_value(&mut self, column: &Column, all: &[String], value: &Name) -> bool {
        let new = !all.contains(&value.text);
        if !new {
            let message = format!("{:?} is a value of `{}` already", value.text, column.name);
            self.cx.error(code::INVALID_TYPE, value.loc, message).help("choose another");
        }
        new
    }
}

/// What compares the column with a text that will be gone.
fn value_users(block: &Block, column: &str, value: &str) -> Vec<String> {
    let table = &block.now;
    let uses = |e: &Expr| e.mentions(column) && e.has_text(value);
    let checks = table.checks.iter().filter(|c| !c.is_of_enum(column) && uses(&c.expr));
    let indexes = table.indexes.iter().filter(|i| i.exprs().any(uses));
    let generated = table.columns.iter().filter(|c| c.generated.as_ref().is_some_and(|g| uses(&g.expr)));
    (checks.map(|c| format!("check `{}`", c.name.text)))
        .chain(indexes.map(|i| format!("index `{}`", i.name)))
        .chain(generated.map(|c| format!("generated column `{}`", c.name)))
        .collect()
}
