//! Random histories with every construct of the language.
//!
//! A history is made of statements that the compiler takes, applied with rows in the tables, taken back, and applied again. After every
//! step the schema that the database tells of is the folded one, and the rows that were there are there. Both databases have
//! the same rows after every step, and refuse the same steps. A history that is printed in its canonical form is the same history.
//!
//! `MIGRATE_RANDOM=20000 cargo test --test random` runs so many, `MIGRATE_RANDOM_SEED=7` begins with that one; a failure prints
//! its history and how to run it again.

#[path = "random/effects.rs"]
mod effects;
#[path = "constructs/every.rs"]
mod every;
#[path = "random/exprs.rs"]
mod exprs;
#[path = "random/functions.rs"]
mod functions;
#[path = "random/history.rs"]
mod history;
#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "language/live.rs"]
mod live;
#[path = "random/maker.rs"]
mod maker;
#[path = "constructs/names.rs"]
mod names;
#[path = "random/queries.rs"]
mod queries;
#[path = "language/rows.rs"]
mod rows;
#[path = "random/tables.rs"]
mod tables;
#[path = "random/values.rs"]
mod values;
#[path = "random/walk.rs"]
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use effects::Rule;
use every::every;
use history::{Made, compiled, make};
use live::Live;
use migrate_core::compile::{Compiled, Down, Migration, Outcome};
use migrate_core::dialect::Work;
use migrate_core::print::canonical;
use migrate_core::schema::FunctionPath;
use migrate_core::source::{FileId, Loc};
use migrate_core::target::{Dialect, Options};
use migrate_test_support::Numbers;
use names::Seen;

/// Histories that are made where the environment does not say how many.
const ON_SQLITE: u64 = 2_000;
const ON_BOTH: u64 = 300;
const WALKS: u64 = 1_000;

#[derive(Default)]
struct Total {
    histories: usize,
    steps: usize,
    down: usize,
    rows: usize,
    offered: usize,
    statements: usize,
    refused: BTreeMap<&'static str, usize>,
    stopped_up: BTreeMap<Rule, usize>,
    stopped_down: BTreeMap<Rule, usize>,
    forms: BTreeMap<&'static str, usize>,
    /// In how many histories each construct stands.
    constructs: BTreeMap<String, usize>,
}

