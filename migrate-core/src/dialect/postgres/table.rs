//! `CREATE TABLE`, `DROP TABLE`, a table's new name, and comments.

use super::super::sql::Sql;
use super::super::{Work, constraint};
use super::{alter, default, index, naming, new, types, writer};
use crate::schema::names::Suffix;
use crate::schema::{Column, ForeignKey, Schema, Table, same_name};
use crate::target::Options;

/// `CREATE TABLE`, and the foreign keys that must wait until more of the schema stands.
pub(super) struct Created<'a> {
    /// The statement.
    pub statement: Sql,
    /// Foreign keys for `ALTER TABLE` afterwards.
    pub later: Vec<&'a ForeignKey>,
}

/// The table, its indexes, the foreign keys that need one of them, its comments.
pub(super) fn works(table: &Table, before: &Schema, options: &Options) -> Vec<Work> {
    let created = create(table, before, options);
    let mut works = vec![Work::statement(created.statement)];
    let indexes = table.indexes.iter();
    works.extend(indexes.map(|i| Work::statement(index::create(table, i, options))));
    for key in created.later {
        works.push(Work::statement(alter::add_foreign_key(table, key, before)));
    }
    if let Some(comment) = &table.comment {
        works.push(Work::statement(comment_on_table(table, comment)));
    }
    for column in &table.columns {
        if let Some(comment) = &column.comment {
            works.push(Work::statement(comment_on_column(table, column, comment)));
        }
    }
    works
}

/// `CREATE TABLE` with all that stands in its parentheses.
pub(super) fn create<'a>(table: &'a Table, before: &Schema, options: &Options) -> Created<'a> {
    let inline_key = table.primary_key.as_ref().is_some_and(|key| {
        table.lone_key().is_some()
            && !naming::is_written(&key.name, &table.name, &key.columns, Suffix::PrimaryKey, before)
    });
    let mut lines: Vec<Sql> = Vec::new();
    for c in &table.columns {
        let is_key = inline_key && table.lone_key().is_some_and(|k| same_name(&k.name, &c.name));
        lines.push(column(c, is_key, options));
    }
    if let Some(key) = &table.primary_key
        && !inline_key
    {
        lines.push(alter::primary_key(table, key, before));
    }
    lines.extend(table.uniques.iter().map(|u| alter::unique(table, u, before)));
    let writer = writer(table, options);
    for check in &table.checks {
        let mut line = new();
        constraint::name(&mut line, &check.name, naming::is_check_written(check, table, before));
        constraint::check(&mut line, &check.expr, &writer);
        lines.push(line);
    }
    let (now, later): (Vec<_>, Vec<_>) = table.foreign_keys.iter().partition(|k| is_ready(k, table, before));
    lines.extend(now.into_iter().map(|k| alter::foreign_key(table, k, before)));
    let mut statement = new();
    statement.words("CREATE TABLE").ident(&table.name).lines(lines);
    Created { statement, later }
}

/// Whether the target stands when the table is created: another table, or constraints of its own. A unique index of its
/// own comes after it.
fn is_ready(key: &ForeignKey, table: &Table, before: &Schema) -> bool {
    if !same_name(&key.ref_table, &table.name) {
        return before.tables().next().is_none() || before.table(&key.ref_table).is_some();
    }
    let is_target = |columns: &[String]| {
        columns.len() == key.ref_columns.len()
            && columns.iter().all(|c| key.ref_columns.iter().any(|r| same_name(c, r)))
    };
    table.primary_key.as_ref().is_some_and(|k| is_target(&k.columns))
        || table.uniques.iter().any(|u| is_target(&u.columns))
}

/// A column as it stands in `CREATE TABLE` and behind `ADD`.
pub(super) fn column(column: &Column, is_key: bool, options: &Options) -> Sql {
    let mut sql = new();
    sql.ident(&column.name).words(&types::numbered(column));
    if is_key {
        sql.words("PRIMARY KEY");
    }
    if let Some(value) = &column.default {
        sql.words("DEFAULT").sql(&default::value(value, column, options));
    }
    if !column.null {
        sql.words("NOT NULL");
    }
    sql
}

/// `DROP TABLE`
pub(super) fn drop(table: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP TABLE").ident(table);
    sql
}

/// A new name. Constraints, indexes and sequences keep theirs, which is what the folded schema says too.
pub(super) fn rename(from: &str, to: &str) -> Sql {
    let mut sql = new();
    sql.words("ALTER TABLE").ident(from).words("RENAME TO").ident(to);
    sql
}

fn comment_on_table(table: &Table, comment: &str) -> Sql {
    let mut sql = new();
    sql.words("COMMENT ON TABLE").ident(&table.name).words("IS").string(comment);
    sql
}

/// `COMMENT ON COLUMN`
pub(super) fn comment_on_column(table: &Table, column: &Column, comment: &str) -> Sql {
    let mut sql = new();
    sql.words("COMMENT ON COLUMN")
        .ident(&table.name)
        .words(".")
        .ident(&column.name)
        .words("IS")
        .string(comment);
    sql
}
