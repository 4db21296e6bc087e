//! Which constraints carry their names in the SQL: those that the server would not name so itself.

use crate::schema::names::{Suffix, derived};
use crate::schema::{Check, ConstraintName, Schema, Table};

/// Whether the name must be written, for a constraint of `table` over `columns`.
pub(super) fn is_written(
    name: &ConstraintName,
    table: &str,
    columns: &[String],
    suffix: Suffix,
    before: &Schema,
) -> bool {
    name.given
        || derived(table, columns, suffix, &mut |_| false) != name.text
        || is_taken(&name.text, table, before)
}

/// The same for a check, whose name depends on the columns in its expression.
pub(super) fn is_check_written(check: &Check, table: &Table, before: &Schema) -> bool {
    // The server reads the author's SQL better than we do.
    if check.expr.has_native() {
        return true;
    }
    is_written(&check.name, &table.name, &check.expr.columns(), Suffix::Check, before)
}

/// Whether the table itself has the name for something else. That no other table has it is the fold's doing: it numbers
/// a derived name until it is free, and a numbered name is written anyway.
fn is_taken(name: &str, table: &str, before: &Schema) -> bool {
    before.table(table).is_some_and(|t| {
        t.indexes.iter().any(|i| i.name == name) || t.constraint_names().any(|c| c.text == name)
    })
}
