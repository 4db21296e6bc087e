//! The column types of the language, as plain data that every later room shares.

/// A column type. Sizes are in characters, bits or digits as the language reference says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `text`
    Text,
    /// `text(n)`: at most `n` characters.
    TextN(u32),
    /// `char(n)`: exactly `n` characters, padded by PostgreSQL.
    Char(u32),
    /// `integer`, `integer(32)`, `integer(16)`: the number of bits, 64, 32 or 16.
    Integer(u8),
    /// `boolean`
    Boolean,
    /// `json`
    Json,
    /// `timestamp_ms`: milliseconds since 1970 as an integer.
    TimestampMs,
    /// `timestamp`: an instant; milliseconds since 1970 in SQLite.
    Timestamp,
    /// `datetime`: date and time of day without zone.
    Datetime,
    /// `datetimetz`: an instant; UTC text in SQLite.
    DatetimeTz,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `real`, `real(32)`: the number of bits, 64 or 32.
    Real(u8),
    /// `decimal(p, s)`, with `as text` for exact digits in SQLite.
    Decimal {
        /// All digits.
        precision: u32,
        /// Digits behind the point.
        scale: u32,
        /// Stored as text in SQLite.
        as_text: bool,
    },
    /// `blob`
    Blob,
    /// `uuid`
    Uuid,
    /// `enum("a", "b")`: text and a check.
    Enum(Vec<String>),
    /// `type { sqlite "..", postgres ".." }`: as given for each dialect.
    Native {
        /// SQLite's declared type.
        sqlite: Option<String>,
        /// PostgreSQL's type.
        postgres: Option<String>,
    },
}

/// What happens to a row whose target goes away or changes its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Action {
    /// Refused at the end of the statement.
    #[default]
    NoAction,
    /// Refused at once.
    Restrict,
    /// The row goes too.
    Cascade,
    /// The column becomes null.
    SetNull,
    /// The column gets its default.
    SetDefault,
}

impl Action {
    /// As the language and SQLite write it.
    pub fn words(self) -> &'static str {
        match self {
            Action::NoAction => "no action",
            Action::Restrict => "restrict",
            Action::Cascade => "cascade",
            Action::SetNull => "set null",
            Action::SetDefault => "set default",
        }
    }
}

/// SQL text for one or both dialects; what is absent does not run there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NativeSql {
    /// For SQLite.
    pub sqlite: Option<String>,
    /// For PostgreSQL.
    pub postgres: Option<String>,
}

impl NativeSql {
    /// The texts that there are.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.sqlite.iter().chain(&self.postgres).map(String::as_str)
    }
}

/// How text is compared: which texts are equal, and which comes first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Collation {
    /// `binary`: byte by byte.
    Binary,
    /// `nocase`: SQLite's own, without regard to the letter case of ASCII.
    Nocase,
    /// `rtrim`: SQLite's own, without regard to blanks at the end.
    Rtrim,
    /// `{ sqlite "..", postgres ".." }`: the names of one in each dialect.
    Native(NativeSql),
}

impl Collation {
    /// Its name in SQLite.
    pub fn sqlite(&self) -> Option<&str> {
        match self {
            Collation::Binary => Some("binary"),
            Collation::Nocase => Some("nocase"),
            Collation::Rtrim => Some("rtrim"),
            Collation::Native(native) => native.sqlite.as_deref(),
        }
    }

    /// Its name in PostgreSQL.
    pub fn postgres(&self) -> Option<&str> {
        match self {
            Collation::Binary => Some("C"),
            Collation::Nocase | Collation::Rtrim => None,
            Collation::Native(native) => native.postgres.as_deref(),
        }
    }
}

/// How an index is kept. SQLite has one way, which is like `btree`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// `btree`
    #[default]
    Btree,
    /// `hash`
    Hash,
    /// `gin`
    Gin,
    /// `gist`
    Gist,
    /// `spgist`
    Spgist,
    /// `brin`
    Brin,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 6] =
        [Method::Btree, Method::Hash, Method::Gin, Method::Gist, Method::Spgist, Method::Brin];

    /// As the language and PostgreSQL call it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Btree => "btree",
            Method::Hash => "hash",
            Method::Gin => "gin",
            Method::Gist => "gist",
            Method::Spgist => "spgist",
            Method::Brin => "brin",
        }
    }
}

/// Where nulls stand among the keys of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nulls {
    /// `nulls first`
    First,
    /// `nulls last`
    Last,
}

/// The one database that has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Only {
    /// `only sqlite`
    Sqlite,
    /// `only postgres`
    Postgres,
}

/// A literal value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A whole number; a sign is part of it where one was written directly before it.
    Integer(i128),
    /// A number with point or exponent, as digits in canonical form: `0.5`, `-1e10`.
    Real(String),
    /// `"text"`
    Text(String),
    /// `b"bytes"`
    Bytes(Vec<u8>),
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `||`: joins two texts.
    Concat,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: whole division between integers.
    Divide,
    /// `%`: remainder between integers.
    Remainder,
}

impl Operator {
    /// As written in the language and in both dialects.
    pub fn text(self) -> &'static str {
        match self {
            Operator::Or => "or",
            Operator::And => "and",
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::Concat => "||",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
        }
    }

    /// How tightly it binds: `or` 1, `and` 2, (`not` 3), comparisons 4, `+ -` 5, `* / %` 6, `||` 7.
    pub fn precedence(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessEqual
            | Operator::Greater
            | Operator::GreaterEqual => 4,
            Operator::Add | Operator::Subtract => 5,
            Operator::Multiply | Operator::Divide | Operator::Remainder => 6,
            Operator::Concat => 7,
        }
    }
}
