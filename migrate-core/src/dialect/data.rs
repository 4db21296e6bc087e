//! Statements that move rows: what both dialects write alike.

use super::Batches;
use super::expr::{LOWEST, Writer};
use super::sql::Sql;
use crate::schema::query::{self, Delete, Insert, Rows, Update};

/// `INSERT INTO t (..) ..`, without what stands behind the rows. `always` is a condition for a query that has none.
pub(super) fn insert(sql: &mut Sql, insert: &Insert, always: Option<&str>, writer: &Writer<'_>) {
    sql.words("INSERT INTO").ident(&insert.table).blank().idents(&insert.columns);
    let column = |i: usize| insert.columns.get(i).and_then(|name| writer.table.column(name));
    match &insert.rows {
        Rows::Values(rows) => {
            sql.words("VALUES");
            for (at, row) in rows.iter().enumerate() {
                if at > 0 {
                    sql.suffix(",");
                }
                sql.open();
                for (i, value) in row.iter().enumerate() {
                    if i > 0 {
                        sql.comma();
                    }
                    if let Some(column) = column(i) {
                        writer.rules.written(sql, value, column, false, writer);
                    }
                }
                sql.close();
            }
        }
        Rows::Select(select) => {
            writer.select_head(sql, select, |sql, i, item| {
                if let Some(column) = column(i) {
                    writer.rules.written(sql, &item.expr, column, true, writer);
                }
            });
            if let (Some(always), None) = (always, &select.condition) {
                sql.words("WHERE").words(always);
            }
            writer.select_tail(sql, select);
        }
    }
}

/// `UPDATE t SET .. WHERE ..`
pub(super) fn update(sql: &mut Sql, update: &Update, writer: &Writer<'_>) {
    assignments(sql, update, writer);
    if let Some(condition) = &update.condition {
        sql.words("WHERE");
        writer.write(sql, condition, LOWEST);
    }
}

/// The parts of an update that is done batch by batch.
pub(super) fn batches(update: &Update, batches: &query::Batches, writer: &Writer<'_>) -> Batches {
    let new = || Sql::new(writer.rules.dialect());
    let name = |name: &str| new().ident(name).clone().into_text();
    let mut sql = new();
    assignments(&mut sql, update, writer);
    Batches {
        table: update.table.clone(),
        rows: batches.rows,
        update: sql.into_text(),
        condition: update.condition.as_ref().map(|c| writer.part(c, LOWEST).into_text()),
        from: name(&update.table),
        key: batches.key.iter().map(|column| name(column)).collect(),
    }
}

/// `UPDATE t SET ..`
fn assignments(sql: &mut Sql, update: &Update, writer: &Writer<'_>) {
    sql.words("UPDATE").ident(&update.table).words("SET");
    for (i, (name, value)) in update.set.iter().enumerate() {
        if i > 0 {
            sql.comma();
        }
        sql.ident(name).words("=");
        if let Some(column) = writer.table.column(name) {
            writer.rules.written(sql, value, column, false, writer);
        }
    }
}

/// `DELETE FROM t WHERE ..`
pub(super) fn delete(sql: &mut Sql, delete: &Delete, writer: &Writer<'_>) {
    sql.words("DELETE FROM").ident(&delete.table);
    if let Some(condition) = &delete.condition {
        sql.words("WHERE");
        writer.write(sql, condition, LOWEST);
    }
}