#[test]
fn random_histories_run_on_sqlite() {
    let (first, count) = range(ON_SQLITE);
    let total = Mutex::new(Total::default());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for part in 0..2 {
            let (total, failed) = (&total, &failed);
            scope.spawn(move || {
                for seed in (first..first + count).filter(|seed| seed % 2 == part) {
                    let mut lives = [(Dialect::Sqlite, Live::in_memory())];
                    if let Err(error) = one(seed, &mut lives, total) {
                        failed.lock().unwrap().push(error);
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    print(&total);
    fail(&failed.into_inner().unwrap());
    if count == ON_SQLITE {
        covers(&total);
    }
}

#[test]
fn random_histories_run_on_both_databases_alike() {
    let (first, count) = range(ON_BOTH);
    let total = Mutex::new(Total::default());
    let mut postgres = (Dialect::Postgres, Live::new(Dialect::Postgres, &Options::default()));
    let mut failed = Vec::new();
    for seed in first..first + count {
        let fresh = "drop schema if exists public, app cascade; create schema public";
        postgres.1.execute(fresh).unwrap();
        let mut lives = [(Dialect::Sqlite, Live::in_memory()), postgres];
        failed.extend(one(seed, &mut lives, &total).err());
        let [_, again] = lives;
        postgres = again;
    }
    print(&total.into_inner().unwrap());
    fail(&failed);
}

/// A long soak: up and down between migrations at random, again and again. After each the schema is the folded one, rows that
/// should stay are there, and both databases have the same.
#[test]
fn random_walks_go_up_and_down_on_both_databases_alike() {
    let (first, count) = range(WALKS);
    let failed = Mutex::new(Vec::new());
    let steps = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for part in 0..2 {
            let (failed, steps) = (&failed, &steps);
            scope.spawn(move || {
                let mut postgres = (Dialect::Postgres, Live::new(Dialect::Postgres, &Options::default()));
                for seed in (first..first + count).filter(|seed| seed % 2 == part) {
                    let fresh = "drop schema if exists public, app cascade; create schema public";
                    postgres.1.execute(fresh).unwrap();
                    let mut lives = [(Dialect::Sqlite, Live::in_memory()), postgres];
                    let wandered = catch_unwind(AssertUnwindSafe(|| wander(seed, &mut lives)))
                        .unwrap_or_else(|_| Err("a panic, told above".to_owned()));
                    match wandered {
                        Ok(more) => _ = steps.fetch_add(more, Ordering::Relaxed),
                        Err(error) => failed.lock().unwrap().push(error),
                    }
                    let [_, again] = lives;
                    postgres = again;
                }
            });
        }
    });
    let steps = steps.into_inner();
    println!("{count} walks, {steps} migrations applied or taken back");
    fail(&failed.into_inner().unwrap());
    assert!(count != WALKS || steps > 4 * WALKS as usize, "most walks end early: {steps}");
}

fn wander(seed: u64, lives: &mut [(Dialect, Live)]) -> Result<usize, String> {
    // Other histories than those of the tests above.
    let made = make(seed + 1_000_000)?;
    let mut numbers = Numbers::seeded(seed);
    let options = &made.outcome.compiled.options;
    for (_, live) in lives.iter().filter(|(d, _)| *d == Dialect::Postgres) {
        live.execute(&format!("set search_path = {}", options.postgres_schema().unwrap_or("public")))?;
    }
    let has = |dialect| options.has(dialect);
    let lives = match (has(Dialect::Sqlite), has(Dialect::Postgres)) {
        (true, false) => &mut lives[..1],
        (false, true) => &mut lives[1..],
        _ => lives,
    };
    walk::wander(&made.outcome, lives, 8, &mut numbers).map_err(|error| {
        let run = "cargo test --test random random_walks";
        format!("MIGRATE_RANDOM_SEED={seed} MIGRATE_RANDOM=1 {run}\n{}\n{error}", made.text)
    })
}

/// The first seed and how many, from the environment.
fn range(count: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().map(|v| v.parse().expect("a number"));
    (number("MIGRATE_RANDOM_SEED").unwrap_or(1), number("MIGRATE_RANDOM").unwrap_or(count))
}

fn one(seed: u64, lives: &mut [(Dialect, Live)], total: &Mutex<Total>) -> Result<(), String> {
    let describe = |error: String, text: &str| {
        format!("MIGRATE_RANDOM_SEED={seed} MIGRATE_RANDOM=1 cargo test --test random\n{text}\n{error}")
    };
    let made = make(seed).map_err(|e| describe(e, ""))?;
    let one = || {
        reads_back(&made)?;
        is_verified(&made.outcome)?;
        walk_on(&made.outcome, lives)
    };
    let went = catch_unwind(AssertUnwindSafe(one)).unwrap_or_else(|_| Err("a panic, told above".to_owned()));
    let went = went.map_err(|e| describe(e, &made.text))?;
    let mut total = total.lock().unwrap();
    total.histories += 1;
    total.steps += went.up;
    total.down += went.down;
    total.rows += went.rows;
    total.offered += made.offered;
    for (code, count) in made.refused {
        *total.refused.entry(code).or_default() += count;
    }
    if let Some(rule) = went.refused_up {
        *total.stopped_up.entry(rule).or_default() += 1;
    }
    if let Some(rule) = went.refused_down {
        *total.stopped_down.entry(rule).or_default() += 1;
    }
    let mut seen = Seen::default();
    made.outcome.sources.history.entries.iter().flat_map(|e| &e.inline).for_each(|m| seen.migration(m));
    for construct in seen.0.into_iter().collect::<BTreeSet<_>>() {
        *total.constructs.entry(construct).or_default() += 1;
    }
    for statement in &made.statements {
        total.statements += 1;
        *total.forms.entry(statement.form).or_default() += 1;
    }
    Ok(())
}

/// What `verify-sqlite` refuses is what the runtime fails at where no rows were put in, and nothing else.
fn is_verified(outcome: &Outcome) -> Result<(), String> {
    let migrations: Vec<_> = outcome.compiled.migrations.iter().collect();
    let refused = migrate_verify::sqlite::refused(&migrations, &outcome.sources.bodies);
    let said = refused.first().map(|d| d.text());
    match (said, run_on_no_rows(outcome)) {
        (None, Ok(())) | (Some(_), Err(_)) => Ok(()),
        (Some(said), Ok(())) => Err(format!("the runtime goes where it was said: {said}")),
        // Behind a function of the application it says nothing of rows.
        (None, Err(error)) if is_of_rows(&error) && calls(&migrations) => Ok(()),
        (None, Err(error)) => Err(format!("the runtime fails where nothing was said: {error}")),
    }
}

/// Runs a history on SQLite as it is: each migration up, down where a way down is written, and up again.
fn run_on_no_rows(outcome: &Outcome) -> Result<(), String> {
    let declared = leak::leak_with(&outcome.compiled, functions::function);
    let mut live = Live::in_memory();
    for migration in &outcome.compiled.migrations {
        let Some(script) = &migration.sqlite else { continue };
        live.up(declared, &migration.name)?;
        if let (Down::Pieces(_), false) = (&script.down, migration.derived) {
            live.down(declared, &migration.name)?;
            live.up(declared, &migration.name)?;
        }
    }
    Ok(())
}

fn is_of_rows(error: &str) -> bool {
    ["constraint", "refer to missing rows", "rows are in the way"].iter().any(|words| error.contains(words))
}

fn calls(migrations: &[&Migration]) -> bool {
    let mut pieces =
        migrations.iter().filter_map(|m| m.sqlite.as_ref()).flat_map(|s| s.up.iter().chain(s.down.pieces()));
    pieces.any(|p| p.work.called().is_some())
}

/// Runs a history on the databases that it is for.
fn walk_on(outcome: &Outcome, lives: &mut [(Dialect, Live)]) -> Result<walk::Went, String> {
    let options = &outcome.compiled.options;
    for (_, live) in lives.iter().filter(|(d, _)| *d == Dialect::Postgres) {
        live.execute(&format!("set search_path = {}", options.postgres_schema().unwrap_or("public")))?;
    }
    match lives {
        [(one, _), _] if !options.has(*one) => walk::walk(outcome, &mut lives[1..]),
        [_, (other, _)] if !options.has(*other) => walk::walk(outcome, &mut lives[..1]),
        [(one, _)] if !options.has(*one) => Ok(walk::Went::default()),
        _ => walk::walk(outcome, lives),
    }
}

/// The canonical form of a history is the same history: the same checksums, and the same SQL, but for comments, which it leaves out.
fn reads_back(made: &Made) -> Result<(), String> {
    let outcome = &made.outcome;
    let mut text: String =
        made.text.lines().filter(|l| l.starts_with("#![")).map(|l| format!("{l}\n")).collect();
    for entry in &outcome.sources.history.entries {
        let migration = entry.inline.as_ref().ok_or("no inline migration")?;
        let printed = canonical(migration);
        let mut cx = migrate_core::diagnostics::Diagnostics::default();
        let stream = printed.parse().map_err(|e| format!("{e}: {printed}"))?;
        let tokens = migrate_core::source::lex::tokens(stream).0;
        let again = canonical(&migrate_core::syntax::parse_migration(&mut cx, FileId(1), &tokens));
        if again != printed {
            return Err(format!("printed twice:\n{printed}\n{again}"));
        }
        // What is printed is the way up.
        text.push_str(&format!(
            "migration {} {{ up {{\n{printed}}}\ndown irreversible \"printed\"; }}\n",
            entry.module.text
        ));
    }
    let printed = compiled(&text)?;
    if !printed.is_sound() {
        return Err(format!("the printed form does not compile: {:?}\n{text}", printed.diagnostics));
    }
    let comments = made.text.contains("#[doc");
    let facts = |compiled: &Compiled| {
        let ups = |m: &migrate_core::compile::Migration| {
            let works = |d: Dialect| {
                m.script(d)
                    .filter(|_| !comments)
                    .map(|s| s.up.iter().map(|p| placeless(&p.work)).collect::<Vec<_>>())
            };
            (m.checksum.clone(), m.chain.clone(), works(Dialect::Sqlite), works(Dialect::Postgres))
        };
        compiled.migrations.iter().map(ups).collect::<Vec<_>>()
    };
    match facts(&printed.compiled) == facts(&outcome.compiled) {
        true => Ok(()),
        false => Err(format!("the printed form is another history:\n{text}")),
    }
}

fn print(total: &Total) {
    let Total {
        histories,
        steps,
        down,
        rows,
        offered,
        statements,
        refused,
        stopped_up,
        stopped_down,
        forms,
        ..
    } = total;
    println!(
        "{histories} histories, {steps} steps up, {down} down, {rows} rows; {statements} of {offered} statements taken\n\
         refused: {refused:?}\nstopped by rows: {stopped_up:?}, and on the way down: {stopped_down:?}\nforms: {forms:?}"
    );
}

/// Whether every construct stands in some history, and most are long.
fn covers(total: &Total) {
    let Total { histories, steps, offered, statements, constructs, .. } = total;
    let missing: Vec<String> = every().into_iter().filter(|c| !constructs.contains_key(c)).collect();
    assert_eq!(missing, [""; 0], "no history has these");
    assert!(statements * 3 > *offered, "most of what is offered is refused");
    assert!(steps > &(histories * 2), "most histories end early");
}

/// A call without the place of its path.
fn placeless(work: &Work) -> Work {
    let without = |path: &FunctionPath| FunctionPath { loc: Loc::default(), ..path.clone() };
    match work {
        Work::Call(path) => Work::Call(without(path)),
        Work::CallOutside(path) => Work::CallOutside(without(path)),
        work => work.clone(),
    }
}

fn fail(failed: &[String]) {
    let shown: Vec<&String> = failed.iter().take(40).collect();
    assert!(
        failed.is_empty(),
        "{} failed\n{}",
        failed.len(),
        shown.iter().map(|f| format!("\n{f}\n")).collect::<String>()
    );
}
