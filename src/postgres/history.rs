//! The history table on PostgreSQL: where it is, reading and writing its rows.
//!
//! Comes in: a client or a transaction. Goes out: rows. Every name is written with its schema, for
//! `search_path` can lead elsewhere. Reading never creates the table. What the rows mean is
//! `crate::history`'s.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, SimpleQueryMessage, SimpleQueryRow, Transaction};

use super::{literal, quote, while_doing};
use crate::error::Error;
use crate::history::{FORMAT, NewRow, Row};
use crate::progress::Progress;
use crate::repair::Mending;
use crate::runner::Settings;

const READING: &str = "read the history table";
const WRITING: &str = "write the history table";

/// Where the history table is or will be.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) exists: bool,
    pub(super) in_transaction: bool,
}

impl Place {
    fn sql(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.table))
    }
}

/// Finds the table in the schema that is migrated, by default the current one, and reads its last row; tells whether the
/// connection is in a transaction.
///
/// It touches nothing: a query that failed would break the caller's transaction, so the table is looked for
/// first. A setting that is local to a transaction is still there in the next message only if that is in the
/// same one.
pub(super) async fn locate(
    client: &Client,
    settings: &mut Settings<'_>,
) -> Result<(Place, Option<Row>), Error> {
    let table = settings.table.as_str();
    for schema in settings.schema.iter().chain(&settings.search_also) {
        check_schema(schema)?;
    }
    // The server would cut it, and then not find it by its whole name.
    if table.is_empty() || table.len() > 63 {
        return Err(Error::HistoryTable {
            table: table.to_owned(),
            problem: "a name has 1 to 63 bytes".to_owned(),
        });
    }
    let wanted = settings.schema.as_deref().map_or("pg_catalog.current_schema()".to_owned(), literal);
    // By the cache of names and not by a look into the catalog: a new session has neither, and this is most of what a start
    // with nothing to do costs.
    let sql = format!(
        "SELECT {wanted}, pg_catalog.to_regclass(pg_catalog.quote_ident({wanted}) || {}), \
         pg_catalog.set_config('migrate.in_transaction', 'yes', true)",
        literal(&format!(".{}", quote(table)))
    );
    let rows = query(client, &sql).await?;
    let found = rows.first().map(|row| (row.get(0), row.get(1)));
    // A schema of the system's own is the one of temporary tables, or none to put tables in.
    let own = |schema: Option<&str>| schema.is_some_and(|name| !name.starts_with("pg_"));
    let Some((Some(schema), relation)) = found.filter(|(schema, _)| own(*schema)) else {
        return Err(Error::NoSchema);
    };
    let mut place = Place {
        schema: schema.to_owned(),
        table: table.to_owned(),
        exists: relation.is_some(),
        in_transaction: false,
    };

    const FLAG: &str = "SELECT pg_catalog.current_setting('migrate.in_transaction', true)";
    let sql = if place.exists {
        format!("{FLAG}, h.* FROM (SELECT 1) AS one LEFT JOIN ({} DESC LIMIT 1) AS h ON true", select(&place))
    } else {
        FLAG.to_owned()
    };
    let rows = query(client, &sql).await.map_err(|error| not_ours(&place, error))?;
    let Some(first) = rows.first() else {
        return Ok((place, None));
    };
    place.in_transaction = first.get(0) == Some("yes");
    let last = match first.len() > 1 && first.get(1).is_some() {
        true => Some(row(&place, first, 1)?),
        false => None,
    };
    Ok((place, last))
}

/// What no schema can be called; the language says the same of the schema that a history names.
fn check_schema(name: &str) -> Result<(), Error> {
    let problem = match name {
        "" => "it is empty",
        // Even in quotes: it is no name but a value of the setting.
        "$user" => "in a search path it stands for the role's name",
        "information_schema" => "it is PostgreSQL's own",
        _ if name.starts_with("pg_") => "names that begin with `pg_` are PostgreSQL's own",
        _ if name.len() > 63 => "PostgreSQL keeps 63 bytes of a name",
        _ if name.chars().any(char::is_control) => "it holds a control character",
        _ => return Ok(()),
    };
    Err(Error::SchemaName { schema: name.to_owned(), problem })
}

