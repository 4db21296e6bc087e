//! What a few words of SQL tell.
//!
//! Comes in: SQL. Goes out: its verb, the table that a `CREATE TABLE` makes, the tables that are dropped. It
//! reads words and no more; it must not try to be a parser.

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

/// The name of the table that a `CREATE TABLE` creates, without its schema.
pub(crate) fn created_table(sql: &str) -> Option<String> {
    let rest = keyword(sql, "CREATE")?;
    let rest = keyword(rest, "UNLOGGED").unwrap_or(rest);
    let rest = keyword(rest, "TABLE")?;
    qualified(rest).map(|(name, _)| name)
}

/// The names of the tables that the SQL drops, without their schemas.
pub(crate) fn dropped_tables(sql: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = skip_blank(sql);
    while let Some(first) = rest.chars().next() {
        if let Some(after) = keyword(rest, "DROP").and_then(|rest| keyword(rest, "TABLE")) {
            let name = keyword(after, "IF").and_then(|rest| keyword(rest, "EXISTS")).unwrap_or(after);
            if let Some((name, after)) = qualified(name) {
                names.push(name);
                rest = skip_blank(after);
                continue;
            }
        }
        // Past one word, name or string; the quotes of strings double as those of names do.
        rest = match (first, identifier(rest)) {
            (_, Some((_, after))) => after,
            ('\'', None) => past_string(rest),
            _ => &rest[first.len_utf8()..],
        };
        rest = skip_blank(rest);
    }
    names
}

fn past_string(sql: &str) -> &str {
    let inside = &sql[1..];
    inside.find('\'').map_or("", |end| &inside[end + 1..])
}

/// A name with or without schemas before it.
fn qualified(sql: &str) -> Option<(String, &str)> {
    let (mut name, mut rest) = identifier(sql)?;
    while let Some(after) = skip_blank(rest).strip_prefix('.') {
        (name, rest) = identifier(after)?;
    }
    Some((name, rest))
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
    fn dropped_tables_are_found() {
        let sql = "CREATE TABLE n (a DEFAULT 'DROP TABLE x; '' DROP TABLE y'); -- DROP TABLE z\n\
                   drop /* now */ table if exists main.`t`;DROP TABLE\"u\"; DROP INDEX i; DROP TABLE";
        assert_eq!(dropped_tables(sql), ["t", "u"]);
        assert_eq!(dropped_tables("SELECT 'open; DROP TABLE t"), [""; 0]);
        assert_eq!(dropped_tables("SELECT x.drop, 'é' || 1; DROP TABLE é"), ["é"]);
    }

    #[test]
    fn data_and_structure_are_told_apart() {
        assert!(moves_data("  update t set a = 1"));
        assert!(moves_data("/* x */WITH a AS (SELECT 1) DELETE FROM t"));
        assert!(!moves_data("ALTER TABLE t ADD COLUMN a"));
    }
}
