//! What a statement in SQL of the author must not do: end its transaction, outlive it, or change what the fold knows behind
//! its back.

use super::Checker;
use super::declares::{Declaration, is_declared};
use super::words::{Statement, statements};
use crate::diagnostics::code;
use crate::schema::{Trigger, same_name};
use crate::source::Loc;
use crate::target::Dialect;

/// Why a statement cannot stand in the transaction of its migration.
enum Fault {
    /// It would end the transaction.
    Ends(String),
    /// The database refuses it in a transaction, or what it does stays on the connection; and what to do instead.
    Session(String, &'static str),
    /// It moves rows between the server and its client, and a migration is no client.
    Copies,
}

impl Checker<'_> {
    /// One statement of raw SQL, and what its text declares.
    pub(super) fn check_raw(
        &mut self,
        dialect: Dialect,
        statement: &Statement,
        declared: &[Declaration],
        loc: Loc,
    ) -> bool {
        let Some(fault) = fault(dialect, statement) else {
            return match dialect {
                Dialect::Postgres => self.check_cascade(&statement.words, loc),
                Dialect::Sqlite => true,
            } && self.check_ddl(dialect, &statement.words, declared, loc);
        };
        let (message, help) = match fault {
            Fault::Ends(what) => (
                format!("`{what}` cannot stand in a migration: it would end its transaction"),
                "leave it out; every migration runs in a transaction already",
            ),
            Fault::Session(what, help) => (
                format!(
                    "`{what}` cannot stand in a migration: it does not work inside a transaction, or outlives it"
                ),
                help,
            ),
            Fault::Copies => (
                "`copy` cannot read from a client or write to it here: a migration is none".to_owned(),
                "write `insert`",
            ),
        };
        self.cx.error(code::TRANSACTION_IN_SQL, loc, message).help(help);
        false
    }

