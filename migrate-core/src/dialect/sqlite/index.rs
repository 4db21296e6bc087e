//! Indexes.

use super::super::expr::LOWEST;
use super::super::sql::Sql;
use super::{new, writer};
use crate::schema::{Index, Table};
use crate::target::Options;

/// `CREATE INDEX`
pub(super) fn create(table: &Table, index: &Index, options: &Options) -> Sql {
    let mut sql = head(index);
    sql.ident(&index.name);
    tail(&mut sql, table, index, options);
    sql
}

/// `CREATE INDEX` in the main schema, where the index's name carries the schema's and the table's must not
/// (<https://www.sqlite.org/lang_createindex.html>).
pub(super) fn create_in_main(table: &Table, index: &Index, options: &Options) -> Sql {
    let mut sql = head(index);
    sql.main_ident(&index.name);
    tail(&mut sql, table, index, options);
    sql
}

/// `DROP INDEX`
pub(super) fn drop(name: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP INDEX").ident(name);
    sql
}

fn head(index: &Index) -> Sql {
    let mut sql = new();
    sql.words(if index.unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" });
    sql
}

fn tail(sql: &mut Sql, table: &Table, index: &Index, options: &Options) {
    let writer = writer(table, options);
    sql.words("ON").ident(&table.name).open();
    for (i, key) in index.keys.iter().enumerate() {
        if i > 0 {
            sql.separator();
        }
        sql.suffix(&writer.part(&key.expr, LOWEST).into_text());
        if key.descending {
            sql.words("DESC");
        }
    }
    sql.close();
    if let Some(condition) = &index.condition {
        sql.words("WHERE");
        writer.write(sql, condition, LOWEST);
    }
}
