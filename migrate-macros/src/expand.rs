//! The plan to static data: one string of `const fn` calls, parsed once. Nested literals made token by token take ten
//! times as long.

use std::fmt::Write;
use std::path::Path;
use std::str::FromStr;

use migrate_core::compile::{Down, Migration, Piece, Probe, Script};
use migrate_core::dialect::{Batches, Concurrently, Rebuild, Work};
use migrate_core::target::Options;
use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

use crate::calls;

/// One migration as `history!` declares it.
pub enum Entry {
    /// A module with a file of its own, and the token that names it.
    Listed(String, u32),
    /// The migration itself; none where a mistake spoiled it.
    Inline(Option<Box<Migration>>),
}

/// The items of `history!`. Every name but `HISTORY` and the modules stays inside: what the user's module holds besides
/// cannot clash with it.
pub fn history(
    facade: &TokenStream,
    entries: &[Entry],
    options: &Options,
    lock: Option<&Path>,
    spans: &[Span],
) -> TokenStream {
    let mut modules = TokenStream::new();
    let mut list = String::from("::__private as __migrate; __migrate::history");
    match (options.postgres_schema(), options.search_also()) {
        (None, []) => list.push('('),
        (schema, also) => {
            let schema = schema.map_or("None".to_owned(), |s| format!("Some({s:?})"));
            let _ = write!(list, "_in(::core::option::Option::{schema},&{also:?},");
        }
    }
    list.push_str("&[");
    for entry in entries {
        match entry {
            Entry::Inline(migration) => {
                list.push('&');
                constructor(&mut list, migration.as_deref());
                list.push(',');
            }
            Entry::Listed(module, token) => {
                let module = raw(module);
                let _ = write!(list, "&{module}::MIGRATION,");
                let span = spans.get(*token as usize).copied().unwrap_or_else(Span::call_site);
                modules.extend(declared(&module, span));
            }
        }
    }
    list.push_str("])");
    // What cargo builds anew for is what the compiler reads.
    if let Some(lock) = lock.and_then(Path::to_str) {
        modules.extend(parse(&format!("const _: &[u8] = ::core::include_bytes!({lock:?});")));
    }
    let inline = entries.iter().filter_map(|entry| match entry {
        Entry::Inline(migration) => migration.as_deref(),
        Entry::Listed(..) => None,
    });
    let value = with_facade(facade, calls::swap(parse(&list), inline, spans));
    quote! {
        #modules
        /// Every migration of this application, in order.
        pub static HISTORY: #facade::History = #value;
    }
}

/// The items of `migration!`.
pub fn migration(facade: &TokenStream, migration: Option<&Migration>, spans: &[Span]) -> TokenStream {
    // Every token made one by one is a question to the compiler, and so is every text.
    let mut items = parse("pub(super) static MIGRATION:");
    items.extend(facade.clone());
    items.extend(parse("::Migration ="));
    if let Some(call) = migration.and_then(plain_migration) {
        items.extend(facade.clone());
        items.extend(parse(&call));
        return items;
    }
    let mut text = String::from("::__private as __migrate;");
    constructor(&mut text, migration);
    let value = calls::swap(parse(&text), migration.into_iter(), spans);
    items.extend([with_facade(facade, value), TokenTree::Punct(Punct::new(';', Spacing::Alone))]);
    items
}

/// A block that knows the facade as `__migrate`: `rest` goes on behind `use` and the facade's path.
fn with_facade(facade: &TokenStream, rest: TokenStream) -> TokenTree {
    let mut inside = TokenStream::from(TokenTree::Ident(Ident::new("use", Span::call_site())));
    inside.extend(facade.clone());
    inside.extend(rest);
    TokenTree::Group(Group::new(Delimiter::Brace, inside))
}

