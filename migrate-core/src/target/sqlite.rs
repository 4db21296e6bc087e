//! What SQLite's ALTER TABLE can do in place, each fact with the manual's address.
//!
//! The facts hold for every version from 3.35 on, so they do not look at the newer forms of ALTER.

use super::Options;
use crate::schema::{Change, Column, Default, Expr, Table, Type, same_name};

/// Lowest version that drops columns (<https://www.sqlite.org/releaselog/3_35_0.html>).
pub const DROP_COLUMN: (u32, u32) = (3, 35);

/// Why SQLite needs a rebuild for the change at `at`, or `None` if it does it in place.
///
/// `before` is the table before the whole block of `changes`.
pub fn needs_rebuild(
    changes: &[Change],
    at: usize,
    before: &Table,
    options: &Options,
) -> Option<&'static str> {
    match &changes[at] {
        // https://www.sqlite.org/gencol.html#limitations
        Change::AddColumn(column) if column.generated.as_ref().is_some_and(|g| g.stored) => {
            Some("SQLite cannot add a stored generated column")
        }
        Change::AddColumn(column) => match &column.default {
            // https://www.sqlite.org/lang_altertable.html#altertabaddcol
            Some(Default::Now | Default::Random | Default::Expr(_) | Default::Sql(_)) => {
                Some("SQLite cannot add a column whose default is not constant")
            }
            _ => None,
        },
        Change::AddForeignKey(key) => {
            let [name] = &key.columns[..] else {
                return Some("SQLite cannot add a foreign key to a table");
            };
            let Some(column) = added_column(changes, at, name) else {
                return Some("SQLite cannot add a foreign key to a table");
            };
            // https://www.sqlite.org/lang_altertable.html#altertabaddcol: such a column must default to NULL.
            (column.default.is_some() || !column.null)
                .then_some("SQLite cannot add a column that has a foreign key and a default")
        }
        Change::AddCheck(check) => {
            let alone = |c: &str| check.expr.mentions(c) && mentions_only(&check.expr, c);
            let mut columns = changes[..at].iter().filter_map(|c| match c {
                Change::AddColumn(c) => Some(&c.name),
                _ => None,
            });
            let column = columns.find(|c| alone(c) && added_column(changes, at, c).is_some());
            column.is_none().then_some("SQLite cannot add a check to a table")
        }
        // https://www.sqlite.org/lang_altertable.html#altertabdropcol: refused or not by how the text is written.
        Change::DropColumn { name } => (before.checks.iter())
            .any(|c| c.is_of_enum(name))
            .then_some("SQLite cannot drop a column that has a check"),
        Change::RenameColumn { .. } | Change::RenameConstraint { .. } | Change::ValidateConstraint { .. } => {
            None
        }
        Change::SetType { column, ty, using } => {
            let old = type_before(changes, at, column, before);
            let same = old.is_some_and(|old| same_storage(old, ty, options));
            (!same || using.is_some()).then_some("SQLite cannot change the type of a column")
        }
        Change::RenameValue { .. } => Some("SQLite cannot change the values of an enum"),
        Change::SetDefault { .. } => Some("SQLite cannot change the default of a column"),
        Change::SetNotNull { .. } => Some("SQLite cannot make a column NOT NULL"),
        Change::DropNotNull { .. } => Some("SQLite cannot make a column nullable"),
        Change::AddPrimaryKey(_) => Some("SQLite cannot add a primary key to a table"),
        Change::DropPrimaryKey => Some("SQLite cannot drop a primary key"),
        Change::AddUnique(_) => Some("SQLite cannot add a unique constraint to a table"),
        Change::DropConstraint { .. } => Some("SQLite cannot drop a constraint"),
        Change::AlterForeignKey { .. } => Some("SQLite cannot change a foreign key"),
    }
}

/// Whether any of the changes needs a rebuild.
pub fn any_needs_rebuild(changes: &[Change], before: &Table, options: &Options) -> bool {
    (0..changes.len()).any(|at| needs_rebuild(changes, at, before, options).is_some())
}

/// The column that is the table's rowid: a lone key that is declared by exactly the word `integer`. What is not given for it
/// SQLite numbers itself, whatever default it has (<https://www.sqlite.org/lang_createtable.html#rowid>).
pub fn rowid_column(table: &Table) -> Option<&Column> {
    table.lone_key().filter(|c| !table.without_rowid && declares_rowid(&c.ty))
}

