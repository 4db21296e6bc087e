//! Every code is explained, every example does what it is shown for, and the page is made of the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use migrate_core::compile::compile;
use migrate_core::source::files;

use super::*;

/// Codes that no history shows here: the one file alone that the compiler sees, and the net below the checker.
const WITHOUT_EXAMPLE: [&str; 2] = ["no_history", "unsupported_step"];

#[cfg(feature = "postgres-parser")]
const PREFACE: &str = "\
# Errors

Every rule of the language has a code, which stands in brackets at the end of the message. This page is what
`migrate explain CODE` prints. Examples are the inside of a `migrate::history! { .. }`, or files of a folder behind their
names.

The page is made of the files in `migrate-cli/explanations` by a test of the command line, which also compiles every
example; `MIGRATE_BLESS=1 cargo test -p migrate-cli --all-features explain` writes it.
";

#[test]
fn every_code_has_an_explanation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let codes = fs::read_to_string(root.join("migrate-core/src/diagnostics/code.rs")).unwrap();
    let codes: Vec<&str> = codes.split("Code(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let explained: Vec<&str> = all().map(|e| e.code).collect();
    assert_eq!(
        explained, codes,
        "write `migrate-cli/explanations/CODE.md` and list it in `explain/texts.rs`, in the order of `code.rs`"
    );
}

#[test]
fn the_failing_example_of_a_code_gives_that_code_alone() {
    let mut wrong = Vec::new();
    for explanation in all() {
        let failing: Vec<&str> = (explanation.parts().into_iter())
            .filter_map(|part| if let Part::Fails(example) = part { Some(example) } else { None })
            .collect();
        assert_eq!(failing.is_empty(), WITHOUT_EXAMPLE.contains(&explanation.code), "{}", explanation.code);
        for example in failing {
            // Only the parser finds it, which not every build has.
            if explanation.code == "postgres_syntax" && !cfg!(feature = "postgres-parser") {
                continue;
            }
            let codes: BTreeSet<String> = codes(explanation.code, example).into_iter().collect();
            if codes != BTreeSet::from([explanation.code.to_owned()]) {
                wrong.push(format!("{}: {codes:?}", explanation.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_repaired_example_of_a_code_compiles() {
    let mut wrong = Vec::new();
    for explanation in all() {
        let mut repaired = false;
        for part in explanation.parts() {
            if let Part::Works(example) = part {
                repaired = true;
                let codes = codes(explanation.code, example);
                if !codes.is_empty() {
                    wrong.push(format!("{}: {codes:?}", explanation.code));
                }
            }
        }
        assert_eq!(repaired, !WITHOUT_EXAMPLE.contains(&explanation.code), "{}", explanation.code);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The page shows what every rule says, so it is made with all that can say something.
#[test]
#[cfg(feature = "postgres-parser")]
fn the_page_is_made_of_the_explanations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/errors.md");
    let page = page();
    if std::env::var_os("MIGRATE_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "run `MIGRATE_BLESS=1 cargo test -p migrate-cli --all-features explain`");
}

#[test]
fn a_summary_is_one_sentence() {
    for explanation in all() {
        let summary = explanation.summary();
        assert!(summary.ends_with('.') && summary.len() < 240, "{}: {summary}", explanation.code);
    }
    assert_eq!(find("no_change").unwrap().summary().matches(". ").count(), 0);
}

/// The codes that an example gives, in order.
fn codes(code: &str, example: &str) -> Vec<String> {
    if !is_folder(example) {
        let findings = findings(code, example).0;
        return findings.iter().map(|f| f.code.unwrap_or(&f.message).to_owned()).collect();
    }
    let folder = tempfile::TempDir::new().unwrap();
    for file in example.split("// ").skip(1) {
        let (name, text) = file.split_once('\n').unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    }
    let outcome = compile(files::load(&folder.path().join("mod.rs"), None).unwrap());
    outcome.diagnostics.iter().map(|d| d.code.to_string()).collect()
}

#[cfg(feature = "postgres-parser")]
fn page() -> String {
    let mut page = String::from(PREFACE);
    for explanation in all() {
        page.push_str(&format!("\n## {}\n", explanation.code));
        for part in explanation.parts() {
            match part {
                Part::Text(text) => page.push_str(&format!("\n{text}\n")),
                Part::Code(code) => page.push_str(&format!("\n```rust,ignore\n{code}```\n")),
                Part::Works(code) => page.push_str(&format!("\nThis works:\n\n```rust,ignore\n{code}```\n")),
                Part::Fails(code) => {
                    let head = if is_lint(explanation.code) { "This warns" } else { "This fails" };
                    page.push_str(&format!("\n{head}:\n\n```rust,ignore\n{code}```\n"));
                    if !is_folder(code) {
                        let (findings, texts) = findings(explanation.code, code);
                        page.push_str(&format!(
                            "\n```text\n{}\n```\n",
                            crate::render::text::plain(&findings, &texts).trim_end()
                        ));
                    }
                }
            }
        }
    }
    // Not a rule of the compiler, but the rest of what can fail.
    page.push_str(&format!("\n#{}", include_str!("../../explanations/rows_in_the_way.md")));
    page
}
