//! Statements and the shape of a migration.

use super::check;

#[test]
fn the_whole_language_is_read() {
    check(include_str!("corpus.txt"));
}
