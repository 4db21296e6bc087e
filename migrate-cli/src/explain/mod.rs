//! Explanations: what a code means, why the rule is there, an example that fails and one that works.
//!
//! Comes in: a code. Goes out: its explanation, with what the compiler says to the failing example, which is compiled when
//! it is asked for. The texts stand in `explanations/`, one file a code; `docs/errors.md` is made of the same.

mod texts;

use migrate_core::compile::compile;
use migrate_core::diagnostics::code::LINTS;
use migrate_core::source::files;

use crate::render::{self, Finding, Texts};
use crate::verify;
use texts::TEXTS;

/// What there is to say of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The rule, as a word.
    pub code: &'static str,
    /// Markdown; the examples are fenced, with `fails` or `works` as their language.
    pub text: &'static str,
}

/// A stretch of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Paragraphs.
    Text(&'static str),
    /// Code that shows something and is not compiled alone.
    Code(&'static str),
    /// A history that gives this code.
    Fails(&'static str),
    /// The history that its author meant.
    Works(&'static str),
}

/// All explanations, in the order of the codes.
pub fn all() -> impl Iterator<Item = Explanation> {
    TEXTS.iter().map(|&(code, text)| Explanation { code, text })
}

/// The explanation of a code.
pub fn find(code: &str) -> Option<Explanation> {
    all().find(|explanation| explanation.code == code)
}

impl Explanation {
    /// Its first sentence.
    pub fn summary(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        match first.find(". ") {
            Some(end) => &first[..=end],
            None => first,
        }
    }

    /// Its stretches, in order.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for (i, stretch) in self.text.split("```").enumerate() {
            let (kind, code) = stretch.split_once('\n').unwrap_or((stretch, ""));
            match (i % 2, kind) {
                (0, _) if stretch.trim().is_empty() => {}
                (0, _) => parts.push(Part::Text(stretch.trim())),
                (_, "fails") => parts.push(Part::Fails(code)),
                (_, "works") => parts.push(Part::Works(code)),
                _ => parts.push(Part::Code(code)),
            }
        }
        parts
    }
}

/// Whether the code is one of a lint.
pub fn is_lint(code: &str) -> bool {
    LINTS.iter().any(|lint| lint.as_str() == code)
}

/// Whether an example consists of files, each behind a line with its name. Those that do not are the inside of a
/// `migrate::history! { .. }`.
pub fn is_folder(example: &str) -> bool {
    example.starts_with("// mod.rs\n")
}

/// What the compiler says to an example that stands inline, with the texts to draw it from: its errors, or what lints say
/// where the code is one.
pub fn findings(code: &str, example: &str) -> (Vec<Finding>, Texts) {
    const FILE: &str = "history.rs";
    let texts = Texts::default();
    texts.put(FILE.into(), example.to_owned());
    let Ok(sources) = files::inline_text(FILE, example) else {
        return (vec![Finding::error("the example is no Rust")], texts);
    };
    let outcome = compile(sources);
    let refused = match outcome.is_sound() {
        true => verify::refused(&outcome.compiled, &outcome.sources),
        false => Vec::new(),
    };
    let mut said = [outcome.diagnostics, refused].concat();
    if is_lint(code) {
        said.extend(outcome.lints);
    }
    let found = render::findings(&said, &outcome.sources, &texts);
    (found, texts)
}

#[cfg(test)]
mod tests;
