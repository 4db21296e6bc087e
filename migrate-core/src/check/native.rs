//! SQL of the author as a statement or as part of one, and what must not stand beside it.

use super::words::{changing_word, split, statements};
use super::{CheckedStep, Checker, declares};
use crate::diagnostics::code;
use crate::schema::expr::has_word;
use crate::schema::{Action, Data, ForeignKey, Schema, Step, same_name};
use crate::syntax::ast::{self, Native};
use crate::syntax::types::NativeSql;
use crate::target::Dialect;

impl Checker<'_> {
    /// `sql ..` as a statement.
    pub(super) fn check_native_statement(
        &mut self,
        native: &Native,
        declares: &[ast::Statement],
    ) -> Option<Step> {
        let declared = declares::declared(declares);
        // What one database alone does, the fold would tell of the other too.
        let mut sound = declares.is_empty() || self.has_every_dialect(native);
        for (dialect, text) in texts(&native.sql) {
            if text.contains('\0') {
                self.cx.error(code::INVALID_SQL, native.loc, "SQL cannot hold a NUL");
                sound = false;
            }
            // One cause in one text is one error, though the same text may stand for both dialects.
            if sound && self.options.has(dialect) {
                let mut statements = split(text).into_iter();
                sound = statements.all(|one| self.check_raw(dialect, &one, &declared, native.loc));
            }
        }
        if texts(&native.sql).all(|(_, t)| statements(t).is_empty()) {
            self.cx.error(code::INVALID_SQL, native.loc, "this SQL holds no statement");
            sound = false;
        }
        if sound {
            // A table that it names may have rows from here on.
            let named = |table: &String| texts(&native.sql).any(|(_, text)| has_word(text, table));
            self.created.retain(|table| !named(table));
        }
        // The fold goes on with what was declared, so that one mistake in the text is one error.
        let declares = self.check_declares(declares);
        sound.then(|| Step::Native { sql: native.sql.clone(), declares })
    }

    /// `sql { .. }` in the place of an expression: each dialect of the history needs its text.
    pub(super) fn check_native_part(&mut self, native: &Native) -> Option<NativeSql> {
        if !self.has_every_dialect(native) {
            return None;
        }
        for (_, text) in texts(&native.sql) {
            if text.contains('\0') || text.trim().is_empty() || statements(text).len() > 1 {
                self.cx.error(code::INVALID_SQL, native.loc, "expected one SQL expression");
                return None;
            }
        }
        Some(native.sql.clone())
    }

    /// SQL of the author where nothing may stand that changes by itself.
    pub(super) fn expect_constant_sql(&mut self, place: Option<&'static str>, native: &Native) -> Option<()> {
        let Some(place) = place else { return Some(()) };
        for (dialect, text) in texts(&native.sql) {
            let Some(word) = changing_word(dialect, text) else { continue };
            let message = format!("`{word}` cannot stand in {place}: it changes");
            self.cx
                .error(code::NOT_DETERMINISTIC, native.loc, message)
                .help("keep the value in a column of its own, and write it with the row")
                .note("a database judges a row when it is written, and would judge it otherwise later");
            return None;
        }
        Some(())
    }

    /// Whether each dialect of the history has its text.
    pub(super) fn has_every_dialect(&mut self, native: &Native) -> bool {
        for dialect in self.options.dialects() {
            if texts(&native.sql).all(|(d, _)| d != dialect) {
                let message = format!("this SQL has no form for {}", dialect.title());
                let help = format!("add `{} \"..\"`", dialect.word());
                self.cx.error(code::INVALID_SQL, native.loc, message).help(help);
                return false;
            }
        }
        true
    }
}

/// Whether rows of other tables change with those that a statement changes or deletes.
fn children_follow(data: &Data, before: &Schema) -> bool {
    let written = data.columns();
    let is_key = |key: &ForeignKey| key.ref_columns.iter().any(|c| written.iter().any(|w| same_name(w, c)));
    before.references_to(data.table()).any(|(_, key)| match data {
        Data::Insert(_) => false,
        Data::Update(_) => acts(key.on_update) && is_key(key),
        Data::Delete(_) => acts(key.on_delete),
    })
}

