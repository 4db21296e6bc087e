//! The ways to break a history in one place. Each gives the text anew, or nothing where this history has no such place.

use migrate_core::source::token::Kind;

use crate::names::{other_case, other_name, strange_name, swapped_names, unknown};
use crate::source::{Of, Source};

/// A way.
pub struct Way {
    /// What it is called.
    pub name: &'static str,
    /// Makes the text.
    pub make: fn(&mut Source) -> Option<String>,
    /// Whether a history that is broken so can still be one that compiles.
    pub runs: Runs,
    /// How often it is tried with one history: few histories have a place for some.
    pub draws: usize,
}

/// Whether histories that are broken in some way compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// Some do.
    Some,
    /// One of a thousand may.
    Hardly,
    /// None does.
    Never,
}

/// A way that gives histories that are refused, and others that run.
const fn way(name: &'static str, make: fn(&mut Source) -> Option<String>) -> Way {
    Way { name, make, runs: Runs::Some, draws: 1 }
}

/// The same, where places are few, or hardly anything that comes out compiles.
const fn rare(name: &'static str, make: fn(&mut Source) -> Option<String>) -> Way {
    Way { name, make, runs: Runs::Some, draws: 4 }
}

/// A way that gives hardly any that runs.
const fn rough(name: &'static str, make: fn(&mut Source) -> Option<String>) -> Way {
    Way { name, make, runs: Runs::Hardly, draws: 1 }
}

/// A way that gives none that runs.
const fn fatal(name: &'static str, make: fn(&mut Source) -> Option<String>) -> Way {
    Way { name, make, runs: Runs::Never, draws: 1 }
}

/// All of them.
pub const WAYS: &[Way] = &[
    rare("another table is used", |s| other_name(s, Of::Table, false)),
    rare("another table is made", |s| other_name(s, Of::Table, true)),
    way("another column is used", |s| other_name(s, Of::Column, false)),
    way("another column is made", |s| other_name(s, Of::Column, true)),
    rough("another index, view, trigger or constraint is used", |s| other_name(s, Of::Other, false)),
    way("another index, view, trigger or constraint is made", |s| other_name(s, Of::Other, true)),
    way("an unknown table", |s| unknown(s, Of::Table)),
    way("an unknown column", |s| unknown(s, Of::Column)),
    way("an unknown index, view, trigger or constraint", |s| unknown(s, Of::Other)),
    way("two names swapped", swapped_names),
    way("a name in other letters", other_case),
    way("a strange name", strange_name),
    way("another type", other_type),
    way("another length", other_length),
    way("null left out", |s| left_out(s, &["null"])),
    way("null added", |s| behind_type(s, " null")),
    way("unique left out", |s| left_out(s, &["unique"])),
    way("unique added", |s| behind_type(s, " unique")),
    way("a default left out", default_left_out),
    way("a default added", default_added),
    way("another default", other_default),
    way("primary key left out", |s| left_out(s, &["primary", "key"])),
    rare("primary key added", |s| behind_type(s, " primary key")),
    way("autoincrement left out", |s| left_out(s, &["autoincrement"])),
    way("autoincrement added", |s| behind_word(s, "key", " autoincrement")),
    way("without rowid added or left out", |s| match s.numbers.once_in(3) {
        true => left_out(s, &["without", "rowid"]),
        false => without_rowid_added(s),
    }),
    // It stands where a rebuild is needed, and nowhere else.
    fatal("recreate left out", |s| left_out(s, &["recreate"])),
    fatal("recreate added", recreate_added),
    way("not valid added or left out", |s| match s.numbers.once_in(3) {
        true => left_out(s, &["not", "valid"]),
        false => end_of_alter(s, " not valid"),
    }),
    rare("using left out", using_left_out),
    rare("another using", other_using),
    way("a condition left out", condition_left_out),
    rare("order left out", order_left_out),
    way("another literal", other_literal),
    way("null for a literal", |s| literal(s, &["null"])),
    way("another operator", other_operator),
    way("another function", other_function),
    rough("a key to another column", other_target),
    way("another action", other_action),
    way("a statement left out", |s| lines(s, |lines, at, _| drop(lines.remove(at)))),
    way("a statement twice", |s| lines(s, |lines, at, _| lines.insert(at, lines[at].clone()))),
    way("two statements swapped", |s| {
        let statements = s.statements();
        let (a, b) = (s.one(&statements)?, s.one(&statements)?);
        Some(s.lines(|lines| lines.swap(a, b)))
    }),
    way("a statement moved", |s| {
        lines(s, |lines, at, other| {
            let line = lines.remove(at);
            lines.insert(other.min(lines.len()), line);
        })
    }),
    way("two migrations swapped", migrations_swapped),
    way("a migration left out", migration_left_out),
    way("a table dropped", |s| beside(s, Of::Table, |name, _| format!("drop table {name};"))),
    way("a table renamed", |s| beside(s, Of::Table, |name, _| format!("rename table {name} to t9001;"))),
    way("a column dropped", |s| {
        let recreate = s.numbers.word(&["", " recreate"]);
        beside(s, Of::Column, |name, table| format!("alter table {table}{recreate} drop column {name};"))
    }),
    way("a column renamed", |s| {
        beside(s, Of::Column, |name, table| format!("alter table {table} rename column {name} to c9001;"))
    }),
    way("a column made nullable", |s| {
        beside(s, Of::Column, |name, table| {
            format!("alter table {table} recreate alter column {name} drop not null;")
        })
    }),
    rare("a primary key dropped", |s| {
        beside(s, Of::Table, |name, _| format!("alter table {name} recreate drop primary key;"))
    }),
    way("another way down", other_down),
    rough("a written way down", written_down),
    way("a word left out", |s| {
        let at = word(s)?;
        Some(s.with(at, at + 1, ""))
    }),
    rough("a word twice", |s| {
        let at = word(s)?;
        Some(s.behind(at, &format!(" {}", s.at(at))))
    }),
    rough("two words swapped", |s| {
        let at = word(s)?;
        let next = at + 1;
        matches!(s.tokens.get(next)?.kind, Kind::Word { .. })
            .then(|| s.with(at, next + 1, &format!("{} {}", s.at(next), s.at(at))))
    }),
    rough("a sign left out", |s| {
        let signs: Vec<usize> = (0..s.tokens.len()).filter(|at| s.tokens[*at].kind == Kind::Punct).collect();
        let at = s.one(&signs)?;
        Some(s.with(at, at + 1, " "))
    }),
    way("other options", other_options),
];

