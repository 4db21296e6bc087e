//! Generated columns: what they may be made of, and what nobody may do to them.
//!
//! Facts: <https://www.sqlite.org/gencol.html#limitations>,
//! <https://www.postgresql.org/docs/current/ddl-generated-columns.html>.

use super::Checker;
use super::expr::family_text;
use super::foreign_key::type_text;
use super::table::CheckedColumn;
use crate::diagnostics::code;
use crate::schema::expr::Family;
use crate::schema::{Action, Column, Expr, Generated, Table, Type, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, ModifierKind};
use crate::target::casts::cast_is_immutable;
use crate::target::{Dialect, native, postgres};

/// What stands behind the word `generated`.
pub(super) struct Written {
    pub expr: ast::Expr,
    pub is_virtual: bool,
    pub loc: Loc,
}

impl Checker<'_> {
    /// Whether the other modifiers leave room for a generated value.
    pub(super) fn check_generated_modifiers(&mut self, column: &ast::Column) {
        for modifier in &column.modifiers {
            let (what, help) = match modifier.kind {
                ModifierKind::Default(_) => ("have a default", "leave out the default"),
                ModifierKind::Autoincrement { .. } => ("number itself", "leave out `autoincrement`"),
                _ => continue,
            };
            let message = format!("`{}` is generated and cannot {what}", column.name.text);
            self.cx.error(code::INVALID_GENERATED, modifier.loc, message).help(help);
        }
    }

    /// The generated values of columns that are declared together: they may name columns that come later.
    pub(super) fn resolve_generated(&mut self, table: &mut Table, columns: &mut [CheckedColumn]) {
        let generated = |c: &CheckedColumn| c.generated.is_some() || c.column.generated.is_some();
        let among: Vec<String> =
            columns.iter().filter(|c| generated(c)).map(|c| c.column.name.clone()).collect();
        for checked in columns {
            let Some(written) = checked.generated.take() else { continue };
            checked.column.generated = self.resolve_one(table, &checked.column, &written, &among);
            let name = &checked.column.name;
            if let Some(column) = table.columns.iter_mut().find(|c| same_name(&c.name, name)) {
                column.generated.clone_from(&checked.column.generated);
            }
        }
    }

    fn resolve_one(
        &mut self,
        table: &Table,
        column: &Column,
        written: &Written,
        among: &[String],
    ) -> Option<Generated> {
        let value = self.check_generated_value(table, &written.expr, &column.ty, &column.name)?;
        let name = &column.name;
        if value.mentions(name) {
            let message = format!("the value of `{name}` cannot be made of `{name}` itself");
            self.cx.error(code::INVALID_GENERATED, written.expr.loc, message);
            return None;
        }
        let is_generated = |c: &&String| {
            among.iter().any(|a| same_name(a, c)) || table.column(c).is_some_and(|c| c.generated.is_some())
        };
        if self.options.has(Dialect::Postgres)
            && let Some(other) = value.columns().iter().find(is_generated)
        {
            let message = format!("`{name}` cannot be made of `{other}`, which is generated too");
            self.cx
                .error(code::INVALID_GENERATED, written.expr.loc, message)
                .help(format!("write the expression of `{other}` in its place"))
                .note("PostgreSQL reads plain columns alone here");
            return None;
        }
        if written.is_virtual
            && let Some(min) = self.options.postgres.as_ref().map(|p| p.min)
            && min < postgres::VIRTUAL_COLUMNS
        {
            let message = format!("PostgreSQL {min} has no virtual columns");
            self.cx
                .error(code::INVALID_GENERATED, written.loc, message)
                .help("write `stored`, or ask for a later version: `#![postgres(min = 18)]`");
            return None;
        }
        Some(Generated { expr: value, stored: !written.is_virtual })
    }

    /// Whether a cast gives one value at all times where the database keeps it.
    pub(super) fn expect_immutable(
        &mut self,
        place: Option<&'static str>,
        from: Family,
        to: &Type,
        loc: Loc,
    ) -> Option<()> {
        let kept = place.is_some_and(|p| p != "a check");
        if !kept || !self.options.has(Dialect::Postgres) || cast_is_immutable(from, to) {
            return Some(());
        }
        let place = place.unwrap_or_default();
        let message = format!("{} cannot be cast to `{}` in {place}", family_text(from), type_text(to));
        self.cx
            .error(code::NOT_DETERMINISTIC, loc, message)
            .help("keep the value in a column of its own, and write it with the row")
            .note("PostgreSQL casts these by settings of the session, and refuses to keep what may change");
        None
    }

    /// Whether an index or a constraint may go over these columns: PostgreSQL has none over virtual ones.
    pub(super) fn check_not_virtual(
        &mut self,
        table: &Table,
        columns: &[String],
        what: &str,
        loc: Loc,
    ) -> bool {
        if !self.options.has(Dialect::Postgres) {
            return true;
        }
        let is_virtual = |c: &&Column| c.generated.as_ref().is_some_and(|g| !g.stored);
        let Some(column) = columns.iter().filter_map(|c| table.column(c)).find(is_virtual) else {
            return true;
        };
        let message = format!("{what} cannot go over `{}`, which is virtual", column.name);
        self.cx
            .error(code::INVALID_GENERATED, loc, message)
            .help(format!("declare `{}` as `stored`", column.name))
            .note("PostgreSQL has indexes over stored columns alone");
        false
    }

    /// Whether PostgreSQL can tell whether two values of each column are the same, which its keys and unique constraints
    /// stand on.
    pub(super) fn check_comparable(&mut self, table: &Table, columns: &[String], what: &str, loc: Loc) {
        if !self.options.has(Dialect::Postgres) {
            return;
        }
        let mut columns = columns.iter().filter_map(|c| table.column(c));
        let Some(column) = columns.find(|c| native::is_unordered(&c.ty)) else { return };
        let (name, ty) = (&column.name, type_text(&column.ty));
        let message = format!("{what} cannot go over `{name}`: PostgreSQL orders no values of `{ty}`");
        self.cx
            .error(code::INVALID_INDEX, loc, message)
            .help("put it over another column, which holds what tells the rows apart");
    }

    /// Whether no action would write to a generated column.
    pub(super) fn check_generated_actions(
        &mut self,
        column: &Column,
        on_delete: Option<Action>,
        on_update: Option<Action>,
        loc: Loc,
    ) -> bool {
        let delete = on_delete.filter(|a| matches!(a, Action::SetNull | Action::SetDefault));
        let update =
            on_update.filter(|a| matches!(a, Action::Cascade | Action::SetNull | Action::SetDefault));
        if column.generated.is_some()
            && let Some(action) = delete.or(update)
        {
            let message = format!("`{}` cannot be done: `{}` is generated", action.words(), column.name);
            self.cx
                .error(code::FOREIGN_KEY_ACTION, loc, message)
                .help("choose `restrict` or `no action`, or `on delete cascade`");
            return false;
        }
        true
    }

    /// A change of a generated column's own type: its values are made anew, so only what surely fits is allowed.
    pub(super) fn check_generated_type(
        &mut self,
        column: &Column,
        using: Option<&ast::Expr>,
        fits: bool,
        loc: Loc,
    ) -> bool {
        if column.generated.is_none() {
            return true;
        }
        if let Some(using) = using {
            let message = format!("`{}` is generated, so `using` has no value to write", column.name);
            self.cx.error(code::INVALID_GENERATED, using.loc, message).help("leave out `using`");
            return false;
        }
        if !fits {
            let message = format!("the type of the generated column `{}` can only be widened", column.name);
            self.cx
                .error(code::INVALID_GENERATED, loc, message)
                .help("drop the column, and add it again: its values are made anew");
        }
        fits
    }

    /// What is said of a change that would write a generated column.
    pub(super) fn refuse_generated(&mut self, column: &Column, what: &str, loc: Loc) {
        let message = format!("`{}` is generated and {what}", column.name);
        self.cx.error(code::INVALID_GENERATED, loc, message).help("drop the column, and add it again");
    }
}

/// Whether all of these are generated: a table needs one that is not.
pub(super) fn all_generated<'a>(mut columns: impl Iterator<Item = &'a Column>) -> bool {
    columns.all(|c| c.generated.is_some())
}

/// The generated columns made of a column, as `column_in_use` lists them.
pub(super) fn made_of<'a>(table: &'a Table, column: &'a str) -> impl Iterator<Item = String> + 'a {
    table.generated_from(column).map(|c| format!("generated column `{}`", c.name))
}

/// All generated values of a table.
pub(super) fn values(table: &Table) -> impl Iterator<Item = &Expr> {
    table.columns.iter().filter_map(|c| c.generated.as_ref()).map(|g| &g.expr)
}
