//! What is wrong with a history, as a test tells it.

use std::fmt;
use std::path::PathBuf;

use migrate_core::target::Dialect;

/// Why a history does not hold.
#[non_exhaustive]
pub enum Problem {
    /// There are no files of the history where they were looked for.
    NoSource {
        /// The places.
        looked: Vec<PathBuf>,
    },
    /// The files cannot be read, or the compiler would refuse them.
    Unsound {
        /// The list.
        list: PathBuf,
        /// What is wrong.
        found: Vec<String>,
    },
    /// The program was compiled from other files than those that stand there.
    OtherSource {
        /// The list.
        list: PathBuf,
        /// The first migration that is another.
        migration: String,
    },
    /// The database has something in it already.
    NotEmpty {
        /// Which kind it is.
        dialect: Dialect,
        /// What it has.
        objects: Vec<String>,
    },
    /// A run failed.
    Run {
        /// On which kind of database.
        dialect: Dialect,
        /// Which way it went.
        way: Way,
        /// What the runtime said.
        error: Box<migrate::Error>,
    },
    /// The schema is not the declared one.
    Schema {
        /// On which kind of database.
        dialect: Dialect,
        /// Which way it went before.
        way: Way,
        /// The last migration that is applied.
        after: Option<String>,
        /// What is otherwise: `+` has the database alone, `-` the declared schema.
        differences: Vec<String>,
    },
    /// The database does not tell its schema.
    Unreadable {
        /// Which kind it is.
        dialect: Dialect,
        /// What it said.
        message: String,
    },
}

/// Which way a history went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Migration by migration.
    Up,
    /// By the ways down that were stored.
    Down,
    /// The schema at once, as a database gets it that has nothing in it.
    Fresh,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Up => "up",
            Way::Down => "down",
            Way::Fresh => "at once",
        })
    }
}

impl Problem {
    /// What is wrong, in one line.
    pub fn headline(&self) -> String {
        match self {
            Problem::NoSource { .. } => "there is no history where it was looked for".to_owned(),
            Problem::Unsound { list, .. } => format!("the history in {} does not compile", list.display()),
            Problem::OtherSource { list, migration } => {
                format!("`{migration}` is another migration in {} than in this program", list.display())
            }
            Problem::NotEmpty { dialect, .. } => {
                format!("the {} database has something in it, and may not", dialect.title())
            }
            Problem::Run { dialect, way, error } => {
                format!("while the history ran {way} on {}: {error}", dialect.title())
            }
            Problem::Schema { dialect, way, after, .. } => {
                let after = after.as_deref().map_or("nothing".to_owned(), |name| format!("`{name}`"));
                let title = dialect.title();
                format!("the schema in {title} is not the declared one after running {way} to {after}")
            }
            Problem::Unreadable { dialect, message } => {
                format!("cannot read the schema back from {}: {message}", dialect.title())
            }
        }
    }

    /// All that belongs to it, line by line.
    fn details(&self) -> Vec<String> {
        match self {
            Problem::NoSource { looked } => {
                let help = "`Check::source` names the file that has `history!`".to_owned();
                looked.iter().map(|path| path.display().to_string()).chain([help]).collect()
            }
            Problem::Unsound { found: lines, .. }
            | Problem::NotEmpty { objects: lines, .. }
            | Problem::Schema { differences: lines, .. } => lines.clone(),
            Problem::OtherSource { .. } => vec!["`Check::source` names its own files".to_owned()],
            Problem::Run { .. } | Problem::Unreadable { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        self.details().iter().try_for_each(|line| write!(f, "\n  {}", line.replace('\n', "\n  ")))
    }
}

/// The same as for people: it is what `unwrap` shows in a test.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Problem::Run { error, .. } => Some(error),
            _ => None,
        }
    }
}
