//! SQL of the author, split into words outside comments, strings and quoted names. It is never parsed further.

use crate::target::Dialect;

/// One statement.
#[derive(Debug, Default)]
pub(super) struct Statement {
    /// Its words in lower case, and `.` and `*`; quoted names without their quotes, strings left out.
    pub words: Vec<String>,
    /// What stands between PostgreSQL's `$tag$` and `$tag$`.
    pub bodies: Vec<String>,
}

/// The words of each statement, as `split` gives them.
pub(super) fn statements(text: &str) -> Vec<Vec<String>> {
    split(text).into_iter().map(|s| s.words).collect()
}

/// The statements of a text.
pub(super) fn split(text: &str) -> Vec<Statement> {
    let mut all = Vec::new();
    let mut now = Statement::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        if rest.starts_with("--") {
            length = rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            length = rest.find("*/").map_or(rest.len(), |at| at + 2);
        } else if c == '\'' {
            length = quoted_length(rest, '\'');
        } else if matches!(c, '"' | '`') {
            length = quoted_length(rest, c);
            now.words.push(rest[1..length].trim_end_matches(c).to_ascii_lowercase());
        } else if c == '[' {
            length = rest.find(']').map_or(rest.len(), |at| at + 1);
            now.words.push(rest[1..length].trim_end_matches(']').to_ascii_lowercase());
        } else if let Some(dollar) = dollar_length(rest) {
            length = dollar;
            now.bodies.push(dollar_body(&rest[..length]).to_owned());
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
            length = end.unwrap_or(rest.len());
            if rest[..length].eq_ignore_ascii_case("e") && rest[length..].starts_with('\'') {
                length += escaped_length(&rest[length..]);
            } else {
                now.words.push(rest[..length].to_ascii_lowercase());
            }
        } else if c == ';' {
            // The body of a SQLite trigger has semicolons of its own, up to its `end`.
            let trigger =
                now.words.iter().take(3).any(|w| w == "trigger") && now.words.iter().any(|w| w == "begin");
            let ended = !trigger || now.words.last().is_some_and(|w| w == "end");
            if ended && !now.words.is_empty() {
                all.push(std::mem::take(&mut now));
            }
        } else if matches!(c, '.' | '*') {
            now.words.push(c.to_string());
        }
        rest = &rest[length..];
    }
    if !now.words.is_empty() {
        all.push(now);
    }
    all
}

/// A word of an expression whose value changes while nothing is written: a clock, chance, the session.
pub(super) fn changing_word(dialect: Dialect, text: &str) -> Option<String> {
    let words = statements(text).into_iter().flatten();
    let lower = text.to_ascii_lowercase();
    let dense: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    let called = |word: &str| dense.contains(&format!("{word}("));
    let changes = |word: &String| match (dialect, word.as_str()) {
        (_, "current_timestamp" | "current_date" | "current_time") => true,
        (Dialect::Postgres, "localtime" | "localtimestamp" | "current_user" | "session_user") => true,
        (Dialect::Sqlite, "date" | "time" | "datetime" | "julianday" | "unixepoch" | "strftime") => {
            called(word) && (dense.contains("'now'") || dense.contains(&format!("{word}()")))
        }
        (Dialect::Sqlite, "random" | "randomblob" | "changes" | "total_changes" | "last_insert_rowid") => {
            called(word)
        }
        (Dialect::Postgres, "random" | "now" | "clock_timestamp" | "statement_timestamp" | "timeofday") => {
            called(word)
        }
        (Dialect::Postgres, "transaction_timestamp" | "gen_random_uuid" | "uuid_generate_v4") => called(word),
        (Dialect::Postgres, "nextval" | "currval" | "lastval" | "current_setting") => called(word),
        _ => false,
    };
    words.into_iter().find(changes)
}

/// Whether a query names columns by `*`; that of `exists (select * ..)` names none.
pub(super) fn star(words: &[String]) -> bool {
    let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w == word);
    (1..words.len()).filter(|at| is(*at, "*")).any(|at| match words[at - 1].as_str() {
        "." => true,
        "select" => at < 2 || !is(at - 2, "exists"),
        "distinct" | "all" => true,
        _ => false,
    })
}

pub(super) fn quoted_length(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote) {
        let end = from + at + 1;
        if !text[end..].starts_with(quote) {
            return end;
        }
        from = end + 1;
    }
    text.len()
}

/// The length of the rest of PostgreSQL's `E'..'`, in which a backslash takes the next character along.
fn escaped_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => drop(characters.next()),
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What stands inside of `$tag$ .. $tag$`.
fn dollar_body(text: &str) -> &str {
    let mark = text[1..].find('$').map_or(text.len(), |at| at + 2);
    let inside = &text[mark..];
    inside.strip_suffix(&text[..mark]).unwrap_or(inside)
}

/// The length of PostgreSQL's `$tag$ .. $tag$` at the beginning of the text.
pub(super) fn dollar_length(text: &str) -> Option<usize> {
    let after = text.strip_prefix('$')?;
    let end = after.find('$')?;
    let tag = &after[..end];
    let sound = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    if !sound {
        return None;
    }
    let mark = &text[..end + 2];
    Some(text[mark.len()..].find(mark).map_or(text.len(), |at| at + 2 * mark.len()))
}

#[cfg(test)]
mod tests {
    use super::{changing_word, split, statements};
    use crate::target::Dialect;

    fn first_words(text: &str) -> Vec<String> {
        statements(text).into_iter().map(|w| w[0].clone()).collect()
    }

    #[test]
    fn words_outside_strings_and_comments_count() {
        assert_eq!(first_words("select 'commit; x'; -- begin;\n update t set a = ';'"), ["select", "update"]);
        assert_eq!(first_words("do $$ begin; end $$; delete from t"), ["do", "delete"]);
        assert_eq!(first_words("/* a; */ ;; insert into \"a;b\" values (1)"), ["insert"]);
        let trigger = "create trigger t after insert on u begin update u set a = 1; end; select 1";
        assert_eq!(first_words(trigger), ["create", "select"]);
        assert_eq!(first_words("'open"), Vec::<String>::new());
        assert_eq!(
            first_words(r"select E'\''; commit; select e'\\'; select '\'; end"),
            ["select", "commit", "select", "select", "end"]
        );
    }

    #[test]
    fn clocks_and_chance_are_found() {
        let sqlite = |text| changing_word(Dialect::Sqlite, text);
        let postgres = |text| changing_word(Dialect::Postgres, text);
        assert_eq!(sqlite("due < date('now', '+1 day')").as_deref(), Some("date"));
        assert_eq!(sqlite("due < datetime ( )").as_deref(), Some("datetime"));
        assert_eq!(sqlite("due < CURRENT_DATE").as_deref(), Some("current_date"));
        assert_eq!(sqlite("date(due) = due and changes > 1 and why <> 'random()'"), None);
        assert_eq!(postgres("due < now ()").as_deref(), Some("now"));
        assert_eq!(postgres("due < localtimestamp").as_deref(), Some("localtimestamp"));
        assert_eq!(postgres("now > 1 and date(due) = due"), None);
    }

    #[test]
    fn what_stands_between_dollars_is_kept() {
        let bodies = |text| split(text).into_iter().flat_map(|s| s.bodies).collect::<Vec<_>>();
        assert_eq!(bodies("do $$ begin; end $$; select $a$b$$c$a$"), [" begin; end ", "b$$c"]);
        assert_eq!(bodies("select $a$open"), ["open"]);
        assert_eq!(bodies("select $1, 2"), [""; 0]);
    }
}
