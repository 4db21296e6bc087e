//! What an operator stands between: literals, names, calls, `case`, `cast`, parentheses, and names of types.
//!
//! Comes in: the parser at the beginning of an operand. Goes out: its tree. This file must not know what it means.

use super::lex::Kind;
use super::parse::{NotKnown, Parsed, Parser};
use super::tree::Node;
use crate::target::Dialect;

/// Words that are values or begin none.
const KEYWORD_VALUES: [&str; 12] = [
    "null",
    "true",
    "false",
    "unknown",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "default",
];

/// Words that cannot begin an operand, so that a broken text is not taken for a name.
const RESERVED: [&str; 14] = [
    "and", "or", "is", "in", "between", "like", "when", "then", "else", "end", "from", "where", "collate",
    "escape",
];

impl Parser<'_> {
    /// A value, perhaps with an operator before it.
    pub(super) fn prefix(&mut self) -> Parsed<Node> {
        let token = self.next()?;
        match token.kind {
            Kind::Text => Ok(Node::Text(token.text.clone())),
            Kind::Number => Ok(Node::Number(token.text.clone())),
            Kind::Blob => Ok(Node::Blob(token.text.clone())),
            Kind::Symbol => self.prefix_symbol(&token.text),
            Kind::Word => self.word(&token.text),
            Kind::Quoted => self.name(token.text.clone()),
            Kind::DoubleQuoted if self.at_symbol(".") || self.at_symbol("(") => self.name(token.text.clone()),
            Kind::DoubleQuoted => Ok(Node::DoubleQuoted(token.text.clone())),
        }
    }

    fn prefix_symbol(&mut self, symbol: &str) -> Parsed<Node> {
        match symbol {
            "(" => self.parenthesis(),
            "-" | "+" | "~" => Ok(Node::unary(symbol, self.expr(Self::UNARY)?)),
            "*" => Ok(Node::Keyword("*".to_owned())),
            "@" | "|/" | "||/" | "!!" | "@-@" | "@@" | "#" if self.dialect == Dialect::Postgres => {
                Ok(Node::unary(symbol, self.expr(Self::OTHER)?))
            }
            _ => Err(NotKnown),
        }
    }

    fn parenthesis(&mut self) -> Parsed<Node> {
        if self.at_query() {
            return Ok(Node::Opaque(super::spelled(self.until_close()?)));
        }
        let mut list = self.list(")")?;
        match list.len() {
            1 => list.pop().ok_or(NotKnown),
            _ => Ok(Node::Row(list)),
        }
    }

    fn word(&mut self, word: &str) -> Parsed<Node> {
        let called = self.at_symbol("(");
        match word {
            "not" => return Ok(Node::unary("not", self.expr(Self::NOT)?)),
            "case" => return self.case(),
            "cast" if called => return self.cast(),
            "exists" if called => {
                self.expect_symbol("(")?;
                let query = Node::Opaque(super::spelled(self.until_close()?));
                return Ok(Node::Call("exists".to_owned(), vec![query]));
            }
            "array" if self.eat_symbol("[") => return Ok(Node::Array(self.list("]")?)),
            "row" if called => {
                self.expect_symbol("(")?;
                return Ok(Node::Row(self.list(")")?));
            }
            _ => {}
        }
        if KEYWORD_VALUES.contains(&word) && !called && !self.at_symbol(".") {
            return Ok(Node::Keyword(word.to_owned()));
        }
        if RESERVED.contains(&word) {
            return Err(NotKnown);
        }
        if let Some(typed) = self.typed_literal(word)? {
            return Ok(typed);
        }
        self.name(word.to_owned())
    }

    /// PostgreSQL's `date '2020-01-01'`, `timestamp with time zone '..'`.
    fn typed_literal(&mut self, word: &str) -> Parsed<Option<Node>> {
        if self.dialect != Dialect::Postgres {
            return Ok(None);
        }
        let words = ["with", "without", "time", "zone", "precision", "varying"];
        let ahead = (0..4)
            .take_while(|i| self.peek_at(*i).is_some_and(|t| words.iter().any(|w| t.is_word(w))))
            .count();
        let Some(text) = self.peek_at(ahead).filter(|t| t.kind == Kind::Text) else {
            return Ok(None);
        };
        let mut ty = word.to_owned();
        for _ in 0..ahead {
            ty.push(' ');
            ty.push_str(&self.next()?.text);
        }
        self.next()?;
        Ok(Some(Node::Cast(Box::new(Node::Text(text.text.clone())), ty)))
    }

    /// A column, perhaps behind its table; or a function.
    fn name(&mut self, first: String) -> Parsed<Node> {
        let mut parts = vec![first];
        while self.eat_symbol(".") {
            let part = self.next()?;
            if !part.is_name() && !part.is_symbol("*") {
                return Err(NotKnown);
            }
            parts.push(part.text.clone());
        }
        for part in &mut parts {
            part.make_ascii_lowercase();
        }
        if !self.eat_symbol("(") {
            return Ok(Node::Name(parts));
        }
        if parts.len() == 2 && parts.first().is_some_and(|p| p == "pg_catalog") {
            parts.remove(0);
        }
        let function = parts.join(".");
        let node = self.arguments(&function)?;
        if self.at_word("filter") || self.at_word("over") {
            return Err(NotKnown);
        }
        Ok(node)
    }

    /// The arguments of a function, also in the ways of writing that some functions have alone.
    fn arguments(&mut self, function: &str) -> Parsed<Node> {
        let call = |arguments| Ok(Node::Call(function.to_owned(), arguments));
        match function {
            // EXTRACT is `date_part` up to PostgreSQL 13 and a word of its own since.
            "extract" => {
                let field = Node::Text(self.next()?.text.to_ascii_lowercase());
                self.expect_word("from")?;
                let source = self.expr(0)?;
                self.expect_symbol(")")?;
                return Ok(Node::Call("date_part".to_owned(), vec![field, source]));
            }
            "trim" => return self.trim(),
            "distinct" => return Err(NotKnown),
            _ => {}
        }
        if self.at_word("distinct") {
            return Err(NotKnown);
        }
        if self.eat_symbol(")") {
            return call(Vec::new());
        }
        // PostgreSQL 14 and later print these with words in place of commas.
        let words: &[&str] = match function {
            "substring" => &["from", "for"],
            "overlay" => &["placing", "from", "for"],
            "position" => &["in"],
            _ => &[],
        };
        let floor = if function == "position" { Self::OTHER - 1 } else { 0 };
        let mut arguments = vec![self.expr(floor)?];
        loop {
            if self.eat_symbol(")") {
                break;
            }
            if !words.iter().any(|w| self.eat_word(w)) {
                self.expect_symbol(",")?;
            } else if function == "position" {
                // `position(a in b)` is the function over (b, a).
                arguments.insert(0, self.expr(floor)?);
                continue;
            }
            arguments.push(self.expr(0)?);
        }
        call(arguments)
    }

    /// `trim([leading | trailing | both] [what] from text)`; PostgreSQL calls them ltrim, rtrim, btrim.
    fn trim(&mut self) -> Parsed<Node> {
        let name = if self.eat_word("leading") {
            "ltrim"
        } else if self.eat_word("trailing") {
            "rtrim"
        } else if self.eat_word("both") || self.dialect == Dialect::Postgres {
            "btrim"
        } else {
            "trim"
        };
        if self.eat_word("from") {
            return Ok(Node::Call(name.to_owned(), self.list(")")?));
        }
        let first = self.expr(0)?;
        if self.eat_word("from") {
            let text = self.expr(0)?;
            self.expect_symbol(")")?;
            return Ok(Node::Call(name.to_owned(), vec![text, first]));
        }
        let mut arguments = vec![first];
        if self.eat_symbol(",") {
            arguments.extend(self.list(")")?);
        } else {
            self.expect_symbol(")")?;
        }
        Ok(Node::Call(name.to_owned(), arguments))
    }

    /// A name with its schema left out.
    pub(super) fn qualified_name(&mut self) -> Parsed<String> {
        let mut name = self.next()?;
        while self.eat_symbol(".") {
            name = self.next()?;
        }
        if name.is_name() || name.kind == Kind::Text {
            Ok(name.text.to_ascii_lowercase())
        } else {
            Err(NotKnown)
        }
    }

    fn case(&mut self) -> Parsed<Node> {
        let base = if self.at_word("when") { None } else { Some(Box::new(self.expr(0)?)) };
        let mut arms = Vec::new();
        while self.eat_word("when") {
            let condition = self.expr(0)?;
            self.expect_word("then")?;
            arms.push((condition, self.expr(0)?));
        }
        let otherwise = if self.eat_word("else") { Some(Box::new(self.expr(0)?)) } else { None };
        self.expect_word("end")?;
        if arms.is_empty() {
            return Err(NotKnown);
        }
        Ok(Node::Case { base, arms, otherwise })
    }

    fn cast(&mut self) -> Parsed<Node> {
        self.expect_symbol("(")?;
        let value = self.expr(0)?;
        self.expect_word("as")?;
        let ty = super::spelled(self.until_close()?);
        Ok(Node::Cast(Box::new(value), ty))
    }

    /// The name of a type behind `::`.
    pub(super) fn type_name(&mut self) -> Parsed<String> {
        let first = self.next()?;
        if !first.is_name() {
            return Err(NotKnown);
        }
        let mut name = first.text.clone();
        while self.eat_symbol(".") {
            name.push('.');
            name.push_str(&self.next()?.text);
        }
        let follows: &[&str] = match name.as_str() {
            "double" => &["precision"],
            "character" | "char" | "bit" | "national" => &["varying", "character", "char"],
            _ => &[],
        };
        while let Some(word) = follows.iter().find(|w| self.at_word(w)) {
            self.next()?;
            name.push(' ');
            name.push_str(word);
        }
        if self.eat_symbol("(") {
            name.push('(');
            name.push_str(&super::spelled(self.until_close()?));
            name.push(')');
        }
        if (self.at_word("with") || self.at_word("without"))
            && self.peek_at(1).is_some_and(|t| t.is_word("time"))
        {
            for _ in 0..3 {
                name.push(' ');
                name.push_str(&self.next()?.text);
            }
        }
        while self.at_symbol("[") && self.peek_at(1).is_some_and(|t| t.is_symbol("]")) {
            self.next()?;
            self.next()?;
            name.push_str("[]");
        }
        Ok(name)
    }
}
