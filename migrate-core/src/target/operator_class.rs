//! PostgreSQL's own operator classes: for which methods and types each is.
//!
//! Comes in: a class's name. Goes out: what it takes, as `pg_opclass` of PostgreSQL 15 says
//! (<https://www.postgresql.org/docs/current/catalog-pg-opclass.html>), tried with a column of every type of the language. Classes
//! of extensions are not known here, but for those of `pg_trgm`.

use crate::schema::expr::Family;
use crate::schema::{Expr, IndexKey, Method, Table, Type};
use crate::target::native;

/// Whether PostgreSQL makes an index with this key. A class that is not known here may be one of an extension: yes.
pub fn takes(class: &str, method: Method, key: &Expr, table: &Table) -> bool {
    let Some(known) = class_named(class) else { return true };
    let column = key.as_column().and_then(|name| table.column(name));
    let type_fits = match (key.family, column) {
        (Family::Unknown, None) => true,
        (_, Some(column)) => known.values.take(&column.ty),
        (family, None) => known.values.of(family),
    };
    known.methods.contains(&method) && type_fits
}

/// Whether a method has a class for the key by itself.
pub fn has_own(method: Method, key: &Expr, table: &Table) -> bool {
    let column = key.as_column().and_then(|name| table.column(name));
    if let Some(known) = column.and_then(|column| native::known(&column.ty)) {
        return known.methods.contains(&method);
    }
    // What has no order and is not known otherwise is indexed by nothing.
    if column.is_some_and(|column| native::is_unordered(&column.ty)) {
        return false;
    }
    match (method, key.family) {
        (Method::Btree | Method::Hash, _) | (_, Family::Unknown) => true,
        (Method::Gin, family) => family == Family::Json,
        (Method::Gist, _) => false,
        (Method::Spgist, family) => {
            family == Family::Text && !column.is_some_and(|c| matches!(c.ty, Type::Char(_)))
        }
        (Method::Brin, family) => !matches!(family, Family::Json | Family::Boolean),
    }
}

/// Whether PostgreSQL makes a key of an index of that method, by the class that it names or by one of the method's own.
pub fn knows(method: Method, key: &IndexKey, table: &Table) -> bool {
    match &key.class {
        Some(class) => takes(class, method, &key.expr, table),
        None => has_own(method, &key.expr, table),
    }
}

/// The extension that a class is of, where it is known.
pub fn extension(class: &str) -> Option<&'static str> {
    ["gin_trgm_ops", "gist_trgm_ops"].contains(&class).then_some("pg_trgm")
}

/// Whether PostgreSQL takes this class for the key by itself, and so does not tell of it. The key is one that it takes.
pub fn is_own(class: &str, key: &Expr, table: &Table) -> bool {
    let Some(stem) = class.strip_suffix("_minmax_ops").or_else(|| class.strip_suffix("_ops")) else {
        return false;
    };
    let padded = key.as_column().and_then(|c| table.column(c)).is_some_and(|c| matches!(c.ty, Type::Char(_)));
    let native = key.family == Family::Unknown;
    let other = ["varchar", "oid", "jsonb_path", "gin_trgm", "gist_trgm"].contains(&stem);
    let kind = ["_pattern", "_minmax_multi", "_bloom"].iter().any(|kind| stem.ends_with(kind));
    class_named(class).is_some() && !native && !other && !kind && (stem != "bpchar" || padded)
}

/// What a class is for.
struct Class {
    methods: &'static [Method],
    values: Values,
}

/// Values that a class knows.
#[derive(Clone, Copy, PartialEq)]
enum Values {
    /// Text of any length that is not filled up with blanks.
    Text,
    /// The same, and `char(n)`.
    Padded,
    /// Integers of so many bits.
    Integer(u8),
    /// Reals of so many bits.
    Real(u8),
    /// One family.
    Of(Family),
    /// `timestamp` and `datetimetz`
    Instant,
}

impl Values {
    fn take(self, ty: &Type) -> bool {
        match (self, ty) {
            // What is known has classes of its own, none of these.
            (_, Type::Native { .. }) => native::known(ty).is_none(),
            (Values::Text, Type::Char(_)) => false,
            (Values::Integer(bits), Type::Integer(has)) | (Values::Real(bits), Type::Real(has)) => {
                bits == *has
            }
            (Values::Integer(bits), Type::TimestampMs) => bits == 64,
            _ => self.of(ty.family()),
        }
    }

    fn of(self, family: Family) -> bool {
        match self {
            Values::Text | Values::Padded => family == Family::Text,
            Values::Integer(_) => matches!(family, Family::Integer | Family::TimestampMs),
            Values::Real(_) => family == Family::Real,
            Values::Of(of) => family == of,
            Values::Instant => matches!(family, Family::Timestamp | Family::DatetimeTz),
        }
    }
}

const ORDERED: &[Method] = &[Method::Btree, Method::Hash];

fn class_named(name: &str) -> Option<Class> {
    let (methods, values): (&[Method], Values) = match name {
        "text_pattern_ops" | "varchar_pattern_ops" | "varchar_ops" => (ORDERED, Values::Text),
        "bpchar_pattern_ops" => (ORDERED, Values::Padded),
        "text_ops" => (&[Method::Btree, Method::Hash, Method::Spgist], Values::Text),
        "jsonb_path_ops" => (&[Method::Gin], Values::Of(Family::Json)),
        "jsonb_ops" => (&[Method::Gin, Method::Btree, Method::Hash], Values::Of(Family::Json)),
        "gin_trgm_ops" => (&[Method::Gin], Values::Text),
        "gist_trgm_ops" => (&[Method::Gist], Values::Text),
        _ => {
            let stem = name.strip_suffix("_ops")?;
            let kinds = ["_minmax_multi", "_minmax", "_bloom"];
            match kinds.iter().find_map(|kind| stem.strip_suffix(kind)) {
                Some(stem) => (&[Method::Brin], values_of(stem)?),
                None => (ORDERED, values_of(stem)?),
            }
        }
    };
    Some(Class { methods, values })
}

/// The values of a type, by the stem of its classes' names.
fn values_of(stem: &str) -> Option<Values> {
    Some(match stem {
        "text" => Values::Text,
        "bpchar" => Values::Padded,
        "int2" => Values::Integer(16),
        "int4" | "oid" => Values::Integer(32),
        "int8" => Values::Integer(64),
        "float4" => Values::Real(32),
        "float8" => Values::Real(64),
        "numeric" => Values::Of(Family::Decimal),
        "bool" => Values::Of(Family::Boolean),
        "bytea" => Values::Of(Family::Bytes),
        "date" => Values::Of(Family::Date),
        "time" => Values::Of(Family::Time),
        "timestamp" => Values::Of(Family::Datetime),
        "timestamptz" => Values::Instant,
        "uuid" => Values::Of(Family::Uuid),
        _ => return None,
    })
}
