//! `CREATE TABLE`, `DROP TABLE`, a table's new name, and comments.

use super::super::expr::LOWEST;
use super::super::sql::Sql;
use super::super::{Work, constraint};
use super::{alter, default, index, naming, new, types, writer};
use crate::schema::names::{Suffix, sequence};
use crate::schema::{Autoincrement, Collation, Column, ForeignKey, Schema, Table, Unique, same_name};
use crate::target::{Dialect, Options};

/// The table, its indexes, the foreign keys that need one of them, its comments.
pub(super) fn works(table: &Table, before: &Schema, options: &Options) -> Vec<Work> {
    let (now, later): (Vec<_>, Vec<_>) =
        (table.foreign_keys.iter()).partition(|k| !k.not_valid && is_ready(k, table, before));
    let mut works = vec![Work::statement(create(table, &now, before, options))];
    if let Some((column, name)) = kept_serial(table) {
        works.insert(0, Work::statement(create_sequence(column, name)));
        works.push(Work::statement(own_sequence(table, column, name)));
    }
    for check in table.checks.iter().filter(|c| c.not_valid) {
        works.push(Work::statement(alter::add_check(table, check, before, options)));
    }
    for unique in repeated(table) {
        works.push(Work::statement(alter::add_unique(table, unique, before)));
    }
    let indexes = table.indexes.iter().filter(|i| Dialect::Postgres.has_index(i));
    works.extend(indexes.map(|i| Work::statement(index::create(table, i, false, options))));
    for key in later {
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

/// Unique constraints for `ALTER TABLE` afterwards: one that says what another of the same `CREATE TABLE` says is left
/// out there without a word.
fn repeated(table: &Table) -> Vec<&Unique> {
    let told = |at: usize, columns: &[String]| {
        let key = table.primary_key.iter().map(|k| &k.columns);
        let same =
            |c: &Vec<String>| c.len() == columns.len() && c.iter().zip(columns).all(|(a, b)| same_name(a, b));
        key.chain(table.uniques[..at].iter().map(|u| &u.columns)).any(same)
    };
    table.uniques.iter().enumerate().filter(|(at, u)| told(*at, &u.columns)).map(|(_, u)| u).collect()
}

/// `CREATE TABLE` with all that stands in its parentheses, of the foreign keys those given.
pub(super) fn create(table: &Table, keys: &[&ForeignKey], before: &Schema, options: &Options) -> Sql {
    let inline_key = table.primary_key.as_ref().is_some_and(|key| {
        table.lone_key().is_some()
            && !naming::is_written(&key.name, &table.name, &key.columns, Suffix::PrimaryKey, before)
    });
    let mut lines: Vec<Sql> = Vec::new();
    for c in &table.columns {
        let is_key = inline_key && table.lone_key().is_some_and(|k| same_name(&k.name, &c.name));
        lines.push(column(table, c, is_key, options));
    }
    if let Some(key) = &table.primary_key
        && !inline_key
    {
        lines.push(alter::primary_key(table, key, before));
    }
    let inline = table.uniques.iter().filter(|u| !repeated(table).contains(u));
    lines.extend(inline.map(|u| alter::unique(table, u, before)));
    let writer = writer(table, options);
    for check in table.checks.iter().filter(|c| !c.not_valid) {
        let mut line = new();
        constraint::name(&mut line, &check.name, naming::is_check_written(check, table, before));
        constraint::check(&mut line, &check.expr, &writer);
        lines.push(line);
    }
    lines.extend(keys.iter().map(|k| alter::foreign_key(table, k, before)));
    let mut statement = new();
    statement.words("CREATE TABLE").ident(&table.name).lines(lines);
    statement
}

/// Whether the target stands when the table is created: another table, or constraints of its own. A unique index of its
/// own comes after it.
fn is_ready(key: &ForeignKey, table: &Table, before: &Schema) -> bool {
    if !same_name(&key.ref_table, &table.name) {
        return before.table(&key.ref_table).is_some();
    }
    table.is_unique_by_constraint(&key.ref_columns)
}

/// A column as it stands in `CREATE TABLE` and behind `ADD`.
pub(super) fn column(table: &Table, column: &Column, is_key: bool, options: &Options) -> Sql {
    let mut sql = new();
    sql.ident(&column.name);
    match (kept_sequence(table, column), column.autoincrement) {
        (Some(name), Some(Autoincrement::Identity)) => {
            sql.words(&types::numbered(column)).open().words("SEQUENCE NAME").ident(name).close();
        }
        (Some(name), _) => {
            let mut quoted = new();
            quoted.ident(name);
            sql.words(&types::type_name(&column.ty)).words("DEFAULT").call("nextval");
            sql.string(&quoted.into_text()).close();
        }
        (None, _) => _ = sql.words(&types::numbered(column)),
    }
    if let Some(collate) = &column.collate {
        collation(&mut sql, collate);
    }
    if is_key {
        sql.words("PRIMARY KEY");
    }
    if let Some(value) = &column.default {
        sql.words("DEFAULT").sql(&default::value(value, column, options));
    }
    if let Some(generated) = &column.generated {
        sql.words("GENERATED ALWAYS AS").open();
        writer(table, options).write(&mut sql, &generated.expr, LOWEST);
        sql.close().words(if generated.stored { "STORED" } else { "VIRTUAL" });
    }
    if !column.null {
        sql.words("NOT NULL");
    }
    sql
}

/// The name of the sequence behind a column where PostgreSQL would give it another: a table that is made anew keeps what it had.
fn kept_sequence<'t>(table: &'t Table, column: &Column) -> Option<&'t str> {
    column.autoincrement?;
    let plain = sequence(&table.name, &column.name, |_| false);
    table.sequence.0.as_deref().filter(|name| **name != plain)
}

/// `SERIAL` takes no name, so its parts are written one by one
/// (<https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL>).
fn kept_serial(table: &Table) -> Option<(&Column, &str)> {
    let column = table.columns.iter().find(|c| c.autoincrement == Some(Autoincrement::Serial))?;
    Some((column, kept_sequence(table, column)?))
}

fn create_sequence(column: &Column, name: &str) -> Sql {
    let mut sql = new();
    sql.words("CREATE SEQUENCE").ident(name).words("AS").words(&types::type_name(&column.ty));
    sql
}

fn own_sequence(table: &Table, column: &Column, name: &str) -> Sql {
    let mut sql = new();
    sql.words("ALTER SEQUENCE").ident(name).words("OWNED BY").ident(&table.name);
    sql.suffix(".").ident(&column.name);
    sql
}

/// `COLLATE ..`
pub(super) fn collation(sql: &mut Sql, collation: &Collation) {
    sql.words("COLLATE").ident(collation.postgres().unwrap_or("default"));
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
        .suffix(".")
        .ident(&column.name)
        .words("IS")
        .string(comment);
    sql
}
