//! SQL expressions as databases store them, in one canonical text.
//!
//! Comes in: what SQLite stores as written, what PostgreSQL prints back from its catalogs, or what this project writes,
//! with the columns in whose scope it stands. Goes out: a text that is equal for two spellings of one expression. What
//! does not parse is compared token by token. This room must not know where an expression was found.

pub(crate) mod lex;
pub(crate) mod literal;
pub(crate) mod tree;

mod json;
mod operand;
mod parse;
mod print;
mod rewrite;
mod temporal;
#[cfg(test)]
mod tests;

use lex::{Kind, Token};
use tree::Node;

use super::sqlite::affinity;
use crate::target::Dialect;

/// Most tokens of an expression that are looked into.
const MAX_TOKENS: usize = 50_000;

/// The columns that an expression can name.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'a> {
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// The table.
    pub table: &'a str,
    /// Its columns with their types: PostgreSQL's own name of it, or SQLite's affinity.
    pub columns: Vec<(String, String)>,
}

impl Scope<'_> {
    /// The type of the column of that name.
    pub fn column(&self, name: &str) -> Option<&str> {
        let found = self.columns.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, ty)| ty.as_str())
    }

    /// The type of an expression, as far as it is a column or says it itself.
    fn type_of<'a>(&'a self, node: &'a Node) -> Option<&'a str> {
        match node {
            Node::Name(_) => self.column(node.as_name()?),
            Node::Cast(_, ty) => Some(ty),
            Node::Collate(value, _) => self.type_of(value),
            Node::Call(function, arguments) => match (function.as_str(), arguments.as_slice()) {
                ("now", []) => Some("timestamp with time zone"),
                ("timezone", [_, value]) if self.type_of(value)?.ends_with("with time zone") => {
                    Some("timestamp without time zone")
                }
                ("timezone", [_, _]) => Some("timestamp with time zone"),
                _ => None,
            },
            Node::Keyword(word) if word == "current_date" => Some("date"),
            _ => None,
        }
    }

    /// Whether an expression of PostgreSQL is of one of its types of text.
    fn is_text(&self, node: &Node) -> bool {
        match node {
            Node::Text(_) => true,
            Node::Binary(op, ..) => op == "||" || op == "->>",
            Node::Collate(value, _) => self.is_text(value),
            Node::Call(function, arguments) => match function.as_str() {
                "lower" | "upper" | "btrim" | "ltrim" | "rtrim" | "substr" | "substring" | "replace"
                | "concat" | "to_char" | "md5" | "initcap" | "left" | "right" | "translate" => true,
                "coalesce" | "nullif" | "greatest" | "least" => arguments.iter().any(|a| self.is_text(a)),
                _ => false,
            },
            Node::Case { arms, .. } => arms.iter().any(|(_, v)| self.is_text(v)),
            _ => self.type_of(node).is_some_and(literal::is_text_type),
        }
    }
}

/// The canonical text of an expression.
pub(crate) fn canonical(scope: &Scope<'_>, text: &str) -> String {
    canonical_tokens(scope, &lex::tokens(scope.dialect, text))
}

/// The canonical text of an expression whose tokens are known.
pub(crate) fn canonical_tokens(scope: &Scope<'_>, tokens: &[Token]) -> String {
    match node(scope, tokens) {
        Some(node) => print::print(&node),
        None => spelled(tokens),
    }
}

/// The canonical text of a column's default; nothing for `null`, which is no default.
pub(crate) fn canonical_default(scope: &Scope<'_>, text: &str, ty: &str) -> Option<String> {
    let tokens = lex::tokens(scope.dialect, text);
    let Some(node) = node(scope, &tokens) else {
        return Some(spelled(&tokens));
    };
    let node = match (scope.dialect, node) {
        (_, node) if node.is_null() => return None,
        (Dialect::Postgres, Node::Text(text)) => literal::typed(&text, ty),
        (Dialect::Postgres, Node::Number(text)) if literal::is_numeric_type(ty) => {
            Node::Number(literal::value(scope.dialect, &text))
        }
        // A lone word is a string: https://www.sqlite.org/lang_createtable.html#the_default_clause
        (Dialect::Sqlite, Node::Name(parts)) => sqlite_default(Node::Text(parts.join(".")), ty),
        (Dialect::Sqlite, node) => sqlite_default(node, ty),
        (_, node) => node,
    };
    Some(print::print(&node))
}

