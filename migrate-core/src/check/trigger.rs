//! Triggers: on what they stand, and texts that each database can take.

use std::sync::Arc;

use super::Checker;
use super::log::What;
use super::names::Declared;
use super::native::texts;
use super::trigger_text::{Fault, parse};
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::names::trigger_function;
use crate::schema::{Step, Table, Trigger, TriggerText, same_name};
use crate::syntax::ast::{self, Name};
use crate::target::Dialect;

impl Checker<'_> {
    /// `create trigger NAME on TABLE sql ..`
    pub(super) fn check_create_trigger(&mut self, create: &ast::CreateTrigger) -> Option<Step> {
        self.check_declared(&create.name, Declared::Trigger);
        let free = self.check_trigger_free(&create.name);
        let table = match self.schema.view(&create.table.text) {
            Some(view) => (view.as_table(), true),
            None => (self.find_table(&create.table)?, false),
        };
        if !self.has_every_dialect(&create.sql) {
            return None;
        }
        let mut sound = free;
        let (mut sqlite, mut postgres) = (None, None);
        for (dialect, text) in texts(&create.sql.sql) {
            if !self.options.has(dialect) {
                continue;
            }
            let parts = self.check_trigger_text(create, dialect, text, &table);
            sound &= parts.is_some();
            match dialect {
                Dialect::Sqlite => sqlite = parts,
                Dialect::Postgres => postgres = parts,
            }
        }
        let (name, table) = (create.name.text.clone(), table.0.name);
        sound.then(|| Step::CreateTrigger(Arc::new(Trigger { name, table, sqlite, postgres })))
    }

    fn check_trigger_text(
        &mut self,
        create: &ast::CreateTrigger,
        dialect: Dialect,
        text: &str,
        (table, is_view): &(Table, bool),
    ) -> Option<TriggerText> {
        let loc = create.sql.loc;
        if text.contains('\0') {
            self.cx.error(code::INVALID_SQL, loc, "SQL cannot hold a NUL");
            return None;
        }
        let parts = match parse(dialect, text) {
            Ok(parts) => parts,
            Err(Fault::Invalid(message, help)) => {
                self.cx.error(code::INVALID_SQL, loc, message).help(help);
                return None;
            }
            Err(Fault::Transaction(word)) => {
                self.cx
                    .error(code::TRANSACTION_IN_SQL, loc, format!("`{word}` cannot stand in a trigger"))
                    .help("leave it out; a trigger runs in the transaction that sets it off");
                return None;
            }
        };
        if parts.instead != *is_view {
            let (message, help) = match is_view {
                true => (
                    format!("a trigger on the view `{}` runs in the place of what it waits for", table.name),
                    "write `instead of`",
                ),
                false => (
                    format!("`instead of` is for views, and `{}` is a table", table.name),
                    "write `before` or `after`",
                ),
            };
            self.cx.error(code::INVALID_SQL, loc, message).help(help);
            return None;
        }
        let known = parts.columns.iter().filter(|_| !is_view);
        let unknown = known.filter(|c| table.column(c).is_none()).cloned().collect::<Vec<_>>();
        for column in &unknown {
            self.unknown_column(table, &Name { text: column.clone(), loc });
        }
        unknown.is_empty().then_some(parts.text)
    }

    fn check_trigger_free(&mut self, name: &Name) -> bool {
        let other = self.schema.triggers().find(|t| same_name(&t.name, &name.text));
        if let Some(other) = other {
            let message = format!("trigger `{}` exists already on `{}`", other.name, other.table);
            let event = self.log.last(
                |e| matches!(&e.what, What::TriggerCreated { trigger } if same_name(trigger, &name.text)),
            );
            let place = event.map(|e| self.place(e.loc));
            let report = self.cx.error(code::DUPLICATE_NAME, name.loc, message);
            if let Some(place) = place {
                report.note(format!("it was created at {place}"));
            }
            return false;
        }
        // Only names that are cut can give one function to two triggers.
        let function = trigger_function(&name.text);
        let cut = !function.starts_with(&name.text);
        let same = |t: &&Trigger| t.function().is_some_and(|f| same_name(&f, &function));
        if let Some(other) = self.schema.triggers().find(|t| cut && same(t)) {
            let message =
                format!("the triggers `{}` and `{}` would have one function", other.name, name.text);
            self.cx
                .error(code::DUPLICATE_NAME, name.loc, message)
                .help("choose a shorter name")
                .note(format!("PostgreSQL would call it `{function}`"));
            return false;
        }
        true
    }

    /// `drop trigger NAME`
    pub(super) fn check_drop_trigger(&mut self, name: &Name) -> Option<Step> {
        if let Some(trigger) = self.schema.trigger(&name.text) {
            return Some(Step::DropTrigger { table: trigger.table.clone(), name: trigger.name.clone() });
        }
        if self.lost_in_broken_file(name) {
            return None;
        }
        let gone = self
            .log
            .last(|e| matches!(&e.what, What::TriggerDropped { trigger } if same_name(trigger, &name.text)));
        let gone = gone.map(|e| format!("`{}` was dropped by {}", name.text, self.migration(e)));
        let near = similar(&name.text, self.schema.triggers().map(|t| t.name.as_str())).map(str::to_owned);
        let message = format!("no trigger `{}`", name.text);
        let report = self.cx.error(code::UNKNOWN_TRIGGER, name.loc, message);
        match (gone, near) {
            (Some(gone), _) => {
                report.note(gone);
            }
            (None, Some(near)) => {
                report.help(format!("a trigger with a similar name exists: `{near}`"));
            }
            (None, None) => {}
        }
        None
    }
}
