//! Steps outside of the migration's transaction: what may stand beside them, and what can be done in batches.
//!
//! A migration is one transaction. What cannot be in one, or is not to be, stands in a migration of its own, of which the
//! runtime records every step: it can be cut off between two of them.

use super::Checker;
use crate::diagnostics::code;
use crate::schema::query::{self, Batches};
use crate::schema::{Table, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, Statement, StatementKind};

impl Checker<'_> {
    /// At the end of one way of a migration: all of it stands outside, or nothing.
    pub(super) fn check_outside(&mut self, statements: &[Statement]) {
        let Some((words, loc)) = statements.iter().find_map(words) else { return };
        let Some(inside) = statements.iter().find(|s| self::words(s).is_none()) else { return };
        let message = format!("`{words}` cannot stand in a transaction, as the rest of this migration does");
        let note = format!("the rest stands at {}", self.place(inside.loc));
        let report = self.cx.error(code::MIXED_TRANSACTION, loc, message);
        report.help("move it to a migration of its own").note(note);
    }

    /// `in batches of N`: the table has a key to go by, which the update leaves alone, as it does what it reads.
    pub(super) fn check_batches(
        &mut self,
        table: &Table,
        update: &ast::Update,
        checked: &query::Update,
        batches: &ast::Batches,
    ) -> Option<Batches> {
        let Some(key) = &table.primary_key else {
            let message = format!("`{}` has no primary key, by which batches go through a table", table.name);
            let report = self.cx.error(code::INVALID_BATCHES, batches.loc, message);
            report.help("leave out `in batches of`");
            return None;
        };
        let is_key = |name: &str| key.columns.iter().any(|column| same_name(column, name));
        if let Some((name, _)) = update.set.iter().find(|(name, _)| is_key(&name.text)) {
            let message = format!("`{}` is of the primary key, by which the batches go", name.text);
            let report = self.cx.error(code::INVALID_BATCHES, name.loc, message);
            report.help("leave out `in batches of`, or do not change the key");
            return None;
        }
        if checked.reads_itself(self.schema) {
            let message =
                format!("a query in this `update` reads `{}`, which each batch changes", table.name);
            let report = self.cx.error(code::INVALID_BATCHES, batches.loc, message);
            report.help("leave out `in batches of`: then all values are read before one is written");
            return None;
        }
        Some(Batches { rows: batches.rows, key: key.columns.clone() })
    }
}

/// The words by which a statement stands outside of a transaction.
fn words(statement: &Statement) -> Option<(&'static str, Loc)> {
    match &statement.kind {
        StatementKind::CreateIndex { concurrently, .. } | StatementKind::DropIndex { concurrently, .. } => {
            concurrently.map(|loc| ("concurrently", loc))
        }
        StatementKind::Update(update) => update.batches.as_ref().map(|b| ("in batches", b.loc)),
        StatementKind::Call { outside, .. } => outside.map(|loc| ("outside transaction", loc)),
        _ => None,
    }
}
