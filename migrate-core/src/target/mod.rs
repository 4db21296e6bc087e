//! What each database can, cannot and does. The checker asks here for facts, never for a dialect's name.

pub mod casts;
pub mod locks;
pub mod native;
pub mod operator_class;
pub mod postgres;
pub mod sqlite;

use crate::schema::{Collation, FunctionPath, Functions, Index, NativeSql, Only};

/// The databases that a history runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite
    Sqlite,
    /// PostgreSQL
    Postgres,
}

impl Dialect {
    /// Both, in the order in which everything is printed.
    pub const ALL: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

    /// The word of the language and the folder of generated files.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }

    /// Whether it has the index: one can be of one database alone.
    pub fn has_index(self, index: &Index) -> bool {
        match index.only {
            None => true,
            Some(Only::Sqlite) => self == Dialect::Sqlite,
            Some(Only::Postgres) => self == Dialect::Postgres,
        }
    }

    /// Its text of SQL of the author.
    pub fn sql(self, native: &NativeSql) -> Option<&str> {
        match self {
            Dialect::Sqlite => native.sqlite.as_deref(),
            Dialect::Postgres => native.postgres.as_deref(),
        }
    }

    /// Its function of a call.
    pub fn function(self, functions: &Functions) -> Option<&FunctionPath> {
        match self {
            Dialect::Sqlite => functions.sqlite.as_ref(),
            Dialect::Postgres => functions.postgres.as_ref(),
        }
    }

    /// Its name of a collation, if it has it.
    pub fn collation(self, collation: &Collation) -> Option<&str> {
        match self {
            Dialect::Sqlite => collation.sqlite(),
            Dialect::Postgres => collation.postgres(),
        }
    }

    /// The product's name.
    pub fn title(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        }
    }
}

/// What a history says about its databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// SQLite, if the history runs there.
    pub sqlite: Option<SqliteOptions>,
    /// PostgreSQL, if the history runs there.
    pub postgres: Option<PostgresOptions>,
}

/// `#![sqlite(..)]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Lowest version: major, minor.
    pub min: (u32, u32),
    /// All tables are STRICT.
    pub strict: bool,
    /// UUIDs are 16 bytes in place of text.
    pub uuid_blob: bool,
}

/// `#![postgres(..)]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Lowest major version.
    pub min: u32,
    /// The schema that everything stands in; without one it is the connection's.
    pub schema: Option<String>,
    /// Further schemas in which names are looked for: where extensions live, for instance.
    pub search_also: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            sqlite: Some(SqliteOptions { min: (3, 35), strict: false, uuid_blob: false }),
            postgres: Some(PostgresOptions { min: 13, schema: None, search_also: Vec::new() }),
        }
    }
}

impl Options {
    /// Whether the history runs there.
    pub fn has(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Sqlite => self.sqlite.is_some(),
            Dialect::Postgres => self.postgres.is_some(),
        }
    }

    /// The dialects of the history, SQLite first.
    pub fn dialects(&self) -> impl Iterator<Item = Dialect> + '_ {
        Dialect::ALL.into_iter().filter(|d| self.has(*d))
    }

    /// Whether SQLite tables are STRICT.
    pub fn strict(&self) -> bool {
        self.sqlite.as_ref().is_some_and(|s| s.strict)
    }

    /// The schema in PostgreSQL that the history names.
    pub fn postgres_schema(&self) -> Option<&str> {
        self.postgres.as_ref().and_then(|p| p.schema.as_deref())
    }

    /// The further schemas in PostgreSQL that the history names.
    pub fn search_also(&self) -> &[String] {
        self.postgres.as_ref().map_or(&[], |p| &p.search_also)
    }

    /// The same with everything else that tables of SQLite can be made of: what no option but these changes in a checksum.
    pub fn other_structures(&self) -> impl Iterator<Item = Options> + '_ {
        let all = [(false, false), (true, false), (false, true), (true, true)];
        let others = all.into_iter().filter(|other| *other != (self.strict(), self.uuid_blob()));
        others.map(|(strict, uuid_blob)| Options {
            sqlite: Some(SqliteOptions { min: (3, 35), strict, uuid_blob }),
            ..self.clone()
        })
    }

    /// Whether UUIDs are bytes in SQLite.
    pub fn uuid_blob(&self) -> bool {
        self.sqlite.as_ref().is_some_and(|s| s.uuid_blob)
    }
}
