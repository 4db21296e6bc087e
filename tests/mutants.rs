//! Histories that are broken in one place: each is refused by the compiler, or runs.
//!
//! A random history is broken by one of many ways: another name, another type, a statement left out, two migrations swapped. What the
//! compiler takes of these runs on SQLite with rows in the tables, up, down and up, and more than a tenth on both databases;
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
#[path = "mutants/names.rs"]
mod names;
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

use effects::Rule;
use history::{compiled, make};
use kinds::{Runs, WAYS, Way};
use live::Live;
use migrate_core::compile::{Compiled, Outcome};
use migrate_core::diagnostics::Level;
use migrate_core::target::{Dialect, Options};
use source::Source;

/// Mutants where the environment does not say how many.
const MUTANTS: u64 = 5_400;
/// How many are made of one history.
const OF_ONE: u64 = 60;
/// One in so many of those that compile runs on PostgreSQL too: a tenth is promised.
const ON_BOTH: usize = 6;

/// What became of the mutants of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    tried: usize,
    refused: usize,
    /// Those that compile and ran.
    sqlite: usize,
    postgres: usize,
    both: usize,
    /// Of those that ran, where rows were in the way of a step, on the way up or down.
    rows: usize,
    /// Of those that ran, where the author's SQL did not fit what the mutant made of the statement around it.
    raw: usize,
}

impl Fate {
    fn add(&mut self, more: &Fate) {
        self.tried += more.tried;
        self.refused += more.refused;
        self.sqlite += more.sqlite;
        self.postgres += more.postgres;
        self.both += more.both;
        self.rows += more.rows;
        self.raw += more.raw;
    }

    fn ran(&self) -> usize {
        self.sqlite + self.postgres - self.both
    }
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
    print_table(&fates);
    let sum = |of: fn(&Fate) -> usize| fates.values().map(of).sum::<usize>();
    let shown: Vec<&String> = failed.iter().take(30).collect();
    assert!(
        failed.is_empty(),
        "{} failed\n{}",
        failed.len(),
        shown.iter().map(|f| format!("\n{f}\n")).collect::<String>()
    );
    if wanted == MUTANTS {
        let of = |kind: &str| fates.get(kind).copied().unwrap_or_default();
        let named =
            |is: &dyn Fn(&Way) -> bool| WAYS.iter().filter(|w| is(w)).map(|w| w.name).collect::<Vec<_>>();
        let idle = named(&|way| of(way.name).refused == 0);
        assert_eq!(idle, [""; 0], "no history that is broken so is refused");
        let idle = named(&|way| of(way.name).ran() == 0 && way.runs == Runs::Some);
        assert_eq!(idle, [""; 0], "no history that is broken so runs");
        let wrong = named(&|way| of(way.name).ran() > 0 && way.runs == Runs::Never);
        assert_eq!(wrong, [""; 0], "a history that is broken so can run");
        assert!(sum(|f| f.both) * 10 >= sum(Fate::ran), "less than a tenth ran on both databases");
    }
}

fn print_table(fates: &BTreeMap<&str, Fate>) {
    let mut all = Fate::default();
    println!(
        "{:<52} {:>6} {:>8} {:>7} {:>5} {:>5} {:>4}",
        "kind", "tried", "refused", "SQLite", "both", "rows", "raw"
    );
    let line = |kind: &str, f: &Fate| {
        println!(
            "{kind:<52} {:>6} {:>8} {:>7} {:>5} {:>5} {:>4}",
            f.tried, f.refused, f.sqlite, f.both, f.rows, f.raw
        );
    };
    for (kind, fate) in fates {
        line(kind, fate);
        all.add(fate);
    }
    line("all", &all);
    println!("{} ran on PostgreSQL alone", all.postgres - all.both);
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
    // A declaration broken in one place is not true any more, which shows when it is compared with the database alone.
    if made.text.contains(" declares {") {
        return (0, Vec::new());
    }
    let mut source = Source::new(&made.text, &made.outcome, seed);
    let (mut count, mut wrong) = (0, Vec::new());
    let ways = (0..OF_ONE).map(|nth| &WAYS[(seed * OF_ONE + nth) as usize % WAYS.len()]);
    for way in ways.flat_map(|way| std::iter::repeat_n(way, way.draws)) {
        let Some(text) = (way.make)(&mut source) else { continue };
        let describe = |error: String| {
            format!("MIGRATE_MUTANTS_SEED={seed} MIGRATE_MUTANTS=1: {}\n{text}\n{error}", way.name)
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
        let mut fate = Fate { tried: 1, ..Fate::default() };
        let chosen = source.numbers.once_in(ON_BOTH);
        match run(&outcome, chosen, postgres) {
            Ok(Ran::Refused) => fate.refused = 1,
            Ok(Ran::On { sqlite, postgres, went }) => {
                fate.sqlite = usize::from(sqlite);
                fate.postgres = usize::from(postgres);
                fate.both = usize::from(sqlite && postgres);
                let broken = went.refused_up.or(went.refused_down);
                fate.raw = usize::from(broken == Some(Rule::Raw));
                fate.rows = usize::from(broken.is_some()) - fate.raw;
            }
            Err(error) => wrong.push(describe(error)),
        }
        fates.lock().unwrap().entry(way.name).or_default().add(&fate);
    }
    (count, wrong)
}

/// What became of a mutant.
enum Ran {
    Refused,
    On { sqlite: bool, postgres: bool, went: walk::Went },
}

/// Runs what compiles: on SQLite where the history does, and on PostgreSQL if it is chosen or for nothing else.
fn run(outcome: &Outcome, chosen: bool, postgres: &mut Option<(Dialect, Live)>) -> Result<Ran, String> {
    if !outcome.is_sound() {
        let mut errors = outcome.diagnostics.iter().filter(|d| d.level == Level::Error);
        return match errors.find(|d| d.code.as_str() == "unsupported_step") {
            Some(error) => Err(format!("no rule of the checker says it: {}", error.text())),
            None => Ok(Ran::Refused),
        };
    }
    let options = &outcome.compiled.options;
    let on_sqlite = options.has(Dialect::Sqlite);
    let newer = options.postgres.as_ref().is_some_and(|o| o.min > 15);
    let on_postgres = options.has(Dialect::Postgres) && !newer && (chosen || !on_sqlite);
    let mut lives = Vec::new();
    if on_sqlite {
        lives.push((Dialect::Sqlite, Live::in_memory()));
    }
    if on_postgres && let Some((dialect, live)) = postgres.take() {
        let schema = options.postgres_schema().unwrap_or("public");
        let fresh = "drop schema if exists public, app cascade; create schema public";
        live.execute(&format!("{fresh}; set search_path = {schema}"))
            .map_err(|e| format!("no fresh start: {e}"))?;
        lives.push((dialect, live));
    }
    if lives.is_empty() {
        return Err("it compiles, and no database is there that it is for".to_owned());
    }
    let went = catch_unwind(AssertUnwindSafe(|| walk::walk(outcome, &mut lives)))
        .unwrap_or_else(|_| Err("a panic, told above".to_owned()));
    if on_postgres {
        *postgres = lives.pop();
    }
    Ok(Ran::On { sqlite: on_sqlite, postgres: on_postgres, went: went? })
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
