//! The tree of an expression to the one tree of all expressions that a database takes for the same.
//!
//! Comes in: a tree as parsed. Goes out: a tree without the spellings that PostgreSQL gives an expression when it
//! prints it back, and without the second spellings that both dialects have. Where the two cannot be told apart (a
//! cast that PostgreSQL added and one that an author wrote), they count as the same.

use super::Scope;
use super::literal;
use super::tree::{Logic, Node};
use crate::inspect::postgres::types::canonical as postgres_type;
use crate::inspect::sqlite::affinity::affinity;
use crate::target::Dialect;

/// The canonical tree.
pub(super) fn rewrite(scope: &Scope<'_>, node: Node) -> Node {
    let boxed = |n: Box<Node>| Box::new(rewrite(scope, *n));
    let all = |list: Vec<Node>| list.into_iter().map(|n| rewrite(scope, n)).collect::<Vec<_>>();
    match node {
        Node::Name(parts) => name(scope, parts),
        Node::DoubleQuoted(text) if scope.column(&text).is_some() => {
            Node::Name(vec![text.to_ascii_lowercase()])
        }
        Node::DoubleQuoted(text) => Node::Text(text),
        Node::Number(text) => Node::Number(literal::number(scope.dialect, &text)),
        Node::Keyword(word) => keyword(scope, word),
        Node::Text(_) | Node::Blob(_) | Node::Opaque(_) => node,
        Node::Unary(op, value) => unary(scope, op, rewrite(scope, *value)),
        Node::Binary(op, left, right) => binary(scope, op, rewrite(scope, *left), rewrite(scope, *right)),
        Node::Chain(logic, parts) => chain(logic, all(parts)),
        Node::In { value, list, not } => membership(scope, rewrite(scope, *value), all(list), not),
        // PostgreSQL stores it as a match of a regular expression.
        Node::Match { op, value, pattern, escape, not }
            if op == "similar to" && scope.dialect == Dialect::Postgres =>
        {
            let arguments = std::iter::once(pattern).chain(escape).map(|n| rewrite(scope, *n));
            let pattern = Node::Call("similar_to_escape".to_owned(), arguments.collect());
            Node::binary(if not { "!~" } else { "~" }, rewrite(scope, *value), pattern)
        }
        Node::Match { op, value, pattern, escape, not } => {
            Node::Match { op, value: boxed(value), pattern: boxed(pattern), escape: escape.map(boxed), not }
        }
        Node::Case { base, arms, otherwise } => Node::Case {
            base: base.map(boxed),
            arms: arms.into_iter().map(|(c, v)| (rewrite(scope, c), rewrite(scope, v))).collect(),
            // PostgreSQL writes an `else null` into every `case` that has none.
            otherwise: otherwise.map(boxed).filter(|o| !o.is_null()),
        },
        Node::Cast(value, ty) => cast(scope, rewrite(scope, *value), &ty),
        Node::Call(function, arguments) => call(scope, function, all(arguments)),
        Node::Collate(value, collation) => {
            let value = rewrite(scope, *value);
            // The language orders text by `COLLATE "C"` in PostgreSQL.
            if scope.dialect == Dialect::Postgres && collation == "c" {
                return value;
            }
            Node::Collate(Box::new(value), collation)
        }
        Node::Row(list) => Node::Row(all(list)),
        Node::Array(list) => Node::Array(all(list)),
        Node::Subscript(value, index) => Node::Subscript(boxed(value), boxed(index)),
        Node::Quantified { op, all, value, array } => {
            quantified(scope, &op, all, rewrite(scope, *value), rewrite(scope, *array))
        }
    }
}

/// A column loses the name of its own table.
fn name(scope: &Scope<'_>, mut parts: Vec<String>) -> Node {
    for part in &mut parts {
        part.make_ascii_lowercase();
    }
    if let [.., table, _] = parts.as_slice()
        && table.eq_ignore_ascii_case(scope.table)
    {
        parts.drain(..parts.len() - 1);
    }
    Node::Name(parts)
}

fn keyword(scope: &Scope<'_>, word: String) -> Node {
    match (scope.dialect, word.as_str()) {
        // The keywords are 1 and 0: https://www.sqlite.org/lang_expr.html#boolean_expressions
        (Dialect::Sqlite, "true") => Node::Number("1".to_owned()),
        (Dialect::Sqlite, "false") => Node::Number("0".to_owned()),
        (Dialect::Postgres, "current_timestamp") => Node::Call("now".to_owned(), Vec::new()),
        _ => Node::Keyword(word),
    }
}

