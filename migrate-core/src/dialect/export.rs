//! The text of `.sql` files, which people run by hand and tools run through a driver: plain SQL, no commands of a shell.
//!
//! Comes in: the work of a migration. Goes out: text that loses no row in a shell that goes on after an error, as
//! `sqlite3 db < file` and `psql -f file` do by themselves.

use super::sql::Sql;
use super::{Rebuild, Work, rules};
use crate::target::{Dialect, Options};

/// What the old table is called while its rows are copied.
const OLD_PREFIX: &str = "__migrate_old_";

/// The path of a function of the application among the works: no file can do them.
pub fn called(works: &[Work]) -> Option<&str> {
    works.iter().find_map(|work| work.called().map(|path| path.text.as_str()))
}

/// The statements of the works, each ended by `;` and a line's end; or, where one of them is a function of the
/// application, a statement that fails and says so.
pub fn exported(dialect: Dialect, works: &[Work]) -> String {
    let mut text = String::new();
    if let Some(path) = called(works) {
        // A part of a migration would be taken for the whole.
        let mut message = "only the application can run this, it calls ".to_owned();
        message.push_str(path);
        text.push_str("-- This migration calls a function of the application. Run the application.\n");
        push_statement(&mut text, &rules(dialect).failing(&message).into_text());
        return text;
    }
    for work in works {
        match work {
            Work::Call(_) | Work::CallOutside(_) => {}
            Work::Concurrently(index) => push_statement(&mut text, &index.sql),
            Work::Batches(batches) => {
                let mut all = batches.update.clone();
                if let Some(condition) = &batches.condition {
                    all.push_str(" WHERE ");
                    all.push_str(condition);
                }
                push_statement(&mut text, &all);
            }
            Work::Statement(sql) => push_statement(&mut text, sql),
            Work::Native(sql) => push_native(&mut text, sql),
            Work::Rebuild(rebuild) => {
                for sql in spelled_out(dialect, rebuild) {
                    push_statement(&mut text, &sql);
                }
            }
        }
    }
    text
}

/// The same as a whole file, in a transaction of its own.
///
/// PostgreSQL needs nothing more: after an error the server refuses every statement, and answers COMMIT with ROLLBACK.
/// SQLite does not look at `PRAGMA foreign_keys` inside a transaction, and with foreign keys on the end of an old table
/// would be the end of the rows that refer to it; so the pragma stands before `BEGIN`, and so does the one that lets
/// children follow rows that are deleted
/// (<https://www.sqlite.org/pragma.html#pragma_foreign_keys>). What the check prints are rows whose target is missing.
///
/// Where the history names a schema in PostgreSQL, that is all the file sees, as in the runtime, and the `first` file of a
/// history makes it: the others must not, for `CREATE SCHEMA IF NOT EXISTS` asks for the right to make one even where it
/// exists.
pub fn exported_file(dialect: Dialect, works: &[Work], first: bool, options: &Options) -> String {
    let body = exported(dialect, works);
    if called(works).is_some() {
        return body;
    }
    let drops = works.iter().any(|w| match w {
        Work::Rebuild(_) => true,
        Work::Statement(sql) => sql.starts_with("DROP TABLE"),
        _ => false,
    });
    let moves = works.iter().any(|w| match w {
        Work::Statement(sql) => ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb)),
        Work::Batches(_) => true,
        _ => false,
    });
    let alone = works.iter().any(|w| matches!(w, Work::Concurrently(_)));
    let (head, tail): (&[&str], &[&str]) = if alone {
        (&[], if search_path(first, false, options).is_empty() { &[] } else { &["RESET search_path"] })
    } else if dialect == Dialect::Sqlite && drops {
        (
            &["PRAGMA foreign_keys=OFF", "BEGIN"],
            &["PRAGMA foreign_key_check", "COMMIT", "PRAGMA foreign_keys=ON"],
        )
    } else if dialect == Dialect::Sqlite && moves {
        (&["PRAGMA foreign_keys=ON", "BEGIN"], &["COMMIT"])
    } else {
        (&["BEGIN"], &["COMMIT"])
    };
    let mut text = String::new();
    if dialect == Dialect::Sqlite && moves {
        text.push_str("-- Run with `sqlite3 -bail`: without it the shell goes on after an error.\n");
    }
    if alone {
        // For people; and some runners look for these words.
        text.push_str("-- no-transaction: PostgreSQL refuses `CONCURRENTLY` inside of one.\n");
    }
    head.iter().for_each(|sql| push_statement(&mut text, sql));
    if dialect == Dialect::Postgres {
        search_path(first, !alone, options).iter().for_each(|sql| push_statement(&mut text, sql));
    }
    text.push_str(&body);
    tail.iter().for_each(|sql| push_statement(&mut text, sql));
    text
}

