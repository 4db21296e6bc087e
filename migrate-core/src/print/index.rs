//! Indexes and collations.

use super::expr::write_expr;
use super::word::{write_dialects, write_item_name, write_list, write_name, write_names};
use crate::syntax::ast::{Collation, Index, Method, Name, Nulls, Only};

/// `[unique] index NAME [on TABLE] (KEY, ..) ..`
pub(super) fn write_index(out: &mut String, index: &Index, table: Option<&Name>) {
    out.push_str(if index.unique { "unique index " } else { "index " });
    write_item_name(out, &index.name);
    if let Some(table) = table {
        out.push_str(" on ");
        write_name(out, table);
    }
    out.push_str(" (");
    write_list(out, &index.keys, |out, key| {
        write_expr(out, &key.expr);
        if let Some(collate) = &key.collate {
            out.push_str(" collate ");
            write_collation(out, &collate.collation);
        }
        if let Some(class) = &key.class {
            out.push_str(" class ");
            write_name(out, class);
        }
        if key.descending {
            out.push_str(" desc");
        }
        match key.nulls {
            Some((Nulls::First, _)) => out.push_str(" nulls first"),
            Some((Nulls::Last, _)) => out.push_str(" nulls last"),
            None => {}
        }
    });
    out.push(')');
    if !index.include.is_empty() {
        out.push_str(" include ");
        write_names(out, &index.include);
    }
    if index.nulls_not_distinct.is_some() {
        out.push_str(" nulls not distinct");
    }
    if let Some((method, _)) = index.method.filter(|(m, _)| *m != Method::Btree) {
        out.push_str(" using ");
        out.push_str(method.name());
    }
    if let Some(condition) = &index.condition {
        out.push_str(" where ");
        write_expr(out, condition);
    }
    match index.only {
        Some((Only::Sqlite, _)) => out.push_str(" only sqlite"),
        Some((Only::Postgres, _)) => out.push_str(" only postgres"),
        None => {}
    }
}

/// What stands behind `collate`.
pub(super) fn write_collation(out: &mut String, collation: &Collation) {
    match collation {
        Collation::Native(native) => {
            write_dialects(out, native.sqlite.as_deref(), native.postgres.as_deref());
        }
        Collation::Binary | Collation::Nocase | Collation::Rtrim => {
            out.push_str(collation.sqlite().unwrap_or_default());
        }
    }
}
