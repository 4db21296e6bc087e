//! Views and triggers (<https://www.sqlite.org/lang_createview.html>, <https://www.sqlite.org/lang_createtrigger.html>).
//!
//! SQLite keeps the text of both, and writes new names of tables and columns into it by itself. It has no word that gives
//! a view another name.

use super::super::sql::Sql;
use super::super::{Work, view};
use super::{Sqlite, new};
use crate::schema::{Change, Schema, Table, Trigger, View, same_name};
use crate::target::{Dialect, Options};

/// `CREATE VIEW`
pub(super) fn create(view: &View, options: &Options) -> Sql {
    view::create(&Sqlite, view, options)
}

/// `CREATE TRIGGER`; nothing if it has no text for SQLite.
pub(super) fn create_trigger(trigger: &Trigger) -> Option<Sql> {
    let text = trigger.sqlite.as_ref()?;
    let mut sql = view::create_trigger(Dialect::Sqlite, trigger, text);
    sql.native(text.body.as_deref()?);
    Some(sql)
}

/// `DROP TRIGGER`
pub(super) fn drop_trigger(name: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP TRIGGER").ident(name);
    sql
}

/// A new name: the view is made again, and so is what reads it.
pub(super) fn rename(from: &str, to: &str, before: &Schema, after: &Schema, options: &Options) -> Vec<Work> {
    let named = |name: &str| if same_name(name, from) { to.to_owned() } else { name.to_owned() };
    let changed = before.views().filter_map(|old| {
        let new = after.view(&named(&old.name))?;
        is_another(old, new, options).then_some((old, new))
    });
    let (first, last) = again(changed.collect(), after, options);
    [first, last].concat()
}

/// What goes down before a table is altered and comes back after: the views whose text depends on a type that changes.
pub(super) fn around(
    table: &Table,
    changes: &[Change],
    before: &Schema,
    after: &Schema,
    options: &Options,
) -> (Vec<Work>, Vec<Work>) {
    let columns = view::retyped(table, changes, |_, _| false);
    if columns.is_empty() || before.views().next().is_none() {
        return (Vec::new(), Vec::new());
    }
    let changed = view::readers(before, &table.name, &columns).into_iter().filter_map(|old| {
        let new = after.view(&old.name)?;
        is_another(old, new, options).then_some((old, new))
    });
    again(changed.collect(), after, options)
}

/// Whether a view has another text by now.
fn is_another(old: &View, new: &View, options: &Options) -> bool {
    create(old, options).into_text() != create(new, options).into_text()
}

/// The drops, and what makes the views again, with their triggers.
fn again(changed: Vec<(&View, &View)>, after: &Schema, options: &Options) -> (Vec<Work>, Vec<Work>) {
    let drops = changed.iter().rev().map(|(old, _)| view::drop(Dialect::Sqlite, &old.name));
    let creates = changed.iter().flat_map(|(_, new)| {
        let triggers = after.triggers_of(&new.name).filter_map(create_trigger);
        std::iter::once(create(new, options)).chain(triggers)
    });
    (drops.map(Work::statement).collect(), creates.map(Work::statement).collect())
}