/// Makes the schema of the history and leads there, in the transaction or in the session. `pg_temp` last: unless it is named, it is looked at first.
fn search_path(first: bool, local: bool, options: &Options) -> Vec<String> {
    let new = || Sql::new(Dialect::Postgres);
    let mut out = Vec::new();
    let mut path = new();
    match options.postgres_schema() {
        Some(schema) => {
            if first {
                out.push(new().words("CREATE SCHEMA IF NOT EXISTS").ident(schema).clone());
            }
            path.words(if local { "SET LOCAL search_path =" } else { "SET search_path =" }).ident(schema);
            for schema in options.search_also() {
                path.comma().ident(schema);
            }
            path.suffix(", pg_temp");
        }
        None if options.search_also().is_empty() => return Vec::new(),
        None => {
            let mut more = new();
            for schema in options.search_also() {
                more.comma().ident(schema);
            }
            path.words("SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(pg_catalog.current_schema()) ||")
                .string(&more.suffix(", pg_temp").clone().into_text())
                .suffix(if local { ", true)" } else { ", false)" });
        }
    }
    out.push(path);
    out.into_iter().map(Sql::into_text).collect()
}

fn push_statement(text: &mut String, sql: &str) {
    text.push_str(sql);
    text.push_str(";\n");
}

/// The author's SQL may end in a semicolon or in a comment, which must not swallow ours.
fn push_native(text: &mut String, sql: &str) {
    let sql = sql.trim();
    text.push_str(sql);
    let last = sql.lines().next_back().unwrap_or_default();
    if last.contains("--") {
        text.push_str("\n;\n");
    } else {
        text.push_str(if sql.ends_with(';') { "\n" } else { ";\n" });
    }
}

/// The rebuild in plain SQL.
///
/// Here the old table steps aside first, and only its other name is dropped. That name exists within the savepoint alone:
/// whatever takes the savepoint back (the guard below, a full disk) takes the name back too, and the DROP that a shell
/// still sends finds nothing. With foreign keys off and `legacy_alter_table` on, no reference of another table,
/// view or trigger follows either rename (<https://www.sqlite.org/lang_altertable.html#altertabrename>).
fn spelled_out(dialect: Dialect, rebuild: &Rebuild) -> Vec<String> {
    let mut old = OLD_PREFIX.to_owned();
    old.push_str(&rebuild.table);
    let new = || Sql::new(dialect);
    let mut out: Vec<Sql> = Vec::new();
    let mut push = |sql: &mut Sql| out.push(sql.clone());
    push(new().words("SAVEPOINT").ident(&rebuild.work_table));
    // The guards below insert into the table: a trigger that names what is not there would keep them from being prepared.
    for (name, _) in &rebuild.triggers {
        push(new().words("DROP TRIGGER").main_ident(name));
    }
    push(new().words("PRAGMA legacy_alter_table=ON"));
    push(new().words("ALTER TABLE").main_ident(&rebuild.table).words("RENAME TO").ident(&old));
    push(new().words(&rebuild.create));
    // Sets `changes()` to 0, in case the copy below does not even start.
    push(new().words("DELETE FROM").main_ident(&old).words("WHERE 0"));
    push(&mut copy(&new(), rebuild, &old));
    push(&mut guard(&new(), rebuild, &old));
    if is_autoincrement(&rebuild.create) {
        for mut sql in sequence(&new(), rebuild, &old) {
            push(&mut sql);
        }
    }
    push(new().words("DROP TABLE").main_ident(&old));
    push(new().words("ALTER TABLE").main_ident(&rebuild.work_table).words("RENAME TO").ident(&rebuild.table));
    push(new().words("PRAGMA legacy_alter_table=OFF"));
    push(&mut second_guard(&new(), rebuild, &old));
    let triggers = rebuild.triggers.iter().map(|(_, sql)| sql);
    rebuild.indexes.iter().chain(triggers).for_each(|sql| push(new().words(sql)));
    push(new().words("RELEASE").ident(&rebuild.work_table));
    out.into_iter().map(Sql::into_text).collect()
}

/// Both lists of columns are named, and a conflict aborts whatever the table says. The old table is read by its own
/// name, as the author's SQL may call it.
fn copy(new: &Sql, rebuild: &Rebuild, old: &str) -> Sql {
    let mut sql = new.clone();
    // Where no column stays, the rows still do.
    let with_rowid = rebuild.keep_rowid || rebuild.copy_columns.is_empty();
    sql.words("INSERT OR ABORT INTO").main_ident(&rebuild.work_table).open();
    if with_rowid {
        sql.words("_rowid_");
    }
    for (i, column) in rebuild.copy_columns.iter().enumerate() {
        if i > 0 || with_rowid {
            sql.separator();
        }
        let mut name = new.clone();
        sql.suffix(&name.ident(column).clone().into_text());
    }
    sql.close().words("SELECT");
    if with_rowid {
        sql.words("_rowid_");
    }
    for (i, value) in rebuild.copy_values.iter().enumerate() {
        if i > 0 || with_rowid {
            sql.comma();
        }
        sql.words(value);
    }
    sql.words("FROM").main_ident(old).words("AS").ident(&rebuild.table);
    sql
}