/// Makes the schema where it is missing; only under the lock. Another history, which has another lock, can make it at
/// the same time: then this one is to begin again.
pub(super) async fn create_schema(transaction: &Transaction<'_>, place: &Place) -> Result<Made, Error> {
    let schema = &place.schema;
    let sql = format!("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {}", literal(schema));
    if !query(transaction, &sql).await?.is_empty() {
        return Ok(Made::There);
    }
    match transaction.batch_execute(&format!("CREATE SCHEMA {}", quote(schema))).await {
        Ok(()) => Ok(Made::There),
        Err(error) => match error.code().map(tokio_postgres::error::SqlState::code) {
            // It exists; the same, told by the catalog's unique index; or whoever makes it has not committed yet.
            Some("42P06" | "23505" | "55P03") => Ok(Made::ByAnother),
            _ => Err(Error::SchemaMissing { schema: schema.clone(), source: super::database_error(error) }),
        },
    }
}

/// What came of making the schema.
pub(super) enum Made {
    /// It is there.
    There,
    /// Another session made it at the same time, and this transaction is spoiled.
    ByAnother,
}

/// Refuses what has the name of the history table and is none, before anything is done by it.
pub(super) async fn is_table(client: &impl GenericClient, place: &Place) -> Result<(), Error> {
    let sql = format!(
        "SELECT c.relkind FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname = {}",
        literal(&place.schema),
        literal(&place.table)
    );
    let rows = query(client, &sql).await?;
    match rows.first().and_then(|row| row.get(0)) {
        None | Some("r" | "p") => Ok(()),
        Some(_) => {
            Err(Error::HistoryTable { table: place.table.clone(), problem: "it is not a table".to_owned() })
        }
    }
}

/// A table without the columns of a history table, or something that cannot be read from.
fn not_ours(place: &Place, error: Error) -> Error {
    match &error {
        Error::Database { source, .. } if matches!(source.code(), Some("42703" | "42809")) => {
            Error::HistoryTable { table: place.table.clone(), problem: source.message().to_owned() }
        }
        _ => error,
    }
}

/// All rows, in order.
pub(super) async fn all(client: &impl GenericClient, place: &Place) -> Result<Vec<Row>, Error> {
    let rows = query(client, &select(place)).await.map_err(|e| not_ours(place, e))?;
    rows.iter().map(|found| row(place, found, 0)).collect()
}

/// The row with the highest position.
pub(super) async fn last(client: &impl GenericClient, place: &Place) -> Result<Option<Row>, Error> {
    let sql = format!("{} DESC LIMIT 1", select(place));
    let rows = query(client, &sql).await.map_err(|e| not_ours(place, e))?;
    rows.first().map(|found| row(place, found, 0)).transpose()
}

/// The row with this position.
pub(super) async fn at(
    client: &impl GenericClient,
    place: &Place,
    position: i64,
) -> Result<Option<Row>, Error> {
    let sql = format!("SELECT * FROM ({}) AS h WHERE position = {position}", select(place));
    let rows = query(client, &sql).await.map_err(|e| not_ours(place, e))?;
    rows.first().map(|found| row(place, found, 0)).transpose()
}

fn select(place: &Place) -> String {
    format!(
        "SELECT position, name, checksum, chain, applied_at, duration_ms, format, progress FROM {} ORDER BY position",
        place.sql()
    )
}

/// Whether anything but the history table stands in the schema. What stands in a schema depends on it in the catalog;
/// indexes, constraints and types of rows do so through their tables, and what an extension brought is the extension's
/// (<https://www.postgresql.org/docs/current/catalog-pg-depend.html>).
pub(super) async fn has_objects(client: &impl GenericClient, place: &Place) -> Result<bool, Error> {
    let sql = format!(
        "SELECT 1 FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_namespace AS n ON n.oid = d.refobjid WHERE \
         d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.deptype = 'n' AND n.nspname = {} AND \
         d.classid <> 'pg_catalog.pg_extension'::pg_catalog.regclass AND NOT EXISTS (SELECT 1 FROM \
         pg_catalog.pg_class AS c WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid \
         AND c.relname = {}) AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS e WHERE e.classid = d.classid AND \
         e.objid = d.objid AND e.deptype = 'e') LIMIT 1",
        literal(&place.schema),
        literal(&place.table)
    );
    Ok(!query(client, &sql).await?.is_empty())
}

