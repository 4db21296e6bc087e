//! Histories that are broken in one place: each is refused by the compiler, or runs.
//!
//! A random history is broken by one of many ways: another name, another type, a statement left out, two migrations swapped. What the
//! compiler takes of these runs on SQLite with rows in the tables, up, down and up, and every tenth on both databases;
//! after every step the schema is the fold. Rows alone can be in the way, by a rule that the statement at that place can break
//! (`docs/errors.md` lists them). A history that is still the same does not count.
//!
//! `MIGRATE_MUTANTS=20000 cargo test --test mutants` makes so many, `MIGRATE_MUTANTS_SEED=7` begins with that history.

#[path = "random/effects.rs"]
mod effects;
#[path = "random/exprs.rs"]
mod exprs;
#[path = "random/functions.rs"]
mod functions;
#[path = "random/history.rs"]
#[allow(dead_code, reason = "another test shares the room and uses all of it")]
mod history;
#[path = "mutants/kinds.rs"]
mod kinds;
#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "language/live.rs"]
#[allow(dead_code, reason = "other tests share the room and use all of it")]
mod live;
#[path = "random/maker.rs"]
#[allow(dead_code, reason = "another test shares the room and uses all of it")]
mod maker;
#[path = "random/queries.rs"]
mod queries;
#[path = "language/rows.rs"]
mod rows;
#[path = "mutants/source.rs"]
mod source;
#[path = "random/tables.rs"]
mod tables;
#[path = "random/values.rs"]
mod values;
#[path = "random/walk.rs"]
mod walk;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use history::{compiled, make};
use kinds::WAYS;
use live::Live;
use migrate_core::compile::{Compiled, Outcome};
use migrate_core::diagnostics::Level;
use migrate_core::schema::Type;
use migrate_core::target::{Dialect, Options};
use source::Source;

/// Mutants where the environment does not say how many.
const MUTANTS: u64 = 5_400;
/// How many are made of one history.
const OF_ONE: u64 = 60;

/// What became of the mutants of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    refused: usize,
    ran: usize,
    /// Rows were in the way of a step, on the way up or down.
    rows: usize,
    /// Of those that ran, on both databases.
    both: usize,
}

