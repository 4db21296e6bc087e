//! Queries for rows that stand in the way of a step.
//!
//! Comes in: a table as the database has it, and what its rows must not be. Goes out: a query that counts those that are,
//! and one for the keys of the first of them. Each is judged by the database's own rule: what it compares with, and what
//! it takes for equal. Counting looks at every row.

use super::expr::{LOWEST, OPERAND, Writer};
use super::rules;
use super::sql::Sql;
use crate::schema::{Expr, ForeignKey, IndexKey, Table, Type, same_name};
use crate::target::{Dialect, Options};

/// How many keys are asked for.
const KEYS: &str = "10";
/// What is counted, and what rows are looked up in, by names that no column has.
const ROWS: &str = "__migrate_rows";
const TARGET: &str = "__migrate_target";

/// What a row must not be.
#[derive(Clone, Copy, Debug)]
pub enum Offence<'a> {
    /// The value is null.
    Null(&'a Expr),
    /// The condition is false.
    Breaks(&'a Expr),
    /// Another row has the same keys.
    Shared {
        /// The keys.
        keys: &'a [IndexKey],
        /// Whether two nulls are the same.
        nulls_same: bool,
        /// The rows that count; all if absent.
        condition: Option<&'a Expr>,
    },
    /// The key refers to a row that is not there.
    Dangling(&'a ForeignKey),
    /// The value of the column does not fit a smaller type of its family.
    TooLarge {
        /// The column.
        column: &'a str,
        /// The type.
        ty: &'a Type,
    },
}

/// The queries, without a final semicolon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Gives one number.
    pub count: String,
    /// Gives the keys of the first rows as literals, one text for each, where rows of the table have a key.
    pub keys: Option<String>,
}

/// The queries for rows that are that; none where it is no rule of this database.
pub fn offending(dialect: Dialect, table: &Table, offence: Offence<'_>, options: &Options) -> Option<Query> {
    let writer = Writer { rules: rules(dialect), table, options, typed: false };
    if let Offence::Shared { keys, nulls_same, condition } = offence {
        return Some(shared(&writer, keys, nulls_same, condition));
    }
    let mut tail = new(&writer);
    tail.words("FROM");
    writer.rules.stored_table(&mut tail, &table.name);
    tail.words("WHERE");
    match offence {
        Offence::Null(value) => {
            writer.write(&mut tail, value, OPERAND);
            tail.words("IS NULL");
        }
        // Null is not false: a check takes it.
        Offence::Breaks(condition) => {
            tail.words("NOT").open();
            writer.write(&mut tail, condition, LOWEST);
            tail.close();
        }
        Offence::Dangling(key) => dangling(&writer, &mut tail, key),
        Offence::TooLarge { column, ty } => too_large(&writer, &mut tail, column, ty)?,
        Offence::Shared { .. } => {}
    }
    let mut count = new(&writer);
    count.words("SELECT count(*)").sql(&tail);
    let keys = key_of(&writer).map(|key| {
        let mut sql = new(&writer);
        sql.words("SELECT").sql(&key.text).sql(&tail).words("ORDER BY").sql(&key.columns);
        sql.words("LIMIT").words(KEYS).clone().into_text()
    });
    Some(Query { count: count.into_text(), keys })
}

fn new(writer: &Writer<'_>) -> Sql {
    Sql::new(writer.rules.dialect())
}

/// Rows that share their keys with another. Null is the same as nothing, unless the index says otherwise.
fn shared(writer: &Writer<'_>, keys: &[IndexKey], nulls_same: bool, condition: Option<&Expr>) -> Query {
    let mut list = new(writer);
    for (i, key) in keys.iter().enumerate() {
        if i > 0 {
            list.comma();
        }
        writer.write(&mut list, &key.expr, OPERAND);
        if let Some(collation) = &key.collate {
            writer.rules.collation(&mut list, collation);
        }
    }
    let mut tail = new(writer);
    tail.words("FROM");
    writer.rules.stored_table(&mut tail, &writer.table.name);
    let mut word = "WHERE";
    if let Some(condition) = condition {
        tail.words(word).open();
        writer.write(&mut tail, condition, LOWEST);
        tail.close();
        word = "AND";
    }
    for key in keys.iter().filter(|_| !nulls_same) {
        tail.words(word);
        writer.write(&mut tail, &key.expr, OPERAND);
        tail.words("IS NOT NULL");
        word = "AND";
    }
    let mut count = new(writer);
    count.words("SELECT CAST(coalesce(sum(").suffix(ROWS).suffix("), 0) AS bigint) FROM").open();
    count.words("SELECT count(*) AS").words(ROWS).sql(&tail).words("GROUP BY").sql(&list);
    count.words("HAVING count(*) > 1").close().words("AS d");
    let keys = key_of(writer).map(|key| {
        let mut sql = new(writer);
        sql.words("SELECT").sql(&key.text).words("FROM").open().words("SELECT").sql(&key.columns).comma();
        sql.words("count(*) OVER (PARTITION BY")
            .sql(&list)
            .close()
            .words("AS")
            .words(ROWS)
            .sql(&tail)
            .close();
        sql.words("AS d WHERE").words(ROWS).words("> 1 ORDER BY").sql(&key.columns);
        sql.words("LIMIT").words(KEYS).clone().into_text()
    });
    Query { count: count.into_text(), keys }
}

/// A key that has a null refers to nothing. What it refers to stands on the left, by whose collation SQLite compares
/// (<https://www.sqlite.org/foreignkeys.html#fk_indexes>).
fn dangling(writer: &Writer<'_>, sql: &mut Sql, key: &ForeignKey) {
    let own = |sql: &mut Sql, column: &str| {
        sql.ident(&writer.table.name).suffix(".").ident(column);
    };
    for column in &key.columns {
        own(sql, column);
        sql.words("IS NOT NULL AND");
    }
    sql.words("NOT EXISTS").open().words("SELECT 1 FROM");
    writer.rules.stored_table(sql, &key.ref_table);
    sql.words("AS").words(TARGET);
    for (i, (column, there)) in key.columns.iter().zip(&key.ref_columns).enumerate() {
        sql.words(if i == 0 { "WHERE" } else { "AND" });
        sql.words(TARGET).suffix(".").ident(there).words("=");
        own(sql, column);
    }
    sql.close();
}

/// SQLite keeps whatever its types hold; PostgreSQL refuses, but for blanks that it cuts off
/// (<https://www.postgresql.org/docs/current/datatype-character.html>).
fn too_large(writer: &Writer<'_>, sql: &mut Sql, column: &str, ty: &Type) -> Option<()> {
    let mut name = new(writer);
    name.ident(column);
    match (writer.rules.dialect(), ty) {
        (Dialect::Postgres, Type::Integer(16)) => {
            sql.sql(&name).words("NOT BETWEEN -32768 AND 32767");
        }
        (Dialect::Postgres, Type::Integer(32)) => {
            sql.sql(&name).words("NOT BETWEEN -2147483648 AND 2147483647");
        }
        (Dialect::Postgres, Type::TextN(length)) => {
            let from = (u64::from(*length) + 1).to_string();
            sql.words("rtrim(substr(").sql(&name).comma().words(&from).suffix("), ' ') <> ''");
        }
        // It is rounded first; what is no number at all is kept
        // (<https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL>).
        (Dialect::Postgres, Type::Decimal { precision, scale, .. }) => {
            let whole = precision.saturating_sub(*scale) as usize;
            let limit = format!("1{}", "0".repeat(whole));
            sql.words("abs(round(")
                .sql(&name)
                .comma()
                .words(&scale.to_string())
                .suffix(")) >=")
                .words(&limit);
            sql.words("AND").sql(&name).words("<> 'NaN'");
        }
        _ => return None,
    }
    Some(())
}

/// The key of a table's rows.
struct Key {
    /// Its columns.
    columns: Sql,
    /// One text.
    text: Sql,
}

/// The primary key, or what SQLite numbers its rows by.
fn key_of(writer: &Writer<'_>) -> Option<Key> {
    let table = writer.table;
    let numbered = |name: &&str| !table.columns.iter().any(|c| same_name(&c.name, name));
    let names: Vec<&str> = match &table.primary_key {
        Some(key) => key.columns.iter().map(String::as_str).collect(),
        None if writer.rules.dialect() == Dialect::Sqlite => {
            ["_rowid_", "rowid", "oid"].into_iter().find(numbered).into_iter().collect()
        }
        None => Vec::new(),
    };
    let (mut columns, mut text) = (new(writer), new(writer));
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            columns.comma();
            text.words("|| ', ' ||");
        }
        columns.ident(name);
        writer.rules.literal_of(&mut text, name, table.column(name).map(|c| &c.ty));
    }
    (!names.is_empty()).then_some(Key { columns, text })
}
