//! A random history on real databases: up step by step with rows in the tables, down, and up again.
//!
//! Comes in: a history and the databases to run it on, empty ones. Goes out: how far it went, or what is not as it should be. Rows can
//! refuse a step (a unique index over duplicates): then it has to fail on every database, and has to change nothing.

use std::collections::BTreeMap;

use migrate_core::compile::Down;
use migrate_core::schema::{Column, Table, Type};
use migrate_core::target::Dialect;

use crate::history::Made;
use crate::leak;
use crate::live::Live;
use crate::maker::Effect;
use crate::rows::{compare, normal, query};
use crate::values;

/// How a history went.
#[derive(Debug, Default)]
pub struct Went {
    /// Steps up that were done the first time.
    pub up: usize,
    /// Why rows refused the step after these.
    pub refused_up: Option<String>,
    /// Steps down that were done.
    pub down: usize,
    /// Rows that were put in.
    pub rows: usize,
}

/// Runs a history.
pub fn walk(made: &Made, lives: &mut [(Dialect, Live)]) -> Result<Went, String> {
    let declared = leak::leak(&made.compiled);
    let mut went = Went::default();
    let migrations = &made.compiled.migrations;
    for (at, migration) in migrations.iter().enumerate() {
        went.rows += put_rows(made, at, lives);
        let before: Vec<Contents> =
            lives.iter().map(|(d, live)| contents(made, at, *d, live)).collect::<Result<_, _>>()?;
        let done: Vec<Result<(), String>> =
            lives.iter_mut().map(|(_, live)| live.up(declared, &migration.name)).collect();
        if done.iter().any(Result::is_err) {
            let refusals: Vec<String> = done.iter().filter_map(|d| d.as_ref().err().cloned()).collect();
            // SQLite has foreign keys off while a table is dropped or rebuilt, and never sees a row that is gone by the end.
            if refusals.len() < lives.len()
                && rows_beside_a_rebuild(made, at)
                && refusals.iter().all(|r| is_of_rows(r))
            {
                went.refused_up = refusals.into_iter().next();
                return Ok(went);
            }
            if let [Err(lite), Ok(())] = &done[..]
                && is_of_a_later_look(made, at, lite)
            {
                let (dialect, live) = &lives[0];
                refused_whole(made, at, *dialect, live, &before[0])?;
                went.refused_up = Some(lite.clone());
                return Ok(went);
            }
            if refusals.len() < lives.len() || !refusals.iter().all(|text| is_of_rows(text)) {
                return Err(format!("{}: {done:?}", migration.name));
            }
            for (i, (dialect, live)) in lives.iter().enumerate() {
                refused_whole(made, at, *dialect, live, &before[i])?;
            }
            went.refused_up = refusals.into_iter().next();
            break;
        }
        went.up += 1;
        for (i, (dialect, live)) in lives.iter().enumerate() {
            same_schema(made, at + 1, *dialect, live)?;
            kept(made, at, &before[i], &contents(made, at + 1, *dialect, live)?)
                .map_err(|e| format!("{} on {}: {e}", migration.name, dialect.word()))?;
        }
        if let [(Dialect::Sqlite, lite), (Dialect::Postgres, postgres)] = &*lives {
            compare(lite, postgres, made.compiled.schema_after(at + 1), &made.compiled.options)
                .map_err(|e| format!("after {}: {e}", migration.name))?;
        }
    }
    for (dialect, live) in lives.iter_mut() {
        let down = back(made, *dialect, live, declared, went.up)?;
        went.down += down;
        if down == went.up {
            for (at, migration) in migrations.iter().enumerate().take(went.up) {
                // Rows of the author's can want those that were there the first time.
                match live.up(declared, &migration.name) {
                    Ok(()) => {}
                    Err(error) if is_of_rows(&error) => break,
                    Err(error) => return Err(format!("again: {error}")),
                }
                same_schema(made, at + 1, *dialect, live).map_err(|e| format!("again, {e}"))?;
            }
        }
    }
    Ok(went)
}