/// The places of a type: behind the colon of a column, to its end.
fn types(s: &Source) -> Vec<(usize, usize)> {
    let mut types = Vec::new();
    for colon in s.words(":") {
        let mut end = colon + 2;
        if let Some(Kind::Open { mate }) = s.tokens.get(end).map(|t| t.kind) {
            end = mate as usize + 1;
        }
        if s.at(end) == "as" {
            end += 2;
        }
        if end < s.tokens.len() {
            types.push((colon + 1, end));
        }
    }
    types
}

fn other_type(s: &mut Source) -> Option<String> {
    let (from, to) = {
        let all = types(s);
        s.numbers.pick(&all)?
    };
    let ty = crate::values::random_type(&mut s.numbers);
    Some(s.with(from, to, ty))
}

fn other_length(s: &mut Source) -> Option<String> {
    let all: Vec<(usize, usize)> = types(s);
    let sized: Vec<usize> = (all.iter().map(|(from, _)| from + 2))
        .filter(|at| s.at(at - 1) == "(" && s.tokens[*at].kind == Kind::Literal)
        .collect();
    let at = s.one(&sized)?;
    let length = s.numbers.word(&["0", "1", "2", "16", "64", "5000", "99999999999"]);
    Some(s.with(at, at + 1, length))
}

fn left_out(s: &mut Source, words: &[&str]) -> Option<String> {
    let places: Vec<usize> = (s.words(words[0]).into_iter())
        .filter(|at| words.iter().enumerate().all(|(i, w)| s.at(at + i) == *w))
        .collect();
    let at = s.one(&places)?;
    Some(s.with(at, at + words.len(), ""))
}

fn behind_type(s: &mut Source, words: &str) -> Option<String> {
    let all = types(s);
    let (_, end) = s.numbers.pick(&all)?;
    Some(s.behind(end - 1, words))
}

fn behind_word(s: &mut Source, word: &str, more: &str) -> Option<String> {
    let places = s.words(word);
    let at = s.one(&places)?;
    Some(s.behind(at, more))
}

