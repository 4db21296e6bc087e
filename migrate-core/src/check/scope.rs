//! Where an expression stands: which columns it may name, and by which names.

use super::Checker;
use super::default::{fit, literal_text};
use super::foreign_key::type_text;
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::expr::{Aggregate, ExprKind, Family, Field};
use crate::schema::{Column, Expr, Table, same_name};
use crate::source::Loc;
use crate::syntax::ast;
use crate::syntax::types::{Literal, Type};

/// Where an expression stands and what it may use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope<'t> {
    /// The columns that may be named.
    pub(super) rows: Rows<'t>,
    /// What is around a query within an expression.
    pub(super) outer: Option<&'t Scope<'t>>,
    /// What it stands in, if that must give the same value at all times: "a check", "an index".
    pub(super) constant: Option<&'static str>,
    /// Whether queries may stand in it, and a comparison that can never hold is an error.
    pub(super) query: bool,
    /// What it stands in, if that has no many rows: "`where`".
    pub(super) no_aggregate: Option<&'static str>,
}

/// The columns that may be named.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Rows<'t> {
    /// None: in a default.
    #[default]
    Default,
    /// None: in `values`.
    Values,
    /// Those of one table.
    Table(&'t Table),
    /// Those of the tables of a query, each by the name that the query gives it.
    Sources(&'t [Visible]),
}

/// A table of a query.
#[derive(Clone, Debug)]
pub(super) struct Visible {
    /// What the query calls it.
    pub(super) name: String,
    /// The table.
    pub(super) table: Table,
    /// Whether a left join may leave it without a row.
    pub(super) optional: bool,
}

impl<'t> Scope<'t> {
    /// An expression over a table that must be the same at all times.
    pub(super) fn constant(table: &'t Table, place: &'static str) -> Scope<'t> {
        Scope { rows: Rows::Table(table), constant: Some(place), ..Scope::default() }
    }

    /// An expression over the rows of a table.
    pub(super) fn table(table: &'t Table) -> Scope<'t> {
        Scope { rows: Rows::Table(table), ..Scope::default() }
    }

    /// The same place, where no function over many rows can stand.
    pub(super) fn without_aggregate(self, place: &'static str) -> Scope<'t> {
        Scope { no_aggregate: Some(place), ..self }
    }

    /// What its tables are called.
    pub(super) fn names(&self) -> Vec<&'t str> {
        match self.rows {
            Rows::Default | Rows::Values => Vec::new(),
            Rows::Table(table) => vec![&table.name],
            Rows::Sources(sources) => sources.iter().map(|s| s.name.as_str()).collect(),
        }
    }

    /// The scope that has a table of that name, from the inside, and the table.
    fn find(&self, name: &str) -> Option<(bool, &'t Table, bool)> {
        let mut scope = *self;
        let mut inside = true;
        loop {
            let found = match scope.rows {
                Rows::Table(table) if same_name(&table.name, name) => Some((table, false)),
                Rows::Sources(sources) => {
                    sources.iter().find(|s| same_name(&s.name, name)).map(|s| (&s.table, s.optional))
                }
                _ => None,
            };
            if let Some((table, optional)) = found {
                return Some((inside && matches!(scope.rows, Rows::Table(_)), table, optional));
            }
            scope = *scope.outer?;
            inside = false;
        }
    }
}

impl Checker<'_> {
    /// A column by its name, with or without its table.
    pub(super) fn resolve_column(
        &mut self,
        scope: &Scope<'_>,
        table: Option<&ast::Name>,
        name: &ast::Name,
    ) -> Option<Expr> {
        if let Some(table) = table {
            return self.resolve_qualified(scope, table, name);
        }
        match scope.rows {
            Rows::Default => {
                let message = format!("a default cannot use the column `{}`", name.text);
                self.cx
                    .error(code::INVALID_DEFAULT, name.loc, message)
                    .help("a default is the same for every row");
                None
            }
            Rows::Values => {
                let message = format!("`values` has no row to take the column `{}` from", name.text);
                self.cx
                    .error(code::UNKNOWN_COLUMN, name.loc, message)
                    .help("write a text in double quotes, or `insert into .. select ..`");
                None
            }
            Rows::Table(table) => {
                let column = self.find_column(table, name)?;
                Some(Expr::column(column.name.clone(), column.ty.family()))
            }
            Rows::Sources(sources) => self.resolve_among(scope, sources, name),
        }
    }

    /// `table.column`
    fn resolve_qualified(&mut self, scope: &Scope<'_>, table: &ast::Name, name: &ast::Name) -> Option<Expr> {
        let Some((plain, found, optional)) = scope.find(&table.text) else {
            self.unknown_source(scope, table, name);
            return None;
        };
        let column = self.find_column(found, name)?;
        Some(match plain {
            true => Expr::column(column.name.clone(), column.ty.family()),
            false => {
                let declared = scope.declared(&table.text).unwrap_or(&found.name);
                field(declared, column, optional)
            }
        })
    }

    fn unknown_source(&mut self, scope: &Scope<'_>, table: &ast::Name, name: &ast::Name) {
        if let Rows::Default | Rows::Values = scope.rows {
            self.resolve_column(&Scope { rows: scope.rows, ..Scope::default() }, None, name);
            return;
        }
        if let (Rows::Table(here), false) = (scope.rows, scope.query) {
            let message = format!("`{}` is another table than `{}`", table.text, here.name);
            self.cx
                .error(code::UNKNOWN_TABLE, table.loc, message)
                .help("only columns of this table can be used here");
            return;
        }
        let mut names = scope.names();
        let mut around = scope.outer;
        while let Some(outer) = around {
            names.extend(outer.names());
            around = outer.outer;
        }
        let message = format!("no table `{}` here", table.text);
        let report = self.cx.error(code::UNKNOWN_TABLE, table.loc, message);
        match similar(&table.text, names.iter().copied()) {
            Some(near) => {
                report.help(format!("a table with a similar name is here: `{near}`"));
            }
            None if !names.is_empty() => {
                let list: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                report.note(format!("the tables here are {}", list.join(", ")));
            }
            None => {}
        }
    }

    /// A column that is named alone belongs to one table of its own query. SQL would look around the query too, where a
    /// mistyped name finds something else.
    fn resolve_among(&mut self, scope: &Scope<'_>, sources: &[Visible], name: &ast::Name) -> Option<Expr> {
        let found: Vec<(&Visible, &Column)> =
            sources.iter().filter_map(|s| Some((s, s.table.column(&name.text)?))).collect();
        match found[..] {
            [(source, column)] => return Some(field(&source.name, column, source.optional)),
            [] => {}
            [(first, _), (second, _), ..] => {
                let message =
                    format!("`{}` is a column of `{}` and of `{}`", name.text, first.name, second.name);
                self.cx
                    .error(code::AMBIGUOUS_COLUMN, name.loc, message)
                    .help(format!("write `{}.{}`", first.name, name.text));
                return None;
            }
        }
        let around = scope.outer.and_then(|outer| outer.has_column(&name.text));
        match (around, sources) {
            (Some(table), _) => {
                let message = format!("no table of this query has a column `{}`", name.text);
                self.cx
                    .error(code::UNKNOWN_COLUMN, name.loc, message)
                    .help(format!("write `{table}.{}` for the column around the query", name.text));
            }
            (None, [only]) => self.unknown_column(&only.table, name),
            (None, []) => {
                let message = format!("this query has no table to take the column `{}` from", name.text);
                self.cx
                    .error(code::UNKNOWN_COLUMN, name.loc, message)
                    .help("add `from ..`, or write a text in double quotes");
            }
            (None, _) => {
                let message = format!("no table of this query has a column `{}`", name.text);
                let report = self.cx.error(code::UNKNOWN_COLUMN, name.loc, message);
                let columns = sources.iter().flat_map(|s| &s.table.columns).map(|c| c.name.as_str());
                if let Some(near) = similar(&name.text, columns) {
                    report.help(format!("a column with a similar name exists: `{near}`"));
                }
            }
        }
        None
    }

    /// In a query: whether a literal that something is compared with could be one of its values.
    pub(super) fn expect_possible(&mut self, scope: &Scope<'_>, expr: &ast::Expr, ty: Option<&Type>) -> bool {
        match (&expr.kind, ty) {
            (ast::ExprKind::Literal(literal), Some(ty)) if scope.query => {
                self.expect_literal(literal, expr.loc, ty)
            }
            _ => true,
        }
    }

    /// Whether a literal of the right family is a value of the type.
    pub(super) fn expect_literal(&mut self, literal: &Literal, loc: Loc, ty: &Type) -> bool {
        if !matches!(ty.family(), Family::Text | Family::Integer) {
            return true;
        }
        match fit(literal, ty) {
            Ok(_) => true,
            Err(why) => {
                let message = format!("{} is no value of `{}`", literal_text(literal), type_text(ty));
                self.cx.error(code::TYPE_MISMATCH, loc, message).note(why);
                false
            }
        }
    }

    /// Whether both databases compare such values alike.
    pub(super) fn expect_comparable(&mut self, value: &Expr, loc: Loc) -> Option<()> {
        if value.family != Family::Json {
            return Some(());
        }
        self.cx
            .error(code::TYPE_MISMATCH, loc, "SQLite and PostgreSQL do not compare JSON values alike")
            .help("compare in SQL: `sql { sqlite \"..\", postgres \"..\" }`")
            .note("SQLite compares the text, PostgreSQL what it says");
        None
    }
}

