//! `migrate lint`: what is legal and dangerous. The compiler says the same as warnings while the application is built.

use super::counted;
use crate::args::{Common, Format, Lint};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::source::{self, say};

/// Prints what the lints say.
pub fn run(common: &Common, args: &Lint) -> Result<(), Failure> {
    let loaded = if args.all { source::load_unreleased(common)? } else { source::load(common)? };
    let count = loaded.compiled.migrations.len();
    let looked_over = count - loaded.sources.released.min(count);
    match (loaded.lints.is_empty(), common.format) {
        (true, Format::Text) => {
            let line = match (looked_over, count) {
                (0, 1..) => "every migration is released: `--all` looks them over too\n".to_owned(),
                _ => format!("{}: nothing to say\n", counted(looked_over, "migration")),
            };
            output::result(&line)
        }
        _ => {
            say(common, &loaded.lints, &loaded.texts)?;
            match args.deny_warnings && !loaded.lints.is_empty() {
                true => Err(Failure::said(Exit::Refused)),
                false => Ok(()),
            }
        }
    }
}
