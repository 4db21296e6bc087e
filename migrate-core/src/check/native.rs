//! SQL of the author: what it must not do behind the checker's back.
//!
//! The text is split into words outside comments, strings and quoted names; it is never parsed further.

use super::{CheckedStep, Checker};
use crate::diagnostics::code;
use crate::schema::expr::has_word;
use crate::schema::{Action, Data, ForeignKey, Schema, Step, Trigger, same_name};
use crate::source::Loc;
use crate::syntax::ast::Native;
use crate::syntax::types::NativeSql;
use crate::target::Dialect;

impl Checker<'_> {
    /// `sql ..` as a statement.
    pub(super) fn check_native_statement(&mut self, native: &Native) -> Option<Step> {
        let mut sound = true;
        for (dialect, text) in texts(&native.sql) {
            if text.contains('\0') {
                self.cx.error(code::INVALID_SQL, native.loc, "SQL cannot hold a NUL");
                sound = false;
            }
            // One cause in one text is one error, though the same text may stand for both dialects.
            sound =
                sound && statements(text).iter().all(|words| self.check_words(dialect, words, native.loc));
        }
        if texts(&native.sql).all(|(_, t)| statements(t).is_empty()) {
            self.cx.error(code::INVALID_SQL, native.loc, "this SQL holds no statement");
            sound = false;
        }
        if sound {
            // A table that it names may have rows from here on.
            let named = |table: &String| texts(&native.sql).any(|(_, text)| has_word(text, table));
            self.created.retain(|table| !named(table));
        }
        sound.then(|| Step::Native(native.sql.clone()))
    }

    /// `sql { .. }` in the place of an expression: each dialect of the history needs its text.
    pub(super) fn check_native_part(&mut self, native: &Native) -> Option<NativeSql> {
        if !self.has_every_dialect(native) {
            return None;
        }
        for (_, text) in texts(&native.sql) {
            if text.contains('\0') || text.trim().is_empty() || statements(text).len() > 1 {
                self.cx.error(code::INVALID_SQL, native.loc, "expected one SQL expression");
                return None;
            }
        }
        Some(native.sql.clone())
    }

    /// Whether each dialect of the history has its text.
    pub(super) fn has_every_dialect(&mut self, native: &Native) -> bool {
        for dialect in self.options.dialects() {
            if texts(&native.sql).all(|(d, _)| d != dialect) {
                let message = format!("this SQL has no form for {}", dialect.title());
                let help = format!("add `{} \"..\"`", dialect.word());
                self.cx.error(code::INVALID_SQL, native.loc, message).help(help);
                return false;
            }
        }
        true
    }

    pub(super) fn check_words(&mut self, dialect: Dialect, words: &[String], loc: Loc) -> bool {
        let word = |i: usize| words.get(i).map_or("", String::as_str);
        let transaction = match word(0) {
            "begin" | "commit" | "rollback" | "savepoint" | "release" | "end" | "abort" => true,
            "start" | "prepare" => word(1) == "transaction",
            _ => false,
        };
        if transaction {
            let message = format!("`{}` cannot stand in a migration: it would end its transaction", word(0));
            self.cx
                .error(code::TRANSACTION_IN_SQL, loc, message)
                .help("leave it out; every migration runs in a transaction already");
            return false;
        }
        let session = match (dialect, word(0)) {
            (Dialect::Sqlite, "pragma" | "attach" | "detach" | "vacuum") => true,
            (Dialect::Postgres, "vacuum" | "discard" | "reset" | "listen") => true,
            (Dialect::Postgres, "set") => word(1) != "local" && word(1) != "constraints",
            (Dialect::Postgres, "create" | "drop" | "reindex") => words.iter().any(|w| w == "concurrently"),
            _ => false,
        };
        if session {
            let message = format!(
                "`{}` cannot stand in a migration: it does not work inside a transaction, or outlives it",
                words.iter().take(2).cloned().collect::<Vec<_>>().join(" ")
            );
            let help = match (word(0), words.iter().any(|w| w == "concurrently")) {
                ("create" | "drop", true) => "write it without `sql`, with `concurrently` at its end",
                _ => "do it on the connection, before the run",
            };
            self.cx.error(code::TRANSACTION_IN_SQL, loc, message).help(help);
            return false;
        }
        self.check_ddl(words, loc)
    }

    /// Raw DDL on a known table would change it behind the fold.
    fn check_ddl(&mut self, words: &[String], loc: Loc) -> bool {
        let skip =
            ["if", "not", "exists", "only", "main", "public", ".", "or", "replace", "temp", "temporary"];
        let mut rest = words.iter().map(String::as_str).filter(|w| !skip.contains(w));
        let (first, second) = (rest.next().unwrap_or(""), rest.next().unwrap_or(""));
        if matches!(second, "view" | "trigger" | "function") {
            return self.check_ddl_of_view(first, second, rest.next().unwrap_or(""), loc);
        }
        let (target, help) = match (first, second) {
            ("alter", "table") => (rest.next(), "write `alter table` without `sql`"),
            ("drop", "table") => (rest.next(), "write `drop table` without `sql`"),
            ("create", "index") => {
                (rest.skip_while(|w| *w != "on").nth(1), "write `create index` without `sql`")
            }
            ("create", "unique") => {
                (rest.skip_while(|w| *w != "on").nth(1), "write `create unique index` without `sql`")
            }
            ("create", "table") => (rest.next(), "write `create table` without `sql`"),
            ("drop", "index") => {
                let index = rest.next().unwrap_or("");
                (self.schema.index(index).map(|_| index), "write `drop index` without `sql`")
            }
            _ => return true,
        };
        let known = target.is_some_and(|t| self.schema.table(t).is_some() || self.schema.index(t).is_some());
        if known {
            let name = target.unwrap_or_default();
            let message =
                format!("`{first} {second}` on `{name}` would change the schema behind the checker's back");
            self.cx.error(code::RAW_DDL, loc, message).help(help);
        }
        !known
    }

    /// Raw DDL on a known view or trigger, or on the function behind one.
    fn check_ddl_of_view(&mut self, first: &str, second: &str, name: &str, loc: Loc) -> bool {
        let behind = |t: &Trigger| t.function().is_some_and(|f| same_name(&f, name));
        let (known, what) = match second {
            "view" => (self.schema.view(name).is_some(), "view"),
            "trigger" => (self.schema.trigger(name).is_some(), "trigger"),
            _ => (self.schema.triggers().any(behind), "trigger"),
        };
        if known && matches!(first, "create" | "drop" | "alter") {
            let message =
                format!("`{first} {second}` on `{name}` would change the schema behind the checker's back");
            let help = match first {
                "alter" => format!("write `drop {what}` and `create {what}` without `sql`"),
                _ => format!("write `{first} {what}` without `sql`"),
            };
            self.cx.error(code::RAW_DDL, loc, message).help(help);
            return false;
        }
        true
    }
}

