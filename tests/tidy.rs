//! The invariants of ARCHITECTURE.md that a test can hold.

// The law is in one place.
#[path = "../migrate-core/src/diagnostics/wording.rs"]
#[allow(dead_code, reason = "the messages of the crate pass the rest")]
mod wording;

mod files;

use std::fs;
use std::path::{Path, PathBuf};

use files::collect;

/// Every Rust file of the project's own, but for the inputs of UI tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [
        "src",
        "migrate-core/src",
        "migrate-macros/src",
        "migrate-verify/src",
        "migrate-cli/src",
        "tests",
        "examples",
        "fuzz/fuzz_targets",
    ] {
        collect(&root.join(folder), &mut files);
    }
    files.retain(|(path, _)| !path.starts_with(root.join("tests/ui")));
    assert!(files.len() > 60, "the folders are found");
    files
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(root).unwrap_or(&path).to_owned(), text))
        .collect()
}

fn offenders(wrong: impl Fn(&Path, &str) -> bool) -> Vec<PathBuf> {
    sources().into_iter().filter(|(path, text)| wrong(path, text)).map(|(path, _)| path).collect()
}

#[test]
fn files_have_at_most_600_lines() {
    let long = offenders(|path, text| text.lines().count() > 600 && !path.ends_with("keywords.rs"));
    assert!(long.is_empty(), "find the seam in {long:?}");
}

#[test]
fn modules_say_what_they_are() {
    let silent = offenders(|_, text| !text.starts_with("//!"));
    assert!(silent.is_empty(), "no `//!` on top of {silent:?}");
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ign", "ore"),
        concat!("FIX", "ME"),
    ];
    let open = offenders(|_, text| marks.iter().any(|m| text.contains(m)));
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn only_the_writer_writes_sql() {
    let loose = offenders(|path, text| {
        let here = path.starts_with("migrate-core/src") && !path.ends_with("dialect/sql.rs");
        here && ["ALTER ", "CREATE ", "DROP ", "INSERT ", "UPDATE "]
            .iter()
            .any(|word| text.contains(&format!("format!(\"{word}")))
    });
    assert!(loose.is_empty(), "SQL text outside `dialect::sql`: {loose:?}");
}

#[test]
fn the_runtime_does_not_know_the_language() {
    let wrong = offenders(|path, text| path.starts_with("src") && text.contains("migrate_core"));
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn doors_hold_no_rules() {
    let wrong = offenders(|path, text| {
        (path.starts_with("migrate-macros") || path.starts_with("migrate-cli"))
            && text.contains("migrate_core::check")
    });
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The rooms of the language, top to bottom; each uses only those above it.
const ROOMS: [&str; 12] = [
    "diagnostics",
    "source",
    "syntax",
    "schema",
    "target",
    "print",
    "check",
    "dialect",
    "probe",
    "plan",
    "fresh",
    "inspect",
];

#[test]
fn rooms_use_only_rooms_above_them() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Ok(inside) = path.strip_prefix("migrate-core/src") else { continue };
        let room = inside.components().next().and_then(|c| c.as_os_str().to_str()).unwrap_or("");
        let Some(level) = ROOMS.iter().position(|r| *r == room) else { continue };
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for below in &ROOMS[level + 1..] {
            // Places are all that diagnostics know of sources, and reading a list needs its parser.
            let known = matches!((room, *below), ("diagnostics", "source") | ("source", "syntax"));
            if code.contains(&format!("crate::{below}::")) && !known {
                wrong.push(format!("{} uses {below}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the compiler shows of us keeps the wording law.
#[test]
fn expected_errors_keep_the_wording_law() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in expected_errors() {
        let ours = text.lines().filter(|l| !l.contains('|')).filter_map(|l| {
            let l = l.trim_start();
            let head = l.strip_prefix("error: ").or_else(|| l.strip_prefix("warning: "));
            // The code stands behind the message; rustc's own errors have none.
            let head = head.and_then(|h| Some(h.rsplit_once(" [")?.0));
            head.or_else(|| l.strip_prefix("help: ")).or_else(|| l.strip_prefix("note: "))
        });
        for line in ours {
            seen += 1;
            let fault = wording::fault(line);
            wrong.extend(fault.map(|fault| format!("{}: {fault}: {line}", path.display())));
        }
    }
    assert!(seen > 500, "the messages are found: {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every expected output of a UI test.
fn expected_errors() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for family in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")).unwrap().flatten() {
        for case in fs::read_dir(family.path()).into_iter().flatten().flatten() {
            if case.path().extension().is_some_and(|e| e == "stderr") {
                found.push((case.path(), fs::read_to_string(case.path()).unwrap()));
            }
        }
    }
    found
}

/// Codes that no compile error shows: a warning and the words of a parser, which only the command line has, and the net below
/// the checker, which catches what it should have refused.
const SILENT: [&str; 3] = ["unused_doc_comment", "unsupported_step", "postgres_syntax"];

#[test]
fn every_code_has_a_ui_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let codes = fs::read_to_string(root.join("migrate-core/src/diagnostics/code.rs")).unwrap();
    let codes: Vec<&str> = codes.split("Code(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(codes.len() > 50, "the codes are found");
    let shown: String = expected_errors().into_iter().map(|(_, text)| text).collect();
    let missing: Vec<_> =
        codes.iter().filter(|c| !SILENT.contains(c) && !shown.contains(&format!("[{c}]"))).collect();
    assert!(missing.is_empty(), "no case in tests/ui shows {missing:?}");
}
