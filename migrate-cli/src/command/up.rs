//! `migrate up`: applies what is pending.

use std::collections::HashSet;

use migrate::{Event, History, State, Status};
use migrate_core::compile::Migration;
use migrate_core::dialect::{Work, exported};
use migrate_core::target::Dialect;
use serde_json::json;

use super::{counted, print_report, runner, say_where};
use crate::args::{Common, Connect, Format, Up};
use crate::database::session::{self, Missing, Session};
use crate::database::{self, failure};
use crate::failure::Failure;
use crate::source::{self, Loaded};
use crate::{calls, history, output};

pub fn run(common: &Common, args: &Up) -> Result<(), Failure> {
    let database = database::named(&args.connect)?;
    let loaded = source::load(common)?;
    loaded.must_run_on(database.dialect())?;
    let target = args.target_version.as_deref().map(|name| loaded.migration(name)).transpose()?;
    let target = target.map(|m| m.name.clone());
    let history = history::leak(&loaded.compiled);
    let missing = match (args.dry_run, args.create) {
        (true, true) => Missing::Pretend,
        (false, true) => Missing::Create,
        (_, false) => Missing::Refuse,
    };
    let mut session = session::open(&database, missing)?;
    let target = counted_target(&mut session, history, args)?.or(target);
    let status = status(&mut session, history, &args.connect)?;
    refuse_calls(&loaded, database.dialect(), &status, target.as_deref())?;
    if args.dry_run {
        return print_plan(common, &loaded, database.dialect(), &status, target.as_deref());
    }
    let dialect = database.dialect();
    let mut runner = runner(history, &args.connect)
        .wait_for_peer(args.lock_timeout)
        .on_event(move |event| tell(event, dialect));
    if let Some(target) = target {
        runner = runner.target(target);
    }
    say_where(common, &database);
    let report = session.run(runner).map_err(|error| failure::of_run(&error, &loaded))?;
    print_report(common.format, &report)
}

/// One line for a migration. On PostgreSQL each is committed by itself; on SQLite nothing is kept before the end of the
/// run, so that only the beginning can be told.
fn tell(event: &Event, dialect: Dialect) {
    match (event, dialect) {
        (Event::Step { .. }, _)
        | (Event::Started { .. }, Dialect::Postgres)
        | (Event::Finished { .. }, Dialect::Sqlite) => {}
        _ => output::progress(&output::printable(&event.to_string())),
    }
}

/// The last of the next so many migrations, where the number says less than all.
fn counted_target(
    session: &mut Session,
    history: &'static History,
    args: &Up,
) -> Result<Option<String>, Failure> {
    let Some(number) = args.number else { return Ok(None) };
    let status = status(session, history, &args.connect)?;
    // Where history and database do not agree, the run itself says how; no target hides that.
    Ok(status.pending().nth(number.get() - 1).map(|m| m.migration.clone()))
}

fn status(session: &mut Session, history: &'static History, connect: &Connect) -> Result<Status, Failure> {
    session.status(runner(history, connect)).map_err(|error| failure::plain(&error))
}

/// What would be applied, up to the target.
fn pending<'a>(
    loaded: &'a Loaded,
    status: &'a Status,
    target: Option<&str>,
) -> impl Iterator<Item = &'a Migration> {
    let all = &loaded.compiled.migrations;
    let stop = target.and_then(|t| all.iter().position(|m| m.name == t));
    let names: HashSet<&str> = status.pending().map(|m| m.migration.as_str()).collect();
    all[..stop.map_or(all.len(), |i| i + 1)].iter().filter(move |m| names.contains(m.name.as_str()))
}

/// A migration that calls a function of the application stops all, before anything is touched.
fn refuse_calls(
    loaded: &Loaded,
    dialect: Dialect,
    status: &Status,
    target: Option<&str>,
) -> Result<(), Failure> {
    let mut before = None;
    for migration in pending(loaded, status, target) {
        if let Some(call) = calls::up(migration, dialect) {
            let failure = calls::refused(&call, loaded);
            return Err(match before {
                None => failure.help("run the application: it applies its migrations"),
                Some(last) => failure.help(format!(
                    "run the application; `--target-version {last}` applies what comes before"
                )),
            });
        }
        before = Some(&migration.name);
    }
    Ok(())
}

/// The SQL that would run. Only the history table is read.
fn print_plan(
    common: &Common,
    loaded: &Loaded,
    dialect: Dialect,
    status: &Status,
    target: Option<&str>,
) -> Result<(), Failure> {
    refuse_disagreement(status)?;
    let plan: Vec<(&str, String)> = pending(loaded, status, target)
        .map(|m| {
            let pieces = m.script(dialect).map(|s| s.up.as_slice()).unwrap_or_default();
            let works: Vec<Work> = pieces.iter().map(|p| p.work.clone()).collect();
            (m.name.as_str(), exported(dialect, &works))
        })
        .collect();
    match common.format {
        Format::Json => {
            output::json(&plan.iter().map(|(name, sql)| json!({"name": name, "sql": sql})).collect())
        }
        Format::Text => {
            output::progress(&format!("{} would be applied", counted(plan.len(), "migration")));
            let parts = plan.iter().map(|(name, sql)| format!("-- {name}\n{sql}"));
            output::result(&parts.collect::<Vec<_>>().join("\n"))
        }
    }
}

/// What a run would refuse as well.
fn refuse_disagreement(status: &Status) -> Result<(), Failure> {
    for migration in &status.migrations {
        let name = output::printable(&migration.migration);
        match migration.state {
            State::Changed { .. } => {
                return Err(Failure::refused(format!("migration `{name}` was changed after it was applied"))
                    .help("restore it, and write a new migration"));
            }
            State::Unknown { .. } => {
                let message = format!("the database has the migration `{name}`, which this history has not");
                return Err(Failure::refused(message));
            }
            _ => {}
        }
    }
    Ok(())
}
