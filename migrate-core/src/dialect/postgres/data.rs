//! `INSERT`, `UPDATE` and `DELETE` where PostgreSQL writes its own form.

use super::super::expr::{LOWEST, Writer};
use super::super::sql::Sql;
use super::super::{Work, data};
use super::{new, types, writer};
use crate::schema::expr::{Expr, ExprKind};
use crate::schema::query::Data;
use crate::schema::{Column, Literal, Table, same_name};
use crate::target::Options;

/// The statement, and what must follow it.
pub(super) fn works(data: &Data, table: &Table, options: &Options) -> Vec<Work> {
    let writer = Writer { typed: true, ..writer(table, options) };
    if let Data::Update(update) = data
        && let Some(batches) = &update.batches
    {
        return vec![Work::Batches(Box::new(data::batches(update, batches, &writer)))];
    }
    let mut sql = new();
    match data {
        Data::Insert(insert) => {
            data::insert(&mut sql, insert, None, &writer);
            if insert.or_nothing {
                sql.words("ON CONFLICT DO NOTHING");
            }
        }
        Data::Update(update) => data::update(&mut sql, update, &writer),
        Data::Delete(delete) => data::delete(&mut sql, delete, &writer),
    }
    let mut all = vec![sql];
    let numbered = table.columns.iter().filter(|c| c.autoincrement.is_some());
    let named = numbered.filter(|c| data.columns().iter().any(|name| same_name(name, &c.name)));
    all.extend(named.map(|c| advance_sequence(table, c)));
    all.into_iter().map(Work::statement).collect()
}

/// The sequence of a key does not see the keys that a statement names. It only ever goes on, never back, so that the
/// keys of rows that are gone are not given again; on an empty table nothing happens.
fn advance_sequence(table: &Table, column: &Column) -> Sql {
    let mut name = new();
    name.ident(&table.name);
    let mut sequence = new();
    sequence.words("pg_get_serial_sequence(").string(&name.into_text()).comma().string(&column.name).close();
    let mut greatest = new();
    greatest.call("max").ident(&column.name).close();
    let mut sql = new();
    sql.words("SELECT")
        .call("setval")
        .sql(&sequence)
        .comma()
        .sql(&greatest)
        .close()
        .words("FROM")
        .ident(&table.name)
        .words("HAVING")
        .sql(&greatest)
        .words(">")
        .call("coalesce")
        .call("pg_sequence_last_value")
        .sql(&sequence)
        .suffix("::regclass)")
        .comma()
        .words("0")
        .close();
    sql
}

/// A value as it is written to a column. In the list of a query, null alone would be a text.
pub(super) fn written(sql: &mut Sql, value: &Expr, column: &Column, selected: bool, writer: &Writer<'_>) {
    if selected && matches!(value.kind, ExprKind::Literal(Literal::Null)) {
        sql.call("CAST").words("NULL AS").words(&types::type_name(&column.ty)).close();
    } else {
        writer.write(sql, value, LOWEST);
    }
}

/// `LOCK TABLE`: SHARE ROW EXCLUSIVE lets others read
/// (<https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>).
pub(in crate::dialect) fn lock_table(table: &str, all: bool) -> Sql {
    let mode = if all { "ACCESS EXCLUSIVE" } else { "SHARE ROW EXCLUSIVE" };
    let mut sql = new();
    sql.words("LOCK TABLE").ident(table).words("IN").words(mode).words("MODE");
    sql
}

/// Makes the checks that can be deferred at the end of the transaction, or at once
/// (<https://www.postgresql.org/docs/current/sql-set-constraints.html>).
pub(in crate::dialect) fn defer_checks(defer: bool) -> Sql {
    let mut sql = new();
    sql.words("SET CONSTRAINTS ALL").words(if defer { "DEFERRED" } else { "IMMEDIATE" });
    sql
}
