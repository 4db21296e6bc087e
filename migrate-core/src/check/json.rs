//! Whether a text is JSON (RFC 8259), for defaults and literals of `json` columns.

/// What is wrong with it, or nothing.
pub(super) fn json_error(text: &str) -> Option<String> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let result = reader.value(0).and_then(|()| {
        reader.space();
        if reader.at == reader.bytes.len() { Ok(()) } else { Err("more text after the value") }
    });
    result.err().map(|why| format!("{why} at byte {}", reader.at))
}

/// PostgreSQL's parser stops at its stack limit, SQLite's at 1000 levels.
const DEEPEST: u32 = 500;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u32) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("too many levels");
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.list(b'}', depth, true),
            Some(b'[') => self.list(b']', depth, false),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.word("true") || self.word("false") || self.word("null") => Ok(()),
            Some(_) => Err("unexpected character"),
            None => Err("a value is missing"),
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn list(&mut self, close: u8, depth: u32, keys: bool) -> Result<(), &'static str> {
        self.at += 1;
        self.space();
        if self.take(close) {
            return Ok(());
        }
        loop {
            if keys {
                self.space();
                if self.peek() != Some(b'"') {
                    return Err("expected a key in double quotes");
                }
                self.string()?;
                self.space();
                if !self.take(b':') {
                    return Err("expected `:`");
                }
            }
            self.value(depth + 1)?;
            self.space();
            if self.take(close) {
                return Ok(());
            }
            if !self.take(b',') {
                return Err("expected `,` or the end of the list");
            }
        }
    }

    fn string(&mut self) -> Result<(), &'static str> {
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err("the string has no end"),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err("a control character in a string"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), &'static str> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 1..self.at + 5).ok_or("an escape has four digits")?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err("an escape has four digits");
                }
                // https://www.postgresql.org/docs/current/datatype-json.html: jsonb refuses it.
                if digits == b"0000" {
                    return Err("PostgreSQL refuses `\\u0000`");
                }
                self.at += 5;
                Ok(())
            }
            _ => Err("no such escape"),
        }
    }

    fn digits(&mut self) -> Result<(), &'static str> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err("a digit is missing") } else { Ok(()) }
    }

    fn number(&mut self) -> Result<(), &'static str> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::json_error;

    #[test]
    fn tells_json_from_other_text() {
        for good in ["[]", "{}", " {\"a\": [1, -2.5e+3, \"\\u00e9\", null, true]} ", "\"x\"", "0"] {
            assert_eq!(json_error(good), None, "{good}");
        }
        for bad in
            ["", "{a:1}", "[1,]", "{\"a\" 1}", "01", "\"", "\"\\x\"", "nul", "[] []", "'x'", "\"\\u0000\""]
        {
            assert!(json_error(bad).is_some(), "{bad}");
        }
        assert!(json_error(&"[".repeat(100_000)).is_some());
    }
}
