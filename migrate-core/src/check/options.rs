//! The options of a history.

use crate::diagnostics::{Diagnostics, code};
use crate::syntax::ast::{HistoryOption, Name, OptionKind};
use crate::target::{Options, PostgresOptions, SqliteOptions, postgres, sqlite};

/// What a history's inner attributes say; the defaults where they say nothing.
pub fn check_options(cx: &mut Diagnostics, list: &[HistoryOption]) -> Options {
    let mut options = Options::default();
    let (mut sqlite_named, mut postgres_named) = (true, true);
    let mut seen: Vec<&'static str> = Vec::new();
    for option in list {
        let word = match &option.kind {
            OptionKind::Dialects(_) => "dialects",
            OptionKind::Sqlite { .. } => "sqlite",
            OptionKind::Postgres { .. } => "postgres",
            // What they say is no option of the databases.
            OptionKind::Allow(_) | OptionKind::Deny(_) => continue,
        };
        if seen.contains(&word) {
            let message = format!("the option `{word}` stands twice");
            cx.error(code::INVALID_OPTION, option.loc, message).help("leave out one");
            continue;
        }
        seen.push(word);
        match &option.kind {
            OptionKind::Dialects(names) => {
                sqlite_named = names.iter().any(|n| n.text == "sqlite");
                postgres_named = names.iter().any(|n| n.text == "postgres");
                for name in names.iter().filter(|n| n.text != "sqlite" && n.text != "postgres") {
                    let message = format!("no dialect `{}`", name.text);
                    cx.error(code::INVALID_OPTION, name.loc, message)
                        .help("the dialects are `sqlite` and `postgres`");
                }
                if names.is_empty() {
                    let message = "a history runs on one database at least";
                    cx.error(code::INVALID_OPTION, option.loc, message)
                        .help("name `sqlite`, `postgres`, or both");
                }
            }
            OptionKind::Sqlite { min, strict, uuid_blob } => {
                let min = min.as_ref().and_then(|m| sqlite_version(cx, m)).unwrap_or((3, 35));
                options.sqlite = Some(SqliteOptions { min, strict: *strict, uuid_blob: *uuid_blob });
            }
            OptionKind::Allow(_) | OptionKind::Deny(_) => {}
            OptionKind::Postgres { min, schema, search_also } => {
                let min = min.as_ref().and_then(|m| postgres_version(cx, m)).unwrap_or(13);
                let schema = schema.as_ref().and_then(|s| postgres_schema(cx, s));
                let search_also = search_also.iter().filter_map(|s| postgres_schema(cx, s)).collect();
                options.postgres = Some(PostgresOptions { min, schema, search_also });
            }
        }
    }
    if !sqlite_named {
        options.sqlite = None;
    }
    if !postgres_named {
        options.postgres = None;
    }
    options
}

fn sqlite_version(cx: &mut Diagnostics, text: &Name) -> Option<(u32, u32)> {
    let parts: Option<Vec<u32>> = text.text.split('.').map(|p| p.parse().ok()).collect();
    match parts.as_deref() {
        Some([3, minor, ..]) if (3, *minor) >= sqlite::DROP_COLUMN => Some((3, *minor)),
        Some([3, ..]) => {
            let message = format!("SQLite {} is not supported", text.text);
            cx.error(code::INVALID_OPTION, text.loc, message)
                .help("the lowest supported version is `\"3.35\"`");
            None
        }
        _ => {
            let message = format!("`{}` is no version of SQLite", text.text);
            cx.error(code::INVALID_OPTION, text.loc, message).help("write `min = \"3.35\"`, or a later one");
            None
        }
    }
}

/// The name as it is written: it is quoted wherever it is used, so letter case counts.
fn postgres_schema(cx: &mut Diagnostics, name: &Name) -> Option<String> {
    let Some(problem) = postgres::schema_problem(&name.text) else {
        return Some(name.text.clone());
    };
    let message = format!("`{}` cannot be the schema of a history: {problem}", name.text.escape_default());
    cx.error(code::INVALID_OPTION, name.loc, message)
        .help("name a schema of your own, as in `schema = \"app\"`");
    None
}

fn postgres_version(cx: &mut Diagnostics, text: &Name) -> Option<u32> {
    match text.text.parse() {
        Ok(version @ 13..) => Some(version),
        Ok(version) => {
            let message = format!("PostgreSQL {version} is not supported");
            cx.error(code::INVALID_OPTION, text.loc, message).help("the lowest supported version is `13`");
            None
        }
        Err(_) => {
            let message = format!("`{}` is no version of PostgreSQL", text.text);
            cx.error(code::INVALID_OPTION, text.loc, message).help("write `min = 13`, or a later one");
            None
        }
    }
}
