//! The tree of an expression to its one canonical text.
//!
//! Comes in: a rewritten tree. Goes out: text in lower case outside strings, with the fewest parentheses that keep two
//! different trees apart. It is for comparing and for reading; no database runs it.

use super::tree::{Logic, Node};

/// How tightly the outermost operator binds.
fn level(node: &Node) -> u8 {
    match node {
        Node::Chain(Logic::Or, _) => 1,
        Node::Chain(Logic::And, _) => 2,
        Node::Unary(op, _) if op == "not" => 3,
        Node::Binary(op, ..) => binary_level(op),
        Node::In { .. } | Node::Match { .. } | Node::Quantified { .. } => 4,
        Node::Unary(..) => 9,
        Node::Collate(..) => 10,
        _ => 11,
    }
}

fn binary_level(op: &str) -> u8 {
    match op {
        "+" | "-" => 6,
        "*" | "/" | "%" => 7,
        "||" => 8,
        "=" | "<>" | "<" | "<=" | ">" | ">=" => 4,
        _ if op.starts_with("is") => 4,
        _ => 5,
    }
}

/// The text.
pub(super) fn print(node: &Node) -> String {
    let mut out = String::new();
    write(&mut out, node);
    out
}

/// Writes an operand, in parentheses unless it binds tighter than `floor`.
fn operand(out: &mut String, node: &Node, floor: u8) {
    if level(node) > floor {
        write(out, node);
    } else {
        out.push('(');
        write(out, node);
        out.push(')');
    }
}

fn joined(out: &mut String, list: &[Node]) {
    for (i, node) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, node);
    }
}

fn word(out: &mut String, word: &str) {
    out.push(' ');
    out.push_str(word);
    out.push(' ');
}

fn write(out: &mut String, node: &Node) {
    let level = level(node);
    match node {
        Node::Name(parts) => {
            let parts: Vec<String> = parts.iter().map(|p| name(p)).collect();
            out.push_str(&parts.join("."));
        }
        Node::DoubleQuoted(text) | Node::Text(text) => out.push_str(&string(text)),
        Node::Number(text) | Node::Keyword(text) => out.push_str(text),
        Node::Blob(hex) => {
            out.push('x');
            out.push_str(&string(hex));
        }
        Node::Unary(op, value) => {
            out.push_str(op);
            if op == "not" {
                out.push(' ');
            }
            operand(out, value, level);
        }
        Node::Binary(op, left, right) => {
            // `a - b - c` needs no parentheses: it was read from the left.
            let same = matches!(&**left, Node::Binary(o, ..) if level >= 6 && binary_level(o) == level);
            operand(out, left, if same { level - 1 } else { level });
            word(out, op);
            operand(out, right, level);
        }
        Node::Chain(logic, parts) => {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    out.push_str(if *logic == Logic::And { " and " } else { " or " });
                }
                operand(out, part, level);
            }
        }
        Node::In { value, list, not } => {
            operand(out, value, level);
            out.push_str(if *not { " not in (" } else { " in (" });
            match list.as_slice() {
                [Node::Opaque(query)] => out.push_str(query),
                list => joined(out, list),
            }
            out.push(')');
        }
        Node::Match { op, value, pattern, escape, not } => {
            operand(out, value, level);
            out.push_str(if *not { " not" } else { "" });
            word(out, op);
            operand(out, pattern, level);
            if let Some(escape) = escape {
                word(out, "escape");
                operand(out, escape, level);
            }
        }
        Node::Case { base, arms, otherwise } => {
            out.push_str("case");
            if let Some(base) = base {
                out.push(' ');
                write(out, base);
            }
            for (condition, value) in arms {
                word(out, "when");
                write(out, condition);
                word(out, "then");
                write(out, value);
            }
            if let Some(otherwise) = otherwise {
                word(out, "else");
                write(out, otherwise);
            }
            out.push_str(" end");
        }
        Node::Cast(value, ty) => {
            out.push_str("cast(");
            write(out, value);
            word(out, "as");
            out.push_str(ty);
            out.push(')');
        }
        Node::Call(function, arguments) => {
            out.push_str(function);
            out.push('(');
            match arguments.as_slice() {
                [Node::Opaque(query)] if function == "exists" => out.push_str(query),
                arguments => joined(out, arguments),
            }
            out.push(')');
        }
        Node::Collate(value, collation) => {
            operand(out, value, level);
            word(out, "collate");
            out.push_str(collation);
        }
        Node::Row(list) => {
            out.push('(');
            joined(out, list);
            out.push(')');
        }
        Node::Array(list) => {
            out.push_str("array[");
            joined(out, list);
            out.push(']');
        }
        Node::Subscript(value, index) => {
            operand(out, value, 10);
            out.push('[');
            write(out, index);
            out.push(']');
        }
        Node::Quantified { op, all, value, array } => {
            operand(out, value, level);
            word(out, op);
            out.push_str(if *all { "all (" } else { "any (" });
            write(out, array);
            out.push(')');
        }
        Node::Opaque(text) => {
            out.push('(');
            out.push_str(text);
            out.push(')');
        }
    }
}

/// A string in quotes.
pub(super) fn string(text: &str) -> String {
    let mut out = String::from("'");
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
    out
}

/// A name, in double quotes only if it is no plain word.
pub(super) fn name(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty();
    if plain {
        return name.to_owned();
    }
    let mut out = String::from("\"");
    out.push_str(&name.replace('"', "\"\""));
    out.push('"');
    out
}
