//! Foreign keys: their target is there, unique, and of the same types.
//!
//! A key may refer to a table that comes later in the same migration, so its target is judged at the end, on the
//! schema as it is then.

use super::Checker;
use crate::diagnostics::code;
use crate::schema::expr::Family;
use crate::schema::names::Suffix;
use crate::schema::{Action, Change, ConstraintName, ForeignKey, Step, Table, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, Name};
use crate::syntax::types::Type;
use crate::target::{Dialect, Options, native};

/// A foreign key to judge at the end of the migration.
pub struct Pending {
    /// The table that has it, and its name there, through every rename of the migration.
    table: String,
    name: String,
    references: ast::References,
}

/// A key as a list of them names it.
pub(super) fn key_of_table((table, key): (&Table, &ForeignKey)) -> String {
    format!("`{}` of table `{}`", key.name.text, table.name)
}

impl Checker<'_> {
    /// The foreign key of `columns`; its target is judged later.
    pub(super) fn check_foreign_key(
        &mut self,
        table: &Table,
        given: Option<ConstraintName>,
        columns: &[Name],
        references: &ast::References,
    ) -> Option<ForeignKey> {
        let resolved = self.resolve_columns(table, columns)?;
        self.check_actions(table, &resolved, references.on_delete, references.on_update, references.loc);
        self.check_not_virtual(table, &resolved, "a foreign key", references.loc);
        if columns.len() != references.columns.len() {
            let (here, there) = (columns.len(), references.columns.len());
            let message = format!("{here} columns cannot refer to {there}");
            let message = if here == 1 { format!("1 column cannot refer to {there}") } else { message };
            self.cx
                .error(code::FOREIGN_KEY_COLUMNS, references.loc, message)
                .help("name as many columns on both sides");
            return None;
        }
        let name = given.unwrap_or_else(|| self.derive(table, &resolved, Suffix::ForeignKey));
        self.pending_keys.push(Pending {
            table: table.name.clone(),
            name: name.text.clone(),
            references: references.clone(),
        });
        // As they were declared, whatever the letters here: PostgreSQL tells them apart. What comes later in the same
        // migration is spelled by the plan.
        let own = same_name(&references.table.text, &table.name).then_some(table);
        let target = own.or_else(|| self.schema.table(&references.table.text));
        let spelled = |c: &Name| target.and_then(|t| t.column(&c.text)).map_or(&c.text, |c| &c.name).clone();
        Some(ForeignKey {
            name,
            columns: resolved,
            ref_table: target.map_or(&references.table.text, |t| &t.name).clone(),
            ref_columns: references.columns.iter().map(spelled).collect(),
            on_delete: references.on_delete.unwrap_or_default(),
            on_update: references.on_update.unwrap_or_default(),
            deferrable: references.deferrable,
            not_valid: false,
        })
    }

    /// `set null` needs columns that may be null, `set default` columns that have one.
    pub(super) fn check_actions(
        &mut self,
        table: &Table,
        columns: &[String],
        on_delete: Option<Action>,
        on_update: Option<Action>,
        loc: Loc,
    ) {
        for column in columns.iter().filter_map(|c| table.column(c)) {
            if !self.check_generated_actions(column, on_delete, on_update, loc) {
                continue;
            }
            let actions = [on_delete, on_update];
            let primary = table
                .primary_key
                .as_ref()
                .is_some_and(|p| p.columns.iter().any(|c| same_name(c, &column.name)));
            if actions.contains(&Some(Action::SetNull)) && (!column.null || primary) {
                let message = format!("`set null` cannot be done: `{}` may not be null", column.name);
                self.cx.error(code::FOREIGN_KEY_ACTION, loc, message).help(format!(
                    "declare `{}` with `null`, or choose `cascade` or `restrict`",
                    column.name
                ));
            }
            if actions.contains(&Some(Action::SetDefault)) && column.default.is_none() && !column.null {
                let message = format!("`set default` cannot be done: `{}` has no default", column.name);
                self.cx
                    .error(code::FOREIGN_KEY_ACTION, loc, message)
                    .help("give it a default, or choose another action");
            }
        }
    }

    /// At the end of a migration: every key whose target could come later.
    pub(super) fn check_pending_keys(&mut self) {
        self.check_keys_from(0);
    }

    /// The keys that wait, from this number on.
    pub(super) fn check_keys_from(&mut self, first: usize) {
        for pending in self.pending_keys.split_off(first) {
            let Some(table) = self.schema.table(&pending.table).cloned() else {
                continue;
            };
            // Dropped later in the same migration, if it is not there.
            if let Some(key) = table.foreign_keys.iter().find(|f| same_name(&f.name.text, &pending.name)) {
                self.check_target(&table, key, &pending);
            }
        }
    }

    /// What a step renames is renamed in the keys that wait too.
    pub(super) fn follow_renames(&mut self, step: &Step) {
        for pending in &mut self.pending_keys {
            match step {
                Step::RenameTable { from, to } if same_name(&pending.table, from) => {
                    pending.table.clone_from(to)
                }
                Step::AlterTable { table, changes, .. } if same_name(&pending.table, table) => {
                    for change in changes {
                        if let Change::RenameConstraint { from, to, .. } = change
                            && same_name(&pending.name, from)
                        {
                            pending.name.clone_from(to);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn check_target(&mut self, table: &Table, key: &ForeignKey, pending: &Pending) {
        let references = &pending.references;
        // The names as they are by now, at the places where they were written.
        let name = Name { text: key.ref_table.clone(), loc: references.table.loc };
        let Some(target) = self.find_table(&name) else {
            return;
        };
        let now = key.ref_columns.iter().zip(&references.columns);
        let now: Vec<Name> = now.map(|(text, at)| Name { text: text.clone(), loc: at.loc }).collect();
        let Some(columns) = self.resolve_columns(&target, &now) else {
            return;
        };
        if !target.is_unique(&columns) {
            let list = columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
            let at = references.columns.iter().map(|c| c.loc).reduce(Loc::to).unwrap_or(references.loc);
            let message =
                format!("{list} of table `{}` cannot be referred to: nothing makes it unique", target.name);
            let report = self.cx.error(code::FOREIGN_KEY_TARGET, at, message);
            match &target.primary_key {
                Some(key) => report.help(format!(
                    "refer to the primary key `{}`, or add a unique index over {list}",
                    key.columns.join(", ")
                )),
                None => report.help(format!("add a unique index over {list}")),
            };
        }
        for (here, there) in key.columns.iter().zip(&columns) {
            let (Some(a), Some(b)) = (table.column(here), target.column(there)) else {
                continue;
            };
            if let Some(why) = key_types_differ(&a.ty, &b.ty, self.options) {
                let message = format!(
                    "`{}` is {}, but `{}.{}` is {}",
                    a.name,
                    type_text(&a.ty),
                    target.name,
                    b.name,
                    type_text(&b.ty)
                );
                self.cx
                    .error(code::FOREIGN_KEY_TYPE, references.loc, message)
                    .help(format!("declare `{}: {}`", a.name, type_text(&b.ty)))
                    .note(why);
            }
        }
    }
}

/// Why a column of one type cannot refer to one of the other.
fn key_types_differ(here: &Type, there: &Type, options: &Options) -> Option<&'static str> {
    let (a, b) = (here.family(), there.family());
    let known = [here, there].map(|ty| native::known(ty).filter(|_| options.has(Dialect::Postgres)));
    if known[0] != known[1] && (a != b || known.iter().all(Option::is_some)) {
        return Some("a foreign key and its target need one type: PostgreSQL refuses others");
    }
    if a == Family::Unknown || b == Family::Unknown {
        return None;
    }
    let integers = |f| matches!(f, Family::Integer | Family::TimestampMs);
    (a != b && !(integers(a) && integers(b))).then_some(
        "a foreign key and its target need one type: PostgreSQL refuses others, SQLite compares them wrongly",
    )
}

/// A type as the language writes it.
pub(super) fn type_text(ty: &Type) -> String {
    crate::print::type_text(ty)
}
