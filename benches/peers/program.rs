//! What every tool's program does around the tool: words in, an error and its causes out.

use std::error::Error;

/// The words behind the program's name.
pub fn words() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// Says what went wrong, with all causes, and ends the program.
pub fn end(result: Result<(), Box<dyn Error>>) {
    let Err(error) = result else { return };
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        texts.push(inner.to_string());
        cause = inner.source();
    }
    texts.dedup();
    eprintln!("{}", texts.join("\ncaused by: "));
    std::process::exit(1);
}
