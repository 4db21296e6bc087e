//! A folded schema as a database can tell of it.
//!
//! Comes in: a schema of the fold and the options of the history. Goes out: the same in the normal form of one dialect,
//! to be compared with what was read. This file must not know how SQL is written: the dialect room says it.

use super::lowered;
use super::sqlexpr::{KeyText, Scope, canonical, canonical_default, canonical_key, lex};
use super::sqlite::affinity::{affinity, is_rowid_type, normal_type};
use crate::inspect::postgres::types;
use crate::schema::expr::{ExprKind, Family};
use crate::schema::{
    Autoincrement, Check, Collation, Column, ConstraintName, Default, Expr, Extension, ForeignKey, Generated,
    Index, IndexKey, NativeSql, PrimaryKey, Schema, SequenceName, Table, Trigger, Type, Unique, View,
    ViewBody, ViewColumn, same_name,
};
use crate::target::{Dialect, Options};

/// The normal form of a folded schema: what that database can tell of it.
pub fn seen(dialect: Dialect, schema: &Schema, options: &Options) -> Schema {
    let tables: Schema = schema.tables().map(|table| Seen::new(dialect, table, options).table()).collect();
    let views = schema.views().map(|v| view(&v.name, v.columns.iter().map(|c| c.name.clone())));
    let triggers = schema.triggers().map(|t| trigger(&t.name, &t.table));
    let extensions = schema.extensions().filter(|_| dialect == Dialect::Postgres);
    let extensions = extensions.map(|e| Extension { name: e.name.clone(), schema: None });
    tables.with_views(views.collect(), triggers.collect()).with_extensions(extensions)
}

/// A view in normal form.
pub(super) fn view(name: &str, columns: impl Iterator<Item = String>) -> View {
    let columns = columns.map(|name| ViewColumn { name, ty: None }).collect();
    View { name: name.to_owned(), columns, body: ViewBody::Sql(NativeSql::default()) }
}

/// A trigger in normal form.
pub(super) fn trigger(name: &str, table: &str) -> Trigger {
    Trigger { name: name.to_owned(), table: table.to_owned(), sqlite: None, postgres: None }
}

/// SQL of one dialect.
pub(super) fn native(dialect: Dialect, text: String) -> NativeSql {
    match dialect {
        Dialect::Sqlite => NativeSql { sqlite: Some(text), postgres: None },
        Dialect::Postgres => NativeSql { sqlite: None, postgres: Some(text) },
    }
}

/// A type of one dialect.
pub(super) fn native_type(dialect: Dialect, text: String) -> Type {
    let NativeSql { sqlite, postgres } = native(dialect, text);
    Type::Native { sqlite, postgres }
}

/// An expression in canonical text.
pub(super) fn native_expr(dialect: Dialect, text: String) -> Expr {
    Expr { kind: ExprKind::Sql(native(dialect, text)), family: Family::Unknown }
}

/// The text of SQL, whichever dialect it is of.
pub(super) fn text_of(sql: &NativeSql) -> &str {
    sql.sqlite.as_deref().or(sql.postgres.as_deref()).unwrap_or("")
}

/// A key of an index in normal form: a column whose collation is the column's own is a plain column.
pub(super) fn index_key(dialect: Dialect, columns: &[Column], key: KeyText, descending: bool) -> IndexKey {
    let expr = match key {
        KeyText::Expression(text) => native_expr(dialect, text),
        KeyText::Column(name, collation) => {
            let own = columns.iter().find(|c| same_name(&c.name, &name));
            let own = own.and_then(|c| c.collate.as_ref()).map_or("binary", collation_text);
            match collation {
                Some(collation) if !same_name(&collation, own) => {
                    let text = format!("{} collate {collation}", super::sqlexpr::name(&name));
                    native_expr(dialect, text)
                }
                _ => Expr::column(name, Family::Unknown),
            }
        }
    };
    IndexKey::new(expr, descending)
}

/// A collation of one dialect, by its name there.
pub(super) fn native_collation(dialect: Dialect, name: &str) -> Collation {
    Collation::Native(native(dialect, name.to_ascii_lowercase()))
}