impl<'t> Scope<'t> {
    /// Whether the word `random` stands for a random UUID: where rows are moved, and no column is called so.
    pub(super) fn means_random(&self, name: &str) -> bool {
        name == "random" && self.query && self.has_column(name).is_none()
    }

    /// What a table is called where it was declared, letter case included.
    fn declared(&self, name: &str) -> Option<&'t str> {
        let here = self.names().into_iter().find(|n| same_name(n, name));
        here.or_else(|| self.outer.and_then(|outer| outer.declared(name)))
    }

    /// The innermost table that has a column of that name.
    fn has_column(&self, name: &str) -> Option<&'t str> {
        let here = match self.rows {
            Rows::Default | Rows::Values => None,
            Rows::Table(table) => table.column(name).map(|_| table.name.as_str()),
            Rows::Sources(sources) => {
                sources.iter().find(|s| s.table.column(name).is_some()).map(|s| s.name.as_str())
            }
        };
        here.or_else(|| self.outer.and_then(|outer| outer.has_column(name)))
    }
}

fn field(source: &str, column: &Column, optional: bool) -> Expr {
    let field = Field {
        source: source.to_owned(),
        column: column.name.clone(),
        ty: column.ty.clone(),
        null: column.null || optional,
    };
    Expr { family: column.ty.family(), kind: ExprKind::Field(Box::new(field)) }
}

