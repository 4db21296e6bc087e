//! Examples of the language, and what is said about those that are wrong.

mod history;
mod soup;
mod statements;

use crate::source::FileId;
use crate::testing;

/// Holds that a body of `migration!` gives exactly the errors that its comments list.
fn check(text: &str) {
    testing::check(text, |cx, tokens| {
        super::parse_migration(cx, FileId(1), tokens);
    });
}
