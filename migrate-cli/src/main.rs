//! Door 2: the command line. Reads the same files with the same language as the macros, prints, writes and applies.
//!
//! Comes in: arguments, the files of a history, a database. Goes out: text on the terminal and an exit code: 0 done, 1 the
//! check says no, 2 wrong usage or input, 3 the database failed. No rule of the language lives here.

mod args;
mod calls;
mod command;
mod confirm;
mod database;
mod explain;
mod failure;
mod history;
mod layout;
mod output;
mod proof;
mod render;
mod source;
mod verify;
mod write;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    cli.common.color.choose();
    match command::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}
