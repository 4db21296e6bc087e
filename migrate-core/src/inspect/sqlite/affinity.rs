//! What SQLite makes of a declared type. Other tools declare the same columns with other words (`BOOLEAN`, `DATETIME`,
//! `VARCHAR(255)`), so types are compared by affinity (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>)
//! and in STRICT tables by the type they enforce (<https://www.sqlite.org/stricttables.html>).

/// The affinity of text.
pub(crate) const TEXT: &str = "text";
/// The affinity that prefers whole numbers to text.
pub(crate) const NUMERIC: &str = "numeric";
/// The affinity of whole numbers.
pub(crate) const INTEGER: &str = "integer";
/// The affinity of numbers with a point.
pub(crate) const REAL: &str = "real";
/// No affinity: values stay as they come.
pub(crate) const BLOB: &str = "blob";

/// What marks the column of a STRICT table.
pub(crate) const STRICT: &str = "strict ";

/// The affinity of a declared type.
pub(crate) fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_lowercase();
    let has = |part: &str| declared.contains(part);
    if has("int") {
        INTEGER
    } else if has("char") || has("clob") || has("text") {
        TEXT
    } else if has("blob") || declared.trim().is_empty() {
        BLOB
    } else if has("real") || has("floa") || has("doub") {
        REAL
    } else {
        NUMERIC
    }
}

/// A type of the normal form: the affinity, what STRICT enforces, and whether the column is the rowid.
///
/// Only a lone key declared `INTEGER`, to the letter, is the rowid and numbers itself
/// (<https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>): `INT PRIMARY KEY` is not the same.
pub(crate) fn normal_type(declared: &str, strict: bool, rowid: bool) -> String {
    let mut text = String::new();
    if strict {
        text.push_str(STRICT);
    }
    if strict && declared.trim().eq_ignore_ascii_case("any") {
        text.push_str("any");
    } else {
        text.push_str(affinity(declared));
    }
    if rowid {
        text.push_str(" (rowid)");
    }
    text
}

/// Whether a lone key of this declared type is the rowid.
pub(crate) fn is_rowid_type(declared: &str) -> bool {
    declared.trim().eq_ignore_ascii_case("integer")
}
