//! JSON text in one spelling: PostgreSQL's `jsonb` keeps values, not spelling, and the last of equal keys
//! (<https://www.postgresql.org/docs/current/datatype-json.html>).

use std::collections::BTreeMap;

use crate::target::Dialect;

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 60;

/// Without blanks, keys sorted, numbers in one spelling; nothing if it is not JSON.
pub(super) fn compact(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.blanks();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, mark: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blanks();
        match self.rest.chars().next()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string().map(|s| show(&s)),
            c if c == '-' || c.is_ascii_digit() => self.number(),
            _ => ["true", "false", "null"].into_iter().find_map(|word| {
                self.rest = self.rest.strip_prefix(word)?;
                Some(word.to_owned())
            }),
        }
    }

    fn object(&mut self, depth: usize) -> Option<String> {
        self.eat('{');
        let mut members = BTreeMap::new();
        if !self.eat('}') {
            loop {
                self.blanks();
                let key = self.string()?;
                if !self.eat(':') {
                    return None;
                }
                members.insert(key, self.value(depth + 1)?);
                if self.eat('}') {
                    break;
                }
                if !self.eat(',') {
                    return None;
                }
            }
        }
        let members: Vec<String> = members.iter().map(|(k, v)| format!("{}:{v}", show(k))).collect();
        Some(format!("{{{}}}", members.join(",")))
    }

    fn array(&mut self, depth: usize) -> Option<String> {
        self.eat('[');
        let mut items = Vec::new();
        if !self.eat(']') {
            loop {
                items.push(self.value(depth + 1)?);
                if self.eat(']') {
                    break;
                }
                if !self.eat(',') {
                    return None;
                }
            }
        }
        Some(format!("[{}]", items.join(",")))
    }

    fn number(&mut self) -> Option<String> {
        let end =
            self.rest.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        super::literal::is_number(number)
            .then(|| super::literal::number(Dialect::Postgres, &number.to_ascii_lowercase()))
    }

    fn string(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('"')?;
        let mut inside = String::new();
        loop {
            let c = self.take()?;
            match c {
                '"' => return Some(inside),
                '\\' => inside.push(self.escape()?),
                _ => inside.push(c),
            }
        }
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.take()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let high = self.hex()?;
                if !(0xD800..0xDC00).contains(&high) {
                    return char::from_u32(high);
                }
                self.rest = self.rest.strip_prefix("\\u")?;
                let low = self.hex()?.checked_sub(0xDC00).filter(|l| *l < 0x400)?;
                return char::from_u32(0x10000 + ((high - 0xD800) << 10) + low);
            }
            c @ ('"' | '\\' | '/') => c,
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        self.rest = &self.rest[4..];
        Some(value)
    }
}

fn show(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
