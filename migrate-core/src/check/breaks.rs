//! Checks against values that are known: a default with which every insert that leaves out the column would fail, and the
//! literals of an `insert`. A trigger may change a row before it is checked, so of tables that have one nothing is said.

use super::Checker;
use super::constant::{Constant, evaluate};
use crate::diagnostics::code;
use crate::schema::expr::ExprKind;
use crate::schema::{Change, Check, Expr, Step, Table, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, ModifierKind, StatementKind, TableItem};

/// A default that broke a check when its statement was done.
pub(super) struct BrokenDefault {
    table: String,
    check: String,
    column: String,
    loc: Loc,
}

/// A check that was false for every row of a table when it came.
pub(super) struct BrokenRows {
    pub table: String,
    pub check: String,
    pub loc: Loc,
}

impl Checker<'_> {
    /// Takes note of defaults that a step makes break a check. The schema is the one before the step.
    pub(super) fn find_broken_defaults(&mut self, step: &Step, parts: &[Loc], statement: &ast::Statement) {
        match step {
            Step::CreateTable(table) => {
                for (check, column) in broken(table) {
                    let loc = default_place(statement, &column).unwrap_or(statement.head);
                    self.broken_defaults.push(BrokenDefault {
                        table: table.name.clone(),
                        check,
                        column,
                        loc,
                    });
                }
            }
            Step::AlterTable { table: name, changes, .. } => {
                // Most alterations are of tables without a check, and following them has its price.
                let adds = changes.iter().any(|c| matches!(c, Change::AddCheck(_)));
                let has = |table: &&Table| adds || !table.checks.is_empty();
                let Some(mut table) = self.schema.table(name).filter(has).cloned() else { return };
                let mut known = broken(&table);
                for (at, change) in changes.iter().enumerate() {
                    table.apply(change);
                    let now = broken(&table);
                    let makes = matches!(
                        change,
                        Change::AddColumn(_) | Change::AddCheck(_) | Change::SetDefault { .. }
                    );
                    for (check, column) in now.iter().filter(|found| makes && !known.contains(found)) {
                        let loc = parts.get(at).copied().unwrap_or(statement.head);
                        self.broken_defaults.push(BrokenDefault {
                            table: table.name.clone(),
                            check: check.clone(),
                            column: column.clone(),
                            loc,
                        });
                    }
                    known = now;
                }
            }
            _ => {}
        }
    }

    /// Reports checks that still stand at the end of the migration, and were false for what a column held in every row that
    /// was there when they came, whatever its default is by now.
    pub(super) fn check_broken_rows(&mut self) {
        for BrokenRows { table: name, check, loc } in std::mem::take(&mut self.broken_rows) {
            let Some(table) = self.schema.table(&name) else { continue };
            let stands = table.checks.iter().any(|c| same_name(&c.name.text, &check));
            // Where the default is at fault, that is what is said, unless a trigger may mend new rows.
            let by_default = broken(table).iter().any(|(c, _)| same_name(c, &check));
            if !stands || (by_default && self.schema.triggers_of(&name).next().is_none()) {
                continue;
            }
            self.cx
                .error(code::BREAKS_CHECK, loc, format!("every row of `{name}` breaks the check `{check}`"))
                .help("add the column with a default for which the check is true, or fill it by an `update` before")
                .note("the rows that are there get the default that a column has when it is added, or null");
        }
    }

    /// Reports those that still do at the end of the migration.
    pub(super) fn check_broken_defaults(&mut self) {
        for found in std::mem::take(&mut self.broken_defaults) {
            let BrokenDefault { table, check, column, loc } = found;
            let still = self.schema.table(&table).is_some_and(|t| {
                broken(t).iter().any(|(c, d)| same_name(c, &check) && same_name(d, &column))
            });
            if !still || self.schema.triggers_of(&table).next().is_some() {
                continue;
            }
            let message = format!("the default of `{column}` breaks the check `{check}`");
            self.cx
                .error(code::INVALID_DEFAULT, loc, message)
                .help("choose a default for which the check is true")
                .note(format!("every insert into `{table}` that leaves out `{column}` would fail"));
        }
    }

    /// Reports rows of an `insert` whose literals, and those of the defaults of what is left out, break a check; the
    /// table has no triggers.
    pub(super) fn check_breaking_rows(
        &mut self,
        table: &Table,
        columns: &[String],
        rows: &[Vec<Expr>],
        written: &[ast::Row],
    ) {
        for (row, written) in rows.iter().zip(written) {
            let held = |name: &str| {
                let column = table.column(name)?;
                let Some(at) = columns.iter().position(|c| same_name(c, name)) else {
                    return Constant::of_default(column);
                };
                match &row.get(at)?.kind {
                    ExprKind::Literal(literal) => Constant::of_column(column, literal),
                    _ => None,
                }
            };
            let Some(check) = table.checks.iter().find(|check| is_false(check, &held)) else { continue };
            let message = format!("this row breaks the check `{}` of `{}`", check.name.text, table.name);
            self.cx
                .error(code::BREAKS_CHECK, written.loc, message)
                .help("write values for which the check is true, or drop the check before");
        }
    }
}

/// Whether a check is surely false; one that is null is not broken.
pub(super) fn is_false(check: &Check, column: &dyn Fn(&str) -> Option<Constant>) -> bool {
    evaluate(&check.expr, column) == Some(Constant::Boolean(false))
}

/// The checks over one column that its default breaks, with the column.
fn broken(table: &Table) -> Vec<(String, String)> {
    let checks = table.checks.iter().filter_map(|check| {
        let columns = check.expr.columns();
        let [column] = &columns[..] else { return None };
        let column = table.column(column).filter(|c| c.default.is_some())?;
        let held = |name: &str| same_name(name, &column.name).then(|| Constant::of_default(column)).flatten();
        is_false(check, &held).then(|| (check.name.text.clone(), column.name.clone()))
    });
    checks.collect()
}

/// Where the default of a new table's column is written.
fn default_place(statement: &ast::Statement, column: &str) -> Option<Loc> {
    let StatementKind::CreateTable(create) = &statement.kind else { return None };
    create.items.iter().find_map(|item| match item {
        TableItem::Column(found) if same_name(&found.name.text, column) => {
            found.modifiers.iter().find(|m| matches!(m.kind, ModifierKind::Default(_))).map(|m| m.loc)
        }
        _ => None,
    })
}
