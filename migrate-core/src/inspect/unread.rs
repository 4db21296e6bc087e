//! What a database holds that the schema of the language does not tell.

use std::fmt;

/// Something that was found and is not in the schema, or not with all that it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What it is.
    pub kind: UnreadKind,
    /// The table it stands on, if it stands on one and is not one.
    pub table: Option<String>,
    /// Its name; empty for a constraint of SQLite.
    pub name: String,
    /// Its SQL, or what of it is not in the schema.
    pub detail: Option<String>,
}

/// What can be found.
///
/// Whether the object itself is in the schema is said for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnreadKind {
    /// A materialized view: not in the schema.
    MaterializedView,
    /// A virtual table: not in the schema, nor are the tables in which it keeps its data.
    VirtualTable,
    /// A foreign table: not in the schema.
    ForeignTable,
    /// A partitioned table: in the schema, its partitions are not.
    PartitionedTable,
    /// A table as a whole says more: UNLOGGED, inheritance, row security. In the schema.
    TableOption,
    /// A column says more: `GENERATED ALWAYS AS IDENTITY`. In the schema.
    ColumnOption,
    /// A constraint that the language does not have (EXCLUDE): not in the schema.
    Constraint,
    /// A constraint says more: `ON CONFLICT`, `MATCH FULL`, `NOT VALID`, immediate deferrable. In the schema.
    ConstraintOption,
    /// An index that a failed `CREATE INDEX CONCURRENTLY` left: not in the schema.
    InvalidIndex,
    /// An index says more: a method of an extension. In the schema.
    IndexOption,
    /// A sequence that no column owns.
    Sequence,
    /// A type: enum, domain, range or composite.
    Type,
    /// A function or procedure.
    Function,
    /// A rule.
    Rule,
    /// A policy of row security.
    Policy,
    /// A string in double quotes: SQLite refuses it where that quirk is switched off. What holds it is in the schema.
    DoubleQuotedText,
    /// Stored SQL that was not understood: its table or index is in the schema as far as the pragmas tell.
    StoredSql,
}

impl UnreadKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            UnreadKind::MaterializedView => "materialized view",
            UnreadKind::VirtualTable => "virtual table",
            UnreadKind::ForeignTable => "foreign table",
            UnreadKind::PartitionedTable => "partitioned table",
            UnreadKind::TableOption => "option of table",
            UnreadKind::ColumnOption => "option of column",
            UnreadKind::Constraint => "constraint",
            UnreadKind::ConstraintOption => "option of constraint",
            UnreadKind::InvalidIndex => "invalid index",
            UnreadKind::IndexOption => "option of index",
            UnreadKind::Sequence => "sequence",
            UnreadKind::Type => "type",
            UnreadKind::Function => "function",
            UnreadKind::Rule => "rule",
            UnreadKind::Policy => "policy",
            UnreadKind::DoubleQuotedText => "string in double quotes",
            UnreadKind::StoredSql => "stored SQL",
        }
    }
}

impl Unread {
    /// Something with a name of its own.
    pub(super) fn new(kind: UnreadKind, name: &str) -> Unread {
        Unread { kind, table: None, name: name.to_owned(), detail: None }
    }

    /// That stands on a table.
    pub(super) fn on(self, table: &str) -> Unread {
        Unread { table: Some(table.to_owned()), ..self }
    }

    /// That says this.
    pub(super) fn says(self, detail: &str) -> Unread {
        Unread { detail: Some(detail.to_owned()), ..self }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.word())?;
        match (&self.table, self.name.as_str()) {
            (Some(table), "") => write!(f, " of {table}")?,
            (Some(table), name) => write!(f, " {table}.{name}")?,
            (None, name) => write!(f, " {name}")?,
        }
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}
