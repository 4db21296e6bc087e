//! Plan to SQL. One `match` over the dialect stands here; a folder for each holds the rest, with the same file names.
//!
//! Comes in: a step, the schema before and after it. Goes out: the work that the database does, in order. It must not
//! know whether a step is wise: the checker has refused what is not, and `Unsupported` is the net below it.

mod constraint;
mod data;
mod export;
mod expr;
mod instant;
mod keywords;
mod midway;
mod postgres;
mod probe;
mod query;
mod sql;
mod sqlite;
mod support;
mod view;

pub use export::{called, exported, exported_file};
pub use probe::{Offence, Query, offending};
pub use support::refused;

use crate::schema::expr::{Aggregate, Expr, Family, Function};
use crate::schema::query::OrderKey;
use crate::schema::{Collation, Column, Default, FunctionPath, Literal, Operator, Schema, Step, Table, Type};
use crate::target::{Dialect, Options};
use expr::Writer;
use sql::Sql;

/// One thing that the database does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// One SQL statement, without a final semicolon.
    Statement(String),
    /// SQL of the author, as it was written: one or more statements.
    Native(String),
    /// SQLite's rebuild of a table.
    Rebuild(Box<Rebuild>),
    /// A function of the application, by its path.
    Call(FunctionPath),
    /// A function of the application that makes its own transactions, by its path.
    CallOutside(FunctionPath),
    /// PostgreSQL: an index comes or goes outside of any transaction.
    Concurrently(Box<Concurrently>),
    /// An update, batch by batch, each in a transaction of its own.
    Batches(Box<Batches>),
}

/// An index of PostgreSQL that comes or goes while others write to its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrently {
    /// The statement, without a final semicolon.
    pub sql: String,
    /// The table.
    pub table: String,
    /// The index.
    pub index: String,
    /// Whether it goes.
    pub drops: bool,
}

/// An update in batches. A batch is the update with one more condition, over the columns of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
    /// The table.
    pub table: String,
    /// How many of its rows a batch looks at.
    pub rows: u64,
    /// The statement up to its condition.
    pub update: String,
    /// The condition, if it has one.
    pub condition: Option<String>,
    /// The table, as SQL names it.
    pub from: String,
    /// The columns of its primary key, as SQL names them.
    pub key: Vec<String>,
}

/// SQLite's rebuild of a table; the runtime's `Rebuild` says what each field is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// The table, before and after.
    pub table: String,
    /// Its name until the old one is gone.
    pub work_table: String,
    /// All columns that the history knows before the step.
    pub columns: Vec<String>,
    /// All indexes that the history knows before or after the step.
    pub known_indexes: Vec<String>,
    /// `CREATE TABLE` of the work table, named with `main.`.
    pub create: String,
    /// Columns that are filled from the old table.
    pub copy_columns: Vec<String>,
    /// SQL expression for each of them over the old table.
    pub copy_values: Vec<String>,
    /// Whether hidden rowids must be kept.
    pub keep_rowid: bool,
    /// In a table without rowids a column of the primary key, by its old and its new name: an exported file makes a
    /// statement fail by it. The runtime has no need of it.
    pub key_column: Option<(String, String)>,
    /// `CREATE INDEX` statements of the final table.
    pub indexes: Vec<String>,
    /// The triggers of the table that the history knows: their names and their `CREATE TRIGGER` statements. The runtime
    /// puts every trigger back as it finds it, so these are for files that are run by hand.
    pub triggers: Vec<(String, String)>,
}

/// Why a dialect cannot do a step: becomes a compile error at the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The fact, in the wording of diagnostics.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The work of one step.
///
/// # Errors
/// What the dialect cannot do, with the reason.
pub fn lower(
    dialect: Dialect,
    step: &Step,
    before: &Schema,
    after: &Schema,
    options: &Options,
) -> Result<Vec<Work>, Unsupported> {
    if let Some(unsupported) = support::refused_step(dialect, step, options) {
        return Err(unsupported);
    }
    if is_elsewhere(dialect, step, before) {
        return Ok(Vec::new());
    }
    rules(dialect).step(step, before, after, options)
}

/// Whether a step is about an index that the other database has alone.
fn is_elsewhere(dialect: Dialect, step: &Step, before: &Schema) -> bool {
    let index = match step {
        Step::CreateIndex { index, .. } => Some(index),
        Step::DropIndex { table, name, .. } | Step::RenameIndex { table, from: name, .. } => {
            before.table(table).and_then(|t| t.index(name))
        }
        _ => None,
    };
    index.is_some_and(|i| !dialect.has_index(i))
}

/// The type as a column declares it: `text(36)` in SQLite, `VARCHAR(36)` in PostgreSQL.
pub fn type_name(dialect: Dialect, ty: &Type, options: &Options) -> String {
    rules(dialect).type_name(ty, options)
}

/// The SQL of an expression over the columns of `table`. What [`refused`] names is written as `NULL`.
pub fn expression(dialect: Dialect, expr: &Expr, table: &Table, options: &Options) -> String {
    let writer = Writer { rules: rules(dialect), table, options, typed: false };
    writer.part(expr, expr::LOWEST).into_text()
}

