//! Views and triggers (<https://www.postgresql.org/docs/current/sql-createview.html>,
//! <https://www.postgresql.org/docs/current/sql-createtrigger.html>).
//!
//! PostgreSQL binds a view to its tables and columns, whatever they are called, and lets the type of a column change only
//! while nothing is bound to it. What a trigger does is a function of its own, which nothing drops along.

use super::super::sql::Sql;
use super::super::{Work, view};
use super::{Postgres, new, types};
use crate::schema::{Change, Schema, Table, Trigger, View};
use crate::target::{Dialect, Options};

/// `CREATE VIEW`
pub(super) fn create(view: &View, options: &Options) -> Sql {
    view::create(&Postgres, view, options)
}

/// `ALTER VIEW .. RENAME TO`
pub(super) fn rename(from: &str, to: &str) -> Sql {
    let mut sql = new();
    sql.words("ALTER VIEW").ident(from).words("RENAME TO").ident(to);
    sql
}

/// The function of a trigger and the trigger.
pub(super) fn create_trigger(trigger: &Trigger) -> Vec<Sql> {
    let function = trigger.function().zip(trigger.postgres.as_ref().and_then(|t| t.body.as_ref()));
    let function = function.map(|(name, body)| {
        let mut sql = new();
        sql.words("CREATE FUNCTION").ident(&name).suffix("() RETURNS trigger LANGUAGE plpgsql AS");
        sql.words(&dollars(body));
        sql
    });
    function.into_iter().chain(trigger_alone(trigger)).collect()
}

/// A text between dollars that do not stand in it.
pub(super) fn dollars(text: &str) -> String {
    let tags = std::iter::once("$$".to_owned()).chain((0u32..).map(|n| format!("$body{n}$")));
    let tag = tags.into_iter().find(|tag| !text.contains(tag.as_str())).unwrap_or_default();
    format!("{tag}{text}{tag}")
}

/// The trigger without its function.
fn trigger_alone(trigger: &Trigger) -> Option<Sql> {
    let text = trigger.postgres.as_ref()?;
    let mut sql = view::create_trigger(Dialect::Postgres, trigger, text);
    if let Some(function) = trigger.function() {
        sql.words("EXECUTE FUNCTION").ident(&function).suffix("()");
    }
    Some(sql)
}

/// The end of a trigger and of its function.
pub(super) fn drop_trigger(table: &str, trigger: &Trigger) -> Vec<Sql> {
    std::iter::once(drop_trigger_alone(table, &trigger.name)).chain(drop_function(trigger)).collect()
}

fn drop_trigger_alone(table: &str, name: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP TRIGGER").ident(name).words("ON").ident(table);
    sql
}

fn drop_function(trigger: &Trigger) -> Option<Sql> {
    let mut sql = new();
    sql.words("DROP FUNCTION").ident(&trigger.function()?).suffix("()");
    Some(sql)
}

/// The functions that a table or view leaves behind when it goes with its triggers.
pub(super) fn drop_functions(relation: &str, before: &Schema) -> Vec<Work> {
    before.triggers_of(relation).filter_map(drop_function).map(Work::statement).collect()
}

/// Whether a trigger of the table is bound to a column whose type changes, so that it is down during the changes.
pub(super) fn is_bound(trigger: &Trigger, table: &Table, changes: &[Change]) -> bool {
    view::retyped(table, changes, types::keeps).into_iter().any(|c| trigger.is_bound_to(c))
}

/// What goes down before a table is altered and comes back after: all that is bound to a column whose type changes.
pub(super) fn around(
    table: &Table,
    changes: &[Change],
    before: &Schema,
    after: &Schema,
    options: &Options,
) -> (Vec<Work>, Vec<Work>) {
    let columns = view::retyped(table, changes, types::keeps);
    if columns.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let views = view::readers(before, &table.name, &columns);
    let triggers: Vec<&Trigger> =
        before.triggers_of(&table.name).filter(|t| is_bound(t, table, changes)).collect();
    let drops = (views.iter().rev().map(|v| view::drop(Dialect::Postgres, &v.name)))
        .chain(triggers.iter().map(|t| drop_trigger_alone(&t.table, &t.name)));
    let views = views.iter().filter_map(|v| after.view(&v.name)).flat_map(|v| {
        std::iter::once(create(v, options)).chain(after.triggers_of(&v.name).filter_map(trigger_alone))
    });
    let creates = triggers.iter().filter_map(|t| trigger_alone(t)).chain(views);
    (drops.map(Work::statement).collect(), creates.map(Work::statement).collect())
}