    /// What `cascade` takes along is named nowhere, and the fold would still have it.
    fn check_cascade(&mut self, words: &[String], loc: Loc) -> bool {
        let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w == word);
        let cascade = words.last().is_some_and(|w| w == "cascade");
        let drops = is(0, "drop") || (is(0, "alter") && words.iter().any(|w| w == "drop"));
        let (message, help) = match (is(0, "drop") && is(1, "owned"), drops && cascade) {
            (true, _) => (
                "`drop owned` would drop what the history knows".to_owned(),
                "drop what should go by its name",
            ),
            (_, true) => (
                format!("`{} .. cascade` may take along what the history knows", words[..2].join(" ")),
                "leave `cascade` out; what still needs it is dropped before, by its name",
            ),
            _ => return true,
        };
        self.cx.error(code::RAW_DDL, loc, message).help(help);
        false
    }

    /// Raw DDL on a known table would change it behind the fold.
    fn check_ddl(&mut self, dialect: Dialect, words: &[String], declared: &[Declaration], loc: Loc) -> bool {
        let mut rest = Rest { words, at: 0 };
        let (first, second) = (rest.word(), rest.word());
        let written = |what: &str| format!("write `{what}` without `sql`");
        let (name, help) = match (first, second) {
            ("create" | "drop" | "alter", "view" | "trigger" | "function") => {
                let name = self.local(&rest.name());
                return self.check_ddl_of_view(first, second, &name, declared, loc);
            }
            ("alter", "table") => {
                let name = rest.name();
                if dialect == Dialect::Postgres && keeps_the_fold(rest.words()) {
                    return true;
                }
                (self.local(&name), written("alter table"))
            }
            ("drop", "table") | ("create", "table") => {
                (self.local(&rest.name()), or_declared(&format!("{first} {second}")))
            }
            ("create", "index") => (self.local(&rest.behind("on")), or_declared("create index")),
            ("create", "unique") => (self.local(&rest.behind("on")), or_declared("create unique index")),
            ("drop", "index") => (self.local(&rest.name()), or_declared("drop index")),
            ("alter", "index") if words.iter().any(|w| w == "rename") => {
                (self.local(&rest.name()), written("rename index"))
            }
            ("alter", "sequence") if !words.iter().any(|w| w == "restart") => {
                let name = self.local(&rest.name());
                if self.names.sequence_of(&name).is_none() {
                    return true;
                }
                let message = format!("`alter sequence` on `{name}` would change what numbers a key");
                self.cx.error(code::RAW_DDL, loc, message).help("it follows its column by itself");
                return false;
            }
            ("create" | "drop" | "alter", "extension") => {
                let name = rest.name().pop().unwrap_or_default();
                let known = self.schema.extension(&name).is_some();
                if known && first != "alter" {
                    let message = format!(
                        "`{first} extension` on `{name}` would change the schema behind the checker's back"
                    );
                    self.cx.error(code::RAW_DDL, loc, message).help(written(&format!("{first} extension")));
                }
                return !known || first == "alter";
            }
            _ => return true,
        };
        let known = (self.schema.table(&name).is_some() || self.schema.index(&name).is_some())
            && !is_declared(declared, first, second, &name);
        if known {
            let message =
                format!("`{first} {second}` on `{name}` would change the schema behind the checker's back");
            self.cx.error(code::RAW_DDL, loc, message).help(help);
        }
        !known
    }

    /// Raw DDL on a known view or trigger, or on the function behind one.
    fn check_ddl_of_view(
        &mut self,
        first: &str,
        second: &str,
        name: &str,
        declared: &[Declaration],
        loc: Loc,
    ) -> bool {
        let behind = |t: &Trigger| t.function().is_some_and(|f| same_name(&f, name));
        let (known, what) = match second {
            "view" => (self.schema.view(name).is_some(), "view"),
            "trigger" => (self.schema.trigger(name).is_some(), "trigger"),
            _ => (self.schema.triggers().any(behind), "trigger"),
        };
        let known = known && !is_declared(declared, first, second, name);
        if known {
            let message =
                format!("`{first} {second}` on `{name}` would change the schema behind the checker's back");
            let help = match first {
                "alter" => format!("write `drop {what}` and `create {what}` without `sql`"),
                _ if second == "function" => format!("write `{first} {what}` without `sql`"),
                _ => or_declared(&format!("{first} {what}")),
            };
            self.cx.error(code::RAW_DDL, loc, message).help(help);
        }
        !known
    }

    /// The name without its schema, where that may be the one of the history; else no name of the history.
    fn local(&self, name: &[String]) -> String {
        let own = |schema: &str| match self.options.postgres_schema() {
            Some(named) => schema == named,
            None => schema == "public",
        };
        match name {
            [name] => name.clone(),
            [schema, name] if own(schema) || schema == "main" => name.clone(),
            _ => String::new(),
        }
    }
}

/// The ways out of raw SQL that creates or drops what is known.
fn or_declared(what: &str) -> String {
    format!("write `{what}` without `sql`, or declare it: `declares {{ {what} .. }}`")
}

/// The rest of a statement's words.
struct Rest<'a> {
    words: &'a [String],
    at: usize,
}

impl<'a> Rest<'a> {
    /// Words that say how, and not what.
    const NOISE: [&'static str; 17] = [
        "if",
        "not",
        "exists",
        "only",
        "or",
        "replace",
        "temp",
        "temporary",
        "unlogged",
        "virtual",
        "materialized",
        "foreign",
        "global",
        "local",
        "recursive",
        "concurrently",
        "constraint",
    ];

    fn word(&mut self) -> &'a str {
        while let Some(word) = self.words.get(self.at) {
            self.at += 1;
            if !Self::NOISE.contains(&word.as_str()) {
                return word;
            }
        }
        ""
    }

    /// A name with what stands before it, by `.`.
    fn name(&mut self) -> Vec<String> {
        let mut parts = vec![self.word().to_owned()];
        while self.words.get(self.at).is_some_and(|w| w == ".") {
            self.at += 1;
            parts.push(self.word().to_owned());
        }
        parts
    }

    /// The name behind a word.
    fn behind(&mut self, mark: &str) -> Vec<String> {
        while self.words.get(self.at).is_some_and(|w| w != mark) {
            self.at += 1;
        }
        self.at += 1;
        self.name()
    }

    fn words(&self) -> &'a [String] {
        self.words.get(self.at..).unwrap_or_default()
    }
}