/// Whether rows of other tables change with those that a statement changes or deletes.
fn children_follow(data: &Data, before: &Schema) -> bool {
    let written = data.columns();
    let is_key = |key: &ForeignKey| key.ref_columns.iter().any(|c| written.iter().any(|w| same_name(w, c)));
    before.references_to(data.table()).any(|(_, key)| match data {
        Data::Insert(_) => false,
        Data::Update(_) => acts(key.on_update) && is_key(key),
        Data::Delete(_) => acts(key.on_delete),
    })
}

/// Whether an action of a foreign key changes rows.
pub(super) fn acts(action: Action) -> bool {
    !matches!(action, Action::NoAction | Action::Restrict)
}

impl Checker<'_> {
    /// At the end of a migration: while SQLite rebuilds or drops a table, foreign keys are off, and a `delete` would
    /// leave the rows behind that it should take along.
    pub(super) fn check_cascades(&mut self) {
        let off = |s: &Step| matches!(s, Step::DropTable { .. } | Step::AlterTable { recreate: true, .. });
        if !self.options.has(Dialect::Sqlite) || !self.steps.iter().any(|s| off(&s.step)) {
            return;
        }
        let mut found = self.calls_beside_rebuild();
        for (step, before) in &self.moving {
            let Some(CheckedStep { step: Step::Data(data), loc, .. }) = self.steps.get(*step) else {
                continue;
            };
            if !children_follow(data, before) {
                continue;
            }
            let table = data.table();
            let message =
                format!("this moves rows of `{table}` beside a rebuild, and its children would not follow");
            found.push((*loc, message));
        }
        for CheckedStep { step, loc, .. } in &self.steps {
            let Step::Data(data) = step else { continue };
            let Some((trigger, table)) = self.parent_moved_by_triggers(data.table()) else { continue };
            let message = format!(
                "this sets off the trigger `{trigger}`, which moves rows of `{table}` beside a rebuild, and its \
                 children would not follow"
            );
            found.push((*loc, message));
        }
        for CheckedStep { step, loc, .. } in &self.steps {
            let Step::Native(NativeSql { sqlite: Some(text), .. }) = step else { continue };
            let Some(table) = statements(text).iter().find_map(|words| self.moved_parent(words)) else {
                continue;
            };
            let message = format!(
                "this SQL moves rows of `{table}` beside a rebuild, and its children would not follow"
            );
            found.push((*loc, message));
        }
        for (loc, message) in found {
            self.cx
                .error(code::CASCADE_BESIDE_REBUILD, loc, message)
                .help("put it into a migration of its own")
                .note("foreign keys are off in SQLite while a table is rebuilt or dropped");
        }
    }

    /// A trigger that rows of a table may set off, itself or through others, and the table to which others refer with
    /// actions and whose rows it may move.
    fn parent_moved_by_triggers(&self, table: &str) -> Option<(String, String)> {
        let mut tables = vec![table.to_owned()];
        let mut at = 0;
        while let Some(table) = tables.get(at).cloned() {
            at += 1;
            for trigger in self.schema.triggers_of(&table) {
                let Some(body) = trigger.sqlite.as_ref().and_then(|t| t.body.as_deref()) else { continue };
                for words in statements(body) {
                    if let Some(parent) = self.moved_parent(&words) {
                        return Some((trigger.name.clone(), parent));
                    }
                    let named = words.into_iter().filter(|w| self.schema.triggers_of(w).next().is_some());
                    let new: Vec<String> =
                        named.filter(|w| !tables.iter().any(|t| same_name(t, w))).collect();
                    tables.extend(new);
                }
            }
        }
        None
    }

    /// The table whose rows a statement deletes or updates, if others refer to it with actions.
    fn moved_parent(&self, words: &[String]) -> Option<String> {
        let moves = words.iter().any(|w| matches!(w.as_str(), "delete" | "update" | "replace"));
        let parent =
            |w: &&String| self.schema.references_to(w).any(|(_, f)| acts(f.on_delete) || acts(f.on_update));
        words.iter().find(parent).filter(|_| moves).cloned()
    }
}

