//! The table of all constructs in docs/language.md, with the SQL of both databases, is made here.
//!
//! Each line of `constructs/examples.txt` is an example: it is compiled over its base, its SQL stands in the table, and it runs on
//! both databases. Every construct of the tree has an example. `MIGRATE_BLESS=1 cargo test --test constructs` writes the table.

#[path = "constructs/every.rs"]
mod every;
#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "language/live.rs"]
#[allow(dead_code, reason = "other tests share the room and use all of it")]
mod live;
#[path = "constructs/names.rs"]
mod names;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use every::every;
use live::Live;
use migrate_core::compile::{Compiled, Outcome, Piece, compile};
use migrate_core::diagnostics::code;
use migrate_core::dialect::Work;
use migrate_core::source::files;
use migrate_core::target::{Dialect, Options};
use names::Seen;

const EXAMPLES: &str = include_str!("constructs/examples.txt");
const BEGIN: &str = "<!-- constructs: written by tests/constructs.rs -->\n";
const END: &str = "<!-- end of constructs -->\n";

/// One example: what stands before it, and what it shows.
struct Example {
    group: &'static str,
    options: &'static str,
    base: &'static str,
    text: &'static str,
}

#[test]
fn every_example_compiles() {
    let told = |example: &Example| {
        let outcome = compiled(example);
        let lines: Vec<String> = outcome.diagnostics.iter().map(|d| d.text()).collect();
        (!lines.is_empty()).then(|| format!("{}\n{}", example.text, lines.join("\n")))
    };
    let wrong: Vec<String> = examples().iter().filter_map(told).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_table_is_made_of_the_examples() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).expect("the page has the table's begin");
    let (_, tail) = rest.split_once(END).expect("the page has the table's end");
    let made = format!("{head}{BEGIN}{}{END}{tail}", table());
    if std::env::var_os("MIGRATE_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
        return;
    }
    assert!(page == made, "run `MIGRATE_BLESS=1 cargo test --test constructs`");
}

#[test]
fn every_construct_has_an_example() {
    let mut seen = Seen::default();
    for example in examples() {
        for entry in &compiled(&example).sources.history.entries {
            entry.inline.iter().for_each(|m| seen.migration(m));
        }
    }
    let seen: BTreeSet<String> = seen.0.into_iter().collect();
    let all = every();
    let missing: Vec<&String> = all.difference(&seen).collect();
    assert!(missing.is_empty(), "no line of tests/constructs/examples.txt shows {missing:?}");
}

#[test]
fn every_example_runs_on_sqlite() {
    run(Dialect::Sqlite, |_| Live::in_memory());
}

/// What `verify-sqlite` runs is what the runtime runs: it refuses nothing that goes.
#[test]
fn every_example_is_verified_on_sqlite() {
    for example in examples() {
        let Outcome { compiled, sources, .. } = compiled(&example);
        let migrations: Vec<_> = compiled.migrations.iter().collect();
        let refused = migrate_verify::sqlite::refused(&migrations, &sources.bodies);
        assert!(refused.is_empty(), "{}\n{refused:?}", example.text);
    }
}

#[test]
fn every_example_runs_on_postgres() {
    let mut live = Some(Live::new(Dialect::Postgres, &Options::default()));
    run(Dialect::Postgres, |done| {
        let live = done.or_else(|| live.take()).expect("one is there");
        live.execute("drop schema public cascade; create schema public").unwrap();
        live
    });
}

