//! Random histories with all statements of the language but `call` and those about extensions.
//!
//! A history is made of statements that the compiler takes, applied with rows in the tables, taken back, and applied again. After every
//! step the schema that the database tells of is the folded one, and the rows that were there are there. Both databases end
//! with the same rows. A history that is printed in its canonical form is the same history.
//!
//! `MIGRATE_RANDOM=20000 cargo test --test random` runs so many, `MIGRATE_RANDOM_SEED=7` begins with that one; a failure prints
//! its history and how to run it again.

#[path = "random/history.rs"]
mod history;
#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "language/live.rs"]
mod live;
#[path = "random/maker.rs"]
mod maker;
#[path = "language/rows.rs"]
mod rows;
#[path = "random/tables.rs"]
mod tables;
#[path = "random/values.rs"]
mod values;
#[path = "random/walk.rs"]
mod walk;

use std::collections::BTreeMap;
use std::sync::Mutex;

use history::{Made, compiled, make};
use live::Live;
use migrate_core::compile::Compiled;
use migrate_core::print::canonical;
use migrate_core::source::FileId;
use migrate_core::target::{Dialect, Options};

/// Histories that are made where the environment does not say how many.
const ON_SQLITE: u64 = 2_000;
const ON_BOTH: u64 = 300;

#[derive(Default)]
struct Total {
    histories: usize,
    steps: usize,
    down: usize,
    rows: usize,
    offered: usize,
    statements: usize,
    refused: BTreeMap<&'static str, usize>,
    stopped: BTreeMap<String, usize>,
    forms: BTreeMap<&'static str, usize>,
    words: BTreeMap<&'static str, usize>,
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
    report(&total.into_inner().unwrap(), count == ON_SQLITE);
    fail(&failed.into_inner().unwrap());
}

#[test]
fn random_histories_run_on_both_databases_alike() {
    let (first, count) = range(ON_BOTH);
    let total = Mutex::new(Total::default());
    let mut postgres = (Dialect::Postgres, Live::new(Dialect::Postgres, &Options::default()));
    let mut failed = Vec::new();
    for seed in first..first + count {
        postgres.1.execute("drop schema public cascade; create schema public").unwrap();
        let mut lives = [(Dialect::Sqlite, Live::in_memory()), postgres];
        failed.extend(one(seed, &mut lives, &total).err());
        let [_, again] = lives;
        postgres = again;
    }
    report(&total.into_inner().unwrap(), false);
    fail(&failed);
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
    reads_back(&made).map_err(|e| describe(e, &made.text))?;
    let went = walk::walk(&made, lives).map_err(|e| describe(e, &made.text))?;
    let mut total = total.lock().unwrap();
    total.histories += 1;
    total.steps += went.up;
    total.down += went.down;
    total.rows += went.rows;
    total.offered += made.offered;
    for (code, count) in made.refused {
        *total.refused.entry(code).or_default() += count;
    }
    if let Some(why) = went.refused_up {
        let why = why.split("failed at").nth(1).unwrap_or(&why).split('\n').next().unwrap_or_default();
        let why = why.split(": ").nth(1).unwrap_or(why).chars().take(24).collect();
        *total.stopped.entry(why).or_default() += 1;
    }
    for word in WORDS {
        *total.words.entry(word).or_default() += usize::from(made.text.contains(word));
    }
    for statement in made.statements.iter().flatten() {
        total.statements += 1;
        *total.forms.entry(statement.form).or_default() += 1;
    }
    Ok(())
}

/// The canonical form of a history is the same history: the same checksums, and the same SQL, but for comments, which it leaves out.
fn reads_back(made: &Made) -> Result<(), String> {
    let outcome = compiled(&made.text)?;
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
                    .map(|s| s.up.iter().map(|p| p.work.clone()).collect::<Vec<_>>())
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

fn report(total: &Total, whole: bool) {
    let Total { histories, steps, down, rows, offered, statements, refused, stopped, forms, words } = total;
    println!(
        "{histories} histories, {steps} steps up, {down} down, {rows} rows; {statements} of {offered} statements taken\n\
         refused: {refused:?}\nstopped by rows: {stopped:?}\nforms: {forms:?}"
    );
    if !whole {
        return;
    }
    let rare = |list: &[&'static str], found: &BTreeMap<&'static str, usize>| {
        list.iter().copied().filter(|one| found.get(one).copied().unwrap_or(0) < 3).collect::<Vec<_>>()
    };
    assert_eq!(rare(FORMS, forms), [""; 0], "hardly any history has these");
    assert_eq!(rare(WORDS, words), [""; 0], "hardly any history has these");
    assert!(statements * 3 > *offered, "most of what is offered is refused");
    assert!(steps > &(histories * 2), "most histories end early");
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

/// Every form of a statement that must be among them.
const FORMS: &[&str] = &[
    "create table",
    "drop table",
    "rename table",
    "create index",
    "drop index",
    "rename index",
    "create view",
    "drop view",
    "rename view",
    "create trigger",
    "drop trigger",
    "alter table, several",
    "add column",
    "add column references",
    "drop column",
    "rename column",
    "alter column type",
    "alter column type using",
    "set default",
    "drop default",
    "set not null",
    "set not null using",
    "drop not null",
    "add value",
    "rename value",
    "add unique",
    "add check",
    "add primary key",
    "add foreign key",
    "drop primary key",
    "drop constraint",
    "drop foreign key",
    "rename constraint",
    "validate constraint",
    "alter foreign key",
    "insert values",
    "insert select",
    "update",
    "delete",
    "delete with a query",
    "sql",
];

/// What must stand in some of them.
const WORDS: &[&str] = &[
    "#![sqlite(strict)]",
    "uuid = \"blob\"",
    "#[doc =",
    " without rowid",
    " autoincrement,",
    " autoincrement serial",
    " default now",
    " default random",
    " default (",
    " default sql {",
    " default true",
    " unique",
    " check (",
    " collate binary",
    " collate {",
    " generated (",
    " stored",
    " type {",
    "as text",
    " on delete cascade",
    " on delete set null",
    " on delete set default",
    " on delete restrict",
    " on update cascade",
    " deferrable",
    " not deferrable",
    " not valid",
    "primary key (",
    "unique (",
    "unique index",
    " index ",
    " include (",
    " nulls first",
    " nulls last",
    " class text_pattern_ops",
    " using hash",
    " using gin",
    " using brin",
    " only postgres",
    " only sqlite",
    "lower(",
    " desc",
    " recreate {",
    " as sql ",
    " as select distinct",
    " group by",
    " left join",
    " is not null",
    " not in (select",
    "not exists (select",
    "case when",
    "coalesce(",
    "(select count(*)",
    " order by",
    " on conflict do nothing",
    " between",
    " like ",
    " in (\"",
    "down irreversible",
];
