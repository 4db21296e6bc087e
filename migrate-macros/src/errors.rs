//! Diagnostics to `compile_error!`s, each at its tokens.

use migrate_core::diagnostics::{Diagnostic, Diagnostics, Level};
use migrate_core::source::{FileId, Token};
use migrate_core::syntax::parse_migration;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// The errors of one file, in order of place. Warnings have no form on stable Rust that costs nothing, so they are the
/// command line's.
pub fn render(diagnostics: &[Diagnostic], file: FileId, spans: &[Span]) -> TokenStream {
    let mine = diagnostics.iter().filter(|d| d.loc.file == file && d.level == Level::Error);
    mine.flat_map(|d| {
        let first = span(spans, d.loc.first);
        let last = span(spans, d.loc.last);
        compile_error(&d.text(), first, last)
    })
    .collect()
}

/// What a migration's own tokens say, where its history is not to be had.
pub fn alone(tokens: &[Token]) -> Vec<Diagnostic> {
    let mut cx = Diagnostics::default();
    parse_migration(&mut cx, FileId(1), tokens);
    cx.finish()
}

fn span(spans: &[Span], index: u32) -> Span {
    spans.get(index as usize).or(spans.last()).copied().unwrap_or_else(Span::call_site)
}

/// `::core::compile_error! { "text" }`, whose first token and whose braces tell rustc where it begins and ends.
fn compile_error(text: &str, first: Span, last: Span) -> TokenStream {
    let punct = |c, spacing| {
        let mut punct = Punct::new(c, spacing);
        punct.set_span(first);
        TokenTree::Punct(punct)
    };
    let word = |w: &str| TokenTree::Ident(Ident::new(w, first));
    let mut literal = Literal::string(text);
    literal.set_span(last);
    let mut group = Group::new(Delimiter::Brace, TokenTree::Literal(literal).into());
    group.set_span(last);
    TokenStream::from_iter([
        punct(':', Spacing::Joint),
        punct(':', Spacing::Alone),
        word("core"),
        punct(':', Spacing::Joint),
        punct(':', Spacing::Alone),
        word("compile_error"),
        punct('!', Spacing::Alone),
        TokenTree::Group(group),
    ])
}
