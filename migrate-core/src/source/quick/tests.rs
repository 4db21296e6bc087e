//! Both ways to the tokens of a file agree.

use std::fs;
use std::path::Path;

use super::calls;
use crate::source::lex::{Call, LexError, long_way};

/// Whether the short way answered. Where it does, the long way says the same to the last byte.
fn answers(text: &str) -> bool {
    let Some(short) = calls(text) else { return false };
    proc_macro2::fallback::force();
    let long: Result<Vec<Call>, LexError> = long_way(text);
    assert_eq!(format!("{:#?}", Ok::<_, LexError>(short)), format!("{long:#?}"), "of:\n{text}");
    true
}

/// Every `.rs` and `.history` file below a folder, build output left out.
fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            texts(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.extend(fs::read_to_string(&path));
        } else if path.extension().is_some_and(|e| e == "history") {
            found.extend(fs::read_to_string(&path).map(|text| format!("migrate::history! {{\n{text}\n}}\n")));
        }
    }
}

fn repository() -> Vec<String> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for folder in ["migrations", "tests", "examples", "migrate-core", "migrate-cli", "migrate-macros", "src"]
    {
        texts(&root.join(folder), &mut found);
    }
    found
}

#[test]
fn agrees_about_every_file_here() {
    let texts = repository();
    let histories: Vec<&String> = texts.iter().filter(|t| t.contains("create table")).collect();
    let answered = histories.iter().filter(|t| answers(t)).count();
    assert!(answered * 2 > histories.len(), "{answered} of {}: hardly worth its while", histories.len());
    texts.iter().for_each(|text| _ = answers(text));
}

#[test]
fn agrees_about_files_with_any_change() {
    let texts = repository();
    let small: Vec<&String> = texts.iter().filter(|t| t.len() < 3000 && t.contains("migration!")).collect();
    const PIECES: [&str; 34] = [
        "\"",
        "r\"",
        "r#\"",
        "\"#",
        "'",
        "\\",
        "//",
        "///",
        "////",
        "//!",
        "/*",
        "*/",
        "#",
        "r#",
        "b\"",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "ü",
        "'a",
        "1.",
        "..",
        "0x",
        "_",
        "5e3",
        "\n",
        "\r\n",
        "!",
        "migration",
        "r#type",
        "$",
    ];
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut answered = 0;
    for _ in 0..3000 {
        let mut text = small[next(small.len())].clone();
        for _ in 0..=next(3) {
            let mut at = next(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match next(3) {
                0 => _ = text.pop(),
                _ => text.insert_str(at, PIECES[next(PIECES.len())]),
            }
        }
        answered += usize::from(answers(&text));
    }
    assert!(answered > 300, "{answered}");
}

#[test]
fn tells_what_it_cannot_answer() {
    for text in [
        "migration! { sql \"a\\x41\"; }",
        "fn f<'a>() {} migration! { a }",
        "migration! { b\"a\" }",
        "migration! { /* a */ }",
        "migration! { a\r\n}",
        "migration! { 0x1F }",
        "migration! { größe }",
        "migration! { \"open }",
        "migration! { ( ] }",
        "migration! { a",
    ] {
        assert!(calls(text).is_none(), "{text}");
    }
    for text in [
        "/// docs\nmigrate::migration! {\n    /// wörter \"#x\n    create table a { b: text default \"ü\\n\", r#type: x } // c ö\n}",
        "migration! { sql r#\"a \"b\" \n c\"#; 1_000 1.5 -2 a.b /x <> || }\nhistory![a, b];",
        "migration! { r#end }",
        "migration ! (a {b [c] ///\n} ////\n)",
        "mod x { migration! { a } } migration migration! [a] migration!! {b} migration /// c\n ! {d}",
    ] {
        assert!(answers(text), "{text}");
    }
}
