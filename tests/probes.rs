//! Rows in the way are told before anything is touched, exactly where the step would fail.
//!
//! Every case is a table and a migration that rows of it can refuse. Random rows go in on both databases; then the migration
//! runs with its questions and without: it is refused by a question where, and only where, it fails without them, and the
//! database is as it was. The same holds where the migration writes the rows itself before, so that it can be asked only
//! when the step has failed.
//!
//! `MIGRATE_PROBES=500 cargo test --test probes` makes so many sets of rows of each case.

// What lints say of these histories.
#![allow(deprecated)]

#[path = "probes/asked.rs"]
mod asked;
#[path = "probes/cases.rs"]
mod cases;
#[path = "../migrate-cli/src/history.rs"]
mod leak;

use cases::{CASES, Case};
use migrate::{Error, History, Runner};
use migrate_core::compile::{Compiled, compile};
use migrate_core::source::files;
use migrate_core::target::Dialect;
use migrate_test_support::{Numbers, block_on, postgres};

/// A case, compiled: with its questions, and without.
struct Made {
    case: &'static Case,
    asking: &'static History,
    silent: &'static History,
}

fn compiled(text: &str) -> Compiled {
    let outcome = compile(files::inline_text("case.rs", text).expect("words"));
    let found: Vec<String> =
        outcome.diagnostics.iter().map(|d| format!("{} [{}]", d.message, d.code)).collect();
    assert!(outcome.is_sound(), "{text}\n{}", found.join("\n"));
    outcome.compiled
}

/// The history of a case; `busy` writes every row anew before the migration's own statement.
fn made(case: &'static Case, dialect: Dialect, busy: bool) -> Made {
    let writes = if busy { case.writes } else { "" };
    let options = case.options;
    let text = format!(
        "{options} migration m1 {{ {} }} migration m2 {{ up {{ {writes} {} }} down irreversible \"no\"; }}",
        case.tables, case.step
    );
    let mut compiled = compiled(&text);
    let asking = leak::leak(&compiled);
    for migration in &mut compiled.migrations {
        for script in [&mut migration.sqlite, &mut migration.postgres].into_iter().flatten() {
            script.probes.clear();
        }
    }
    let probes = compiled_probes(&text, dialect);
    assert!(!probes.is_empty(), "nothing is asked in {}", case.name);
    Made { case, asking, silent: leak::leak(&compiled) }
}

/// Whether each question can be asked before the migration.
fn compiled_probes(text: &str, dialect: Dialect) -> Vec<bool> {
    let compiled = compiled(text);
    let script = compiled.migrations[1].script(dialect);
    script.map_or(Vec::new(), |s| s.probes.iter().map(|p| p.since < 2).collect())
}

/// Statements that put random rows in.
fn rows(case: &Case, dialect: Dialect, numbers: &mut Numbers) -> Vec<String> {
    let mut statements = Vec::new();
    for (table, columns, values) in case.rows {
        for id in 1..=numbers.below(5) {
            let values: Vec<String> = (values.iter())
                .map(|choices| match numbers.pick(choices) {
                    Some("{id}") | None => id.to_string(),
                    Some(value) => truth(value, dialect),
                })
                .collect();
            statements.push(format!("INSERT INTO {table} ({columns}) VALUES ({})", values.join(", ")));
        }
    }
    statements
}

fn truth(value: &str, dialect: Dialect) -> String {
    match (value, dialect) {
        ("true", Dialect::Sqlite) => "1".to_owned(),
        ("false", Dialect::Sqlite) => "0".to_owned(),
        _ => value.to_owned(),
    }
}

fn sets() -> usize {
    std::env::var("MIGRATE_PROBES").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

/// Compares what came of the migration with its questions and without. Gives whether rows were in the way.
fn judged(
    what: &str,
    with: Result<migrate::Report, Error>,
    without: impl FnOnce() -> Result<migrate::Report, Error>,
) -> bool {
    match with {
        Ok(_) => false,
        Err(Error::RowsInTheWay { found }) => {
            assert!(!found.is_empty() && found.iter().all(|f| f.rows > 0), "{what}: {found:?}");
            match without() {
                Err(Error::Statement { .. } | Error::NewForeignKeyViolations { .. }) => true,
                other => panic!("{what}: {found:?}, and without: {other:?}"),
            }
        }
        Err(other) => panic!("{what}: no question foresaw it: {other}"),
    }
}

fn on_sqlite(made: &Made, busy: bool, numbers: &mut Numbers) -> [usize; 2] {
    let mut seen = [0, 0];
    for _ in 0..sets() {
        let mut db = rusqlite::Connection::open_in_memory().unwrap();
        Runner::new(made.asking).target("1").run(&mut db).unwrap();
        // Rows that refer to nothing are the point.
        db.pragma_update(None, "foreign_keys", false).unwrap();
        let rows = rows(made.case, Dialect::Sqlite, numbers);
        // Some collide with what is there already.
        rows.iter().for_each(|sql| _ = db.execute_batch(sql));
        let before = schema(&db);
        let with = Runner::new(made.asking).run(&mut db);
        let refused = with.is_err();
        let what = format!("{} on SQLite, written before: {busy}, {rows:#?}", made.case.name);
        let by_rows = judged(&what, with, || {
            assert_eq!(schema(&db), before, "{what}");
            Runner::new(made.silent).run(&mut db)
        });
        assert_eq!(refused, by_rows);
        seen[usize::from(by_rows)] += 1;
    }
    seen
}

fn schema(db: &rusqlite::Connection) -> Vec<String> {
    let mut statement = db.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn on_postgres(
    made: &Made,
    busy: bool,
    numbers: &mut Numbers,
    db: &mut tokio_postgres::Client,
) -> [usize; 2] {
    let mut seen = [0, 0];
    for _ in 0..sets().div_ceil(2) {
        block_on(db.batch_execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")).unwrap();
        block_on(Runner::new(made.asking).target("1").run_async(db)).unwrap();
        let rows = rows(made.case, Dialect::Postgres, numbers);
        for sql in &rows {
            let _ = block_on(db.batch_execute(sql));
        }
        let with = block_on(Runner::new(made.asking).run_async(db));
        let refused = with.is_err();
        let what = format!("{} on PostgreSQL, written before: {busy}, {rows:#?}", made.case.name);
        let by_rows = judged(&what, with, || block_on(Runner::new(made.silent).run_async(db)));
        assert_eq!(refused, by_rows);
        seen[usize::from(by_rows)] += 1;
    }
    seen
}

#[test]
fn a_question_finds_rows_exactly_where_the_step_fails() {
    let postgres = postgres::database();
    let mut client = postgres.client();
    let mut numbers = Numbers::seeded(7);
    for case in CASES {
        let mut seen = [0, 0];
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            if case.only.is_some_and(|only| only != dialect) {
                continue;
            }
            for busy in [false, true] {
                let made = made(case, dialect, busy);
                let now = match dialect {
                    Dialect::Sqlite => on_sqlite(&made, busy, &mut numbers),
                    Dialect::Postgres => on_postgres(&made, busy, &mut numbers, &mut client),
                };
                seen = [seen[0] + now[0], seen[1] + now[1]];
            }
        }
        assert!(seen.iter().all(|n| *n > 3), "{}: {seen:?} went through and were refused", case.name);
    }
}
