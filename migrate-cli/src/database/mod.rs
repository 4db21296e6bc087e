//! Which database: read from the argument, the environment, or `.env`.
//!
//! Comes in: the arguments. Goes out: a parsed address, which prints itself without user and password. What it cannot read
//! it never repeats, for the part that is wrong can be the password.

pub mod failure;
pub mod functions;
pub mod scratch;
pub mod session;
mod tls;

use std::fmt;
use std::path::PathBuf;

use migrate_core::target::Dialect;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::args::Connect;
use crate::failure::Failure;
pub use tls::Encryption;

const VARIABLE: &str = "DATABASE_URL";

/// A database's address.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A server and a database on it.
    Postgres(Box<Server>),
}

/// A PostgreSQL server, and how to speak with it.
#[derive(Clone, Debug)]
pub struct Server {
    /// What the driver connects by.
    pub config: Config,
    /// How the connection is encrypted.
    pub encryption: Encryption,
}

/// The database that the arguments or the environment name.
pub fn named(connect: &Connect) -> Result<Database, Failure> {
    let database = address(connect)?;
    match database {
        Database::Sqlite(_) if connect.schema.is_some() => {
            Err(Failure::input("`--schema` is for PostgreSQL: SQLite has no schemas"))
        }
        database => Ok(database),
    }
}

fn address(connect: &Connect) -> Result<Database, Failure> {
    if let Some(url) = &connect.database_url {
        return parse(url, "the database URL");
    }
    if let Some(url) = std::env::var_os(VARIABLE) {
        let url = url.to_str().ok_or_else(|| Failure::input(format!("`{VARIABLE}` is not UTF-8")))?;
        return parse(url, &format!("`{VARIABLE}`"));
    }
    if !connect.no_dotenv
        && let Some(url) = from_dotenv()?
    {
        return parse(&url, &format!("`{VARIABLE}` in `.env`"));
    }
    Err(Failure::input("no database is named")
        .help(format!("`-D app.db` or `-D postgres://..`, or `{VARIABLE}` in the environment or in `.env`")))
}

/// The variable in the `.env` of this folder or one above it. No other variable is looked at, and none is set.
fn from_dotenv() -> Result<Option<String>, Failure> {
    let lines = match dotenvy::dotenv_iter() {
        Ok(lines) => lines,
        Err(error) if error.not_found() => return Ok(None),
        Err(_) => return Err(Failure::input("cannot read `.env`")),
    };
    let mut broken = false;
    for line in lines {
        match line {
            Ok((name, value)) if name == VARIABLE => return Ok(Some(value)),
            Ok(_) => {}
            // The error would print the line, and a line of `.env` is often a secret.
            Err(_) => broken = true,
        }
    }
    match broken {
        true => {
            Err(Failure::input(format!("a line of `.env` is not `NAME=value`, and none is `{VARIABLE}`"))
                .help("put values with spaces or `#` in quotes; `--no-dotenv` leaves the file unread"))
        }
        false => Ok(None),
    }
}

/// Reads an address; `what` says where it was found.
pub fn parse(url: &str, what: &str) -> Result<Database, Failure> {
    if url.is_empty() {
        return Err(Failure::input(format!("{what} is empty")));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return postgres(url, what);
    }
    if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
        return sqlite_url(path, what);
    }
    match url.split_once("://") {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err(Failure::input(format!("{what} begins with `{scheme}://`, which is no database of ours"))
                .help("`sqlite:app.db`, a path, or `postgres://user@host/name`"))
        }
        _ => sqlite_path(url, what),
    }
}

/// What stands behind `sqlite:`, with the parameters that other tools write there.
fn sqlite_url(rest: &str, what: &str) -> Result<Database, Failure> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    for parameter in query.split('&').filter(|p| !p.is_empty()) {
        // `rwc` means to make the file, which only `--create` does here.
        if !matches!(parameter, "mode=rw" | "mode=rwc") {
            let name = parameter.split('=').next().unwrap_or(parameter);
            return Err(Failure::input(format!("the parameter `{name}` of {what} is not supported")));
        }
    }
    sqlite_path(&percent_decoded(path).unwrap_or_else(|| path.to_owned()), what)
}