/// What stands behind `DEFAULT` for that column, parentheses included.
pub fn default_value(dialect: Dialect, default: &Default, column: &Column, options: &Options) -> String {
    rules(dialect).default_value(default, column, options)
}

/// `CREATE TABLE` with all its constraints and without its indexes, as if every table that it refers to stood already.
pub fn create_table_statement(dialect: Dialect, table: &Table, options: &Options) -> String {
    rules(dialect).create_table(table, &Schema::default(), options)
}

/// PostgreSQL: keeps others from writing to a table, or from using it at all, to the end of the transaction.
pub fn lock_table(table: &str, all: bool) -> Work {
    Work::statement(postgres::lock_table(table, all))
}

/// PostgreSQL: makes the checks that can be deferred at the end, or at once. With checks still to come it refuses to alter
/// a table.
pub fn defer_checks(defer: bool) -> Work {
    Work::statement(postgres::defer_checks(defer))
}

/// What a dialect must say about everything. No function has a default body: a new one is answered in both.
trait Rules {
    /// Which one it is.
    fn dialect(&self) -> Dialect;
    /// A declared type.
    fn type_name(&self, ty: &Type, options: &Options) -> String;
    /// A literal in an expression.
    fn literal(&self, sql: &mut Sql, literal: &Literal, family: Family, options: &Options);
    /// The current time in the form of a family.
    fn now(&self, sql: &mut Sql, family: Family);
    /// A random UUID.
    fn random(&self, sql: &mut Sql, options: &Options);
    /// What stands behind a literal text of that family where nothing beside it tells its type.
    fn literal_type(&self, family: Family) -> &'static str;
    /// What a column of that type holds, as a value of an operator or a function.
    fn operand(&self, sql: &mut Sql, value: &Sql, ty: &Type);
    /// The first text of a comparison that asks for order.
    fn ordered(&self, sql: &mut Sql, value: &Expr, writer: &Writer<'_>);
    /// `value [not] like pattern`
    fn like(&self, sql: &mut Sql, value: &Expr, pattern: &str, not: bool, writer: &Writer<'_>);
    /// `left / right` or `left % right`, at the level of a product.
    fn divide(&self, sql: &mut Sql, op: Operator, left: &Expr, right: &Expr, writer: &Writer<'_>);
    /// A function's call, at the level of an atom.
    fn call(&self, sql: &mut Sql, function: Function, arguments: &[Expr], writer: &Writer<'_>);
    /// A function over many rows, at the level of an atom.
    fn aggregate(
        &self,
        sql: &mut Sql,
        function: Aggregate,
        argument: Option<&Expr>,
        distinct: bool,
        writer: &Writer<'_>,
    );
    /// A key of `ORDER BY`, with nulls as the least.
    fn order_key(&self, sql: &mut Sql, key: &OrderKey, writer: &Writer<'_>);
    /// A value as it is written to a column; `selected` if it comes out of a query.
    fn written(&self, sql: &mut Sql, value: &Expr, column: &Column, selected: bool, writer: &Writer<'_>);
    /// `cast(value as ty)`, at the level of an atom.
    fn cast(&self, sql: &mut Sql, value: &Expr, ty: &Type, writer: &Writer<'_>);
    /// `COLLATE ..`
    fn collation(&self, sql: &mut Sql, collation: &Collation);
    /// A table's name where it is read, and where no other may be found under it.
    fn stored_table(&self, sql: &mut Sql, name: &str);
    /// The value of a column as the text of a literal; without a type it is a number.
    fn literal_of(&self, sql: &mut Sql, column: &str, ty: Option<&Type>);
    /// A column's default.
    fn default_value(&self, default: &Default, column: &Column, options: &Options) -> String;
    /// `CREATE TABLE` in a schema that has what `before` has.
    fn create_table(&self, table: &Table, before: &Schema, options: &Options) -> String;
    /// A statement that does nothing but fail, with that message.
    fn failing(&self, message: &str) -> Sql;
    /// The work of one step.
    fn step(
        &self,
        step: &Step,
        before: &Schema,
        after: &Schema,
        options: &Options,
    ) -> Result<Vec<Work>, Unsupported>;
}

fn rules(dialect: Dialect) -> &'static dyn Rules {
    match dialect {
        Dialect::Sqlite => &sqlite::Sqlite,
        Dialect::Postgres => &postgres::Postgres,
    }
}

impl Work {
    fn statement(sql: Sql) -> Work {
        Work::Statement(sql.into_text())
    }

    /// The function of the application that it calls.
    pub fn called(&self) -> Option<&FunctionPath> {
        match self {
            Work::Call(path) | Work::CallOutside(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it is done outside of its migration's transaction.
    pub fn is_outside(&self) -> bool {
        matches!(self, Work::CallOutside(_) | Work::Concurrently(_) | Work::Batches(_))
    }

    fn call(path: &FunctionPath, outside: bool) -> Work {
        if outside { Work::CallOutside(path.clone()) } else { Work::Call(path.clone()) }
    }
}

impl Unsupported {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Unsupported {
        Unsupported { message: message.into(), help: Some(help.into()) }
    }
}
