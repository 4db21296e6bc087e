//! A database that has nothing gets the folded schema at once, and it is the one that the migrations make one by one: down to
//! the names of constraints, indexes and sequences, and so are the rows of the history table and the way back.

#[path = "fresh/catalog.rs"]
mod catalog;
#[path = "language/corpus.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod corpus;
#[path = "constructs/every.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod every;
#[path = "random/exprs.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod exprs;
#[path = "random/functions.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod functions;
#[path = "random/history.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod history;
#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "language/live.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod live;
#[path = "random/maker.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod maker;
#[path = "../migrations/mod.rs"]
mod migrations;
#[path = "random/queries.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod queries;
#[path = "random/tables.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod tables;
#[path = "random/values.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod values;

use catalog::catalog;
use live::Live;
use migrate::{History, Runner};
use migrate_core::compile::Compiled;
use migrate_core::target::{Dialect, Options};
use migrate_test_support::block_on;

/// How a run goes on a database without objects.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Replayed,
    Fresh,
}

/// What a run left: the catalog, the rows of the history table, and what the schema has otherwise than the folded one.
struct Left {
    catalog: Vec<String>,
    rows: Vec<String>,
    unfolded: Vec<String>,
}

/// The last migration of the stretch of structure at the history's start.
fn stretch(compiled: &Compiled, dialect: Dialect) -> Option<usize> {
    compiled.migrations.iter().position(|m| m.script(dialect).is_some_and(|script| !script.fresh.is_empty()))
}

fn run(
    live: &mut Live,
    dialect: Dialect,
    declared: &'static History,
    compiled: &Compiled,
    last: usize,
    way: Way,
) -> Result<Left, String> {
    let mut told = false;
    let runner = Runner::new(declared)
        .replay(way == Way::Replayed)
        .target(compiled.migrations[last].name.as_str())
        .on_event(|event| told |= matches!(event, migrate::Event::Fresh { .. }));
    let report = match live {
        Live::Sqlite(connection, _) => runner.run(connection),
        Live::Postgres(client, _) => block_on(runner.run_async(&mut **client)),
    };
    let report = report.map_err(|error| format!("{error}"))?;
    if told != (way == Way::Fresh) || report.migrations.len() != last + 1 {
        return Err(format!("fresh: {told}, {report}"));
    }
    let sql = "select position, name, checksum, chain, steps_done, down, format, progress from _migrations order by position";
    Ok(Left {
        catalog: catalog(live, dialect)?,
        rows: live.rows(sql)?.iter().map(|row| format!("{row:?}")).collect(),
        unfolded: live.differences(compiled.schema_after(last + 1), &compiled.options)?,
    })
}

/// Runs a history both ways on databases of one kind, which `empty` makes. Says how many migrations the stretch has.
fn both_ways(
    dialect: Dialect,
    compiled: &Compiled,
    mut empty: impl FnMut() -> Result<Live, String>,
) -> Result<usize, String> {
    let Some(last) = stretch(compiled, dialect) else { return Ok(0) };
    let declared = leak::leak_with(compiled, functions::function);
    let mut replayed = empty()?;
    let one = run(&mut replayed, dialect, declared, compiled, last, Way::Replayed)?;
    let mut live = empty()?;
    let other = run(&mut live, dialect, declared, compiled, last, Way::Fresh)?;
    let mut wrong = catalog::differences(&one.catalog, &other.catalog);
    if one.rows != other.rows {
        wrong.push(format!("rows of the history table: {:#?} and {:#?}", one.rows, other.rows));
    }
    if one.unfolded != other.unfolded {
        wrong.push(format!("what is not folded: {:?} and {:?}", one.unfolded, other.unfolded));
    }
    // The way back is the one that was stored, and goes as far as it goes after the migrations one by one.
    for migration in compiled.migrations[..=last].iter().rev() {
        let went = [&mut replayed, &mut live].map(|live| live.down(declared, &migration.name));
        if went[0] != went[1] {
            wrong.push(format!("the way back: {went:?}"));
        }
        if went[0].is_err() {
            break;
        }
    }
    match wrong.is_empty() {
        true => Ok(last + 1),
        false => {
            Err(format!("{} in {}:\n{}", compiled.migrations[last].name, dialect.word(), wrong.join("\n")))
        }
    }
}

fn fail(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} failed\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn the_corpus_ends_in_the_same() {
    let (mut wrong, mut stretches) = (Vec::new(), 0);
    for history in corpus::histories() {
        let compiled = history.compile().unwrap();
        for dialect in Dialect::ALL {
            match both_ways(dialect, &compiled, || Ok(Live::new(dialect, &compiled.options))) {
                Ok(migrations) => stretches += usize::from(migrations > 0),
                Err(error) => wrong.push(format!("{}: {error}\n{}", history.name, history.text)),
            }
        }
    }
    fail(&wrong);
    assert!(stretches > 60, "{stretches} of the histories begin with two migrations of structure alone");
}

#[test]
fn the_history_of_this_project_ends_in_the_same() {
    for dialect in Dialect::ALL {
        let mut rows = Vec::new();
        for replay in [true, false] {
            let mut live = Live::new(dialect, &Options::default());
            let mut told = Vec::new();
            let runner = Runner::new(&migrations::HISTORY)
                .replay(replay)
                .on_event(|event| told.push(event.to_string()));
            let report = match &mut live {
                Live::Sqlite(connection, _) => runner.run(connection),
                Live::Postgres(client, _) => block_on(runner.run_async(&mut **client)),
            };
            assert_eq!(report.unwrap().migrations.len(), 9);
            let at_once = told.iter().any(|line| line.starts_with("making the schema of 9 migrations"));
            assert_eq!(at_once, !replay, "{told:?}");
            rows.push(catalog(&live, dialect).unwrap());
        }
        assert!(rows[0].len() > 100, "{rows:?}");
        fail(&catalog::differences(&rows[0], &rows[1]));
    }
}

#[test]
fn random_histories_end_in_the_same_on_sqlite() {
    let (mut wrong, mut stretches) = (Vec::new(), 0);
    for seed in 1..=400 {
        let made = history::make(seed).unwrap();
        let went = both_ways(Dialect::Sqlite, &made.outcome.compiled, || Ok(Live::in_memory()));
        stretches += usize::from(went.as_ref().is_ok_and(|migrations| *migrations > 0));
        wrong.extend(went.err().map(|error| format!("seed {seed}: {error}\n{}", made.text)));
    }
    fail(&wrong);
    assert!(stretches > 150, "{stretches}");
}

#[test]
fn random_histories_end_in_the_same_on_postgres() {
    let (mut wrong, mut stretches) = (Vec::new(), 0);
    for seed in 1..=120 {
        let made = history::make(seed).unwrap();
        let options = &made.outcome.compiled.options;
        let empty = || {
            let live = Live::new(Dialect::Postgres, options);
            let schema = options.postgres_schema().unwrap_or("public");
            live.execute(&format!("set search_path = {schema}"))?;
            Ok(live)
        };
        let went = both_ways(Dialect::Postgres, &made.outcome.compiled, empty);
        stretches += usize::from(went.as_ref().is_ok_and(|migrations| *migrations > 0));
        wrong.extend(went.err().map(|error| format!("seed {seed}: {error}\n{}", made.text)));
    }
    fail(&wrong);
    assert!(stretches > 40, "{stretches}");
}
