//! What the beginning of a SQL statement tells.
//!
//! Comes in: SQL. Goes out: its verb, and the table that a `CREATE TABLE` makes. It reads the first few words and
//! no more; it must not try to be a parser.

/// The first word, in upper case.
pub(crate) fn verb(sql: &str) -> String {
    let sql = skip_blank(sql);
    let end = sql.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(sql.len());
    sql[..end].to_ascii_uppercase()
}

/// Whether the statement can write or delete rows of tables that exist.
pub(crate) fn moves_data(sql: &str) -> bool {
    matches!(
        verb(sql).as_str(),
        "INSERT"
            | "UPDATE"
            | "DELETE"
            | "REPLACE"
            | "MERGE"
            | "WITH"
            | "SELECT"
            | "VALUES"
            | "COPY"
            | "CALL"
            | "DO"
    )
}

/// Whether the statement drops a table.
pub(crate) fn drops_table(sql: &str) -> bool {
    keyword(sql, "DROP").is_some_and(|rest| keyword(rest, "TABLE").is_some())
}

/// The name of the table that a `CREATE TABLE` creates, without its schema.
pub(crate) fn created_table(sql: &str) -> Option<String> {
    let rest = keyword(sql, "CREATE")?;
    let rest = keyword(rest, "UNLOGGED").unwrap_or(rest);
    let rest = keyword(rest, "TABLE")?;
    let (mut name, mut rest) = identifier(rest)?;
    while let Some(after) = skip_blank(rest).strip_prefix('.') {
        (name, rest) = identifier(after)?;
    }
    Some(name)
}

fn keyword<'a>(sql: &'a str, word: &str) -> Option<&'a str> {
    let sql = skip_blank(sql);
    let head = sql.get(..word.len())?;
    let rest = &sql[word.len()..];
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

fn identifier(sql: &str) -> Option<(String, &str)> {
    let sql = skip_blank(sql);
    let first = sql.chars().next()?;
    let close = match first {
        '"' | '`' => first,
        '[' => ']',
        c if c.is_alphabetic() || c == '_' => {
            let end = sql.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(sql.len());
            return Some((sql[..end].to_owned(), &sql[end..]));
        }
        _ => return None,
    };
    let mut name = String::new();
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let closes = c == close;
        let doubled = closes && close != ']' && chars.next_if(|(_, next)| *next == close).is_some();
        if closes && !doubled {
            return Some((name, &sql[at + c.len_utf8()..]));
        }
        name.push(c);
    }
    None
}

/// Without white space and comments at the start.
fn skip_blank(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start();
        if let Some(comment) = sql.strip_prefix("--") {
            sql = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(comment) = sql.strip_prefix("/*") {
            sql = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            return sql;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_created_table_is_found() {
        let found = |sql| created_table(sql);
        assert_eq!(found("CREATE TABLE main.`us``ers` (`id` INTEGER)").as_deref(), Some("us`ers"));
        assert_eq!(found("create table \"public\".\"Users\"(id int)").as_deref(), Some("Users"));
        assert_eq!(found("-- c\n/* d */ CREATE TABLE users (id int)").as_deref(), Some("users"));
        assert_eq!(found("CREATE UNLOGGED TABLE [a b](id int)").as_deref(), Some("a b"));
        assert_eq!(found("CREATE TABLES"), None);
        assert_eq!(found("CREATE INDEX i ON t (a)"), None);
        assert_eq!(found("CREATE TABLE `open"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn data_and_structure_are_told_apart() {
        assert!(moves_data("  update t set a = 1"));
        assert!(moves_data("/* x */WITH a AS (SELECT 1) DELETE FROM t"));
        assert!(!moves_data("ALTER TABLE t ADD COLUMN a"));
    }
}
