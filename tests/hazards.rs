//! The audit of hazards in `docs/hazards.md`: every number once, every test that it names exists, its counts are true.

mod files;

use std::fs;
use std::path::{Path, PathBuf};

use files::collect;

/// What the last column of a row says.
#[derive(Debug, PartialEq)]
enum Shown {
    By(Vec<String>),
    NotYet,
    Outside,
}

fn page() -> String {
    fs::read_to_string(root().join("docs/hazards.md")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The number and the last column of every row.
fn rows(page: &str) -> Vec<(u32, Shown)> {
    page.lines()
        .filter(|line| line.starts_with("| H"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [number, wrong, remedy, shown] = cells[..] else { panic!("four columns: {line}") };
            assert!(!wrong.is_empty() && !remedy.is_empty(), "{line}");
            let shown = match shown {
                "not tested yet" => Shown::NotYet,
                said if said.strip_prefix("outside: ").is_some_and(|why| !why.is_empty()) => Shown::Outside,
                named => Shown::By(
                    named
                        .split(", ")
                        .map(|test| {
                            let test = test.strip_prefix('`').and_then(|t| t.strip_suffix('`'));
                            test.unwrap_or_else(|| panic!("no test: {line}")).to_owned()
                        })
                        .collect(),
                ),
            };
            (number[1..].parse().unwrap_or_else(|_| panic!("no number: {line}")), shown)
        })
        .collect()
}

/// Every Rust file of the workspace's own, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "migrate-core", "migrate-macros", "migrate-verify", "migrate-cli"] {
        collect(&root().join(folder), &mut files);
    }
    files
}

/// Whether a function of this name stands behind a `#[test]`.
fn has_test(text: &str, function: &str) -> bool {
    let head = format!("fn {function}(");
    text.match_indices(&head).any(|(at, _)| {
        let before = text[..at].trim_end();
        // Attributes that the test itself has may stand between.
        before.lines().rev().take(3).any(|line| line.trim_start().starts_with("#[test]"))
    })
}

#[test]
fn every_hazard_is_here_once() {
    let numbers: Vec<u32> = rows(&page()).iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=148).collect::<Vec<_>>());
}

#[test]
fn every_test_that_is_named_exists() {
    let sources = sources();
    let mut missing = Vec::new();
    for (number, shown) in rows(&page()) {
        let Shown::By(tests) = shown else { continue };
        for test in tests {
            let found = match test.split_once("::") {
                Some((file, function)) => sources
                    .iter()
                    .any(|(path, text)| path.with_extension("").ends_with(file) && has_test(text, function)),
                None if test.ends_with(".history") => root().join("tests").join(&test).is_file(),
                None => ["rs", "stderr"]
                    .iter()
                    .all(|end| root().join("tests").join(format!("{test}.{end}")).is_file()),
            };
            if !found {
                missing.push(format!("H{number:02}: `{test}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_counts_are_true() {
    let page = page();
    let rows = rows(&page);
    let count = |shown: fn(&Shown) -> bool| rows.iter().filter(|(_, s)| shown(s)).count();
    let said = format!(
        "{} have a test, {} are not tested yet, {} stand outside.",
        count(|s| matches!(s, Shown::By(_))),
        count(|s| *s == Shown::NotYet),
        count(|s| *s == Shown::Outside)
    );
    assert!(page.lines().any(|line| line == said), "the page says other counts: {said}");
}
