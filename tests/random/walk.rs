//! A history on real databases: up step by step with rows in the tables, down, and up again.
//!
//! Comes in: a history and the databases to run it on, empty ones. Goes out: how far it went, or what is not as it should be. Rows can
//! refuse a step (a unique index over duplicates): then it has to fail on every database, by a rule that a statement at this
//! place can break, and has to change nothing. That holds on the way down as on the way up.

use std::collections::BTreeMap;

use migrate_core::compile::{Down, Outcome};
use migrate_core::diagnostics::Diagnostic;
use migrate_core::schema::{Column, Schema, Table, Type, same_name};
use migrate_core::source::Token;
use migrate_core::source::token::Kind;
use migrate_core::syntax::ast;
use migrate_core::target::Dialect;
use migrate_test_support::Numbers;

use crate::effects::{
    Rule, column_renamed, effects, is_of_data, is_of_own_expressions, is_outside, moves_beside_a_rebuild,
    renamed, rules,
};
use crate::functions::function;
use crate::leak;
use crate::live::Live;
use crate::rows::{compare, normal, query};
use crate::values;

/// How a history went.
#[derive(Debug, Default)]
pub struct Went {
    /// Steps up that were done the first time.
    pub up: usize,
    /// What rows broke in the step after these.
    pub refused_up: Option<Rule>,
    /// What rows broke on the way down.
    pub refused_down: Option<Rule>,
    /// Steps down that were done.
    pub down: usize,
    /// Rows that were put in.
    pub rows: usize,
}

/// For each table its columns and its rows, every value as text.
type Contents = BTreeMap<String, (Vec<Column>, Vec<Vec<String>>)>;

/// A history on its way.
struct Walk<'a> {
    outcome: &'a Outcome,
    lives: &'a mut [(Dialect, Live)],
    /// The history without its questions, once one refused something.
    silent: Option<&'static migrate::History>,
}

/// Which way a step goes.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

/// Runs a history.
pub fn walk(outcome: &Outcome, lives: &mut [(Dialect, Live)]) -> Result<Went, String> {
    let declared = leak::leak_with(&outcome.compiled, function);
    let mut walk = Walk { outcome, lives, silent: None };
    let mut went = Went::default();
    let count = outcome.compiled.migrations.len();
    while went.up < count {
        if walk.is_one_sided(went.up) {
            return Ok(went);
        }
        went.rows += walk.put_rows(went.up);
        match walk.step(declared, went.up, Way::Up)? {
            None => went.up += 1,
            refused => {
                went.refused_up = refused;
                break;
            }
        }
    }
    // Where one database went on, or a step was done in part, there is no way back for both.
    if walk.differ() || walk.tree(went.up).is_some_and(is_outside) {
        return Ok(went);
    }
    for at in (0..went.up).rev() {
        if walk.is_irreversible(at)? {
            walk.refuses(declared, at)?;
            return Ok(went);
        }
        went.refused_down = walk.step(declared, at, Way::Down)?;
        if went.refused_down.is_some() {
            return Ok(went);
        }
        went.down += 1;
    }
    for at in 0..went.up {
        // Rows of the author's can want those that were there the first time.
        if walk.step(declared, at, Way::Up).map_err(|e| format!("again: {e}"))?.is_some() {
            break;
        }
    }
    Ok(went)
}

/// Wanders up and down a history: so many legs, each to a migration at random, with more rows before each way up. Gives how many
/// migrations were applied and taken back; rows that refuse a step end it there.
#[allow(dead_code, reason = "one of the tests that share this room wants it")]
pub fn wander(
    outcome: &Outcome,
    lives: &mut [(Dialect, Live)],
    legs: usize,
    numbers: &mut Numbers,
) -> Result<usize, String> {
    let declared = leak::leak_with(&outcome.compiled, function);
    let mut walk = Walk { outcome, lives, silent: None };
    let count = outcome.compiled.migrations.len();
    let (mut at, mut steps) = (0, 0);
    for _ in 0..legs {
        let goal = numbers.below(count + 1);
        while at != goal {
            let (step, way) = if at < goal { (at, Way::Up) } else { (at - 1, Way::Down) };
            let stops = match way {
                Way::Up => walk.is_one_sided(step),
                Way::Down => walk.is_irreversible(step)?,
            };
            if stops {
                return Ok(steps);
            }
            if way == Way::Up && numbers.below(2) == 0 {
                walk.put_rows(step);
            }
            if walk.step(declared, step, way)?.is_some() {
                return Ok(steps);
            }
            steps += 1;
            at = if way == Way::Up { at + 1 } else { at - 1 };
        }
    }
    Ok(steps)
}

