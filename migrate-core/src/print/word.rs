//! Names, texts and lists.

use crate::syntax::RESERVED;
use crate::syntax::ast::{Name, NativeSql};

/// Words that begin an item, an alteration or a clause where a name could stand too.
const ITEMS: [&str; 9] =
    ["index", "unique", "check", "primary", "foreign", "constraint", "column", "concurrently", "if"];

/// Whether a text is a word by itself, in any edition of Rust.
fn is_word(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    text != "_"
        && first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A name that is followed by what only a name has behind it.
pub(super) fn write_name(out: &mut String, name: &Name) {
    if is_word(&name.text) {
        out.push_str(&name.text);
    } else {
        write_text(out, &name.text);
    }
}

/// A name where a word of the language could stand too.
pub(super) fn write_item_name(out: &mut String, name: &Name) {
    if ITEMS.contains(&&*name.text) {
        write_text(out, &name.text);
    } else {
        write_name(out, name);
    }
}

/// A column in an expression.
pub(super) fn write_column(out: &mut String, table: Option<&Name>, name: &Name) {
    let plain = |n: &Name| is_word(&n.text) && !RESERVED.contains(&&*n.text);
    let names = [table, Some(name)];
    // Behind a parenthesis the word begins a query.
    let query = out.ends_with('(') && table.unwrap_or(name).text == "select";
    let quoted = query || !names.iter().flatten().all(|n| plain(n));
    if quoted {
        out.push_str("column ");
    }
    for (i, name) in names.into_iter().flatten().enumerate() {
        if i > 0 {
            out.push('.');
        }
        if quoted {
            write_text(out, &name.text);
        } else {
            out.push_str(&name.text);
        }
        if table.is_none() {
            break;
        }
    }
}

/// `(a, b)`
pub(super) fn write_names(out: &mut String, names: &[Name]) {
    out.push('(');
    write_list(out, names, write_name);
    out.push(')');
}

/// `a, b`
pub(super) fn write_list<T>(out: &mut String, list: &[T], write: impl Fn(&mut String, &T)) {
    for (i, entry) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, entry);
    }
}

/// A text in double quotes.
pub(super) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Bytes as `b".."`.
pub(super) fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push_str("b\"");
    for b in bytes {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(char::from(*b)),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
}

/// `{ sqlite "..", postgres ".." }`
pub(super) fn write_dialects(out: &mut String, sqlite: Option<&str>, postgres: Option<&str>) {
    let texts: Vec<(&str, &str)> = [("sqlite", sqlite), ("postgres", postgres)]
        .into_iter()
        .filter_map(|(dialect, text)| Some((dialect, text?)))
        .collect();
    out.push_str("{ ");
    write_list(out, &texts, |out, (dialect, text)| {
        out.push_str(dialect);
        out.push(' ');
        write_text(out, text);
    });
    out.push_str(" }");
}

/// `sql { .. }`
pub(super) fn write_native(out: &mut String, sql: &NativeSql) {
    out.push_str("sql ");
    write_dialects(out, sql.sqlite.as_deref(), sql.postgres.as_deref());
}
