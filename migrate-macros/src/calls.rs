//! Paths of the author's functions in the expansion.
//!
//! The expansion is one text that is parsed once, and a path is to be looked up where the author wrote it, with errors at
//! its words. So the text holds a word in the place of each path, which is swapped for the path's tokens afterwards, in
//! migrations that call something alone.

use std::collections::HashMap;

use migrate_core::compile::Migration;
use migrate_core::dialect::Work;
use migrate_core::schema::FunctionPath;
use proc_macro2::{Group, Span, TokenStream, TokenTree};

use crate::expand::parse;

/// The words that stand for a call until it is swapped. No two paths stand at one place.
pub struct Words {
    /// For what makes the step: the compiler's errors about the function underline that too.
    pub constructor: String,
    /// For the function.
    pub function: String,
}

/// The words for a path.
pub fn words(dialect: &str, path: &FunctionPath) -> Words {
    let at = path.loc.first;
    Words { constructor: format!("__migrate_{dialect}_{at}"), function: format!("__migrate_function_{at}") }
}

/// Puts the calls into the places of their words.
pub fn swap<'m>(
    tokens: TokenStream,
    migrations: impl Iterator<Item = &'m Migration>,
    spans: &[Span],
) -> TokenStream {
    let mut found = HashMap::new();
    for (dialect, call, path) in migrations.flat_map(called) {
        let words = words(dialect, path);
        let span = |index: usize| spans.get(path.loc.first as usize + index).copied();
        let first = span(0).unwrap_or_else(Span::call_site);
        let constructor = placed(&format!("__migrate::{dialect}_{call}"), |_| Some(first));
        let mut function = placed("&", |_| Some(first));
        function.extend(placed(&path.text, span));
        found.extend([(words.constructor, constructor), (words.function, function)]);
    }
    if found.is_empty() { tokens } else { swapped(tokens, &found) }
}

/// What a migration calls on each database, and the end of the constructor's name for it.
fn called(migration: &Migration) -> Vec<(&'static str, &'static str, &FunctionPath)> {
    let mut all = Vec::new();
    for (dialect, script) in [("sqlite", &migration.sqlite), ("postgres", &migration.postgres)] {
        let Some(script) = script else { continue };
        all.extend(script.up.iter().chain(script.down.pieces()).filter_map(|piece| match &piece.work {
            Work::Call(path) => Some((dialect, "call", path)),
            Work::CallOutside(path) => Some((dialect, "call_outside", path)),
            _ => None,
        }));
    }
    all
}

fn swapped(tokens: TokenStream, found: &HashMap<String, TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), swapped(group.stream(), found));
                inside.set_span(group.span());
                out.extend([TokenTree::Group(inside)]);
            }
            TokenTree::Ident(word) => match found.get(&word.to_string()) {
                Some(tokens) => out.extend(tokens.clone()),
                None => out.extend([TokenTree::Ident(word)]),
            },
            other => out.extend([other]),
        }
    }
    out
}

/// The tokens of a text, each at its place.
fn placed(text: &str, place: impl Fn(usize) -> Option<Span>) -> TokenStream {
    let place = |(index, mut token): (usize, TokenTree)| {
        if let Some(span) = place(index) {
            token.set_span(span);
        }
        token
    };
    parse(text).into_iter().enumerate().map(place).collect()
}
