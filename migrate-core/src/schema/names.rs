//! The names that PostgreSQL gives to constraints that have none.
//!
//! The rules are those of `makeObjectName` and `ChooseIndexName` in PostgreSQL's source
//! (<https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/indexcmds.c>): table, columns and
//! suffix joined by `_`, where the longer of table and columns is cut, byte by byte, until the whole has 63 bytes;
//! then a number is added while the name is taken.

/// Most bytes that a name may have in PostgreSQL (`NAMEDATALEN` - 1).
pub const MAX_BYTES: usize = 63;

/// The kind of a constraint, which gives its suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// `pkey`
    PrimaryKey,
    /// `key`
    Unique,
    /// `check`
    Check,
    /// `fkey`
    ForeignKey,
}

impl Suffix {
    fn text(self) -> &'static str {
        match self {
            Suffix::PrimaryKey => "pkey",
            Suffix::Unique => "key",
            Suffix::Check => "check",
            Suffix::ForeignKey => "fkey",
        }
    }
}

/// The name PostgreSQL would give, numbered until `taken` says no.
///
/// `columns` are the constraint's columns; a primary key has none in its name, a check only where it uses exactly one.
pub fn derived(
    table: &str,
    columns: &[String],
    suffix: Suffix,
    taken: &mut dyn FnMut(&str) -> bool,
) -> String {
    let middle = match suffix {
        Suffix::PrimaryKey => String::new(),
        Suffix::Check if columns.len() != 1 => String::new(),
        _ => join_columns(columns),
    };
    let mut number = 0;
    loop {
        let label = if number == 0 { suffix.text().to_owned() } else { format!("{}{number}", suffix.text()) };
        let name = make(table, &middle, &label);
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// The name of the sequence behind a column that numbers itself, numbered until `taken` says no. It stays when the table
/// or the column gets another name.
pub fn sequence(table: &str, column: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = make(table, column, "seq");
    let mut number = 0;
    while taken(&name) {
        number += 1;
        name = make(table, column, &format!("seq{number}"));
    }
    name
}

/// The name of the function behind a trigger.
pub fn trigger_function(trigger: &str) -> String {
    make(trigger, "", "trigger")
}

/// Columns joined by `_`; PostgreSQL stops once it has 64 bytes, the name is cut anyway.
fn join_columns(columns: &[String]) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > MAX_BYTES {
            break;
        }
    }
    joined
}

fn make(table: &str, middle: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!middle.is_empty());
    let room = MAX_BYTES - overhead;
    let (mut a, mut b) = (table.len(), middle.len());
    while a + b > room {
        if a > b {
            a -= 1;
        } else {
            b -= 1;
        }
    }
    let mut name = clip(table, a).to_owned();
    if !middle.is_empty() {
        name.push('_');
        name.push_str(clip(middle, b));
    }
    name.push('_');
    name.push_str(label);
    name
}

/// The longest beginning of at most `bytes` bytes that ends between two characters.
fn clip(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str, columns: &[&str], suffix: Suffix) -> String {
        let columns: Vec<String> = columns.iter().map(|c| c.to_string()).collect();
        derived(table, &columns, suffix, &mut |_| false)
    }

    #[test]
    fn short_names_are_joined() {
        assert_eq!(name("users", &["id"], Suffix::PrimaryKey), "users_pkey");
        assert_eq!(name("users", &["email"], Suffix::Unique), "users_email_key");
        assert_eq!(name("users", &["a", "b"], Suffix::ForeignKey), "users_a_b_fkey");
        assert_eq!(name("users", &["a", "b"], Suffix::Check), "users_check");
    }

    #[test]
    fn taken_names_are_numbered() {
        let mut taken = |n: &str| n == "users_pkey" || n == "users_pkey1";
        assert_eq!(derived("users", &[], Suffix::PrimaryKey, &mut taken), "users_pkey2");
    }

    #[test]
    fn long_names_have_63_bytes() {
        let long = "t".repeat(60);
        assert_eq!(name(&long, &["column_with_a_long_name"], Suffix::ForeignKey).len(), 63);
        assert!(name(&"é".repeat(31), &["ü"], Suffix::Unique).len() <= 63);
    }
}
