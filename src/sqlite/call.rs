//! Calling a function of the application on SQLite.
//!
//! Comes in: a connection inside the migration's transaction, and the call. Goes out: the function's rows, with the
//! transaction, the schema and the connection's settings as they were, or what it did wrong. It must not know what else
//! the migration does.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::apply::Place;
use super::lock::Settled;
use super::{database_error, while_doing};
use crate::call::{CallJob, Function, changed, missing};
use crate::error::{BoxError, Error};
use crate::script::Job;

/// Calls it. A savepoint tells whether the transaction is still the same afterwards: a `COMMIT` followed by a `BEGIN` would
/// otherwise go unseen.
pub(super) fn call(
    connection: &Connection,
    place: &Place<'_>,
    job: &Job,
    call: &CallJob,
) -> Result<(), Error> {
    const SET: &str = "SAVEPOINT `__migrate_call`";
    const RELEASE: &str = "RELEASE `__migrate_call`";
    let Function::Sqlite(function) = call.function else {
        return Err(missing(place.migration, &call.path));
    };
    let schema = || objects(connection).map_err(while_doing("read the schema"));
    let before = schema()?;
    connection.execute_batch(SET).map_err(|error| place.failed(job, SET, error))?;
    let result = {
        let _settled = Settled::keep(connection)?;
        function.call(connection).map_err(readable)
    };
    let ended = |source| job.transaction_ended(place.migration, place.file, source);
    // After an error too: what the function committed before it is kept, and nothing else would tell.
    let released = match connection.is_autocommit() {
        true => Err(()),
        false => connection.execute_batch(RELEASE).map_err(drop),
    };
    match (result, released) {
        (Err(source), Ok(())) => Err(job.function_failed(place.migration, place.file, source)),
        (Err(source), Err(())) => Err(ended(Some(source))),
        (Ok(()), Err(())) => Err(ended(None)),
        (Ok(()), Ok(())) => {
            let changed = changed(&before, &schema()?);
            match changed.is_empty() {
                true => Ok(()),
                false => Err(job.schema_changed(place.migration, place.file, changed)),
            }
        }
    }
}

/// An error of the driver in the form that prints no values of rows.
pub(super) fn readable(error: BoxError) -> BoxError {
    match error.downcast::<rusqlite::Error>() {
        Ok(error) => Box::new(database_error(*error)),
        Err(other) => other,
    }
}

/// Everything that the schema has, each with its text.
pub(super) type Objects = BTreeMap<String, (String, Option<String>)>;

/// SQLite's own tables come and go with `ANALYZE`. Temporary objects are the function's own affair, unless SQL that names
/// something of the schema would find them first, or set them off.
pub(super) fn objects(connection: &Connection) -> rusqlite::Result<Objects> {
    connection
        .prepare(
            "SELECT name, tbl_name, sql FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' \
             UNION ALL SELECT 'temp.' || t.name, t.tbl_name, t.sql FROM temp.sqlite_schema AS t WHERE EXISTS \
             (SELECT 1 FROM main.sqlite_schema AS m WHERE m.name COLLATE NOCASE IN (t.name, t.tbl_name))",
        )
        .and_then(|mut statement| {
            statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
        })
}