/// The value behind a `default`, from its first token to behind its last.
fn defaults(s: &Source) -> Vec<(usize, usize)> {
    let value = |at: usize| {
        let first = at + 1;
        let end = match (s.tokens.get(first).map(|t| t.kind), s.at(first)) {
            (Some(Kind::Open { mate }), _) => mate as usize + 1,
            (_, "sql") => match s.tokens.get(first + 1).map(|t| t.kind) {
                Some(Kind::Open { mate }) => mate as usize + 1,
                _ => first + 2,
            },
            (_, "-") => first + 2,
            _ => first + 1,
        };
        (first, end)
    };
    let is = |at: &usize| !["set", "drop"].contains(&s.at(at.saturating_sub(1)));
    s.words("default").into_iter().filter(is).map(value).collect()
}

fn default_left_out(s: &mut Source) -> Option<String> {
    let all = defaults(s);
    let (from, to) = s.numbers.pick(&all)?;
    Some(s.with(from - 1, to, ""))
}

fn default_added(s: &mut Source) -> Option<String> {
    let value = some_default(s);
    behind_type(s, &format!(" default {value}"))
}

fn other_default(s: &mut Source) -> Option<String> {
    let all = defaults(s);
    let (from, to) = s.numbers.pick(&all)?;
    let value = some_default(s);
    Some(s.with(from, to, value))
}

fn some_default(s: &mut Source) -> &'static str {
    s.numbers.word(&[
        "\"x\"",
        "7",
        "-70000",
        "true",
        "1.5",
        "now",
        "random",
        "\"{}\"",
        "b\"x\"",
        "null",
        "(1 + 2)",
        "(lower(\"A\"))",
        "\"2024-02-30\"",
        "\"2024-01-01\"",
        "99999999999999999999",
        "sql \"1\"",
        "sql \"null\"",
        "(now)",
        "(cast(\"1\" as integer))",
        "\"t1\"",
    ])
}

fn without_rowid_added(s: &mut Source) -> Option<String> {
    let places: Vec<usize> =
        s.words("create").into_iter().filter(|at| s.at(at + 1) == "table").map(|at| at + 2).collect();
    let at = s.one(&places)?;
    Some(s.behind(at, " without rowid"))
}

fn recreate_added(s: &mut Source) -> Option<String> {
    let places: Vec<usize> =
        s.words("alter").into_iter().filter(|at| s.at(at + 1) == "table").map(|at| at + 2).collect();
    let at = s.one(&places)?;
    Some(s.behind(at, " recreate"))
}

/// Words at the end of an alteration that adds something.
fn end_of_alter(s: &mut Source, words: &str) -> Option<String> {
    let places: Vec<usize> = (0..s.tokens.len())
        .filter(|at| s.at(*at) == ";")
        .filter(|at| {
            let line = s.on_line(s.tokens[*at].start.line as usize - 1);
            line.first().is_some_and(|first| s.at(*first) == "alter")
                && line.iter().any(|t| s.at(*t) == "add")
        })
        .collect();
    let at = s.one(&places)?;
    Some(s.with(at, at, words))
}

/// From a word to the end of its statement, alteration or change.
fn clause(s: &mut Source, word: &str, ends: &[&str]) -> Option<String> {
    let places = s.words(word);
    let at = s.one(&places)?;
    let end = end_of_clause(s, at, ends);
    Some(s.with(at, end, ""))
}

/// Behind the clause that begins here.
fn end_of_clause(s: &Source, at: usize, ends: &[&str]) -> usize {
    let mut end = at;
    while end < s.tokens.len() && !ends.contains(&s.at(end)) {
        end = match s.tokens[end].kind {
            Kind::Open { mate } => mate as usize + 1,
            _ => end + 1,
        };
    }
    end
}

fn using_left_out(s: &mut Source) -> Option<String> {
    clause(s, "using", &[";", "}", ",", "only"])
}

/// Behind `using`: another value, in place of the one that is there.
fn other_using(s: &mut Source) -> Option<String> {
    // Where there is none, one comes.
    let changes = |at: &usize| {
        let at = *at;
        let kind = s.at(at) == "type" && s.at(at + 1) != "{" || s.at(at) == "set" && s.at(at + 1) == "not";
        kind && s.at(at.wrapping_sub(2)) == "column"
    };
    let places: Vec<usize> = (0..s.tokens.len()).filter(changes).collect();
    let at = s.one(&places)?;
    let columns: Vec<usize> = s.places(Of::Column, Some(true));
    let column = {
        let column = s.one(&columns)?;
        s.at(column).to_owned()
    };
    let value = match s.numbers.below(7) {
        0 => column,
        1 => format!("coalesce({column}, \"x\")"),
        2 => format!("cast({column} as integer)"),
        3 => format!("case when {column} is null then 1 else 2 end"),
        4 => "null".to_owned(),
        _ => some_default(s).to_owned(),
    };
    let end = end_of_clause(s, at, &[";", "}", ","]);
    let using = (at..end).find(|at| s.at(*at) == "using").unwrap_or(end);
    Some(s.with(using, end, &format!(" using {value}")))
}

