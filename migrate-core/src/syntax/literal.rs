//! Literals of Rust as values of the language.
//!
//! They are decoded here and not by a Rust parser, so that reading a tree does not depend on which of proc-macro2's
//! lexers is switched on. Tests hold the result against `syn`.

use super::cursor::{Cursor, Parsed, expected};
use crate::diagnostics::{Diagnostics, code};
use crate::source::Kind;

/// A decoded literal, without a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `"text"`, `r"text"`
    Text(String),
    /// `b"bytes"`
    Bytes(Vec<u8>),
    /// `12`, `0xff`, `1_000`
    Integer(u128),
    /// `0.5`, `1e10`, in canonical form
    Real(String),
}

/// Why a literal is none of the language, and the way out.
type Refused = (&'static str, &'static str);

const ESCAPE: Refused = ("invalid escape in a text", "write a backslash as `\\\\`");
const BYTE: Refused = ("`b'..'` is a number in Rust, not a value of the language", "write `b\"..\"`");
const CHAR: Refused = ("a character in single quotes is no text", "write text in double quotes");
const C_TEXT: Refused = ("a C string is no text of the language", "write it without the `c`");
const SUFFIX: Refused = ("a literal with a suffix", "leave the suffix out");
const LARGE: Refused = ("the number is too large", "no column holds more than 64 bits");
const REAL: Refused = ("the number is out of range", "write it as text and `cast` it");
const OTHER: Refused =
    ("this is no literal of the language", "a literal is a text, a number, or `b\"bytes\"`");

/// Takes the literal at hand; `what` names what should stand there.
pub(super) fn parse_literal(cx: &mut Diagnostics, c: &mut Cursor<'_>, what: &str) -> Parsed<Value> {
    let Some(token) = c.peek(0).filter(|t| t.kind == Kind::Literal) else {
        return Err(expected(cx, c, what).reported());
    };
    let value = decode(&token.text).map_err(|(message, help)| {
        let report = cx.error(code::INVALID_LITERAL, c.here(), message);
        report.help(help).reported()
    })?;
    c.bump();
    Ok(value)
}

/// Takes a text.
pub(super) fn parse_text(cx: &mut Diagnostics, c: &mut Cursor<'_>, what: &str) -> Parsed<String> {
    let before = c.clone();
    match parse_literal(cx, c, what)? {
        Value::Text(text) => Ok(text),
        _ => {
            *c = before;
            Err(expected(cx, c, what).reported())
        }
    }
}

/// Takes a number that fits 32 bits and is not 0.
pub(super) fn parse_size(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<u32> {
    let before = c.clone();
    match parse_literal(cx, c, "a number")? {
        Value::Integer(n) => match u32::try_from(n) {
            Ok(n) if n > 0 => Ok(n),
            _ => {
                let message = format!("`{n}` is out of range here");
                Err(cx.error(code::INVALID_LITERAL, before.here(), message).reported())
            }
        },
        _ => Err(expected(cx, &before, "a whole number").reported()),
    }
}

/// Decodes a literal as written.
pub(super) fn decode(text: &str) -> Result<Value, Refused> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('"'), _) => quoted(&text[1..], false).and_then(to_text),
        (Some('r'), Some('"' | '#')) => Ok(Value::Text(raw(&text[1..])?.to_owned())),
        (Some('b'), Some('"')) => Ok(Value::Bytes(quoted(&text[2..], true)?)),
        (Some('b'), Some('r')) => Ok(Value::Bytes(raw(&text[2..])?.as_bytes().to_vec())),
        (Some('b'), Some('\'')) => Err(BYTE),
        (Some('c'), Some('"' | 'r')) => Err(C_TEXT),
        (Some('\''), _) => Err(CHAR),
        (Some('0'..='9'), _) => number(text),
        _ => Err(OTHER),
    }
}

