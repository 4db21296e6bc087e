//! The text of a trigger, cut into when it runs, for which rows, and what it does.
//!
//! `after update of a, b for each row when (..) begin .. end`: the same parts in both databases, without the name of
//! the table. Comes in: the text for one dialect. Goes out: its parts, or why it is none.

use super::words::{dollar_length, quoted_length};
use crate::schema::TriggerText;
use crate::target::Dialect;

/// What is wrong with a text: the fact and the way out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no trigger.
    Invalid(String, &'static str),
    /// It holds a statement of this word, which would end the transaction.
    Transaction(String),
}

/// A text in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// As the schema keeps them.
    pub(super) text: TriggerText,
    /// Whether it runs in the place of what it waits for.
    pub(super) instead: bool,
    /// The columns behind `update of`.
    pub(super) columns: Vec<String>,
}

/// A word or a sign outside comments and strings.
struct Token {
    /// In lower case, without quotes.
    text: String,
    quoted: bool,
    start: usize,
    end: usize,
}

/// Reads a text.
pub(super) fn parse(dialect: Dialect, text: &str) -> Result<Parts, Fault> {
    let tokens = tokens(text);
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|t| !t.quoted && t.text == word);
    let invalid = |message: String, help| Err(Fault::Invalid(message, help));
    let mut at = match () {
        () if is(0, "before") || is(0, "after") => 1,
        () if is(0, "instead") && is(1, "of") => 2,
        () => {
            let message = format!("the text of a trigger for {} says first when it runs", dialect.title());
            return invalid(message, "begin with `before`, `after` or `instead of`");
        }
    };
    let instead = at == 2;
    let mut columns = Vec::new();
    loop {
        let events: &[&str] = match dialect {
            Dialect::Sqlite => &["insert", "update", "delete"],
            Dialect::Postgres => &["insert", "update", "delete", "truncate"],
        };
        if !events.iter().any(|e| is(at, e)) {
            let help = "write `insert`, `update`, `update of column` or `delete` behind when it runs";
            return invalid(format!("this trigger waits for nothing in {}", dialect.title()), help);
        }
        at += 1;
        if is(at - 1, "update") && is(at, "of") {
            while let Some(name) = tokens.get(at + 1) {
                columns.push(name.text.clone());
                at += 2;
                if !is(at, ",") {
                    break;
                }
            }
        }
        if !is(at, "or") {
            break;
        }
        if dialect == Dialect::Sqlite {
            let help = "write a trigger for each";
            return invalid("a trigger of SQLite waits for one thing".to_owned(), help);
        }
        at += 1;
    }
    if is(at, "on") {
        let message = "the table stands before the text of a trigger".to_owned();
        return invalid(message, "leave `on ..` out of the text");
    }
    let event = text[tokens[0].start..tokens[at - 1].end].to_owned();
    let body_at = (at..tokens.len()).find(|i| is(*i, "begin") || is(*i, "declare"));
    let rest_tokens = &tokens[at..body_at.unwrap_or(tokens.len())];
    let last = rest_tokens.iter().rfind(|t| t.text != ";");
    let rest = last.map_or("", |last| &text[rest_tokens[0].start..last.end]).to_owned();
    let each = rest_tokens.iter().any(|t| t.text == "each");
    if dialect == Dialect::Postgres && !each {
        let message = "PostgreSQL runs a trigger once for a statement unless it says otherwise".to_owned();
        return invalid(message, "say which: `for each row` or `for each statement`");
    }
    let body = match body_at {
        Some(begin) => Some(body(dialect, text, &tokens[begin..])?),
        None if dialect == Dialect::Postgres && (at..tokens.len()).any(|i| is(i, "execute")) => None,
        None => return invalid("this trigger does nothing".to_owned(), "write `begin .. end` behind it"),
    };
    Ok(Parts { text: TriggerText { event, rest, body }, instead, columns })
}

/// `begin .. end`, without a `;` or comment behind it.
fn body(dialect: Dialect, text: &str, tokens: &[Token]) -> Result<String, Fault> {
    let invalid = |message: &str, help| Err(Fault::Invalid(message.to_owned(), help));
    let is = |token: &Token, words: &[&str]| !token.quoted && words.contains(&token.text.as_str());
    let Some(end) = tokens.iter().rposition(|t| t.text != ";") else { return Ok(String::new()) };
    if end == 0 || !is(&tokens[end], &["end"]) {
        return invalid("what this trigger does has no end", "write `end` behind it");
    }
    if !is(&tokens[end - 1], &[";"]) {
        return invalid("what this trigger does is no list of statements", "end each with `;` before `end`");
    }
    let begins = ["begin", "then", "else", "loop", ";"];
    for pair in tokens[..end].windows(2) {
        if is(&pair[0], &begins) && is(&pair[1], &["commit", "rollback", "savepoint", "release", "abort"]) {
            return Err(Fault::Transaction(pair[1].text.clone()));
        }
    }
    if dialect == Dialect::Postgres && !tokens[..end].iter().any(|t| is(t, &["return", "raise"])) {
        return invalid(
            "a trigger of PostgreSQL returns a row, else every statement that sets it off fails",
            "end it with `return new;`, or with `return null;` where it runs after",
        );
    }
    Ok(text[tokens[0].start..tokens[end].end].to_owned())
}

