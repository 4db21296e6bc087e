//! Types of PostgreSQL that the language has no word for: what is known of them by their names.
//!
//! Comes in: the text of a `type { .. }`. Goes out: which methods index it without a word about the class, as `pg_opclass` of
//! PostgreSQL 15 says, and whether values of the language go into it. A type that is not here may be one of an extension,
//! of which nothing is known.

use crate::schema::{Method, Type};

/// What is known of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name, without what stands in parentheses; arrays are all `[]`.
    pub name: &'static str,
    /// The methods that have a class for it by themselves
    /// (<https://www.postgresql.org/docs/current/indexes-types.html>).
    pub methods: &'static [Method],
}

impl Known {
    /// Whether values of the other type go into it: no expression of the language does, and neither does another of these
    /// (<https://www.postgresql.org/docs/current/typeconv-query.html>). Of arrays only the author knows what is in them.
    pub fn takes(self, other: Known) -> bool {
        let pair = (other.name, self.name);
        let both_ways =
            [("inet", "cidr"), ("cidr", "inet"), ("macaddr", "macaddr8"), ("macaddr8", "macaddr")];
        self == other || both_ways.contains(&pair) || [("point", "box"), ("box", "polygon")].contains(&pair)
    }
}

impl Known {
    /// Whether a text may be one of its values, by how it begins: `{1,2}` or `[1:2]={1,2}` for arrays
    /// (<https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>), `[1,2)` for ranges and `{[1,2)}` for several
    /// (<https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO>).
    pub fn may_read(self, text: &str) -> bool {
        let text = text.trim().to_ascii_lowercase();
        match self.name {
            "[]" => text.starts_with('{') || text.starts_with('[') && text.contains("]="),
            name if name.ends_with("multirange") => text.starts_with('{'),
            name if name.ends_with("range") => text.starts_with(['[', '(']) || text == "empty",
            _ => true,
        }
    }
}

/// What is known of a type on PostgreSQL, if anything.
pub fn known(ty: &Type) -> Option<Known> {
    let Type::Native { postgres: Some(text), .. } = ty else { return None };
    let text = text.trim().to_ascii_lowercase();
    let name = if text.ends_with(']') { "[]" } else { text.as_str() };
    KNOWN.iter().find(|known| known.name == name).copied()
}

/// Types without an order, over which there is no unique constraint and no key: no B-tree has a class for them.
pub const UNORDERED: [&str; 9] = ["json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"];

/// Whether a type is one of them.
pub fn is_unordered(ty: &Type) -> bool {
    matches!(ty, Type::Native { postgres: Some(text), .. }
        if UNORDERED.contains(&text.trim().to_ascii_lowercase().as_str()))
}

const RANGE: &[Method] = &[Method::Btree, Method::Hash, Method::Gist, Method::Spgist, Method::Brin];
const MULTIRANGE: &[Method] = &[Method::Btree, Method::Hash, Method::Gist];
const NETWORK: &[Method] = &[Method::Btree, Method::Hash, Method::Spgist, Method::Brin];
const HARDWARE: &[Method] = &[Method::Btree, Method::Hash, Method::Brin];

/// All that are known.
pub const KNOWN: &[Known] = &[
    Known { name: "[]", methods: &[Method::Btree, Method::Hash, Method::Gin] },
    Known { name: "int4range", methods: RANGE },
    Known { name: "int8range", methods: RANGE },
    Known { name: "numrange", methods: RANGE },
    Known { name: "tsrange", methods: RANGE },
    Known { name: "tstzrange", methods: RANGE },
    Known { name: "daterange", methods: RANGE },
    Known { name: "int4multirange", methods: MULTIRANGE },
    Known { name: "int8multirange", methods: MULTIRANGE },
    Known { name: "nummultirange", methods: MULTIRANGE },
    Known { name: "tsmultirange", methods: MULTIRANGE },
    Known { name: "tstzmultirange", methods: MULTIRANGE },
    Known { name: "datemultirange", methods: MULTIRANGE },
    Known { name: "inet", methods: NETWORK },
    Known { name: "cidr", methods: NETWORK },
    Known { name: "macaddr", methods: HARDWARE },
    Known { name: "macaddr8", methods: HARDWARE },
    Known { name: "tsvector", methods: &[Method::Btree, Method::Gin, Method::Gist] },
    Known { name: "tsquery", methods: &[Method::Btree, Method::Gist] },
    Known { name: "point", methods: &[Method::Gist, Method::Spgist] },
    Known { name: "box", methods: &[Method::Gist, Method::Spgist, Method::Brin] },
    Known { name: "polygon", methods: &[Method::Gist, Method::Spgist] },
    Known { name: "circle", methods: &[Method::Gist] },
];