/// The name of a collation in normal form.
pub(super) fn collation_text(collation: &Collation) -> &str {
    match collation {
        Collation::Native(native) => text_of(native),
        Collation::Binary | Collation::Nocase | Collation::Rtrim => collation.sqlite().unwrap_or_default(),
    }
}

/// The name that the dialect has for a collation, if it says more than none at all.
fn collation_of(dialect: Dialect, collation: &Collation) -> Option<String> {
    dialect.collation(collation).map(str::to_ascii_lowercase).filter(|c| is_collation(dialect, c))
}

struct Seen<'a> {
    dialect: Dialect,
    table: &'a Table,
    options: &'a Options,
    /// Types as `type_name` gives them.
    declared: Vec<String>,
    scope: Scope<'a>,
    columns: Vec<Column>,
}

impl<'a> Seen<'a> {
    fn new(dialect: Dialect, table: &'a Table, options: &'a Options) -> Self {
        let declared: Vec<String> =
            (table.columns.iter()).map(|c| lowered::type_name(dialect, &c.ty, options)).collect();
        let types = declared.iter().map(|t| match dialect {
            Dialect::Sqlite => affinity(t).to_owned(),
            Dialect::Postgres => types::canonical(t),
        });
        let columns = table.columns.iter().map(|c| c.name.clone()).zip(types).collect();
        let mut seen = Seen {
            dialect,
            table,
            options,
            declared,
            scope: Scope { dialect, table: &table.name, columns },
            columns: Vec::new(),
        };
        seen.columns = (0..table.columns.len()).filter_map(|i| seen.column(i)).collect();
        seen
    }

    fn table(self) -> Table {
        Table {
            name: self.table.name.clone(),
            comment: self.comment(&self.table.comment),
            without_rowid: self.table.without_rowid && self.dialect == Dialect::Sqlite,
            primary_key: self
                .table
                .primary_key
                .as_ref()
                .map(|p| PrimaryKey { name: self.name(&p.name), columns: p.columns.clone() }),
            uniques: self.uniques(),
            checks: self.table.checks.iter().filter_map(|c| self.check(c)).collect(),
            foreign_keys: self.table.foreign_keys.iter().map(|f| self.foreign_key(f)).collect(),
            indexes: (self.table.indexes.iter())
                .filter(|i| self.dialect.has_index(i))
                .map(|i| self.index(i))
                .collect(),
            columns: self.columns,
            sequence: SequenceName::default(),
        }
    }

