//! The arguments, as clap reads them. The doc comments are the help that users see.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use migrate_core::target::Dialect as CoreDialect;

/// Database migrations, written once, checked before they run, for SQLite and PostgreSQL
#[derive(Debug, Parser)]
#[command(name = "migrate", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// The folder of the history, or the file with its list [default: migrations, then src/migrations]
    #[arg(long, global = true, value_name = "PATH")]
    pub source: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub format: Format,
    /// When to use colour; `auto` means on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the whole history, and run it on a database of its own: up, down, and up again
    Check(Check),
    /// Print the SQL of migrations
    Sql(Sql),
    /// Write the SQL of every migration into files, and release them: `migrations.lock` says what they are from then on
    Generate(Generate),
    /// Apply what is pending
    #[command(visible_alias = "run")]
    Up(Up),
    /// Take migrations back, newest first
    #[command(visible_alias = "revert")]
    Down(Down),
    /// Show what is applied and what is pending; writes nothing
    #[command(visible_alias = "info")]
    Status(Status),
    /// Show what `up` would do: each statement with the locks it takes, the rows that are copied, and those in the way;
    /// writes nothing, and ends with 1 where rows are in the way
    Plan(Plan),
    /// Write down that migrations are applied, without running them: for a database that has their tables already
    Baseline(Baseline),
    /// Write `migrations.lock` anew, after a released migration was edited, moved or removed on purpose; with `--database`
    /// mend the history table of a database that has the change
    Repair(Repair),
    /// Say what is legal and dangerous in migrations that are not released: long locks, rewritten tables, lost rows
    Lint(Lint),
    /// Lay out the source of migrations: one way to write blanks and line breaks
    Fmt(Fmt),
    /// Explain the code of an error, with an example that fails and one that works
    Explain(Explain),
}

/// `migrate check`
#[derive(Debug, Args)]
pub struct Check {
    /// A PostgreSQL database to run the history on too, in a scratch schema that is dropped afterwards. It is never
    /// taken from the environment: raw SQL in a migration could reach beyond the schema
    #[arg(short = 'D', long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// `migrate lint`
#[derive(Debug, Args)]
pub struct Lint {
    /// Speak of released migrations too
    #[arg(long)]
    pub all: bool,
    /// Fail where there is something to say, for CI
    #[arg(long)]
    pub deny_warnings: bool,
}

/// `migrate sql`
#[derive(Debug, Args)]
pub struct Sql {
    /// The migrations to print, by name or file [default: all]
    #[arg(value_name = "MIGRATION")]
    pub migrations: Vec<String>,
    /// For which database; needed where the history names both
    #[arg(long, value_enum)]
    pub dialect: Option<Dialect>,
    /// Print the way down, newest migration first
    #[arg(long)]
    pub down: bool,
    /// Put each migration into a transaction of its own, as in the generated files
    #[arg(long)]
    pub transaction: bool,
}

/// `migrate generate`
#[derive(Debug, Args)]
pub struct Generate {
    /// Write nothing; fail and name each file that is out of date, missing, or too much
    #[arg(long)]
    pub check: bool,
    /// Release nothing: leave `migrations.lock` as it is, so that new migrations can still be edited
    #[arg(long)]
    pub draft: bool,
    /// Where to write the SQL [default: beside the migrations]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// Which database to connect to.
#[derive(Debug, Args)]
pub struct Connect {
    /// The database: a path, `sqlite:app.db`, or `postgres://user@host/name?sslmode=verify-full` [default: DATABASE_URL, then `.env`]
    #[arg(short = 'D', long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Do not read `.env`
    #[arg(long)]
    pub no_dotenv: bool,
    /// The history table, where the application gave it a name of its own
    #[arg(long, value_name = "NAME", default_value = "_migrations")]
    pub table: String,
    /// The schema to migrate on PostgreSQL, made if it is not there [default: the history's, or the connection's]
    #[arg(long, value_name = "NAME")]
    pub schema: Option<String>,
    /// Also look for names in this schema on PostgreSQL: where extensions live, for instance
    #[arg(long, value_name = "NAME")]
    pub search_also: Vec<String>,
}

/// `migrate up`
#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub connect: Connect,
    /// Apply up to this migration, and no further
    #[arg(long, value_name = "MIGRATION", conflicts_with = "number")]
    pub target_version: Option<String>,
    /// Apply at most so many migrations
    #[arg(short = 'n', value_name = "N")]
    pub number: Option<NonZeroUsize>,
    /// Print what would run, as `migrate plan` does; touch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not look for rows in the way before anything is touched, but when a statement has failed
    #[arg(long)]
    pub no_preflight: bool,
    /// Make the SQLite file if there is none
    #[arg(long)]
    pub create: bool,
    /// How long to wait while another process is migrating
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub lock_timeout: Duration,
}

/// `migrate down`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("how far").required(true).args(["number", "target_version", "all"]))]
pub struct Down {
    #[command(flatten)]
    pub connect: Connect,
    /// Take back so many migrations
    #[arg(short = 'n', value_name = "N")]
    pub number: Option<NonZeroUsize>,
    /// Take back what was applied after this migration, which stays
    #[arg(long, value_name = "MIGRATION")]
    pub target_version: Option<String>,
    /// Take back every migration
    #[arg(long)]
    pub all: bool,
    /// Do not ask, although this can delete data
    #[arg(long)]
    pub yes: bool,
    /// Print which migrations would be taken back; touch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How long to wait while another process is migrating
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub lock_timeout: Duration,
}

/// `migrate status`
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    pub connect: Connect,
    /// End with 1 unless everything is applied as it stands, and nothing else is
    #[arg(long)]
    pub exit_code: bool,
}

