//! SQLite: what its statements look like, what it alters in place, and the rebuild for the rest.

mod alter;
mod cast;
mod data;
mod default;
mod expr;
mod index;
mod query;
mod rebuild;
mod table;
mod types;
mod view;

use super::expr::Writer;
use super::sql::Sql;
use super::{Rebuild, Rules, Unsupported, Work};
use crate::schema::expr::{Aggregate, Expr, Family, Function};
use crate::schema::query::OrderKey;
use crate::schema::{
    Change, Collation, Column, Default, Literal, Operator, Schema, Step, Table, Type, same_name,
};
use crate::target::sqlite::any_needs_rebuild;
use crate::target::{Dialect, Options};

/// SQLite's rules.
pub(super) struct Sqlite;

impl Rules for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn type_name(&self, ty: &Type, options: &Options) -> String {
        types::type_name(ty, options)
    }

    fn literal(&self, sql: &mut Sql, literal: &Literal, family: Family, options: &Options) {
        expr::literal(sql, literal, family, options);
    }

    fn now(&self, sql: &mut Sql, family: Family) {
        expr::now(sql, family);
    }

    fn random(&self, sql: &mut Sql, options: &Options) {
        sql.open();
        default::random(sql, options);
        sql.close();
    }

    fn literal_type(&self, _family: Family) -> &'static str {
        ""
    }

    fn operand(&self, sql: &mut Sql, value: &Sql, ty: &Type) {
        expr::operand(sql, value, ty);
    }

    fn ordered(&self, sql: &mut Sql, value: &Expr, writer: &Writer<'_>) {
        // BINARY, the default collation, is the order of bytes (https://www.sqlite.org/datatype3.html#collation).
        writer.value(sql, value, super::expr::OPERAND);
    }

    fn like(&self, sql: &mut Sql, value: &Expr, pattern: &str, not: bool, writer: &Writer<'_>) {
        expr::like(sql, value, pattern, not, writer);
    }

    fn divide(&self, sql: &mut Sql, op: Operator, left: &Expr, right: &Expr, writer: &Writer<'_>) {
        expr::divide(sql, op, left, right, writer);
    }

    fn call(&self, sql: &mut Sql, function: Function, arguments: &[Expr], writer: &Writer<'_>) {
        expr::call(sql, function, arguments, writer);
    }

    fn aggregate(
        &self,
        sql: &mut Sql,
        function: Aggregate,
        argument: Option<&Expr>,
        distinct: bool,
        writer: &Writer<'_>,
    ) {
        query::aggregate(sql, function, argument, distinct, writer);
    }

    fn order_key(&self, sql: &mut Sql, key: &OrderKey, writer: &Writer<'_>) {
        query::order_key(sql, key, writer);
    }

    fn written(&self, sql: &mut Sql, value: &Expr, column: &Column, _selected: bool, writer: &Writer<'_>) {
        data::written(sql, value, column, writer);
    }

    fn cast(&self, sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>) {
        cast::cast(sql, value, ty, writer);
    }

    fn collation(&self, sql: &mut Sql, collation: &Collation) {
        table::collation(sql, collation);
    }

    fn stored_table(&self, sql: &mut Sql, name: &str) {
        sql.main_ident(name);
    }

    fn literal_of(&self, sql: &mut Sql, column: &str, _ty: Option<&Type>) {
        sql.call("quote").ident(column).close();
    }

    fn default_value(&self, default: &Default, column: &Column, options: &Options) -> String {
        default::value(default, column, options).into_text()
    }

    fn create_table(&self, table: &Table, _before: &Schema, options: &Options) -> String {
        table::create(table, options).into_text()
    }

    fn failing(&self, message: &str) -> Sql {
        // Outside of triggers there is no `raise`, so the message is the name of a table that is not there.
        Sql::new(Dialect::Sqlite).words("SELECT * FROM").ident(message).clone()
    }

    fn step(
        &self,
        step: &Step,
        before: &Schema,
        after: &Schema,
        options: &Options,
    ) -> Result<Vec<Work>, Unsupported> {
        Ok(match step {
            Step::CreateTable(table) => {
                let mut works = vec![Work::statement(table::create(table, options))];
                let indexes = table.indexes.iter().filter(|i| Dialect::Sqlite.has_index(i));
                works.extend(indexes.map(|i| Work::statement(index::create(table, i, options))));
                works
            }
            Step::DropTable { table } => vec![Work::statement(table::drop(table))],
            Step::RenameTable { from, to } => table::rename(from, to),
            Step::AlterTable { table, recreate, changes } => {
                let Some(old) = before.table(table) else {
                    return Err(unknown(table));
                };
                if after.table(table).is_none() {
                    return Err(unknown(table));
                }
                let works = match recreate {
                    true => rebuilt(table, changes, before, options)?,
                    false => alter::in_place(old, changes, before, options)?,
                };
                let (first, last) = view::around(old, changes, before, after, options);
                [first, works, last].concat()
            }
            Step::CreateIndex { table, index, .. } => {
                let Some(table) = after.table(table) else {
                    return Err(unknown(table));
                };
                vec![Work::statement(index::create(table, index, options))]
            }
            Step::DropIndex { name, .. } => vec![Work::statement(index::drop(name))],
            Step::RenameIndex { table, from, to } => {
                // SQLite has no word for it; an index holds nothing that the table has not.
                let found = after.table(table).and_then(|t| Some((t, t.index(to)?)));
                let Some((table, index)) = found else {
                    return Err(unknown(table));
                };
                vec![
                    Work::statement(index::drop(from)),
                    Work::statement(index::create(table, index, options)),
                ]
            }
            Step::CreateView(view) => vec![Work::statement(view::create(view, options))],
            Step::DropView { name } => vec![Work::statement(super::view::drop(Dialect::Sqlite, name))],
            Step::RenameView { from, to } => view::rename(from, to, before, after, options),
            Step::CreateTrigger(trigger) => {
                view::create_trigger(trigger).into_iter().map(Work::statement).collect()
            }
            Step::DropTrigger { name, .. } => vec![Work::statement(view::drop_trigger(name))],
            // Extensions are PostgreSQL's.
            Step::CreateExtension(_) | Step::DropExtension { .. } | Step::LeaveExtension { .. } => Vec::new(),
            Step::Data(data) => {
                let Some(table) = before.table(data.table()) else {
                    return Err(unknown(data.table()));
                };
                vec![data::work(data, table, before, options)]
            }
            Step::Native { sql, .. } => sql.sqlite.iter().cloned().map(Work::Native).collect(),
            Step::Call { functions, outside } => {
                functions.sqlite.iter().map(|path| Work::call(path, *outside)).collect()
            }
        })
    }
}

