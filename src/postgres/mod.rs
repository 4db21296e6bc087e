//! PostgreSQL through `tokio-postgres`: the verbs.
//!
//! Comes in: a client that the caller lends, and the settings. Goes out: a migrated database and a report, or
//! an error. A future that is dropped on the way leaves no lock and no half migration. It must not know how
//! SQL is made, only how it is run.

mod apply;
mod baseline;
mod call;
mod fresh;
mod history;
mod lock;
mod outside;
mod plan;
mod probe;
mod repair;
mod session;
mod steps;

use tokio_postgres::Client;

use crate::error::database::Parts;
use crate::error::{DatabaseError, Error};
use crate::event::Direction;
use crate::fresh::Fresh;
use crate::history::{begun, check_format, status, to_revert, todo, way_back};
use crate::migration::Migration;
use crate::plan::Plan;
use crate::probe::{Preflight, refuse};
use crate::repair::{Repair, Repaired};
use crate::report::{Report, Status};
use crate::runner::{Revert, Settings, sealed};
use crate::script::are_outside;

impl sealed::AsyncDriver for Client {
    async fn run(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        run(self, settings).await
    }

    async fn revert(&mut self, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error> {
        revert(self, settings, how).await
    }

    async fn baseline(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        baseline::baseline(self, settings).await
    }

    async fn repair(&mut self, settings: &mut Settings<'_>, how: Repair) -> Result<Repaired, Error> {
        repair::repair(self, settings, how).await
    }

    async fn plan(&mut self, settings: &mut Settings<'_>) -> Result<Plan, Error> {
        plan::plan(self, settings).await
    }

    async fn status(&mut self, settings: &mut Settings<'_>) -> Result<Status, Error> {
        let (place, _) = history::locate(self, settings).await?;
        history::is_table(self, &place).await?;
        let rows = if place.exists { history::all(self, &place).await? } else { Vec::new() };
        check_format(&place.table, rows.last())?;
        status(&place.table, &rows, settings.migrations)
    }
}

async fn run(client: &mut Client, settings: &mut Settings<'_>) -> Result<Report, Error> {
    let stop = settings.stop()?;
    let mut report =
        Report { direction: Direction::Up, migrations: Vec::new(), applied: 0, unknown: Vec::new() };

    // The fast path: the last row alone tells whether there is anything to do.
    let (mut place, last) = last_row(client, settings).await?;
    let wanted = stop.checked_sub(1).map(|i| settings.migrations[i]);
    if let (Some(last), Some(wanted)) = (&last, wanted)
        && last.chain == wanted.chain
        && last.name == wanted.name
        && last.progress.is_none()
    {
        report.applied = stop;
        return Ok(report);
    }

    // What may not be done at all is said before any lock is asked for.
    history::is_table(client, &place).await?;
    let mut rows = if place.exists { history::all(client, &place).await? } else { Vec::new() };
    let mut preflight = Preflight::default();
    loop {
        check_format(&place.table, rows.last())?;
        let todo = todo(&place.table, &rows, settings.migrations, stop, settings.allow_newer)?;
        report.applied = todo.applied;
        report.unknown = todo.unknown;
        if todo.pending.is_empty() {
            return Ok(report);
        }
        apply::all_compiled(todo.pending)?;
        let questions = preflight.due(todo.pending, todo.applied, Migration::postgres, settings.ask_first);
        let found = probe::before_anything(client, settings, &place, &questions).await?;
        if !found.is_empty() {
            // Unless another process has migrated meanwhile, and the rows are as they are after that.
            let now = if place.exists { history::all(client, &place).await? } else { Vec::new() };
            if now == rows {
                refuse(found)?;
            }
            rows = now;
            continue;
        }
        if let (Some(progress), Some(&migration), Some(row)) = (todo.begun, todo.pending.first(), rows.last())
        {
            let plan = steps::Plan::up(migration)?;
            let done = outside::go_on(client, settings, &place, &plan, row, progress).await?;
            report.migrations.extend(done);
            rows = history::all(client, &place).await?;
            continue;
        }
        if let Some(fresh) = Fresh::of(settings, todo.applied, todo.pending, Migration::postgres) {
            match fresh::apply(client, settings, &place, &fresh).await? {
                Some((now, done)) => {
                    rows = now;
                    place.exists = true;
                    report.migrations.extend(done);
                    continue;
                }
                None => settings.replay = true,
            }
        }
        // One migration, one transaction. The rows come back as they were read under the lock, with the new
        // one.
        let (now, done) = apply::next(client, settings, &place, stop, rows).await?;
        rows = now;
        place.exists = !rows.is_empty() || place.exists;
        report.migrations.extend(done);
    }
}

async fn revert(client: &mut Client, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error> {
    let (place, _) = located_outside_transaction(client, settings).await?;
    let rows = if place.exists { history::all(client, &place).await? } else { Vec::new() };
    check_format(&place.table, rows.last())?;
    begun(&place.table, &rows)?;
    let chosen: Vec<_> = to_revert(&rows, &how)?.into_iter().cloned().collect();
    let mut report = Report {
        direction: Direction::Down,
        migrations: Vec::new(),
        applied: rows.len() - chosen.len(),
        unknown: Vec::new(),
    };
    // All of them can be reverted, or none is.
    let mut plans = Vec::with_capacity(chosen.len());
    for row in &chosen {
        let declared = settings.declared(&row.name).and_then(|m| Some((m, m.postgres()?)));
        let progress = way_back(&place.table, row, declared)?;
        plans.push((steps::Plan::down(client, settings, &place, row).await?, progress));
    }
    for ((plan, progress), row) in plans.into_iter().zip(&chosen) {
        let done = match are_outside(&plan.jobs) {
            true => outside::back(client, settings, &place, &plan, row, progress).await?,
            false => apply::back(client, settings, &place, &plan, row).await?,
        };
        report.migrations.extend(done);
    }
    Ok(report)
}

/// The history table and its last row, for whoever goes on from there.
async fn located_outside_transaction(
    client: &Client,
    settings: &mut Settings<'_>,
) -> Result<(history::Place, Option<crate::history::Row>), Error> {
    let (place, last) = last_row(client, settings).await?;
    history::is_table(client, &place).await?;
    Ok((place, last))
}

/// All that a run with nothing to do has to know.
async fn last_row(
    client: &Client,
    settings: &mut Settings<'_>,
) -> Result<(history::Place, Option<crate::history::Row>), Error> {
    let (place, last) = history::locate(client, settings).await?;
    if place.in_transaction {
        return Err(Error::InTransaction);
    }
    check_format(&place.table, last.as_ref())?;
    Ok((place, last))
}

/// The one way in which this driver writes a name into SQL.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The one way in which this driver writes a string into SQL: right whatever `standard_conforming_strings`
/// says.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A lock that was not given in time, a deadlock, a serialization failure.
const BUSY: [&str; 3] = ["55P03", "40P01", "40001"];

/// What the server or the driver said, in the form for all drivers. PostgreSQL's detail, which holds values
/// of rows, is kept apart.
fn database_error(error: tokio_postgres::Error) -> DatabaseError {
    let Some(db) = error.as_db_error() else {
        // Without an answer of the server it is the connection that failed, or a value that could not be
        // sent.
        return DatabaseError::new(Parts {
            message: error.to_string(),
            connection_lost: true,
            ..Parts::default()
        });
    };
    let code = db.code().code();
    DatabaseError::new(Parts {
        code: Some(code.to_owned()),
        message: db.message().to_owned(),
        hint: db.hint().map(str::to_owned),
        detail: db.detail().map(str::to_owned),
        table: db.table().map(str::to_owned),
        column: db.column().map(str::to_owned),
        constraint: db.constraint().map(str::to_owned),
        // The session was ended from outside, or the server is going down.
        connection_lost: matches!(code, "57P01" | "57P02" | "57P05") || code.starts_with("08"),
        // Or another session made the same extension or schema at the same time, as the catalog's unique index tells.
        busy: BUSY.contains(&code) || (code == "23505" && db.schema() == Some("pg_catalog")),
    })
}

/// Says what was being done when it failed.
fn while_doing(doing: &'static str) -> impl Fn(tokio_postgres::Error) -> Error {
    move |error| match error.code().map(tokio_postgres::error::SqlState::code) {
        // The transaction of the caller has already failed: nothing is answered before it ends.
        Some("25P02") => Error::InTransaction,
        _ => Error::Database { doing, source: database_error(error) },
    }
}