/// `migrate plan`
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub connect: Connect,
    /// Up to this migration, and no further
    #[arg(long, value_name = "MIGRATION", conflicts_with = "number")]
    pub target_version: Option<String>,
    /// At most so many migrations
    #[arg(short = 'n', value_name = "N")]
    pub number: Option<NonZeroUsize>,
    /// Name rows that are in the way by their primary keys; otherwise no value of a row is ever printed
    #[arg(long)]
    pub keys: bool,
}

/// `migrate repair`
#[derive(Debug, Args)]
pub struct Repair {
    /// Mend the history table of the database in place of `migrations.lock`; the same as to name one with `-D`
    #[arg(long)]
    pub database: bool,
    #[command(flatten)]
    pub connect: Connect,
    /// Do not compare the database with what the migrations make
    #[arg(long)]
    pub force: bool,
    /// How long to wait while another process is migrating
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub lock_timeout: Duration,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print what would change; touch nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `migrate fmt`
#[derive(Debug, Args)]
pub struct Fmt {
    /// The files; `-` reads the standard input and writes the standard output [default: all files of the history]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing; fail and name each file that is not laid out
    #[arg(long)]
    pub check: bool,
}

/// `migrate explain`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["code", "list"]))]
pub struct Explain {
    /// The code, as it stands in brackets at the end of a message
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// List all codes
    #[arg(long)]
    pub list: bool,
}

/// `migrate baseline`
#[derive(Debug, Args)]
pub struct Baseline {
    #[command(flatten)]
    pub connect: Connect,
    /// The last migration that the database has [default: all of them]
    #[arg(long, value_name = "MIGRATION")]
    pub to: Option<String>,
    /// Do not compare the database with what the migrations make
    #[arg(long)]
    pub force: bool,
    /// How long to wait while another process is migrating
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub lock_timeout: Duration,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// A database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    Sqlite,
    #[value(alias = "postgresql")]
    Postgres,
}

impl Color {
    /// Sets it for the whole process.
    pub fn choose(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

impl From<Dialect> for CoreDialect {
    fn from(dialect: Dialect) -> CoreDialect {
        match dialect {
            Dialect::Sqlite => CoreDialect::Sqlite,
            Dialect::Postgres => CoreDialect::Postgres,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn names_of_other_tools_are_understood() {
        let read = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap().command;
        assert!(matches!(read("migrate run -D app.db"), Command::Up(_)));
        assert!(matches!(read("migrate revert -n 1"), Command::Down(_)));
        assert!(matches!(read("migrate info --format json"), Command::Status(_)));
        assert!(Cli::try_parse_from(["migrate", "down"]).is_err());
    }
}
