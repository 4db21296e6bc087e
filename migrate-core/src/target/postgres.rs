//! What PostgreSQL does, each fact with the manual's address.

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
