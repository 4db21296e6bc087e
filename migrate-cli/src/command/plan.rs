//! `migrate plan`: what `up` would do: each statement with its locks, what is copied, and the rows in the way. Writes nothing.

use migrate::{History, NotAsked, Plan, PlannedMigration, PlannedStep, RowsInTheWay};
use migrate_core::compile::Migration;
use migrate_core::plan::{StatementLocks, gone, statement_locks};
use migrate_core::source::Position;
use migrate_core::target::Dialect;
use migrate_core::target::locks::{Hold, Toil};
use serde_json::{Value, json};

use super::{counted, counted_target, runner, say_where};
use crate::args::{self, Common, Connect, Format};
use crate::database::functions::{Function, functions};
use crate::database::session::{self, Missing, Session};
use crate::database::{self, failure};
use crate::failure::{Exit, Failure};
use crate::render::text;
use crate::source::{self, Loaded};
use crate::{history, output};

pub fn run(common: &Common, args: &args::Plan) -> Result<(), Failure> {
    let database = database::named(&args.connect)?;
    let loaded = source::load(common)?;
    loaded.must_run_on(database.dialect())?;
    let target = args.target_version.as_deref().map(|name| loaded.migration(name)).transpose()?;
    let target = target.map(|m| m.name.clone());
    let history = history::leak(&loaded.compiled);
    let mut session = session::open(&database, Missing::Refuse)?;
    let target = counted_target(&mut session, history, &args.connect, args.number)?.or(target);
    say_where(common, &database);
    show(common, &loaded, &mut session, history, &args.connect, target, args.keys)
}

/// Prints what would run up to a target; ends with 1 where rows are in the way.
pub fn show(
    common: &Common,
    loaded: &Loaded,
    session: &mut Session,
    history: &'static History,
    connect: &Connect,
    target: Option<String>,
    keys: bool,
) -> Result<(), Failure> {
    let mut runner = runner(history, connect).show_keys(keys);
    if let Some(target) = target {
        runner = runner.target(target);
    }
    let dialect = session.dialect();
    let plan = session.plan(runner).map_err(|error| failure::plain(&error))?;
    let functions = functions(session);
    let migrations: Vec<Shown<'_>> =
        plan.migrations.iter().map(|planned| Shown::of(planned, loaded, dialect, &functions)).collect();
    match common.format {
        Format::Json => output::json(&migrations.iter().map(Shown::object).collect())?,
        Format::Text => {
            output::progress(&format!("{} would be applied", counted(plan.migrations.len(), "migration")));
            let parts: Vec<String> = migrations.iter().map(Shown::text).collect();
            output::result(&parts.join("\n"))?;
            say_rows(&plan, loaded);
        }
    }
    match plan.is_refused() {
        true => Err(Failure::said(Exit::Refused)),
        false => Ok(()),
    }
}

/// The rows in the way at their places, and what is not known of them.
fn say_rows(plan: &Plan, loaded: &Loaded) {
    let found: Vec<_> = plan.in_the_way().map(|rows| failure::in_the_way(rows, loaded)).collect();
    if !found.is_empty() {
        output::report(&text::render(&found, &loaded.texts));
        output::report(&text::closing(&found));
    }
    let mut later = 0;
    for migration in &plan.migrations {
        for question in &migration.not_asked {
            match &question.error {
                None => later += 1,
                Some(error) => output::progress(&output::printable(&format!(
                    "cannot ask at {}:{}:{} whether rows of `{}` {}: {error}",
                    migration.file, question.line, question.column, question.table, question.words
                ))),
            }
        }
    }
    if later > 0 {
        let those = if later == 1 { "it" } else { "them" };
        output::progress(&format!(
            "{} about rows cannot be asked before what comes before {those} is applied",
            counted(later, "question")
        ));
    }
}

/// A migration with what is known of its statements.
struct Shown<'a> {
    planned: &'a PlannedMigration,
    held: Vec<(Position, Vec<Hold>)>,
    /// Functions that name what a statement takes away, and what.
    naming: Vec<(Position, String, String)>,
}

