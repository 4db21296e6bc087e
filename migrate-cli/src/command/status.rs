//! `migrate status`: what is applied, pending, changed, or not in this history. Writes nothing.

use std::time::SystemTime;

use migrate::{MigrationStatus, State};
use serde_json::{Value, json};

use super::{runner, say_where};
use crate::args::{Common, Format, Status};
use crate::database::session::{self, Missing};
use crate::database::{self, failure};
use crate::failure::{Exit, Failure};
use crate::source;
use crate::{history, output};

pub fn run(common: &Common, args: &Status) -> Result<(), Failure> {
    let database = database::named(&args.connect)?;
    let loaded = source::load(common)?;
    loaded.must_run_on(database.dialect())?;
    let history = history::leak(&loaded.compiled);
    let mut session = session::open(&database, Missing::Refuse)?;
    let status = session.status(runner(history, &args.connect)).map_err(|error| failure::plain(&error))?;
    match common.format {
        Format::Text => {
            say_where(common, &database);
            output::result(&table(&status.migrations))?;
        }
        Format::Json => output::json(&status.migrations.iter().map(object).collect())?,
    }
    match args.exit_code && !status.is_current() {
        true => Err(Failure::said(Exit::Refused)),
        false => Ok(()),
    }
}

fn table(migrations: &[MigrationStatus]) -> String {
    if migrations.is_empty() {
        return "no migrations\n".to_owned();
    }
    let names: Vec<String> = migrations.iter().map(|m| output::printable(&m.migration)).collect();
    let width = names.iter().map(|n| n.chars().count()).max().unwrap_or(0).max("migration".len());
    let words = migrations.iter().map(|m| word(m.state).len()).max().unwrap_or(0).max("applied".len());
    let mut text = format!("{:<words$}  {:width$}  applied at\n", "state", "migration");
    for (name, migration) in names.iter().zip(migrations) {
        let at = applied_at(migration.state).unwrap_or_default();
        let line = format!("{:<words$}  {name:width$}  {at}", word(migration.state));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn object(migration: &MigrationStatus) -> Value {
    json!({
        "name": migration.migration,
        "state": word(migration.state),
        "applied_at": applied_at(migration.state),
        "duration_ms": match migration.state {
            State::Applied { took, .. } => Some(took.as_millis() as u64),
            _ => None,
        },
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Applied { .. } => "applied",
        State::Pending => "pending",
        State::Changed { .. } => "changed",
        State::Unfinished { .. } => "unfinished",
        _ => "unknown",
    }
}

fn applied_at(state: State) -> Option<String> {
    let at: SystemTime = match state {
        State::Applied { at, .. }
        | State::Changed { at }
        | State::Unknown { at }
        | State::Unfinished { at } => at,
        _ => return None,
    };
    Some(humantime::format_rfc3339_seconds(at).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn times_are_utc() {
        let at = UNIX_EPOCH + Duration::from_secs(1_795_424_707);
        assert_eq!(applied_at(State::Changed { at }).unwrap(), "2026-11-23T09:05:07Z");
        assert_eq!(applied_at(State::Pending), None);
    }
}
