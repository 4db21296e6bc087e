//! Tokens to the tree of an expression, by operator precedence.
//!
//! Comes in: tokens of one dialect. Goes out: a tree, or nothing for what is no expression this parser knows; the
//! caller then compares the tokens themselves. This file must not know what an expression means.
//!
//! Precedence: <https://www.sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>,
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE>.

use super::lex::{Kind, Token};
use super::tree::{Logic, Node};
use crate::target::Dialect;

/// The tokens are no expression that is known.
#[derive(Debug)]
pub(super) struct NotKnown;

pub(super) type Parsed<T> = Result<T, NotKnown>;

/// Deepest nesting that is followed, so that no stored text can use up the stack.
const MAX_DEPTH: usize = 60;

/// Most operators that are followed side by side (`a + b + c`), each of which makes the tree one deeper.
const MAX_RUN: usize = 300;

mod power {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const IS: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const MATCH: u8 = 6;
    pub const OTHER: u8 = 7;
    pub const ADD: u8 = 8;
    pub const MULTIPLY: u8 = 9;
    pub const JOIN: u8 = 10;
    pub const ZONE: u8 = 11;
    pub const COLLATE: u8 = 12;
    pub const UNARY: u8 = 13;
}

/// The tree of all these tokens.
pub(super) fn parse(dialect: Dialect, tokens: &[Token]) -> Parsed<Node> {
    let mut parser = Parser { dialect, tokens, at: 0, depth: 0, run: 0 };
    let node = parser.expr(0)?;
    if parser.at < tokens.len() {
        return Err(NotKnown);
    }
    Ok(node)
}

