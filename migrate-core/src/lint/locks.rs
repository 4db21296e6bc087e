//! PostgreSQL: what keeps others waiting for as long as the table is large.

use super::{Finding, Linter};
use crate::diagnostics::code;
use crate::schema::{Change, Step, Table, same_name};
use crate::source::Loc;
use crate::target::Dialect;
use crate::target::locks::{Hold, Lock, Toil, of_change};

pub(super) fn step(linter: &Linter<'_>, step: &Step, loc: Loc, found: &mut Vec<Finding>) {
    let Step::CreateIndex { table, index, concurrently: false } = step else { return };
    if linter.options.has(Dialect::Postgres) && Dialect::Postgres.has_index(index) && !linter.is_fresh(table)
    {
        found.push(Finding {
            lint: code::BLOCKS_WRITES,
            loc,
            message: format!(
                "PostgreSQL lets nobody write to `{table}` ({}) until the index is built",
                Lock::Share.words()
            ),
            help: "write `concurrently` at its end, in a migration of its own".to_owned(),
        });
    }
}

pub(super) fn change(linter: &Linter<'_>, table: &str, change: &Change, loc: Loc, found: &mut Vec<Finding>) {
    if !linter.options.has(Dialect::Postgres) || linter.is_fresh(table) {
        return;
    }
    let Some(before) = linter.now.table(table) else { return };
    let holds = of_change(before, change);
    let Some(Hold { lock, toil, .. }) = holds.first() else { return };
    let words = lock.words();
    let finding = |lint, message, help: &str| Finding { lint, loc, message, help: help.to_owned() };
    found.extend(match toil {
        Toil::Rewrites => Some(finding(
            code::REWRITES_TABLE,
            format!(
                "PostgreSQL writes every row of `{table}` anew and lets nobody use it meanwhile ({words})"
            ),
            instead_of_a_rewrite(before, change),
        )),
        Toil::Builds => Some(finding(
            code::BLOCKS_WRITES,
            format!("PostgreSQL lets nobody use `{table}` ({words}) until the index under it is built"),
            "write `create unique index .. concurrently` in place of it, in a migration of its own",
        )),
        Toil::Scans => scans(linter, before, change, words).map(|(message, help)| Finding {
            lint: code::SCANS_TABLE,
            loc,
            message,
            help,
        }),
        Toil::Nothing | Toil::Writes => None,
    });
}

/// Batches go through a table by its primary key, which they do not change.
fn instead_of_a_rewrite(table: &Table, change: &Change) -> &'static str {
    let key = table.primary_key.as_ref();
    let is_key = |column: &str| key.is_some_and(|k| k.columns.iter().any(|c| same_name(c, column)));
    match (change, key) {
        (Change::AddColumn(column), Some(_)) if column.generated.is_some() => {
            "add an ordinary column, and fill it `in batches`"
        }
        (Change::AddColumn(_), Some(_)) => {
            "add it as `null`, fill it `in batches`, and write `set not null` then, each in a migration of its own"
        }
        (Change::SetType { column, .. }, _) if is_key(column) => {
            "a primary key has no other way: do it while nobody needs the table"
        }
        (_, Some(_)) => {
            "add a column of the new type, fill it `in batches`, and drop this one, each in a migration of its own"
        }
        (_, None) => {
            "a table with a primary key could be filled `in batches`; without one, do it while nobody needs the table"
        }
    }
}

/// Every row is looked at.
fn scans(linter: &Linter<'_>, table: &Table, change: &Change, words: &str) -> Option<(String, String)> {
    let name = &table.name;
    let exclusive =
        format!("PostgreSQL looks at every row of `{name}` and lets nobody use it meanwhile ({words})");
    let later = "write `not valid`, and `validate constraint` in a later migration".to_owned();
    match change {
        Change::SetNotNull { column, .. } => Some((
            exclusive,
            format!(
                "before it add `check ({column} is not null) not valid` and validate that: PostgreSQL trusts it"
            ),
        )),
        Change::AddCheck(check) => Some(match &check.of_enum {
            // The check of a type is valid at once.
            Some(column) => (
                exclusive,
                format!(
                    "for a large table make `{column}` a `text` with a check of your own: `not valid`, and validated later"
                ),
            ),
            None => (exclusive, later),
        }),
        Change::RenameValue { column, .. } => Some((
            exclusive,
            format!("for a large table make `{column}` a `text`, and rename the value `in batches`"),
        )),
        // PostgreSQL makes no exception for columns that are new, but they are one to whoever waits.
        Change::AddForeignKey(key) if !key.columns.iter().any(|c| linter.added(name, c) == Some(true)) => {
            let message = format!(
                "PostgreSQL looks at every row of `{name}` and lets nobody write to it or to `{}` meanwhile ({words})",
                key.ref_table
            );
            Some((message, later))
        }
        _ => None,
    }
}
