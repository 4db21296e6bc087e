//! `INSERT`, `UPDATE` and `DELETE` where SQLite writes its own form.

use super::super::expr::{LOWEST, Writer, number};
use super::super::sql::Sql;
use super::super::{Work, data};
use super::{new, writer};
use crate::schema::expr::{Expr, ExprKind, Family};
use crate::schema::query::{Data, Rows, Update};
use crate::schema::{Column, Schema, Table, Type};
use crate::target::Options;

/// What the new values of an update are called until they are written.
const NEW: &str = "__migrate_new";

/// The statement, or its batches.
pub(super) fn work(data: &Data, table: &Table, schema: &Schema, options: &Options) -> Work {
    let writer = Writer { typed: true, ..writer(table, options) };
    if let Data::Update(update) = data
        && let Some(batches) = &update.batches
    {
        return Work::Batches(Box::new(data::batches(update, batches, &writer)));
    }
    let mut sql = new();
    match data {
        Data::Insert(insert) => {
            // Behind a FROM, `ON CONFLICT` would be read as the condition of a join
            // (https://www.sqlite.org/lang_upsert.html#parsing_ambiguity).
            let always = (insert.or_nothing && matches!(insert.rows, Rows::Select(_))).then_some("true");
            data::insert(&mut sql, insert, always, &writer);
            if insert.or_nothing {
                sql.words("ON CONFLICT DO NOTHING");
            }
        }
        // SQLite writes row by row and would read rows that it has changed already; PostgreSQL reads the table as it was
        // before the statement.
        Data::Update(update) if update.reads_itself(schema) => update_from(&mut sql, update, &writer),
        Data::Update(update) => data::update(&mut sql, update, &writer),
        Data::Delete(delete) => data::delete(&mut sql, delete, &writer),
    }
    Work::statement(sql)
}

/// All values first, then the rows: `UPDATE .. FROM` reads its FROM to the end before it writes
/// (<https://www.sqlite.org/lang_update.html#upfrom>).
fn update_from(sql: &mut Sql, update: &Update, writer: &Writer<'_>) {
    let name = |i: usize| format!("v{i}");
    sql.words("UPDATE").ident(&update.table).words("SET");
    for (i, (column, _)) in update.set.iter().enumerate() {
        if i > 0 {
            sql.comma();
        }
        sql.ident(column).words("=").ident(NEW).suffix(".").ident(&name(i));
    }
    sql.words("FROM").open().words("SELECT");
    // A table without rowids is told by its primary key.
    let key = writer.table.primary_key.as_ref().filter(|_| writer.table.without_rowid).map(|k| &k.columns);
    match key {
        None => {
            sql.words("_rowid_ AS k");
        }
        Some(columns) => {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    sql.comma();
                }
                sql.ident(column).words("AS").ident(&format!("k{i}"));
            }
        }
    }
    for (i, (column, value)) in update.set.iter().enumerate() {
        sql.comma();
        if let Some(column) = writer.table.column(column) {
            written(sql, value, column, writer);
        }
        sql.words("AS").ident(&name(i));
    }
    sql.words("FROM").ident(&update.table);
    if let Some(condition) = &update.condition {
        sql.words("WHERE");
        writer.write(sql, condition, LOWEST);
    }
    sql.close().words("AS").ident(NEW);
    sql.words("WHERE");
    let Some(columns) = key else {
        sql.ident(&update.table).suffix("._rowid_ =").ident(NEW).suffix(".k");
        return;
    };
    for (i, column) in columns.iter().enumerate() {
        if i > 0 {
            sql.words("AND");
        }
        sql.ident(&update.table).suffix(".").ident(column).words("=");
        sql.ident(NEW).suffix(".").ident(&format!("k{i}"));
    }
}

/// A value as the column stores it: the digits of a decimal that is stored as text, all of them.
pub(super) fn written(sql: &mut Sql, value: &Expr, column: &Column, writer: &Writer<'_>) {
    match (&value.kind, &column.ty) {
        (ExprKind::Literal(literal), Type::Decimal { as_text: true, .. }) => {
            match number(literal, Family::Integer) {
                Some(digits) => sql.string(&digits),
                None => sql.words("NULL"),
            };
        }
        _ => writer.write(sql, value, LOWEST),
    }
}