pub(super) struct Parser<'a> {
    pub(super) dialect: Dialect,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    run: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + ahead)
    }

    pub(super) fn next(&mut self) -> Parsed<&'a Token> {
        let token = self.tokens.get(self.at).ok_or(NotKnown)?;
        self.at += 1;
        Ok(token)
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.is_word(word))
    }

    pub(super) fn at_symbol(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|t| t.is_symbol(symbol))
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { Err(NotKnown) }
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(NotKnown) }
    }

    /// Expressions with commas between them, up to and with the closing mark.
    pub(super) fn list(&mut self, close: &str) -> Parsed<Vec<Node>> {
        let mut list = Vec::new();
        if self.eat_symbol(close) {
            return Ok(list);
        }
        loop {
            list.push(self.expr(0)?);
            if self.eat_symbol(close) {
                return Ok(list);
            }
            self.expect_symbol(",")?;
        }
    }

    /// The tokens up to the parenthesis that closes the one before, which is taken too.
    pub(super) fn until_close(&mut self) -> Parsed<&'a [Token]> {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            let token = self.next()?;
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                if depth == 0 {
                    return Ok(&self.tokens[start..self.at - 1]);
                }
                depth -= 1;
            }
        }
    }

    /// An expression whose operators bind tighter than `floor`.
    pub(super) fn expr(&mut self, floor: u8) -> Parsed<Node> {
        if self.depth >= MAX_DEPTH {
            return Err(NotKnown);
        }
        self.depth += 1;
        let node = self.operators(floor);
        self.depth -= 1;
        node
    }

    fn operators(&mut self, floor: u8) -> Parsed<Node> {
        let mut left = self.prefix()?;
        let mut first = true;
        loop {
            let before = self.at;
            left = self.operator(left, floor)?;
            if self.at == before {
                return Ok(left);
            }
            if !first {
                self.run += 1;
            }
            if self.run > MAX_RUN {
                return Err(NotKnown);
            }
            first = false;
        }
    }

    /// Takes one operator behind `left` if it binds tighter than `floor`; else gives `left` back and takes nothing.
    fn operator(&mut self, left: Node, floor: u8) -> Parsed<Node> {
        let Some(token) = self.peek() else { return Ok(left) };
        match token.kind {
            Kind::Symbol => self.symbol_operator(left, floor, &token.text),
            Kind::Word => self.word_operator(left, floor, &token.text),
            _ => Ok(left),
        }
    }

    fn symbol_operator(&mut self, left: Node, floor: u8, symbol: &str) -> Parsed<Node> {
        let postgres = self.dialect == Dialect::Postgres;
        match symbol {
            "::" if postgres => {
                self.at += 1;
                let ty = self.type_name()?;
                return Ok(Node::Cast(Box::new(left), ty));
            }
            "[" if postgres => {
                self.at += 1;
                let index = self.expr(0)?;
                self.expect_symbol("]")?;
                return Ok(Node::Subscript(Box::new(left), Box::new(index)));
            }
            _ => {}
        }
        let Some(power) = self.power(symbol) else {
            return Ok(left);
        };
        if power <= floor {
            return Ok(left);
        }
        self.at += 1;
        if postgres && let Some(all) = self.quantifier() {
            self.at += 1;
            self.expect_symbol("(")?;
            if self.at_word("select") {
                return Err(NotKnown);
            }
            let array = self.expr(0)?;
            self.expect_symbol(")")?;
            return Ok(Node::Quantified {
                op: symbol.to_owned(),
                all,
                value: Box::new(left),
                array: Box::new(array),
            });
        }
        let right = self.expr(power)?;
        Ok(Node::binary(symbol, left, right))
    }

    /// `all` for `all (`, not so for `any (` and `some (`.
    fn quantifier(&self) -> Option<bool> {
        let open = self.peek_at(1).is_some_and(|t| t.is_symbol("("));
        match self.peek() {
            Some(t) if open && t.is_word("all") => Some(true),
            Some(t) if open && (t.is_word("any") || t.is_word("some")) => Some(false),
            _ => None,
        }
    }

    fn power(&self, symbol: &str) -> Option<u8> {
        let sqlite = self.dialect == Dialect::Sqlite;
        Some(match symbol {
            "=" | "==" | "<>" | "!=" if sqlite => power::IS,
            "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" => power::COMPARE,
            "+" | "-" => power::ADD,
            "*" | "/" | "%" => power::MULTIPLY,
            "||" | "->" | "->>" if sqlite => power::JOIN,
            "&" | "|" | "<<" | ">>" => power::OTHER,
            "^" if !sqlite => power::JOIN,
            "(" | ")" | "[" | "]" | "," | "." | ";" | ":" | "::" => return None,
            _ if sqlite => return None,
            _ => power::OTHER,
        })
    }

    fn word_operator(&mut self, left: Node, floor: u8, word: &str) -> Parsed<Node> {
        let sqlite = self.dialect == Dialect::Sqlite;
        // SQLite has `=`, `is`, `in`, `like` and `between` on one level, PostgreSQL has three.
        let matching = if sqlite { power::IS } else { power::MATCH };
        let takes = |power: u8| power > floor;
        match word {
            "or" if takes(power::OR) => self.chain(left, Logic::Or, power::OR),
            "and" if takes(power::AND) => self.chain(left, Logic::And, power::AND),
            "is" if takes(power::IS) => self.is(left),
            "isnull" if takes(power::IS) => {
                self.at += 1;
                Ok(Node::binary("is", left, Node::null()))
            }
            "notnull" if takes(power::IS) => {
                self.at += 1;
                Ok(Node::binary("is not", left, Node::null()))
            }
            "collate" if takes(power::COLLATE) => {
                self.at += 1;
                let name = self.qualified_name()?;
                Ok(Node::Collate(Box::new(left), name))
            }
            "at" if !sqlite && takes(power::ZONE) => {
                self.at += 1;
                self.expect_word("time")?;
                self.expect_word("zone")?;
                let zone = self.expr(power::ZONE)?;
                Ok(Node::Call("timezone".to_owned(), vec![zone, left]))
            }
            "not" if takes(matching) => self.negated(left, matching),
            _ if takes(matching) => self.matching(left, false, matching),
            _ => Ok(left),
        }
    }

    fn chain(&mut self, left: Node, logic: Logic, power: u8) -> Parsed<Node> {
        let word = if logic == Logic::And { "and" } else { "or" };
        let mut parts = vec![left];
        while self.eat_word(word) {
            parts.push(self.expr(power)?);
        }
        Ok(Node::Chain(logic, parts))
    }

    fn is(&mut self, left: Node) -> Parsed<Node> {
        self.at += 1;
        let not = self.eat_word("not");
        let distinct = self.at_word("distinct") && self.peek_at(1).is_some_and(|t| t.is_word("from"));
        if distinct {
            self.at += 2;
        }
        let right = self.expr(power::IS)?;
        let op = match (not, distinct) {
            (false, false) => "is",
            (true, false) => "is not",
            (false, true) => "is distinct from",
            (true, true) => "is not distinct from",
        };
        Ok(Node::binary(op, left, right))
    }

    /// What follows a `not` that stands behind a value.
    fn negated(&mut self, left: Node, power: u8) -> Parsed<Node> {
        let before = self.at;
        self.at += 1;
        if self.dialect == Dialect::Sqlite && self.eat_word("null") {
            return Ok(Node::binary("is not", left, Node::null()));
        }
        let inside = self.at;
        let node = self.matching(left, true, power)?;
        if self.at == inside {
            self.at = before;
        }
        Ok(node)
    }

    fn matching(&mut self, left: Node, not: bool, power: u8) -> Parsed<Node> {
        let Some(token) = self.peek() else { return Ok(left) };
        let op = match token.text.as_str() {
            "in" => return self.membership(left, not),
            "between" => return self.between(left, not, power),
            op @ ("like" | "glob" | "regexp" | "match" | "ilike") => op.to_owned(),
            "similar" => {
                self.at += 1;
                "similar to".to_owned()
            }
            _ => return Ok(left),
        };
        self.at += 1;
        let pattern = self.expr(power)?;
        let escape = if self.eat_word("escape") { Some(Box::new(self.expr(power)?)) } else { None };
        Ok(Node::Match { op, value: Box::new(left), pattern: Box::new(pattern), escape, not })
    }

    fn membership(&mut self, value: Node, not: bool) -> Parsed<Node> {
        self.at += 1;
        self.expect_symbol("(")?;
        let list = if self.at_query() {
            vec![Node::Opaque(super::spelled(self.until_close()?))]
        } else {
            self.list(")")?
        };
        Ok(Node::In { value: Box::new(value), list, not })
    }

    /// `between` is the two comparisons it stands for, as PostgreSQL stores it.
    fn between(&mut self, value: Node, not: bool, power: u8) -> Parsed<Node> {
        self.at += 1;
        if self.at_word("symmetric") {
            return Err(NotKnown);
        }
        self.eat_word("asymmetric");
        let low = self.expr(power)?;
        self.expect_word("and")?;
        let high = self.expr(power)?;
        let (logic, below, above) = if not { (Logic::Or, "<", ">") } else { (Logic::And, ">=", "<=") };
        let parts = vec![Node::binary(below, value.clone(), low), Node::binary(above, value, high)];
        Ok(Node::Chain(logic, parts))
    }

    pub(super) fn at_query(&self) -> bool {
        ["select", "with", "values"].iter().any(|w| self.at_word(w))
    }

    pub(super) const NOT: u8 = power::NOT;
    pub(super) const UNARY: u8 = power::UNARY;
    pub(super) const OTHER: u8 = power::OTHER;
}
