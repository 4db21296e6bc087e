//! Lists of migrations and their options.

use crate::diagnostics::Diagnostics;
use crate::source::FileId;
use crate::syntax::ast::{History, OptionKind};
use crate::syntax::parse_history;
use crate::testing;

fn check(text: &str) {
    testing::check(text, |cx, tokens| {
        parse_history(cx, FileId(0), tokens);
    });
}

fn parse(text: &str) -> History {
    let mut cx = Diagnostics::default();
    let history = parse_history(&mut cx, FileId(0), &testing::tokens(text));
    assert_eq!(cx.finish(), [], "{text}");
    history
}

#[test]
fn lists_and_options_are_read() {
    let history = parse(
        "#![dialects(sqlite, postgres)] #![sqlite(min = \"3.35\", strict, uuid = \"blob\")] #![postgres(min = 13)]
         /// About it.
         m0000_a, migration, migration m0001_b { drop table a; } migration r#m2 { sql \"x\" ; }, m3",
    );
    let modules: Vec<(&str, bool)> =
        history.entries.iter().map(|e| (&*e.module.text, e.inline.is_some())).collect();
    assert_eq!(
        modules,
        [("m0000_a", false), ("migration", false), ("m0001_b", true), ("m2", true), ("m3", false)]
    );
    assert!(matches!(&history.options[0].kind, OptionKind::Dialects(names) if names.len() == 2));
    assert!(matches!(
        &history.options[1].kind,
        OptionKind::Sqlite { min: Some(min), strict: true, uuid_blob: true } if min.text == "3.35"
    ));
    assert!(
        matches!(&history.options[2].kind, OptionKind::Postgres { min: Some(min), .. } if min.text == "13")
    );
    assert!(parse("").entries.is_empty());
}

#[test]
fn bad_lists() {
    check(include_str!("data/history.txt"));
}