fn unary(scope: &Scope<'_>, op: String, value: Node) -> Node {
    match (op.as_str(), value) {
        ("-", Node::Number(text)) => Node::Number(match text.strip_prefix('-') {
            Some(rest) => rest.to_owned(),
            None => format!("-{text}"),
        }),
        ("+", value @ Node::Number(_)) => value,
        ("not", Node::In { value, list, not }) => Node::In { value, list, not: !not },
        ("not", Node::Match { op, value, pattern, escape, not }) => {
            Node::Match { op, value, pattern, escape, not: !not }
        }
        ("not", Node::Binary(is, left, right)) if is.starts_with("is") => {
            let other = match is.as_str() {
                "is" => "is not",
                "is not" => "is",
                "is distinct from" => "is not distinct from",
                _ => "is distinct from",
            };
            binary(scope, other.to_owned(), *left, *right)
        }
        (_, value) => Node::Unary(op, Box::new(value)),
    }
}

fn binary(scope: &Scope<'_>, op: String, left: Node, right: Node) -> Node {
    let sqlite = scope.dialect == Dialect::Sqlite;
    let op = match op.as_str() {
        "==" => "=",
        "!=" => "<>",
        // SQLite's `is` is PostgreSQL's `is not distinct from`; both spellings mean one thing there.
        "is distinct from" if sqlite => "is not",
        "is not distinct from" if sqlite => "is",
        "~~" | "!~~" | "~~*" | "!~~*" if !sqlite => return like(&op, left, right),
        other => other,
    };
    if !sqlite && matches!(op, "=" | "<>" | "<" | "<=" | ">" | ">=" | "@>" | "<@") {
        let (left, right) = match (op, left, right) {
            ("=" | "<>", Node::Row(a), Node::Row(b)) if a.len() == b.len() => return rows(scope, op, a, b),
            (_, left, right) => (left, right),
        };
        let left_type = scope.type_of(&left).map(str::to_owned);
        let right_type = scope.type_of(&right).map(str::to_owned);
        let left = operand(scope, left, right_type.as_deref());
        return Node::binary(op, left, operand(scope, right, left_type.as_deref()));
    }
    Node::binary(op, left, right)
}

/// PostgreSQL compares rows column by column.
fn rows(scope: &Scope<'_>, op: &str, left: Vec<Node>, right: Vec<Node>) -> Node {
    let logic = if op == "=" { Logic::And } else { Logic::Or };
    let pairs = left.into_iter().zip(right);
    let parts = pairs.map(|(a, b)| binary(scope, op.to_owned(), a, b));
    chain(logic, parts.collect())
}

/// PostgreSQL's operators for `like`; `escape` is a function around the pattern there.
fn like(op: &str, value: Node, pattern: Node) -> Node {
    let (pattern, escape) = match pattern {
        Node::Call(function, mut arguments) if function == "like_escape" && arguments.len() == 2 => {
            let escape = arguments.pop().map(Box::new);
            (arguments.pop().unwrap_or_else(Node::null), escape)
        }
        other => (other, None),
    };
    Node::Match {
        op: if op.ends_with('*') { "ilike" } else { "like" }.to_owned(),
        value: Box::new(value),
        pattern: Box::new(pattern),
        escape,
        not: op.starts_with('!'),
    }
}

/// One side of a comparison in PostgreSQL: a string is read as the other side's type, and a column of whole numbers
/// loses the cast that PostgreSQL put on it to compare it.
fn operand(scope: &Scope<'_>, node: Node, other: Option<&str>) -> Node {
    match node {
        Node::Text(text) => match other {
            Some(ty) => literal::typed(&text, ty),
            None => Node::Text(text),
        },
        Node::Cast(value, ty) => {
            let whole = |t: &str| matches!(t, "smallint" | "integer" | "bigint");
            if literal::is_numeric_type(&ty) && scope.type_of(&value).is_some_and(whole) {
                return *value;
            }
            Node::Cast(value, ty)
        }
        other => other,
    }
}

/// Chains within chains of the same kind are one chain.
fn chain(logic: Logic, parts: Vec<Node>) -> Node {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Node::Chain(inner, parts) if inner == logic => flat.extend(parts),
            other => flat.push(other),
        }
    }
    Node::Chain(logic, flat)
}

