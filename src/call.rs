//! Functions of the application that migrations call.
//!
//! Comes in: a function's path, and the function where this program has it. Goes out: one form of it for each driver. It
//! must not know when a function is called, nor what is made of its error.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(any(feature = "rusqlite", feature = "tokio-postgres"))]
use crate::error::BoxError;
use crate::error::Error;
use crate::migration::{Down, Script, Steps, Work};
use crate::script::{Job, JobWork};

/// A function that a migration may `call` on SQLite: `fn(&rusqlite::Connection) -> Result<(), E>`, where `E` is an error,
/// a text, or a box of either.
///
/// It runs inside the migration's transaction, which it must not end. With `outside transaction` it makes its own, by
/// [`unchecked_transaction`](rusqlite::Connection::unchecked_transaction) for instance; then it can be cut off and is called
/// again, so what it has done already it must leave as it is.
#[cfg(feature = "rusqlite")]
pub trait SqliteFunction: Sync {
    /// Calls it.
    ///
    /// # Errors
    /// The function's own.
    fn call(&self, connection: &rusqlite::Connection) -> Result<(), BoxError>;
}

#[cfg(feature = "rusqlite")]
impl<F, E> SqliteFunction for F
where
    F: Fn(&rusqlite::Connection) -> Result<(), E> + Sync,
    E: Into<BoxError>,
{
    fn call(&self, connection: &rusqlite::Connection) -> Result<(), BoxError> {
        self(connection).map_err(Into::into)
    }
}

/// What a [`PostgresFunction`] gives.
#[cfg(feature = "tokio-postgres")]
pub type FunctionFuture<'t> =
    std::pin::Pin<Box<dyn std::future::Future<Output = Result<(), BoxError>> + Send + 't>>;

/// A function that a migration may `call` on PostgreSQL:
/// `async fn(&tokio_postgres::Transaction<'_>) -> Result<(), E>`, where `E` is an error, a text, or a box of either, and
/// the future is `Send`.
///
/// It runs inside the migration's transaction, which it must not end, and again where another session's lock was in the
/// way.
#[cfg(feature = "tokio-postgres")]
pub trait PostgresFunction<'t>: Sync {
    /// Calls it.
    fn call(&self, transaction: &'t tokio_postgres::Transaction<'t>) -> FunctionFuture<'t>;
}

#[cfg(feature = "tokio-postgres")]
impl<'t, F, Future, E> PostgresFunction<'t> for F
where
    F: Fn(&'t tokio_postgres::Transaction<'t>) -> Future + Sync,
    Future: std::future::Future<Output = Result<(), E>> + Send + 't,
    E: Into<BoxError>,
{
    fn call(&self, transaction: &'t tokio_postgres::Transaction<'t>) -> FunctionFuture<'t> {
        let future = self(transaction);
        Box::pin(async move { future.await.map_err(Into::into) })
    }
}

/// A function that a migration may `call .. outside transaction` on PostgreSQL:
/// `async fn(&mut tokio_postgres::Client) -> Result<(), E>`, where `E` is an error, a text, or a box of either, and the
/// future is `Send`.
///
/// It makes its own transactions. It can be cut off and is called again then, so what it has done already it must leave as
/// it is. It sees the history's schema alone, and no other process migrates meanwhile.
#[cfg(feature = "tokio-postgres")]
pub trait PostgresFunctionOutside<'c>: Sync {
    /// Calls it.
    fn call(&self, client: &'c mut tokio_postgres::Client) -> FunctionFuture<'c>;
}

#[cfg(feature = "tokio-postgres")]
impl<'c, F, Future, E> PostgresFunctionOutside<'c> for F
where
    F: Fn(&'c mut tokio_postgres::Client) -> Future + Sync,
    Future: std::future::Future<Output = Result<(), E>> + Send + 'c,
    E: Into<BoxError>,
{
    fn call(&self, client: &'c mut tokio_postgres::Client) -> FunctionFuture<'c> {
        let future = self(client);
        Box::pin(async move { future.await.map_err(Into::into) })
    }
}

/// A function as a step has it.
#[derive(Clone, Copy)]
pub(crate) enum Function {
    /// For SQLite.
    #[cfg(feature = "rusqlite")]
    Sqlite(&'static dyn SqliteFunction),
    /// For PostgreSQL.
    #[cfg(feature = "tokio-postgres")]
    Postgres(&'static dyn for<'t> PostgresFunction<'t>),
    /// For PostgreSQL, with transactions of its own.
    #[cfg(feature = "tokio-postgres")]
    PostgresOutside(&'static dyn for<'c> PostgresFunctionOutside<'c>),
    /// This program does not have it.
    Elsewhere,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "rusqlite")]
            Function::Sqlite(_) => "Sqlite",
            #[cfg(feature = "tokio-postgres")]
            Function::Postgres(_) => "Postgres",
            #[cfg(feature = "tokio-postgres")]
            Function::PostgresOutside(_) => "PostgresOutside",
            Function::Elsewhere => "Elsewhere",
        })
    }
}

/// A call among the steps that a driver runs.
#[derive(Debug, Clone)]
pub(crate) struct CallJob {
    pub(crate) path: String,
    pub(crate) function: Function,
    /// Whether the function makes its own transactions.
    pub(crate) outside: bool,
}

impl PartialEq for CallJob {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.outside == other.outside
    }
}

impl Eq for CallJob {}

/// Refuses steps whose functions this program does not have.
pub(crate) fn all_here(migration: &str, steps: Steps) -> Result<(), Error> {
    match calls(steps).find(|call| matches!(call.function, Function::Elsewhere)) {
        Some(call) => Err(missing(migration, call.path)),
        None => Ok(()),
    }
}

/// Gives the steps of a stored way down the functions of the declared one, by their paths; or says which this program does
/// not have.
pub(crate) fn find(migration: &str, jobs: &mut [Job], declared: Option<&Script>) -> Result<(), Error> {
    for job in jobs {
        let JobWork::Call(job) = &mut job.work else { continue };
        let steps = match declared {
            Some(Script { down: Down::Steps(steps), .. }) => *steps,
            _ => Steps::Any(&[]),
        };
        match calls(steps).find(|call| call.path == job.path && call.outside == job.outside) {
            Some(Call { function, .. }) if !matches!(function, Function::Elsewhere) => {
                job.function = *function
            }
            _ => return Err(missing(migration, &job.path)),
        }
    }
    Ok(())
}

fn calls(steps: Steps) -> impl Iterator<Item = &'static Call> {
    let steps = match steps {
        // What is plain calls nothing.
        Steps::Plain(_) => &[],
        Steps::Any(steps) => steps,
    };
    steps.iter().filter_map(|step| match &step.work {
        Work::Call(call) => Some(call),
        _ => None,
    })
}

/// This program does not have the function.
pub(crate) fn missing(migration: &str, function: &str) -> Error {
    Error::FunctionMissing { migration: migration.to_owned(), function: function.to_owned() }
}

/// The names of what a function changed, from everything that the schema had and has by name.
pub(crate) fn changed<T: PartialEq>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
) -> Vec<String> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// A call among the static steps.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub(crate) path: &'static str,
    pub(crate) function: Function,
    /// Whether the function makes its own transactions.
    pub(crate) outside: bool,
}
