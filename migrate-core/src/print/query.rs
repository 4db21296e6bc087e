//! `select`, and the statements that move rows.

use super::expr::write_expr;
use super::word::{write_item_name, write_list, write_name, write_names};
use crate::syntax::ast::{Delete, Expr, Insert, Rows, Select, Source, Update};

/// A `select` without parentheses around it.
pub(super) fn write_select(out: &mut String, select: &Select) {
    out.push_str(if select.distinct { "select distinct " } else { "select " });
    let first = out.len();
    write_list(out, &select.items, |out, item| {
        write_expr(out, &item.expr);
        if let Some(alias) = &item.alias {
            out.push_str(" as ");
            write_name(out, alias);
        }
    });
    // A column that is called as the word is.
    let behind = out[first..].strip_prefix("distinct").map(|rest| rest.chars().next());
    if !select.distinct && behind.is_some_and(|c| !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')) {
        out.insert_str(first, "r#");
    }
    for (i, source) in select.sources.iter().enumerate() {
        write_source(out, source, i == 0);
    }
    write_where(out, select.condition.as_ref());
    if !select.group_by.is_empty() {
        out.push_str(" group by ");
        write_list(out, &select.group_by, write_expr);
    }
    if let Some(having) = &select.having {
        out.push_str(" having ");
        write_expr(out, having);
    }
    if !select.order_by.is_empty() {
        out.push_str(" order by ");
        write_list(out, &select.order_by, |out, key| {
            write_expr(out, &key.expr);
            if key.descending {
                out.push_str(" desc");
            }
        });
    }
    for (word, limit) in [(" limit ", select.limit), (" offset ", select.offset)] {
        if let Some(limit) = limit {
            out.push_str(word);
            out.push_str(&limit.rows.to_string());
        }
    }
}

fn write_source(out: &mut String, source: &Source, first: bool) {
    out.push_str(match &source.join {
        None if first => " from ",
        Some(join) if join.left => " left join ",
        _ => " join ",
    });
    write_name(out, &source.name);
    if let Some(alias) = &source.alias {
        out.push_str(" as ");
        write_name(out, alias);
    }
    if let Some(join) = &source.join {
        out.push_str(" on ");
        write_expr(out, &join.on);
    }
}

fn write_where(out: &mut String, condition: Option<&Expr>) {
    if let Some(condition) = condition {
        out.push_str(" where ");
        write_expr(out, condition);
    }
}

/// `insert into ..`
pub(super) fn write_insert(out: &mut String, insert: &Insert) {
    out.push_str("insert into ");
    write_item_name(out, &insert.table);
    out.push(' ');
    write_names(out, &insert.columns);
    match &insert.rows {
        Rows::Values(rows) => {
            out.push_str(" values ");
            write_list(out, rows, |out, row| {
                out.push('(');
                write_list(out, &row.values, write_expr);
                out.push(')');
            });
        }
        Rows::Select(select) => {
            out.push(' ');
            write_select(out, select);
        }
    }
    if insert.or_nothing {
        out.push_str(" on conflict do nothing");
    }
}

/// `update ..`
pub(super) fn write_update(out: &mut String, update: &Update) {
    out.push_str("update ");
    write_item_name(out, &update.table);
    out.push_str(" set ");
    write_list(out, &update.set, |out, (column, value)| {
        write_name(out, column);
        out.push_str(" = ");
        write_expr(out, value);
    });
    write_where(out, update.condition.as_ref());
    if let Some(batches) = &update.batches {
        out.push_str(" in batches of ");
        out.push_str(&batches.rows.to_string());
    }
}

/// `delete from ..`
pub(super) fn write_delete(out: &mut String, delete: &Delete) {
    out.push_str("delete from ");
    write_item_name(out, &delete.table);
    write_where(out, delete.condition.as_ref());
}
