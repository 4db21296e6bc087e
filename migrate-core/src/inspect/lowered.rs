//! How the dialect room writes types, expressions and defaults.
//!
//! Comes in: parts of a folded schema. Goes out: the SQL that creates them. Everything else in this room reads SQL.

use crate::schema::expr::{ExprKind, Family, Function};
use crate::schema::{Column, Default, Expr, Literal, Table, Type};
use crate::target::{Dialect, Options};

/// The declared type.
pub(super) fn type_name(dialect: Dialect, ty: &Type, options: &Options) -> String {
    let (sqlite, postgres) = match ty {
        Type::Text | Type::Enum(_) => ("text".to_owned(), "TEXT".to_owned()),
        Type::TextN(n) => (format!("text({n})"), format!("VARCHAR({n})")),
        Type::Char(n) => (format!("char({n})"), format!("CHAR({n})")),
        Type::Integer(16) => ("integer".to_owned(), "SMALLINT".to_owned()),
        Type::Integer(32) => ("integer".to_owned(), "INTEGER".to_owned()),
        Type::Integer(_) | Type::TimestampMs => ("integer".to_owned(), "BIGINT".to_owned()),
        Type::Boolean => ("integer".to_owned(), "BOOLEAN".to_owned()),
        Type::Json => ("text".to_owned(), "JSONB".to_owned()),
        Type::Timestamp => ("integer".to_owned(), "TIMESTAMP WITH TIME ZONE".to_owned()),
        Type::Datetime => ("datetime".to_owned(), "TIMESTAMP".to_owned()),
        Type::DatetimeTz => ("datetime".to_owned(), "TIMESTAMP WITH TIME ZONE".to_owned()),
        Type::Date => ("date".to_owned(), "DATE".to_owned()),
        Type::Time => ("time".to_owned(), "TIME".to_owned()),
        Type::Real(32) => ("real".to_owned(), "REAL".to_owned()),
        Type::Real(_) => ("real".to_owned(), "DOUBLE PRECISION".to_owned()),
        Type::Decimal { precision, scale, as_text } => {
            (if *as_text { "text" } else { "numeric" }.to_owned(), format!("NUMERIC({precision}, {scale})"))
        }
        Type::Blob => ("blob".to_owned(), "BYTEA".to_owned()),
        Type::Uuid if options.uuid_blob() => ("blob".to_owned(), "UUID".to_owned()),
        Type::Uuid => ("text(36)".to_owned(), "UUID".to_owned()),
        Type::Native { sqlite, postgres } => {
            (sqlite.clone().unwrap_or_default(), postgres.clone().unwrap_or_default())
        }
    };
    match dialect {
        Dialect::Postgres => postgres,
        Dialect::Sqlite if options.strict() => match sqlite.as_str() {
            "datetime" | "date" | "time" | "numeric" => "text".to_owned(),
            other => other.split('(').next().unwrap_or(other).to_owned(),
        },
        Dialect::Sqlite => sqlite,
    }
}

/// A column's default.
pub(super) fn default_value(dialect: Dialect, value: &Default, column: &Column, options: &Options) -> String {
    match value {
        Default::Literal(l) => literal(dialect, l),
        Default::Now => now(dialect, column.ty.family()),
        Default::Random if dialect == Dialect::Postgres => "gen_random_uuid()".to_owned(),
        Default::Random => "(lower(hex(randomblob(16))))".to_owned(),
        Default::Expr(e) => format!("({})", expression(dialect, e, &Table::default(), options)),
        Default::Sql(sql) => native(dialect, sql.sqlite.as_ref(), sql.postgres.as_ref()),
    }
}

fn native(dialect: Dialect, sqlite: Option<&String>, postgres: Option<&String>) -> String {
    match dialect {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
    }
    .cloned()
    .unwrap_or_default()
}

fn now(dialect: Dialect, family: Family) -> String {
    match (dialect, family) {
        (Dialect::Postgres, Family::Datetime) => "(now() AT TIME ZONE 'UTC')",
        (Dialect::Postgres, _) => "now()",
        (Dialect::Sqlite, _) => "CURRENT_TIMESTAMP",
    }
    .to_owned()
}

fn literal(dialect: Dialect, value: &Literal) -> String {
    match value {
        Literal::Null => "NULL".to_owned(),
        Literal::Boolean(b) if dialect == Dialect::Sqlite => u8::from(*b).to_string(),
        Literal::Boolean(b) => b.to_string(),
        Literal::Integer(i) => i.to_string(),
        Literal::Real(r) => r.clone(),
        Literal::Text(t) => format!("'{}'", t.replace('\'', "''")),
        Literal::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            match dialect {
                Dialect::Sqlite => format!("X'{hex}'"),
                Dialect::Postgres => format!("'\\x{hex}'"),
            }
        }
    }
}

/// An expression over a table's columns.
pub(super) fn expression(dialect: Dialect, expr: &Expr, table: &Table, options: &Options) -> String {
    let sql = |e: &Expr| expression(dialect, e, table, options);
    let list = |l: &[Expr]| l.iter().map(sql).collect::<Vec<_>>().join(", ");
    let not = |n: &bool| if *n { "NOT " } else { "" };
    match &expr.kind {
        ExprKind::Column(name) => {
            let name = table.column(name).map_or(name, |c| &c.name);
            match dialect {
                Dialect::Sqlite => format!("`{name}`"),
                Dialect::Postgres => format!("\"{name}\""),
            }
        }
        ExprKind::Literal(l) => literal(dialect, l),
        ExprKind::Now => now(dialect, expr.family),
        ExprKind::Not(x) => format!("(NOT {})", sql(x)),
        ExprKind::Negate(x) => format!("(- {})", sql(x)),
        ExprKind::Binary { op, left, right } => format!("({} {} {})", sql(left), op.text(), sql(right)),
        ExprKind::IsNull { value, not: n } => format!("({} IS {}NULL)", sql(value), not(n)),
        ExprKind::In { value, list: l, not: n } => format!("({} {}IN ({}))", sql(value), not(n), list(l)),
        ExprKind::Like { value, pattern, not: n } => {
            let op = if dialect == Dialect::Sqlite { "GLOB" } else { "LIKE" };
            format!("({} {}{op} '{pattern}')", sql(value), not(n))
        }
        ExprKind::Between { value, low, high, not: n } => {
            format!("({} {}BETWEEN {} AND {})", sql(value), not(n), sql(low), sql(high))
        }
        ExprKind::Case { arms, otherwise } => {
            let arms: String =
                arms.iter().map(|(c, v)| format!(" WHEN {} THEN {}", sql(c), sql(v))).collect();
            let otherwise = otherwise.as_ref().map_or(String::new(), |o| format!(" ELSE {}", sql(o)));
            format!("CASE{arms}{otherwise} END")
        }
        ExprKind::Cast { value, ty } => {
            format!("CAST({} AS {})", sql(value), type_name(dialect, ty, options))
        }
        ExprKind::Call { function, arguments } => {
            let name = match (function, dialect) {
                (Function::Min, Dialect::Postgres) => "least",
                (Function::Max, Dialect::Postgres) => "greatest",
                (other, _) => other.name(),
            };
            format!("{name}({})", list(arguments))
        }
        ExprKind::Sql(s) => native(dialect, s.sqlite.as_ref(), s.postgres.as_ref()),
    }
}
