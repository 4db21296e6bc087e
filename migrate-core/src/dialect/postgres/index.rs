//! Indexes.

use super::super::expr::LOWEST;
use super::super::sql::Sql;
use super::super::{Concurrently, Work};
use super::{new, table, writer};
use crate::schema::{Index, Method, Nulls, Table};
use crate::target::Options;

/// `CREATE INDEX`. A key that is no column stands in parentheses of its own
/// (<https://www.postgresql.org/docs/current/sql-createindex.html>).
pub(super) fn create(on: &Table, index: &Index, concurrently: bool, options: &Options) -> Sql {
    let writer = writer(on, options);
    let mut sql = new();
    sql.words(if index.unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" });
    if concurrently {
        sql.words("CONCURRENTLY");
    }
    sql.ident(&index.name).words("ON").ident(&on.name);
    if index.method != Method::Btree {
        sql.words("USING").words(index.method.name());
    }
    sql.open();
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
        if let Some(collate) = &key.collate {
            table::collation(&mut sql, collate);
        }
        if let Some(class) = &key.class {
            sql.ident(class);
        }
        if key.descending {
            sql.words("DESC");
        }
        match key.nulls {
            Some(Nulls::First) => sql.words("NULLS FIRST"),
            Some(Nulls::Last) => sql.words("NULLS LAST"),
            None => &mut sql,
        };
    }
    sql.close();
    if !index.include.is_empty() {
        sql.words("INCLUDE").blank().idents(&index.include);
    }
    if index.nulls_not_distinct {
        sql.words("NULLS NOT DISTINCT");
    }
    if let Some(condition) = &index.condition {
        sql.words("WHERE");
        writer.write(&mut sql, condition, LOWEST);
    }
    sql
}

/// `DROP INDEX`
pub(super) fn drop(name: &str, concurrently: bool) -> Sql {
    let mut sql = new();
    sql.words("DROP INDEX");
    if concurrently {
        sql.words("CONCURRENTLY");
    }
    sql.ident(name);
    sql
}

/// What comes or goes in the migration's transaction, or outside of any.
pub(super) fn work(sql: Sql, table: &str, index: &str, concurrently: bool, drops: bool) -> Work {
    if !concurrently {
        return Work::statement(sql);
    }
    Work::Concurrently(Box::new(Concurrently {
        sql: sql.into_text(),
        table: table.to_owned(),
        index: index.to_owned(),
        drops,
    }))
}

/// A new name.
pub(super) fn rename(from: &str, to: &str) -> Sql {
    let mut sql = new();
    sql.words("ALTER INDEX").ident(from).words("RENAME TO").ident(to);
    sql
}