/// The text that a literal stands for, if it stands for one.
pub fn text_of(literal: &str) -> Option<String> {
    match decode(literal) {
        Ok(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// The byte of a literal as it is written at which that byte of its text stands; its closing quote for the text's end.
pub fn byte_in(literal: &str, at: usize) -> usize {
    let open = literal.find('"').map_or(0, |quote| quote + 1);
    if literal.starts_with('r') {
        return open + at;
    }
    let mut chars = literal[open..].chars();
    let mut before = Vec::new();
    loop {
        let here = literal.len() - chars.as_str().len();
        // The end of a line behind a backslash is no part of the text.
        let swallowed = chars.as_str().starts_with("\\\n");
        if before.len() >= at && !swallowed {
            return here;
        }
        let read = match chars.next() {
            Some('\\') => escape(&mut chars, &mut before, false),
            Some(c) => {
                before.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                Ok(())
            }
            None => return here,
        };
        if read.is_err() {
            return here;
        }
    }
}

fn to_text(bytes: Vec<u8>) -> Result<Value, Refused> {
    String::from_utf8(bytes).map(Value::Text).map_err(|_| ESCAPE)
}

/// What stands between `r##"` and `"##`.
fn raw(text: &str) -> Result<&str, Refused> {
    let inside = text.trim_start_matches('#');
    let hashes = text.len() - inside.len();
    let inside = inside.strip_prefix('"').ok_or(OTHER)?;
    let (inside, after) = inside.rsplit_once('"').ok_or(OTHER)?;
    if after.len() == hashes && after.bytes().all(|b| b == b'#') { Ok(inside) } else { Err(SUFFIX) }
}

/// The bytes of a quoted literal behind its opening quote.
fn quoted(text: &str, bytes: bool) -> Result<Vec<u8>, Refused> {
    let mut out = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.as_str().is_empty() => return Ok(out),
            '"' => return Err(SUFFIX),
            '\\' => escape(&mut chars, &mut out, bytes)?,
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err(OTHER)
}

fn escape(chars: &mut std::str::Chars<'_>, out: &mut Vec<u8>, bytes: bool) -> Result<(), Refused> {
    match chars.next() {
        Some('n') => out.push(b'\n'),
        Some('r') => out.push(b'\r'),
        Some('t') => out.push(b'\t'),
        Some('0') => out.push(0),
        Some(c @ ('\\' | '"' | '\'')) => out.push(c as u8),
        Some('x') => {
            let digits: String = chars.by_ref().take(2).collect();
            let byte = u8::from_str_radix(&digits, 16).map_err(|_| ESCAPE)?;
            if !bytes && byte > 0x7f {
                return Err(ESCAPE);
            }
            out.push(byte);
        }
        Some('u') if !bytes => {
            let (digits, rest) =
                chars.as_str().strip_prefix('{').and_then(|s| s.split_once('}')).ok_or(ESCAPE)?;
            let number = u32::from_str_radix(&digits.replace('_', ""), 16).map_err(|_| ESCAPE)?;
            let c = char::from_u32(number).ok_or(ESCAPE)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            *chars = rest.chars();
        }
        // A backslash at the end of a line swallows the blanks that follow.
        Some('\n') => {
            *chars = chars.as_str().trim_start_matches([' ', '\n', '\t', '\r']).chars();
        }
        _ => return Err(ESCAPE),
    }
    Ok(())
}

fn number(text: &str) -> Result<Value, Refused> {
    let radix = match text.as_bytes() {
        [b'0', b'x', ..] => 16,
        [b'0', b'o', ..] => 8,
        [b'0', b'b', ..] => 2,
        _ => 10,
    };
    if radix == 10 && text.contains(['.', 'e', 'E']) {
        return real(text);
    }
    let digits: String = text[if radix == 10 { 0 } else { 2 }..].chars().filter(|c| *c != '_').collect();
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(SUFFIX);
    }
    u128::from_str_radix(&digits, radix)
        .ok()
        .filter(|n| *n <= i128::MAX as u128)
        .map(Value::Integer)
        .ok_or(LARGE)
}

/// A number with point or exponent: its digits without zeros at either end, and where the point stands.
fn real(text: &str) -> Result<Value, Refused> {
    let text = text.replace('_', "");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(SUFFIX);
            }
            (mantissa, exponent.parse::<i64>().map_err(|_| REAL)?)
        }
        None => (&*text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SUFFIX);
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Value::Real("0.0".to_owned()));
    }
    let zeros = (digits.len() - significant.len()) as i64;
    // The exponent of the first digit that is not 0.
    let first = (whole.len() as i64 - zeros - 1).checked_add(exponent).ok_or(REAL)?;
    if !(-307..=307).contains(&first) {
        return Err(REAL);
    }
    Ok(Value::Real(canonical_real(significant.trim_end_matches('0'), first as i32)))
}

