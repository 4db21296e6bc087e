//! What happens in a run, as events of `tracing` under the target `migrate`.
//!
//! Comes in: the same events that a listener gets. Goes out: events with their fields, in the words of the listener's.

use tracing::{debug, info, warn};

use crate::event::Event;

/// Tells `tracing`: what holds a run up is a warning, what a step does is for who looks closely.
pub(crate) fn tell(event: &Event) {
    match event {
        Event::Waiting { waited } => {
            warn!(target: "migrate", waited_ms = waited.as_millis() as u64, "{event}")
        }
        Event::Retrying { migration, attempt, .. } => {
            warn!(target: "migrate", migration = %migration, attempt = *attempt, "{event}");
        }
        Event::Fresh { migration, migrations, statements } => {
            info!(target: "migrate", migration = %migration, migrations = *migrations, statements = *statements, "{event}");
        }
        Event::Started { migration, steps, .. } => {
            info!(target: "migrate", migration = %migration, steps = *steps, "{event}");
        }
        Event::Finished { migration, took, .. } => {
            info!(target: "migrate", migration = %migration, took_ms = took.as_millis() as u64, "{event}");
        }
        Event::Calling { migration, function } => {
            info!(target: "migrate", migration = %migration, function = %function, "{event}");
        }
        Event::Step { migration, step, .. } => {
            debug!(target: "migrate", migration = %migration, step = *step, "{event}");
        }
        Event::Copied { migration, table, rows } | Event::Batch { migration, table, rows } => {
            debug!(target: "migrate", migration = %migration, table = %table, rows = *rows, "{event}");
        }
    }
}
