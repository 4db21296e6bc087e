//! Types that SQLite's columns declare, and their affinities (<https://www.sqlite.org/datatype3.html>).

use crate::schema::expr::Family;
use crate::schema::{Table, Type};
use crate::target::Options;
use crate::target::sqlite::declares_rowid;

/// The declared type. STRICT tables know six words only (<https://www.sqlite.org/stricttables.html>).
pub(super) fn type_name(ty: &Type, options: &Options) -> String {
    let strict = options.strict();
    match ty {
        Type::TextN(n) if !strict => format!("text({n})"),
        Type::Char(n) if !strict => format!("char({n})"),
        Type::Text | Type::TextN(_) | Type::Char(_) | Type::Json | Type::Enum(_) => "text".into(),
        Type::Integer(_) | Type::Boolean | Type::TimestampMs | Type::Timestamp => "integer".into(),
        Type::Datetime | Type::DatetimeTz if !strict => "datetime".into(),
        Type::Date if !strict => "date".into(),
        Type::Time if !strict => "time".into(),
        Type::Datetime | Type::DatetimeTz | Type::Date | Type::Time => "text".into(),
        Type::Real(_) => "real".into(),
        Type::Decimal { as_text: true, .. } => "text".into(),
        Type::Decimal { .. } if strict => "real".into(),
        Type::Decimal { .. } => "numeric".into(),
        Type::Blob => "blob".into(),
        Type::Uuid if options.uuid_blob() => "blob".into(),
        Type::Uuid if strict => "text".into(),
        Type::Uuid => "text(36)".into(),
        Type::Native { sqlite, .. } => sqlite.clone().unwrap_or_default(),
    }
}

/// How a column converts what is stored in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// The rules of <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>, in their order.
fn affinity(declared: &str) -> Affinity {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|w| declared.contains(w));
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if declared.trim().is_empty() || has(&["BLOB"]) {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// Whether a column of the one type may be called the other without a change of the table.
pub(super) fn is_same(from: &Type, to: &Type, is_lone_key: bool, options: &Options) -> bool {
    let (old, new) = (type_name(from, options), type_name(to, options));
    let declared = if options.strict() {
        old.eq_ignore_ascii_case(&new)
    } else {
        // A lone key's exact spelling decides whether it is the rowid.
        affinity(&old) == affinity(&new) && (!is_lone_key || declares_rowid(from) == declares_rowid(to))
    };
    declared && stores_alike(from, to, options)
}

/// Whether old values, stored into a column of the new type, mean the same there: as they are, or by affinity.
pub(super) fn stores_alike(from: &Type, to: &Type, options: &Options) -> bool {
    use Family::*;
    let (from, to) = (from.family(), to.family());
    from == to
        || matches!(from, Unknown | Null)
        || to == Unknown
        || match from {
            Integer => matches!(to, Text | Real | Decimal | TimestampMs),
            Boolean => to == Integer,
            Decimal => to == Real,
            Uuid => to == Text && !options.uuid_blob(),
            Timestamp => to == TimestampMs,
            TimestampMs => matches!(to, Integer | Timestamp),
            Datetime => matches!(to, DatetimeTz | Text),
            DatetimeTz => to == Datetime,
            Date | Time => to == Text,
            _ => false,
        }
}

/// Whether the table's key is its rowid.
pub(super) fn has_rowid_key(table: &Table) -> bool {
    table.lone_key().is_some_and(|c| c.autoincrement.is_some() || declares_rowid(&c.ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_one_affinity_are_the_same() {
        let options = Options::default();
        assert!(is_same(&Type::TextN(36), &Type::TextN(64), false, &options));
        assert!(is_same(&Type::Integer(32), &Type::Integer(64), true, &options));
        assert!(is_same(&Type::Boolean, &Type::Integer(64), false, &options));
        assert!(!is_same(&Type::Integer(64), &Type::Text, false, &options));
        assert!(!is_same(&Type::Date, &Type::Datetime, false, &options));
        let bigint = Type::Native { sqlite: Some("bigint".into()), postgres: None };
        assert!(is_same(&Type::Integer(64), &bigint, false, &options));
        assert!(!is_same(&Type::Integer(64), &bigint, true, &options));
    }
}
