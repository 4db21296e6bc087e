//! Asking before something is done that cannot be taken back.
//!
//! Comes in: the terminal. Goes out: whether somebody there said yes. What is asked, the commands know.

use std::io::{self, BufRead, IsTerminal};

/// Whether there is anybody to ask.
pub fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Waits for the answer to what was asked.
pub fn agreed() -> bool {
    is_yes(&mut io::stdin().lock())
}

/// Nothing but the whole word is a yes.
fn is_yes(input: &mut impl BufRead) -> bool {
    let mut answer = String::new();
    input.read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_a_yes() {
        assert!(is_yes(&mut "yes\n".as_bytes()));
        for no in ["", "\n", "y\n", "no\n", "yes please\n"] {
            assert!(!is_yes(&mut no.as_bytes()), "{no:?}");
        }
    }
}