impl Walk<'_> {
    fn tree(&self, at: usize) -> Option<&ast::Migration> {
        self.outcome.sources.history.entries.get(at)?.inline.as_ref()
    }

    fn schema(&self, count: usize) -> &Schema {
        self.outcome.compiled.schema_after(count)
    }

    fn name(&self, at: usize) -> &str {
        &self.outcome.compiled.migrations[at].name
    }

    /// Whether the databases are not at the same migration.
    fn differ(&self) -> bool {
        let applied = |live: &Live| live.rows("select count(*) from _migrations").ok();
        self.lives.windows(2).any(|pair| applied(&pair[0].1) != applied(&pair[1].1))
    }

    /// Whether rows are put in from here on that a unique index of one database keeps out there alone.
    fn is_one_sided(&self, at: usize) -> bool {
        let moves = |at: usize| self.tree(at).is_some_and(|t| t.up.iter().any(is_of_data));
        let here = at > 0 && self.lives.len() == 2 && has_one_sided_key(self.schema(at));
        here && (at..self.outcome.compiled.migrations.len()).any(moves)
    }

    fn is_irreversible(&self, at: usize) -> Result<bool, String> {
        let migration = &self.outcome.compiled.migrations[at];
        let is = |d: Dialect| {
            let script = migration.script(d).ok_or_else(|| format!("{} has no script", migration.name))?;
            Ok(matches!(script.down, Down::Irreversible(_)))
        };
        let all: Vec<bool> = self.lives.iter().map(|(d, _)| is(*d)).collect::<Result<_, String>>()?;
        match all.iter().all(|one| *one == all[0]) {
            true => Ok(all[0]),
            false => Err(format!("{} has a way down on one database", migration.name)),
        }
    }

    /// That a migration without a way down is not taken back.
    fn refuses(&mut self, declared: &'static migrate::History, at: usize) -> Result<(), String> {
        let name = self.name(at).to_owned();
        match self.lives.iter_mut().any(|(_, live)| live.down(declared, &name).is_ok()) {
            true => Err(format!("{name} was taken back")),
            false => Ok(()),
        }
    }

    /// One migration on all databases; gives the rule that rows broke, if they did.
    fn step(
        &mut self,
        declared: &'static migrate::History,
        at: usize,
        way: Way,
    ) -> Result<Option<Rule>, String> {
        let name = self.name(at).to_owned();
        let (from, to) = if way == Way::Up { (at, at + 1) } else { (at + 1, at) };
        let before = self.contents(from)?;
        let run = |live: &mut Live| match way {
            Way::Up => live.up(declared, &name),
            Way::Down => live.down(declared, &name),
        };
        let done: Vec<Result<(), String>> = self.lives.iter_mut().map(|(_, live)| run(live)).collect();
        let errors: Vec<&String> = done.iter().filter_map(|d| d.as_ref().err()).collect();
        if let Some(first) = errors.first() {
            let broken: Vec<Option<Rule>> = errors.iter().map(|e| self.broken(at, way, e)).collect();
            let all = errors.len() == self.lives.len();
            // SQLite has foreign keys off while a table is dropped or rebuilt, and never sees a row that is gone by the end.
            let beside = self.tree(at).is_some_and(moves_beside_a_rebuild);
            // A unique index of one database is broken there alone.
            let alone = match broken[0] {
                Some(Rule::Unique) => has_one_sided_key(self.schema(to)),
                rule => rule == Some(Rule::Raw),
            };
            let later = matches!(&done[..], [Err(lite), Ok(())] if self.is_of_a_later_look(from, to, lite));
            if broken.contains(&None) || !(all || beside || later || alone) {
                return Err(format!("{name}: {done:?}"));
            }
            // What stands outside of a transaction keeps what it did.
            let whole = !self.tree(at).is_some_and(is_outside);
            for (i, _) in done.iter().enumerate().filter(|(_, d)| d.is_err() && whole) {
                self.same_schema(from, i).map_err(|e| format!("after a refusal, {e}"))?;
                if self.contents_of(from, i)? != before[i] {
                    return Err(format!("{name}: refused, and rows are others: {first}"));
                }
            }
            if whole && way == Way::Up {
                self.refused_by_the_steps_too(&name, &done)?;
            }
            self.number_alike(from);
            return Ok(broken[0]);
        }
        for (i, before) in before.iter().enumerate() {
            self.same_schema(to, i)?;
            let after = self.contents_of(to, i)?;
            let kept = match way {
                Way::Up => self.kept(at, before, &after),
                Way::Down => self.as_many(at, before, &after),
            };
            kept.map_err(|e| format!("{name} on {}: {e}", self.lives[i].0.word()))?;
        }
        if let [(Dialect::Sqlite, lite), (Dialect::Postgres, postgres)] = &*self.lives {
            let word = if way == Way::Up { "up" } else { "down" };
            compare(lite, postgres, self.schema(to), &self.outcome.compiled.options)
                .map_err(|e| format!("after {name} {word}: {e}"))?;
        }
        Ok(None)
    }

    /// What a question about rows refused, the database refuses by itself.
    fn refused_by_the_steps_too(&mut self, name: &str, done: &[Result<(), String>]) -> Result<(), String> {
        for ((_, live), done) in self.lives.iter_mut().zip(done) {
            let Err(error) = done else { continue };
            if !error.contains("rows are in the way") {
                continue;
            }
            let silent = *self.silent.get_or_insert_with(|| {
                let mut compiled = self.outcome.compiled.clone();
                for migration in &mut compiled.migrations {
                    let scripts = [&mut migration.sqlite, &mut migration.postgres];
                    scripts.into_iter().flatten().for_each(|script| script.probes.clear());
                }
                leak::leak_with(&compiled, function)
            });
            if live.up(silent, name).is_ok() {
                return Err(format!("{name}: the database takes what a question refuses: {error}"));
            }
        }
        Ok(())
    }

    /// The rule that rows broke, if a statement that stands where the error says can break it.
    fn broken(&self, at: usize, way: Way, error: &str) -> Option<Rule> {
        let tree = self.tree(at)?;
        let statements = match (&tree.down, way) {
            (ast::Down::Written { statements, .. }, Way::Down) => statements,
            _ => &tree.up,
        };
        // What was found before the statement ran stands in a line of its own.
        let found = error.lines().nth(1).filter(|_| error.contains("rows are in the way"));
        let place = match found {
            Some(found) => found.rsplit(", at ").next(),
            None => error.split("failed at ").nth(1),
        };
        let line: Option<u32> =
            place.and_then(|place| place.split(": ").next()?.rsplit(':').nth(1)?.parse().ok());
        let tokens = &self.outcome.sources.bodies[0].tokens;
        let stands = |s: &&ast::Statement| {
            let has = |at: u32| tokens.get(at as usize).map(|t| t.start.line);
            line.is_none_or(|line| has(s.loc.first) <= Some(line) && Some(line) <= has(s.loc.last))
        };
        let here: Vec<ast::Statement> = statements.iter().filter(stands).cloned().collect();
        let rule = Rule::of(found.or(error.lines().next())?).filter(|rule| rules(&here).contains(rule));
        let raw = |s: &ast::Statement| {
            let tokens = tokens.get(s.loc.first as usize..=s.loc.last as usize);
            tokens.is_some_and(|tokens| is_of_raw_sql(tokens, error))
        };
        // Nobody is surprised: a lint named it before.
        let rule = rule.filter(|_| way == Way::Down || line.is_none() || self.is_named(tree, &here));
        rule.or((line.is_some() && here.iter().any(raw)).then_some(Rule::Raw))
    }

    /// Whether a lint names what rows can refuse of one of these statements, or none has to: the author's own expressions say what
    /// the rows become.
    fn is_named(&self, tree: &ast::Migration, statements: &[ast::Statement]) -> bool {
        let inside = |lint: &Diagnostic, s: &ast::Statement| {
            s.loc.first <= lint.loc.first && lint.loc.last <= s.loc.last
        };
        let mut lints = self.outcome.lints.iter().filter(|l| l.code.as_str() == "depends_on_rows");
        tree.up.iter().any(is_of_data)
            || statements.iter().any(is_of_own_expressions)
            || lints.any(|lint| statements.iter().any(|s| inside(lint, s)))
    }

    /// Whether SQLite's refusal is of rows that a constraint breaks which comes with `not valid`: PostgreSQL looks at them later, and
    /// SQLite's rebuild at once.
    fn is_of_a_later_look(&self, from: usize, to: usize, error: &str) -> bool {
        let before = self.schema(from);
        let is_new = |constraint: &str| {
            !before.tables().flat_map(|t| t.constraint_names()).any(|n| n.text == constraint)
        };
        self.schema(to).tables().any(|table| {
            let checks = table.checks.iter().filter(|c| c.not_valid && is_new(&c.name.text));
            let mut checks = checks.flat_map(|c| {
                let name = &c.name.text;
                [format!("CHECK constraint failed: {name}"), format!(" the check `{name}`")]
            });
            let keys = table.foreign_keys.iter().filter(|k| k.not_valid && is_new(&k.name.text));
            let mut keys = keys.flat_map(|k| {
                let asked = format!(" to no row of `{}`", k.ref_table);
                [format!("of `{}` to `{}`", table.name, k.ref_table), asked]
            });
            checks.any(|text| error.contains(&text))
                || (error.contains("refer to missing rows") || error.contains(" to no row of `"))
                    && keys.any(|text| error.contains(&text))
        })
    }

    fn same_schema(&self, count: usize, i: usize) -> Result<(), String> {
        let (dialect, live) = &self.lives[i];
        let when = format!("{} after {count} migrations", dialect.word());
        let told = live
            .differences(self.schema(count), &self.outcome.compiled.options)
            .map_err(|e| format!("{when}: {e}"))?;
        let told = [told, live.damage()?].concat();
        if told.is_empty() { Ok(()) } else { Err(format!("{when}:\n{}", told.join("\n"))) }
    }

    /// Puts some rows into every table that takes them; gives how many were put in.
    fn put_rows(&mut self, at: usize) -> usize {
        let options = &self.outcome.compiled.options;
        let schema = self.outcome.compiled.schema_after(at);
        let mut put = 0;
        // Twice, for a row can need one of another table.
        for round in 0..2 {
            for table in schema.tables().filter(|t| one_sided_keys(t) == 0) {
                for (dialect, live) in self.lives.iter_mut() {
                    for k in 3 * at..3 * at + 3 {
                        put += usize::from(live.execute(&insert(*dialect, table, k, round, options)).is_ok());
                    }
                }
            }
        }
        self.number_alike(at);
        put
    }

    /// Has PostgreSQL number rows where SQLite does: what was rolled back has used up numbers there.
    fn number_alike(&mut self, count: usize) {
        for table in self.outcome.compiled.schema_after(count).tables() {
            let Some(key) = table.columns.iter().find(|c| c.autoincrement.is_some()) else { continue };
            let (table, key) = (&quoted(&table.name), &key.name);
            let text = |name: &str| name.replace('\'', "''");
            let used = match &self.lives[..] {
                [(Dialect::Sqlite, lite), _] => {
                    let name = text(table.trim_matches('"'));
                    lite.rows(&format!("select seq from sqlite_sequence where name = '{name}'")).ok()
                }
                [(_, live), ..] => live.rows(&format!("select max({}) from {table}", quoted(key))).ok(),
                [] => None,
            };
            let used = used.and_then(|rows| rows.first()?.first()?.clone());
            if let Some((Dialect::Postgres, live)) = self.lives.last() {
                let (last, is_used) = (used.as_deref().unwrap_or("1"), used.is_some());
                let sequence = format!("pg_get_serial_sequence('{}', '{}')", text(table), text(key));
                let _ = live.execute(&format!("select setval({sequence}, greatest({last}, 1), {is_used})"));
            }
        }
    }

    fn contents(&self, count: usize) -> Result<Vec<Contents>, String> {
        (0..self.lives.len()).map(|i| self.contents_of(count, i)).collect()
    }

    fn contents_of(&self, count: usize, i: usize) -> Result<Contents, String> {
        let (dialect, live) = &self.lives[i];
        let mut contents = Contents::new();
        for table in self.schema(count).tables() {
            let rows = live.rows(&query(*dialect, table, &self.outcome.compiled.options))?;
            let row = |row: &Vec<Option<String>>| {
                row.iter().zip(&table.columns).map(|(v, c)| normal(v.as_deref(), c)).collect::<Vec<_>>()
            };
            contents.insert(table.name.clone(), (table.columns.clone(), rows.iter().map(row).collect()));
        }
        Ok(contents)
    }

    /// Whether every row that was there before a migration is there after it, with the values of all columns that stayed as they were.
    fn kept(&self, at: usize, before: &Contents, after: &Contents) -> Result<(), String> {
        let tree = self.tree(at).ok_or("no tree")?;
        if tree.up.iter().any(is_of_data) {
            return Ok(());
        }
        let effects = effects(tree);
        for (table, (columns, rows)) in before {
            let Some(name) = renamed(&effects, table) else { continue };
            let Some((new_columns, new_rows)) = after.get(&name) else {
                return Err(format!("table {table} is not there any more"));
            };
            // Positions before and after of the columns that stay.
            let stays: Vec<(usize, usize)> = (columns.iter().enumerate())
                .filter(|(_, column)| column.generated.is_none())
                .filter_map(|(i, column)| {
                    let called = column_renamed(&effects, table, &column.name)?;
                    Some((i, new_columns.iter().position(|c| same_name(&c.name, &called))?))
                })
                .collect();
            let project = |rows: &[Vec<String>], columns: &[Column], new: bool| {
                let position = |s: &(usize, usize)| if new { s.1 } else { s.0 };
                let row = |row: &Vec<String>| -> Vec<String> {
                    stays.iter().map(|s| value(&row[position(s)], &columns[position(s)])).collect()
                };
                let mut rows: Vec<Vec<String>> = rows.iter().map(row).collect();
                rows.sort();
                rows
            };
            let (old, new) = (project(rows, columns, false), project(new_rows, new_columns, true));
            if old != new {
                return Err(format!("table {table}: rows were {old:?}\nand are {new:?}"));
            }
        }
        Ok(())
    }

    /// Whether a way down that moves no rows leaves as many as there were; the contents are in the order of the way down.
    fn as_many(&self, at: usize, after_up: &Contents, before_up: &Contents) -> Result<(), String> {
        let tree = self.tree(at).ok_or("no tree")?;
        if tree.up.iter().any(is_of_data) {
            return Ok(());
        }
        let effects = effects(tree);
        for (table, (_, rows)) in before_up {
            let Some((_, there)) = renamed(&effects, table).and_then(|name| after_up.get(&name)) else {
                continue;
            };
            if there.len() != rows.len() {
                return Err(format!("table {table} had {} rows, and has {}", there.len(), rows.len()));
            }
        }
        Ok(())
    }
}

