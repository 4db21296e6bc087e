//! The tree of a `history!`: its options and its entries.

use super::ast::{Migration, Name};
use crate::source::Loc;

/// The body of `history! { .. }`.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// `#![dialects(..)]` and the others.
    pub options: Vec<HistoryOption>,
    /// The listed modules, or the migrations themselves.
    pub entries: Vec<Entry>,
}

/// One inner attribute of a history.
#[derive(Clone, Debug)]
pub struct HistoryOption {
    /// What it says.
    pub kind: OptionKind,
    /// The attribute without `#!`.
    pub loc: Loc,
}

/// What an option says.
#[derive(Clone, Debug)]
pub enum OptionKind {
    /// `dialects(sqlite, postgres)`
    Dialects(Vec<Name>),
    /// `allow(lint, ..)`: they are not spoken of.
    Allow(Vec<Name>),
    /// `deny(lint, ..)`: they are errors.
    Deny(Vec<Name>),
    /// `sqlite(min = "3.35", strict, uuid = "blob")`
    Sqlite {
        /// Lowest version.
        min: Option<Name>,
        /// STRICT tables.
        strict: bool,
        /// UUIDs as 16 bytes.
        uuid_blob: bool,
    },
    /// `postgres(min = 13, schema = "app", search_also("extensions"))`
    Postgres {
        /// Lowest major version.
        min: Option<Name>,
        /// The schema that everything stands in.
        schema: Option<Name>,
        /// Further schemas in which names are looked for.
        search_also: Vec<Name>,
    },
}

/// One entry of a history.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The module's name: `m0001_add_urls`.
    pub module: Name,
    /// The migration itself in the inline form; `None` for a file of its own.
    pub inline: Option<Migration>,
}
