//! `migrate baseline`: writes down that migrations are applied, without running them, after a look at the database.

use migrate::State;

use super::comparison::{self, Difference};
use super::{print_report, runner, say_where};
use crate::args::{Baseline, Common};
use crate::database::session::{self, Missing, Session};
use crate::database::{self, failure};
use crate::failure::Failure;
use crate::source::{self, Loaded};
use crate::{history, output};

pub fn run(common: &Common, args: &Baseline) -> Result<(), Failure> {
    let database = database::named(&args.connect)?;
    let loaded = source::load(common)?;
    loaded.must_run_on(database.dialect())?;
    let target = args.to.as_deref().map(|name| loaded.migration(name)).transpose()?;
    let target = target.map(|m| m.name.clone());
    let history = history::leak(&loaded.compiled);
    let mut session = session::open(&database, Missing::Refuse)?;
    let status = session.status(runner(history, &args.connect)).map_err(|error| failure::plain(&error))?;
    if let Some(applied) = status.migrations.iter().rfind(|m| m.state != State::Pending) {
        let name = output::printable(&applied.migration);
        return Err(Failure::refused(format!("the database has a history already, up to `{name}`"))
            .help("`migrate up` applies what is pending"));
    }
    say_where(common, &database);
    if !args.force {
        compare(&mut session, &loaded, target.as_deref(), args)?;
    }
    let mut runner = runner(history, &args.connect).wait_for_peer(args.lock_timeout);
    if let Some(target) = target {
        runner = runner.target(target);
    }
    let report = session.baseline(runner).map_err(|error| failure::plain(&error))?;
    print_report(common.format, &report)
}

/// Refuses a database that is not what the migrations up to the target would have made of it.
fn compare(
    session: &mut Session,
    loaded: &Loaded,
    target: Option<&str>,
    args: &Baseline,
) -> Result<(), Failure> {
    let migrations = &loaded.compiled.migrations;
    let last = target.and_then(|name| migrations.iter().position(|m| m.name == name));
    let count = last.map_or(migrations.len(), |last| last + 1);
    match comparison::compare(session, loaded, count, &args.connect)? {
        None => Ok(()),
        Some(Difference { failure, nothing_there: true }) => {
            Err(failure.help("`migrate up` makes the tables of a new database"))
        }
        Some(Difference { failure, .. }) => Err(failure.help(
            "`--to MIGRATION` takes fewer migrations as applied; `--force` takes the database for what it should be",
        )),
    }
}