/// Runs all examples of a database up and down; `next` gives an empty database, from the last one if it wants.
fn run(dialect: Dialect, mut next: impl FnMut(Option<Live>) -> Live) {
    let mut wrong = Vec::new();
    let mut last = None;
    for example in examples() {
        let compiled = compiled(&example).compiled;
        let here = compiled.options.has(dialect);
        let scripts = compiled.migrations.iter().filter_map(|m| m.script(dialect));
        // Functions are the application's.
        if !here || scripts.flat_map(|s| &s.up).any(|p| p.work.called().is_some()) {
            continue;
        }
        let mut live = next(last.take());
        // The server of the tests is older.
        let newer = compiled.options.postgres.as_ref().is_some_and(|o| o.min > 15);
        if dialect == Dialect::Sqlite || !newer {
            wrong.extend(walk(dialect, &compiled, &mut live).err().map(|e| format!("{}\n{e}", example.text)));
        }
        last = Some(live);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn walk(dialect: Dialect, compiled: &Compiled, live: &mut Live) -> Result<(), String> {
    let history = leak::leak(compiled);
    let same = |live: &Live, count: usize| {
        let told = live.differences(compiled.schema_after(count), &compiled.options)?;
        if told.is_empty() { Ok(()) } else { Err(told.join("\n")) }
    };
    let names: Vec<&str> = compiled.migrations.iter().map(|m| m.name.as_str()).collect();
    let last = names.last().ok_or("no migration")?;
    live.up(history, last)?;
    same(live, names.len())?;
    let script = compiled.migrations[names.len() - 1].script(dialect).ok_or("no script")?;
    if let migrate_core::compile::Down::Pieces(_) = script.down {
        live.down(history, last)?;
        same(live, names.len() - 1)?;
    }
    Ok(())
}

/// All examples, in order.
fn examples() -> Vec<Example> {
    let (mut group, mut base) = ("", "");
    let mut examples = Vec::new();
    for line in EXAMPLES.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            (group, base) = (title, "");
        } else if let Some(text) = line.strip_prefix("base ") {
            base = text;
        } else {
            let end = if line.starts_with("#!") { line.rfind(")] ").map_or(0, |i| i + 2) } else { 0 };
            let (options, text) = line.split_at(end);
            examples.push(Example { group, options, base, text: text.trim_start() });
        }
    }
    examples
}

/// Compiles an example; where a way down must be written, it has none.
fn compiled(example: &Example) -> Outcome {
    let Example { options, base, text, .. } = example;
    let base = if base.is_empty() { String::new() } else { format!("migration m0001_base {{ {base} }}\n") };
    let derived = outcome(&format!("{options}\n{base}migration m0002_example {{ {text} }}\n"));
    if derived.diagnostics.iter().any(|d| d.code != code::DOWN_REQUIRED) || derived.is_sound() {
        return derived;
    }
    let text = format!("migration m0002_example {{ up {{ {text} }} down irreversible \"an example\"; }}\n");
    outcome(&format!("{options}\n{base}{text}"))
}

fn outcome(text: &str) -> Outcome {
    compile(files::inline_text("example.rs", text).unwrap_or_else(|e| panic!("{e}: {text}")))
}

fn table() -> String {
    let mut table = String::new();
    let mut group = "";
    for example in examples() {
        if example.group != group {
            group = example.group;
            write!(table, "\n### {group}\n\n| language | SQLite | PostgreSQL |\n|---|---|---|\n").unwrap();
        }
        let compiled = compiled(&example).compiled;
        let migration = compiled.migrations.last().expect("the example");
        let cell = |dialect| match migration.script(dialect) {
            Some(script) if script.up.is_empty() => "nothing".to_owned(),
            Some(script) => script.up.iter().map(shown).collect::<Vec<_>>().join("<br>"),
            None => "not there".to_owned(),
        };
        let options =
            if example.options.is_empty() { String::new() } else { format!("{}<br>", code(example.options)) };
        let (lite, postgres) = (cell(Dialect::Sqlite), cell(Dialect::Postgres));
        writeln!(table, "| {options}{} | {lite} | {postgres} |", code(example.text)).unwrap();
    }
    table.push('\n');
    table
}

/// What a piece of work does, in a cell.
fn shown(piece: &Piece) -> String {
    match &piece.work {
        Work::Statement(sql) | Work::Native(sql) => code(sql),
        Work::Call(path) => format!("the function {}", code(&path.text)),
        Work::CallOutside(path) => format!("the function {}, outside of a transaction", code(&path.text)),
        Work::Concurrently(index) => format!("{}, outside of a transaction", code(&index.sql)),
        Work::Batches(batches) => {
            let condition = batches.condition.as_ref().map(|c| format!(" WHERE {c}")).unwrap_or_default();
            let update = code(&format!("{}{condition}", batches.update));
            format!("{update} for {} rows at a time by {}", batches.rows, code(&batches.key.join(", ")))
        }
        Work::Rebuild(rebuild) => {
            let copy = format!("SELECT {} FROM `{}`", rebuild.copy_values.join(", "), rebuild.table);
            let mut cell = format!("a rebuild: {}<br>filled by {}", code(&rebuild.create), code(&copy));
            rebuild.indexes.iter().for_each(|index| {
                let _ = write!(cell, "<br>{}", code(index));
            });
            cell
        }
    }
}

/// Code in a cell of a table: on one line, within backticks that it does not hold, every `|` escaped.
fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}
