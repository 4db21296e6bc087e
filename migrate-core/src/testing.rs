//! Tests of diagnostics as data: an example whose expected errors stand as comments under its lines.
//!
//! ```text
//! drop tabel users;
//!   // ^^^^^ error: expected `table`, `view`, `trigger`, `index` or `extension`, found `tabel` [unknown_statement]
//!   // help: write `table`
//! ```
//!
//! Carets stand under the tokens at fault. A `help:` or `note:` line is compared where one is listed; diagnostics
//! that are not listed fail the test, and so do listed ones that do not come.

use crate::diagnostics::{Diagnostic, Diagnostics, Level};
use crate::source::{Token, lex};

/// The tokens of an example.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    lex::tokens(text.parse().expect("the example consists of Rust tokens")).0
}

/// Holds that `run` reports exactly what the comments of `text` list.
pub(crate) fn check(text: &str, run: impl FnOnce(&mut Diagnostics, &[Token])) {
    let tokens = tokens(text);
    let mut cx = Diagnostics::default();
    run(&mut cx, &tokens);
    let found: Vec<Finding> = cx.finish().iter().map(|d| find(d, &tokens, text)).collect();
    let listed = listed(text);
    let same = found.len() == listed.len() && listed.iter().all(|l| found.iter().any(|f| l.covers(f)));
    assert!(same, "\nfound:\n{}\nin:\n{text}", draw(text, &found));
}

/// One diagnostic and its place in an example.
#[derive(Debug)]
struct Finding {
    line: usize,
    /// First column and the one behind the last, from 0.
    columns: (usize, usize),
    /// `error: message [code]`
    head: String,
    /// `help: ..` and `note: ..`
    more: Vec<String>,
}

impl Finding {
    /// Whether what is listed says the same as what was found.
    fn covers(&self, found: &Finding) -> bool {
        self.line == found.line
            && self.columns == found.columns
            && self.head == found.head
            && self.more.iter().all(|m| found.more.contains(m))
    }
}

fn find(diagnostic: &Diagnostic, tokens: &[Token], text: &str) -> Finding {
    let (first, last) = (tokens.get(diagnostic.loc.first as usize), tokens.get(diagnostic.loc.last as usize));
    let start = first.map_or((1, 1), |t| (t.start.line as usize, t.start.column as usize));
    let end = last.map_or((1, 2), |t| (t.end.line as usize, t.end.column as usize));
    let line = text.lines().nth(start.0 - 1).unwrap_or("");
    let end_column = if start.0 == end.0 { end.1 } else { line.chars().count() + 1 };
    let level = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let all = diagnostic.text();
    let mut lines = all.lines().map(str::to_owned);
    Finding {
        line: start.0,
        columns: (start.1 - 1, end_column - 1),
        head: format!("{level}: {}", lines.next().unwrap_or_default()),
        more: lines.collect(),
    }
}

fn listed(text: &str) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut code_line = 1;
    for (i, line) in text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix("//").filter(|c| !c.starts_with('/')) else {
            code_line = i + 1;
            continue;
        };
        let comment = comment.trim();
        if comment.starts_with('^') {
            let length = comment.chars().take_while(|c| *c == '^').count();
            let start = line.find('^').unwrap_or(0);
            found.push(Finding {
                line: code_line,
                columns: (start, start + length),
                head: comment[length..].trim().to_owned(),
                more: Vec::new(),
            });
        } else if let Some(last) = found.last_mut()
            && (comment.starts_with("help: ") || comment.starts_with("note: "))
        {
            last.more.push(comment.to_owned());
        }
    }
    found
}

/// The example with what was found, to be copied into the test.
fn draw(text: &str, found: &[Finding]) -> String {
    let mut out = String::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim_start().strip_prefix("//").is_some_and(|c| !c.starts_with('/')) {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        for finding in found.iter().filter(|f| f.line == i + 1) {
            let (start, end) = finding.columns;
            let indent = start.saturating_sub(2);
            let carets = "^".repeat(end.saturating_sub(start));
            out.push_str(&format!(
                "{}//{carets:>width$} {}\n",
                " ".repeat(indent),
                finding.head,
                width = carets.len() + start.saturating_sub(indent + 2),
            ));
            for more in &finding.more {
                out.push_str(&format!("{}// {more}\n", " ".repeat(indent)));
            }
        }
    }
    out
}