/// One rebuild for all changes, as far as that can be: a new name of a column that other tables refer to is given in
/// place, before or after, because only then SQLite writes it into their foreign keys.
fn rebuilt(
    table: &str,
    changes: &[Change],
    before: &Schema,
    options: &Options,
) -> Result<Vec<Work>, Unsupported> {
    let mut now = before.clone();
    let mut works = Vec::new();
    let mut rest = changes;
    while !rest.is_empty() {
        let mut next = now.clone();
        let plain = rest.iter().take_while(|change| {
            let plain = !is_renamed_elsewhere(&next, table, change);
            next.apply_change(table, change);
            plain
        });
        let (part, others) = rest.split_at(plain.count().max(1));
        let Some(old) = now.table(table).cloned() else { return Err(unknown(table)) };
        let earlier = now.clone();
        part.iter().for_each(|change| now.apply_change(table, change));
        // Alone, the parts of a block do not all need what the block needs.
        let whole = part.len() == changes.len();
        match now.table(table) {
            Some(new) if whole || any_needs_rebuild(part, &old, options) => {
                let triggers = before.triggers_of(table);
                let triggers = triggers.filter_map(|t| Some((t.name.clone(), view::create_trigger(t)?)));
                let triggers = triggers.map(|(name, sql)| (name, sql.into_text())).collect();
                let rebuild = rebuild::rebuild(&old, new, part, options);
                works.push(Work::Rebuild(Box::new(Rebuild { triggers, ..rebuild })));
            }
            _ => works.extend(alter::in_place(&old, part, &earlier, options)?),
        }
        rest = others;
    }
    Ok(works)
}

/// Whether a change gives a new name to a column that a foreign key of another table refers to, or that a view reads.
fn is_renamed_elsewhere(schema: &Schema, table: &str, change: &Change) -> bool {
    let Change::RenameColumn { from, .. } = change else { return false };
    let refers = schema
        .references_to(table)
        .any(|(t, key)| !same_name(&t.name, table) && key.ref_columns.iter().any(|c| same_name(c, from)));
    refers || schema.views().any(|v| v.reads_column(table, from))
}

/// The net below the checker: a name that the schemas do not have.
fn unknown(table: &str) -> Unsupported {
    Unsupported { message: format!("no table `{table}`"), help: None }
}

fn new() -> Sql {
    Sql::new(Dialect::Sqlite)
}

fn writer<'a>(table: &'a Table, options: &'a Options) -> Writer<'a> {
    Writer { rules: &Sqlite, table, options, typed: false }
}

/// Whether the column is the whole primary key.
fn is_lone_key(table: &Table, column: &Column) -> bool {
    table.lone_key().is_some_and(|k| same_name(&k.name, &column.name))
}