pub(super) fn texts(sql: &NativeSql) -> impl Iterator<Item = (Dialect, &str)> {
    Dialect::ALL.into_iter().filter_map(|d| Some((d, d.sql(sql)?)))
}

/// The words of each statement, in lower case; quoted names without their quotes, strings left out.
pub(super) fn statements(text: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut words: Vec<String> = Vec::new();
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
            words.push(rest[1..length].trim_end_matches(c).to_ascii_lowercase());
        } else if c == '[' {
            length = rest.find(']').map_or(rest.len(), |at| at + 1);
            words.push(rest[1..length].trim_end_matches(']').to_ascii_lowercase());
        } else if let Some(dollar) = dollar_length(rest) {
            length = dollar;
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
            length = end.unwrap_or(rest.len());
            words.push(rest[..length].to_ascii_lowercase());
        } else if c == ';' {
            // The body of a SQLite trigger has semicolons of its own, up to its `end`.
            let trigger = words.iter().take(3).any(|w| w == "trigger") && words.iter().any(|w| w == "begin");
            let ended = !trigger || words.last().is_some_and(|w| w == "end");
            if ended && !words.is_empty() {
                all.push(std::mem::take(&mut words));
            }
        } else if matches!(c, '.' | '*') {
            words.push(c.to_string());
        }
        rest = &rest[length..];
    }
    if !words.is_empty() {
        all.push(words);
    }
    all
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
    use super::statements;

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
    }
}
