//! A compiled history as the static data that a macro call would have become.

use migrate::__private as construct;
use migrate::{History, Migration};
use migrate_core::compile::{Compiled, Down, Piece, Script};
use migrate_core::dialect::{Rebuild, Work};

/// The history, for the rest of the process.
pub fn history(compiled: &Compiled) -> &'static History {
    let migrations = compiled.migrations.iter().map(|m| {
        let script = |s: &Option<Script>| s.as_ref().map(|s| put(script(s)));
        let (sqlite, postgres) = (script(&m.sqlite), script(&m.postgres));
        let made = construct::migration(
            text(&m.name),
            text(&m.file),
            text(&m.checksum),
            text(&m.chain),
            sqlite,
            postgres,
        );
        put(made)
    });
    let migrations: Vec<&'static Migration> = migrations.collect();
    put(construct::history(migrations.leak()))
}

fn put<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn texts(texts: &[String]) -> &'static [&'static str] {
    texts.iter().map(|t| text(t)).collect::<Vec<_>>().leak()
}

fn script(script: &Script) -> construct::Script {
    let down = match &script.down {
        Down::Pieces(pieces) => construct::down(steps(pieces)),
        Down::Irreversible(reason) => construct::irreversible(text(reason)),
    };
    construct::script(steps(&script.up), down)
}

fn steps(pieces: &[Piece]) -> &'static [construct::Step] {
    let step = |Piece { line, column, work }: &Piece| match work {
        Work::Statement(sql) => construct::statement(*line, *column, text(sql)),
        Work::Native(sql) => construct::raw(*line, *column, text(sql)),
        Work::Rebuild(rebuild) => construct::rebuild(*line, *column, put(table(rebuild))),
    };
    pieces.iter().map(step).collect::<Vec<_>>().leak()
}

fn table(rebuild: &Rebuild) -> construct::Rebuild {
    construct::table(
        text(&rebuild.table),
        text(&rebuild.work_table),
        texts(&rebuild.columns),
        texts(&rebuild.known_indexes),
        text(&rebuild.create),
        texts(&rebuild.copy_columns),
        texts(&rebuild.copy_values),
        rebuild.keep_rowid,
        texts(&rebuild.indexes),
    )
}
