//! What PostgreSQL does, each fact with the manual's address.

use crate::schema::Type;

/// Why no schema of a history can have that name, if none can. `$user` in a search path is the role's name, even in quotes
/// (<https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH>), and `pg_` is the system's
/// (<https://www.postgresql.org/docs/current/sql-createschema.html>).
pub fn schema_problem(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("it is empty"),
        "$user" => Some("in a search path it stands for the role's name"),
        "information_schema" => Some("it is PostgreSQL's own"),
        _ if name.starts_with("pg_") => Some("names that begin with `pg_` are PostgreSQL's own"),
        _ if name.len() > crate::schema::names::MAX_BYTES => Some("PostgreSQL keeps 63 bytes of a name"),
        _ if name.chars().any(char::is_control) => Some("it holds a control character"),
        _ => None,
    }
}

/// Why no extension can have that name, if none can: it is part of file names, and PostgreSQL refuses some
/// (<https://www.postgresql.org/docs/current/extend-extensions.html>).
pub fn extension_problem(name: &str) -> Option<&'static str> {
    match name {
        _ if name.len() > crate::schema::names::MAX_BYTES => Some("PostgreSQL keeps 63 bytes of a name"),
        _ if name.contains("--") || name.starts_with('-') || name.ends_with('-') => {
            Some("it neither begins nor ends with `-`, nor holds `--`")
        }
        _ if name.contains(['/', '\\']) || name.chars().any(char::is_control) => {
            Some("it holds no slash and no control character")
        }
        _ => None,
    }
}

/// Whether `ALTER COLUMN .. TYPE` writes every row anew, where it converts the values itself. It does not where the old
/// values are the new ones as they are stored: a longer `varchar`, or none, and more digits of a `numeric` before the point
/// (<https://www.postgresql.org/docs/current/sql-altertable.html>, and the functions that the server calls to tell:
/// `varchar_support`, `numeric_support`). Between the two kinds of timestamp it depends on the session's zone, which the
/// runtime sets to UTC.
pub fn rewrites(from: &Type, to: &Type) -> bool {
    match (from, to) {
        _ if from == to => false,
        (Type::Text | Type::TextN(_) | Type::Enum(_), Type::Text | Type::Enum(_)) => false,
        (Type::TextN(from), Type::TextN(to)) => from > to,
        (Type::Decimal { precision: from, scale: a, .. }, Type::Decimal { precision: to, scale: b, .. }) => {
            a != b || from > to
        }
        (Type::Integer(64) | Type::TimestampMs, Type::Integer(64) | Type::TimestampMs) => false,
        (
            Type::Timestamp | Type::DatetimeTz | Type::Datetime,
            Type::Timestamp | Type::DatetimeTz | Type::Datetime,
        ) => false,
        (Type::Native { postgres: from, .. }, Type::Native { postgres: to, .. }) => from != to,
        _ => true,
    }
}

/// System columns, which no table may have
/// (<https://www.postgresql.org/docs/current/ddl-system-columns.html>).
pub const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The version from which generated columns may be virtual
/// (<https://www.postgresql.org/docs/18/ddl-generated-columns.html>).
pub const VIRTUAL_COLUMNS: u32 = 18;

/// The version from which unique indexes and constraints can take nulls for equal
/// (<https://www.postgresql.org/docs/15/sql-createindex.html>).
pub const NULLS_NOT_DISTINCT: u32 = 15;

/// The version from which `spgist` keeps columns beside its keys
/// (<https://www.postgresql.org/docs/release/14.0/>).
pub const SPGIST_INCLUDE: u32 = 14;

/// Most columns of a table or a view (<https://www.postgresql.org/docs/current/limits.html>).
pub const MAX_COLUMNS: usize = 1600;

/// Most columns of an index, those that it only keeps among them, and of a key
/// (<https://www.postgresql.org/docs/current/limits.html>).
pub const MAX_INDEX_COLUMNS: usize = 32;
