//! The wording law, held where every message passes: lower case, no full stop, no question.
//!
//! The tests of this crate alone look: names and texts of users stand in messages, and the macros are built with debug
//! assertions in every development build. That the expected errors of the UI tests keep the law too, `tests/tidy.rs` holds.

/// Checks a message.
pub(super) fn assert_message(text: &str) {
    if cfg!(test) {
        assert_line(text);
        assert!(!text.contains('\n'), "a message is one line: {text}");
    }
}

/// Checks a help or a note.
pub(super) fn assert_line(text: &str) {
    if cfg!(test) {
        assert!(!text.ends_with('.'), "no final full stop: {text}");
        assert!(!text.contains("did you mean"), "state the fact: {text}");
        let outside_code: String = text.split('`').step_by(2).collect();
        assert!(!outside_code.contains('?'), "no questions: {text}");
        let first = text.chars().next().unwrap_or('a');
        let name = ["SQLite", "PostgreSQL", "Rust", "SQL", "NOT NULL", "JSON", "UUID"]
            .iter()
            .any(|n| text.starts_with(n));
        assert!(!first.is_uppercase() || name, "lower case: {text}");
    }
}
