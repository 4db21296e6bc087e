//! Constraints as both dialects write them; the writer knows how each spells names and actions.

use super::expr::{LOWEST, Writer};
use super::sql::Sql;
use crate::schema::{ConstraintName, Expr, ForeignKey};

/// `CONSTRAINT name`, where the name is written.
pub(super) fn name(sql: &mut Sql, name: &ConstraintName, written: bool) {
    if written {
        sql.words("CONSTRAINT").ident(&name.text);
    }
}

/// `UNIQUE (a, b)`, `PRIMARY KEY (a, b)`
pub(super) fn over(sql: &mut Sql, words: &'static str, columns: &[String]) {
    sql.words(words).blank().idents(columns);
}

/// `CHECK (..)`
pub(super) fn check(sql: &mut Sql, expr: &Expr, writer: &Writer<'_>) {
    sql.words("CHECK").open();
    writer.write(sql, expr, LOWEST);
    sql.close();
}

/// `FOREIGN KEY (a) REFERENCES t(b) ..`
pub(super) fn foreign_key(sql: &mut Sql, key: &ForeignKey) {
    over(sql, "FOREIGN KEY", &key.columns);
    references(sql, key);
}

/// `REFERENCES t(b) ON UPDATE .. ON DELETE ..`. The columns are always named: without them the target would follow a
/// later primary key.
pub(super) fn references(sql: &mut Sql, key: &ForeignKey) {
    sql.words("REFERENCES")
        .ident(&key.ref_table)
        .idents(&key.ref_columns)
        .words("ON UPDATE")
        .action(key.on_update.words())
        .words("ON DELETE")
        .action(key.on_delete.words());
    if key.deferrable {
        sql.words("DEFERRABLE INITIALLY DEFERRED");
    }
}
