//! What other databases call a type, and what it is called here.

use super::data_type::TYPES;
use crate::diagnostics::similar::similar;

/// Each of our types with the words that other databases and languages have for it.
const FOREIGN: [(&str, &[&str]); 17] = [
    ("text(n)", &["varchar", "nvarchar", "varchar2"]),
    ("text", &["string", "str", "clob", "longtext", "mediumtext", "tinytext", "citext", "ntext"]),
    ("char(n)", &["character", "nchar", "bpchar"]),
    ("integer", &["int", "int8", "bigint", "i64", "long", "int64"]),
    ("integer(32)", &["int4", "mediumint", "i32", "int32"]),
    ("integer(16)", &["int2", "smallint", "tinyint", "i16", "int16"]),
    ("integer primary key autoincrement", &["serial", "bigserial", "serial8"]),
    ("integer(32) primary key autoincrement", &["serial4"]),
    ("integer(16) primary key autoincrement", &["smallserial", "serial2"]),
    ("boolean", &["bool", "bit"]),
    ("json", &["jsonb"]),
    ("real", &["float", "double", "float8", "f64"]),
    ("real(32)", &["float4", "f32"]),
    ("decimal(p, s)", &["numeric", "number", "money"]),
    ("blob", &["bytea", "binary", "varbinary", "bytes", "longblob", "mediumblob", "tinyblob"]),
    ("uuid", &["guid", "uniqueidentifier"]),
    ("datetimetz", &["timestamptz", "datetimeoffset"]),
];

/// Our word for a type of another database, or for ours in other letter case.
pub(super) fn ours(word: &str) -> Option<&'static str> {
    let same = |other: &str| other.eq_ignore_ascii_case(word);
    TYPES
        .into_iter()
        .find(|ours| same(ours))
        .or_else(|| find(|words| words.iter().any(|w| same(w))))
        .or_else(|| ["datetime2", "smalldatetime"].iter().any(|w| same(w)).then_some("datetime"))
}

/// Our word for what is nearly a type of another database.
pub(super) fn near(word: &str) -> Option<&'static str> {
    find(|words| similar(word, words.iter().copied()).is_some())
}

fn find(matches: impl Fn(&[&str]) -> bool) -> Option<&'static str> {
    FOREIGN.iter().find(|(_, words)| matches(words)).map(|(ours, _)| *ours)
}
