//! `migrate repair --database`: mends the history table of a database, for applied migrations that were edited or renamed on
//! purpose, after a look at the database.

use migrate::{Error, Mended, State};
use serde_json::{Value, json};

use super::{comparison, runner, say_where};
use crate::args::{Common, Format, Repair};
use crate::database::session::{self, Missing, Session};
use crate::database::{self, Database, failure};
use crate::failure::Failure;
use crate::source::{self, Loaded};
use crate::{confirm, history, output};

pub fn run(common: &Common, args: &Repair) -> Result<(), Failure> {
    let database = database::named(&args.connect)?;
    // As it was released: the lock is mended first.
    let loaded = source::load(common)?;
    loaded.must_run_on(database.dialect())?;
    let history = history::leak(&loaded.compiled);
    let mut session = session::open(&database, Missing::Refuse)?;
    let shown =
        session.repair(runner(history, &args.connect), migrate::Repair::Show).map_err(|e| said(&e))?;
    say_where(common, &database);
    if shown.is_empty() {
        return say(common, &[], "the history table says what the migrations are\n");
    }
    if args.dry_run {
        return say(common, &shown.migrations, &listed(&shown.migrations));
    }
    if !args.yes && !confirm::somebody_is_there() {
        let message = "this changes what the database takes as applied, and nobody can be asked here";
        return Err(
            Failure::input(message).help("`--yes` says that it may; `--dry-run` shows what would change")
        );
    }
    if !args.force {
        compare(&mut session, &loaded, args)?;
    }
    if !args.yes {
        ask(&database, &shown.migrations)?;
    }
    let runner = runner(history, &args.connect).wait_for_peer(args.lock_timeout);
    let mended = session.repair(runner, migrate::Repair::Write).map_err(|e| said(&e))?.migrations;
    say(common, &mended, &format!("{}mended the history table\n", listed(&mended)))
}

/// Refuses a database that did not get the change.
fn compare(session: &mut Session, loaded: &Loaded, args: &Repair) -> Result<(), Failure> {
    let status = session.status(runner(history::leak(&loaded.compiled), &args.connect));
    let status = status.map_err(|error| failure::plain(&error))?;
    let applied = status.migrations.iter().filter(|m| m.state != State::Pending).count();
    match comparison::compare(session, loaded, applied, &args.connect)? {
        None => Ok(()),
        Some(difference) => Err(difference.failure.help(
            "bring the change into the database first, or take it back in the migrations; `--force` takes the database for \
             what it should be",
        )),
    }
}

fn said(error: &Error) -> Failure {
    let failure = failure::plain(error);
    match error {
        Error::Forked { .. } => failure.help(
            "a repair mends what was edited or renamed, not what stands elsewhere or on one side alone",
        ),
        _ => failure,
    }
}

fn state(mended: &Mended) -> &'static str {
    match mended {
        Mended { changed: true, .. } => "changed",
        Mended { applied_as: Some(_), .. } => "renamed",
        Mended { way_back: true, .. } => "another way back",
        _ => "follows others",
    }
}

fn listed(mended: &[Mended]) -> String {
    let line = |one: &Mended| {
        let (state, name) = (state(one), output::printable(&one.migration));
        match &one.applied_as {
            Some(before) => format!("{state}: {name}, applied as {}\n", output::printable(before)),
            None => format!("{state}: {name}\n"),
        }
    };
    mended.iter().map(line).collect()
}

fn ask(database: &Database, mended: &[Mended]) -> Result<(), Failure> {
    let lines: String = listed(mended).lines().map(|line| format!("  {line}\n")).collect();
    output::report(&format!(
        "{database} would take this as applied as it is now:\n{lines}type `yes` to go on: "
    ));
    match confirm::agreed() {
        true => Ok(()),
        false => Err(Failure::refused("not confirmed: nothing was written")),
    }
}

fn say(common: &Common, mended: &[Mended], text: &str) -> Result<(), Failure> {
    let object = |one: &Mended| -> Value {
        json!({"name": one.migration, "state": state(one), "applied_as": one.applied_as, "way_back": one.way_back})
    };
    match common.format {
        Format::Text => output::result(text),
        Format::Json => output::json(&mended.iter().map(object).collect()),
    }
}
