//! A history at random that compiles.
//!
//! Comes in: a seed. Goes out: a history, made migration by migration: statements are offered, the compiler says which it refuses,
//! and the others stay. What it refuses it refuses with a finding at the statement; anything else is a failure.

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use migrate_core::compile::{Outcome, compile};
use migrate_core::diagnostics::Level;
use migrate_core::schema::Schema;
use migrate_core::source::files;
use migrate_core::target::Dialect;

use crate::maker::{Candidate, Maker};

/// A history, and how it came about.
pub struct Made {
    pub text: String,
    pub outcome: Outcome,
    /// The statements on the way up.
    pub statements: Vec<Candidate>,
    /// How many statements were offered.
    pub offered: usize,
    /// Why statements were refused, and how often.
    pub refused: BTreeMap<&'static str, usize>,
}

/// What a migration is made of.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Structure,
    Data,
    /// Both, without a way back.
    Mixed,
    /// One statement outside of a transaction.
    Outside,
}

/// The same history for the same seed.
pub fn make(seed: u64) -> Result<Made, String> {
    let mut maker = Maker::new(seed);
    let options = match maker.numbers.below(20) {
        0..=3 => "#![sqlite(strict)]\n",
        4 | 5 => "#![sqlite(uuid = \"blob\")]\n",
        6 | 7 => "#![postgres(min = 15)]\n",
        8 => "#![sqlite(min = \"3.35\", strict)]\n",
        9 => "#![postgres(schema = \"app\")]\n",
        10 | 12 => "#![dialects(sqlite)]\n",
        11 => "#![dialects(postgres)] #![postgres(min = 15)]\n",
        _ => "",
    };
    maker.strict = options.contains("strict");
    maker.only = match () {
        () if options.contains("dialects(sqlite)") => Some(Dialect::Sqlite),
        () if options.contains("dialects(postgres)") => Some(Dialect::Postgres),
        () => None,
    };
    let mut made = Made {
        text: options.to_owned(),
        outcome: compiled(options)?,
        statements: Vec::new(),
        offered: 0,
        refused: BTreeMap::new(),
    };
    let wanted = 3 + maker.numbers.below(5);
    for at in 0..wanted {
        let kind = match (at, maker.numbers.below(9)) {
            (0 | 1, _) => Kind::Structure,
            (_, 0..=2) => Kind::Data,
            (_, 3) => Kind::Outside,
            (_, 4..=6) if at + 1 == wanted => Kind::Mixed,
            _ => Kind::Structure,
        };
        migration(&mut maker, &mut made, kind)?;
    }
    Ok(made)
}

/// Adds a migration, if anything of what is offered is sound.
fn migration(maker: &mut Maker, made: &mut Made, kind: Kind) -> Result<(), String> {
    let schema = made.outcome.compiled.schema.clone();
    let mut up = offers(maker, &schema, kind);
    let mut down = if kind == Kind::Data { offers(maker, &schema, kind) } else { Vec::new() };
    if !maker.numbers.once_in(2) {
        down.clear();
    }
    made.offered += up.len() + down.len();
    let number = made.outcome.compiled.migrations.len() + 1;
    for _ in 0..6 {
        if up.is_empty() {
            return Ok(());
        }
        let (text, first) = written(&made.text, number, kind, &up, &down);
        let outcome = compiled(&text)?;
        let wrong = errors(&outcome);
        if wrong.iter().any(|(_, code)| *code == "unsupported_step") {
            return Err(format!("no rule of the checker says what is wrong with\n{text}"));
        }
        if wrong.is_empty() {
            made.text = text;
            made.outcome = outcome;
            made.statements.extend(up);
            return Ok(());
        }
        let down_first = first + up.len() + 2;
        let mut dropped = false;
        for list in [(&mut up, first), (&mut down, down_first)] {
            dropped |= repair(list.0, list.1, &wrong, &mut made.refused);
        }
        if !dropped {
            // An error of the whole: what stands together cannot.
            for (_, code) in wrong {
                *made.refused.entry(code).or_default() += up.len();
            }
            return Ok(());
        }
    }
    Err(format!("the compiler goes on refusing:\n{}", written(&made.text, number, kind, &up, &down).0))
}

