//! Calling a function of the application on PostgreSQL.
//!
//! Comes in: the migration's transaction, and the call. Goes out: the function's rows, with the transaction and the schema
//! as they were, or what it did wrong. It must not know what else the migration does.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use tokio_postgres::{GenericClient, SimpleQueryMessage, Transaction};

use super::history::Place;
use super::steps::Plan;
use super::{database_error, literal, lock, while_doing};
use crate::call::{CallJob, Function, changed, missing};
use crate::error::{BoxError, DatabaseError, Error};
use crate::runner::Settings;
use crate::script::Job;

/// Calls it. A savepoint tells whether the transaction is still the same afterwards, and whether it still works.
pub(super) async fn call(
    transaction: &Transaction<'_>,
    settings: &mut Settings<'_>,
    place: &Place,
    plan: &Plan,
    job: &Job,
    call: &CallJob,
) -> Result<(), Error> {
    const SET: &str = "SAVEPOINT __migrate_call";
    const RELEASE: &str = "RELEASE SAVEPOINT __migrate_call";
    const BACK: &str = "ROLLBACK TO SAVEPOINT __migrate_call";
    let Function::Postgres(function) = call.function else {
        return Err(missing(&plan.migration, &call.path));
    };
    let ended = |source| job.transaction_ended(&plan.migration, &plan.file, source);
    let before = objects(transaction, place).await?;
    transaction.batch_execute(SET).await.map_err(|error| plan.failed(job, SET, error))?;
    if let Err(source) = function.call(transaction).await {
        let source = readable(source);
        // Where the savepoint is gone, so is the transaction; with the connection nothing is known of either.
        return Err(match transaction.batch_execute(BACK).await {
            Err(error) if error.as_db_error().is_some() => ended(Some(source)),
            _ => job.function_failed(&plan.migration, &plan.file, source),
        });
    }
    if let Err(error) = transaction.batch_execute(RELEASE).await {
        return Err(match error.code().map(|code| code.code()) {
            Some("25P02") => job.error_ignored(&plan.migration, &plan.file),
            Some(_) => ended(None),
            None => plan.failed(job, RELEASE, error),
        });
    }
    // It may have changed any setting, and how views read depends on them.
    lock::pin_settings(transaction, place, settings).await?;
    let changed = changed(&before, &objects(transaction, place).await?);
    match changed.is_empty() {
        true => Ok(()),
        false => Err(job.schema_changed(&plan.migration, &plan.file, changed)),
    }
}

/// An error of the driver in the form that prints no values of rows.
pub(super) fn readable(error: BoxError) -> BoxError {
    match error.downcast::<tokio_postgres::Error>() {
        Ok(error) => Box::new(database_error(*error)),
        Err(other) => other,
    }
}

/// Whether it came, in the end, of a lock of another session.
pub(super) fn is_busy(error: &(dyn StdError + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(here) = error {
        let said = here.downcast_ref::<DatabaseError>().is_some_and(DatabaseError::is_busy);
        let code = here.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code);
        if said || code.is_some_and(|code| super::BUSY.contains(&code.code())) {
            return true;
        }
        error = here.source();
    }
    false
}

/// Everything that the schema has, each with its shape.
pub(super) type Objects = BTreeMap<String, String>;

/// Tables, views, indexes and sequences with their columns, constraints and triggers.
pub(super) async fn objects(client: &impl GenericClient, place: &Place) -> Result<Objects, Error> {
    let sql = format!(
        "SELECT c.relname, pg_catalog.concat_ws(E'\\n', c.relkind, \
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END, \
         CASE WHEN c.relkind IN ('i', 'I') THEN pg_catalog.pg_get_indexdef(c.oid) END, \
         (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, \
         pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attcollation, \
         pg_catalog.pg_get_expr(d.adbin, d.adrelid)), E'\\n' ORDER BY a.attnum) \
         FROM pg_catalog.pg_attribute AS a LEFT JOIN pg_catalog.pg_attrdef AS d \
         ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
         (SELECT pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid), E'\\n' \
         ORDER BY k.conname) FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid), \
         (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', t.tgname, t.tgenabled), E'\\n' ORDER BY t.tgname) \
         FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)) \
         FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = {}",
        literal(&place.schema)
    );
    let answer = client.simple_query(&sql).await.map_err(while_doing("read the schema"))?;
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((row.get(0).unwrap_or_default().to_owned(), row.get(1).unwrap_or_default().to_owned()))
        }
        _ => None,
    });
    Ok(rows.collect())
}
