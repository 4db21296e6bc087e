//! Statements: which one it is, its end, and how to go on after a bad one.

use super::alter::parse_alter;
use super::ast::{Statement, StatementKind};
use super::call::{is_call, parse_call};
use super::cursor::{Cursor, Parsed, expect_word, expected};
use super::data::{parse_delete, parse_insert, parse_update};
use super::extension::{parse_drop_extension, parse_extension};
use super::index::{parse_drop_index, parse_index};
use super::name::{
    is_allow, parse_allow, parse_doc_comment, parse_name, parse_name_after, report_if_exists, warn_unused,
};
use super::native::{is_native, parse_native};
use super::table::parse_table;
use super::view::{parse_drop_object, parse_rename_view, parse_trigger, parse_view};
use crate::diagnostics::{Diagnostics, Reported, code, similar::similar};

/// Every word that begins a statement.
const STATEMENTS: [&str; 9] =
    ["create", "drop", "rename", "alter", "insert", "update", "delete", "sql", "call"];

/// The statements of a block, to its end.
pub(super) fn parse_statements(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    while !c.is_done() {
        statements.extend(parse_next(cx, c));
    }
    statements
}

/// The next statement with its end. A bad one is reported and skipped; at least one token is taken.
pub(super) fn parse_next(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Option<Statement> {
    let start = c.at();
    let statement = match parse_statement(cx, c) {
        Ok(statement) => {
            if end_statement(cx, c).is_err() {
                skip_statement(c, start);
            }
            statement
        }
        Err(_) => {
            skip_statement(c, start);
            None
        }
    };
    if c.at() == start {
        c.bump_tree();
    }
    statement
}

/// Skips behind the next `;`, behind the next braces, or up to what begins a statement. The bad one begins at token
/// `start`; it may have been read to its brace or to the next statement already.
fn skip_statement(c: &mut Cursor<'_>, start: usize) {
    if c.at() > start && (c.is_behind_brace() || is_statement(c)) {
        c.eat_punct(";");
        return;
    }
    loop {
        if c.is_done() || c.eat_punct(";") {
            return;
        }
        let braces = c.is_open(0, "{");
        c.bump_tree();
        if braces {
            c.eat_punct(";");
            return;
        }
        if is_statement(c) {
            return;
        }
    }
}

/// Whether a statement or a block surely begins here.
pub(super) fn is_statement(c: &Cursor<'_>) -> bool {
    let (Some(first), second) = (c.word(0), c.word(1).unwrap_or_default()) else {
        return is_allow(c);
    };
    match first {
        "create" => matches!(second, "table" | "index" | "unique" | "view" | "trigger" | "extension"),
        "drop" => matches!(second, "table" | "index" | "view" | "trigger" | "extension"),
        "rename" => matches!(second, "table" | "index" | "view"),
        "alter" => second == "table",
        "insert" => second == "into",
        "delete" => second == "from",
        "update" => c.is_word(2, "set"),
        "sql" => is_native(c),
        "call" => is_call(c),
        "up" => c.is_open(1, "{"),
        "down" => c.is_open(1, "{") || matches!(second, "auto" | "irreversible"),
        _ => false,
    }
}

/// The end of a statement: `;`, which may be absent behind a brace.
fn end_statement(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<()> {
    if c.is_behind_brace() {
        c.eat_punct(";");
        return Ok(());
    }
    end_with_semicolon(cx, c, is_statement)
}

/// The `;` behind a statement or an alteration. Where it is missing and the next one begins, that is reported and
/// reading goes on there.
pub(super) fn end_with_semicolon(
    cx: &mut Diagnostics,
    c: &mut Cursor<'_>,
    begins: fn(&Cursor<'_>) -> bool,
) -> Parsed<()> {
    if c.eat_punct(";") {
        return Ok(());
    }
    if c.is_done() || begins(c) || c.is_line_start() {
        cx.error(code::SYNTAX, c.before(), "expected `;` behind this");
        return Ok(());
    }
    let report = expected(cx, c, "`;`");
    if c.is_punct(0, ",") {
        return Err(report.help("several alterations stand in braces, each ends in `;`").reported());
    }
    Err(report.reported())
}

/// One statement without its end; `None` if only a doc comment was left.
fn parse_statement(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let comment_start = c.at();
    let comment = parse_doc_comment(cx, c);
    if comment.is_some() && !is_allow(c) && !c.is_words(&["create", "table"]) {
        warn_unused(cx, c, comment_start);
    }
    let mut allow = parse_allow(cx, c)?;
    // Doc comments and attributes stand in any order.
    let comment = match (allow.is_empty(), c.is_doc_comment()) {
        (false, true) => parse_doc_comment(cx, c),
        _ => comment,
    };
    allow.extend(parse_allow(cx, c)?);
    if c.is_done() {
        return match allow.is_empty() {
            true => Ok(None),
            false => Err(expected(cx, c, "a statement").reported()),
        };
    }
    let head = head_length(c);
    let (start, head) = (c.at(), c.next(head));
    let kind = match c.word(0) {
        Some("create") => parse_create(cx, c, comment)?,
        Some("drop") => parse_drop(cx, c)?,
        Some("rename") => parse_rename(cx, c)?,
        Some("alter") => {
            c.bump();
            expect_word(cx, c, "table")?;
            StatementKind::AlterTable(parse_alter(cx, c)?)
        }
        Some("insert") => StatementKind::Insert(parse_insert(cx, c)?),
        Some("update") => StatementKind::Update(parse_update(cx, c)?),
        Some("delete") => StatementKind::Delete(parse_delete(cx, c)?),
        Some("sql") => {
            let sql = parse_native(cx, c)?;
            StatementKind::Sql { sql, declares: parse_declares(cx, c)? }
        }
        Some("call") => {
            let (call, outside) = parse_call(cx, c)?;
            StatementKind::Call { call, outside }
        }
        other => return Err(no_statement(cx, c, other)),
    };
    Ok(Some(Statement { kind, loc: c.since(start), head, allow }))
}

/// `declares { .. }` behind raw SQL: what it does to the schema, as far as the language has words for it.
fn parse_declares(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<Vec<Statement>> {
    if !c.is_word(0, "declares") {
        return Ok(Vec::new());
    }
    c.bump();
    let Some(mut inside) = c.eat_group("{") else {
        return Err(expected(cx, c, "`{`").reported());
    };
    if inside.is_done() {
        return Err(expected(cx, &inside, "what the SQL creates or drops").reported());
    }
    let statements = parse_statements(cx, &mut inside);
    let (kept, others): (Vec<_>, Vec<_>) = statements.into_iter().partition(|s| can_be_declared(&s.kind));
    for other in others {
        cx.error(code::CANNOT_BE_DECLARED, other.head, "raw SQL cannot declare this")
            .help("write it as a statement of its own, without `sql`")
            .note("what can be declared is `create` and `drop` of tables, indexes, views and triggers");
    }
    Ok(kept)
}

fn can_be_declared(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::CreateTable(_)
        | StatementKind::DropTable { .. }
        | StatementKind::CreateView(_)
        | StatementKind::DropView { .. }
        | StatementKind::CreateTrigger(_)
        | StatementKind::DropTrigger { .. } => true,
        StatementKind::CreateIndex { concurrently, .. } | StatementKind::DropIndex { concurrently, .. } => {
            concurrently.is_none()
        }
        _ => false,
    }
}

/// How many words say which statement it is.
fn head_length(c: &Cursor<'_>) -> usize {
    match c.word(0) {
        Some("create") if c.is_words(&["create", "unique", "index"]) => 3,
        Some("create" | "drop" | "rename" | "alter" | "insert" | "delete") if c.word(1).is_some() => 2,
        _ => 1,
    }
}

fn parse_create(cx: &mut Diagnostics, c: &mut Cursor<'_>, comment: Option<String>) -> Parsed<StatementKind> {
    let start = c.at();
    c.bump();
    match c.word(0) {
        Some("table") => {
            c.bump();
            Ok(StatementKind::CreateTable(parse_table(cx, c, comment)?))
        }
        Some("index" | "unique") => parse_index(cx, c, start),
        Some("view") => parse_view(cx, c),
        Some("trigger") => parse_trigger(cx, c),
        Some("extension") => parse_extension(cx, c),
        _ => Err(no_object(cx, c, start, "create")),
    }
}

fn parse_drop(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    let start = c.at();
    c.bump();
    match c.word(0) {
        Some("table") => {
            c.bump();
            report_if_exists(cx, c);
            let name = parse_name(cx, c, "a table's name")?;
            Ok(StatementKind::DropTable { name })
        }
        Some("index") => {
            c.bump();
            parse_drop_index(cx, c)
        }
        Some("view" | "trigger") => parse_drop_object(cx, c),
        Some("extension") => parse_drop_extension(cx, c),
        Some("column") => {
            let report = cx.error(code::SYNTAX, c.since(start), "`drop column` is part of `alter table`");
            Err(report.help("write `alter table t drop column name;`").reported())
        }
        _ => Err(no_object(cx, c, start, "drop")),
    }
}

fn parse_rename(cx: &mut Diagnostics, c: &mut Cursor<'_>) -> Parsed<StatementKind> {
    c.bump();
    if c.is_word(0, "view") {
        return parse_rename_view(cx, c);
    }
    let table = c.is_word(0, "table");
    if !table && !c.is_word(0, "index") {
        let report = expected(cx, c, "`table`, `view` or `index`");
        return Err(match c.word(0) {
            Some("column" | "constraint") => report.help("write `alter table t rename ..`").reported(),
            Some("trigger") => report.help("drop it, and create it by the other name").reported(),
            _ => report.reported(),
        });
    }
    c.bump();
    let what = if table { "a table's name" } else { "the index's name" };
    let from = parse_name(cx, c, what)?;
    let to = parse_name_after(cx, c, "to", what)?;
    Ok(if table { StatementKind::RenameTable { from, to } } else { StatementKind::RenameIndex { from, to } })
}

/// Reports what cannot be created or dropped. The word before, `verb`, is token `start`.
fn no_object(cx: &mut Diagnostics, c: &mut Cursor<'_>, start: usize, verb: &str) -> Reported {
    let objects = [
        "type",
        "sequence",
        "function",
        "procedure",
        "schema",
        "domain",
        "materialized",
        "virtual",
        "temporary",
        "temp",
        "policy",
        "role",
        "database",
        "rule",
        "cast",
        "collation",
        "publication",
        "aggregate",
        "or",
    ];
    let Some(object) = c.word(0) else {
        return expected(cx, c, "`table`, `view`, `trigger`, `index` or `extension`").reported();
    };
    if object == "or" && c.is_word(1, "replace") {
        let report = cx.error(code::SYNTAX, c.next(2), "a migration knows whether this exists");
        return report.help("drop it before, and leave these words out").reported();
    }
    if objects.contains(&object) {
        c.bump();
        let message = format!("`{verb} {object}` is not supported yet");
        let report = cx.error(code::NOT_SUPPORTED, c.since(start), message);
        return report.help("write it as `sql \"..\";`").reported();
    }
    let message = format!("expected `table`, `view`, `trigger`, `index` or `extension`, found {}", c.found());
    let report = cx.error(code::UNKNOWN_STATEMENT, c.here(), message);
    match similar(object, ["table", "index", "unique", "view", "trigger", "extension"]) {
        Some(near) => report.help(format!("write `{near}`")).reported(),
        None => report.reported(),
    }
}

/// Reports what begins no statement.
fn no_statement(cx: &mut Diagnostics, c: &Cursor<'_>, word: Option<&str>) -> Reported {
    let Some(word) = word else {
        return expected(cx, c, "a statement").reported();
    };
    match word {
        "squashes" => cx.error(code::NOT_SUPPORTED, c.here(), "`squashes` is not supported yet").reported(),
        "begin" | "commit" | "rollback" | "savepoint" | "pragma" | "vacuum" | "set" | "grant" | "revoke"
        | "truncate" | "with" | "select" | "comment" | "reindex" | "analyze" | "do" | "copy" => {
            let message = format!("`{word}` is no statement of the language");
            let report = cx.error(code::UNKNOWN_STATEMENT, c.here(), message);
            report.help("write SQL as `sql \"..\";`").reported()
        }
        _ => {
            let message = format!("expected a statement, found {}", c.found());
            let report = cx.error(code::UNKNOWN_STATEMENT, c.here(), message);
            match (word, similar(word, STATEMENTS)) {
                ("add", _) => report.help("write `alter table t add ..`").reported(),
                (_, Some(near)) => {
                    report.help(format!("a statement with a similar name exists: `{near}`")).reported()
                }
                (_, None) => report
                    .note(format!(
                        "statements begin with {}",
                        STATEMENTS.map(|s| format!("`{s}`")).join(", ")
                    ))
                    .reported(),
            }
        }
    }
}