/// The type of a value: that of the column that it is, else one that all values of its family have.
pub(super) fn type_of(scope: &Scope<'_>, value: &Expr) -> Option<Type> {
    match &value.kind {
        ExprKind::Column(name) => {
            if let Rows::Table(table) = scope.rows {
                return table.column(name).map(|c| c.ty.clone());
            }
        }
        ExprKind::Field(field) => return Some(field.ty.clone()),
        ExprKind::Cast { ty, .. } => return Some(ty.clone()),
        ExprKind::Subquery(select) => return select.items.first().and_then(|i| i.ty.clone()),
        ExprKind::Aggregate { function: Aggregate::Min | Aggregate::Max, argument: Some(inner), .. } => {
            return type_of(scope, inner);
        }
        ExprKind::Aggregate { function: Aggregate::Sum, argument: Some(inner), .. } => {
            if let Some(Type::Decimal { scale, .. }) = type_of(scope, inner) {
                return Some(Type::Decimal { precision: 1000, scale, as_text: false });
            }
        }
        _ => {}
    }
    Some(match value.family {
        Family::Text => Type::Text,
        Family::Integer => Type::Integer(64),
        Family::Real => Type::Real(64),
        Family::Boolean => Type::Boolean,
        Family::Json => Type::Json,
        Family::TimestampMs => Type::TimestampMs,
        Family::Timestamp => Type::Timestamp,
        Family::Datetime => Type::Datetime,
        Family::DatetimeTz => Type::DatetimeTz,
        Family::Date => Type::Date,
        Family::Time => Type::Time,
        Family::Bytes => Type::Blob,
        Family::Uuid => Type::Uuid,
        Family::Decimal => Type::Decimal { precision: 1000, scale: 500, as_text: true },
        Family::Null | Family::Unknown => return None,
    })
}