/// Takes back as many as can be; gives how many.
fn back(
    made: &Made,
    dialect: Dialect,
    live: &mut Live,
    declared: &'static migrate::History,
    up: usize,
) -> Result<usize, String> {
    for at in (0..up).rev() {
        let migration = &made.compiled.migrations[at];
        let script = migration.script(dialect).ok_or("no script")?;
        let counts = counts(made, at + 1, live)?;
        match (&script.down, live.down(declared, &migration.name)) {
            (Down::Irreversible(_), Err(_)) => return Ok(up - 1 - at),
            (Down::Irreversible(_), Ok(())) => return Err(format!("{} was taken back", migration.name)),
            (Down::Pieces(_), Ok(())) => same_schema(made, at, dialect, live)?,
            (Down::Pieces(_), Err(error)) if is_of_rows(&error) => {
                same_schema(made, at + 1, dialect, live).map_err(|e| format!("after a refusal, {e}"))?;
                return Ok(up - 1 - at);
            }
            (Down::Pieces(_), Err(error)) => return Err(error),
        }
        if made.statements[at].iter().all(|s| !is_of_data(s.form)) {
            let after = self::counts(made, at, live)?;
            for (table, count) in after {
                let name = renamed(made, at, &table);
                if counts.get(&name).is_some_and(|c| *c != count) {
                    return Err(format!("down from {}: {table} has {count} rows", migration.name));
                }
            }
        }
    }
    Ok(up)
}

fn same_schema(made: &Made, count: usize, dialect: Dialect, live: &Live) -> Result<(), String> {
    let when = format!("{} after {count} migrations", dialect.word());
    let folded = made.compiled.schema_after(count);
    let told = live.differences(folded, &made.compiled.options).map_err(|e| format!("{when}: {e}"))?;
    let told = [told, live.damage()?].concat();
    if told.is_empty() { Ok(()) } else { Err(format!("{when}:\n{}", told.join("\n"))) }
}

/// Whether a migration that was refused left everything as it was.
fn refused_whole(
    made: &Made,
    at: usize,
    dialect: Dialect,
    live: &Live,
    before: &Contents,
) -> Result<(), String> {
    same_schema(made, at, dialect, live).map_err(|e| format!("after a refusal, {e}"))?;
    match contents(made, at, dialect, live)? == *before {
        true => Ok(()),
        false => Err(format!("{}: refused, and rows are others", made.compiled.migrations[at].name)),
    }
}

/// Whether SQLite's refusal is of rows that a constraint breaks which this migration adds with `not valid`: PostgreSQL looks at
/// them later, and SQLite's rebuild at once.
fn is_of_a_later_look(made: &Made, at: usize, error: &str) -> bool {
    let before = made.compiled.schema_after(at);
    let is_new =
        |constraint: &str| !before.tables().flat_map(|t| t.constraint_names()).any(|n| n.text == constraint);
    made.compiled.schema_after(at + 1).tables().any(|table| {
        let checks = table.checks.iter().filter(|c| c.not_valid && is_new(&c.name.text));
        let mut checks = checks.map(|c| format!("CHECK constraint failed: {}", c.name.text));
        let keys = table.foreign_keys.iter().filter(|k| k.not_valid && is_new(&k.name.text));
        let mut keys = keys.map(|k| format!("of `{}` to `{}`", table.name, k.ref_table));
        checks.any(|text| error.ends_with(&text))
            || error.contains("refer to missing rows") && keys.any(|text| error.contains(&text))
    })
}

/// Whether rows were in the way, and nothing else.
fn is_of_rows(error: &str) -> bool {
    [
        "UNIQUE constraint failed",
        "NOT NULL constraint failed",
        "CHECK constraint failed",
        "FOREIGN KEY constraint failed",
        "refer to missing rows",
        "violates",
        "could not create unique index",
        "contains null values",
        "is violated by some row",
        "value too long",
        "out of range",
        "cannot store",
        "does not fit",
        "numeric field overflow",
    ]
    .iter()
    .any(|fragment| error.contains(fragment))
}

fn rows_beside_a_rebuild(made: &Made, at: usize) -> bool {
    let statements = &made.statements[at];
    let rebuilds = |text: &str| text.starts_with("drop table") || text.contains(" recreate ");
    statements.iter().any(|s| is_of_data(s.form)) && statements.iter().any(|s| rebuilds(&s.text))
}

fn is_of_data(form: &str) -> bool {
    matches!(form, "insert values" | "insert select" | "update" | "delete" | "delete with a query" | "sql")
}

