//! What the tests of the inspect room share: a database of each kind, and short ways to build a schema.
#![allow(dead_code)]

pub mod cluster;

use migrate_core::inspect::{Rows, Unread, queries, read};
use migrate_core::schema::expr::{ExprKind, Family};
use migrate_core::schema::{
    Check, Column, ConstraintName, Default, Expr, ForeignKey, Index, IndexKey, Literal, NativeSql,
    PrimaryKey, Schema, Table, Type, Unique,
};
use migrate_core::syntax::types::Action;
use migrate_core::target::Dialect;

/// SQLite in memory with that DDL, and what it answers.
pub fn sqlite(ddl: &str) -> (Schema, Vec<Unread>) {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(ddl).unwrap_or_else(|e| panic!("{e}\n{ddl}"));
    let answers = sqlite_answers(&connection);
    read(Dialect::Sqlite, &answers, &["_migrations"])
}

/// The answers to the queries.
pub fn sqlite_answers(connection: &rusqlite::Connection) -> Vec<Rows> {
    let answer = |sql: &str| {
        let mut statement = connection.prepare(sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect());
        rows.unwrap().collect::<Result<Rows, _>>().unwrap_or_else(|e| panic!("{e}\n{sql}"))
    };
    queries(Dialect::Sqlite).iter().map(|q| answer(q.sql)).collect()
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| n.to_string()).collect()
}

pub fn table(name: &str, columns: Vec<Column>) -> Table {
    Table { name: name.to_owned(), columns, ..Table::default() }
}

pub fn column(name: &str, ty: Type) -> Column {
    Column {
        name: name.to_owned(),
        ty,
        null: false,
        default: None,
        autoincrement: None,
        collate: None,
        generated: None,
        comment: None,
    }
}

pub fn nullable(name: &str, ty: Type) -> Column {
    Column { null: true, ..column(name, ty) }
}

pub fn with_default(name: &str, ty: Type, default: Literal) -> Column {
    Column { default: Some(Default::Literal(default)), ..column(name, ty) }
}

pub fn text(text: &str) -> Literal {
    Literal::Text(text.to_owned())
}

/// A type in normal form.
pub fn native(dialect: Dialect, text: &str) -> Type {
    let sql = sql(dialect, text);
    Type::Native { sqlite: sql.sqlite, postgres: sql.postgres }
}

/// SQL of one dialect.
pub fn sql(dialect: Dialect, text: &str) -> NativeSql {
    match dialect {
        Dialect::Sqlite => NativeSql { sqlite: Some(text.to_owned()), postgres: None },
        Dialect::Postgres => NativeSql { sqlite: None, postgres: Some(text.to_owned()) },
    }
}

/// An expression in normal form.
pub fn sql_expr(dialect: Dialect, text: &str) -> Expr {
    Expr { kind: ExprKind::Sql(sql(dialect, text)), family: Family::Unknown }
}

pub fn expr(kind: ExprKind) -> Expr {
    Expr { kind, family: Family::Boolean }
}

pub fn col(name: &str) -> Expr {
    Expr::column(name, Family::Text)
}

pub fn literal(literal: Literal) -> Expr {
    Expr { kind: ExprKind::Literal(literal), family: Family::Text }
}

pub fn name(name: &str) -> ConstraintName {
    ConstraintName::derived(name)
}

pub fn primary_key(key: &str, columns: &[&str]) -> Option<PrimaryKey> {
    Some(PrimaryKey { name: name(key), columns: names(columns) })
}

pub fn unique(key: &str, columns: &[&str]) -> Unique {
    Unique { name: name(key), columns: names(columns), nulls_not_distinct: false }
}

pub fn check(key: &str, expr: Expr) -> Check {
    Check { name: name(key), expr, of_enum: None, not_valid: false }
}

pub fn foreign_key(key: &str, columns: &[&str], table: &str, there: &[&str]) -> ForeignKey {
    ForeignKey {
        name: name(key),
        columns: names(columns),
        ref_table: table.to_owned(),
        ref_columns: names(there),
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        deferrable: false,
        not_valid: false,
    }
}

pub fn index(name: &str, keys: &[&str]) -> Index {
    Index {
        name: name.to_owned(),
        unique: false,
        keys: keys.iter().map(|k| key(Expr::column(*k, Family::Unknown))).collect(),
        ..Index::default()
    }
}

pub fn key(expr: Expr) -> IndexKey {
    IndexKey::new(expr, false)
}
