//! Door 1: the macros. Gathers the files, calls the language, turns diagnostics into compiler errors and the plan into
//! static data. No rule of the language lives here.

mod cache;
mod calls;
mod errors;
mod expand;
mod running;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cache::Found;
use expand::Entry;
use migrate_core::compile::compile;
use migrate_core::diagnostics::Diagnostic;
use migrate_core::source::files::{self, Overlay, Sources};
use migrate_core::source::{Body, FileId, Token, lex};
use migrate_core::syntax::ast;
use migrate_core::target::Options;
use proc_macro2::{Span, TokenStream, TokenTree};

/// `migrate::history!`, behind the facade's wrapper, which passes `[$crate]` on in front.
#[proc_macro]
pub fn history(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let _turn = turn();
    let call = Call::read(input.into());
    let Declared { entries, options, found, lock } = call.declared();
    let errors = errors::render(&found, FileId(0), &call.spans);
    let items = expand::history(&call.facade, &entries, &options, lock.as_deref(), &call.spans);
    [errors, items].into_iter().collect::<TokenStream>().into()
}

/// `migrate::migration!`, behind the facade's wrapper.
#[proc_macro]
pub fn migration(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let _turn = turn();
    let call = Call::read(input.into());
    let (errors, items) = match call.found() {
        Found::Migration(history, index) => {
            let (migration, found) = history.migration(index).unzip();
            let found = found.unwrap_or_default();
            let errors = errors::render(&found, FileId(index as u32 + 1), &call.spans);
            (errors, expand::migration(&call.facade, migration, &call.spans))
        }
        Found::Another => return proc_macro::TokenStream::new(),
        Found::Alone(problem) => (
            errors::render(&problem, FileId(1), &call.spans),
            expand::migration(&call.facade, None, &call.spans),
        ),
    };
    // Joining two streams is a question to the compiler too, and there is nearly always but one.
    match errors.is_empty() {
        true => items.into(),
        false => [errors, items].into_iter().collect::<TokenStream>().into(),
    }
}

/// One call at a time, whole: which lexer is in force holds for the process, and an editor's server has threads.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One macro call: its tokens as plain data, and their spans for this call alone.
struct Call {
    facade: TokenStream,
    tokens: Vec<Token>,
    spans: Vec<Span>,
}

impl Call {
    fn read(input: TokenStream) -> Call {
        let mut input = input.into_iter();
        let facade = match input.next() {
            Some(TokenTree::Group(group)) => group.stream(),
            _ => TokenStream::new(),
        };
        let (tokens, spans) = lex::tokens_without_places(input.collect());
        Call { facade, tokens, spans }
    }

    /// The file of the call, told by a token of its body: the call itself may stand inside other macros.
    fn file(&self) -> Option<PathBuf> {
        self.spans.first().and_then(Span::local_file)
    }

    /// The call's tokens as a file's body. Places cost a question to the compiler each, so only who needs them asks.
    fn body(&self, path: &Path) -> Body {
        let mut tokens = self.tokens.clone();
        lex::place(&mut tokens, &self.spans);
        Body { file: files::file_name(path), tokens, broken: false }
    }

    fn overlay(&self, path: &Path) -> Overlay {
        Overlay { path: path.to_owned(), body: self.body(path) }
    }

    /// What `history!` declares, and what is wrong with its list.
    fn declared(&self) -> Declared {
        let path = self.file();
        cache::forced(|| {
            let name = path.clone().unwrap_or_else(|| "history".into());
            let mut sources = files::inline(self.body(&name), name);
            let entries = &sources.history.entries;
            let inline = entries.iter().any(|e| e.inline.is_some());
            let unread = entries.is_empty() && sources.diagnostics.has_errors();
            // Editors whose macro server knows no files: the modules of a list are declared, and not judged.
            let Some(path) = path.as_ref().filter(|_| !inline && !unread) else {
                if let Some(path) = path.filter(|_| inline) {
                    sources.take_lock(cache::lock_of_inline(&path, &sources, &self.tokens));
                }
                let outcome = compile(sources);
                let lock = locked(&outcome.sources);
                let sound = || outcome.is_sound().then(|| outcome.compiled.migrations.iter().collect());
                let refused = verify::refused(sound, &outcome.sources.bodies);
                let found = [outcome.diagnostics, outcome.lints, refused].concat();
                let entries = outcome.sources.history.entries.into_iter();
                let mut migrations = outcome.compiled.migrations.into_iter();
                let with_migration = |entry: ast::Entry| match (entry.inline, migrations.next()) {
                    (None, _) => Entry::Listed(entry.module.text, entry.module.loc.first),
                    (Some(_), migration) => Entry::Inline(migration.map(Box::new)),
                };
                return Declared {
                    entries: entries.map(with_migration).collect(),
                    options: outcome.compiled.options,
                    found,
                    lock,
                };
            };
            match cache::history(path, &self.tokens, &|| self.overlay(path)) {
                Ok(history) => Declared {
                    entries: listed(history.sources()),
                    options: history.options().clone(),
                    found: history.of_list(),
                    lock: locked(history.sources()),
                },
                Err(_) => {
                    let outcome = compile(cache::not_shown(sources));
                    Declared {
                        entries: listed(&outcome.sources),
                        options: outcome.compiled.options,
                        found: outcome.diagnostics,
                        lock: None,
                    }
                }
            }
        })
    }

    /// The history of a `migration!`, and its place there.
    fn found(&self) -> Found {
        let path = self.file();
        cache::forced(|| match path {
            Some(path) => cache::migration(&path, &self.tokens, &|| self.overlay(&path)),
            // An empty call has no token to tell its file by.
            None => Found::Alone(errors::alone(&self.tokens)),
        })
    }
}

/// What a `history!` says.
struct Declared {
    entries: Vec<Entry>,
    options: Options,
    /// What is wrong with it.
    found: Vec<Diagnostic>,
    /// The file that says what is released.
    lock: Option<PathBuf>,
}

/// The path of a lock that was read, as the compiler finds it from anywhere.
fn locked(sources: &Sources) -> Option<PathBuf> {
    sources.lock.as_ref().and_then(|lock| std::path::absolute(&lock.path).ok())
}

fn listed(sources: &Sources) -> Vec<Entry> {
    sources.history.entries.iter().map(|e| Entry::Listed(e.module.text.clone(), e.module.loc.first)).collect()
}

#[cfg(test)]
mod tests;