/// The text is ours, made of literals that were escaped, so the compiler's own lexer is asked directly: proc-macro2 would
/// first look it over by itself, which unoptimized takes ten times as long.
pub fn parse(text: &str) -> TokenStream {
    match proc_macro::TokenStream::from_str(text) {
        Ok(tokens) => tokens.into(),
        Err(error) => {
            let message = format!("the expansion cannot be read: {error}");
            quote! { ::core::compile_error! { #message } }
        }
    }
}

/// `mod m0001_users;`, at the name in the list: there an editor goes on to the file, and there the compiler reports what it has to
/// say about it.
fn declared(module: &str, span: Span) -> [TokenTree; 3] {
    let name = match module.strip_prefix("r#") {
        Some(word) => Ident::new_raw(word, span),
        None => Ident::new(module, span),
    };
    let end = TokenTree::Punct(Punct::new(';', Spacing::Alone));
    [TokenTree::Ident(Ident::new("mod", Span::call_site())), TokenTree::Ident(name), end]
}

/// A module's name as Rust wants it: words of Rust are raw.
fn raw(module: &str) -> String {
    const WORDS: &str = " abstract as async await become box break const continue do dyn else enum extern false final fn \
        for gen if impl in let loop macro match mod move mut override priv pub ref return static struct trait true try type \
        typeof unsafe unsized use virtual where while yield ";
    if WORDS.contains(&format!(" {module} ")) { format!("r#{module}") } else { module.to_owned() }
}

fn constructor(out: &mut String, migration: Option<&Migration>) {
    let Some(migration) = migration else {
        out.push_str("__migrate::migration(\"\",\"\",\"\",\"\",::core::option::Option::None,::core::option::Option::None)");
        return;
    };
    let Migration { name, file, checksum, chain, .. } = migration;
    let _ = write!(out, "__migrate::migration({name:?},{file:?},{checksum:?},{chain:?},");
    for (word, script) in [("sqlite", &migration.sqlite), ("postgres", &migration.postgres)] {
        match script {
            Some(script) => {
                let _ = write!(out, "__migrate::when_{word}!(&");
                write_script(out, word, script);
                out.push_str("),");
            }
            None => out.push_str("::core::option::Option::None,"),
        }
    }
    out.push(')');
}

fn write_script(out: &mut String, dialect: &str, script: &Script) {
    if script.fresh.is_empty() {
        return write_probed(out, dialect, script);
    }
    out.push_str("__migrate::fresh(");
    write_probed(out, dialect, script);
    let _ = write!(out, ",&{:?})", script.fresh);
}

fn write_probed(out: &mut String, dialect: &str, script: &Script) {
    if script.probes.is_empty() {
        return write_steps(out, dialect, script);
    }
    out.push_str("__migrate::probed(");
    write_steps(out, dialect, script);
    out.push_str(",&[");
    for Probe { line, column, pieces, since, at_end, table, words, query } in &script.probes {
        let keys = query.keys.as_deref().unwrap_or_default();
        let (first, end, count) = (pieces.start, pieces.end, &query.count);
        let _ = write!(
            out,
            "__migrate::probe({line},{column},({first},{end}),({since},{at_end}),{table:?},{words:?},{count:?},{keys:?}),"
        );
    }
    out.push_str("])");
}

fn write_steps(out: &mut String, dialect: &str, script: &Script) {
    if let (Some(up), Down::Pieces(down)) = (plain(&script.up), &script.down)
        && let Some(down) = plain(down)
    {
        let _ = write!(out, "__migrate::plain(&[{up}],&[{down}])");
        return;
    }
    out.push_str("__migrate::script(");
    write_pieces(out, dialect, &script.up);
    out.push(',');
    match &script.down {
        Down::Pieces(pieces) => {
            out.push_str("__migrate::down(");
            write_pieces(out, dialect, pieces);
            out.push(')');
        }
        Down::Irreversible(reason) => {
            let _ = write!(out, "__migrate::irreversible({reason:?})");
        }
    }
    out.push(')');
}

/// The one call that makes a migration of plain statements for both databases, from behind the facade's path.
fn plain_migration(migration: &Migration) -> Option<String> {
    let Migration { name, file, checksum, chain, .. } = migration;
    let mut counts = Vec::new();
    let mut statements = String::new();
    for script in [migration.sqlite.as_ref()?, migration.postgres.as_ref()?] {
        let Down::Pieces(down) = &script.down else { return None };
        if !script.probes.is_empty() || !script.fresh.is_empty() {
            return None;
        }
        for pieces in [&script.up, down] {
            counts.push(pieces.len());
            statements.push_str(&plain(pieces)?);
        }
    }
    counts.pop();
    Some(format!(
        "::__private::plain_migration({name:?},{file:?},{checksum:?},{chain:?},{counts:?},&[{statements}]);"
    ))
}

/// The pieces as a plain table, where all of them are plain statements.
fn plain(pieces: &[Piece]) -> Option<String> {
    let mut out = String::new();
    for Piece { line, column, work, .. } in pieces {
        let Work::Statement(sql) = work else { return None };
        let _ = write!(out, "({line},{column},{sql:?}),");
    }
    Some(out)
}

fn write_pieces(out: &mut String, dialect: &str, pieces: &[Piece]) {
    out.push_str("&[");
    for Piece { line, column, work, .. } in pieces {
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
            Work::Concurrently(index) => {
                let Concurrently { sql, table, index, drops } = &**index;
                let _ = write!(
                    out,
                    "__migrate::concurrently({line},{column},&__migrate::index({sql:?},{table:?},{index:?},{drops})),"
                );
            }
            Work::Batches(batches) => {
                let Batches { table, rows, update, condition, from, key } = &**batches;
                let condition = condition.as_deref().unwrap_or_default();
                let _ = write!(
                    out,
                    "__migrate::batches({line},{column},&__migrate::update({table:?},{rows},{update:?},{condition:?},\
                     {from:?},&{key:?})),"
                );
            }
            Work::Call(path) | Work::CallOutside(path) => {
                let (text, words) = (&path.text, calls::words(dialect, path));
                let _ = write!(out, "{}({line},{column},{text:?},{}),", words.constructor, words.function);
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
        // The runtime reads them from the database.
        triggers: _,
        // For exported files alone.
        key_column: _,
    } = rebuild;
    let _ = write!(
        out,
        "__migrate::table({table:?},{work_table:?},&{columns:?},&{known_indexes:?},{create:?},&{copy_columns:?},\
         &{copy_values:?},{keep_rowid},&{indexes:?})"
    );
}
