//! Indexes.

use super::super::expr::LOWEST;
use super::super::sql::Sql;
use super::{new, writer};
use crate::schema::{Index, Table};
use crate::target::Options;

/// `CREATE INDEX`. A key that is no column stands in parentheses of its own
/// (<https://www.postgresql.org/docs/current/sql-createindex.html>).
pub(super) fn create(table: &Table, index: &Index, options: &Options) -> Sql {
    let writer = writer(table, options);
    let mut sql = new();
    sql.words(if index.unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" });
    sql.ident(&index.name).words("ON").ident(&table.name).open();
    for (i, key) in index.keys.iter().enumerate() {
        if i > 0 {
            sql.separator();
        }
        if key.expr.as_column().is_some() {
            writer.write(&mut sql, &key.expr, LOWEST);
        } else {
            sql.open();
            writer.write(&mut sql, &key.expr, LOWEST);
            sql.close();
        }
        if key.descending {
            sql.words("DESC");
        }
    }
    sql.close();
    if let Some(condition) = &index.condition {
        sql.words("WHERE");
        writer.write(&mut sql, condition, LOWEST);
    }
    sql
}

/// `DROP INDEX`
pub(super) fn drop(name: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP INDEX").ident(name);
    sql
}

/// A new name.
pub(super) fn rename(from: &str, to: &str) -> Sql {
    let mut sql = new();
    sql.words("ALTER INDEX").ident(from).words("RENAME TO").ident(to);
    sql
}