/// Whether an error is of the author's SQL in a statement: it gives a value of another type than the column around it has, or
/// names what is not there.
fn is_of_raw_sql(statement: &[Token], error: &str) -> bool {
    let is = |at: usize, word: &str| statement.get(at).is_some_and(|t| &*t.text == word);
    let texts = (0..statement.len()).filter(|at| is(*at, "sql")).map(|at| at + 1);
    let value = |at: usize| is(at.wrapping_sub(2), "default") || is(at.wrapping_sub(2), "=");
    let other_type = error.contains("(42804)") && texts.clone().any(value);
    // What the databases say of names that they do not find, in its place in the texts of the author.
    let missing = ["no such column: ", "no such table: main.", "no such table: ", "column \"", "relation \""];
    let missing = missing.iter().filter_map(|said| {
        let (_, rest) = error.split_once(said)?;
        let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        Some(name).filter(|_| !said.ends_with('"') || rest[name.len()..].starts_with("\" does not exist"))
    });
    let named = |name: &str| {
        let has = |t: &Token| t.text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == name);
        let literal = |t: &&Token| t.kind == Kind::Literal;
        texts.clone().any(|at| statement[at.min(statement.len())..].iter().filter(literal).any(has))
    };
    other_type || missing.into_iter().any(named)
}

