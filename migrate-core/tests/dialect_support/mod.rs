//! What the dialect's tests share: short ways to build tables, an in-memory SQLite, a PostgreSQL of their own.

#![allow(dead_code, unused_imports, reason = "each test uses a part")]

mod postgres;
mod sqlite;
mod world;

pub use postgres::Postgres;
pub use sqlite::{run_sqlite, sqlite, sqlite_rows};
pub use world::World;

use migrate_core::dialect::{self, Unsupported, Work};
use migrate_core::schema::expr::{ExprKind, Family, Function};
use migrate_core::schema::{
    Action, Change, Check, Column, ConstraintName, Default, Expr, ForeignKey, Index, IndexKey, Literal,
    Operator, PrimaryKey, Schema, Step, Table, Type, Unique,
};
use migrate_core::target::{Dialect, Options};

// Tables.

pub fn column(name: &str, ty: Type) -> Column {
    Column {
        name: name.into(),
        ty,
        null: false,
        default: None,
        autoincrement: None,
        collate: None,
        generated: None,
        comment: None,
    }
}

pub fn null(name: &str, ty: Type) -> Column {
    Column { null: true, ..column(name, ty) }
}

pub fn with_default(column: Column, default: Default) -> Column {
    Column { default: Some(default), ..column }
}

pub fn table(name: &str, columns: Vec<Column>) -> Table {
    Table { name: name.into(), columns, ..Table::default() }
}

pub fn keyed(table: Table, columns: &[&str]) -> Table {
    let name = format!("{}_pkey", table.name);
    Table {
        primary_key: Some(PrimaryKey { name: ConstraintName::derived(name), columns: strings(columns) }),
        ..table
    }
}

pub fn foreign_key(name: &str, columns: &[&str], table: &str, to: &[&str], on_delete: Action) -> ForeignKey {
    ForeignKey {
        name: ConstraintName::derived(name),
        columns: strings(columns),
        ref_table: table.into(),
        ref_columns: strings(to),
        on_delete,
        on_update: Action::NoAction,
        deferrable: false,
        not_valid: false,
    }
}

pub fn index(name: &str, columns: &[&str]) -> Index {
    Index {
        name: name.into(),
        unique: false,
        keys: columns.iter().map(|c| IndexKey::new(Expr::column(*c, Family::Text), false)).collect(),
        ..Index::default()
    }
}

pub fn unique(name: &str, columns: &[&str]) -> Unique {
    Unique { name: ConstraintName::derived(name), columns: strings(columns), nulls_not_distinct: false }
}

pub fn check(name: &str, expr: Expr) -> Check {
    Check { name: ConstraintName::derived(name), expr, of_enum: None, not_valid: false }
}

pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| t.to_string()).collect()
}

pub fn schema(tables: &[&Table]) -> Schema {
    tables.iter().map(|t| (*t).clone()).collect()
}

// Expressions.

pub fn expr(kind: ExprKind, family: Family) -> Expr {
    Expr { kind, family }
}

pub fn text(value: &str) -> Expr {
    expr(ExprKind::Literal(Literal::Text(value.into())), Family::Text)
}

pub fn int(value: i128) -> Expr {
    expr(ExprKind::Literal(Literal::Integer(value)), Family::Integer)
}

pub fn real(value: &str) -> Expr {
    expr(ExprKind::Literal(Literal::Real(value.into())), Family::Real)
}

pub fn nothing() -> Expr {
    expr(ExprKind::Literal(Literal::Null), Family::Null)
}

pub fn col(name: &str, family: Family) -> Expr {
    Expr::column(name, family)
}

pub fn binary(op: Operator, left: Expr, right: Expr) -> Expr {
    let family = match op.precedence() {
        0..=4 => Family::Boolean,
        _ => left.family,
    };
    expr(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, family)
}

pub fn not(value: Expr) -> Expr {
    expr(ExprKind::Not(Box::new(value)), Family::Boolean)
}

pub fn call(function: Function, arguments: Vec<Expr>) -> Expr {
    let family = match function {
        Function::Length => Family::Integer,
        _ => arguments[0].family,
    };
    expr(ExprKind::Call { function, arguments }, family)
}

pub fn cast(value: Expr, ty: Type) -> Expr {
    let family = ty.family();
    expr(ExprKind::Cast { value: Box::new(value), ty }, family)
}

pub fn like(value: Expr, pattern: &str) -> Expr {
    expr(ExprKind::Like { value: Box::new(value), pattern: pattern.into(), not: false }, Family::Boolean)
}

pub fn between(value: Expr, low: Expr, high: Expr) -> Expr {
    expr(
        ExprKind::Between { value: Box::new(value), low: Box::new(low), high: Box::new(high), not: false },
        Family::Boolean,
    )
}

// Steps.

pub fn alter(table: &str, recreate: bool, changes: Vec<Change>) -> Step {
    Step::AlterTable { table: table.into(), recreate, changes }
}

pub fn lower(
    dialect: Dialect,
    step: &Step,
    before: &Schema,
    after: &Schema,
) -> Result<Vec<Work>, Unsupported> {
    dialect::lower(dialect, step, before, after, &Options::default())
}

/// The statements of a step that has no rebuild.
pub fn statements(dialect: Dialect, step: &Step, before: &Schema, after: &Schema) -> Vec<String> {
    let works = lower(dialect, step, before, after).expect("the step is supported");
    works
        .into_iter()
        .map(|work| match work {
            Work::Statement(sql) | Work::Native(sql) => sql,
            Work::Rebuild(rebuild) => panic!("a rebuild of {}", rebuild.table),
            other => panic!("{other:?}"),
        })
        .collect()
}
