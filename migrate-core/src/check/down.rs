//! The way down: derived where an exact inverse follows from the schema, else demanded; written ones are proven.

use super::{CheckedStep, Checker, Log, NameSet};
use crate::diagnostics::{Diagnostics, code};
use crate::schema::invert::invert;
use crate::schema::{Schema, Step, Table, same_name};
use crate::source::{Body, Loc};
use crate::syntax::ast;
use crate::target::{Dialect, Options, sqlite};

/// The way down of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedDown {
    /// Steps back to the schema before.
    Steps(Vec<CheckedStep>),
    /// None, with the author's reason.
    Irreversible(String),
}

/// Checks or derives the way down of a migration that leads from `before` to `after` by `up`.
#[allow(clippy::too_many_arguments)]
pub fn check_down(
    cx: &mut Diagnostics,
    migration: &ast::Migration,
    up: &[CheckedStep],
    before: &Schema,
    after: &Schema,
    bodies: &[Body],
    options: &Options,
    migrations: &[String],
) -> CheckedDown {
    match &migration.down {
        ast::Down::Irreversible { reason } => CheckedDown::Irreversible(reason.clone()),
        ast::Down::Auto => derive(cx, up, before, options),
        ast::Down::Written { statements, loc } => {
            let errors = cx.error_count();
            let mut schema = after.clone();
            let mut names = NameSet::of(&schema);
            let mut log = Log::default();
            let checker = Checker::new(cx, &mut schema, &mut names, &mut log, bodies, options, migrations);
            let steps = checker.check(statements);
            if cx.error_count() == errors && !schema.same_as(before) {
                prove(cx, *loc, before, &schema);
            }
            CheckedDown::Steps(steps)
        }
    }
}

/// The inverse of each step, last first.
fn derive(cx: &mut Diagnostics, up: &[CheckedStep], before: &Schema, options: &Options) -> CheckedDown {
    let mut schema = before.clone();
    let mut back: Vec<Vec<CheckedStep>> = Vec::new();
    for CheckedStep { step, loc, .. } in up {
        match invert(step, &schema) {
            Ok(steps) => back.push(
                steps.into_iter().map(|step| CheckedStep { step, loc: *loc, parts: Vec::new() }).collect(),
            ),
            Err(why) => {
                cx.error(code::DOWN_REQUIRED, *loc, "the way down cannot be derived from this")
                    .help("write `down { .. }`, or `down irreversible \"why\";`, beside `up { .. }`")
                    .note(why);
            }
        }
        schema.apply(step);
    }
    let mut steps: Vec<CheckedStep> = back.into_iter().rev().flatten().collect();
    // A derived way back rebuilds where it must, without the word.
    if options.has(Dialect::Sqlite) {
        for CheckedStep { step, .. } in &mut steps {
            if let Step::AlterTable { table, recreate, changes } = step
                && let Some(table) = schema.table(table)
            {
                *recreate = sqlite::any_needs_rebuild(changes, table, options);
            }
            schema.apply(step);
        }
    }
    CheckedDown::Steps(steps)
}

fn prove(cx: &mut Diagnostics, loc: Loc, before: &Schema, after: &Schema) {
    let differences = differences(before, after);
    let mut report = cx
        .error(code::DOWN_NOT_INVERSE, loc, "`down` does not lead back to the schema before `up`")
        .help("leave out `down` where it can be derived, or mend it");
    for line in differences.iter().take(6) {
        report = report.note(line.clone());
    }
    if differences.len() > 6 {
        report.note(format!("and {} differences more", differences.len() - 6));
    }
}

/// What is otherwise after up and down than before, a line each.
fn differences(before: &Schema, after: &Schema) -> Vec<String> {
    let mut lines = Vec::new();
    for table in before.tables() {
        match after.table(&table.name) {
            None => lines.push(format!("table `{}` is missing after up and down", table.name)),
            Some(other) => table_differences(table, other, &mut lines),
        }
    }
    for table in after.tables().filter(|t| before.table(&t.name).is_none()) {
        lines.push(format!("table `{}` is left over after up and down", table.name));
    }
    let objects = |schema: &Schema| -> Vec<Object> {
        let views = schema.views().map(|v| ("view", v.name.clone(), format!("{v:?}")));
        let triggers = schema.triggers().map(|t| ("trigger", t.name.clone(), format!("{t:?}")));
        let extensions = schema.extensions().map(|e| ("extension", e.name.clone(), format!("{e:?}")));
        views.chain(triggers).chain(extensions).collect()
    };
    object_differences(&objects(before), &objects(after), "", &mut lines);
    lines
}

fn table_differences(before: &Table, after: &Table, lines: &mut Vec<String>) {
    let table = &before.name;
    let count = lines.len();
    for column in &before.columns {
        match after.columns.iter().find(|c| c.name == column.name) {
            None => lines.push(format!("column `{}` of `{table}` is missing after up and down", column.name)),
            Some(other) if other != column => {
                lines.push(format!(
                    "column `{}` of `{table}` is another after up and down: {}",
                    column.name,
                    {
                        if other.ty != column.ty {
                            "its type differs"
                        } else if other.null != column.null {
                            "NOT NULL differs"
                        } else if other.default != column.default {
                            "its default differs"
                        } else {
                            "its declaration differs"
                        }
                    }
                ));
            }
            Some(_) => {}
        }
    }
    for column in after.columns.iter().filter(|c| before.columns.iter().all(|b| b.name != c.name)) {
        lines.push(format!("column `{}` of `{table}` is left over after up and down", column.name));
    }
    let named = |t: &Table| -> Vec<Object> {
        let mut all: Vec<Object> = Vec::new();
        all.extend(t.primary_key.iter().map(|p| ("primary key", p.name.text.clone(), format!("{p:?}"))));
        all.extend(t.uniques.iter().map(|u| ("unique constraint", u.name.text.clone(), format!("{u:?}"))));
        all.extend(t.checks.iter().map(|c| ("check", c.name.text.clone(), format!("{c:?}"))));
        all.extend(t.foreign_keys.iter().map(|f| ("foreign key", f.name.text.clone(), format!("{f:?}"))));
        all.extend(t.indexes.iter().map(|i| ("index", i.name.clone(), format!("{i:?}"))));
        all
    };
    object_differences(&named(before), &named(after), &format!(" of `{table}`"), lines);
    if lines.len() == count && before.sorted() != after.sorted() {
        lines.push(format!("table `{table}` is another after up and down"));
    }
}

/// What has a name: its kind, the name, and all that it is.
type Object = (&'static str, String, String);

/// What is otherwise among things that have names; `of` says where they are.
fn object_differences(old: &[Object], new: &[Object], of: &str, lines: &mut Vec<String>) {
    for (kind, name, shape) in old {
        match new.iter().find(|(k, n, _)| k == kind && same_name(n, name)) {
            None => lines.push(format!("{kind} `{name}`{of} is missing after up and down")),
            Some((_, _, other)) if other != shape => {
                lines.push(format!("{kind} `{name}`{of} is another after up and down"));
            }
            Some(_) => {}
        }
    }
    let left_over = |(kind, name, _): &&Object| !old.iter().any(|(k, n, _)| k == kind && same_name(n, name));
    for (kind, name, _) in new.iter().filter(left_over) {
        lines.push(format!("{kind} `{name}`{of} is left over after up and down"));
    }
}