fn condition_left_out(s: &mut Source) -> Option<String> {
    clause(s, "where", &[";", "}", ")", "group", "order", "limit", "on", "in", "only"])
}

fn order_left_out(s: &mut Source) -> Option<String> {
    clause(s, "order", &[";", "}", ")", "limit", "on"])
}

fn other_literal(s: &mut Source) -> Option<String> {
    literal(
        s,
        &[
            "\"x\"",
            "7",
            "-7",
            "true",
            "1.5",
            "\"a long text that is longer than most columns are\"",
            "99999999999999999999",
            "b\"x\"",
            "0",
            "\"\"",
            "9223372036854775807",
        ],
    )
}

fn literal(s: &mut Source, others: &[&str]) -> Option<String> {
    let literals = s.literals();
    let at = s.one(&literals)?;
    // The texts of raw SQL are their author's.
    let raw = at > 0 && ["sql", "sqlite", "postgres"].contains(&s.at(at - 1));
    if raw {
        return None;
    }
    let other = s.numbers.word(others);
    Some(s.with(at, at + 1, other))
}

fn other_operator(s: &mut Source) -> Option<String> {
    let operators = ["=", "+", "-", "*", "/", "%", "and", "or"];
    let places: Vec<usize> = operators.iter().flat_map(|o| s.words(o)).collect();
    let at = s.one(&places)?;
    let other = s.numbers.word(&["=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "and", "or", "is"]);
    Some(s.with(at, at + 1, other))
}

fn other_function(s: &mut Source) -> Option<String> {
    let functions = [
        "lower", "upper", "trim", "length", "abs", "round", "coalesce", "nullif", "substr", "max", "min",
        "count",
    ];
    let places: Vec<usize> = functions.iter().flat_map(|f| s.words(f)).collect();
    let at = s.one(&places)?;
    let other = s.numbers.word(&[
        "lower", "length", "abs", "round", "coalesce", "nullif", "max", "min", "sum", "avg", "trim", "sqrt",
    ]);
    Some(s.with(at, at + 1, other))
}

/// Behind `references`: another table, or another column.
fn other_target(s: &mut Source) -> Option<String> {
    let places = s.words("references");
    let at = s.one(&places)?;
    let (of, place) = if s.numbers.once_in(2) { (Of::Table, at + 1) } else { (Of::Column, at + 3) };
    let all = s.places(of, Some(true));
    let other = s.one(&all)?;
    Some(s.with(place, place + 1, s.at(other)))
}

fn other_action(s: &mut Source) -> Option<String> {
    let action = s.numbers.word(&["cascade", "restrict", "set null", "set default", "no action"]);
    let actions = ["delete", "update"].iter().flat_map(|w| s.words(w));
    let places: Vec<usize> = actions.filter(|at| s.at(at - 1) == "on").collect();
    if s.numbers.once_in(2) {
        let keys = s.words("references");
        let at = s.one(&keys)?;
        let Kind::Open { mate } = s.tokens.get(at + 2)?.kind else { return None };
        let event = s.numbers.word(&["delete", "update"]);
        return Some(s.behind(mate as usize, &format!(" on {event} {action}")));
    }
    let at = s.one(&places)?;
    let end = if ["set", "no"].contains(&s.at(at + 1)) { at + 3 } else { at + 2 };
    Some(s.with(at + 1, end, action))
}

/// Something with the line of a statement, and another of the same migration.
fn lines(s: &mut Source, change: impl FnOnce(&mut Vec<String>, usize, usize)) -> Option<String> {
    let statements = s.statements();
    let at = s.one(&statements)?;
    let (first, end) = s.migrations().into_iter().rfind(|(first, _)| *first < at)?;
    let near: Vec<usize> = statements.into_iter().filter(|l| (first..end).contains(l)).collect();
    let other = s.one(&near)?;
    Some(s.lines(|lines| change(lines, at, other)))
}

fn migrations_swapped(s: &mut Source) -> Option<String> {
    let all = s.migrations();
    let at = s.numbers.below(all.len().checked_sub(1)?);
    let ((a, b), (_, c)) = (*all.get(at)?, *all.get(at + 1)?);
    Some(s.lines(|lines| lines[a..c].rotate_left(b - a)))
}

fn migration_left_out(s: &mut Source) -> Option<String> {
    let all = s.migrations();
    let (a, b) = s.numbers.pick(&all)?;
    Some(s.lines(|lines| drop(lines.drain(a..b))))
}

/// A statement of its own in front of one that names something, or behind it.
fn beside(s: &mut Source, of: Of, statement: impl FnOnce(&str, &str) -> String) -> Option<String> {
    let statements = s.statements();
    let line = s.one(&statements)?;
    let named: Vec<usize> = s.on_line(line).into_iter().filter(|at| s.names(*at) == Some(of)).collect();
    let at = s.one(&named)?;
    let tables: Vec<usize> =
        s.on_line(line).into_iter().filter(|at| s.names(*at) == Some(Of::Table)).collect();
    let table = *tables.first()?;
    let new = statement(s.at(at), s.at(table));
    let line = if s.numbers.once_in(2) { line } else { line + 1 };
    Some(s.lines(|lines| lines.insert(line, new)))
}

/// A written way down becomes a derived one, or another.
fn other_down(s: &mut Source) -> Option<String> {
    let places: Vec<usize> =
        (s.text.lines().enumerate()).filter(|(_, l)| l.starts_with("down ")).map(|(i, _)| i).collect();
    let at = s.one(&places)?;
    let end = s.migrations().into_iter().find(|(first, end)| (*first..*end).contains(&at))?.1;
    let tables = s.places(Of::Table, Some(true));
    let table = {
        let at = s.one(&tables)?;
        s.at(at).to_owned()
    };
    let new = match s.numbers.below(4) {
        0 => "down auto; }".to_owned(),
        1 => format!("down {{ drop table {table}; }} }}"),
        2 => format!("down {{ delete from {table}; }} }}"),
        _ => "}".to_owned(),
    };
    Some(s.lines(|lines| {
        lines.drain(at..end);
        lines.insert(at, new);
    }))
}

/// A derived way down becomes a written one.
fn written_down(s: &mut Source) -> Option<String> {
    let all = s.migrations();
    let (first, end) = s.numbers.pick(&all)?;
    let text: Vec<String> = s.text.lines().map(str::to_owned).collect();
    if !text[first].ends_with('{') || text[first].contains(" up ") {
        return None;
    }
    let tables = s.places(Of::Table, Some(true));
    let table = {
        let at = s.one(&tables)?;
        s.at(at).to_owned()
    };
    let columns = s.places(Of::Column, Some(true));
    let column = {
        let at = s.one(&columns)?;
        s.at(at).to_owned()
    };
    let down = match s.numbers.below(6) {
        0 => format!("drop table {table};"),
        1 => format!("alter table {table} drop column {column};"),
        2 => format!("alter table {table} recreate drop column {column};"),
        3 => {
            let made = text[first + 1].split_whitespace().skip_while(|w| *w != "index").nth(1)?;
            format!("drop index {made};")
        }
        4 => format!("alter table {table} recreate alter column {column} drop default;"),
        _ => String::new(),
    };
    let mut lines = text;
    lines[first] = format!("{} up {{", lines[first]);
    lines[end - 1] = format!("}} down {{ {down} }} }}");
    Some(lines.into_iter().map(|l| l + "\n").collect())
}

/// A word that is no name.
fn word(s: &mut Source) -> Option<usize> {
    let is = |at: &usize| matches!(s.tokens[*at].kind, Kind::Word { .. }) && s.names(*at).is_none();
    let words: Vec<usize> = (0..s.tokens.len()).filter(is).collect();
    s.one(&words)
}

fn other_options(s: &mut Source) -> Option<String> {
    let options = s.numbers.word(&[
        "#![sqlite(strict)]",
        "#![sqlite(uuid = \"blob\")]",
        "#![dialects(sqlite)]",
        "#![postgres(min = 9)]",
        "#![postgres(schema = \"app\")]",
        "#![sqlite(min = \"3.8\")]",
        "#![postgres(schema = \"pg_x\")]",
        "#![postgres(min = 15)]",
    ]);
    let rest = s.text;
    let rest = if rest.starts_with("#!") { rest.split_once('\n')?.1 } else { rest };
    Some(format!("{options}\n{rest}"))
}
