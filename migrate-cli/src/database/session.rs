//! A connection of either kind, with the runtime's verbs.
//!
//! Comes in: an address. Goes out: a connection, and what the runtime answers over it. A SQLite file that is not there is
//! made only where that was asked for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use migrate::{Error, Plan, Repair, Repaired, Report, Revert, Runner, Status};
use migrate_core::target::Dialect;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Runtime;
use tokio_postgres::Client;
use tokio_postgres::config::{Host, SslMode};

use super::{Database, Server};
use crate::failure::Failure;

/// How long to try to reach a server, unless the URL says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An open connection.
pub enum Session {
    /// SQLite's.
    Sqlite(Connection),
    /// PostgreSQL's, and what drives it.
    Postgres {
        /// Drives the connection while something is waited for.
        runtime: Arc<Runtime>,
        /// The connection.
        client: Client,
    },
}

/// What to do where a SQLite file is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Fail.
    Refuse,
    /// Make it.
    Create,
    /// Take an empty database in its place, which ends with the command.
    Pretend,
}

/// Opens a database.
pub fn open(database: &Database, missing: Missing) -> Result<Session, Failure> {
    match database {
        Database::Sqlite(path) => sqlite(path, missing).map(Session::Sqlite),
        Database::Postgres(_) if missing == Missing::Create => {
            Err(Failure::input("`--create` makes SQLite files alone")
                .help("`createdb` makes a PostgreSQL database"))
        }
        Database::Postgres(server) => {
            let (runtime, client) = postgres(database, server)?;
            Ok(Session::Postgres { runtime, client })
        }
    }
}

fn sqlite(path: &Path, missing: Missing) -> Result<Connection, Failure> {
    let failed = |error: rusqlite::Error| {
        Failure::database(format!("cannot open {}: {}", path.display(), said(error)))
    };
    // A symbolic link to nothing would be made by SQLite too: what counts is whether there is a file behind it.
    let exists = path
        .try_exists()
        .map_err(|error| Failure::database(format!("cannot open {}: {}", path.display(), error.kind())))?;
    if path.is_dir() {
        return Err(Failure::input(format!("{} is a folder, not a database", path.display())));
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match (exists, missing) {
        (true, _) => {}
        (false, Missing::Create) => flags |= OpenFlags::SQLITE_OPEN_CREATE,
        (false, Missing::Pretend) => return Connection::open_in_memory().map_err(failed),
        (false, Missing::Refuse) => {
            return Err(Failure::input(format!("there is no database {}", path.display()))
                .help("`migrate up --create` makes it"));
        }
    }
    Connection::open_with_flags(path, flags).map_err(failed)
}

/// SQLite's own words, without those that the driver adds.
fn said(error: rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        other => other.to_string(),
    }
}

/// Connects; whatever goes wrong names the database and never the URL.
pub fn postgres(database: &Database, server: &Server) -> Result<(Arc<Runtime>, Client), Failure> {
    let runtime = runtime()?;
    let client = connect(database, server, &runtime)?;
    Ok((runtime, client))
}

fn runtime() -> Result<Arc<Runtime>, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map(Arc::new)
        .map_err(|error| Failure::database(format!("cannot start: {}", error.kind())))
}

/// One more connection on the same runtime.
pub fn connect(database: &Database, server: &Server, runtime: &Runtime) -> Result<Client, Failure> {
    let mut config = server.config.clone();
    // What stays on this machine is not encrypted, whatever is asked for: PostgreSQL has no TLS there.
    let hosts = config.get_hosts();
    if !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_))) {
        config.ssl_mode(SslMode::Disable);
    }
    let connector = server.encryption.connector()?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("migrate");
    }
    runtime
        .block_on(async {
            let (client, connection) = config.connect(connector).await?;
            // It ends with the client; what went wrong on it is told by the call that was waiting.
            tokio::spawn(connection);
            Ok(client)
        })
        .map_err(|error| {
            let failure = Failure::database(format!("cannot connect to {database}: {}", reason(&error)));
            match reason(&error).starts_with("invalid peer certificate") {
                true => failure.help(
                    "`sslrootcert=FILE` names who signed the server's certificate, `verify-ca` does not ask for which \
                     host, and `require` not who signed it",
                ),
                false => failure,
            }
        })
}

