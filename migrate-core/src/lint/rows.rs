//! What becomes of rows: what is lost for good, and what they can keep from succeeding.

use super::{Finding, Linter, using};
use crate::diagnostics::code;
use crate::schema::{Change, Check, Column, ForeignKey, Step, Table, Type, same_name};
use crate::source::Loc;
use crate::target::Dialect;

pub(super) fn step(linter: &Linter<'_>, step: &Step, loc: Loc, found: &mut Vec<Finding>) {
    match step {
        Step::DropTable { table } if !linter.is_fresh(table) => found.push(Finding {
            lint: code::DROPS_ROWS,
            loc,
            message: format!("the rows of `{table}` go with it, and no way down brings them back"),
            help: "rename it, and drop it when nobody has missed it for a while".to_owned(),
        }),
        Step::CreateIndex { table, index, .. } if index.unique => {
            let columns = index.plain_unique_columns();
            let what = match &columns {
                Some(columns) => names(columns),
                None => format!("the keys of `{}`", index.name),
            };
            if !linter.is_fresh(table)
                && !linter.is_filled(table)
                && !all_null(linter, table, columns.as_deref())
            {
                found.push(unique(table, &what, loc));
            }
        }
        Step::DropIndex { table, name, .. } if linter.derives_down => {
            let index = linter.now.table(table).and_then(|t| t.index(name));
            if index.is_some_and(|i| i.unique) {
                let message = format!(
                    "the way down fails where rows of `{table}` agree in the keys of `{name}` by then"
                );
                found.push(way_down(message, loc));
            }
        }
        _ => {}
    }
}

pub(super) fn change(
    linter: &Linter<'_>,
    table: &str,
    changes: &[Change],
    at: usize,
    loc: Loc,
    found: &mut Vec<Finding>,
) {
    let Some(before) = linter.now.table(table) else { return };
    let change = &changes[at];
    if let Change::DropColumn { name } = change
        && !linter.is_fresh(table)
        && linter.added(table, name).is_none()
        && let Some(column) = before.column(name).filter(|c| c.generated.is_none())
    {
        found.push(lost(table, column, changes, loc));
    }
    if !linter.is_fresh(table) && !linter.is_filled(table) {
        found.extend(judged(linter, before, change, loc));
    }
    if linter.derives_down && !linter.is_fresh(table) {
        found.extend(judged_back(before, change, loc));
    }
}

/// A column that goes with its values.
fn lost(table: &str, column: &Column, changes: &[Change], loc: Loc) -> Finding {
    let name = &column.name;
    let twin = changes.iter().find_map(|c| match c {
        Change::AddColumn(added) if added.ty == column.ty && added.generated.is_none() => Some(&added.name),
        _ => None,
    });
    match twin {
        Some(twin) => Finding {
            lint: code::LOOKS_LIKE_RENAME,
            loc,
            message: format!(
                "`{name}` goes with its values, and `{twin}` of the same type comes without any"
            ),
            help: format!("write `rename column {name} to {twin}`, which keeps them"),
        },
        None => Finding {
            lint: code::DROPS_VALUES,
            loc,
            message: format!(
                "the values of `{name}` go with it in every row of `{table}`, and no way down brings them back"
            ),
            help: "drop it in a later release than the last that reads it".to_owned(),
        },
    }
}

/// Whether the rows that are there can keep a change from being made.
fn judged(linter: &Linter<'_>, table: &Table, change: &Change, loc: Loc) -> Option<Finding> {
    let name = &table.name;
    let depends = |message: String, help: String| Finding { lint: code::DEPENDS_ON_ROWS, loc, message, help };
    match change {
        Change::SetNotNull { column, using: None } => Some(depends(
            format!("this fails where a row of `{name}` has no `{column}`"),
            format!(
                "fill them before: `update {name} set {column} = .. where {column} is null;`, or write `using`"
            ),
        )),
        Change::SetType { column, ty: Type::Enum(values), using: None } => {
            if let Type::Enum(old) = &table.column(column)?.ty
                && old.iter().all(|value| values.contains(value))
            {
                return None;
            }
            Some(depends(
                format!("this fails where a row of `{name}` has a `{column}` that is none of the values"),
                format!(
                    "see to them before: `update {name} set {column} = .. where {column} not in (..);`, or write `using`"
                ),
            ))
        }
        Change::SetType { column, ty, using: Some(value) } if linter.options.has(Dialect::Postgres) => {
            let limit = using::may_not_fit(value, table, ty)?;
            Some(depends(
                format!("PostgreSQL refuses this where `using` gives a `{column}` of more than {limit}"),
                "say in `using` what becomes of such values, as `substr(..)` or a `case` does".to_owned(),
            ))
        }
        Change::AddPrimaryKey(key) => Some(unique(name, &names(&key.columns), loc)),
        Change::AddUnique(it) if !all_null(linter, name, Some(&it.columns)) => {
            Some(unique(name, &names(&it.columns), loc))
        }
        Change::AddCheck(check)
            if check.of_enum.is_none()
                && is_judged(linter, check.not_valid)
                && !is_new(linter, name, check) =>
        {
            Some(depends(
                format!("{} where a row of `{name}` breaks the check", fails(check.not_valid)),
                format!("see to the rows before: `update {name} set .. where not (..);`"),
            ))
        }
        Change::AddForeignKey(key)
            if is_judged(linter, key.not_valid) && !all_null(linter, name, Some(&key.columns)) =>
        {
            Some(dangling(linter, name, key, loc))
        }
        Change::ValidateConstraint { name: constraint, valid: true } => Some(depends(
            format!("this fails where a row of `{name}` breaks `{constraint}`"),
            "see to the rows before".to_owned(),
        )),
        _ => None,
    }
}

