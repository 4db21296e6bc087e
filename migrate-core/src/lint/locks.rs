//! PostgreSQL: what keeps others waiting for as long as the table is large. The modes are those of
//! <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>, and who takes them is said at
//! <https://www.postgresql.org/docs/current/sql-altertable.html>.

use super::{Finding, Linter};
use crate::diagnostics::code;
use crate::schema::expr::ExprKind;
use crate::schema::{Change, Column, Default, Expr, Step, Table, same_name};
use crate::source::Loc;
use crate::target::{Dialect, postgres};

pub(super) fn step(linter: &Linter<'_>, step: &Step, loc: Loc, found: &mut Vec<Finding>) {
    let Step::CreateIndex { table, index, concurrently: false } = step else { return };
    if linter.options.has(Dialect::Postgres) && Dialect::Postgres.has_index(index) && !linter.is_fresh(table)
    {
        found.push(Finding {
            lint: code::BLOCKS_WRITES,
            loc,
            message: format!("PostgreSQL lets nobody write to `{table}` (SHARE) until the index is built"),
            help: "write `concurrently` at its end, in a migration of its own".to_owned(),
        });
    }
}

pub(super) fn change(linter: &Linter<'_>, table: &str, change: &Change, loc: Loc, found: &mut Vec<Finding>) {
    if !linter.options.has(Dialect::Postgres) || linter.is_fresh(table) {
        return;
    }
    let Some(before) = linter.now.table(table) else { return };
    found.extend(rewrites(before, change, loc));
    found.extend(scans(linter, before, change, loc));
    if let Change::AddUnique(_) | Change::AddPrimaryKey(_) = change {
        found.push(Finding {
            lint: code::BLOCKS_WRITES,
            loc,
            message: format!(
                "PostgreSQL lets nobody use `{table}` (ACCESS EXCLUSIVE) until the index under it is built"
            ),
            help: "write `create unique index .. concurrently` in place of it, in a migration of its own"
                .to_owned(),
        });
    }
}

/// Every row is written anew.
fn rewrites(table: &Table, change: &Change, loc: Loc) -> Option<Finding> {
    let help = match change {
        Change::SetType { column, ty, using } => {
            let old = &table.column(column)?.ty;
            let own = using.as_ref().is_none_or(|value| is_own(value, column));
            if own && !postgres::rewrites(old, ty) {
                return None;
            }
            "add a column of the new type, fill it `in batches`, and drop this one, each in a migration of its own"
        }
        Change::AddColumn(column) if column.generated.as_ref().is_some_and(|g| g.stored) => {
            "add an ordinary column, and fill it `in batches`"
        }
        Change::AddColumn(column) if column.autoincrement.is_some() || is_volatile(column) => {
            "add it as `null`, fill it `in batches`, and write `set not null` then, each in a migration of its own"
        }
        _ => return None,
    };
    Some(Finding {
        lint: code::REWRITES_TABLE,
        loc,
        message: format!(
            "PostgreSQL writes every row of `{}` anew and lets nobody use it meanwhile (ACCESS EXCLUSIVE)",
            table.name
        ),
        help: help.to_owned(),
    })
}

/// Whether a value is the column's own, in whatever type.
fn is_own(value: &Expr, column: &str) -> bool {
    match &value.kind {
        ExprKind::Cast { value, .. } => is_own(value, column),
        _ => value.as_column().is_some_and(|c| same_name(c, column)),
    }
}

/// Whether the default is another value for each row. That of the current time is one for all, the transaction's.
fn is_volatile(column: &Column) -> bool {
    matches!(column.default, Some(Default::Random))
}

/// Every row is looked at.
fn scans(linter: &Linter<'_>, table: &Table, change: &Change, loc: Loc) -> Option<Finding> {
    let name = &table.name;
    let exclusive = format!(
        "PostgreSQL looks at every row of `{name}` and lets nobody use it meanwhile (ACCESS EXCLUSIVE)"
    );
    let later = "write `not valid`, and `validate constraint` in a later migration".to_owned();
    let (message, help) = match change {
        Change::SetNotNull { column, .. } if !is_proven(table, column) => (
            exclusive,
            format!(
                "before it add `check ({column} is not null) not valid` and validate that: PostgreSQL trusts it"
            ),
        ),
        Change::AddCheck(check) if !check.not_valid && check.of_enum.is_none() => (exclusive, later),
        Change::AddForeignKey(key) if !key.not_valid => {
            // PostgreSQL makes no exception for columns that are new, but they are one to whoever waits.
            if key.columns.iter().any(|c| linter.added(name, c) == Some(true)) {
                return None;
            }
            let message = format!(
                "PostgreSQL looks at every row of `{name}` and lets nobody write to it or to `{}` meanwhile (SHARE ROW \
                 EXCLUSIVE)",
                key.ref_table
            );
            (message, later)
        }
        _ => return None,
    };
    Some(Finding { lint: code::SCANS_TABLE, loc, message, help })
}

/// Whether a check that was judged says that the column is not null.
fn is_proven(table: &Table, column: &str) -> bool {
    table.checks.iter().filter(|check| !check.not_valid).any(|check| match &check.expr.kind {
        ExprKind::IsNull { value, not: true } => value.as_column().is_some_and(|c| same_name(c, column)),
        _ => false,
    })
}
