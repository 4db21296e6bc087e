//! The compiled history as the runtime takes it.
//!
//! Comes in: what the language compiled. Goes out: a `&'static History`. The runtime wants static data, because in an
//! application the macros write it into the binary. Here it is made at run time and leaked, once for each call of
//! the command: it is needed until the process ends, and it is as large as the SQL of the history.

use migrate::__private as construct;
use migrate::History;
use migrate_core::compile::{Compiled, Down, Migration, Piece, Probe, Script};
use migrate_core::dialect::{Batches, Rebuild, Work};
use migrate_core::schema::FunctionPath;
use migrate_core::target::Dialect;

/// What makes a step of a call: for which database, its line and column, the path, and whether it stands outside of a
/// transaction.
pub type Functions = fn(Dialect, (u32, u32), &FunctionPath, bool) -> construct::Step;

/// Makes the history that lives as long as the process; this program has none of its functions.
pub fn leak(compiled: &Compiled) -> &'static History {
    leak_with(compiled, elsewhere)
}

fn elsewhere(_: Dialect, (line, column): (u32, u32), path: &FunctionPath, outside: bool) -> construct::Step {
    match outside {
        false => construct::call_elsewhere(line, column, text(&path.text)),
        true => construct::call_outside_elsewhere(line, column, text(&path.text)),
    }
}

/// The same with functions.
pub fn leak_with(compiled: &Compiled, functions: Functions) -> &'static History {
    let leaked = |m| &*Box::leak(Box::new(migration(m, functions)));
    let migrations = compiled.migrations.iter().map(leaked).collect();
    let options = &compiled.options;
    Box::leak(Box::new(construct::history_in(
        options.postgres_schema().map(text),
        texts(options.search_also()),
        leak_all(migrations),
    )))
}

fn migration(migration: &Migration, functions: Functions) -> construct::Migration {
    let Migration { name, file, checksum, chain, sqlite, postgres, .. } = migration;
    construct::migration(
        text(name),
        text(file),
        text(checksum),
        text(chain),
        sqlite.as_ref().map(|s| &*Box::leak(Box::new(script(s, Dialect::Sqlite, functions)))),
        postgres.as_ref().map(|s| &*Box::leak(Box::new(script(s, Dialect::Postgres, functions)))),
    )
}

fn script(script: &Script, dialect: Dialect, functions: Functions) -> construct::Script {
    let down = match &script.down {
        Down::Pieces(pieces) => construct::down(steps(pieces, dialect, functions)),
        Down::Irreversible(reason) => construct::irreversible(text(reason)),
    };
    let probes = leak_all(script.probes.iter().map(probe).collect());
    let script_of_steps = construct::script(steps(&script.up, dialect, functions), down);
    construct::fresh(construct::probed(script_of_steps, probes), texts(&script.fresh))
}

fn probe(probe: &Probe) -> construct::Probe {
    let Probe { line, column, pieces, since, at_end, table, words, query } = probe;
    construct::probe(
        *line,
        *column,
        (pieces.start as u32, pieces.end as u32),
        (*since as u32, *at_end),
        text(table),
        text(words),
        text(&query.count),
        text(query.keys.as_deref().unwrap_or_default()),
    )
}

fn steps(pieces: &[Piece], dialect: Dialect, functions: Functions) -> &'static [construct::Step] {
    let step = |Piece { line, column, work, .. }: &Piece| match work {
        Work::Statement(sql) => construct::statement(*line, *column, text(sql)),
        Work::Native(sql) => construct::raw(*line, *column, text(sql)),
        Work::Call(path) => functions(dialect, (*line, *column), path, false),
        Work::CallOutside(path) => functions(dialect, (*line, *column), path, true),
        Work::Concurrently(i) => construct::concurrently(
            *line,
            *column,
            Box::leak(Box::new(construct::index(text(&i.sql), text(&i.table), text(&i.index), i.drops))),
        ),
        Work::Batches(b) => construct::batches(*line, *column, Box::leak(Box::new(update(b)))),
        Work::Rebuild(r) => construct::rebuild(*line, *column, Box::leak(Box::new(rebuild(r)))),
    };
    leak_all(pieces.iter().map(step).collect())
}

fn update(batches: &Batches) -> construct::Batches {
    let Batches { table, rows, update, condition, from, key } = batches;
    let condition = condition.as_deref().unwrap_or_default();
    construct::update(text(table), *rows, text(update), text(condition), text(from), texts(key))
}

fn rebuild(rebuild: &Rebuild) -> construct::Rebuild {
    let Rebuild {
        table,
        work_table,
        columns,
        known_indexes,
        create,
        copy_columns,
        copy_values,
        keep_rowid,
        indexes,
        // The runtime reads them from the database.
        triggers: _,
        // For exported files alone.
        key_column: _,
    } = rebuild;
    construct::table(
        text(table),
        text(work_table),
        texts(columns),
        texts(known_indexes),
        text(create),
        texts(copy_columns),
        texts(copy_values),
        *keep_rowid,
        texts(indexes),
    )
}

fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn texts(texts: &[String]) -> &'static [&'static str] {
    leak_all(texts.iter().map(|t| text(t)).collect())
}

fn leak_all<T>(all: Vec<T>) -> &'static [T] {
    Box::leak(all.into_boxed_slice())
}

#[cfg(test)]
mod tests {
    use migrate_core::schema::Schema;
    use migrate_core::source::Loc;
    use migrate_core::target::Options;

    use super::*;

    #[test]
    fn what_was_compiled_runs() {
        let statement = |sql: &str| Piece {
            line: 1,
            column: 1,
            loc: Loc::default(),
            work: Work::Statement(sql.to_owned()),
        };
        let compiled = Compiled {
            options: Options::default(),
            migrations: vec![Migration {
                name: "0001_notes".to_owned(),
                module: "m0001_notes".to_owned(),
                file: "m0001_notes.rs".to_owned(),
                checksum: "1".repeat(32),
                chain: "2".repeat(32),
                sqlite: Some(Script {
                    up: vec![statement("CREATE TABLE `notes` (`id` integer)")],
                    down: Down::Pieces(vec![statement("DROP TABLE `notes`")]),
                    probes: Vec::new(),
                    fresh: Vec::new(),
                }),
                postgres: None,
                derived: false,
                before: Schema::default(),
                up: Default::default(),
            }],
            schema: Schema::default(),
        };
        let history = leak(&compiled);
        assert_eq!(history.get("0001_notes").unwrap().checksum(), "1".repeat(32));
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        assert_eq!(migrate::Runner::new(history).run(&mut connection).unwrap().migrations.len(), 1);
        migrate::Runner::new(history).revert(&mut connection, migrate::Revert::All).unwrap();
        let left: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'notes'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0);
    }
}
