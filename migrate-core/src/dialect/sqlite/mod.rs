//! SQLite: what its statements look like, what it alters in place, and the rebuild for the rest.

mod alter;
mod cast;
mod default;
mod expr;
mod index;
mod rebuild;
mod table;
mod types;

use super::expr::Writer;
use super::sql::Sql;
use super::{Rules, Unsupported, Work};
use crate::schema::expr::{Expr, Family, Function};
use crate::schema::{Column, Default, Literal, Operator, Schema, Step, Table, Type, same_name};
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

    fn operand(&self, sql: &mut Sql, column: &str, writer: &Writer<'_>) {
        expr::operand(sql, column, writer);
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

    fn cast(&self, sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>) {
        cast::cast(sql, value, ty, writer);
    }

    fn default_value(&self, default: &Default, column: &Column, options: &Options) -> String {
        default::value(default, column, options).into_text()
    }

    fn create_table(&self, table: &Table, _before: &Schema, options: &Options) -> String {
        table::create(table, options).into_text()
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
                let indexes = table.indexes.iter();
                works.extend(indexes.map(|i| Work::statement(index::create(table, i, options))));
                works
            }
            Step::DropTable { table } => vec![Work::statement(table::drop(table))],
            Step::RenameTable { from, to } => table::rename(from, to),
            Step::AlterTable { table, recreate, changes } => {
                let Some(old) = before.table(table) else {
                    return Err(unknown(table));
                };
                if !recreate {
                    return alter::in_place(old, changes, before, options);
                }
                let Some(new) = after.table(table) else {
                    return Err(unknown(table));
                };
                vec![Work::Rebuild(rebuild::rebuild(old, new, changes, options))]
            }
            Step::CreateIndex { table, index } => {
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
            Step::Native(native) => native.sqlite.iter().cloned().map(Work::Native).collect(),
        })
    }
}

/// The net below the checker: a name that the schemas do not have.
fn unknown(table: &str) -> Unsupported {
    Unsupported { message: format!("no table `{table}`"), help: None }
}

fn new() -> Sql {
    Sql::new(Dialect::Sqlite)
}

fn writer<'a>(table: &'a Table, options: &'a Options) -> Writer<'a> {
    Writer { rules: &Sqlite, table, options }
}

/// Whether the column is the whole primary key.
fn is_lone_key(table: &Table, column: &Column) -> bool {
    table.lone_key().is_some_and(|k| same_name(&k.name, &column.name))
}
