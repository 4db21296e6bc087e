//! Indexes. There is one method, and nothing is kept beside the keys, so of those words nothing is written.

use super::super::expr::LOWEST;
use super::super::sql::Sql;
use super::{new, table, writer};
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

fn tail(sql: &mut Sql, on: &Table, index: &Index, options: &Options) {
    let writer = writer(on, options);
    sql.words("ON").ident(&on.name).open();
    for (i, key) in index.keys.iter().enumerate() {
        if i > 0 {
            sql.separator();
        }
        sql.suffix(&writer.part(&key.expr, LOWEST).into_text());
        if let Some(collate) = &key.collate {
            table::collation(sql, collate);
        }
        // Nulls are less than any value, and there is no word to say otherwise: what asks for that was refused.
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
