//! What a run would do on SQLite: reads alone, and takes no lock that outlasts a query.

use rusqlite::Connection;

use super::{apply, checks, fresh, history, lock, probe, read_history};
use crate::error::Error;
use crate::history::{check_format, todo};
use crate::migration::Migration;
use crate::plan::Plan;
use crate::runner::Settings;

pub(super) fn plan(connection: &Connection, settings: &mut Settings<'_>) -> Result<Plan, Error> {
    let stop = settings.stop()?;
    let _waiting = lock::OwnWaiting::start(connection)?;
    let table = settings.table.clone();
    let rows = read_history(settings, || history::all(connection, &table))?;
    check_format(&table, rows.last())?;
    let todo = todo(&table, &rows, settings.migrations, stop, settings.allow_newer)?;
    for &migration in todo.pending {
        apply::script(migration)?;
    }
    let fresh = fresh::first(connection, settings, todo.applied, todo.pending)?;
    let (mut plan, questions) = Plan::new(todo, fresh, Migration::sqlite);
    for step in plan.migrations.iter_mut().flat_map(|migration| &mut migration.steps) {
        // A table that a migration before makes has no rows to count yet.
        let count = step.rebuilds.as_deref().and_then(|table| checks::count(connection, table).ok());
        step.copies = count.and_then(|rows| u64::try_from(rows).ok());
    }
    for question in &questions {
        plan.answered(question, probe::ask(connection, settings, question));
    }
    Ok(plan)
}