/// `digits` with the point behind the first one, times ten to the power `first`.
fn canonical_real(digits: &str, first: i32) -> String {
    if !(-5..10).contains(&first) {
        let (head, tail) = digits.split_at(1);
        let point = if tail.is_empty() { "" } else { "." };
        return format!("{head}{point}{tail}e{first}");
    }
    if first < 0 {
        return format!("0.{}{digits}", "0".repeat((-first - 1) as usize));
    }
    let whole = first as usize + 1;
    match digits.split_at_checked(whole) {
        Some((head, tail)) if !tail.is_empty() => format!("{head}.{tail}"),
        _ => format!("{digits}{}.0", "0".repeat(whole - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, byte_in, decode, text_of};

    #[test]
    fn a_byte_of_the_text_is_found_in_the_literal() {
        for literal in [
            r#""select 1 frm t""#,
            r##"r"select 1 frm t""##,
            r###"r##"select 1 frm t"##"###,
            r#""\"a\" \u{e9} frm t""#,
            "\"select \\\n    frm t\"",
        ] {
            let text = text_of(literal).unwrap();
            let at = byte_in(literal, text.find("frm").unwrap());
            assert_eq!(at, literal.find("frm").unwrap(), "{literal}");
            let end = byte_in(literal, text.len());
            assert_eq!(end, literal.rfind('"').unwrap(), "{literal}");
        }
    }

    #[test]
    fn reads_what_syn_reads() {
        let texts = [
            r#""""#,
            r#""a\n\t\r\0\\\"\'\x41\u{1F600}é""#,
            "\"a\\\n   b\"",
            r##"r"a\n""##,
            r###"r##"a"#b"##"###,
            r#"b"a\xff\"\0""#,
            r##"br"a\n""##,
            "0",
            "1_000",
            "0xff_FF",
            "0o17",
            "0b1010",
            "170141183460469231731687303715884105727",
        ];
        for text in texts {
            let ours = decode(text).unwrap();
            match syn::parse_str::<syn::Lit>(text).unwrap() {
                syn::Lit::Str(s) => assert_eq!(ours, Value::Text(s.value())),
                syn::Lit::ByteStr(b) => assert_eq!(ours, Value::Bytes(b.value())),
                syn::Lit::Int(n) => assert_eq!(ours, Value::Integer(n.base10_parse().unwrap())),
                _ => panic!("{text}"),
            }
        }
    }

    #[test]
    fn reals_have_one_form_for_one_value() {
        for (text, canonical) in [
            ("0.5", "0.5"),
            ("00.50", "0.5"),
            ("5e-1", "0.5"),
            ("1.", "1.0"),
            ("1_0.0_1", "10.01"),
            ("0.0", "0.0"),
            ("0e9", "0.0"),
            ("1e10", "1e10"),
            ("10000000000.0", "1e10"),
            ("1234567890123.5", "1.2345678901235e12"),
            ("120e1", "1200.0"),
            ("0.00001", "0.00001"),
            ("0.000001", "1e-6"),
            ("1.5E+20", "1.5e20"),
        ] {
            assert_eq!(decode(text), Ok(Value::Real(canonical.to_owned())), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "'a'",
            "b'a'",
            "c\"a\"",
            "1u8",
            "0x1z",
            "1.5f32",
            "1e5f64",
            "1e999",
            "\"a\"x",
            "r\"a\"x",
            "1e",
            "",
            "\"\\q\"",
            "\"\\xff\"",
            "r#",
            "0x",
            "1e99999999999999999999",
        ] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
