//! Views and triggers: what both dialects write alike, and which of them a step must take down and put back.

use super::Rules;
use super::expr::Writer;
use super::sql::Sql;
use crate::schema::{Change, Schema, Table, Trigger, TriggerText, Type, View, ViewBody, same_name};
use crate::target::{Dialect, Options};

/// `CREATE VIEW`. Its columns are named, so that they stay what they are when those of a table get other names.
pub(super) fn create(rules: &'static dyn Rules, view: &View, options: &Options) -> Sql {
    let dialect = rules.dialect();
    let mut sql = Sql::new(dialect);
    sql.words("CREATE VIEW").ident(&view.name);
    if !view.columns.is_empty() {
        let names: Vec<String> = view.columns.iter().map(|c| c.name.clone()).collect();
        sql.blank().idents(&names);
    }
    sql.words("AS");
    match &view.body {
        ViewBody::Select(select) => {
            // Every column is named with its table, so it matters to nobody which table is at hand.
            let table = Table::default();
            Writer { rules, table: &table, options, typed: dialect == Dialect::Postgres }
                .select(&mut sql, select);
        }
        ViewBody::Sql(native) => {
            sql.native(dialect.sql(native).unwrap_or_default().trim().trim_end_matches(';'));
        }
    }
    sql
}

/// `DROP VIEW`
pub(super) fn drop(dialect: Dialect, name: &str) -> Sql {
    let mut sql = Sql::new(dialect);
    sql.words("DROP VIEW").ident(name);
    sql
}

/// `CREATE TRIGGER .. ON ..`, up to what it does.
pub(super) fn create_trigger(dialect: Dialect, trigger: &Trigger, text: &TriggerText) -> Sql {
    let mut sql = Sql::new(dialect);
    sql.words("CREATE TRIGGER").ident(&trigger.name).native(&text.event);
    sql.words("ON").ident(&trigger.table);
    if !text.rest.is_empty() {
        sql.native(&text.rest);
    }
    sql
}

/// The columns of a table that get another type, as they were called before the changes. `keeps` says where the database
/// has nothing to do.
pub(super) fn retyped<'a>(
    old: &Table,
    changes: &'a [Change],
    keeps: impl Fn(&Type, &Type) -> bool,
) -> Vec<&'a str> {
    let mut retyped = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let Change::SetType { column, ty, using } = change else { continue };
        let before = changes[..at].iter().rev().fold(column.as_str(), |name, change| match change {
            Change::RenameColumn { from, to } if same_name(to, name) => from,
            _ => name,
        });
        if using.is_some() || !old.column(before).is_some_and(|c| keeps(&c.ty, ty)) {
            retyped.push(before);
        }
    }
    retyped
}

/// The views that read one of the columns, and those that read these views, each behind what it reads.
pub(super) fn readers<'s>(schema: &'s Schema, table: &str, columns: &[&str]) -> Vec<&'s View> {
    let mut readers: Vec<&View> = Vec::new();
    for view in schema.views() {
        if columns.iter().any(|c| view.reads_column(table, c)) || readers.iter().any(|r| view.reads(&r.name))
        {
            readers.push(view);
        }
    }
    readers
}