#[test]
fn a_broken_history_is_refused_or_runs() {
    let number = |name: &str| std::env::var(name).ok().map(|v| v.parse().expect("a number"));
    let wanted = number("MIGRATE_MUTANTS").unwrap_or(MUTANTS);
    let first = number("MIGRATE_MUTANTS_SEED").unwrap_or(1);
    let fates = Mutex::new(BTreeMap::<&str, Fate>::new());
    let failed = Mutex::new(Vec::new());
    let (seed, made) = (AtomicU64::new(first), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut postgres =
                    Some((Dialect::Postgres, Live::new(Dialect::Postgres, &Options::default())));
                while made.load(Ordering::Relaxed) < wanted {
                    let seed = seed.fetch_add(1, Ordering::Relaxed);
                    let (count, wrong) = mutants_of(seed, &fates, &mut postgres);
                    made.fetch_add(count, Ordering::Relaxed);
                    failed.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let (fates, failed) = (fates.into_inner().unwrap(), failed.into_inner().unwrap());
    for (kind, fate) in &fates {
        println!("{kind}: {fate:?}");
    }
    let sum = |of: fn(&Fate) -> usize| fates.values().map(of).sum::<usize>();
    println!(
        "{} refused, {} ran, {} of them on both databases, {} where rows were in the way of a step",
        sum(|f| f.refused),
        sum(|f| f.ran),
        sum(|f| f.both),
        sum(|f| f.rows)
    );
    let shown: Vec<&String> = failed.iter().take(30).collect();
    assert!(
        failed.is_empty(),
        "{} failed\n{}",
        failed.len(),
        shown.iter().map(|f| format!("\n{f}\n")).collect::<String>()
    );
    if wanted == MUTANTS {
        let idle = |(kind, _): &&kinds::Way| fates.get(kind).is_none_or(|fate| fate.refused == 0);
        let idle: Vec<&str> = WAYS.iter().filter(idle).map(|way| way.0).collect();
        assert_eq!(idle, [""; 0], "no history that is broken so is refused");
        assert!(sum(|f| f.ran) * 10 > sum(|f| f.refused), "hardly any mutant runs");
        assert!(sum(|f| f.both) * 12 > sum(|f| f.ran), "hardly any mutant runs on both databases");
    }
}

/// The page of errors lists what rows can refuse, and this test allows nothing else.
#[test]
fn what_rows_can_refuse_is_documented() {
    let page = include_str!("../docs/errors.md");
    let (_, section) = page.split_once("## What rows can refuse").expect("the section is there");
    let missing: Vec<&&str> =
        effects::SAID.iter().flat_map(|(_, said)| *said).filter(|s| !section.contains(**s)).collect();
    assert!(missing.is_empty(), "migrate-cli/explanations/rows_in_the_way.md lacks {missing:?}");
}

/// Breaks one history in many ways; gives how many were other histories, and those that should not be as they are.
fn mutants_of(
    seed: u64,
    fates: &Mutex<BTreeMap<&'static str, Fate>>,
    postgres: &mut Option<(Dialect, Live)>,
) -> (u64, Vec<String>) {
    // Other histories than those of the other test.
    let made = match make(seed.wrapping_add(1 << 32)) {
        Ok(made) => made,
        Err(error) => return (0, vec![error]),
    };
    let mut source = Source::new(&made.text, &made.outcome, seed);
    let (mut count, mut wrong) = (0, Vec::new());
    for nth in 0..OF_ONE {
        let way = WAYS[(seed * OF_ONE + nth) as usize % WAYS.len()];
        let Some(text) = way.1(&mut source) else { continue };
        let describe = |error: String| {
            format!("MIGRATE_MUTANTS_SEED={seed} MIGRATE_MUTANTS=1: {}\n{text}\n{error}", way.0)
        };
        // Neither tokens nor a history: rustc itself refuses it.
        let outcome = match compiled(&text) {
            Ok(outcome) => outcome,
            Err(error) if error.starts_with("no Rust tokens") => continue,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        if is_same(&outcome.compiled, &made.outcome.compiled) && outcome.is_sound() {
            continue;
        }
        count += 1;
        let mut fate = Fate::default();
        let tenth = source.numbers.once_in(10);
        match run(&outcome, tenth, postgres) {
            Ok(None) => fate.refused = 1,
            Ok(Some((went, both))) => {
                fate.ran = 1;
                fate.both = usize::from(both);
                fate.rows = usize::from(went.refused_up.or(went.refused_down).is_some());
            }
            // Documented beside what rows can refuse.
            Err(error) if is_of_a_foreign_type(&outcome.compiled, &error) => fate.ran = 1,
            Err(error) => wrong.push(describe(error)),
        }
        let mut fates = fates.lock().unwrap();
        let all = fates.entry(way.0).or_default();
        all.refused += fate.refused;
        all.ran += fate.ran;
        all.both += fate.both;
        all.rows += fate.rows;
    }
    (count, wrong)
}

/// Whether PostgreSQL says that a value is not of a column's type where that type is raw SQL: what fits it only its author
/// knows.
fn is_of_a_foreign_type(compiled: &Compiled, error: &str) -> bool {
    // What the databases said stands in it as Rust writes texts.
    let error = error.replace('\\', "");
    let column = error.split_once("column \"").and_then(|(_, rest)| rest.split_once("\" is of type "));
    let Some((column, rest)) = column.filter(|_| error.contains("(42804)")) else { return false };
    let said = rest.contains("expression is of type");
    let schemas = compiled.migrations.iter().map(|m| &m.before).chain([&compiled.schema]);
    let mut columns = schemas.flat_map(|s| s.tables()).flat_map(|t| &t.columns);
    said && columns.any(|c| c.name == column && matches!(c.ty, Type::Native { .. }))
}

/// Runs what compiles; nothing if it does not. Also tells whether it ran on both databases.
fn run(
    outcome: &Outcome,
    tenth: bool,
    postgres: &mut Option<(Dialect, Live)>,
) -> Result<Option<(walk::Went, bool)>, String> {
    if !outcome.is_sound() {
        let errors = outcome.diagnostics.iter().filter(|d| d.level == Level::Error);
        // What can be dropped concurrently only the plan knows.
        let net = |d: &&migrate_core::diagnostics::Diagnostic| {
            d.code.as_str() == "unsupported_step" && !d.text().contains("concurrently")
        };
        return match errors.clone().find(net) {
            Some(error) => Err(format!("no rule of the checker says it: {}", error.text())),
            None => Ok(None),
        };
    }
    let options = &outcome.compiled.options;
    let newer = options.postgres.as_ref().is_some_and(|o| o.min > 15);
    let both = tenth && options.has(Dialect::Postgres) && !newer;
    let mut lives = Vec::new();
    if options.has(Dialect::Sqlite) {
        lives.push((Dialect::Sqlite, Live::in_memory()));
    }
    if both && let Some((dialect, live)) = postgres.take() {
        let schema = options.postgres_schema().unwrap_or("public");
        let fresh = "drop schema if exists public, app cascade; create schema public";
        live.execute(&format!("{fresh}; set search_path = {schema}"))
            .map_err(|e| format!("no fresh start: {e}"))?;
        lives.push((dialect, live));
    }
    let went = match lives.is_empty() {
        true => Ok(walk::Went::default()),
        false => catch_unwind(AssertUnwindSafe(|| walk::walk(outcome, &mut lives)))
            .unwrap_or_else(|_| Err("a panic, told above".to_owned())),
    };
    if both {
        *postgres = lives.pop();
    }
    went.map(|went| Some((went, both)))
}

/// Whether both are the same history: the same checksums, and the same ways down.
fn is_same(a: &Compiled, b: &Compiled) -> bool {
    let works = |m: &migrate_core::compile::Migration, d: Dialect| {
        let script = m.script(d)?;
        let work = |pieces: &[migrate_core::compile::Piece]| {
            pieces.iter().map(|p| p.work.clone()).collect::<Vec<_>>()
        };
        let irreversible = matches!(script.down, migrate_core::compile::Down::Irreversible(_));
        Some((work(&script.up), work(script.down.pieces()), irreversible))
    };
    let facts = |compiled: &Compiled| {
        let of = |m: &migrate_core::compile::Migration| {
            (m.checksum.clone(), works(m, Dialect::Sqlite), works(m, Dialect::Postgres))
        };
        compiled.migrations.iter().map(of).collect::<Vec<_>>()
    };
    facts(a) == facts(b)
}
