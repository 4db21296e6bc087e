//! What a run would do on PostgreSQL: reads alone, in transactions that cannot write.

use tokio_postgres::Client;

use super::{apply, history, probe};
use crate::error::Error;
use crate::fresh::Fresh;
use crate::history::{check_format, todo};
use crate::migration::Migration;
use crate::plan::Plan;
use crate::runner::Settings;

pub(super) async fn plan(client: &mut Client, settings: &mut Settings<'_>) -> Result<Plan, Error> {
    let stop = settings.stop()?;
    let (place, _) = super::located_outside_transaction(client, settings).await?;
    let rows = if place.exists { history::all(client, &place).await? } else { Vec::new() };
    check_format(&place.table, rows.last())?;
    let todo = todo(&place.table, &rows, settings.migrations, stop, settings.allow_newer)?;
    for migration in todo.pending {
        migration.postgres().ok_or_else(|| apply::not_compiled(migration))?;
    }
    let fresh = match Fresh::of(settings, todo.applied, todo.pending, Migration::postgres) {
        Some(fresh) if !history::has_objects(client, &place).await? => Some(fresh),
        _ => None,
    };
    let (mut plan, questions) = Plan::new(todo, fresh, Migration::postgres);
    let answers = probe::answers(client, settings, &place, &questions).await?;
    for (question, answer) in questions.iter().zip(answers) {
        plan.answered(question, answer);
    }
    Ok(plan)
}
