//! SQL text to tokens, for both dialects.
//!
//! Comes in: any text, also a broken one. Goes out: tokens without white space and comments, each with its place in
//! the text. This file must not know what a token means where it stands. It never fails: a character that starts
//! nothing is a symbol of its own, and a string that does not end goes to the end of the text.
//!
//! Rules: <https://www.sqlite.org/lang_keywords.html>, <https://www.sqlite.org/lang_expr.html#literal_values_constants_>,
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>.

use crate::target::Dialect;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub kind: Kind,
    /// A word in lower case; the inside of quotes with doubled quotes undone; a number or symbol as written.
    pub text: String,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in quotes that hold nothing else: backticks, brackets, PostgreSQL's double quotes.
    Quoted,
    /// In double quotes in SQLite: a name, or a string if there is no such column.
    DoubleQuoted,
    /// A string.
    Text,
    /// `x'..'` in SQLite, `x'..'` and `b'..'` in PostgreSQL: the text is the inside.
    Blob,
    /// A number without sign.
    Number,
    /// An operator or a mark.
    Symbol,
}

impl Token {
    /// Whether it is this keyword, without quotes.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Whether it is this symbol.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Whether it can stand for a name.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted | Kind::DoubleQuoted)
    }
}

/// The tokens of a text.
pub(crate) fn tokens(dialect: Dialect, text: &str) -> Vec<Token> {
    let mut lexer = Lexer { dialect, text, at: 0, tokens: Vec::new() };
    while lexer.skip_blanks() {
        let start = lexer.at;
        let (kind, text) = lexer.token();
        lexer.tokens.push(Token { kind, text, start, end: lexer.at });
    }
    lexer.tokens
}

struct Lexer<'a> {
    dialect: Dialect,
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

