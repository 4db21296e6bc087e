//! Reads the author's SQL with PostgreSQL's own parser, and says what it refuses.
//!
//! The parser is that of PostgreSQL 18, which takes what older servers take; the crate `pg_query` wraps it. Statements are
//! read, and the bodies of functions in SQL and PL/pgSQL. No name is looked up, for there is no database to look in: what
//! of a body depends on the types that a server knows is left to the server.

use std::ops::Range;

use migrate_core::compile::{Migration, Piece};
use migrate_core::diagnostics::{Diagnostic, Diagnostics, code};
use migrate_core::dialect::{Work, exported};
use migrate_core::source::Body;
use migrate_core::target::Dialect;
use pg_query::protobuf::{DefElem, RawStmt};
use pg_query::{Error, NodeEnum};

use crate::place;
use crate::said::quoted;

/// What PostgreSQL's parser refuses of the author's SQL in the history.
pub fn refused(migrations: &[&Migration], bodies: &[Body]) -> Vec<Diagnostic> {
    let mut found = Diagnostics::default();
    for migration in migrations {
        for piece in crate::written(migration, Dialect::Postgres) {
            if !place::has_text(bodies, piece.loc, Dialect::Postgres) {
                continue;
            }
            let sql = sql(piece);
            let Some(Wrong { words, at }) = read(&sql) else { continue };
            let place = place::of(bodies, piece, Dialect::Postgres, &sql, at);
            let message = format!("PostgreSQL refuses this: {}", quoted(&words));
            let help = format!(
                "`migrate sql {} --dialect postgres` prints all that PostgreSQL is given",
                migration.name
            );
            found.error(code::POSTGRES_SYNTAX, place.loc, message).inside(place.inside).help(help);
        }
    }
    found.finish()
}

fn sql(piece: &Piece) -> String {
    match &piece.work {
        Work::Statement(sql) | Work::Native(sql) => sql.clone(),
        Work::Call(_) | Work::CallOutside(_) => String::new(),
        work => exported(Dialect::Postgres, std::slice::from_ref(work)),
    }
}

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    /// PostgreSQL's words.
    words: String,
    /// The byte at which it stopped, as far as they tell.
    at: Option<usize>,
}

/// Reads statements, and the bodies in them.
fn read(sql: &str) -> Option<Wrong> {
    match pg_query::parse(sql, 0) {
        Ok(read) => read.protobuf.stmts.iter().find_map(|statement| read_body(sql, statement)),
        Err(Error::Parse(words)) => Some(Wrong { at: statements_stop(sql, &words), words }),
        // The parser took it; it is only that nobody can hold the tree.
        Err(_) => None,
    }
}

fn statements_stop(sql: &str, words: &str) -> Option<usize> {
    if words.ends_with("at end of input") {
        return Some(sql.trim_end().len());
    }
    stop(sql, words, |other| match pg_query::split_with_parser(other) {
        Err(Error::Split(words)) => Some(words),
        _ => None,
    })
}

/// Reads the body of a function, a procedure or a block.
fn read_body(sql: &str, statement: &RawStmt) -> Option<Wrong> {
    let (options, language) = match statement.stmt.as_ref()?.node.as_ref()? {
        NodeEnum::CreateFunctionStmt(function) => (&function.options, None),
        NodeEnum::DoStmt(block) => (&block.args, Some("plpgsql".to_owned())),
        _ => return None,
    };
    let option = |name: &str| {
        options.iter().find_map(|option| match option.node.as_ref()? {
            NodeEnum::DefElem(option) if option.defname == name => Some(&**option),
            _ => None,
        })
    };
    let language = option("language").and_then(text).or(language)?.to_ascii_lowercase();
    let body = option("as")?;
    let place = place_of_body(sql, body);
    match language.as_str() {
        "sql" => {
            let body = text(body)?;
            let Err(Error::Split(words)) = pg_query::split_with_parser(&body) else { return None };
            let at = place.and_then(|place| Some(place.start + statements_stop(&body, &words)?));
            Some(Wrong { words, at })
        }
        "plpgsql" => {
            let from = statement.stmt_location as usize;
            let to = if statement.stmt_len == 0 { sql.len() } else { from + statement.stmt_len as usize };
            let words = plpgsql(&sql[from..to])?;
            let at = place.and_then(|Range { start, end }| {
                let other = |body: &str| plpgsql(&[&sql[from..start], body, &sql[end..to]].concat());
                Some(start + stop(&sql[start..end], &words, other)?)
            });
            Some(Wrong { words, at })
        }
        _ => None,
    }
}

