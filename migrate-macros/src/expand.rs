//! The plan to static data: one string of `const fn` calls, parsed once. Nested literals made token by token take ten
//! times as long.

use std::fmt::Write;
use std::str::FromStr;

use migrate_core::compile::{Down, Migration, Outcome, Piece, Script};
use migrate_core::dialect::{Rebuild, Work};
use proc_macro2::TokenStream;
use quote::quote;

/// The items of `history!`.
pub fn history(facade: &TokenStream, outcome: &Outcome) -> TokenStream {
    let mut list = String::new();
    let mut items = String::new();
    for (entry, migration) in outcome.sources.history.entries.iter().zip(&outcome.compiled.migrations) {
        let module = raw(&entry.module.text);
        if entry.inline.is_some() {
            let _ = write!(
                items,
                "#[doc(hidden)] #[allow(non_upper_case_globals)] static __{}: __migrate::Migration = ",
                entry.module.text
            );
            constructor(&mut items, Some(migration));
            items.push(';');
            let _ = write!(list, "&__{},", entry.module.text);
        } else {
            let _ = write!(items, "mod {module};");
            let _ = write!(list, "&{module}::MIGRATION,");
        }
    }
    let items = parse(&items);
    let list = parse(&list);
    quote! {
        #[doc(hidden)]
        #[allow(unused_imports)]
        use #facade::__private as __migrate;
        #items
        /// Every migration of this application, in order.
        pub static HISTORY: #facade::History = #facade::__private::history(&[#list]);
    }
}

/// The items of `migration!`.
pub fn migration(facade: &TokenStream, migration: Option<&Migration>) -> TokenStream {
    let mut value = String::new();
    constructor(&mut value, migration);
    let value = parse(&value);
    quote! {
        #[doc(hidden)]
        #[allow(unused_imports)]
        use #facade::__private as __migrate;
        #[doc(hidden)]
        pub(super) static MIGRATION: #facade::Migration = #value;
    }
}

/// The text is ours, made of literals that were escaped; if the compiler cannot lex it, it says so at the call.
fn parse(text: &str) -> TokenStream {
    TokenStream::from_str(text).unwrap_or_else(|error| {
        let message = format!("the expansion cannot be read: {error}");
        quote! { ::core::compile_error! { #message } }
    })
}

/// A module's name as Rust wants it: words of Rust are raw.
fn raw(module: &str) -> String {
    match proc_macro2::TokenStream::from_str(&format!("r#{module}")) {
        Ok(_) if is_keyword(module) => format!("r#{module}"),
        _ => module.to_owned(),
    }
}

fn is_keyword(word: &str) -> bool {
    !word.starts_with('m') || matches!(word, "match" | "mod" | "move" | "mut" | "macro")
}

fn constructor(out: &mut String, migration: Option<&Migration>) {
    let Some(migration) = migration else {
        out.push_str("__migrate::migration(\"\",\"\",\"\",\"\",None,None)");
        return;
    };
    let Migration { name, file, checksum, chain, .. } = migration;
    let _ = write!(out, "__migrate::migration({name:?},{file:?},{checksum:?},{chain:?},");
    for (word, script) in [("sqlite", &migration.sqlite), ("postgres", &migration.postgres)] {
        match script {
            Some(script) => {
                let _ = write!(out, "__migrate::when_{word}!(&");
                write_script(out, script);
                out.push_str("),");
            }
            None => out.push_str("::core::option::Option::None,"),
        }
    }
    out.push(')');
}

fn write_script(out: &mut String, script: &Script) {
    out.push_str("__migrate::script(");
    write_pieces(out, &script.up);
    out.push(',');
    match &script.down {
        Down::Pieces(pieces) => {
            out.push_str("__migrate::down(");
            write_pieces(out, pieces);
            out.push(')');
        }
        Down::Irreversible(reason) => {
            let _ = write!(out, "__migrate::irreversible({reason:?})");
        }
    }
    out.push(')');
}

fn write_pieces(out: &mut String, pieces: &[Piece]) {
    out.push_str("&[");
    for Piece { line, column, work } in pieces {
        match work {
            Work::Statement(sql) => {
                let _ = write!(out, "__migrate::statement({line},{column},{sql:?}),");
            }
            Work::Native(sql) => {
                let _ = write!(out, "__migrate::raw({line},{column},{sql:?}),");
            }
            Work::Rebuild(rebuild) => {
                let _ = write!(out, "__migrate::rebuild({line},{column},&");
                write_rebuild(out, rebuild);
                out.push_str("),");
            }
        }
    }
    out.push(']');
}

fn write_rebuild(out: &mut String, rebuild: &Rebuild) {
    let Rebuild {
        table,
        work_table,
        columns,
        known_indexes,
        create,
        copy_columns,
        copy_values,
        keep_rowid,
        indexes,
    } = rebuild;
    let _ = write!(
        out,
        "__migrate::table({table:?},{work_table:?},&{columns:?},&{known_indexes:?},{create:?},&{copy_columns:?},\
         &{copy_values:?},{keep_rowid},&{indexes:?})"
    );
}
