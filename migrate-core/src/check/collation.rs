//! Collations: of columns, and of the keys of an index.

use super::Checker;
use crate::diagnostics::code;
use crate::schema::expr::Family;
use crate::schema::{Collation, Column, Type};
use crate::syntax::ast;
use crate::target::Dialect;

impl Checker<'_> {
    /// A collation, if the column is text and every database of the history has it.
    pub(super) fn check_collation(&mut self, column: &Column, at: &ast::Collate) -> Option<Collation> {
        if !has_collation(&column.ty) {
            let message = format!("`{}` holds no text, so it has no collation", column.name);
            self.cx.error(code::UNKNOWN_COLLATION, at.loc, message);
            return None;
        }
        for dialect in self.options.dialects() {
            let Some(name) = dialect.collation(&at.collation) else {
                self.missing_collation(at, dialect);
                return None;
            };
            if name.is_empty() || name.chars().any(char::is_control) {
                let message = format!("`{name}` is no collation of {}", dialect.title());
                self.cx.error(code::UNKNOWN_COLLATION, at.loc, message);
                return None;
            }
        }
        Some(at.collation.clone())
    }

    fn missing_collation(&mut self, at: &ast::Collate, dialect: Dialect) {
        let own = match &at.collation {
            Collation::Native(_) => {
                let message = format!("this collation has no name for {}", dialect.title());
                let help = format!("add `{} \"..\"`", dialect.word());
                self.cx.error(code::UNKNOWN_COLLATION, at.loc, message).help(help);
                return;
            }
            other => other.sqlite().unwrap_or_default(),
        };
        let message = format!("{} has no collation `{own}`", dialect.title());
        let help = "use a unique index over `lower(..)` where letter case must not count, name a collation of each with \
                    `collate { sqlite \"nocase\", postgres \"..\" }`, or limit the history to SQLite with \
                    `#![dialects(sqlite)]`";
        self.cx.error(code::UNKNOWN_COLLATION, at.loc, message).help(help);
    }
}

/// Whether values of a type are compared by a collation.
pub(super) fn has_collation(ty: &Type) -> bool {
    matches!(ty.family(), Family::Text | Family::Unknown)
}
