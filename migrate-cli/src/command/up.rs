//! `migrate up`: applies what is pending.

use std::collections::HashSet;

use migrate::{Event, History, Status};
use migrate_core::compile::Migration;
use migrate_core::target::Dialect;

use super::{counted_target, plan, print_report, runner, say_where};
use crate::args::{Common, Connect, Up};
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
    let target = counted_target(&mut session, history, &args.connect, args.number)?.or(target);
    let status = status(&mut session, history, &args.connect)?;
    refuse_calls(&loaded, database.dialect(), &status, target.as_deref())?;
    if args.dry_run {
        return plan::show(common, &loaded, &mut session, history, &args.connect, target, false);
    }
    let dialect = database.dialect();
    let mut runner = runner(history, &args.connect)
        .ask_first(!args.no_preflight)
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
