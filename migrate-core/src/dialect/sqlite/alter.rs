//! What SQLite alters in place: <https://www.sqlite.org/lang_altertable.html>. The rest is a rebuild, which the author
//! asks for by the word `recreate`; without it the checker has refused, and this is the net below.

use super::super::sql::Sql;
use super::super::{Unsupported, Work, constraint, midway};
use super::{default, is_lone_key, new, table, types, writer};
use crate::schema::{Change, Column, Schema, Table, same_name};
use crate::target::{Dialect, Options};

/// One statement for each change that needs one.
pub(super) fn in_place(
    old: &Table,
    changes: &[Change],
    before: &Schema,
    options: &Options,
) -> Result<Vec<Work>, Unsupported> {
    let mut table = old.clone();
    let mut works = Vec::new();
    let mut inline = vec![false; changes.len()];
    for (i, change) in changes.iter().enumerate() {
        match change {
            Change::AddColumn(column) => {
                let with = constraints_of(column, &table, changes, i + 1);
                with.iter().for_each(|j| inline[*j] = true);
                let with: Vec<&Change> = with.into_iter().map(|j| &changes[j]).collect();
                works.push(Work::statement(add_column(&table, column, &with, options)?));
            }
            Change::DropColumn { name } => {
                if let Some(what) = needs_column(&table, name, before) {
                    return Err(Unsupported::new(
                        format!("SQLite cannot drop `{name}` in place: {what}"),
                        recreate(&table),
                    ));
                }
                let mut sql = head(&table);
                sql.words("DROP COLUMN").ident(name);
                works.push(Work::statement(sql));
            }
            Change::RenameColumn { from, to } => {
                let mut sql = head(&table);
                sql.words("RENAME COLUMN").ident(from).words("TO").ident(to);
                works.push(Work::statement(sql));
            }
            Change::SetType { column, ty, using } => {
                let same = table
                    .column(column)
                    .is_some_and(|c| types::is_same(&c.ty, ty, is_lone_key(&table, c), options));
                if !same || using.is_some() {
                    return Err(refuse("change the type of a column", &table));
                }
            }
            // The constraint stands in the table under the old name; nothing in SQLite asks for it.
            Change::RenameConstraint { .. } => {}
            // It judged all rows when the constraint came.
            Change::ValidateConstraint { .. } => {}
            Change::AddForeignKey(_) | Change::AddCheck(_) if inline[i] => {}
            Change::AddForeignKey(_) => return Err(refuse("add a foreign key", &table)),
            Change::AddCheck(_) => return Err(refuse("add a check", &table)),
            Change::AddUnique(_) => return Err(refuse("add a unique constraint", &table)),
            Change::AddPrimaryKey(_) => return Err(refuse("add a primary key", &table)),
            Change::DropPrimaryKey => return Err(refuse("drop a primary key", &table)),
            Change::DropConstraint { .. } => return Err(refuse("drop a constraint", &table)),
            Change::AlterForeignKey { .. } => return Err(refuse("alter a foreign key", &table)),
            Change::RenameValue { .. } => return Err(refuse("change the values of an enum", &table)),
            Change::SetDefault { .. } => return Err(refuse("change a default", &table)),
            Change::SetNotNull { .. } => return Err(refuse("set NOT NULL", &table)),
            Change::DropNotNull { .. } => return Err(refuse("drop NOT NULL", &table)),
        }
        midway::advance(&mut table, change);
    }
    Ok(works)
}

/// The later changes that are constraints of the new column alone: SQLite takes them in the column's definition only.
fn constraints_of(column: &Column, table: &Table, changes: &[Change], from: usize) -> Vec<usize> {
    let is_alone = |change: &Change| match change {
        Change::AddForeignKey(key) => key.columns.len() == 1 && same_name(&key.columns[0], &column.name),
        Change::AddCheck(check) => {
            let others = table.columns.iter().chain(changes.iter().filter_map(|c| match c {
                Change::AddColumn(other) => Some(other),
                _ => None,
            }));
            check.expr.mentions(&column.name)
                && !others.filter(|o| !same_name(&o.name, &column.name)).any(|o| check.expr.mentions(&o.name))
        }
        _ => false,
    };
    (from..changes.len()).filter(|j| is_alone(&changes[*j])).collect()
}

fn add_column(
    table: &Table,
    column: &Column,
    with: &[&Change],
    options: &Options,
) -> Result<Sql, Unsupported> {
    if column.autoincrement.is_some() {
        return Err(refuse("add a column with a primary key", table));
    }
    if column.generated.as_ref().is_some_and(|g| g.stored) {
        return Err(refuse("add a stored generated column", table));
    }
    if !column.null && column.default.is_none() && column.generated.is_none() {
        return Err(refuse("add a NOT NULL column without a default", table));
    }
    if column.default.as_ref().is_some_and(|d| !default::is_constant(d)) {
        return Err(refuse("add a column whose default is not constant", table));
    }
    let refers = with.iter().any(|c| matches!(c, Change::AddForeignKey(_)));
    if refers && column.default.is_some() {
        // Refused by SQLite while foreign keys are on, if the table has rows.
        return Err(refuse("add a column with a foreign key and a default", table));
    }
    let mut sql = head(table);
    let mut grown = table.clone();
    grown.columns.push(column.clone());
    sql.words("ADD").sql(&table::column(&grown, column, false, options));
    for change in with {
        match change {
            Change::AddForeignKey(key) => {
                constraint::name(&mut sql, &key.name, key.name.given);
                constraint::references(&mut sql, key);
            }
            Change::AddCheck(check) => {
                constraint::name(&mut sql, &check.name, true);
                constraint::check(&mut sql, &check.expr, &writer(&grown, options));
            }
            _ => {}
        }
    }
    Ok(sql)
}

/// What would have to go with the column. In place SQLite refuses some of it, and drops some without a word, by how
/// the stored text happens to be written.
fn needs_column(table: &Table, name: &str, before: &Schema) -> Option<String> {
    let has = |columns: &[String]| columns.iter().any(|c| same_name(c, name));
    if table.primary_key.as_ref().is_some_and(|k| has(&k.columns)) {
        return Some("it is part of the primary key".into());
    }
    let unique = table.uniques.iter().find(|u| has(&u.columns)).map(|u| &u.name);
    let check = table.checks.iter().find(|c| c.expr.mentions(name)).map(|c| &c.name);
    let key = table.foreign_keys.iter().find(|k| has(&k.columns)).map(|k| &k.name);
    if let Some(constraint) = unique.or(check).or(key) {
        return Some(format!("`{}` needs it", constraint.text));
    }
    if let Some(made) = table.generated_from(name).next() {
        return Some(format!("`{}` is made of it", made.name));
    }
    let index = table.indexes.iter().find(|i| Dialect::Sqlite.has_index(i) && i.mentions(name));
    if let Some(index) = index {
        return Some(format!("the index `{}` needs it", index.name));
    }
    let (other, _) = before
        .references_to(&table.name)
        .find(|(t, k)| !same_name(&t.name, &table.name) && has(&k.ref_columns))?;
    Some(format!("a foreign key of `{}` refers to it", other.name))
}

fn head(table: &Table) -> Sql {
    let mut sql = new();
    sql.words("ALTER TABLE").ident(&table.name);
    sql
}

fn refuse(what: &str, table: &Table) -> Unsupported {
    Unsupported::new(format!("SQLite cannot {what} in place"), recreate(table))
}

fn recreate(table: &Table) -> String {
    format!("write `alter table {} recreate`: every row is copied", table.name)
}