/// Whether a table or view of that name exists in the schema.
pub(super) async fn relation_exists(
    client: &impl GenericClient,
    place: &Place,
    name: &str,
) -> Result<bool, Error> {
    let sql = format!(
        "SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname = {} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
        literal(&place.schema),
        literal(name)
    );
    Ok(!query(client, &sql).await?.is_empty())
}

/// The stored way back of a row.
pub(super) async fn down(
    client: &impl GenericClient,
    place: &Place,
    position: i64,
) -> Result<Option<String>, Error> {
    let sql = format!("SELECT down FROM {} WHERE position = {position}", place.sql());
    let rows = query(client, &sql).await?;
    Ok(rows.first().and_then(|row| row.get(0)).map(str::to_owned))
}

/// Creates the table; only under the lock, for two that create one at the same time fail.
pub(super) async fn create(transaction: &Transaction<'_>, place: &Place) -> Result<(), Error> {
    let sql = format!(
        "CREATE TABLE {} (\n  position bigint NOT NULL PRIMARY KEY,\n  name text NOT NULL UNIQUE,\n  \
         checksum text NOT NULL,\n  chain text NOT NULL,\n  applied_at bigint NOT NULL,\n  \
         duration_ms bigint NOT NULL,\n  steps_done bigint NOT NULL,\n  progress text,\n  down text,\n  \
         format bigint NOT NULL\n)",
        place.sql()
    );
    transaction.batch_execute(&sql).await.map_err(while_doing("create the history table"))
}

pub(super) async fn insert(transaction: &Transaction<'_>, place: &Place, new: &NewRow) -> Result<(), Error> {
    let sql = format!(
        "INSERT INTO {} (position, name, checksum, chain, applied_at, duration_ms, steps_done, down, format, \
         progress) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        place.sql()
    );
    let migration = new.migration;
    // Typed, so that no statement is left prepared on a connection that a pooler may share.
    transaction
        .query_typed(
            &sql,
            &[
                (&new.position, Type::INT8),
                (&migration.name, Type::TEXT),
                (&migration.checksum, Type::TEXT),
                (&migration.chain, Type::TEXT),
                (&new.applied_at, Type::INT8),
                (&new.duration_ms, Type::INT8),
                (&new.steps_done, Type::INT8),
                (&new.down, Type::TEXT),
                (&FORMAT, Type::INT8),
                (&new.progress.as_ref().map(Progress::text), Type::TEXT),
            ],
        )
        .await
        .map(drop)
        .map_err(while_doing(WRITING))
}

/// Writes new rows, none of which waits for its own answer.
pub(super) async fn insert_all(
    transaction: &Transaction<'_>,
    place: &Place,
    new: &[NewRow],
) -> Result<(), Error> {
    let columns: Vec<String> = (1..=10).map(|number| format!("pg_catalog.unnest(${number})")).collect();
    let sql = format!(
        "INSERT INTO {} (position, name, checksum, chain, applied_at, duration_ms, steps_done, down, format, \
         progress) SELECT * FROM ROWS FROM ({})",
        place.sql(),
        columns.join(", ")
    );
    let numbers = |of: fn(&NewRow) -> i64| new.iter().map(of).collect::<Vec<i64>>();
    let texts = |of: fn(&NewRow) -> &'static str| new.iter().map(of).collect::<Vec<&str>>();
    let down: Vec<Option<&str>> = new.iter().map(|row| row.down.as_deref()).collect();
    let progress: Vec<Option<String>> =
        new.iter().map(|row| row.progress.as_ref().map(Progress::text)).collect();
    transaction
        .query_typed(
            &sql,
            &[
                (&numbers(|row| row.position), Type::INT8_ARRAY),
                (&texts(|row| row.migration.name), Type::TEXT_ARRAY),
                (&texts(|row| row.migration.checksum), Type::TEXT_ARRAY),
                (&texts(|row| row.migration.chain), Type::TEXT_ARRAY),
                (&numbers(|row| row.applied_at), Type::INT8_ARRAY),
                (&numbers(|row| row.duration_ms), Type::INT8_ARRAY),
                (&numbers(|row| row.steps_done), Type::INT8_ARRAY),
                (&down, Type::TEXT_ARRAY),
                (&numbers(|_| FORMAT), Type::INT8_ARRAY),
                (&progress, Type::TEXT_ARRAY),
            ],
        )
        .await
        .map(drop)
        .map_err(while_doing(WRITING))
}

