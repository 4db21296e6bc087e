//! `migrate sql`: prints the SQL of migrations.

use migrate_core::compile::{Down, Migration};
use migrate_core::dialect::{Work, exported, exported_file};
use migrate_core::target::Dialect;
use serde_json::json;

use crate::args::{Common, Format, Sql};
use crate::calls;
use crate::failure::Failure;
use crate::output;
use crate::source::{self, Loaded};

pub fn run(common: &Common, args: &Sql) -> Result<(), Failure> {
    let loaded = source::load(common)?;
    let dialect = dialect(&loaded, args)?;
    let mut migrations = chosen(&loaded, args)?;
    if args.down {
        migrations.reverse();
    }
    // All of it or nothing: a part of a way down would be run as if it were the whole.
    let texts = migrations.iter().map(|m| text(m, dialect, args, &loaded)).collect::<Result<Vec<_>, _>>()?;
    match common.format {
        Format::Text => {
            let way = if args.down { " (down)" } else { "" };
            let parts = migrations.iter().zip(&texts).map(|(m, sql)| format!("-- {}{way}\n{sql}", m.name));
            output::result(&parts.collect::<Vec<_>>().join("\n"))
        }
        Format::Json => {
            let direction = if args.down { "down" } else { "up" };
            let object = |(m, sql): (&&Migration, &String)| json!({"name": m.name, "dialect": dialect.word(), "direction": direction, "sql": sql});
            output::json(&migrations.iter().zip(&texts).map(object).collect())
        }
    }
}

fn dialect(loaded: &Loaded, args: &Sql) -> Result<Dialect, Failure> {
    if let Some(dialect) = args.dialect {
        loaded.must_run_on(dialect.into())?;
        return Ok(dialect.into());
    }
    let mut dialects = loaded.compiled.options.dialects();
    match (dialects.next(), dialects.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Failure::input("the history runs on SQLite and PostgreSQL: say which SQL to print")
            .help("`--dialect sqlite` or `--dialect postgres`")),
    }
}

/// The named migrations in the order of the history, each once; all of them if none is named.
fn chosen<'a>(loaded: &'a Loaded, args: &Sql) -> Result<Vec<&'a Migration>, Failure> {
    let named = args.migrations.iter().map(|name| loaded.migration(name).map(|m| m.name.as_str()));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    let all = loaded.compiled.migrations.iter();
    Ok(all.filter(|m| named.is_empty() || named.contains(&m.name.as_str())).collect())
}

fn text(migration: &Migration, dialect: Dialect, args: &Sql, loaded: &Loaded) -> Result<String, Failure> {
    let call = if args.down { calls::down(migration, dialect) } else { calls::up(migration, dialect) };
    if let Some(call) = call {
        return Err(calls::refused(&call, loaded).help("name the migrations to print that call nothing"));
    }
    let Some(script) = migration.script(dialect) else { return Ok(String::new()) };
    let pieces = match (&script.down, args.down) {
        (_, false) => &script.up,
        (Down::Pieces(pieces), true) => pieces,
        (Down::Irreversible(reason), true) => {
            let message = format!("migration `{}` has no way down: {reason}", migration.name);
            return Err(Failure::refused(message));
        }
    };
    let first = !args.down && loaded.compiled.migrations.first().is_some_and(|m| m.name == migration.name);
    let works: Vec<Work> = pieces.iter().map(|p| p.work.clone()).collect();
    Ok(match (works.is_empty(), args.transaction) {
        (true, _) => format!("-- nothing to do on {}\n", dialect.title()),
        (false, true) => exported_file(dialect, &works, first, &loaded.compiled.options),
        (false, false) => exported(dialect, &works),
    })
}
