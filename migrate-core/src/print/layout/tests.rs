//! Layouts by example, and over every migration of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use migrate_test_support::Numbers;

use super::*;

fn lay(body: &str) -> String {
    let text = format!("migrate::migration! {{{body}}}\n");
    let once = layout(&text).unwrap_or_else(|e| panic!("{e:?}: {text}"));
    assert_eq!(layout(&once).unwrap(), once, "laid out twice");
    once
}

#[test]
fn items_stand_on_lines_of_their_own() {
    let made = lay(
        "\ncreate table users{id:integer primary key,   name :text(20)null default\"x\",\n\n\nindex users_name(name)}\n drop table old;",
    );
    assert_eq!(
        made,
        "migrate::migration! {
    create table users {
        id: integer primary key,
        name: text(20) null default \"x\",

        index users_name (name)
    }
    drop table old;
}
"
    );
}

#[test]
fn what_is_short_stays_on_its_line() {
    assert_eq!(lay(" drop table a; "), "migrate::migration! { drop table a; }\n");
    let made = lay("\n  up{delete from a;} down irreversible \"gone\";\n");
    assert_eq!(
        made,
        "migrate::migration! {\n    up { delete from a; }\n    down irreversible \"gone\";\n}\n"
    );
}

#[test]
fn what_is_long_is_broken_at_its_braces() {
    let long = "create table users { identifier: integer primary key autoincrement, name: text, born: date null, mail: text }";
    let made = lay(long);
    assert_eq!(made.lines().count(), 8, "{made}");
    assert!(made.contains("\n        name: text,\n"), "{made}");
}

#[test]
fn comments_stay_where_they_are() {
    let made = lay(
        "\n// first\nalter table a { // why\n drop column b; // gone\n\n// last\n /* here */ add column c: text null;\n}\n/// Doc.\ncreate table t { a: integer /* b */, // c\n}\n// end\n",
    );
    assert_eq!(
        made,
        "migrate::migration! {
    // first
    alter table a { // why
        drop column b; // gone

        // last
        /* here */ add column c: text null;
    }
    /// Doc.
    create table t {
        a: integer /* b */, // c
    }
    // end
}
"
    );
}

#[test]
fn breaks_inside_a_statement_are_the_authors() {
    let made = lay("\nupdate t set a = 1,\nb = -2 where a<>3 and b in (1,\n2) and c = x.y::z;\n");
    assert_eq!(
        made,
        "migrate::migration! {
    update t set a = 1,
        b = -2 where a <> 3 and b in (1,
            2) and c = x.y::z;
}
"
    );
}

#[test]
fn line_ends_and_what_stands_around_are_kept() {
    let text = "// Top.\r\nmigrate::migration! {\r\n  drop   table a;\r\n}\r\nfn  x( ) {}\r\n";
    let made = layout(text).unwrap();
    assert_eq!(made, "// Top.\r\nmigrate::migration! {\r\n    drop table a;\r\n}\r\nfn  x( ) {}\r\n");
}

#[test]
fn what_stands_before_a_call_on_its_line_is_kept() {
    let before = [
        "#![allow(dead_code)] ",
        "const S: &str = \"hey! (x)\"; ",
        "fn f() { println!(\"a  b\"); } ",
        "/* wow! (see) */ ",
        "\u{feff}/* ö! { */ ",
        "migrate::migration! { drop table b; } ",
    ];
    for before in before {
        let made =
            layout(&format!("{before}migrate::migration! /* {{ */ {{\n  drop   table a;\n}}\n")).unwrap();
        assert_eq!(made, format!("{before}migrate::migration! /* {{ */ {{\n    drop table a;\n}}\n"));
    }
}

/// Every file of the repository that holds a migration.
fn files() -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                walk(&path, files);
            } else if name.ends_with(".rs") || name.ends_with(".history") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["migrations", "tests", "examples", "benches"] {
        walk(&root.join(folder), &mut files);
    }
    files
}

