//! Door 1: the macros. Gathers the files, calls the language, turns diagnostics into compiler errors and the plan into
//! static data. No rule of the language lives here.

mod cache;
mod errors;
mod expand;

use migrate_core::compile::{Outcome, compile};
use migrate_core::source::files::{self, Overlay, Sources};
use migrate_core::source::{Body, FileId, Token, lex};
use proc_macro2::{Span, TokenStream, TokenTree};

/// `migrate::history!`, behind the facade's wrapper, which passes `[$crate]` on in front.
#[proc_macro]
pub fn history(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let call = Call::read(input.into());
    let outcome = call.history_outcome();
    let errors = errors::render(&outcome.diagnostics, FileId(0), &call.spans);
    let items = expand::history(&call.facade, &outcome);
    [errors, items].into_iter().collect::<TokenStream>().into()
}

/// `migrate::migration!`, behind the facade's wrapper.
#[proc_macro]
pub fn migration(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let call = Call::read(input.into());
    let (errors, items) = match call.migration_outcome() {
        Ok((outcome, index)) => (
            errors::render(&outcome.diagnostics, FileId(index as u32 + 1), &call.spans),
            expand::migration(&call.facade, outcome.compiled.migrations.get(index)),
        ),
        Err(problem) => {
            (errors::render(&problem, FileId(1), &call.spans), expand::migration(&call.facade, None))
        }
    };
    // Joining two streams is a question to the compiler too, and there is nearly always but one.
    match errors.is_empty() {
        true => items.into(),
        false => [errors, items].into_iter().collect::<TokenStream>().into(),
    }
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
    fn file(&self) -> Option<std::path::PathBuf> {
        self.spans.first().and_then(Span::local_file)
    }

    /// The call's tokens as a file's body. Places cost a question to the compiler each, so only who needs them asks.
    fn body(&self, path: &std::path::Path) -> Body {
        let mut tokens = self.tokens.clone();
        lex::place(&mut tokens, &self.spans);
        Body { file: files::file_name(path), tokens, broken: false }
    }

    fn overlay(&self, path: &std::path::Path) -> Overlay {
        Overlay { path: path.to_owned(), body: self.body(path) }
    }

    fn history_outcome(&self) -> std::sync::Arc<Outcome> {
        let Some(path) = self.file() else {
            // Editors whose macro server knows no files: an inline history is whole, a listed one is not judged.
            let sources = files::inline(self.body("history".as_ref()), "history".into());
            return std::sync::Arc::new(cache::forced(|| compile(only_inline(sources))));
        };
        cache::forced(|| {
            let sources = files::inline(self.body(&path), path.clone());
            if sources.history.entries.iter().any(|e| e.inline.is_some())
                || sources.history.entries.is_empty()
            {
                return std::sync::Arc::new(compile(sources));
            }
            cache::history(&path, &self.tokens, &|| self.overlay(&path))
                .unwrap_or_else(|_| std::sync::Arc::new(compile(only_inline(sources))))
        })
    }

    fn migration_outcome(
        &self,
    ) -> Result<(std::sync::Arc<Outcome>, usize), Vec<migrate_core::diagnostics::Diagnostic>> {
        let Some(path) = self.file() else {
            return Err(cache::forced(|| errors::alone(&self.tokens)));
        };
        cache::forced(|| cache::migration(&path, &self.tokens, &|| self.overlay(&path)))
            .map_err(|problem| if self.tokens.is_empty() { errors::alone(&self.tokens) } else { problem })
    }
}

/// Without its files a listed history compiles to nothing; its modules are still declared.
fn only_inline(mut sources: Sources) -> Sources {
    if sources.history.entries.iter().all(|e| e.inline.is_none()) {
        sources.history.entries.clear();
    }
    sources
}