/// Gives statements the word that they lack, drops those that are wrong; tells whether anything was done.
fn repair(
    list: &mut Vec<Candidate>,
    first: usize,
    wrong: &[(usize, &'static str)],
    refused: &mut BTreeMap<&'static str, usize>,
) -> bool {
    let mut done = false;
    let mut at = first;
    list.retain_mut(|candidate| {
        let codes: Vec<&'static str> = wrong.iter().filter(|(line, _)| *line == at).map(|w| w.1).collect();
        at += 1;
        if codes.is_empty() {
            return true;
        }
        done = true;
        if codes.iter().all(|code| *code == "needs_recreate") && !candidate.text.contains(" recreate ") {
            let mut words = candidate.text.splitn(4, ' ');
            let [alter, table, name, rest] = [(); 4].map(|()| words.next().unwrap_or_default());
            candidate.text = format!("{alter} {table} {name} recreate {rest}");
            return true;
        }
        codes.iter().for_each(|code| *refused.entry(code).or_default() += 1);
        false
    });
    done
}

fn offers(maker: &mut Maker, schema: &Schema, kind: Kind) -> Vec<Candidate> {
    let count = if kind == Kind::Outside { 1 } else { 1 + maker.numbers.below(4) };
    let mut offers = Vec::new();
    for _ in 0..count * 3 {
        let offer = match kind {
            Kind::Structure => maker.structure(schema),
            Kind::Data => maker.data(schema),
            Kind::Outside => maker.outside(schema),
            Kind::Mixed if maker.numbers.once_in(2) => maker.data(schema),
            Kind::Mixed => maker.structure(schema),
        };
        // Raw SQL names what is there when it runs, which nobody follows.
        let renames = |o: &Candidate| o.text.contains("rename ") || o.text.contains("drop ");
        if offer.as_ref().is_some_and(|o| o.text.contains("sql \"")) && offers.iter().any(renames) {
            continue;
        }
        offers.extend(offer);
        if offers.len() == count {
            break;
        }
    }
    if kind == Kind::Data && maker.numbers.once_in(5) {
        let text = "sql { sqlite \"select 1\", postgres \"select 1\" }".to_owned();
        offers.push(Candidate { form: "sql", text });
    }
    if matches!(kind, Kind::Data | Kind::Mixed) && maker.numbers.once_in(8) {
        offers.push(maker.call());
    }
    if kind == Kind::Mixed && maker.numbers.once_in(3) {
        offers.extend(maker.declares(schema));
    }
    offers
}

/// The history with one migration more, and the line of its first statement.
fn written(before: &str, number: usize, kind: Kind, up: &[Candidate], down: &[Candidate]) -> (String, usize) {
    let lines = |list: &[Candidate]| list.iter().map(|c| format!("{}\n", c.text)).collect::<String>();
    let head = before.lines().count() + 1;
    let name = format!("m{number:04}_random");
    match kind {
        Kind::Structure => (format!("{before}migration {name} {{\n{}}}\n", lines(up)), head + 1),
        Kind::Data => {
            let (up, down) = (lines(up), lines(down));
            let text = format!(
                "{before}migration {name} {{ up {{\n{up}}}\ndown {{\n{down}sql \"select 1\";\n}} }}\n"
            );
            (text, head + 1)
        }
        Kind::Mixed | Kind::Outside => {
            let up = lines(up);
            (
                format!("{before}migration {name} {{ up {{\n{up}}}\ndown irreversible \"random\"; }}\n"),
                head + 1,
            )
        }
    }
}

/// Compiles a history that stands inline. Whatever it is, the compiler does not panic.
pub fn compiled(text: &str) -> Result<Outcome, String> {
    let sources =
        files::inline_text("random.rs", text).map_err(|e| format!("no Rust tokens: {e}\n{text}"))?;
    catch_unwind(|| compile(sources)).map_err(|_| format!("the compiler panics over\n{text}"))
}

/// The line and code of each error.
fn errors(outcome: &Outcome) -> Vec<(usize, &'static str)> {
    let tokens = &outcome.sources.bodies[0].tokens;
    let error = |d: &&migrate_core::diagnostics::Diagnostic| d.level == Level::Error;
    (outcome.diagnostics.iter().filter(error))
        .map(|d| {
            let line = tokens.get(d.loc.first as usize).map_or(0, |t| t.start.line as usize);
            (line, d.code.as_str())
        })
        .collect()
}