/// Whether a lone key of this type is the table's rowid.
pub fn declares_rowid(ty: &Type) -> bool {
    match ty {
        Type::Integer(_) | Type::Boolean | Type::TimestampMs | Type::Timestamp => true,
        Type::Native { sqlite, .. } => {
            sqlite.as_ref().is_some_and(|t| t.trim().eq_ignore_ascii_case("integer"))
        }
        _ => false,
    }
}

/// The column that an earlier change of the block adds, if it still has that name.
fn added_column<'a>(changes: &'a [Change], at: usize, name: &str) -> Option<&'a Column> {
    for change in changes[..at].iter().rev() {
        match change {
            Change::AddColumn(column) if same_name(&column.name, name) => return Some(column),
            Change::RenameColumn { from, to } if same_name(from, name) || same_name(to, name) => return None,
            _ => {}
        }
    }
    None
}

/// The type that a column has before the change at `at`, by the name that it has then.
fn type_before<'a>(changes: &'a [Change], at: usize, name: &'a str, before: &'a Table) -> Option<&'a Type> {
    let mut name = name;
    for change in changes[..at].iter().rev() {
        match change {
            Change::AddColumn(column) if same_name(&column.name, name) => return Some(&column.ty),
            Change::SetType { column, ty, .. } if same_name(column, name) => return Some(ty),
            Change::RenameColumn { from, to } if same_name(to, name) => name = from,
            _ => {}
        }
    }
    before.column(name).map(|c| &c.ty)
}

fn mentions_only(expr: &Expr, column: &str) -> bool {
    !expr.has_native()
        && expr.as_column().is_none_or(|c| same_name(c, column))
        && expr.children().into_iter().all(|e| mentions_only(e, column))
}

/// How SQLite stores a value of a type: values of one class are the same bytes under each type of it
/// (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Storage {
    Text,
    Integer,
    Boolean,
    Real,
    Numeric,
    Blob,
    Other,
}

fn storage(ty: &Type, options: &Options) -> Storage {
    match ty {
        Type::Text | Type::TextN(_) | Type::Char(_) | Type::Enum(_) | Type::Json => Storage::Text,
        Type::Integer(_) | Type::TimestampMs | Type::Timestamp => Storage::Integer,
        Type::Boolean => Storage::Boolean,
        Type::Real(_) => Storage::Real,
        Type::Decimal { as_text: true, .. } => Storage::Text,
        Type::Decimal { .. } => Storage::Numeric,
        Type::Blob => Storage::Blob,
        Type::Uuid if options.uuid_blob() => Storage::Blob,
        Type::Uuid => Storage::Text,
        Type::Datetime | Type::DatetimeTz | Type::Date | Type::Time | Type::Native { .. } => Storage::Other,
    }
}

/// Whether a change from one type to the other is nothing to SQLite: the same affinity, and no declared type that a
/// STRICT table would read.
pub fn same_storage(old: &Type, new: &Type, options: &Options) -> bool {
    let (a, b) = (storage(old, options), storage(new, options));
    old == new || (a == b && a != Storage::Other && (!options.strict() || a != Storage::Numeric))
}

/// Most columns of a table, an index or a view, as it is built by default (<https://www.sqlite.org/limits.html>).
pub const MAX_COLUMNS: usize = 2000;

/// The types of columns in STRICT tables (<https://www.sqlite.org/stricttables.html>).
pub const STRICT_TYPES: [&str; 6] = ["int", "integer", "real", "text", "blob", "any"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_followed_through_the_block() {
        let column = |name: &str, ty| Column {
            name: name.into(),
            ty,
            null: true,
            default: None,
            autoincrement: None,
            collate: None,
            generated: None,
            comment: None,
        };
        let table = Table {
            name: "t".into(),
            columns: vec![column("a", Type::Integer(16)), column("b", Type::Blob)],
            ..Table::default()
        };
        let rename = |from: &str, to: &str| Change::RenameColumn { from: from.into(), to: to.into() };
        let widen = |name: &str| Change::SetType { column: name.into(), ty: Type::Integer(64), using: None };
        let rebuilds = |changes: &[Change]| any_needs_rebuild(changes, &table, &Options::default());
        assert!(!rebuilds(&[rename("a", "c"), widen("c")]));
        assert!(rebuilds(&[rename("a", "c"), rename("b", "a"), widen("a")]));
        assert!(!rebuilds(&[Change::AddColumn(column("d", Type::Integer(32))), widen("d")]));
    }
}
