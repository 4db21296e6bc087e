//! Ways to break a history by its names.

use migrate_core::source::token::Kind;

use crate::source::{Of, Source};

/// One occurrence of a name becomes another name of its kind.
pub fn other_name(s: &mut Source, of: Of, declared: bool) -> Option<String> {
    let places = s.places(of, Some(declared));
    let at = s.one(&places)?;
    let all = s.places(of, Some(true));
    let other = s.one(&all)?;
    Some(s.with(at, at + 1, s.at(other)))
}

pub fn unknown(s: &mut Source, of: Of) -> Option<String> {
    let places = s.places(of, None);
    let at = s.one(&places)?;
    Some(s.with(at, at + 1, "nobody"))
}

pub fn swapped_names(s: &mut Source) -> Option<String> {
    let lines = s.statements();
    let line = s.one(&lines)?;
    let names: Vec<usize> = s.on_line(line).into_iter().filter(|at| s.names(*at).is_some()).collect();
    let (a, b) = (s.one(&names)?, s.one(&names)?);
    let (a, b) = (a.min(b), a.max(b));
    if s.at(a) == s.at(b) {
        return None;
    }
    let (start, end) = (s.bytes[a].1, s.bytes[b].0);
    let between = &s.text[start..end];
    Some(s.with(a, b + 1, &format!("{}{between}{}", s.at(b), s.at(a))))
}

pub fn other_case(s: &mut Source) -> Option<String> {
    let of = s.numbers.pick(&[Of::Table, Of::Column, Of::Other])?;
    if s.numbers.once_in(3) {
        // One that is declared becomes another that is there.
        let places = s.places(of, Some(true));
        let (at, other) = (s.one(&places)?, s.one(&places)?);
        return Some(s.with(at, at + 1, &s.at(other).to_uppercase()));
    }
    let places = s.places(of, None);
    let at = s.one(&places)?;
    Some(s.with(at, at + 1, &s.at(at).to_uppercase()))
}

/// A name becomes one that must be quoted, or cannot be, wherever it stands.
pub fn strange_name(s: &mut Source) -> Option<String> {
    const STRANGE: &[&str] = &[
        "\"Order Items\"",
        "\"größe\"",
        "\"a'b\"",
        "\"a`b\"",
        "\"a\\\"b\"",
        "r#type",
        "select",
        "user",
        "group",
        "rowid",
        "\"sqlite_x\"",
        "\"\"",
        "index",
        "\"ABC\"",
        "\"a.b\"",
        "\"%s\"",
        "\"$1\"",
        "oid",
        "xmin",
        "ctid",
        "\"1st\"",
        "\"a--b\"",
        "\"x;y\"",
        "offset",
        "now",
        "random",
        "end",
        "primary",
        "null",
        "_migrations",
    ];
    let of = s.numbers.pick(&[Of::Table, Of::Column, Of::Other])?;
    let places = s.places(of, None);
    let name = {
        let at = s.one(&places)?;
        s.at(at).to_owned()
    };
    // What stands in raw SQL is not followed.
    let in_text = |t: &migrate_core::source::Token| {
        t.kind == Kind::Literal && t.text.split(|c: char| !c.is_alphanumeric()).any(|w| w == name)
    };
    if s.tokens.iter().any(in_text) {
        return None;
    }
    let strange = s.numbers.word(STRANGE);
    let mut text = String::new();
    let mut end = 0;
    for (token, bytes) in s.tokens.iter().zip(&s.bytes).filter(|(t, _)| *t.text == name) {
        debug_assert!(s.text[bytes.0..bytes.1].contains(&*token.text));
        text.push_str(&s.text[end..bytes.0]);
        text.push_str(strange);
        end = bytes.1;
    }
    text.push_str(&s.text[end..]);
    Some(text)
}
