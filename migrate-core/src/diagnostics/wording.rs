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
    if cfg!(test)
        && let Some(fault) = fault(text)
    {
        panic!("{fault}: {text}");
    }
}

/// What is wrong with the wording of a line.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    const NAMES: [&str; 7] = ["SQLite", "PostgreSQL", "Rust", "SQL", "NOT NULL", "JSON", "UUID"];
    let outside_code: String = text.split('`').step_by(2).collect();
    if text.ends_with('.') {
        Some("no final full stop")
    } else if text.contains("did you mean") {
        Some("state the fact")
    } else if outside_code.contains('?') {
        Some("no questions")
    } else if text.starts_with(char::is_uppercase) && !NAMES.iter().any(|name| text.starts_with(name)) {
        Some("lower case")
    } else {
        None
    }
}