/// How many unique indexes of one database a table has.
fn one_sided_keys(table: &Table) -> usize {
    table.indexes.iter().filter(|i| i.unique && i.only.is_some()).count()
}

fn has_one_sided_key(schema: &Schema) -> bool {
    schema.tables().any(|t| one_sided_keys(t) > 0)
}

/// A row of a table; the first ones leave out what refers to others and can be null.
fn insert(
    dialect: Dialect,
    table: &Table,
    k: usize,
    round: usize,
    options: &migrate_core::target::Options,
) -> String {
    let refers =
        |c: &Column| table.foreign_keys.iter().any(|key| key.columns.iter().any(|n| same_name(n, &c.name)));
    let left_out = |c: &Column| c.null && k.is_multiple_of(3) && round == 0 && refers(c);
    let columns: Vec<&Column> = table.columns.iter().filter(|c| c.generated.is_none()).collect();
    let names: Vec<String> = columns.iter().map(|c| quoted(&c.name)).collect();
    let value = |c: &&Column| match left_out(c) {
        true => "null".to_owned(),
        false => values::sql(dialect, c, k, options),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    format!("insert into {} ({}) values ({})", quoted(&table.name), names.join(", "), values.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A number by its value.
fn value(text: &str, column: &Column) -> String {
    match column.ty {
        Type::Real(_) | Type::Decimal { .. } | Type::Integer(_) => {
            text.parse::<f64>().map_or(text.to_owned(), |n| n.to_string())
        }
        _ => text.to_owned(),
    }
}
