//! Diagnostics to `compile_error!`s, and to the one warning that a macro can give on stable Rust, each at its tokens.

use migrate_core::diagnostics::{Diagnostic, Diagnostics, Level};
use migrate_core::source::{FileId, Token};
use migrate_core::syntax::parse_migration;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

/// The errors of one file, in order of place, or its warnings where it has none.
pub fn render(diagnostics: &[Diagnostic], file: FileId, spans: &[Span]) -> TokenStream {
    let mine = || diagnostics.iter().filter(|d| d.loc.file == file);
    let level = match mine().any(|d| d.level == Level::Error) {
        true => Level::Error,
        false => Level::Warning,
    };
    let shown = mine().filter(|d| d.level == level);
    shown
        .flat_map(|d| {
            let first = span(spans, d.loc.first);
            let last = span(spans, d.loc.last);
            match level {
                Level::Error => compile_error(&d.text(), first, last),
                Level::Warning => warning(d, first),
            }
        })
        .collect()
}

/// The use of something deprecated: rustc says its text at the place of the use, which is one token. The name is that of
/// the lint, as rustc says that too; `-D warnings` and `#[deny(deprecated)]` make it an error, as users expect of warnings.
fn warning(diagnostic: &Diagnostic, at: Span) -> TokenStream {
    let name = Ident::new(diagnostic.code.as_str(), Span::call_site());
    let used = Ident::new(diagnostic.code.as_str(), at);
    let note = format!("\n{}", diagnostic.text());
    quote! {
        const _: () = {
            #[deprecated(note = #note)]
            #[allow(non_upper_case_globals)]
            const #name: () = ();
            #used
        };
    }
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