/// Whether a database judges the rows when the constraint comes: SQLite does so whatever it says of that.
fn is_judged(linter: &Linter<'_>, not_valid: bool) -> bool {
    !not_valid || linter.options.has(Dialect::Sqlite)
}

fn fails(not_valid: bool) -> &'static str {
    if not_valid { "on SQLite, which looks at once, this fails" } else { "this fails" }
}

fn dangling(linter: &Linter<'_>, table: &str, key: &ForeignKey, loc: Loc) -> Finding {
    let null =
        |column: &String| linter.now.table(table).and_then(|t| t.column(column)).is_some_and(|c| c.null);
    let help = if key.columns.iter().all(null) {
        let set: Vec<String> = key.columns.iter().map(|column| format!("{column} = null")).collect();
        format!("see to them before: `update {table} set {} where ..;`, or delete them", set.join(", "))
    } else {
        format!("see to them before: insert what is missing in `{}`, or delete them", key.ref_table)
    };
    Finding {
        lint: code::DEPENDS_ON_ROWS,
        loc,
        message: format!(
            "{} where a row of `{table}` refers to none of `{}`",
            fails(key.not_valid),
            key.ref_table
        ),
        help,
    }
}

fn unique(table: &str, what: &str, loc: Loc) -> Finding {
    Finding {
        lint: code::DEPENDS_ON_ROWS,
        loc,
        message: format!("this fails where two rows of `{table}` agree in {what}"),
        help: "see to them before, in this migration or an earlier one".to_owned(),
    }
}

/// Whether the rows that are there by then can keep the derived way down from being gone.
fn judged_back(table: &Table, change: &Change, loc: Loc) -> Option<Finding> {
    let name = &table.name;
    let message = match change {
        Change::DropNotNull { column } => format!("a row of `{name}` has no `{column}`"),
        Change::DropPrimaryKey => format!("rows of `{name}` agree in its key"),
        Change::DropConstraint { name: gone } => {
            let enums = table.checks.iter().any(|c| same_name(&c.name.text, gone) && c.of_enum.is_some());
            if enums {
                return None;
            }
            format!("rows of `{name}` break `{gone}`")
        }
        Change::SetType { column, ty, using: None } if narrows_back(&table.column(column)?.ty, ty) => {
            format!("a row of `{name}` has a `{column}` that does not fit the old type")
        }
        _ => return None,
    };
    Some(way_down(format!("the way down fails where {message} by then"), loc))
}

fn way_down(message: String, loc: Loc) -> Finding {
    let help = "write a `down` that sees to the rows first, or `down irreversible \"why\";`".to_owned();
    Finding { lint: code::DOWN_MAY_FAIL, loc, message, help }
}

/// Whether values of the new type may not fit the old one.
fn narrows_back(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::TextN(_), Type::Text) => true,
        (Type::TextN(a), Type::TextN(b)) => a < b,
        (Type::Integer(a), Type::Integer(b)) => a < b,
        (Type::Decimal { precision: a, scale: s, .. }, Type::Decimal { precision: b, scale: t, .. }) => {
            a.saturating_sub(*s) < b.saturating_sub(*t)
        }
        (Type::Enum(old), Type::Enum(new)) => new.iter().any(|value| !old.contains(value)),
        (Type::Enum(_), Type::Text | Type::TextN(_)) => true,
        _ => false,
    }
}

/// Whether one of the columns is null in all rows, which then agree in nothing and refer to nothing.
fn all_null(linter: &Linter<'_>, table: &str, columns: Option<&[String]>) -> bool {
    columns.is_some_and(|columns| columns.iter().any(|c| linter.added(table, c) == Some(true)))
}

/// Whether a check is over columns alone that this migration added, and over some: their author knows what they hold.
fn is_new(linter: &Linter<'_>, table: &str, check: &Check) -> bool {
    let columns = check.expr.columns();
    !check.expr.has_native()
        && !columns.is_empty()
        && columns.iter().all(|c| linter.added(table, c).is_some())
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
}