fn sqlite_path(path: &str, what: &str) -> Result<Database, Failure> {
    match path {
        "" => Err(Failure::input(format!("{what} names no file")).help("`sqlite:app.db`")),
        ":memory:" => {
            Err(Failure::input(format!("{what} names a database in memory, which ends with the command"))
                .help("`migrate check` runs a history in memory"))
        }
        _ => Ok(Database::Sqlite(PathBuf::from(path))),
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn postgres(url: &str, what: &str) -> Result<Database, Failure> {
    let wrong = || {
        Failure::input(format!("{what} cannot be read as a PostgreSQL URL")).help(
            "`postgres://user:password@host:5432/name`, where `@`, `/`, `?`, `#`, `%`, and `:` in a password are \
             percent-encoded: `%40`, `%2F`, `%3F`, `%23`, `%25`, `%3A`",
        )
    };
    // A second `@` is one of an unencoded password, and what stands behind the first would be taken for the host.
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    if address.matches('@').count() > 1 {
        return Err(wrong());
    }
    let (query, encryption) = tls::split(query, what, percent_decoded)?;
    let url = if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") };
    let mut config: Config = url.parse().map_err(|_| wrong())?;
    if let Some(mode) = encryption.mode {
        config.ssl_mode(mode);
    }
    Ok(Database::Postgres(Box::new(Server { config, encryption })))
}

impl Database {
    /// What runs it.
    pub fn dialect(&self) -> Dialect {
        match self {
            Database::Sqlite(_) => Dialect::Sqlite,
            Database::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "{}", path.display()),
            Database::Postgres(server) => {
                let config = &server.config;
                match config.get_dbname().or(config.get_user()) {
                    Some(name) => write!(f, "{name}")?,
                    None => f.write_str("the default database")?,
                }
                match (config.get_hosts().first(), config.get_hostaddrs().first()) {
                    (Some(Host::Tcp(host)), _) => write!(f, " on {host}"),
                    (Some(Host::Unix(folder)), _) => write!(f, " in {}", folder.display()),
                    (None, Some(address)) => write!(f, " on {address}"),
                    (None, None) => Ok(()),
                }?;
                match config.get_ports().first() {
                    Some(port) if *port != 5432 => write!(f, ":{port}"),
                    _ => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        match parse(url, "the database URL") {
            Ok(database) => format!("{}: {database}", database.dialect().word()),
            Err(failure) => failure.text(),
        }
    }

    #[test]
    fn every_form_of_an_address_is_read() {
        assert_eq!(shown("app.db"), "sqlite: app.db");
        assert_eq!(shown("sqlite:app.db"), "sqlite: app.db");
        assert_eq!(shown("sqlite://data/app.db"), "sqlite: data/app.db");
        assert_eq!(shown("sqlite:///srv/app.db?mode=rwc"), "sqlite: /srv/app.db");
        assert_eq!(shown("sqlite:my%20app.db"), "sqlite: my app.db");
        assert_eq!(shown("sqlite:100%.db"), "sqlite: 100%.db");
        assert_eq!(shown("postgres://u:pw@db.example.org/shop"), "postgres: shop on db.example.org");
        assert_eq!(shown("postgresql://u@localhost:5433/shop"), "postgres: shop on localhost:5433");
        assert_eq!(shown("postgres:///shop?host=/run/postgresql"), "postgres: shop in /run/postgresql");
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_repeated() {
        let urls = [
            "postgres://u:se/cret@host/db:x",
            "postgres://u:secret@pw@host/db",
            "postgres://u:pw@secret@host/db",
            "postgres://u:pw@host:secret/db",
            "postgres://u:p?secret@host/db",
            "postgres://u:secret%zz@host/db",
            "mysql://u:secret@host/db",
            "sqlite:app.db?key=secret",
        ];
        for url in urls {
            let shown = shown(url);
            assert!(!shown.contains("secret"), "{url}: {shown}");
        }
        assert!(shown("mysql://u:secret@host/db").contains("begins with `mysql://`"));
        assert!(shown("sqlite::memory:").contains("in memory"));
        assert!(shown("").contains("is empty"));
    }
}
