//! The stored `CREATE TABLE` and `CREATE INDEX`: what the pragmas do not tell.
//!
//! Comes in: the text of `sqlite_schema.sql`, in whatever spelling, also one that ALTER TABLE has edited. Goes out: its
//! parsed meaning, or as much of it as was understood. This file must not know what the pragmas say, and nothing may
//! depend on how the text is spelled.
//!
//! Grammar: <https://www.sqlite.org/lang_createtable.html>. SQLite takes more than the diagrams show: table constraints
//! without commas between them, `CONSTRAINT name` alone, a type of any words.

use crate::inspect::sqlexpr::lex::{Kind, Token, tokens};
use crate::target::Dialect;

/// A table as its text says.
#[derive(Debug, Default)]
pub(super) struct StoredTable {
    /// What its columns say beyond the pragmas.
    pub columns: Vec<StoredColumn>,
    /// The tokens of every check, of columns and of the table, in order.
    pub checks: Vec<Vec<Token>>,
    /// Foreign keys, in order.
    pub foreign_keys: Vec<StoredForeignKey>,
    /// `ON CONFLICT` other than `ABORT` somewhere.
    pub conflict: bool,
    /// `PRIMARY KEY DESC` on a column, which keeps it from being the rowid.
    pub descending_key: bool,
    /// `AUTOINCREMENT`
    pub autoincrement: bool,
    /// `STRICT`
    pub strict: bool,
    /// `WITHOUT ROWID`
    pub without_rowid: bool,
    /// Whether all of it was understood.
    pub complete: bool,
}

/// A column as its text says.
#[derive(Debug)]
pub(super) struct StoredColumn {
    /// Its name.
    pub name: String,
    /// Its collation, in lower case.
    pub collate: Option<String>,
    /// The tokens of a generated column's expression.
    pub generated: Option<Vec<Token>>,
}

