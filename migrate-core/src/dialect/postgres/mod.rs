//! PostgreSQL: every change is an `ALTER` of its own, and no row is ever copied.

mod alter;
mod cast;
mod data;
mod default;
mod expr;
mod extension;
mod index;
mod naming;
mod query;
mod table;
mod types;
mod view;

use super::expr::Writer;
use super::sql::Sql;
use super::{Rules, Unsupported, Work};
use crate::schema::expr::{Aggregate, Expr, Family, Function};
use crate::schema::query::OrderKey;
use crate::schema::{Collation, Column, Default, Literal, Operator, Schema, Step, Table, Type};
use crate::target::{Dialect, Options};

/// PostgreSQL's rules.
pub(super) struct Postgres;

impl Rules for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn type_name(&self, ty: &Type, _options: &Options) -> String {
        types::type_name(ty)
    }

    fn literal(&self, sql: &mut Sql, literal: &Literal, family: Family, _options: &Options) {
        expr::literal(sql, literal, family);
    }

    fn now(&self, sql: &mut Sql, family: Family) {
        expr::now(sql, family);
    }

    fn random(&self, sql: &mut Sql, _options: &Options) {
        sql.words("gen_random_uuid()");
    }

    fn literal_type(&self, family: Family) -> &'static str {
        query::literal_type(family)
    }

    fn operand(&self, sql: &mut Sql, value: &Sql, _ty: &Type) {
        sql.sql(value);
    }

    fn ordered(&self, sql: &mut Sql, value: &Expr, writer: &Writer<'_>) {
        expr::ordered(sql, value, writer);
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

    fn written(&self, sql: &mut Sql, value: &Expr, column: &Column, selected: bool, writer: &Writer<'_>) {
        data::written(sql, value, column, selected, writer);
    }

    fn cast(&self, sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>) {
        cast::cast(sql, value, ty, writer);
    }

    fn collation(&self, sql: &mut Sql, collation: &Collation) {
        table::collation(sql, collation);
    }

    fn stored_table(&self, sql: &mut Sql, name: &str) {
        sql.ident(name);
    }

    fn literal_of(&self, sql: &mut Sql, column: &str, ty: Option<&Type>) {
        let mut text = new();
        text.call("CAST").ident(column).words("AS text").close();
        match ty {
            None | Some(Type::Integer(_)) => sql.sql(&text),
            Some(_) => sql.call("quote_literal").sql(&text).close(),
        };
    }

    fn default_value(&self, default: &Default, column: &Column, options: &Options) -> String {
        default::value(default, column, options).into_text()
    }

    fn create_table(&self, table: &Table, before: &Schema, options: &Options) -> String {
        let keys: Vec<_> = table.foreign_keys.iter().collect();
        table::create(table, &keys, before, options).into_text()
    }

    fn failing(&self, message: &str) -> Sql {
        let mut body = Sql::new(Dialect::Postgres);
        body.words("BEGIN RAISE EXCEPTION USING MESSAGE =").string(message).suffix("; END");
        Sql::new(Dialect::Postgres).words("DO").string(&body.into_text()).clone()
    }

    fn step(
        &self,
        step: &Step,
        before: &Schema,
        after: &Schema,
        options: &Options,
    ) -> Result<Vec<Work>, Unsupported> {
        Ok(match step {
            Step::CreateTable(table) => table::works(table, before, options),
            Step::DropTable { table } => {
                let mut works = vec![Work::statement(table::drop(table))];
                works.extend(view::drop_functions(table, before));
                works
            }
            Step::RenameTable { from, to } => vec![Work::statement(table::rename(from, to))],
            Step::AlterTable { table, changes, .. } => {
                let Some(table) = before.table(table) else {
                    return Err(unknown(table));
                };
                let (first, last) = view::around(table, changes, before, after, options);
                [first, alter::alter(table, changes, before, options), last].concat()
            }
            Step::CreateIndex { table, index, concurrently } => {
                let Some(table) = after.table(table) else {
                    return Err(unknown(table));
                };
                let sql = index::create(table, index, *concurrently, options);
                vec![index::work(sql, &table.name, &index.name, *concurrently, false)]
            }
            Step::DropIndex { table, name, concurrently } => {
                let sql = index::drop(name, *concurrently);
                vec![index::work(sql, table, name, *concurrently, true)]
            }
            Step::RenameIndex { from, to, .. } => vec![Work::statement(index::rename(from, to))],
            Step::CreateView(view) => vec![Work::statement(view::create(view, options))],
            Step::DropView { name } => {
                let mut works = vec![Work::statement(super::view::drop(Dialect::Postgres, name))];
                works.extend(view::drop_functions(name, before));
                works
            }
            Step::RenameView { from, to } => vec![Work::statement(view::rename(from, to))],
            Step::CreateTrigger(trigger) => {
                view::create_trigger(trigger).into_iter().map(Work::statement).collect()
            }
            Step::DropTrigger { table, name } => {
                let trigger = before.trigger(name).into_iter();
                trigger.flat_map(|t| view::drop_trigger(table, t)).map(Work::statement).collect()
            }
            Step::CreateExtension(extension) => {
                extension::create(extension).into_iter().map(Work::statement).collect()
            }
            Step::DropExtension { name } => vec![Work::statement(extension::drop(name))],
            Step::LeaveExtension { .. } => Vec::new(),
            Step::Data(data) => {
                let Some(table) = before.table(data.table()) else {
                    return Err(unknown(data.table()));
                };
                data::works(data, table, options)
            }
            Step::Native { sql, .. } => sql.postgres.iter().cloned().map(Work::Native).collect(),
            Step::Call { functions, outside } => {
                functions.postgres.iter().map(|path| Work::call(path, *outside)).collect()
            }
        })
    }
}

pub(super) use data::{defer_checks, lock_table};

/// The net below the checker: a name that the schema does not have.
fn unknown(table: &str) -> Unsupported {
    Unsupported { message: format!("no table `{table}`"), help: None }
}

fn new() -> Sql {
    Sql::new(Dialect::Postgres)
}

fn writer<'a>(table: &'a Table, options: &'a Options) -> Writer<'a> {
    Writer { rules: &Postgres, table, options, typed: false }
}
