//! Names and keys that the two databases, or people, read in different ways.

use super::{Finding, Linter};
use crate::diagnostics::code;
use crate::schema::{Step, Type, same_name};
use crate::syntax::ast::{AlterationKind, Name, StatementKind, TableItem};
use crate::target::Dialect;

pub(super) fn statement(linter: &Linter<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(statement) = linter.statement else { return };
    let new: Vec<&Name> = match &statement.kind {
        StatementKind::CreateTable(table) => {
            let columns = table.items.iter().filter_map(|item| match item {
                TableItem::Column(column) => Some(&column.name),
                _ => None,
            });
            std::iter::once(&table.name).chain(columns).collect()
        }
        StatementKind::AlterTable(alter) => (alter.alterations.iter())
            .filter_map(|a| match &a.kind {
                AlterationKind::AddColumn(column) => Some(&column.name),
                AlterationKind::RenameColumn { to, .. } => Some(to),
                _ => None,
            })
            .collect(),
        StatementKind::RenameTable { to, .. } | StatementKind::RenameView { to, .. } => vec![to],
        StatementKind::CreateView(view) => std::iter::once(&view.name).chain(&view.columns).collect(),
        _ => Vec::new(),
    };
    if linter.options.has(Dialect::Postgres) {
        found.extend(new.iter().filter(|name| has_capitals(&name.text)).map(|name| mixed_case(name)));
        unnumbered(linter, step, &new, found);
        reused(linter, &statement.kind, found);
    }
}

/// Views and keys follow the table, functions follow the name (<https://www.postgresql.org/docs/current/sql-createfunction.html>: a
/// body in quotes is read when it runs).
fn reused(linter: &Linter<'_>, kind: &StatementKind, found: &mut Vec<Finding>) {
    let name = match kind {
        StatementKind::CreateTable(table) => &table.name,
        StatementKind::CreateView(view) => &view.name,
        StatementKind::RenameTable { to, .. } | StatementKind::RenameView { to, .. } => to,
        _ => return,
    };
    let Some((_, old)) = linter.renamed.iter().find(|(from, _)| same_name(from, &name.text)) else { return };
    found.push(Finding {
        lint: code::REUSED_NAME,
        loc: name.loc,
        message: format!("what has been `{}` is `{old}` now: views read that, and functions that name `{0}` this", name.text),
        help: format!(
            "see to the functions and the queries of the application that name `{}`: they get other rows from here on",
            name.text
        ),
    });
}

fn has_capitals(name: &str) -> bool {
    name.chars().any(char::is_uppercase)
}

fn mixed_case(name: &Name) -> Finding {
    Finding {
        lint: code::MIXED_CASE_NAME,
        loc: name.loc,
        message: format!("PostgreSQL finds `{}` only where a query writes it in double quotes", name.text),
        help: format!("write `{}`", snake_case(&name.text)),
    }
}

/// `userId` as `user_id`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_uppercase() && before != '_' && !before.is_uppercase() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

/// A lone integer key is SQLite's rowid, which numbers itself (<https://www.sqlite.org/lang_createtable.html#rowid>).
fn unnumbered(linter: &Linter<'_>, step: &Step, new: &[&Name], found: &mut Vec<Finding>) {
    let Step::CreateTable(table) = step else { return };
    let Some(key) = table.lone_key().filter(|key| matches!(key.ty, Type::Integer(_))) else { return };
    let numbers = key.autoincrement.is_some() || key.default.is_some() || key.generated.is_some();
    let refers = table.foreign_keys.iter().any(|f| f.columns.iter().any(|c| same_name(c, &key.name)));
    if !linter.options.has(Dialect::Sqlite) || table.without_rowid || numbers || refers {
        return;
    }
    let Some(name) = new.iter().skip(1).find(|name| same_name(&name.text, &key.name)) else { return };
    found.push(Finding {
        lint: code::UNNUMBERED_KEY,
        loc: name.loc,
        message: format!(
            "SQLite numbers new rows of `{}` by `{}`, PostgreSQL does not",
            table.name, key.name
        ),
        help: "write `autoincrement`".to_owned(),
    });
}
