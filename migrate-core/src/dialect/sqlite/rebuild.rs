//! The rebuild of a table: what SQLite cannot alter in place.
//!
//! Comes in: the table before and after, and the changes between. Goes out: the parts of the procedure of
//! <https://www.sqlite.org/lang_altertable.html#otheralter>, whose steps are numbered below as they are there. The
//! runtime runs them; `export` writes them out.

use super::super::Rebuild;
use super::super::expr::LOWEST;
use super::{default, index, table, types, writer};
use crate::schema::expr::{Expr, ExprKind, Function};
use crate::schema::{Change, Column, Default, Literal, NativeSql, Table, same_name};
use crate::target::{Dialect, Options};

/// The whole rebuild for one `alter table .. recreate`.
pub(super) fn rebuild(old: &Table, new_table: &Table, changes: &[Change], options: &Options) -> Rebuild {
    // 1. Foreign keys are switched off, 2. a transaction is begun: the runtime does both, in this order.
    // 3. Indexes and triggers are remembered. Those that the history knows come from the folded schema, the runtime
    //    reads the others; so it must know which are ours.
    let mut known_indexes: Vec<String> = Vec::new();
    for index in old.indexes.iter().chain(&new_table.indexes) {
        if !known_indexes.iter().any(|known| same_name(known, &index.name)) {
            known_indexes.push(index.name.clone());
        }
    }
    // 4. The table in its new shape, by a name that is not taken.
    let mut work_table = table::WORK_PREFIX.to_owned();
    work_table.push_str(&new_table.name);
    let create = table::create_as(&work_table, new_table, options).into_text();
    // 5. The rows are copied, each column by its name.
    let sources = sources(old, changes, options);
    let writer = writer(old, options);
    let (mut copy_columns, mut copy_values) = (Vec::new(), Vec::new());
    for column in &new_table.columns {
        let source = sources.iter().find(|s| same_name(&s.column.name, &column.name));
        if let Some(source) = source
            && source.is_copied
            && column.generated.is_none()
        {
            copy_columns.push(column.name.clone());
            copy_values.push(writer.part(&source.value, LOWEST).into_text());
        }
    }
    // 6. The old table goes, 7. the new one gets its name: the runtime writes both.
    // 8. Indexes come back, after the copy.
    let indexes = new_table.indexes.iter().filter(|i| Dialect::Sqlite.has_index(i));
    let indexes = indexes.map(|i| index::create_in_main(new_table, i, options).into_text()).collect();
    // 9. to 12. Views are prepared, foreign keys checked, the transaction ended, foreign keys switched on: the runtime.
    let first_key = |t: &Table| t.primary_key.as_ref().filter(|_| t.without_rowid)?.columns.first().cloned();
    Rebuild {
        key_column: first_key(old).zip(first_key(new_table)),
        table: new_table.name.clone(),
        work_table,
        columns: old.columns.iter().map(|c| c.name.clone()).collect(),
        known_indexes,
        create,
        copy_columns,
        copy_values,
        keep_rowid: ![old, new_table].iter().any(|t| t.without_rowid || types::has_rowid_key(t)),
        indexes,
        triggers: Vec::new(),
    }
}

/// Where the values of a column come from.
struct Source {
    /// The column as it stands after the changes so far.
    column: Column,
    /// Its value over the old table.
    value: Expr,
    /// Whether it is copied; an added column that nothing changed is left to its default.
    is_copied: bool,
}

