//! `call ..`: a function of the application, one for the history's database or one for each.

use super::call_tree::{Call, FunctionPath, Functions};
use super::cursor::{Cursor, Parsed, comma_list, expected};
use super::native::no_dialect;
use crate::diagnostics::{Diagnostics, Reported, code};
use crate::source::Loc;

/// Whether `call ..` surely begins here.
pub(super) fn is_call(c: &Cursor<'_>) -> bool {
    let path = c.is_word_like(1) || (c.is_punct(1, ":") && c.is_punct(2, ":"));
    c.is_word(0, "call") && (path || c.is_open(1, "{"))
}

/// `call PATH`, `call { sqlite PATH, postgres PATH }`, and whether it makes its own transactions.
pub(super) fn parse_call(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<(Call, Option<Loc>)> {
    c.bump();
    let call = match c.eat_group("{") {
        None => Call::One(parse_path(cx, c)?),
        Some(mut inside) => {
            let mut functions = Functions::default();
            comma_list(cx, &mut inside, "`sqlite` or `postgres`", |cx, c| {
                parse_function(cx, c, &mut functions)
            })?;
            Call::Each(functions)
        }
    };
    let words = c.next(2);
    let outside = c.eat_words(&["outside", "transaction"]).then_some(words);
    if outside.is_none() && c.is_word(0, "outside") {
        return Err(expected(cx, c, "`outside transaction`").reported());
    }
    Ok((call, outside))
}

/// `sqlite PATH`
fn parse_function(cx: &mut Diagnostics, c: &mut Cursor<'_>, functions: &mut Functions) -> Parsed<()> {
    let loc = c.here();
    let place = match c.word(0) {
        Some("sqlite") => &mut functions.sqlite,
        Some("postgres") => &mut functions.postgres,
        other => return Err(no_dialect(cx, c, other)),
    };
    c.bump();
    if place.replace(parse_path(cx, c)?).is_some() {
        return Err(cx.error(code::DUPLICATE_MODIFIER, loc, "a dialect stands here twice").reported());
    }
    Ok(())
}

/// `a::b`, `::a::b`
fn parse_path(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<FunctionPath> {
    let start = c.at();
    let mut text = String::new();
    if c.is_pair(":", ":") {
        c.bump_by(2);
        text.push_str("::");
    }
    loop {
        if c.is_punct(0, "<") {
            return Err(no_arguments(cx, c));
        }
        let Some(word) = c.peek(0).filter(|_| c.is_word_like(0)) else {
            return Err(expected(cx, c, "the path of a function").reported());
        };
        if c.word(0).is_none() {
            text.push_str("r#");
        }
        text.push_str(&word.text);
        c.bump();
        if !c.is_pair(":", ":") {
            break;
        }
        c.bump_by(2);
        text.push_str("::");
    }
    if c.is_open(0, "(") {
        let report = cx.error(code::SYNTAX, c.here(), "`call` takes a function's path without arguments");
        return Err(report
            .help("leave the parentheses out; the function is given the connection")
            .reported());
    }
    if c.is_punct(0, "<") {
        return Err(no_arguments(cx, c));
    }
    Ok(FunctionPath { text, loc: c.since(start) })
}

fn no_arguments(cx: &mut Diagnostics, c: &Cursor<'_>) -> Reported {
    let report = cx.error(code::SYNTAX, c.here(), "`call` takes a function's path without type arguments");
    report.help("name a function that has none").reported()
}