/// A list of one is a comparison; a list of literals is a set.
fn membership(scope: &Scope<'_>, value: Node, list: Vec<Node>, not: bool) -> Node {
    let ty = scope.type_of(&value).map(str::to_owned);
    let query = matches!(list.as_slice(), [Node::Opaque(_)]);
    let mut list: Vec<Node> = match scope.dialect {
        Dialect::Postgres => list.into_iter().map(|n| operand(scope, n, ty.as_deref())).collect(),
        Dialect::Sqlite => list,
    };
    if list.iter().all(Node::is_literal) {
        list.sort_by_cached_key(super::print::print);
        list.dedup();
    }
    if scope.dialect == Dialect::Postgres && list.len() > 1 && list.iter().any(Node::has_name) {
        return comparisons(scope, value, list, not);
    }
    if list.len() == 1
        && !query
        && let Some(only) = list.pop()
    {
        return Node::binary(if not { "<>" } else { "=" }, value, only);
    }
    Node::In { value: Box::new(value), list, not }
}

/// PostgreSQL compares with each column of a list by itself, and before that with all that is no column, if that is
/// more than one (`transformAExprIn` in
/// <https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/parser/parse_expr.c>).
fn comparisons(scope: &Scope<'_>, value: Node, list: Vec<Node>, not: bool) -> Node {
    let fixed: Vec<Node> = list.iter().filter(|n| !n.has_name()).cloned().collect();
    let grouped = fixed.len() > 1;
    let mut parts = Vec::new();
    if grouped {
        parts.push(membership(scope, value.clone(), fixed, not));
    }
    let single = list.into_iter().filter(|n| !grouped || n.has_name());
    let op = if not { "<>" } else { "=" };
    parts.extend(single.map(|n| Node::binary(op, value.clone(), n)));
    chain(if not { Logic::And } else { Logic::Or }, parts)
}

/// `= any (array[..])` is `in`, `<> all (array[..])` is `not in`.
fn quantified(scope: &Scope<'_>, op: &str, all: bool, value: Node, array: Node) -> Node {
    let array = match array {
        Node::Cast(inner, ty) if ty.ends_with("[]") && matches!(*inner, Node::Array(_)) => *inner,
        Node::Text(text) => match plain_array(&text) {
            Some(items) => Node::Array(items),
            None => Node::Text(text),
        },
        other => other,
    };
    match (op, all, array) {
        ("=", false, Node::Array(list)) => membership(scope, value, list, false),
        ("<>", true, Node::Array(list)) => membership(scope, value, list, true),
        (op, all, array) => {
            Node::Quantified { op: op.to_owned(), all, value: Box::new(value), array: Box::new(array) }
        }
    }
}

/// The items of `{a,b}`, if none is quoted or nested.
fn plain_array(text: &str) -> Option<Vec<Node>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    if inside.is_empty() || inside.contains(['"', '\\', '{']) {
        return None;
    }
    Some(inside.split(',').map(|i| Node::Text(i.to_owned())).collect())
}

fn cast(scope: &Scope<'_>, value: Node, ty: &str) -> Node {
    if scope.dialect == Dialect::Sqlite {
        return Node::Cast(Box::new(value), affinity(ty).to_owned());
    }
    let ty = postgres_type(ty);
    let sized = ty.contains('(');
    match value {
        value if value.is_null() => value,
        Node::Text(text) => literal::typed(&text, &ty),
        Node::Number(text) if literal::is_numeric_type(&ty) && !sized => Node::Number(text),
        // Text of one length or another is text, and PostgreSQL compares it as such.
        value if !sized && literal::is_text_type(&ty) && scope.is_text(&value) => value,
        // PostgreSQL forgets a cast to the type that the value has.
        value if scope.type_of(&value) == Some(&ty) => value,
        value => Node::Cast(Box::new(value), ty),
    }
}

fn call(scope: &Scope<'_>, function: String, arguments: Vec<Node>) -> Node {
    let now = matches!(arguments.as_slice(), [Node::Text(t)] if t.eq_ignore_ascii_case("now"));
    let name = match (scope.dialect, function.as_str()) {
        // https://www.sqlite.org/lang_expr.html#literal_values_constants_: both have one format.
        (Dialect::Sqlite, "datetime") if now => return Node::Keyword("current_timestamp".to_owned()),
        (Dialect::Sqlite, "date") if now => return Node::Keyword("current_date".to_owned()),
        (Dialect::Sqlite, "time") if now => return Node::Keyword("current_time".to_owned()),
        (Dialect::Sqlite, "substring") => "substr",
        (Dialect::Sqlite, "ifnull") => "coalesce",
        (Dialect::Postgres, "transaction_timestamp") => "now",
        (Dialect::Postgres, "coalesce" | "greatest" | "least" | "nullif") => {
            let ty = arguments.iter().find_map(|a| scope.type_of(a)).map(str::to_owned);
            let arguments = arguments.into_iter().map(|a| operand(scope, a, ty.as_deref()));
            return Node::Call(function, arguments.collect());
        }
        (_, other) => other,
    };
    Node::Call(name.to_owned(), arguments)
}
