//! What is different between two schemas, as data and as a line to read.

use std::fmt;

/// One difference between the schema that is expected and the one that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How it differs.
    pub change: Change,
    /// What differs.
    pub object: Object,
    /// The table, view or extension, as expected where both have it.
    pub table: String,
    /// The name of the column, index or constraint; none for a table, a primary key, or a constraint of SQLite.
    pub name: Option<String>,
    /// What is missing or too much, in words; empty for a change.
    pub detail: String,
    /// What changed; empty for what is missing or too much.
    pub aspects: Vec<Aspect>,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Expected and not found: `-`
    Missing,
    /// Found and not expected: `+`
    Extra,
    /// Found and not as expected: `~`
    Changed,
}

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// A table
    Table,
    /// A column
    Column,
    /// A primary key
    PrimaryKey,
    /// A unique constraint
    Unique,
    /// A check
    Check,
    /// A foreign key
    ForeignKey,
    /// An index
    Index,
    /// A view
    View,
    /// A trigger
    Trigger,
    /// An extension of PostgreSQL, which the database has as a whole
    Extension,
}

/// One property on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aspect {
    /// Which: `type`, `null`, `default`, `columns`, `name`, ..
    pub what: &'static str,
    /// As it should be.
    pub expected: String,
    /// As it is.
    pub found: String,
}

impl Change {
    /// The sign at the beginning of its line.
    pub fn sign(self) -> char {
        match self {
            Change::Missing => '-',
            Change::Extra => '+',
            Change::Changed => '~',
        }
    }
}

impl Object {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Object::Table => "table",
            Object::Column => "column",
            Object::PrimaryKey => "primary key",
            Object::Unique => "unique",
            Object::Check => "check",
            Object::ForeignKey => "foreign key",
            Object::Index => "index",
            Object::View => "view",
            Object::Trigger => "trigger",
            Object::Extension => "extension",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change.sign(), self.object.word())?;
        match (&self.name, self.object) {
            (_, Object::Table | Object::View | Object::Extension) => write!(f, " {}", self.table)?,
            (Some(name), _) => write!(f, " {}.{name}", self.table)?,
            (None, _) => write!(f, " of {}", self.table)?,
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        for (i, aspect) in self.aspects.iter().enumerate() {
            let lead = if i == 0 { ":" } else { ";" };
            write!(f, "{lead} {} {}, expected {}", aspect.what, aspect.found, aspect.expected)?;
        }
        Ok(())
    }
}