/// Takes everything back unless every row was copied, the new table stands, and foreign keys are off.
///
/// SQLite has no plain statement that fails on a condition, so this one breaks a rule that every table has: it inserts
/// one rowid twice, or, without rowids, a key that is null. It names nothing but the table that the next statement drops, so where the one can be prepared the
/// other can too. A copy that failed leaves `changes()` at 0 (<https://www.sqlite.org/lang_corefunc.html#changes>).
/// Where the old table never stepped aside, because its other name was taken, [`second_guard`] takes everything back: the
/// taken name must not be free for the DROP outside the savepoint.
fn guard(new: &Sql, rebuild: &Rebuild, old: &str) -> Sql {
    let mut sql = new.clone();
    sql.words("INSERT OR ROLLBACK INTO")
        .main_ident(old)
        .sql(&broken_rule(new, rebuild.key_column.as_ref().map(|(old, _)| old)))
        .words("WHERE NOT EXISTS (");
    stands(&mut sql, &[&rebuild.table]);
    sql.suffix(") AND (changes() <> (SELECT count(*) FROM")
        .main_ident(old)
        .suffix(") OR (SELECT foreign_keys FROM pragma_foreign_keys) <> 0 OR NOT EXISTS (");
    stands(&mut sql, &[&rebuild.work_table]);
    sql.suffix("))");
    sql
}

/// Rows that no table takes: one rowid twice, and without rowids a key that is null
/// (<https://www.sqlite.org/withoutrowid.html>).
fn broken_rule(new: &Sql, key_column: Option<&String>) -> Sql {
    let mut sql = new.clone();
    match key_column {
        None => sql.words("(_rowid_) SELECT 1 FROM (SELECT 1 UNION ALL SELECT 1)"),
        Some(column) => sql.open().ident(column).close().words("SELECT NULL"),
    };
    sql
}

/// Takes everything back if one of the working names is left.
fn second_guard(new: &Sql, rebuild: &Rebuild, old: &str) -> Sql {
    let mut sql = new.clone();
    sql.words("INSERT OR ROLLBACK INTO")
        .main_ident(&rebuild.table)
        .sql(&broken_rule(new, rebuild.key_column.as_ref().map(|(_, new)| new)))
        .words("WHERE EXISTS (");
    stands(&mut sql, &[&rebuild.work_table, old]);
    sql.close();
    sql
}

/// A query that gives a row if a table of one of these names stands.
fn stands(sql: &mut Sql, names: &[&str]) {
    sql.words("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name COLLATE nocase IN (");
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            sql.comma();
        }
        sql.string(name);
    }
    sql.close();
}

/// `AUTOINCREMENT` remembers ids that were deleted (<https://www.sqlite.org/autoinc.html>). The table of that memory has
/// no key, so it is updated, or inserted into where the new table has no row there yet.
fn sequence(new: &Sql, rebuild: &Rebuild, old: &str) -> [Sql; 2] {
    let mut update = new.clone();
    update
        .words("UPDATE main.sqlite_sequence SET seq = max(seq, coalesce((SELECT max(o.seq) FROM main.sqlite_sequence AS o WHERE o.name =")
        .string(old)
        .suffix("), 0)) WHERE name =")
        .string(&rebuild.work_table);
    let mut insert = new.clone();
    insert
        .words("INSERT INTO main.sqlite_sequence (name, seq) SELECT")
        .string(&rebuild.work_table)
        .suffix(", seq FROM main.sqlite_sequence WHERE name =")
        .string(old)
        .words("AND NOT EXISTS (SELECT 1 FROM main.sqlite_sequence WHERE name =")
        .string(&rebuild.work_table)
        .close();
    [update, insert]
}

/// Whether the statement declares a column so. Only what stands outside names and literals counts.
fn is_autoincrement(create: &str) -> bool {
    let mut inside = None;
    let bare: String = create
        .chars()
        .filter(|c| match inside {
            None if matches!(c, '`' | '\'' | '"') => {
                inside = Some(*c);
                false
            }
            Some(quote) if quote == *c => {
                inside = None;
                false
            }
            inside => inside.is_none(),
        })
        .collect();
    bare.contains(" INTEGER PRIMARY KEY AUTOINCREMENT")
}