/// A foreign key as its text says.
#[derive(Debug)]
pub(super) struct StoredForeignKey {
    /// Columns here.
    pub columns: Vec<String>,
    /// The table that they refer to.
    pub ref_table: String,
    /// `DEFERRABLE`
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`
    pub deferred: bool,
}

/// The columns that a view names; none where it takes the names of its query.
pub(super) fn view_columns(sql: &str) -> Vec<String> {
    let tokens = tokens(Dialect::Sqlite, sql);
    // `CREATE VIEW main.name (a, b) AS ..`: the list, if there is one, stands before any other parenthesis and `AS`.
    let end = tokens.iter().position(|t| t.is_word("as")).unwrap_or(0);
    let Some(open) = tokens[..end].iter().position(|t| t.is_symbol("(")) else { return Vec::new() };
    tokens[open..end].iter().filter(|t| t.is_name()).map(|t| t.text.clone()).collect()
}

/// An index as its text says.
#[derive(Debug, Default)]
pub(super) struct StoredIndex {
    /// The tokens of each key, without its direction.
    pub keys: Vec<Vec<Token>>,
    /// The tokens of its condition.
    pub condition: Option<Vec<Token>>,
}

/// Words that begin a constraint of a column, and so end its type.
const CONSTRAINT_WORDS: [&str; 12] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
    "foreign",
];

/// Reads a `CREATE TABLE`.
pub(super) fn table(text: &str) -> StoredTable {
    let tokens = tokens(Dialect::Sqlite, text);
    let mut reader = Reader { tokens: &tokens, at: 0, table: StoredTable::default() };
    reader.table.complete = reader.create_table().is_some();
    reader.table
}

/// Reads a `CREATE INDEX`; nothing if it is none.
pub(super) fn index(text: &str) -> Option<StoredIndex> {
    let tokens = tokens(Dialect::Sqlite, text);
    let mut reader = Reader { tokens: &tokens, at: 0, table: StoredTable::default() };
    // The name could be a word of ours in quotes; only a bare `ON` ends it.
    while !reader.eat("on") {
        reader.at += 1;
        reader.peek()?;
    }
    reader.at += 1;
    let keys = reader.group()?;
    let mut index = StoredIndex::default();
    for mut key in split(keys) {
        if key.len() > 2 && key[key.len() - 2].is_word("nulls") {
            key.truncate(key.len() - 2);
        }
        if key.len() > 1 && key.last().is_some_and(|t| t.is_word("asc") || t.is_word("desc")) {
            key.pop();
        }
        index.keys.push(key);
    }
    if reader.eat("where") {
        index.condition = Some(reader.tokens.get(reader.at..)?.to_vec());
    }
    Some(index)
}

/// The parts between the commas that are in no parentheses.
fn split(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0usize;
    for token in tokens {
        match token.kind {
            Kind::Symbol if token.text == "(" => depth += 1,
            Kind::Symbol if token.text == ")" => depth = depth.saturating_sub(1),
            Kind::Symbol if token.text == "," && depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(token.clone());
        }
    }
    parts
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    table: StoredTable,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn at_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.is_word(word))
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        self.at += usize::from(found);
        found
    }

    fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// A name; a string can be one too.
    fn name(&mut self) -> Option<String> {
        let token = self.peek()?;
        if !token.is_name() && token.kind != Kind::Text {
            return None;
        }
        self.at += 1;
        Some(token.text.clone())
    }

    /// The tokens in the parentheses that open here.
    fn group(&mut self) -> Option<&'a [Token]> {
        if !self.eat_symbol("(") {
            return None;
        }
        let start = self.at;
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                if depth == 0 {
                    return self.tokens.get(start..self.at - 1);
                }
                depth -= 1;
            }
        }
        None
    }

    fn create_table(&mut self) -> Option<()> {
        while !self.peek()?.is_symbol("(") {
            self.at += 1;
        }
        self.at += 1;
        loop {
            if self.eat_symbol(")") {
                break;
            }
            if self.at_table_constraint() {
                self.table_constraint()?;
            } else {
                self.column()?;
            }
            // Between two constraints of a table the comma may be absent.
            if !self.eat_symbol(",") && !self.at_table_constraint() && !self.peek()?.is_symbol(")") {
                return None;
            }
        }
        self.options()
    }

    fn options(&mut self) -> Option<()> {
        loop {
            if self.eat("strict") {
                self.table.strict = true;
            } else if self.eat("without") {
                self.eat("rowid").then_some(())?;
                self.table.without_rowid = true;
            }
            if !self.eat_symbol(",") {
                self.eat_symbol(";");
                return self.peek().is_none().then_some(());
            }
        }
    }

    fn at_table_constraint(&self) -> bool {
        ["constraint", "primary", "unique", "check", "foreign"].iter().any(|w| self.at_word(w))
    }

    fn column(&mut self) -> Option<()> {
        let name = self.name()?;
        let index = self.table.columns.len();
        self.table.columns.push(StoredColumn { name: name.clone(), collate: None, generated: None });
        while self.peek().is_some_and(|t| {
            (t.is_name() || t.kind == Kind::Text)
                && !(t.kind == Kind::Word && CONSTRAINT_WORDS.contains(&t.text.as_str()))
        }) {
            self.at += 1;
        }
        if self.peek()?.is_symbol("(") {
            self.group()?;
        }
        while self.column_constraint(index, &name)? {}
        Some(())
    }

    /// One constraint of a column; false where the column ends.
    fn column_constraint(&mut self, index: usize, name: &str) -> Option<bool> {
        let token = self.peek()?;
        if token.is_symbol(",") || token.is_symbol(")") {
            return Some(false);
        }
        if token.kind != Kind::Word {
            return None;
        }
        self.at += 1;
        match token.text.as_str() {
            "constraint" => {
                self.name()?;
            }
            "primary" => {
                self.eat("key").then_some(())?;
                self.table.descending_key |= self.eat("desc");
                self.eat("asc");
                self.conflict()?;
                self.table.autoincrement |= self.eat("autoincrement");
            }
            "not" if self.at_word("deferrable") => {
                self.at -= 1;
                self.deferrable()?;
            }
            "not" => {
                self.eat("null").then_some(())?;
                self.conflict()?;
            }
            "null" | "unique" => self.conflict()?,
            "check" => {
                let check = self.group()?.to_vec();
                self.table.checks.push(check);
                self.conflict()?;
            }
            "default" => self.default()?,
            "collate" => {
                let collate = self.name()?.to_ascii_lowercase();
                self.table.columns.get_mut(index)?.collate = Some(collate);
            }
            "references" => self.references(vec![name.to_owned()])?,
            "deferrable" => {
                self.at -= 1;
                self.deferrable()?;
            }
            "generated" => {
                self.eat("always").then_some(())?;
            }
            "as" => {
                let expr = self.group()?.to_vec();
                self.table.columns.get_mut(index)?.generated = Some(expr);
                let _ = self.eat("stored") || self.eat("virtual");
            }
            _ => return None,
        }
        Some(true)
    }

    fn default(&mut self) -> Option<()> {
        if self.peek()?.is_symbol("(") {
            self.group()?;
            return Some(());
        }
        let _ = self.eat_symbol("-") || self.eat_symbol("+");
        self.at += 1;
        Some(())
    }

    fn conflict(&mut self) -> Option<()> {
        if !self.eat("on") {
            return Some(());
        }
        self.eat("conflict").then_some(())?;
        let action = self.name()?;
        self.table.conflict |= !action.eq_ignore_ascii_case("abort");
        Some(())
    }

    fn table_constraint(&mut self) -> Option<()> {
        if self.eat("constraint") {
            self.name()?;
        }
        if self.eat("primary") {
            self.eat("key").then_some(())?;
            let columns = self.group()?;
            // `PRIMARY KEY (id AUTOINCREMENT)` is taken too.
            self.table.autoincrement |= columns.iter().any(|t| t.is_word("autoincrement"));
            self.conflict()?;
        } else if self.eat("unique") {
            self.group()?;
            self.conflict()?;
        } else if self.eat("check") {
            let check = self.group()?.to_vec();
            self.table.checks.push(check);
            self.conflict()?;
        } else if self.eat("foreign") {
            self.eat("key").then_some(())?;
            let columns = self.group()?;
            let names = columns.iter().filter(|t| t.is_name() || t.kind == Kind::Text);
            let names = names.map(|t| t.text.clone()).collect();
            self.eat("references").then_some(())?;
            self.references(names)?;
        }
        Some(())
    }

    fn references(&mut self, columns: Vec<String>) -> Option<()> {
        let ref_table = self.name()?;
        if self.peek().is_some_and(|t| t.is_symbol("(")) {
            self.group()?;
        }
        self.table.foreign_keys.push(StoredForeignKey {
            columns,
            ref_table,
            deferrable: false,
            deferred: false,
        });
        loop {
            if self.eat("on") {
                let _ = self.eat("delete") || self.eat("update") || self.eat("insert");
                let two = self.at_word("set") || self.at_word("no");
                self.at += 1 + usize::from(two);
            } else if self.eat("match") {
                self.name()?;
            } else {
                break;
            }
        }
        self.deferrable()
    }

    /// `[NOT] DEFERRABLE [INITIALLY ..]` belongs to the foreign key before it.
    fn deferrable(&mut self) -> Option<()> {
        let not =
            self.at_word("not") && self.tokens.get(self.at + 1).is_some_and(|t| t.is_word("deferrable"));
        self.at += usize::from(not);
        if !self.eat("deferrable") {
            return Some(());
        }
        let deferred = self.eat("initially") && {
            let deferred = self.at_word("deferred");
            self.at += 1;
            deferred
        };
        if let Some(key) = self.table.foreign_keys.last_mut() {
            key.deferrable = !not;
            key.deferred = deferred && !not;
        }
        Some(())
    }
}
