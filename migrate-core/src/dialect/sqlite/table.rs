//! `CREATE TABLE`, `DROP TABLE`, and a table's new name.

use super::super::Work;
use super::super::constraint;
use super::super::expr::{LOWEST, Writer};
use super::super::sql::Sql;
use super::{default, is_lone_key, new, types, writer};
use crate::schema::{Collation, Column, Table, same_name};
use crate::target::Options;

/// What the names of work tables begin with; the checker keeps it for us.
pub(super) const WORK_PREFIX: &str = "__migrate_new_";

/// `CREATE TABLE` by the table's own name.
pub(super) fn create(table: &Table, options: &Options) -> Sql {
    let mut sql = new();
    sql.words("CREATE TABLE").ident(&table.name);
    body(&mut sql, table, options);
    sql
}

/// `CREATE TABLE` by another name, in the main schema. A foreign key to the table itself keeps the final name: the
/// rename does not touch it while `legacy_alter_table` is on.
pub(super) fn create_as(name: &str, table: &Table, options: &Options) -> Sql {
    let mut sql = new();
    sql.words("CREATE TABLE").main_ident(name);
    body(&mut sql, table, options);
    sql
}

/// `DROP TABLE`
pub(super) fn drop(table: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP TABLE").ident(table);
    sql
}

/// A new name. SQLite takes two names that differ by letter case for one, so such a rename goes over a third.
pub(super) fn rename(from: &str, to: &str) -> Vec<Work> {
    if !same_name(from, to) {
        return vec![Work::statement(rename_once(from, to))];
    }
    let mut between = WORK_PREFIX.to_owned();
    between.push_str(to);
    vec![Work::statement(rename_once(from, &between)), Work::statement(rename_once(&between, to))]
}

fn rename_once(from: &str, to: &str) -> Sql {
    let mut sql = new();
    sql.words("ALTER TABLE").ident(from).words("RENAME TO").ident(to);
    sql
}

/// A column as it stands in `CREATE TABLE` and, without a primary key, behind `ADD`.
pub(super) fn column(table: &Table, column: &Column, is_key: bool, options: &Options) -> Sql {
    let mut sql = new();
    sql.ident(&column.name);
    if is_key && column.autoincrement.is_some() {
        sql.words("INTEGER PRIMARY KEY AUTOINCREMENT");
    } else {
        sql.words(&types::type_name(&column.ty, options));
        if is_key {
            sql.words("PRIMARY KEY");
        }
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
    if let Some(collate) = &column.collate {
        collation(&mut sql, collate);
    }
    sql
}

/// `COLLATE ..`: SQLite's own three are written as they are.
pub(super) fn collation(sql: &mut Sql, collation: &Collation) {
    sql.words("COLLATE");
    match (collation, collation.sqlite()) {
        (Collation::Native(_), Some(name)) => sql.ident(name),
        (_, name) => sql.words(name.unwrap_or("binary")),
    };
}

fn body(sql: &mut Sql, table: &Table, options: &Options) {
    let mut lines: Vec<Sql> = Vec::new();
    for c in &table.columns {
        lines.push(column(table, c, is_lone_key(table, c), options));
    }
    if let Some(key) = &table.primary_key
        && table.lone_key().is_none()
    {
        let mut line = new();
        constraint::over(&mut line, "PRIMARY KEY", &key.columns);
        lines.push(line);
    }
    constraints(&mut lines, table, &writer(table, options));
    sql.lines(lines);
    match (options.strict(), table.without_rowid) {
        (true, true) => sql.words("STRICT, WITHOUT ROWID"),
        (true, false) => sql.words("STRICT"),
        (false, true) => sql.words("WITHOUT ROWID"),
        (false, false) => sql,
    };
}

/// Names stand where in-place forms need them: at every check, and at what was given one.
fn constraints(lines: &mut Vec<Sql>, table: &Table, writer: &Writer<'_>) {
    for unique in &table.uniques {
        let mut line = new();
        constraint::name(&mut line, &unique.name, unique.name.given);
        constraint::over(&mut line, "UNIQUE", &unique.columns);
        lines.push(line);
    }
    for check in &table.checks {
        let mut line = new();
        constraint::name(&mut line, &check.name, true);
        constraint::check(&mut line, &check.expr, writer);
        lines.push(line);
    }
    for key in &table.foreign_keys {
        let mut line = new();
        constraint::name(&mut line, &key.name, key.name.given);
        constraint::foreign_key(&mut line, key);
        lines.push(line);
    }
}
