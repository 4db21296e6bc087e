//! Keys over values that repeat: a column that was added with a default holds the same in every row that was there, and
//! rows of one statement can agree in their literals. What is not sure is left to the rows, and to the lints.

use super::Checker;
use super::breaks::{BrokenRows, is_false};
use super::constant::Constant;
use super::rows::keys;
use crate::diagnostics::code;
use crate::schema::expr::ExprKind;
use crate::schema::{Change, Data, Default, Expr, Literal, Step, Table, same_name};
use crate::source::Loc;
use crate::syntax::ast;

/// What one way of a migration has done so far to rows that were there before it.
#[derive(Default)]
pub(super) struct Repeated {
    /// Tables that the migration made.
    made: Vec<String>,
    /// Columns that hold the same in all rows.
    columns: Vec<Same>,
    /// Tables of which rows may have gone or changed.
    touched: Vec<String>,
    /// Whether that may be so in all tables.
    all_touched: bool,
}

/// A column that holds the same in all rows.
struct Same {
    table: String,
    column: String,
    /// Whether that is null.
    null: bool,
    /// What it is, if that is known.
    value: Option<Constant>,
}

impl Same {
    fn is(&self, table: &str, column: &str) -> bool {
        same_name(&self.table, table) && same_name(&self.column, column)
    }
}

impl Repeated {
    /// What a column holds in every row, if that is known.
    fn value(&self, table: &str, column: &str) -> Option<Constant> {
        self.is_known(table).then_some(())?;
        self.columns.iter().find(|same| same.is(table, column))?.value.clone()
    }

    fn is_known(&self, table: &str) -> bool {
        let is = |names: &[String]| names.iter().any(|t| same_name(t, table));
        !self.all_touched && !is(&self.touched) && !is(&self.made)
    }

    /// Whether no two rows differ in the columns, by the meaning that the key gives to nulls.
    fn repeats(&self, table: &str, key: &[String], nulls_not_distinct: bool) -> bool {
        !key.is_empty()
            && self.is_known(table)
            && key.iter().all(|column| {
                self.columns.iter().any(|same| same.is(table, column) && (nulls_not_distinct || !same.null))
            })
    }

    fn follow_change(&mut self, table: &str, change: &Change) {
        match change {
            Change::AddColumn(column) if column.generated.is_none() && column.autoincrement.is_none() => {
                let null = match &column.default {
                    None => true,
                    Some(Default::Literal(_) | Default::Now) => false,
                    Some(Default::Random | Default::Expr(_) | Default::Sql(_)) => return,
                };
                self.columns.push(Same {
                    table: table.to_owned(),
                    column: column.name.clone(),
                    null,
                    value: Constant::of_default(column),
                });
            }
            Change::DropColumn { name: column }
            | Change::SetType { column, using: Some(_), .. }
            | Change::SetNotNull { column, using: Some(_) } => {
                self.columns.retain(|same| !same.is(table, column));
            }
            Change::RenameColumn { from, to } => {
                for same in self.columns.iter_mut().filter(|same| same.is(table, from)) {
                    same.column.clone_from(to);
                }
            }
            Change::SetType { column, using: None, .. } | Change::RenameValue { column, .. } => {
                for same in self.columns.iter_mut().filter(|same| same.is(table, column)) {
                    same.value = None;
                }
            }
            _ => {}
        }
    }

    fn follow(&mut self, step: &Step, has_triggers: bool) {
        match step {
            Step::CreateTable(table) => self.made.push(table.name.clone()),
            Step::DropTable { table } => self.columns.retain(|same| !same_name(&same.table, table)),
            Step::RenameTable { from, to } => {
                let names = self.made.iter_mut().chain(&mut self.touched);
                for name in names.chain(self.columns.iter_mut().map(|same| &mut same.table)) {
                    if same_name(name, from) {
                        name.clone_from(to);
                    }
                }
            }
            Step::Data(data) => {
                // What goes or changes can take rows of other tables along, by foreign keys and triggers.
                self.all_touched |= has_triggers || !matches!(&**data, Data::Insert(_));
                self.touched.push(data.table().to_owned());
            }
            Step::Native { .. } | Step::Call { .. } => self.all_touched = true,
            _ => {}
        }
    }
}

