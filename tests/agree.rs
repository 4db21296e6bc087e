//! Both doors give one history: what the macros made of the files and what reading the files gives is the same.
// What lints say of these histories.
#![allow(deprecated)]

#[path = "../migrate-cli/src/history.rs"]
mod leak;
#[path = "../migrations/mod.rs"]
mod migrations;

use std::path::Path;

use migrate::{History, Runner};
use migrate_core::compile::{Compiled, compile};
use migrate_core::source::files;
use migrate_test_support::{block_on, postgres, sqlite};

/// One text for both doors.
macro_rules! both {
    ($module:ident, $text:ident, $($history:tt)*) => {
        mod $module {
            migrate::history! { $($history)* }
        }
        const $text: &str = stringify!($($history)*);
    };
}

both! { inline, INLINE,
    #![sqlite(strict, uuid = "blob")]
    migration m0001_notes {
        /// Notes.
        create table notes {
            id: integer primary key autoincrement,
            body: text,
            kind: enum("a", "it's") default "a",
            uid: uuid default random,
            price: decimal(9, 2) default -1.50,
            data: blob default b"\x00\xff",
            at: timestamp_ms default now,
            "quoted name": text null,
            index notes_kind (kind) where body like "x%",
        }
    }
    migration m0002_slug {
        name "0002-slug";
        alter table notes recreate { add column slug: text null; alter column slug set not null using lower(body); }
        down irreversible "slugs were made up";
    }
    migration m0003_raw {
        up { sql { sqlite "update notes set body = 'ä'", postgres "update notes set body = 'ä'" } }
        down {}
    }
}

fn load() -> Compiled {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/mod.rs");
    sound(files::load(&list, None).expect("the history can be read"))
}

fn inline_text() -> Compiled {
    sound(files::inline_text("agree.rs", INLINE).expect("Rust tokens"))
}

fn sound(sources: files::Sources) -> Compiled {
    let outcome = compile(sources);
    assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    outcome.compiled
}

fn assert_same(declared: &History, compiled: &Compiled) {
    assert_eq!(declared.migrations().len(), compiled.migrations.len());
    for (macros, file) in declared.migrations().zip(&compiled.migrations) {
        assert_eq!(macros.name(), file.name);
        assert_eq!(macros.checksum(), file.checksum, "{}", file.name);
        assert_eq!(macros.chain(), file.chain, "{}", file.name);
    }
}

#[test]
fn files_have_the_names_checksums_and_chains_of_the_macros() {
    assert_same(&migrations::HISTORY, &load());
}

#[test]
fn an_inline_history_has_them_too() {
    assert_same(&inline::HISTORY, &inline_text());
}

/// The SQL that SQLite stores is the SQL that it was given.
#[test]
fn sqlite_is_given_the_same_sql() {
    let stored = |history: &History| -> Vec<String> {
        let database = sqlite::database();
        let mut connection = database.connect();
        Runner::new(history).run(&mut connection).expect("the history runs");
        let mut query =
            connection.prepare("select coalesce(sql, name) from sqlite_master order by name").expect("SQL");
        let rows = query.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<Result<_, _>>().expect("text")
    };
    assert_eq!(stored(&migrations::HISTORY), stored(leak::leak(&load())));
    assert_eq!(stored(&inline::HISTORY), stored(leak::leak(&inline_text())));
}

/// A database that one door migrated is up to date for the other.
#[test]
fn each_door_takes_the_other_ones_database() {
    let (files, text) = (leak::leak(&load()), leak::leak(&inline_text()));
    for (macros, read) in [(&migrations::HISTORY, files), (&inline::HISTORY, text)] {
        for (first, second) in [(macros, read), (read, macros)] {
            let database = postgres::database();
            let mut client = database.client();
            let first = block_on(Runner::new(first).run_async(&mut client)).expect("the history runs");
            assert!(!first.is_empty());
            let second = block_on(Runner::new(second).run_async(&mut client)).expect("the history is known");
            assert!(second.is_empty());
        }
    }
}
