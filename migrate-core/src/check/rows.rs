//! Whether a query gives one row at most: SQLite takes the first of several as the value of a query, PostgreSQL fails.

use crate::schema::expr::ExprKind;
use crate::schema::query::Select;
use crate::schema::{Expr, Operator, Schema, Table, same_name};

/// Whether a query surely gives one row at most.
pub(super) fn gives_one_row(select: &Select, schema: &Schema) -> bool {
    select.sources.is_empty()
        || matches!(select.limit, Some(0 | 1))
        || (select.is_grouped() && select.group_by.is_empty())
        || every_table_is_pinned(select, schema)
}

/// `table.column = value`
struct Equation<'s> {
    source: &'s str,
    column: &'s str,
    value: &'s Expr,
    /// The one table whose rows it chooses, if it is the condition of a left join.
    only: Option<&'s str>,
}

/// Whether each table is bound by a key of its own to values that stand: those of tables that are bound before it, of
/// the query around, or of literals.
fn every_table_is_pinned(select: &Select, schema: &Schema) -> bool {
    let mut equations = Vec::new();
    for source in &select.sources {
        if let Some(join) = &source.join {
            collect(&join.on, join.left.then(|| source.name()), &mut equations);
        }
    }
    if let Some(condition) = &select.condition {
        collect(condition, None, &mut equations);
    }
    let mut open: Vec<(&str, Option<&Table>)> =
        select.sources.iter().map(|s| (s.name(), schema.table(&s.table))).collect();
    while !open.is_empty() {
        let names: Vec<&str> = open.iter().map(|(name, _)| *name).collect();
        let pinned = open.iter().position(|(name, table)| {
            table.is_some_and(|t| keys(t).iter().any(|key| is_bound(name, key, &equations, &names)))
        });
        match pinned {
            Some(at) => {
                open.remove(at);
            }
            None => return false,
        }
    }
    true
}

/// The equations that hold for every row that comes out.
fn collect<'s>(condition: &'s Expr, only: Option<&'s str>, equations: &mut Vec<Equation<'s>>) {
    let ExprKind::Binary { op, left, right } = &condition.kind else { return };
    match op {
        Operator::And => {
            collect(left, only, equations);
            collect(right, only, equations);
        }
        Operator::Equal => {
            for (side, value) in [(left, right), (right, left)] {
                if let ExprKind::Field(field) = &side.kind {
                    equations.push(Equation { source: &field.source, column: &field.column, value, only });
                }
            }
        }
        _ => {}
    }
}

/// What is unique in a table as a whole.
pub(super) fn keys(table: &Table) -> Vec<Vec<String>> {
    (table.primary_key.iter().map(|k| k.columns.clone()))
        .chain(table.uniques.iter().map(|u| u.columns.clone()))
        .chain(table.indexes.iter().filter_map(|i| i.plain_unique_columns()))
        .collect()
}

/// Whether each column of a key equals a value that reads none of the `open` tables.
fn is_bound(source: &str, key: &[String], equations: &[Equation<'_>], open: &[&str]) -> bool {
    key.iter().all(|column| {
        equations.iter().any(|e| {
            same_name(e.source, source)
                && same_name(e.column, column)
                && e.only.is_none_or(|only| same_name(only, source))
                && !reads(e.value, open)
        })
    })
}

/// Whether an expression may read one of the tables. Queries in it count whatever their own tables are called.
fn reads(expr: &Expr, tables: &[&str]) -> bool {
    let mut found = expr.has_native();
    expr.walk(&mut |e| {
        if let ExprKind::Field(field) = &e.kind {
            found |= tables.iter().any(|t| same_name(t, &field.source));
        }
    });
    found
}
