//! `call`: which function for which database, and what a function may not stand beside.
//!
//! What a function does is not known here. So nothing that was known of rows holds behind it, and where its deletes would
//! leave rows of other tables behind, it cannot stand.

use super::native::acts;
use super::{CheckedStep, Checker};
use crate::diagnostics::code;
use crate::schema::{FunctionPath, Functions, Schema, Step};
use crate::source::Loc;
use crate::syntax::ast;
use crate::target::Dialect;

impl Checker<'_> {
    pub(super) fn check_call(&mut self, call: &ast::Call, outside: bool) -> Option<Step> {
        let functions = match call {
            ast::Call::One(path) => {
                self.function_of_both(path);
                return None;
            }
            ast::Call::Each(functions) => self.expect_dialects(functions)?,
        };
        // Any table may have rows from here on.
        self.created.clear();
        self.moving.push((self.steps.len(), self.schema.clone()));
        Some(Step::Call { functions, outside })
    }

    /// `call PATH`: the two drivers hand different things to a function, so none is for both. In a history of one
    /// database the path has its dialect by now.
    fn function_of_both(&mut self, path: &FunctionPath) {
        let message = format!("`{}` cannot be called by SQLite's driver and by PostgreSQL's", path.text);
        self.cx
            .error(code::WRONG_DIALECT, path.loc, message)
            .help(format!("write `call {{ sqlite {}, postgres other::function }};`", path.text))
            .note("one is given a `rusqlite::Connection`, the other a `tokio_postgres::Transaction`");
    }

    fn expect_dialects(&mut self, functions: &Functions) -> Option<Functions> {
        for dialect in Dialect::ALL {
            let Some(path) = dialect.function(functions).filter(|_| !self.options.has(dialect)) else {
                continue;
            };
            let message = format!("this history does not run on {}", dialect.title());
            self.cx
                .error(code::WRONG_DIALECT, path.loc, message)
                .help("leave this function out, or name the database in `#![dialects(..)]`");
            return None;
        }
        Some(functions.clone())
    }

    /// The calls on SQLite where a foreign key acts: while a table is rebuilt or dropped, foreign keys are off.
    pub(super) fn calls_beside_rebuild(&self) -> Vec<(Loc, String)> {
        let mut found = Vec::new();
        for (step, before) in &self.moving {
            let Some(CheckedStep { step: Step::Call { functions, .. }, .. }) = self.steps.get(*step) else {
                continue;
            };
            let Some(path) = &functions.sqlite else { continue };
            let Some((child, parent)) = acting_reference(before) else { continue };
            let message = format!(
                "rows that `{}` deletes or changes beside a rebuild would not take along those that refer to \
                 them, such as rows of `{child}` to `{parent}`",
                path.text
            );
            found.push((path.loc, message));
        }
        found
    }
}

/// Two tables of which one has a foreign key to the other that changes or deletes rows.
fn acting_reference(schema: &Schema) -> Option<(&str, &str)> {
    schema.tables().find_map(|table| {
        let key = table.foreign_keys.iter().find(|k| acts(k.on_delete) || acts(k.on_update))?;
        Some((table.name.as_str(), key.ref_table.as_str()))
    })
}