    fn name(&self, name: &ConstraintName) -> ConstraintName {
        ConstraintName::derived(match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => &name.text,
        })
    }

    fn comment(&self, comment: &Option<String>) -> Option<String> {
        let comment = comment.clone().filter(|c| !c.is_empty());
        comment.filter(|_| self.dialect == Dialect::Postgres)
    }

    fn column(&self, at: usize) -> Option<Column> {
        let column = self.table.columns.get(at)?;
        let declared = self.declared.get(at)?;
        let (_, plain_type) = self.scope.columns.get(at)?;
        let in_key =
            (self.table.primary_key.iter()).flat_map(|p| &p.columns).any(|c| same_name(c, &column.name));
        let lone = self.table.lone_key().is_some_and(|c| same_name(&c.name, &column.name));
        let sqlite = self.dialect == Dialect::Sqlite;
        let ty = if sqlite {
            normal_type(
                declared,
                self.options.strict(),
                lone && is_rowid_type(declared) && !self.table.without_rowid,
            )
        } else {
            plain_type.clone()
        };
        let collate = column.collate.as_ref().and_then(|c| collation_of(self.dialect, c));
        Some(Column {
            name: column.name.clone(),
            ty: native_type(self.dialect, ty),
            null: column.null && !in_key,
            default: self.default(column, plain_type),
            autoincrement: match column.autoincrement {
                Some(_) if sqlite => Some(Autoincrement::Identity),
                other => other,
            },
            collate: collate.map(|c| native_collation(self.dialect, &c)),
            generated: column.generated.as_ref().map(|g| Generated {
                expr: native_expr(self.dialect, self.expression(&g.expr).unwrap_or_default()),
                stored: g.stored,
            }),
            comment: self.comment(&column.comment),
        })
    }

    fn default(&self, column: &Column, ty: &str) -> Option<Default> {
        let default = column.default.as_ref()?;
        if let Default::Sql(sql) = default
            && self.dialect.sql(sql).is_none()
        {
            return None;
        }
        let text = lowered::default_value(self.dialect, default, column, self.options);
        let nowhere = Scope { columns: Vec::new(), ..self.scope };
        let text = canonical_default(&nowhere, &text, ty)?;
        Some(Default::Sql(native(self.dialect, text)))
    }

    /// In SQLite a constraint over the columns of another, in the same order, has no index of its own, and with that it
    /// is not told.
    fn uniques(&self) -> Vec<Unique> {
        let rowid = (self.columns.iter())
            .any(|c| matches!(&c.ty, Type::Native { sqlite: Some(t), .. } if t.ends_with("(rowid)")));
        let mut told: Vec<&[String]> = Vec::new();
        if let Some(key) = &self.table.primary_key
            && !rowid
        {
            told.push(&key.columns);
        }
        let mut uniques = Vec::new();
        for unique in &self.table.uniques {
            let same = |columns: &&[String]| {
                columns.len() == unique.columns.len()
                    && columns.iter().zip(&unique.columns).all(|(a, b)| same_name(a, b))
            };
            if self.dialect == Dialect::Sqlite && told.iter().any(same) {
                continue;
            }
            told.push(&unique.columns);
            uniques.push(Unique {
                name: self.name(&unique.name),
                columns: unique.columns.clone(),
                nulls_not_distinct: unique.nulls_not_distinct && self.dialect == Dialect::Postgres,
            });
        }
        uniques
    }

    fn check(&self, check: &Check) -> Option<Check> {
        Some(Check {
            name: self.name(&check.name),
            expr: native_expr(self.dialect, self.expression(&check.expr)?),
            of_enum: None,
            not_valid: check.not_valid && self.dialect == Dialect::Postgres,
        })
    }

    fn foreign_key(&self, key: &ForeignKey) -> ForeignKey {
        let not_valid = key.not_valid && self.dialect == Dialect::Postgres;
        ForeignKey { name: self.name(&key.name), not_valid, ..key.clone() }
    }

    fn index(&self, index: &Index) -> Index {
        let plain = Index {
            name: index.name.clone(),
            unique: index.unique,
            keys: index.keys.iter().map(|k| self.key(k)).collect(),
            condition: (index.condition.as_ref())
                .and_then(|c| self.expression(c))
                .map(|text| native_expr(self.dialect, text)),
            ..Index::default()
        };
        match self.dialect {
            Dialect::Sqlite => plain,
            Dialect::Postgres => Index {
                include: index.include.clone(),
                nulls_not_distinct: index.nulls_not_distinct,
                method: index.method,
                ..plain
            },
        }
    }

    fn key(&self, key: &IndexKey) -> IndexKey {
        let text = match key.expr.as_column() {
            Some(name) => {
                let collation = key.collate.as_ref().and_then(|c| collation_of(self.dialect, c));
                let plain =
                    (key.collate.is_some() && self.dialect == Dialect::Sqlite).then(|| "binary".to_owned());
                KeyText::Column(name.to_owned(), collation.or(plain))
            }
            None => {
                let text = lowered::expression(self.dialect, &key.expr, self.table, self.options);
                canonical_key(&self.scope, &lex::tokens(self.dialect, &text))
            }
        };
        let plain = index_key(self.dialect, &self.columns, text, key.descending);
        match self.dialect {
            Dialect::Sqlite => plain,
            Dialect::Postgres => IndexKey { class: key.class.clone(), nulls: key.nulls, ..plain },
        }
    }

    /// The canonical text; nothing for SQL of the author that is for the other dialect alone.
    fn expression(&self, expr: &Expr) -> Option<String> {
        if let ExprKind::Sql(sql) = &expr.kind
            && self.dialect.sql(sql).is_none()
        {
            return None;
        }
        let text = lowered::expression(self.dialect, expr, self.table, self.options);
        Some(canonical(&self.scope, &text))
    }
}

/// Whether a collation says more than none at all.
pub(super) fn is_collation(dialect: Dialect, collation: &str) -> bool {
    match dialect {
        Dialect::Sqlite => collation != "binary",
        Dialect::Postgres => collation != "default",
    }
}