/// Operators of SQLite with more than one character, longest first.
const SQLITE_OPERATORS: [&str; 10] = ["->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "!=", "=="];

/// The characters of PostgreSQL's operators.
const POSTGRES_OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self, ahead: usize) -> char {
        self.rest().chars().nth(ahead).unwrap_or('\0')
    }

    /// Takes characters while the test holds; gives them.
    fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !test(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Skips white space and comments; false at the end.
    fn skip_blanks(&mut self) -> bool {
        loop {
            self.take_while(|c| c.is_whitespace() || c == '\0' || c == '\u{feff}');
            let rest = self.rest();
            if rest.starts_with("--") {
                self.take_while(|c| c != '\n');
            } else if rest.starts_with("/*") {
                self.skip_block_comment();
            } else {
                return !rest.is_empty();
            }
        }
    }

    /// PostgreSQL's comments nest, SQLite's do not.
    fn skip_block_comment(&mut self) {
        let mut depth = 0usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") && (depth == 0 || self.dialect == Dialect::Postgres) {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
            } else {
                return;
            }
        }
    }

    fn token(&mut self) -> (Kind, String) {
        let sqlite = self.dialect == Dialect::Sqlite;
        let c = self.peek(0);
        match c {
            '\'' => (Kind::Text, self.quoted('\'')),
            '"' if sqlite => (Kind::DoubleQuoted, self.quoted('"')),
            '"' => (Kind::Quoted, self.quoted('"')),
            '`' if sqlite => (Kind::Quoted, self.quoted('`')),
            '[' if sqlite => (Kind::Quoted, self.quoted(']')),
            'x' | 'X' if self.peek(1) == '\'' => self.prefixed(Kind::Blob),
            'b' | 'B' if !sqlite && self.peek(1) == '\'' => self.prefixed(Kind::Blob),
            'e' | 'E' if !sqlite && self.peek(1) == '\'' => {
                self.at += 1;
                (Kind::Text, self.escaped())
            }
            '$' if !sqlite => self.dollar(),
            _ if c.is_ascii_digit() || (c == '.' && self.peek(1).is_ascii_digit()) => {
                (Kind::Number, self.number())
            }
            _ if c.is_alphabetic() || c == '_' || !c.is_ascii() => {
                let word = self.take_while(|c| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii());
                (Kind::Word, word.to_ascii_lowercase())
            }
            _ => (Kind::Symbol, self.symbol()),
        }
    }

    fn prefixed(&mut self, kind: Kind) -> (Kind, String) {
        self.at += 1;
        (kind, self.quoted('\'').to_ascii_lowercase())
    }

    /// The inside of quotes; a doubled quote stands for one. `]` cannot be doubled.
    fn quoted(&mut self, close: char) -> String {
        self.at += 1;
        let mut inside = String::new();
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            if c == close {
                if close == ']' || self.peek(0) != close {
                    break;
                }
                self.at += close.len_utf8();
            }
            inside.push(c);
        }
        inside
    }

    /// The inside of `E'..'`, for the escapes that texts are likely to have.
    fn escaped(&mut self) -> String {
        self.at += 1;
        let mut inside = String::new();
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            match c {
                '\\' => {
                    let Some(next) = self.rest().chars().next() else {
                        break;
                    };
                    self.at += next.len_utf8();
                    inside.push(match next {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        other => other,
                    });
                }
                '\'' if self.peek(0) == '\'' => {
                    self.at += 1;
                    inside.push('\'');
                }
                '\'' => break,
                _ => inside.push(c),
            }
        }
        inside
    }

    /// `$tag$..$tag$`, or a symbol.
    fn dollar(&mut self) -> (Kind, String) {
        let rest = self.rest();
        let tag = rest[1..]
            .find('$')
            .map(|end| &rest[..end + 2])
            .filter(|t| t[1..t.len() - 1].chars().all(|c| c.is_alphanumeric() || c == '_'));
        let Some(tag) = tag else {
            self.at += 1;
            return (Kind::Symbol, "$".to_owned());
        };
        let body = &rest[tag.len()..];
        let end = body.find(tag);
        self.at += tag.len() + end.map_or(body.len(), |e| e + tag.len());
        (Kind::Text, body[..end.unwrap_or(body.len())].to_owned())
    }

    fn number(&mut self) -> String {
        if self.peek(0) == '0' && matches!(self.peek(1), 'x' | 'X') {
            self.at += 2;
            let digits = self.take_while(|c| c.is_ascii_hexdigit() || c == '_');
            return format!("0x{}", digits.replace('_', "").to_ascii_lowercase());
        }
        let start = self.at;
        self.take_while(|c| c.is_ascii_digit() || c == '_');
        if self.peek(0) == '.' && self.peek(1) != '.' {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit() || c == '_');
        }
        if matches!(self.peek(0), 'e' | 'E') {
            let signed = matches!(self.peek(1), '+' | '-');
            if self.peek(1 + usize::from(signed)).is_ascii_digit() {
                self.at += 1 + usize::from(signed);
                self.take_while(|c| c.is_ascii_digit() || c == '_');
            }
        }
        self.text[start..self.at].replace('_', "").to_ascii_lowercase()
    }

    fn symbol(&mut self) -> String {
        let rest = self.rest();
        let length = match self.dialect {
            Dialect::Sqlite => SQLITE_OPERATORS.iter().find(|o| rest.starts_with(**o)).map(|o| o.len()),
            Dialect::Postgres if rest.starts_with("::") => Some(2),
            Dialect::Postgres => operator_length(rest),
        };
        let length = length.unwrap_or_else(|| rest.chars().next().map_or(0, char::len_utf8));
        self.at += length;
        rest[..length].to_owned()
    }
}

/// How long PostgreSQL's operator is that stands here: it ends before a comment, and ends in `+` or `-` only if it has
/// one of the characters that SQL's own operators do not use.
fn operator_length(rest: &str) -> Option<usize> {
    let run = rest.find(|c| !POSTGRES_OPERATOR.contains(c)).unwrap_or(rest.len());
    let mut run = &rest[..run];
    for comment in ["--", "/*"] {
        run = run.find(comment).map_or(run, |end| &run[..end]);
    }
    while run.len() > 1
        && run.ends_with(['+', '-'])
        && !run.contains(['~', '!', '@', '#', '%', '^', '&', '|', '?'])
    {
        run = &run[..run.len() - 1];
    }
    (!run.is_empty()).then_some(run.len())
}
