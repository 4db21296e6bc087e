//! What no dialect can be given: casts that have no one meaning, SQL that is missing for a dialect.
//!
//! Comes in: a step or an expression. Goes out: the first thing that cannot be lowered, with the way out.

use super::Unsupported;
use crate::schema::expr::{Expr, ExprKind, Family, Function};
use crate::schema::{
    Change, Collation, Column, Default, Index, Literal, NativeSql, Step, Table, Type, ViewBody,
};
use crate::target::casts::cast_is_known;
use crate::target::{Dialect, Options};

/// The first thing in the expression that the dialect cannot be given.
pub fn refused(dialect: Dialect, expr: &Expr, options: &Options) -> Option<Unsupported> {
    let here = match &expr.kind {
        ExprKind::Sql(native) => missing(dialect, native),
        ExprKind::Cast { value, ty } => refused_cast(dialect, value.family, ty, options),
        ExprKind::Call { function: Function::Round, arguments } => {
            match arguments.get(1).map(|digits| &digits.kind) {
                None | Some(ExprKind::Literal(Literal::Integer(0..=15))) => None,
                Some(_) => Some(Unsupported::new(
                    "`round` takes a literal number of digits from 0 to 15",
                    "write the number of digits",
                )),
            }
        }
        _ => None,
    };
    here.or_else(|| expr.children().into_iter().find_map(|e| refused(dialect, e, options)))
}

/// The first thing in the step that the dialect cannot be given.
pub(super) fn refused_step(dialect: Dialect, step: &Step, options: &Options) -> Option<Unsupported> {
    let walk = Walk { dialect, options };
    match step {
        Step::CreateTable(table) => walk.table(table),
        Step::AlterTable { changes, .. } => changes.iter().find_map(|c| walk.change(c)),
        Step::CreateIndex { index, .. } => walk.index(index),
        Step::DropTable { .. }
        | Step::RenameTable { .. }
        | Step::DropIndex { .. }
        | Step::RenameIndex { .. }
        | Step::DropView { .. }
        | Step::RenameView { .. }
        | Step::DropTrigger { .. }
        | Step::CreateExtension(_)
        | Step::DropExtension { .. }
        | Step::LeaveExtension { .. }
        | Step::Native { .. }
        | Step::Call { .. } => None,
        Step::CreateView(view) => match &view.body {
            ViewBody::Select(select) => select.exprs().find_map(|e| walk.expr(e)),
            ViewBody::Sql(native) => missing(dialect, native),
        },
        Step::CreateTrigger(trigger) => {
            let text = match dialect {
                Dialect::Sqlite => &trigger.sqlite,
                Dialect::Postgres => &trigger.postgres,
            };
            text.is_none().then(|| missing_sql(dialect))
        }
        Step::Data(data) => data.exprs().into_iter().find_map(|e| walk.expr(e)),
    }
}

struct Walk<'a> {
    dialect: Dialect,
    options: &'a Options,
}

impl Walk<'_> {
    fn table(&self, table: &Table) -> Option<Unsupported> {
        (table.columns.iter().find_map(|c| self.column(c)))
            .or_else(|| table.checks.iter().find_map(|c| self.expr(&c.expr)))
            .or_else(|| table.indexes.iter().find_map(|i| self.index(i)))
    }

    fn change(&self, change: &Change) -> Option<Unsupported> {
        match change {
            Change::AddColumn(column) => self.column(column),
            Change::SetType { ty, using, .. } => {
                self.ty(ty).or_else(|| using.as_ref().and_then(|e| self.expr(e)))
            }
            Change::SetDefault { default, .. } => default.as_ref().and_then(|d| self.default(d)),
            Change::SetNotNull { using, .. } => using.as_ref().and_then(|e| self.expr(e)),
            Change::AddCheck(check) => self.expr(&check.expr),
            _ => None,
        }
    }

    fn column(&self, column: &Column) -> Option<Unsupported> {
        (column.collate.as_ref().and_then(|c| self.collation(c)))
            .or_else(|| self.ty(&column.ty))
            .or_else(|| column.default.as_ref().and_then(|d| self.default(d)))
            .or_else(|| column.generated.as_ref().and_then(|g| self.expr(&g.expr)))
    }

    fn collation(&self, collation: &Collation) -> Option<Unsupported> {
        self.dialect.collation(collation).is_none().then(|| {
            let message = format!("this collation is none of {}", self.dialect.title());
            Unsupported::new(message, "write `collate { sqlite \"..\", postgres \"..\" }`")
        })
    }

    fn ty(&self, ty: &Type) -> Option<Unsupported> {
        match ty {
            Type::Native { sqlite, postgres } => {
                missing(self.dialect, &NativeSql { sqlite: sqlite.clone(), postgres: postgres.clone() })
            }
            _ => None,
        }
    }

    fn default(&self, default: &Default) -> Option<Unsupported> {
        match default {
            Default::Expr(expr) => self.expr(expr),
            Default::Sql(native) => missing(self.dialect, native),
            Default::Literal(_) | Default::Now | Default::Random => None,
        }
    }

    fn index(&self, index: &Index) -> Option<Unsupported> {
        if !self.dialect.has_index(index) {
            return None;
        }
        (index.keys.iter().find_map(|k| self.expr(&k.expr)))
            .or_else(|| index.keys.iter().find_map(|k| self.collation(k.collate.as_ref()?)))
            .or_else(|| index.condition.as_ref().and_then(|e| self.expr(e)))
    }

    fn expr(&self, expr: &Expr) -> Option<Unsupported> {
        refused(self.dialect, expr, self.options)
    }
}

fn missing(dialect: Dialect, native: &NativeSql) -> Option<Unsupported> {
    dialect.sql(native).is_none().then(|| missing_sql(dialect))
}

fn missing_sql(dialect: Dialect) -> Unsupported {
    Unsupported::new(
        format!("the SQL for {} is missing", dialect.title()),
        "write `{ sqlite \"..\", postgres \"..\" }`",
    )
}

fn refused_cast(dialect: Dialect, from: Family, ty: &Type, options: &Options) -> Option<Unsupported> {
    // `unhex` came with 3.41 (https://www.sqlite.org/releaselog/3_41_0.html).
    let bytes = dialect == Dialect::Sqlite
        && options.uuid_blob()
        && from == Family::Text
        && ty.family() == Family::Uuid;
    (bytes || !cast_is_known(from, ty)).then(|| {
        Unsupported::new(
            format!("this `cast` from {} is not supported", family_words(from)),
            "write `sql { sqlite \"..\", postgres \"..\" }`",
        )
    })
}

fn family_words(family: Family) -> &'static str {
    match family {
        Family::Text => "`text`",
        Family::Integer => "`integer`",
        Family::Real => "`real`",
        Family::Decimal => "`decimal`",
        Family::Boolean => "`boolean`",
        Family::Json => "`json`",
        Family::TimestampMs => "`timestamp_ms`",
        Family::Timestamp => "`timestamp`",
        Family::Datetime => "`datetime`",
        Family::DatetimeTz => "`datetimetz`",
        Family::Date => "`date`",
        Family::Time => "`time`",
        Family::Bytes => "`blob`",
        Family::Uuid => "`uuid`",
        Family::Null => "`null`",
        Family::Unknown => "an unknown type",
    }
}