/// The words and signs of a text. A string is one of no words.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let (length, quoted) = if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        } else if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if matches!(c, '\'' | '"' | '`') {
            (quoted_length(rest, c), true)
        } else if c == '[' {
            (rest.find(']').map_or(rest.len(), |end| end + 1), true)
        } else if let Some(dollar) = dollar_length(rest) {
            (dollar, true)
        } else if c.is_alphanumeric() || c == '_' {
            (rest.find(|c: char| !word(c)).unwrap_or(rest.len()), false)
        } else {
            (c.len_utf8(), false)
        };
        let words = rest[..length].trim_matches(['"', '`', '[', ']']).to_ascii_lowercase();
        let text = if c == '\'' { String::new() } else { words };
        tokens.push(Token { text, quoted, start: at, end: at + length });
        at += length;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(dialect: Dialect, text: &str) -> (String, String, Option<String>, Vec<String>) {
        let parts = parse(dialect, text).unwrap();
        (parts.text.event, parts.text.rest, parts.text.body, parts.columns)
    }

    fn fault(dialect: Dialect, text: &str) -> String {
        match parse(dialect, text).unwrap_err() {
            Fault::Invalid(message, _) => message,
            Fault::Transaction(word) => word,
        }
    }

    #[test]
    fn a_text_is_cut_where_the_table_and_the_body_stand() {
        let text = " after update of a, \"b c\" -- begin\n for each row when new.a <> 'begin' BEGIN update t \
                    set x = case when 1 then 2 end; END; -- done";
        let (event, rest, body, columns) = parts(Dialect::Sqlite, text);
        assert_eq!(event, "after update of a, \"b c\"");
        assert_eq!(rest, "for each row when new.a <> 'begin'");
        assert_eq!(body.unwrap(), "BEGIN update t set x = case when 1 then 2 end; END");
        assert_eq!(columns, ["a", "b c"]);

        let text = "before insert or update for each row declare n int; begin new.n := 1; return new; end;";
        let (event, rest, body, _) = parts(Dialect::Postgres, text);
        assert_eq!((event.as_str(), rest.as_str()), ("before insert or update", "for each row"));
        assert_eq!(body.unwrap(), "declare n int; begin new.n := 1; return new; end");

        let (event, rest, body, _) =
            parts(Dialect::Postgres, "after truncate for each statement execute function f('end');");
        assert_eq!(
            (event.as_str(), rest.as_str(), body),
            ("after truncate", "for each statement execute function f('end')", None)
        );
        assert!(parse(Dialect::Sqlite, "instead of delete begin select 1; end").unwrap().instead);
    }

    #[test]
    fn what_is_no_trigger_is_told() {
        let sqlite = |text| fault(Dialect::Sqlite, text);
        assert!(sqlite("").contains("says first"));
        assert!(sqlite("update begin select 1; end").contains("says first"));
        assert!(sqlite("after truncate begin select 1; end").contains("waits for nothing"));
        assert!(sqlite("after").contains("waits for nothing"));
        assert!(sqlite("after insert or update begin select 1; end").contains("waits for one"));
        assert!(sqlite("after insert on t begin select 1; end").contains("table stands before"));
        assert!(sqlite("after insert").contains("does nothing"));
        assert!(sqlite("after insert begin select 1;").contains("no end"));
        assert!(sqlite("after insert begin end").contains("no list"));
        assert!(sqlite("after insert begin select 1 end").contains("no list"));
        assert_eq!(sqlite("after insert begin select 1; commit; end"), "commit");
        let postgres = |text| fault(Dialect::Postgres, text);
        assert!(postgres("after insert begin return new; end").contains("once for a statement"));
        assert!(postgres("after insert for each row begin perform 1; end").contains("returns a row"));
        assert_eq!(
            postgres("after insert for each row begin if true then rollback; end if; return new; end"),
            "rollback"
        );
        let raise = "before delete begin select raise(rollback, 'no'); end";
        assert!(parse(Dialect::Sqlite, raise).is_ok());
    }
}