/// Puts some rows into every table that takes them; gives how many were put in.
fn put_rows(made: &Made, at: usize, lives: &mut [(Dialect, Live)]) -> usize {
    let options = &made.compiled.options;
    let mut put = 0;
    // Twice, for a row can need one of another table.
    for _ in 0..2 {
        for table in made.compiled.schema_after(at).tables() {
            for k in 3 * at..3 * at + 3 {
                for (dialect, live) in lives.iter_mut() {
                    let columns: Vec<&Column> =
                        table.columns.iter().filter(|c| c.generated.is_none()).collect();
                    let name = |n: &str| format!("\"{n}\"");
                    let names: Vec<String> = columns.iter().map(|c| name(&c.name)).collect();
                    let values: Vec<String> =
                        columns.iter().map(|c| values::sql(*dialect, c, k, options)).collect();
                    let (on, names, values) = (name(&table.name), names.join(", "), values.join(", "));
                    put += usize::from(
                        live.execute(&format!("insert into {on} ({names}) values ({values})")).is_ok(),
                    );
                    if let (Dialect::Postgres, Some(key)) =
                        (*dialect, columns.iter().find(|c| c.autoincrement.is_some()))
                    {
                        let (table, key) = (&table.name, &key.name);
                        let _ = live.execute(&format!(
                            "select setval(pg_get_serial_sequence('{table}', '{key}'), (select max({key}) from {table}))"
                        ));
                    }
                }
            }
        }
    }
    put
}

/// For each table its columns and its rows, every value as text.
type Contents = BTreeMap<String, (Vec<Column>, Vec<Vec<String>>)>;

fn contents(made: &Made, count: usize, dialect: Dialect, live: &Live) -> Result<Contents, String> {
    let mut contents = Contents::new();
    for table in made.compiled.schema_after(count).tables() {
        let rows = live.rows(&query(dialect, table, &made.compiled.options))?;
        let row = |row: &Vec<Option<String>>| {
            row.iter().zip(&table.columns).map(|(v, c)| normal(v.as_deref(), c)).collect::<Vec<_>>()
        };
        contents.insert(table.name.clone(), (table.columns.clone(), rows.iter().map(row).collect()));
    }
    Ok(contents)
}

fn counts(made: &Made, count: usize, live: &Live) -> Result<BTreeMap<String, String>, String> {
    let one = |table: &Table| {
        let rows = live.rows(&format!("select count(*) from \"{}\"", table.name))?;
        Ok((table.name.clone(), rows[0][0].clone().unwrap_or_default()))
    };
    made.compiled.schema_after(count).tables().map(one).collect()
}

/// What a table is called after a migration.
fn renamed(made: &Made, at: usize, table: &str) -> String {
    let mut name = table.to_owned();
    for statement in &made.statements[at] {
        match &statement.effect {
            Effect::Table(from, to) if *from == name => name.clone_from(to),
            _ => {}
        }
    }
    name
}

/// Whether every row that was there before a migration is there after it, with the values of all columns that stayed as they were.
fn kept(made: &Made, at: usize, before: &Contents, after: &Contents) -> Result<(), String> {
    let statements = &made.statements[at];
    if statements.iter().any(|s| is_of_data(s.form)) {
        return Ok(());
    }
    for (table, (columns, rows)) in before {
        if statements.iter().any(|s| matches!(&s.effect, Effect::Gone(name) if name == table)) {
            continue;
        }
        let name = renamed(made, at, table);
        let Some((new_columns, new_rows)) = after.get(&name) else {
            return Err(format!("table {table} is not there any more"));
        };
        // Positions before and after of the columns that stay.
        let stays: Vec<(usize, usize)> = (columns.iter().enumerate())
            .filter(|(_, column)| column.generated.is_none())
            .filter_map(|(i, column)| {
                let mut called = column.name.clone();
                for statement in statements {
                    match &statement.effect {
                        Effect::Column(from, to) if *from == called => called.clone_from(to),
                        Effect::Rewritten(rewritten) if *rewritten == called => return None,
                        _ => {}
                    }
                }
                Some((i, new_columns.iter().position(|c| c.name == called)?))
            })
            .collect();
        let value = |text: &String, column: &Column| match column.ty {
            Type::Real(_) | Type::Decimal { .. } | Type::Integer(_) => {
                text.parse::<f64>().map_or(text.clone(), |n| n.to_string())
            }
            _ => text.clone(),
        };
        let project = |rows: &[Vec<String>], columns: &[Column], new: bool| {
            let mut rows: Vec<Vec<String>> = rows
                .iter()
                .map(|row| {
                    let position = |s: &(usize, usize)| if new { s.1 } else { s.0 };
                    stays.iter().map(|s| value(&row[position(s)], &columns[position(s)])).collect()
                })
                .collect();
            rows.sort();
            rows
        };
        let (old, new) = (project(rows, columns, false), project(new_rows, new_columns, true));
        if old != new {
            return Err(format!("table {table}: rows were {old:?}\nand are {new:?}"));
        }
    }
    Ok(())
}