/// A literal as the column's affinity stores it: <https://www.sqlite.org/datatype3.html#type_affinity>.
fn sqlite_default(node: Node, affinity_of_column: &str) -> Node {
    let numeric = matches!(affinity_of_column, affinity::INTEGER | affinity::REAL | affinity::NUMERIC);
    match node {
        Node::Text(text) if numeric && literal::is_number(&text) => {
            Node::Number(literal::value(Dialect::Sqlite, &text.to_ascii_lowercase()))
        }
        Node::Number(text) if numeric => Node::Number(literal::value(Dialect::Sqlite, &text)),
        Node::Number(text) if affinity_of_column == affinity::TEXT && !text.contains('.') => Node::Text(text),
        other => other,
    }
}

/// What an index is over: a column and its collation, or an expression.
pub(crate) enum KeyText {
    /// A column, perhaps with a collation.
    Column(String, Option<String>),
    /// An expression in canonical text.
    Expression(String),
}

/// The canonical form of a key of an index.
pub(crate) fn canonical_key(scope: &Scope<'_>, tokens: &[Token]) -> KeyText {
    let Some(node) = node(scope, tokens) else {
        return KeyText::Expression(spelled(tokens));
    };
    let column = |node: &Node| {
        let name = node.as_name()?;
        let found = scope.columns.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(n, _)| n.clone())
    };
    match &node {
        Node::Collate(value, collation) if column(value).is_some() => {
            KeyText::Column(column(value).unwrap_or_default(), Some(collation.clone()))
        }
        _ => match column(&node) {
            Some(name) => KeyText::Column(name, None),
            None => KeyText::Expression(print::print(&node)),
        },
    }
}

/// Whether a string stands in double quotes in it: SQLite takes a name that no column has for a string, in builds that
/// still do (<https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted>).
pub(crate) fn has_double_quoted_text(scope: &Scope<'_>, tokens: &[Token]) -> bool {
    let names = |i: usize| tokens.get(i + 1).is_some_and(|t| t.is_symbol(".") || t.is_symbol("("));
    tokens.iter().enumerate().any(|(i, t)| {
        let after = i.checked_sub(1).and_then(|b| tokens.get(b));
        let part = after.is_some_and(|t| t.is_symbol(".") || t.is_word("collate") || t.is_word("as"));
        t.kind == Kind::DoubleQuoted && !names(i) && !part && scope.column(&t.text).is_none()
    })
}

/// A name as canonical text has it.
pub(crate) fn name(text: &str) -> String {
    print::name(&text.to_ascii_lowercase())
}

fn node(scope: &Scope<'_>, tokens: &[Token]) -> Option<Node> {
    if tokens.len() > MAX_TOKENS {
        return None;
    }
    let node = parse::parse(scope.dialect, tokens).ok()?;
    Some(rewrite::rewrite(scope, node))
}

/// Tokens with blanks between them, in the spelling of canonical text.
pub(crate) fn spelled(tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut tight = true;
    for token in tokens {
        let close =
            matches!(token.text.as_str(), "(" | ")" | "," | "." | "[" | "]") && token.kind == Kind::Symbol;
        if !tight && !close {
            out.push(' ');
        }
        match token.kind {
            Kind::Word | Kind::Number | Kind::Symbol => out.push_str(&token.text),
            Kind::Quoted | Kind::DoubleQuoted => out.push_str(&name(&token.text)),
            Kind::Text => out.push_str(&print::string(&token.text)),
            Kind::Blob => {
                out.push('x');
                out.push_str(&print::string(&token.text));
            }
        }
        tight = close && matches!(token.text.as_str(), "(" | "." | "[");
        // A comma is followed by a blank, so that lists read well.
        if close && token.text == "," {
            out.push(' ');
            tight = true;
        }
    }
    out
}
