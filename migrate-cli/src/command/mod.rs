//! The commands, one file a verb.

mod baseline;
mod check;
mod comparison;
mod down;
mod explain;
mod fmt;
mod generate;
mod lint;
mod mend;
mod plan;
mod repair;
mod sql;
mod status;
mod up;

use std::num::NonZeroUsize;

use migrate::{History, Runner};
use serde_json::{Value, json};

use crate::args::{Cli, Command, Common, Connect, Format};
use crate::database::session::Session;
use crate::database::{Database, failure};
use crate::failure::Failure;
use crate::output;

/// Does what the arguments say.
pub fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Check(args) => check::run(&cli.common, args),
        Command::Sql(args) => sql::run(&cli.common, args),
        Command::Generate(args) => generate::run(&cli.common, args),
        Command::Up(args) => up::run(&cli.common, args),
        Command::Down(args) => down::run(&cli.common, args),
        Command::Plan(args) => plan::run(&cli.common, args),
        Command::Status(args) => status::run(&cli.common, args),
        Command::Baseline(args) => baseline::run(&cli.common, args),
        Command::Repair(args) => repair::run(&cli.common, args),
        Command::Lint(args) => lint::run(&cli.common, args),
        Command::Fmt(args) => fmt::run(&cli.common, args),
        Command::Explain(args) => explain::run(&cli.common, args),
    }
}

/// A runner with the options that every command on a database has.
fn runner<'e>(history: &'static History, connect: &Connect) -> Runner<'e> {
    // Each migration runs as its reviewed file says it.
    let mut runner = Runner::new(history).table(connect.table.as_str()).replay(true);
    if let Some(schema) = &connect.schema {
        runner = runner.schema(schema);
    }
    connect.search_also.iter().fold(runner, |runner, schema| runner.search_also(schema))
}

/// The last of the next so many migrations, where a number says less than all.
fn counted_target(
    session: &mut Session,
    history: &'static History,
    connect: &Connect,
    number: Option<NonZeroUsize>,
) -> Result<Option<String>, Failure> {
    let Some(number) = number else { return Ok(None) };
    let status = session.status(runner(history, connect)).map_err(|error| failure::plain(&error))?;
    // Where history and database do not agree, the verb itself says how; no target hides that.
    Ok(status.pending().nth(number.get() - 1).map(|m| m.migration.clone()))
}

/// Says which database it is, beside the results.
fn say_where(common: &Common, database: &Database) {
    if common.format == Format::Text {
        output::progress(&format!("database: {database}"));
    }
}

/// Prints what a run or a revert did.
fn print_report(format: Format, report: &migrate::Report) -> Result<(), Failure> {
    match format {
        Format::Text => output::result(&format!("{}\n", output_lines(&report.to_string()))),
        Format::Json => {
            let done =
                |d: &migrate::Done| json!({"name": d.migration, "duration_ms": d.took.as_millis() as u64});
            output::json(&json!({
                "direction": match report.direction {
                    migrate::Direction::Down => "down",
                    migrate::Direction::Baseline => "baseline",
                    _ => "up",
                },
                "migrations": report.migrations.iter().map(done).collect::<Value>(),
                "applied": report.applied,
            }))
        }
    }
}

/// Text of several lines, each fit for a terminal.
fn output_lines(text: &str) -> String {
    text.lines().map(output::printable).collect::<Vec<_>>().join("\n")
}

/// `1 migration`, `2 migrations`
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
