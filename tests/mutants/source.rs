//! The text of a history by its tokens, its lines and its names, and what can be done to it in one place.

use migrate_core::compile::Outcome;
use migrate_core::source::Token;
use migrate_core::source::token::{Kind, Position};
use migrate_test_support::Numbers;

/// A history that is to be broken.
pub struct Source<'a> {
    pub text: &'a str,
    pub tokens: &'a [Token],
    /// Where each token begins and ends in the text.
    pub bytes: Vec<(usize, usize)>,
    pub numbers: Numbers,
}

/// What a name is of. The makers of the random histories begin every name with what it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Table,
    Column,
    /// An index, a constraint, a view, a trigger.
    Other,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str, outcome: &'a Outcome, seed: u64) -> Source<'a> {
        let tokens = &outcome.sources.bodies[0].tokens;
        let starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        let byte = |at: Position| {
            let line = starts[at.line as usize - 1];
            let before = text[line..].chars().take(at.column as usize - 1);
            line + before.map(char::len_utf8).sum::<usize>()
        };
        let bytes = tokens.iter().map(|t| (byte(t.start), byte(t.end))).collect();
        Source { text, tokens, bytes, numbers: Numbers::seeded(seed) }
    }

    /// What the token at this place names, if it is a name.
    pub fn names(&self, at: usize) -> Option<Of> {
        let token = self.tokens.get(at)?;
        let (Kind::Word { .. }, text) = (token.kind, &token.text) else { return None };
        let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
        match (stem.len() < text.len(), stem) {
            (true, "t") => Some(Of::Table),
            (true, "c" | "id" | "ref" | "parent") => Some(Of::Column),
            (true, "ix" | "con" | "v" | "g") => Some(Of::Other),
            _ => None,
        }
    }

    /// The places of names of a kind; those that declare it, or those that come after.
    pub fn places(&self, of: Of, declared: Option<bool>) -> Vec<usize> {
        let is = |at: &usize| self.names(*at) == Some(of);
        let first = |at: usize| !self.tokens[..at].iter().any(|t| t.text == self.tokens[at].text);
        let wanted = |at: &usize| declared.is_none_or(|declared| first(*at) == declared);
        (0..self.tokens.len()).filter(is).filter(wanted).collect()
    }

    /// The places of a word or sign.
    pub fn words(&self, word: &str) -> Vec<usize> {
        (0..self.tokens.len()).filter(|at| &*self.tokens[*at].text == word).collect()
    }

    /// The places of literals.
    pub fn literals(&self) -> Vec<usize> {
        (0..self.tokens.len()).filter(|at| self.tokens[*at].kind == Kind::Literal).collect()
    }

    /// One of some places.
    pub fn one(&mut self, places: &[usize]) -> Option<usize> {
        self.numbers.pick(places)
    }

    /// The text of a token.
    pub fn at(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| &t.text)
    }

    /// The text with tokens `from..to` replaced.
    pub fn with(&self, from: usize, to: usize, new: &str) -> String {
        let start = self.bytes[from].0;
        let end = if to > from { self.bytes[to - 1].1 } else { start };
        format!("{}{new}{}", &self.text[..start], &self.text[end..])
    }

    /// The text with something more behind a token.
    pub fn behind(&self, at: usize, new: &str) -> String {
        let end = self.bytes[at].1;
        format!("{}{new}{}", &self.text[..end], &self.text[end..])
    }

    /// The lines of statements: all but those that open and close migrations, and options.
    pub fn statements(&self) -> Vec<usize> {
        let is = |line: &str| !["migration ", "}", "down ", "#!["].iter().any(|head| line.starts_with(head));
        self.text.lines().enumerate().filter(|(_, l)| is(l)).map(|(i, _)| i).collect()
    }

    /// The text with its lines changed.
    pub fn lines(&self, change: impl FnOnce(&mut Vec<String>)) -> String {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        change(&mut lines);
        lines.into_iter().map(|l| l + "\n").collect()
    }

    /// The places of the tokens on a line, counted from 0.
    pub fn on_line(&self, line: usize) -> Vec<usize> {
        let on = |at: &usize| self.tokens[*at].start.line as usize == line + 1;
        (0..self.tokens.len()).filter(on).collect()
    }

    /// The lines of each migration, without its first and last.
    pub fn migrations(&self) -> Vec<(usize, usize)> {
        let heads: Vec<usize> = (self.text.lines().enumerate())
            .filter(|(_, l)| l.starts_with("migration "))
            .map(|(i, _)| i)
            .collect();
        let end = self.text.lines().count();
        let ends = heads.iter().skip(1).copied().chain([end]);
        heads.iter().copied().zip(ends).collect()
    }
}
