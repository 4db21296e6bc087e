//! `migrate baseline`: writes down that migrations are applied, without running them, after a look at the database.

use migrate::State;
use migrate_core::inspect::{self, Change};

use super::{print_report, runner, say_where};
use crate::args::{Baseline, Common};
use crate::database::session::{self, Missing, Session};
use crate::database::{self, failure};
use crate::failure::{Exit, Failure};
use crate::render::Finding;
use crate::source::{self, Loaded};
use crate::{history, output, proof};

/// Where other tools keep their histories: no part of what the migrations make.
const HISTORIES_OF_OTHERS: [&str; 8] = [
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "refinery_schema_history",
    "flyway_schema_history",
    "seaql_migrations",
    "__drizzle_migrations",
    "schema_migrations",
    "alembic_version",
];

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
    let compiled = &loaded.compiled;
    let dialect = session.dialect();
    let last = target.and_then(|name| compiled.migrations.iter().position(|m| m.name == name));
    let count = last.map_or(compiled.migrations.len(), |last| last + 1);
    let folded = compiled.schema_after(count);
    let schema = args.connect.schema.as_deref().or(compiled.options.postgres_schema());
    let also = compiled.options.search_also().iter().chain(&args.connect.search_also);
    session.look_into(schema, also)?;
    let expected = inspect::seen(dialect, folded, &compiled.options);
    let answers = proof::answers(session, dialect)?;
    let mut left_out = vec![args.connect.table.as_str()];
    left_out.extend(HISTORIES_OF_OTHERS);
    let (found, _) = inspect::read(dialect, &answers, &left_out);
    let mut differences = inspect::differences(&expected, &found);
    // What raw SQL made is not known.
    let native = proof::has_native(loaded, dialect);
    differences.retain(|d| !(native && d.change == Change::Extra));
    if differences.is_empty() {
        return Ok(());
    }
    let after = compiled.migrations.get(count.wrapping_sub(1)).map_or("nothing", |m| m.name.as_str());
    let mut finding =
        Finding::error(format!("the database is not what the migrations up to `{after}` make of it"));
    finding.notes = differences.iter().map(ToString::to_string).collect();
    let failure = Failure::shown(Exit::Refused, finding);
    Err(match found.tables().next().is_none() {
        true => failure.help("`migrate up` makes the tables of a new database"),
        false => failure.help(
            "`--to MIGRATION` takes fewer migrations as applied; `--force` takes the database for what it should be",
        ),
    })
}
