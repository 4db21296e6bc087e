//! Cells of an answer: a missing row, column or value is an empty text, so that nothing can fail.

use super::Rows;

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a [Option<String>]);

impl<'a> Row<'a> {
    /// The text of a column; empty if null.
    pub fn text(self, column: usize) -> &'a str {
        self.optional(column).unwrap_or("")
    }

    /// The text of a column; nothing if null.
    pub fn optional(self, column: usize) -> Option<&'a str> {
        self.0.get(column)?.as_deref()
    }

    /// A number; 0 if it is none.
    pub fn number(self, column: usize) -> i64 {
        self.text(column).parse().unwrap_or(0)
    }

    /// A truth value of either dialect.
    pub fn is_true(self, column: usize) -> bool {
        matches!(self.text(column), "1" | "t" | "true")
    }
}

/// The rows of an answer.
pub(super) fn rows(answers: &[Rows], query: usize) -> impl Iterator<Item = Row<'_>> + Clone {
    answers.get(query).into_iter().flatten().map(|r| Row(r))
}

/// The rows of an answer whose first column is that name.
pub(super) fn rows_of<'a>(
    answers: &'a [Rows],
    query: usize,
    name: &'a str,
) -> impl Iterator<Item = Row<'a>> + Clone {
    rows(answers, query).filter(move |r| r.text(0) == name)
}
