//! `migrate down`: takes migrations back. This can delete data, so it is done only where somebody said so.

use migrate::{Event, Revert, State, Status};
use migrate_core::target::Dialect;
use serde_json::json;

use super::{counted, print_report, runner, say_where};
use crate::args::{Common, Down, Format};
use crate::database::session::{self, Missing};
use crate::database::{self, Database, failure};
use crate::failure::Failure;
use crate::source::{self, Loaded};
use crate::{calls, confirm, history, output};

pub fn run(common: &Common, args: &Down) -> Result<(), Failure> {
    let database = database::named(&args.connect)?;
    let loaded = source::load(common)?;
    loaded.must_run_on(database.dialect())?;
    if !args.yes && !args.dry_run && !confirm::somebody_is_there() {
        return Err(Failure::input("taking migrations back can delete data, and nobody can be asked here")
            .help("`--yes` says that it may; `--dry-run` shows what would be taken back"));
    }
    let history = history::leak(&loaded.compiled);
    let mut session = session::open(&database, Missing::Refuse)?;
    let status = session.status(runner(history, &args.connect)).map_err(|error| failure::plain(&error))?;
    let names = chosen(&loaded, &status, args)?;
    refuse_calls(&loaded, database.dialect(), &names)?;
    if args.dry_run {
        return print_plan(common, &names);
    }
    if !names.is_empty() && !args.yes {
        confirm(&database, &names)?;
    }
    // By the name that stays, and not by number: what another process takes back meanwhile is not counted again.
    let applied = applied(&status);
    let how = match (names.len(), applied.len().checked_sub(names.len() + 1)) {
        (0, _) => Revert::Last(0),
        (_, Some(last)) => Revert::To(applied[last]),
        (_, None) => Revert::All,
    };
    let runner = runner(history, &args.connect).wait_for_peer(args.lock_timeout).on_event(tell);
    say_where(common, &database);
    let report = session.revert(runner, how).map_err(|error| failure::plain(&error))?;
    print_report(common.format, &report)
}

/// A way down that calls a function of the application stops all. What counts is what was stored when a migration was
/// applied, which the run looks at again.
fn refuse_calls(loaded: &Loaded, dialect: Dialect, names: &[&str]) -> Result<(), Failure> {
    let declared = |name: &&str| loaded.compiled.migrations.iter().find(|m| m.name == *name);
    let call = names.iter().filter_map(declared).find_map(|migration| calls::down(migration, dialect));
    match call {
        Some(call) => Err(calls::refused(&call, loaded).help("revert it in the application")),
        None => Ok(()),
    }
}

fn tell(event: &Event) {
    if !matches!(event, Event::Step { .. } | Event::Started { .. }) {
        output::progress(&output::printable(&event.to_string()));
    }
}

/// What is applied, in order.
fn applied(status: &Status) -> Vec<&str> {
    let applied = status.migrations.iter().filter(|m| m.state != State::Pending);
    applied.map(|m| m.migration.as_str()).collect()
}

/// The migrations to take back, newest first.
fn chosen<'a>(loaded: &Loaded, status: &'a Status, args: &Down) -> Result<Vec<&'a str>, Failure> {
    let applied = applied(status);
    let keep = match (args.number, &args.target_version) {
        (Some(number), _) => applied.len().saturating_sub(number.get()),
        (None, Some(target)) => {
            // What the database has need not be in this history any more.
            let name = match applied.contains(&target.as_str()) {
                true => target,
                false => &loaded.migration(target)?.name,
            };
            let at = applied.iter().position(|a| a == name);
            at.ok_or_else(|| Failure::input(format!("migration `{name}` is not applied")))? + 1
        }
        (None, None) => 0,
    };
    Ok(applied[keep..].iter().rev().copied().collect())
}

fn print_plan(common: &Common, names: &[&str]) -> Result<(), Failure> {
    match common.format {
        Format::Json => output::json(&names.iter().map(|name| json!({"name": name})).collect()),
        Format::Text => {
            output::progress(&format!("{} would be taken back", counted(names.len(), "migration")));
            output::result(&names.iter().map(|n| format!("{}\n", output::printable(n))).collect::<String>())
        }
    }
}

fn confirm(database: &Database, names: &[&str]) -> Result<(), Failure> {
    let lines: String = names.iter().map(|n| format!("  {}\n", output::printable(n))).collect();
    output::report(&format!(
        "{} would be taken back on {database}, which can delete data:\n{lines}type `yes` to go on: ",
        counted(names.len(), "migration")
    ));
    match confirm::agreed() {
        true => Ok(()),
        false => Err(Failure::refused("not confirmed: nothing was taken back")),
    }
}
