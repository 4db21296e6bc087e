//! The wording law, held where every message passes: lower case, no full stop, no question.
//!
//! Only debug builds look, so a user's build never pays and never panics over our grammar.

/// Checks a message.
pub(super) fn assert_message(text: &str) {
    assert_line(text);
    debug_assert!(!text.contains('\n'), "a message is one line: {text}");
}

/// Checks a help or a note.
pub(super) fn assert_line(text: &str) {
    debug_assert!(!text.ends_with('.'), "no final full stop: {text}");
    debug_assert!(!text.contains("did you mean"), "state the fact: {text}");
    let outside_code: String = text.split('`').step_by(2).collect();
    debug_assert!(!outside_code.contains('?'), "no questions: {text}");
    let first = text.chars().next().unwrap_or('a');
    let name = ["SQLite", "PostgreSQL", "Rust", "SQL", "NOT NULL", "JSON", "UUID"]
        .iter()
        .any(|n| text.starts_with(n));
    debug_assert!(!first.is_uppercase() || name, "lower case: {text}");
}