/// The histories of a file, each as a file of its own.
fn texts() -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|e| e == "history") {
            for part in text.split("=== ").skip(1) {
                let (_, body) = part.split_once('\n').unwrap();
                texts.push((path.clone(), format!("migrate::history! {{\n{body}\n}}\n")));
            }
        } else if lex::calls(&text).is_ok_and(|calls| !calls.is_empty()) {
            texts.push((path, text));
        }
    }
    texts
}

#[test]
fn every_migration_of_the_repository_can_be_laid_out() {
    let texts = texts();
    assert!(texts.len() > 150, "{} texts", texts.len());
    for (path, text) in texts {
        let made = layout(&text).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
        assert_eq!(layout(&made).unwrap(), made, "{}: laid out twice", path.display());
    }
}

#[test]
fn blanks_and_comments_anywhere_change_no_token() {
    let mut numbers = Numbers::behind(7);
    for (path, text) in texts() {
        for _ in 0..3 {
            let calls = lex::calls(&text).unwrap();
            // From the last token to the first, so that the places before stay.
            let mut changed = text.clone();
            for token in calls.iter().rev().flat_map(|c| c.tokens.iter().rev()) {
                let (at, end) = (token.bytes.0 as usize, token.bytes.1 as usize);
                let comment = text[at..].starts_with("//") || text[at..].starts_with("/*");
                if comment || end <= at {
                    continue;
                }
                let glued = !text[..at].ends_with(char::is_whitespace);
                match numbers.below(12) {
                    0 if !glued => changed.insert(at, '\n'),
                    1 if !glued => changed.insert_str(at, "/* note */ "),
                    2 if !glued => changed.insert_str(at, "// note\n"),
                    3 if !glued => changed.insert_str(at, "\n\n\n  "),
                    4 if !glued => changed.insert_str(at, "   "),
                    _ => {}
                }
            }
            let made = layout(&changed).unwrap_or_else(|e| panic!("{}: {e:?}\n{changed}", path.display()));
            assert_eq!(layout(&made).unwrap(), made, "{}: laid out twice", path.display());
        }
    }
}

#[test]
fn the_history_of_the_repository_is_laid_out() {
    for (path, text) in texts() {
        if path.components().any(|c| c.as_os_str() == "migrations")
            && !path.to_string_lossy().contains("/tests/")
        {
            assert_eq!(layout(&text).unwrap(), text, "{}", path.display());
        }
    }
}

#[test]
fn attributes_stand_on_lines_of_their_own() {
    let made = lay(
        "\n#[allow( drops_rows ,b )] drop table a;\n   #[allow(c)]\n      alter table d { #[allow(e)] drop column f; }\n  #[allow(g)]\nalter table h {\n /// Doc.\n #[allow(i)] add column j: text;\n}\n",
    );
    assert_eq!(
        made,
        "migrate::migration! {
    #[allow(drops_rows, b)]
    drop table a;
    #[allow(c)]
    alter table d { #[allow(e)] drop column f; }
    #[allow(g)]
    alter table h {
        /// Doc.
        #[allow(i)]
        add column j: text;
    }
}
"
    );
}

/// Found by fuzzing: nobody means these, and a tool that formats is run on files in the midst of being written.
#[test]
fn what_is_no_statement_is_laid_out_all_the_same() {
    for body in [
        "\n    alter//! A comment of a module.\n table t drop a;\n",
        "\n    /*! Another. */ drop table t;\n",
        "drop index a'lifetime;",
        "a $$+$$ - b;",
        "alter table t add column e: :integer;",
        "alter table t add check (a < 210. . <0 and b < 1 .5 and c.d < 2);",
        "\n drop table t;\n    }   migrate::migration! {\n drop table u; }\n   fn f() { let a = 1;",
    ] {
        lay(body);
    }
}

#[test]
fn what_raw_sql_declares_is_laid_out_as_statements() {
    let made = lay("\n sql \"..\"  declares {\ncreate index a on t(a) ;drop view v; }\ndrop table u;\n");
    assert_eq!(
        made,
        "migrate::migration! {
    sql \"..\" declares {
        create index a on t (a);
        drop view v;
    }
    drop table u;
}
"
    );
}