impl<'a> Shown<'a> {
    fn of(
        planned: &'a PlannedMigration,
        loaded: &Loaded,
        dialect: Dialect,
        functions: &[Function],
    ) -> Shown<'a> {
        let migration: Option<&Migration> =
            loaded.compiled.migrations.iter().find(|m| m.name == planned.migration);
        // SQLite locks the whole database, for as long as it takes.
        let held = match (migration, dialect) {
            (Some(migration), Dialect::Postgres) => {
                statement_locks(&migration.up, &migration.before, &loaded.compiled.options)
            }
            _ => Vec::new(),
        };
        let place = |StatementLocks { loc, holds }: StatementLocks| (loaded.sources.start(loc), holds);
        let names = migration.map_or_else(Vec::new, |migration| gone(&migration.up));
        let naming = names.iter().flat_map(|gone| {
            let place = loaded.sources.start(gone.loc);
            let naming = functions.iter().filter(|function| function.names(gone));
            naming.map(move |function| (place, function.name.clone(), gone.name().to_owned()))
        });
        Shown { planned, held: held.into_iter().map(place).collect(), naming: naming.collect() }
    }

    /// Whether a step is the first of its statement.
    fn begins(&self, at: usize) -> bool {
        at.checked_sub(1).is_none_or(|before| self.place(before) != self.place(at))
    }

    fn place(&self, at: usize) -> Position {
        let step = &self.planned.steps[at];
        Position { line: step.line, column: step.column }
    }

    /// The functions that name what the statement of a step takes away, where it is the first step of its statement.
    fn naming(&self, at: usize) -> impl Iterator<Item = (&str, &str)> {
        let here = self.begins(at).then(|| self.place(at));
        let naming = self.naming.iter().filter(move |(place, ..)| Some(*place) == here);
        naming.map(|(_, function, name)| (function.as_str(), name.as_str()))
    }

    /// The locks that the statement of a step takes, where it is the first step of its statement.
    fn holds(&self, at: usize) -> &[Hold] {
        if !self.begins(at) {
            return &[];
        }
        self.held.iter().find(|(place, _)| *place == self.place(at)).map_or(&[], |(_, holds)| holds)
    }

    /// SQL, with what is known of it in comments.
    fn text(&self) -> String {
        let mut text = format!("-- {}\n", output::printable(&self.planned.migration));
        if self.planned.done > 0 {
            let done = counted(self.planned.done, "step");
            text.push_str(&format!("-- goes on behind {done} that a run before it did\n"));
        }
        for (at, step) in self.planned.steps.iter().enumerate().skip(self.planned.done) {
            for hold in self.holds(at) {
                text.push_str(&format!("-- {}\n", output::printable(&words(hold))));
            }
            for (function, name) in self.naming(at) {
                let line = format!("the function {function} names `{name}`, which goes: look at it before");
                text.push_str(&format!("-- {}\n", output::printable(&line)));
            }
            text.push_str(step.to_string().trim_start());
            text.push('\n');
        }
        text
    }

    fn object(&self) -> Value {
        let PlannedMigration { migration, file, steps, done, in_the_way, not_asked, .. } = self.planned;
        let rest = steps.iter().skip(*done);
        let sql: String = rest.map(|step| step.to_string().trim_start().to_owned() + "\n").collect();
        let statement = |(at, step): (usize, &PlannedStep)| {
            json!({
                "line": step.line,
                "column": step.column,
                "sql": step.sql,
                "function": step.function,
                "rebuilds": step.rebuilds,
                "copies": step.copies,
                "batch": step.batch,
                "outside": step.outside,
                "done": at < *done,
                "locks": self.holds(at).iter().map(|hold| json!({
                    "table": hold.table,
                    "lock": hold.lock.words(),
                    "work": work(hold.toil),
                })).collect::<Value>(),
                "named_by": self.naming(at).map(|(function, name)| json!({
                    "function": function,
                    "name": name,
                })).collect::<Value>(),
            })
        };
        json!({
            "name": migration,
            "file": file,
            "sql": sql,
            "statements": steps.iter().enumerate().map(statement).collect::<Value>(),
            "in_the_way": in_the_way.iter().map(rows_object).collect::<Value>(),
            "not_asked": not_asked.iter().map(question_object).collect::<Value>(),
        })
    }
}

fn rows_object(rows: &RowsInTheWay) -> Value {
    json!({
        "line": rows.line,
        "column": rows.column,
        "table": rows.table,
        "rows": rows.rows,
        "message": rows.to_string(),
        "keys": rows.keys,
    })
}

fn question_object(question: &NotAsked) -> Value {
    json!({
        "line": question.line,
        "column": question.column,
        "table": question.table,
        "words": question.words,
        "error": question.error.as_ref().map(ToString::to_string),
    })
}

/// `ACCESS EXCLUSIVE on users: nobody reads it, every row is looked at`
fn words(hold: &Hold) -> String {
    let toil = match hold.toil {
        Toil::Nothing => "",
        Toil::Writes => ", writes rows",
        Toil::Scans => ", looks at every row",
        Toil::Builds => ", builds an index",
        Toil::Rewrites => ", writes every row anew",
    };
    format!("{} on `{}`{toil}", hold.lock.words(), hold.table)
}

fn work(toil: Toil) -> Option<&'static str> {
    match toil {
        Toil::Nothing => None,
        Toil::Writes => Some("writes"),
        Toil::Scans => Some("scans"),
        Toil::Builds => Some("builds"),
        Toil::Rewrites => Some("rewrites"),
    }
}