/// Writes how far a migration has come, over a row that stands as `row` says; the row as it is then.
pub(super) async fn record(
    client: &impl GenericClient,
    place: &Place,
    row: &Row,
    steps_done: usize,
    now: Row,
) -> Result<Row, Error> {
    let sql = format!(
        "UPDATE {} SET progress = $1, steps_done = $2, duration_ms = $3, applied_at = $4 WHERE position = $5 AND \
         name = $6 AND progress IS NOT DISTINCT FROM $7 RETURNING position",
        place.sql()
    );
    let written = client
        .query_typed(
            &sql,
            &[
                (&now.progress, Type::TEXT),
                (&(steps_done as i64), Type::INT8),
                (&now.duration_ms, Type::INT8),
                (&now.applied_at, Type::INT8),
                (&row.position, Type::INT8),
                (&row.name, Type::TEXT),
                (&row.progress, Type::TEXT),
            ],
        )
        .await
        .map_err(while_doing(WRITING))?;
    row.written_once(&place.table, written.len()).map(|()| now)
}

/// Writes what a row should say, over one that stands as it was read.
pub(super) async fn mend(
    transaction: &Transaction<'_>,
    place: &Place,
    mending: &Mending,
) -> Result<(), Error> {
    let sql = format!(
        "UPDATE {} SET name = $1, checksum = $2, chain = $3, down = $4 WHERE position = $5 AND name = $6 AND \
         checksum = $7 AND progress IS NULL RETURNING position",
        place.sql()
    );
    let Mending { row, migration, down, .. } = mending;
    let written = transaction
        .query_typed(
            &sql,
            &[
                (&migration.name, Type::TEXT),
                (&migration.checksum, Type::TEXT),
                (&migration.chain, Type::TEXT),
                (down, Type::TEXT),
                (&row.position, Type::INT8),
                (&row.name, Type::TEXT),
                (&row.checksum, Type::TEXT),
            ],
        )
        .await
        .map_err(while_doing(WRITING))?;
    row.written_once(&place.table, written.len())
}

/// Takes a row away; an error where that was not exactly one.
pub(super) async fn delete(client: &impl GenericClient, place: &Place, row: &Row) -> Result<(), Error> {
    let sql = format!(
        "DELETE FROM {} WHERE position = $1 AND name = $2 AND progress IS NOT DISTINCT FROM $3 RETURNING position",
        place.sql()
    );
    let deleted = client
        .query_typed(
            &sql,
            &[(&row.position, Type::INT8), (&row.name, Type::TEXT), (&row.progress, Type::TEXT)],
        )
        .await
        .map_err(while_doing(WRITING))?;
    row.deleted_once(&place.table, deleted.len())
}

/// The rows of a simple query, which needs no prepared statement.
async fn query(client: &impl GenericClient, sql: &str) -> Result<Vec<SimpleQueryRow>, Error> {
    let messages = client.simple_query(sql).await.map_err(while_doing(READING))?;
    Ok(messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .collect())
}

fn row(place: &Place, found: &SimpleQueryRow, first: usize) -> Result<Row, Error> {
    let problem = |what: &str| Error::HistoryTable {
        table: place.table.clone(),
        problem: format!("a row has no usable {what}"),
    };
    let text = |index: usize, what: &str| match found.try_get(first + index) {
        Ok(Some(text)) => Ok(text.to_owned()),
        _ => Err(problem(what)),
    };
    let number = |index: usize, what: &str| text(index, what)?.parse::<i64>().map_err(|_| problem(what));
    Ok(Row {
        position: number(0, "position")?,
        name: text(1, "name")?,
        checksum: text(2, "checksum")?,
        chain: text(3, "chain")?,
        applied_at: number(4, "applied_at")?,
        duration_ms: number(5, "duration_ms")?,
        format: number(6, "format")?,
        progress: found.try_get(first + 7).map_err(|_| problem("progress"))?.map(str::to_owned),
    })
}