/// The text of an option, which is a word or a list of one.
fn text(option: &DefElem) -> Option<String> {
    match option.arg.as_ref()?.node.as_ref()? {
        NodeEnum::String(text) => Some(text.sval.clone()),
        NodeEnum::List(list) => match list.items.first()?.node.as_ref()? {
            NodeEnum::String(text) => Some(text.sval.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The bytes of a body that stands between dollars. In quotes it may be written otherwise than it is read.
fn place_of_body(sql: &str, body: &DefElem) -> Option<Range<usize>> {
    let at = usize::try_from(body.arg_location).ok()?;
    let rest = sql.get(at..)?;
    let tag = &rest[..rest.strip_prefix('$')?.find('$')? + 2];
    let inside = &rest[tag.len()..];
    let start = at + tag.len();
    Some(start..start + inside.find(tag)?)
}

/// What is wrong with the body of a function in PL/pgSQL, whatever types and functions there are.
fn plpgsql(statement: &str) -> Option<String> {
    const SYNTAX: [&str; 8] = [
        "syntax error at",
        "unterminated ",
        "missing \"",
        "mismatched ",
        "unexpected end of function definition",
        "too few parameters specified for RAISE",
        "too many parameters specified for RAISE",
        "end label ",
    ];
    match pg_query::parse_plpgsql(statement) {
        Err(Error::Parse(words)) if SYNTAX.iter().any(|start| words.starts_with(start)) => Some(words),
        _ => None,
    }
}

/// Where the parser stopped, which it tells by the word alone: of the places of this word it is the last one that the parser
/// came to, and that is one before which it stops at words that stand nowhere. `again` is what it says of another text.
fn stop(text: &str, words: &str, again: impl Fn(&str) -> Option<String>) -> Option<usize> {
    const NOWHERE: &str = "migrate_nowhere";
    let near = words.split_once("at or near \"")?.1.strip_suffix('"').filter(|near| !near.is_empty())?;
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let joined = |left: &str, right: &str| is_word(left.chars().next_back()) && is_word(right.chars().next());
    let whole = |at: &usize| {
        let (before, from) = text.split_at(*at);
        !joined(before, near) && !joined(near, &from[near.len()..])
    };
    let places: Vec<usize> = text.match_indices(near).map(|(at, _)| at).filter(whole).collect();
    if let [one] = places.as_slice() {
        return Some(*one);
    }
    let reached = |at: &usize| {
        let (before, from) = text.split_at(*at);
        // So many names in a row are nothing in any statement.
        let other = format!("{before} {NOWHERE} {NOWHERE} {NOWHERE} {NOWHERE} {from}");
        again(&other).is_some_and(|words| words.contains(NOWHERE))
    };
    places.into_iter().rev().find(reached)
}

#[cfg(test)]
mod tests {
    use super::read;

    /// What is wrong, with `‹` where the parser stopped.
    fn wrong(sql: &str) -> Option<String> {
        let wrong = read(sql)?;
        let at = wrong.at.map_or(String::new(), |at| format!("{}‹{}", &sql[..at], &sql[at..]));
        Some(format!("{}: {at}", wrong.words))
    }

    #[test]
    fn statements_stop_at_the_word() {
        for (sql, words) in [
            ("‹selct 1", "syntax error at or near \"selct\""),
            ("select 1; delete ‹form form", "syntax error at or near \"form\""),
            (
                "select 'form' as form, \"form\" -- form\n from t where a ‹form x form",
                "syntax error at or near \"form\"",
            ),
            ("select \"é\" frm ‹t where t.a = t", "syntax error at or near \"t\""),
            ("create table t (a int check (a >‹))", "syntax error at or near \")\""),
            ("create index on t (a) where‹ ", "syntax error at end of input"),
            ("select a from t where b = ‹'a", "unterminated quoted string at or near \"'a\""),
        ] {
            assert_eq!(wrong(&sql.replace('‹', "")).as_deref(), Some(format!("{words}: {sql}").as_str()));
        }
        assert_eq!(wrong("select 1; create table a (b xml default xmlparse(document '<a/>'))"), None);
    }

    #[test]
    fn bodies_stop_at_the_word() {
        let function =
            |body: &str| format!("create function f() returns trigger language plpgsql as $f${body}$f$");
        for (body, words) in [
            ("beginn new.a := 1; end", "syntax error at or near \"beginn\""),
            ("begin new.a := 1 return ‹new; end", "syntax error at or near \"new\""),
            (
                "begin insert into form select * ‹form users; return new; end",
                "syntax error at or near \"form\"",
            ),
            ("begin if new.a frm ‹new.frm then return new; end if; end", "syntax error at or near \"new\""),
        ] {
            let marked = if body.contains('‹') { body.to_owned() } else { format!("‹{body}") };
            let expected = format!("{words}: {}", function(&marked));
            assert_eq!(wrong(&function(&marked.replace('‹', ""))), Some(expected));
        }
        // Found at the end of the statement, whatever stands in it: its words do not tell where.
        let expected = "mismatched parentheses at or near \";\": ";
        assert_eq!(wrong(&function("begin new.a := (1; return new; end")).as_deref(), Some(expected));
        let expected = "syntax error at or near \"1\": create function f() returns int language sql as $$ select form ‹1 $$";
        assert_eq!(
            wrong(&expected[expected.find("create").unwrap()..].replace('‹', "")).as_deref(),
            Some(expected)
        );
        let expected = "syntax error at or near \"selct\": select 1; do $$ begin ‹selct 1; end $$";
        assert_eq!(wrong("select 1; do $$ begin selct 1; end $$").as_deref(), Some(expected));
    }

    /// Types and variables of other schemas are no business of a parser without a database.
    #[test]
    fn what_depends_on_the_database_is_taken() {
        for body in [
            "declare x other.kind; begin return new; end",
            "declare x citext; u users; v users.id%type; begin x := new.name; u.a := 1; return new; end",
            "declare c refcursor; begin open c for select 1; fetch c into new.a; return coalesce(new, old); end",
            "begin execute format('x %I', tg_table_name) using new; return null; end",
            "begin raise exception 'no %', new.id using errcode = '22000'; exception when others then raise; end",
            "<<o>> begin for r in select * from t loop continue o when r.a; end loop; return new; end o",
        ] {
            let sql = format!("create function f() returns trigger language plpgsql as $f${body}$f$");
            assert_eq!(wrong(&sql), None, "{body}");
        }
        assert_eq!(
            wrong("create function f(variadic x kind) returns int language plpgsql as 'begin return 1; end'"),
            None
        );
        assert_eq!(wrong("create function f() returns int language plperl as $$ sub { $$"), None);
    }
}