/// A name in SQL of PostgreSQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// SQL by which a session of PostgreSQL looks for names in these schemas, and nowhere else.
pub fn search_path<S: AsRef<str>>(schemas: impl IntoIterator<Item = S>) -> String {
    let schemas: Vec<String> = schemas.into_iter().map(|schema| quoted(schema.as_ref())).collect();
    format!("SET search_path = {}", schemas.join(", "))
}

/// What the server or the system said. The driver's own words alone say little.
pub fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} ({})", db.message(), db.code().code());
    }
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

impl Session {
    /// What runs it.
    pub fn dialect(&self) -> Dialect {
        match self {
            Session::Sqlite(_) => Dialect::Sqlite,
            Session::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Applies what is pending.
    pub fn run(&mut self, runner: Runner<'_>) -> Result<Report, Error> {
        match self {
            Session::Sqlite(connection) => runner.run(connection),
            Session::Postgres { runtime, client } => runtime.block_on(runner.run_async(client)),
        }
    }

    /// Tells what would be applied.
    pub fn plan(&mut self, runner: Runner<'_>) -> Result<Plan, Error> {
        match self {
            Session::Sqlite(connection) => runner.plan(connection),
            Session::Postgres { runtime, client } => runtime.block_on(runner.plan_async(client)),
        }
    }

    /// Takes migrations back.
    pub fn revert(&mut self, runner: Runner<'_>, how: Revert<'_>) -> Result<Report, Error> {
        match self {
            Session::Sqlite(connection) => runner.revert(connection, how),
            Session::Postgres { runtime, client } => runtime.block_on(runner.revert_async(client, how)),
        }
    }

    /// Writes down that migrations are applied.
    pub fn baseline(&mut self, runner: Runner<'_>) -> Result<Report, Error> {
        match self {
            Session::Sqlite(connection) => runner.baseline(connection),
            Session::Postgres { runtime, client } => runtime.block_on(runner.baseline_async(client)),
        }
    }

    /// Mends the history table, or tells what that would be.
    pub fn repair(&mut self, runner: Runner<'_>, how: Repair) -> Result<Repaired, Error> {
        match self {
            Session::Sqlite(connection) => runner.repair(connection, how),
            Session::Postgres { runtime, client } => runtime.block_on(runner.repair_async(client, how)),
        }
    }

    /// Sets a session of PostgreSQL so that its schema can be read back as migrations of these schemas see it.
    pub fn look_into<'a>(
        &mut self,
        schema: Option<&str>,
        also: impl Iterator<Item = &'a String>,
    ) -> Result<(), Failure> {
        let Session::Postgres { runtime, client } = self else { return Ok(()) };
        let failed = |error: tokio_postgres::Error| {
            Failure::database(format!("cannot set up the session: {}", reason(&error)))
        };
        // The two styles are those in which a schema is read back.
        let styles = "SET datestyle = 'ISO'; SET intervalstyle = 'postgres'";
        runtime.block_on(client.batch_execute(styles)).map_err(failed)?;
        let own: Option<String> = match schema {
            Some(schema) => Some(schema.to_owned()),
            None => {
                runtime.block_on(client.query_one("SELECT current_schema()", &[])).map_err(failed)?.get(0)
            }
        };
        let path: Vec<&str> = own.as_deref().into_iter().chain(also.map(|name| name.as_str())).collect();
        match path.is_empty() {
            true => Ok(()),
            false => runtime.block_on(client.batch_execute(&search_path(path))).map_err(failed),
        }
    }

    /// What is applied.
    pub fn status(&mut self, runner: Runner<'_>) -> Result<Status, Error> {
        match self {
            Session::Sqlite(connection) => runner.status(connection),
            Session::Postgres { runtime, client } => runtime.block_on(runner.status_async(client)),
        }
    }
}