fn sources(old: &Table, changes: &[Change], options: &Options) -> Vec<Source> {
    let mut sources: Vec<Source> = old.columns.iter().map(Source::old).collect();
    for change in changes {
        match change {
            Change::AddColumn(column) => sources.push(Source::added(column, options)),
            Change::DropColumn { name } => sources.retain(|s| !same_name(&s.column.name, name)),
            Change::RenameColumn { from, to } => {
                for source in sources.iter_mut().filter(|s| same_name(&s.column.name, from)) {
                    source.column.name.clone_from(to);
                }
            }
            Change::SetType { column, ty, using } => {
                let written = using.as_ref().map(|e| substitute(e, &sources));
                for source in sources.iter_mut().filter(|s| same_name(&s.column.name, column)) {
                    match &written {
                        Some(value) => source.set(value.clone()),
                        None if !types::stores_alike(&source.column.ty, ty, options)
                            && crate::target::casts::cast_is_known(source.value.family, ty) =>
                        {
                            let value = Box::new(source.value.clone());
                            source.set(Expr {
                                kind: ExprKind::Cast { value, ty: ty.clone() },
                                family: ty.family(),
                            });
                        }
                        // Affinity does it, or nothing needs doing.
                        None => {}
                    }
                    source.column.ty = ty.clone();
                }
            }
            Change::RenameValue { column, from, to } => {
                for source in sources.iter_mut().filter(|s| same_name(&s.column.name, column)) {
                    source.set(Expr::renamed_value(source.value.clone(), from, to));
                }
            }
            Change::SetDefault { column, default } => {
                for source in sources.iter_mut().filter(|s| same_name(&s.column.name, column)) {
                    // The rows have what the column was added with, not the default that it gets.
                    source.is_copied = true;
                    source.column.default.clone_from(default);
                }
            }
            Change::SetNotNull { column, using: Some(using) } => {
                let written = substitute(using, &sources);
                for source in sources.iter_mut().filter(|s| same_name(&s.column.name, column)) {
                    let family = source.column.ty.family();
                    source.set(Expr {
                        kind: ExprKind::Call {
                            function: Function::Coalesce,
                            arguments: vec![source.value.clone(), written.clone()],
                        },
                        family,
                    });
                }
            }
            _ => {}
        }
    }
    sources
}

impl Source {
    fn old(column: &Column) -> Source {
        Source {
            column: column.clone(),
            value: Expr::column(&column.name, column.ty.family()),
            is_copied: true,
        }
    }

    fn added(column: &Column, options: &Options) -> Source {
        let family = column.ty.family();
        let value = match &column.default {
            None => ExprKind::Literal(Literal::Null),
            Some(random @ Default::Random) => ExprKind::Sql(NativeSql {
                sqlite: Some(default::value(random, column, options).into_text()),
                postgres: None,
            }),
            Some(Default::Literal(literal)) => ExprKind::Literal(literal.clone()),
            Some(Default::Now) => ExprKind::Now,
            Some(Default::Expr(expr)) => expr.kind.clone(),
            Some(Default::Sql(native)) => ExprKind::Sql(native.clone()),
        };
        Source { column: column.clone(), value: Expr { kind: value, family }, is_copied: false }
    }

    fn set(&mut self, value: Expr) {
        self.value = value;
        self.is_copied = true;
    }
}

/// An expression over the table as it is by now, written over the old table.
fn substitute(expr: &Expr, sources: &[Source]) -> Expr {
    if let Some(name) = expr.as_column() {
        let source = sources.iter().find(|s| same_name(&s.column.name, name));
        return source.map_or_else(|| expr.clone(), |s| s.value.clone());
    }
    let mut expr = expr.clone();
    for child in expr.children_mut() {
        *child = substitute(child, sources);
    }
    expr
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::expr::Family;

    #[test]
    fn old_rows_do_not_get_a_default_that_comes_later() {
        let column = |default: Option<&str>| Column {
            name: "a".into(),
            ty: crate::schema::Type::Text,
            null: true,
            default: default.map(|text| Default::Literal(Literal::Text(text.into()))),
            autoincrement: None,
            collate: None,
            generated: None,
            comment: None,
        };
        let (old, options) = (Table::default(), Options::default());
        for (before, after) in [(None, Some("x")), (Some("x"), None), (Some("x"), Some("y"))] {
            let default = column(after).default;
            let changes =
                [Change::AddColumn(column(before)), Change::SetDefault { column: "a".into(), default }];
            let sources = sources(&old, &changes, &options);
            let literal = before.map_or(Literal::Null, |text| Literal::Text(text.into()));
            assert_eq!(sources[0].value.kind, ExprKind::Literal(literal));
            assert!(sources[0].is_copied);
        }
    }

    #[test]
    fn expressions_follow_renames() {
        let column = |name: &str| Column {
            name: name.into(),
            ty: crate::schema::Type::Text,
            null: true,
            default: None,
            autoincrement: None,
            collate: None,
            generated: None,
            comment: None,
        };
        let old = Table { name: "t".into(), columns: vec![column("a")], ..Table::default() };
        let changes = [
            Change::RenameColumn { from: "a".into(), to: "b".into() },
            Change::SetNotNull { column: "b".into(), using: Some(Expr::column("b", Family::Text)) },
        ];
        let sources = sources(&old, &changes, &Options::default());
        let text = writer(&old, &Options::default()).part(&sources[0].value, LOWEST);
        assert_eq!(text.into_text(), "coalesce(`a`, `a`)");
    }
}
