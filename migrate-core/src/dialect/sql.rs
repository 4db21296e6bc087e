//! The only writer of SQL text.
//!
//! Comes in: words, names and values, one after the other. Goes out: SQL text of one dialect, spaced as people write
//! it. It knows how names and values are quoted, and nothing of what a statement means.

use super::keywords;
use crate::target::Dialect;

/// A piece of SQL text that grows from left to right.
#[derive(Clone, Debug)]
pub(super) struct Sql {
    dialect: Dialect,
    text: String,
}

impl Sql {
    /// Nothing yet.
    pub fn new(dialect: Dialect) -> Sql {
        Sql { dialect, text: String::new() }
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Keywords, operators, numbers and whatever else needs no quoting, with a blank before where one is needed.
    pub fn words(&mut self, words: &str) -> &mut Sql {
        self.gap();
        self.text.push_str(words);
        self
    }

    /// Keywords that PostgreSQL's statements write in capitals and SQLite's in small letters.
    pub fn action(&mut self, words: &str) -> &mut Sql {
        let words = match self.dialect {
            Dialect::Sqlite => words.to_ascii_lowercase(),
            Dialect::Postgres => words.to_ascii_uppercase(),
        };
        self.words(&words)
    }

    /// A name.
    pub fn ident(&mut self, name: &str) -> &mut Sql {
        self.gap();
        self.push_ident(name);
        self
    }

    /// A name of SQLite's main schema: `main.` before the name.
    pub fn main_ident(&mut self, name: &str) -> &mut Sql {
        self.words("main.");
        self.push_ident(name);
        self
    }

    /// `(a, b)`, without a blank before it: `REFERENCES t(a)`.
    pub fn idents(&mut self, names: &[String]) -> &mut Sql {
        self.text.push('(');
        for (i, name) in names.iter().enumerate() {
            if i > 0 {
                self.separator();
            }
            self.push_ident(name);
        }
        self.text.push(')');
        self
    }

    /// What stands between names and keys: a comma, and a blank in PostgreSQL.
    pub fn separator(&mut self) -> &mut Sql {
        self.text.push_str(match self.dialect {
            Dialect::Sqlite => ",",
            Dialect::Postgres => ", ",
        });
        self
    }

    /// A comma between arguments of a function or values of a list.
    pub fn comma(&mut self) -> &mut Sql {
        self.text.push_str(", ");
        self
    }

    /// A blank where one is needed.
    pub fn blank(&mut self) -> &mut Sql {
        self.gap();
        self
    }

    /// `(` with a blank before it where one is needed.
    pub fn open(&mut self) -> &mut Sql {
        self.gap();
        self.text.push('(');
        self
    }

    /// A function's name and `(`.
    pub fn call(&mut self, function: &str) -> &mut Sql {
        self.words(function);
        self.text.push('(');
        self
    }

    /// `)`
    pub fn close(&mut self) -> &mut Sql {
        self.text.push(')');
        self
    }

    /// What follows without a blank: `::bigint`.
    pub fn suffix(&mut self, text: &str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    /// The lines in the parentheses of `CREATE TABLE`, each after a tab.
    pub fn lines(&mut self, lines: Vec<Sql>) -> &mut Sql {
        self.open();
        for (i, line) in lines.iter().enumerate() {
            self.text.push_str(if i > 0 { ",\n\t" } else { "\n\t" });
            self.text.push_str(&line.text);
        }
        self.text.push_str("\n)");
        self
    }

    /// SQL that was written before.
    pub fn sql(&mut self, other: &Sql) -> &mut Sql {
        self.words(&other.text)
    }

    /// SQL of the author. A comment at its end must not swallow what follows.
    pub fn native(&mut self, text: &str) -> &mut Sql {
        let text = text.trim();
        self.words(text);
        if text.contains("--") {
            self.text.push('\n');
        }
        self
    }

    /// A fixed text in which each `@` is a place for `part`.
    pub fn fill(&mut self, template: &'static str, part: &Sql) -> &mut Sql {
        self.gap();
        for (i, piece) in template.split('@').enumerate() {
            if i > 0 {
                self.text.push_str(&part.text);
            }
            self.text.push_str(piece);
        }
        self
    }

    /// A string literal. Quotes are doubled; a backslash means itself in SQLite, and in PostgreSQL because
    /// `standard_conforming_strings` is on
    /// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS>).
    pub fn string(&mut self, text: &str) -> &mut Sql {
        self.gap();
        push_doubled(&mut self.text, text, '\'');
        self
    }

    /// A literal of bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Sql {
        self.gap();
        self.text.push_str(match self.dialect {
            Dialect::Sqlite => "x'",
            Dialect::Postgres => "'\\x",
        });
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] {
                self.text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        self.text.push_str(match self.dialect {
            Dialect::Sqlite => "'",
            Dialect::Postgres => "'::bytea",
        });
        self
    }

    fn push_ident(&mut self, name: &str) {
        match self.dialect {
            Dialect::Sqlite => push_doubled(&mut self.text, name, '`'),
            Dialect::Postgres if is_plain(name) => self.text.push_str(name),
            Dialect::Postgres => push_doubled(&mut self.text, name, '"'),
        }
    }

    fn gap(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b' ' | b'(' | b'\t' | b'\n' | b'.')) {
            self.text.push(' ');
        }
    }
}

/// Whether PostgreSQL's `quote_ident` leaves the name plain in every supported version.
///
/// The rule is that of `quote_identifier` in
/// <https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/ruleutils.c>: small letters, digits
/// and underscores, no digit first, and no keyword but an unreserved one.
fn is_plain(name: &str) -> bool {
    let plain = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
    matches!(name.as_bytes().first(), Some(b'a'..=b'z' | b'_'))
        && name.as_bytes().iter().all(plain)
        && !keywords::is_reserved(name)
}

fn push_doubled(out: &mut String, text: &str, quote: char) {
    out.push(quote);
    if text.contains(quote) {
        out.push_str(&text.replace(quote, &format!("{quote}{quote}")));
    } else {
        out.push_str(text);
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(dialect: Dialect, name: &str) -> String {
        let mut sql = Sql::new(dialect);
        sql.ident(name);
        sql.into_text()
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(ident(Dialect::Sqlite, "a`b"), "`a``b`");
        assert_eq!(ident(Dialect::Postgres, "a\"b"), "\"a\"\"b\"");
        for plain in ["users", "_x1", "name", "value", "type", "key"] {
            assert_eq!(ident(Dialect::Postgres, plain), plain);
        }
        for quoted in ["user", "Users", "1a", "a-b", "é", "", "json_table", "order", "between", "left"] {
            assert!(ident(Dialect::Postgres, quoted).starts_with('"'), "{quoted}");
        }
    }

    #[test]
    fn strings_and_bytes() {
        let mut sql = Sql::new(Dialect::Postgres);
        sql.string("it's \\").bytes(&[0, 171]);
        assert_eq!(sql.into_text(), "'it''s \\' '\\x00ab'::bytea");
        let mut sql = Sql::new(Dialect::Sqlite);
        sql.bytes(&[255]);
        assert_eq!(sql.into_text(), "x'ff'");
    }
}
