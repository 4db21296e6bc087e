//! Statements and the shape of a migration.

use super::check;
use crate::diagnostics::Diagnostics;
use crate::source::FileId;
use crate::syntax::ast::{AlterationKind, Down, StatementKind, TableItem};
use crate::syntax::parse_migration;
use crate::testing::tokens;

#[test]
fn the_whole_language_is_read() {
    check(include_str!("data/corpus.txt"));
}

#[test]
fn bad_statements() {
    check(include_str!("data/statements.txt"));
}

#[test]
fn bad_alterations() {
    check(include_str!("data/alterations.txt"));
}

#[test]
fn bad_tables() {
    check(include_str!("data/tables.txt"));
}

#[test]
fn bad_shape() {
    check(include_str!("data/shape.txt"));
}

#[test]
fn the_end_of_the_body_is_shown_at_its_last_token() {
    check(
        "
    drop table users
             //^^^^^ error: expected `;` behind this [syntax]
        ",
    );
    check(
        "
    rename table users
               //^^^^^ error: expected `to`, found the end [syntax]
        ",
    );
}

#[test]
fn an_empty_body_is_an_error() {
    for text in ["", "down auto;", "up { }", "name \"x\";"] {
        let mut cx = Diagnostics::default();
        parse_migration(&mut cx, FileId(1), &tokens(text));
        let found = cx.finish();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].code.as_str(), "empty_migration");
    }
}

#[test]
fn words_that_touch_a_text_are_refused() {
    let mut cx = Diagnostics::default();
    let mut tokens = tokens("sql \"x\";");
    tokens[0].end = tokens[1].start;
    parse_migration(&mut cx, FileId(1), &tokens);
    assert_eq!(cx.finish()[0].message, "`sql` touches what follows");
}

#[test]
fn the_tree_keeps_places_and_comments() {
    let text = "
        /// Users
        /// of it.
        create table users { /// The mail.
            email: text null, broken: strng, }
        alter table users recreate { add column n: integer; alter column email set not null, drop default; }
        down { drop table users; }";
    let tokens = tokens(text);
    let mut cx = Diagnostics::default();
    let migration = parse_migration(&mut cx, FileId(1), &tokens);
    let words = |loc: crate::source::Loc| {
        let texts: Vec<&str> =
            tokens[loc.first as usize..=loc.last as usize].iter().map(|t| &*t.text).collect();
        texts.join(" ")
    };
    let [create, alter] = &migration.up[..] else {
        panic!("two statements");
    };
    assert_eq!(words(create.head), "create table");
    let StatementKind::CreateTable(table) = &create.kind else {
        panic!("a table");
    };
    assert_eq!(table.comment.as_deref(), Some("Users\nof it."));
    assert_eq!(words(table.close), "}");
    let [TableItem::Column(email), TableItem::Column(broken)] = &table.items[..] else {
        panic!("two columns");
    };
    assert_eq!(email.comment.as_deref(), Some("The mail."));
    assert_eq!(words(email.modifiers[0].loc), "null");
    assert_eq!(words(broken.ty.loc), "strng");
    let StatementKind::AlterTable(alter) = &alter.kind else {
        panic!("an alteration");
    };
    let heads: Vec<String> = alter.alterations.iter().map(|a| words(a.head)).collect();
    assert_eq!(heads, ["add column n", "alter column email set not null"]);
    assert!(
        matches!(&alter.alterations[1].kind, AlterationKind::AlterColumn { changes, .. } if changes.len() == 2)
    );
    assert!(matches!(&migration.down, Down::Written { loc, .. } if words(*loc) == "down"));
}