/// Whether an action of a foreign key changes rows.
pub(super) fn acts(action: Action) -> bool {
    !matches!(action, Action::NoAction | Action::Restrict)
}

impl Checker<'_> {
    /// At the end of a migration: while SQLite rebuilds or drops a table, foreign keys are off, and a `delete` would
    /// leave the rows behind that it should take along.
    pub(super) fn check_cascades(&mut self) {
        let off = |s: &Step| matches!(s, Step::DropTable { .. } | Step::AlterTable { recreate: true, .. });
        if !self.options.has(Dialect::Sqlite) || !self.steps.iter().any(|s| off(&s.step)) {
            return;
        }
        let mut found = self.calls_beside_rebuild();
        for (step, before) in &self.moving {
            let Some(CheckedStep { step: Step::Data(data), loc, .. }) = self.steps.get(*step) else {
                continue;
            };
            if !children_follow(data, before) {
                continue;
            }
            let table = data.table();
            let message =
                format!("this moves rows of `{table}` beside a rebuild, and its children would not follow");
            found.push((*loc, message));
        }
        for CheckedStep { step, loc, .. } in &self.steps {
            let Step::Data(data) = step else { continue };
            let Some((trigger, table)) = self.parent_moved_by_triggers(data.table()) else { continue };
            let message = format!(
                "this sets off the trigger `{trigger}`, which moves rows of `{table}` beside a rebuild, and its \
                 children would not follow"
            );
            found.push((*loc, message));
        }
        for CheckedStep { step, loc, .. } in &self.steps {
            let Step::Native { sql: NativeSql { sqlite: Some(text), .. }, .. } = step else { continue };
            let Some(table) = statements(text).iter().find_map(|words| self.moved_parent(words)) else {
                continue;
            };
            let message = format!(
                "this SQL moves rows of `{table}` beside a rebuild, and its children would not follow"
            );
            found.push((*loc, message));
        }
        for (loc, message) in found {
            self.cx
                .error(code::CASCADE_BESIDE_REBUILD, loc, message)
                .help("put it into a migration of its own")
                .note("foreign keys are off in SQLite while a table is rebuilt or dropped");
        }
    }

    /// A trigger that rows of a table may set off, itself or through others, and the table to which others refer with
    /// actions and whose rows it may move.
    fn parent_moved_by_triggers(&self, table: &str) -> Option<(String, String)> {
        let mut tables = vec![table.to_owned()];
        let mut at = 0;
        while let Some(table) = tables.get(at).cloned() {
            at += 1;
            for trigger in self.schema.triggers_of(&table) {
                let Some(body) = trigger.sqlite.as_ref().and_then(|t| t.body.as_deref()) else { continue };
                for words in statements(body) {
                    if let Some(parent) = self.moved_parent(&words) {
                        return Some((trigger.name.clone(), parent));
                    }
                    let named = words.into_iter().filter(|w| self.schema.triggers_of(w).next().is_some());
                    let new: Vec<String> =
                        named.filter(|w| !tables.iter().any(|t| same_name(t, w))).collect();
                    tables.extend(new);
                }
            }
        }
        None
    }

    /// The table whose rows a statement deletes or updates, if others refer to it with actions.
    fn moved_parent(&self, words: &[String]) -> Option<String> {
        let moves = words.iter().any(|w| matches!(w.as_str(), "delete" | "update" | "replace"));
        let parent =
            |w: &&String| self.schema.references_to(w).any(|(_, f)| acts(f.on_delete) || acts(f.on_update));
        words.iter().find(parent).filter(|_| moves).cloned()
    }
}

pub(super) fn texts(sql: &NativeSql) -> impl Iterator<Item = (Dialect, &str)> {
    Dialect::ALL.into_iter().filter_map(|d| Some((d, d.sql(sql)?)))
}
