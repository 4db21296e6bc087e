//! The two streams of the terminal: results on the standard output, reports and progress on the standard error.
//!
//! Colour goes to a terminal alone and never where `NO_COLOR` is set: everything passes through `anstream`, which strips
//! it elsewhere. A reader that goes away (`migrate sql | head`) ends nothing with a panic.

use std::io::{self, Write};

use crate::failure::Failure;

/// Writes a result.
pub fn result(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("cannot write the output: {}", error.kind())))
        }
        _ => Ok(()),
    }
}

/// Writes a result as JSON, on lines of its own.
pub fn json(value: &serde_json::Value) -> Result<(), Failure> {
    result(&format!("{value:#}\n"))
}

/// Writes a report. If nobody can read it, there is nobody to tell.
pub fn report(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Writes a line of progress.
pub fn progress(line: &str) {
    report(&format!("{line}\n"));
}

/// Text that came from outside, fit for a terminal: control characters would be obeyed there.
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("größe"), "größe");
    }
}
