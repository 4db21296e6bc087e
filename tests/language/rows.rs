//! Rows of both databases, value by value.
//!
//! Comes in: two databases and a schema. Goes out: where a row of one is not the row of the other. Each value is read in a form
//! that both have: instants as milliseconds, the others as text, numbers by their value. A time that is about now is `now`, a random
//! UUID is `random`.

use std::time::{SystemTime, UNIX_EPOCH};

use migrate_core::dialect;
use migrate_core::schema::expr::{ExprKind, Family};
use migrate_core::schema::{Column, Expr, Schema, Table, Type};
use migrate_core::target::{Dialect, Options};

use crate::live::Live;

/// Compares all tables of a schema, row by row.
pub fn compare(lite: &Live, postgres: &Live, schema: &Schema, options: &Options) -> Result<(), String> {
    for table in schema.tables() {
        let [a, b] = [(Dialect::Sqlite, lite), (Dialect::Postgres, postgres)].map(|(dialect, live)| {
            let mut rows: Vec<Vec<String>> = (live.rows(&query(dialect, table, options))?.iter())
                .map(|row| row.iter().zip(&table.columns).map(|(v, c)| normal(v.as_deref(), c)).collect())
                .collect();
            rows.sort();
            Ok::<_, String>(rows)
        });
        let (a, b) = (a?, b?);
        if a != b {
            let other = a.iter().zip(&b).find(|(a, b)| a != b);
            return Err(format!("table {}: {} and {} rows, {other:?}", table.name, a.len(), b.len()));
        }
    }
    Ok(())
}

/// The query of a table, every value in a form that both databases have.
pub fn query(dialect: Dialect, table: &Table, options: &Options) -> String {
    let cast = |column: &Column, ty: Type| {
        let value = Box::new(Expr::column(&column.name, column.ty.family()));
        let family = ty.family();
        dialect::expression(dialect, &Expr { kind: ExprKind::Cast { value, ty }, family }, table, options)
    };
    let plain = |column: &Column| {
        let expr = Expr::column(&column.name, column.ty.family());
        dialect::expression(dialect, &expr, table, options)
    };
    let values: Vec<String> = (table.columns.iter())
        .map(|column| match (column.ty.family(), dialect) {
            (Family::Timestamp | Family::Datetime | Family::DatetimeTz, _) => cast(column, Type::TimestampMs),
            (Family::Boolean, _) => cast(column, Type::Integer(64)),
            (Family::Uuid | Family::Date | Family::Time, _) => cast(column, Type::Text),
            (Family::Bytes, Dialect::Postgres) => format!("encode({}, 'hex')", plain(column)),
            _ => plain(column),
        })
        .collect();
    let name = match dialect {
        Dialect::Sqlite => format!("`{}`", table.name.replace('`', "``")),
        Dialect::Postgres => format!("\"{}\"", table.name.replace('"', "\"\"")),
    };
    format!("SELECT {} FROM {name}", values.join(", "))
}

/// A value without what the databases write differently.
pub fn normal(value: Option<&str>, column: &Column) -> String {
    let Some(text) = value else { return "null".to_owned() };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    match column.ty.family() {
        Family::Real | Family::Decimal => text.parse::<f64>().map_or(text.to_owned(), |n| n.to_string()),
        Family::Json => text.replace(' ', ""),
        Family::Timestamp | Family::TimestampMs | Family::Datetime | Family::DatetimeTz => {
            // What raw SQL writes is its author's.
            let Ok(ms) = text.parse::<i128>() else { return text.to_owned() };
            let about_now = (ms - now.as_millis() as i128).abs() < 600_000;
            if about_now { "now".to_owned() } else { text.to_owned() }
        }
        // Version 4: random.
        Family::Uuid if text.get(14..15) == Some("4") => "random".to_owned(),
        // `char(n)` is filled up by PostgreSQL.
        Family::Text => text.trim_end().to_owned(),
        _ => text.to_owned(),
    }
}
