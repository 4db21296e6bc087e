//! What PostgreSQL does, each fact with the manual's address.

/// System columns, which no table may have
/// (<https://www.postgresql.org/docs/current/ddl-system-columns.html>).
pub const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The version from which generated columns may be virtual
/// (<https://www.postgresql.org/docs/18/ddl-generated-columns.html>).
pub const VIRTUAL_COLUMNS: u32 = 18;