fn fault(dialect: Dialect, statement: &Statement) -> Option<Fault> {
    let words = &statement.words;
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let two = || words.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
    let has = |wanted: &str| words.iter().any(|w| w == wanted);
    match (word(0), word(1)) {
        ("begin" | "commit" | "rollback" | "savepoint" | "release" | "end" | "abort", _)
        | ("start" | "prepare", "transaction") => return Some(Fault::Ends(word(0).to_owned())),
        _ => {}
    }
    let beside = "do it on the connection, before the run";
    match dialect {
        Dialect::Sqlite => matches!(word(0), "pragma" | "attach" | "detach" | "vacuum")
            .then(|| Fault::Session(two(), beside)),
        Dialect::Postgres => match (word(0), word(1)) {
            ("do", _) => ends_inside(statement).map(Fault::Ends),
            ("copy", _) if has("stdin") || has("stdout") => Some(Fault::Copies),
            ("create" | "drop", _) if has("concurrently") => {
                Some(Fault::Session(two(), "write it without `sql`, with `concurrently` at its end"))
            }
            ("reindex", _) | ("alter", "table") if has("concurrently") => {
                Some(Fault::Session(two(), "leave `concurrently` out, or do it beside the migrations"))
            }
            ("set", "local" | "constraints") => None,
            ("vacuum" | "discard" | "reset" | "listen" | "set" | "load" | "prepare" | "checkpoint", _)
            | ("create" | "drop", "database" | "tablespace" | "subscription")
            | ("alter", "system")
            | ("reindex", "database" | "system")
            | ("cluster", "") => Some(Fault::Session(two().trim().to_owned(), beside)),
            _ => outliving_call(words),
        },
    }
}

/// A call of a function whose effect the session keeps.
fn outliving_call(words: &[String]) -> Option<Fault> {
    words.iter().enumerate().find_map(|(at, word)| match word.as_str() {
        "set_config" if words.get(at + 1).is_none_or(|w| w != "true") => Some(Fault::Session(
            word.clone(),
            "its third argument says whether the setting ends with the transaction: write `true`",
        )),
        "pg_advisory_lock"
        | "pg_advisory_lock_shared"
        | "pg_try_advisory_lock"
        | "pg_try_advisory_lock_shared" => {
            Some(Fault::Session(word.clone(), "`pg_advisory_xact_lock` goes with the transaction"))
        }
        _ => None,
    })
}

/// The word by which the body of a `do` ends its transaction, which PostgreSQL refuses within another one.
fn ends_inside(statement: &Statement) -> Option<String> {
    let ends = |words: &Vec<String>| {
        let begins =
            |at: usize| at == 0 || matches!(words[at - 1].as_str(), "begin" | "then" | "else" | "loop");
        let found =
            |(at, word): &(usize, &String)| matches!(word.as_str(), "commit" | "rollback") && begins(*at);
        words.iter().enumerate().find(found).map(|(_, word)| word.clone())
    };
    statement.bodies.iter().flat_map(|body| statements(body)).find_map(|words| ends(&words))
}

/// Whether all that an `alter table` of PostgreSQL does is of no concern to the fold: security, storage, statistics, owners.
fn keeps_the_fold(words: &[String]) -> bool {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let column = if word(0) == "alter" && word(1) == "column" { 3 } else { 2 };
    let begins = match word(0) {
        "enable" | "disable" | "force" | "no" | "owner" | "set" | "reset" | "cluster" | "replica" => true,
        "alter" => matches!(word(column), "set" | "reset"),
        _ => false,
    };
    let concerns = |at: usize, word: &str| match word {
        "add" | "drop" | "rename" | "type" | "schema" | "default" | "null" | "inherit" | "attach"
        | "detach" | "validate" | "generated" | "expression" | "constraint" | "of" | "data" => true,
        "identity" => at == 0 || words[at - 1] != "replica",
        _ => false,
    };
    begins && !words.iter().enumerate().any(|(at, word)| concerns(at, word))
}
