//! Casts that have one meaning in both databases.

use crate::schema::Type;
use crate::schema::expr::Family;

/// Whether PostgreSQL takes the cast for immutable, which it asks of an index and of a generated column: what goes over
/// `to_char`, `convert_to`, the input of dates, or `extract` from an instant depends on settings of the session
/// (<https://www.postgresql.org/docs/current/xfunc-volatility.html>).
pub fn cast_is_immutable(from: Family, to: &Type) -> bool {
    use Family::*;
    match from {
        Text => !matches!(to.family(), Date | Datetime | Time | Bytes),
        Date | Datetime => !matches!(to.family(), Text | TimestampMs),
        Time => to.family() != Text,
        Timestamp | DatetimeTz => to.family() != TimestampMs,
        _ => true,
    }
}

/// Whether `cast` from that family to that type has one meaning in both dialects.
///
/// Left out on purpose: reals as text (digits differ by version of SQLite), text as reals, decimals or booleans
/// (SQLite reads a prefix and never fails), JSON as text (PostgreSQL orders keys), whole numbers as `timestamp`
/// (seconds or milliseconds?), text as an instant (a zone may be missing).
pub fn cast_is_known(from: Family, to: &Type) -> bool {
    use Family::*;
    let to = to.family();
    if from == to || matches!(from, Null | Unknown) || to == Unknown {
        return true;
    }
    match from {
        Text => matches!(to, Integer | Json | Date | Datetime | Time | Uuid | Bytes),
        Integer => matches!(to, Text | Real | Decimal | Boolean | TimestampMs),
        Boolean => matches!(to, Integer | Text),
        Real => matches!(to, Integer | Decimal),
        Decimal => matches!(to, Integer | Real),
        Uuid => to == Text,
        Date => matches!(to, Text | Datetime | DatetimeTz | Timestamp | TimestampMs),
        Time => to == Text,
        TimestampMs => matches!(to, Integer | Timestamp | Datetime | DatetimeTz | Date | Time),
        Timestamp => matches!(to, TimestampMs | Datetime | DatetimeTz | Date | Time),
        Datetime => matches!(to, Text | DatetimeTz | Timestamp | TimestampMs | Date | Time),
        DatetimeTz => matches!(to, Datetime | Timestamp | TimestampMs | Date | Time),
        Json | Bytes | Null | Unknown => false,
    }
}