impl Checker<'_> {
    /// Reports keys that a step makes over columns which hold the same in every row. `parts` are the words of its changes.
    pub(super) fn check_repeated(&mut self, step: &Step, parts: &[Loc], head: Loc) {
        match step {
            Step::AlterTable { table, changes, .. } => {
                for (at, change) in changes.iter().enumerate() {
                    let (key, nulls) = match change {
                        Change::AddPrimaryKey(key) => (&key.columns[..], false),
                        Change::AddUnique(unique) => (&unique.columns[..], unique.nulls_not_distinct),
                        _ => (&[][..], false),
                    };
                    let loc = parts.get(at).copied().unwrap_or(head);
                    if self.repeated.repeats(table, key, nulls) {
                        self.repeated_default(table, key, loc);
                    }
                    if let Change::AddCheck(check) = change
                        && !check.not_valid
                        && self.repeated.is_known(table)
                        && is_false(check, &|column| self.repeated.value(table, column))
                    {
                        let (table, check) = (table.clone(), check.name.text.clone());
                        self.broken_rows.push(BrokenRows { table, check, loc });
                    }
                    self.repeated.follow_change(table, change);
                }
            }
            Step::CreateIndex { table, index, .. } => {
                if let Some(key) = index.plain_unique_columns()
                    && self.repeated.repeats(table, &key, index.nulls_not_distinct)
                {
                    self.repeated_default(table, &key, head);
                }
            }
            _ => self.repeated.follow(step, self.schema.triggers().next().is_some()),
        }
    }

    fn repeated_default(&mut self, table: &str, key: &[String], loc: Loc) {
        let names = key.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let column = &key[0];
        self.cx
            .error(
                code::REPEATED_DEFAULT,
                loc,
                format!("every row of `{table}` has the same {names}, so this cannot be unique"),
            )
            .help(format!(
                "add it `null`, fill it: `update {table} set {column} = ..;`, and make it unique then"
            ))
            .note("the rows that are there all get the default of a column that is added, or null");
    }

    /// Reports rows of one `insert` that agree in a key; the table has no triggers.
    pub(super) fn check_repeated_keys(
        &mut self,
        table: &Table,
        columns: &[String],
        rows: &[Vec<Expr>],
        written: &[ast::Row],
    ) {
        for key in keys(table) {
            let values: Vec<Option<Vec<&Literal>>> = (rows.iter())
                .map(|row| key.iter().map(|column| held(table, columns, row, column)).collect())
                .collect();
            for (at, value) in values.iter().enumerate() {
                let Some(first) = values[..at].iter().position(|v| v.is_some() && v == value) else {
                    continue;
                };
                let names = key.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "rows {} and {} agree in {names}, which is a key of `{}`",
                    first + 1,
                    at + 1,
                    table.name
                );
                self.cx.error(code::REPEATED_KEY, written[at].loc, message).help(
                    "give each row a key of its own, or write `on conflict do nothing` to leave it out",
                );
            }
        }
    }
}

/// What a new row surely has in a column, if that is no null.
fn held<'a>(table: &'a Table, columns: &[String], row: &'a [Expr], column: &str) -> Option<&'a Literal> {
    let literal = match columns.iter().position(|c| same_name(c, column)) {
        Some(at) => match &row.get(at)?.kind {
            ExprKind::Literal(literal) => literal,
            _ => return None,
        },
        None => match table.column(column)?.default.as_ref()? {
            Default::Literal(literal) => literal,
            _ => return None,
        },
    };
    (*literal != Literal::Null).then_some(literal)
}
