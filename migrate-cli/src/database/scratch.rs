//! A PostgreSQL schema for one run, gone afterwards on every way out.
//!
//! Comes in: an address. Goes out: a connection whose only schema is a new one with a random name. An interrupt from
//! the keyboard ends that connection, so that the run fails and the schema is dropped as after any failure.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use migrate_core::target::Options;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

use super::session::{self, Session};
use super::{Database, Server};
use crate::failure::Failure;
use crate::output;

/// How long dropping the schema may take: other sessions may hold locks in it only by accident.
const DROP_TIMEOUT: Duration = Duration::from_secs(30);

/// The schema; dropping this drops it in the database.
pub struct Scratch {
    schema: String,
    runtime: Arc<Runtime>,
    admin: Arc<Client>,
}

/// Makes a schema and connects to it, with the further schemas of the history behind it on the path. The session is to
/// be dropped before the schema.
pub fn create(
    database: &Database,
    server: &Server,
    options: &Options,
) -> Result<(Scratch, Session), Failure> {
    let (runtime, admin) = session::postgres(database, server)?;
    let schema = random_name();
    let failed = |error: tokio_postgres::Error| {
        Failure::database(format!("cannot make a scratch schema in {database}: {}", session::reason(&error)))
    };
    runtime.block_on(admin.batch_execute(&format!("CREATE SCHEMA {schema}"))).map_err(failed)?;
    let scratch = Scratch { schema, runtime, admin: Arc::new(admin) };

    let mut inside = server.clone();
    let given = server.config.get_options().unwrap_or_default();
    // The two styles are those in which a schema is read back.
    let settings = format!("-c search_path={} -c datestyle=ISO -c intervalstyle=postgres", scratch.schema);
    inside.config.options(format!("{given} {settings}").trim_start());
    let client = session::connect(database, &inside, &scratch.runtime)?;
    let row = scratch.runtime.block_on(client.query_one("SELECT pg_backend_pid(), current_schema()", &[]));
    let row = row.map_err(failed)?;
    if row.get::<_, Option<String>>(1).as_deref() != Some(scratch.schema.as_str()) {
        return Err(Failure::database(format!("{database} does not take `search_path` from the connection"))
            .help("name the server itself, not a connection pooler"));
    }
    let also = options.search_also().iter().map(String::as_str);
    let path = session::search_path([scratch.schema.as_str()].into_iter().chain(also));
    scratch.runtime.block_on(client.batch_execute(&path)).map_err(failed)?;
    scratch.end_on_interrupt(row.get(0));
    let runtime = scratch.runtime.clone();
    Ok((scratch, Session::Postgres { runtime, client }))
}

impl Scratch {
    /// The schema's name.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    fn end_on_interrupt(&self, backend: i32) {
        let admin = self.admin.clone();
        self.runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = admin.execute("SELECT pg_terminate_backend($1)", &[&backend]).await;
            }
        });
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema);
        let dropped = self.runtime.block_on(async {
            // The timer needs the runtime, so it is made inside.
            tokio::time::timeout(DROP_TIMEOUT, self.admin.batch_execute(&sql)).await
        });
        if !matches!(dropped, Ok(Ok(()))) {
            output::progress(&format!("warning: the scratch schema is still there; drop it with `{sql}`"));
        }
    }
}

fn random_name() -> String {
    // Every `RandomState` has keys of its own, which the system's random numbers made.
    format!("migrate_check_{:016x}", RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ() {
        assert_ne!(random_name(), random_name());
    }
}
