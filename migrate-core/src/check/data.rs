//! `insert`, `update`, `delete`: columns that are there, values that they can hold, none that is missing.

use super::Checker;
use super::scope::{Rows, Scope, type_of};
use crate::diagnostics::code;
use crate::schema::expr::{ExprKind, Family};
use crate::schema::query::{self, Data};
use crate::schema::{Column, Expr, Literal, Step, Table, Type, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, Name};
use crate::target::Dialect;
use crate::target::sqlite::rowid_column;

impl Checker<'_> {
    /// `insert into T (..) ..`
    pub(super) fn check_insert(&mut self, insert: &ast::Insert) -> Option<Step> {
        let table = self.find_table(&insert.table)?;
        let columns = self.find_written(&table, insert.columns.iter());
        let rows = match &insert.rows {
            ast::Rows::Values(rows) => {
                let mut sound = true;
                let mut all = Vec::with_capacity(rows.len());
                for row in rows {
                    match self.check_row(&table, columns.as_deref(), insert.columns.len(), row) {
                        Some(row) => all.push(row),
                        None => sound = false,
                    }
                }
                sound.then_some(query::Rows::Values(all))
            }
            ast::Rows::Select(select) => self.check_selected(&table, columns.as_deref(), select),
        };
        let columns = columns?;
        let complete = self.check_complete(&table, &columns, insert.table.loc);
        self.created.retain(|t| !same_name(t, &table.name));
        let columns: Vec<String> = columns.into_iter().map(|c| c.name.clone()).collect();
        let (rows, or_nothing) = (rows?, insert.or_nothing);
        // A trigger may change a row before it is written, so nothing is known of those of a table that has one.
        if let (query::Rows::Values(values), ast::Rows::Values(written)) = (&rows, &insert.rows)
            && self.schema.triggers_of(&table.name).next().is_none()
        {
            if !or_nothing {
                self.check_repeated_keys(&table, &columns, values, written);
            }
            self.check_breaking_rows(&table, &columns, values, written);
        }
        complete.then(|| data(Data::Insert(query::Insert { table: table.name, columns, rows, or_nothing })))
    }

    /// `update T set ..`
    pub(super) fn check_update(&mut self, update: &ast::Update) -> Option<Step> {
        let table = self.find_table(&update.table)?;
        let columns = self.find_written(&table, update.set.iter().map(|(name, _)| name));
        let scope = statement_scope(&table, "an `update`");
        let mut set = Vec::new();
        for (i, (name, value)) in update.set.iter().enumerate() {
            // An unknown column does not keep the others from being looked at.
            match columns.as_ref().map_or_else(|| table.column(&name.text), |c| c.get(i).copied()) {
                Some(column) => {
                    let value = self.check_written(&scope, value, &table, column, false);
                    set.push(value.map(|v| (column.name.clone(), v)));
                }
                None => set.push(self.resolve(&scope, value, None).map(|v| (name.text.clone(), v))),
            }
        }
        let condition = match &update.condition {
            Some(expr) => Some(self.check_where(&scope, expr)?),
            None => None,
        };
        columns?;
        let set = set.into_iter().collect::<Option<Vec<_>>>()?;
        let mut checked = query::Update { table: table.name.clone(), set, condition, batches: None };
        if let Some(batches) = &update.batches {
            checked.batches = Some(self.check_batches(&table, update, &checked, batches)?);
        }
        self.moving.push((self.steps.len(), self.schema.clone()));
        Some(data(Data::Update(checked)))
    }

    /// `delete from T ..`
    pub(super) fn check_delete(&mut self, delete: &ast::Delete) -> Option<Step> {
        let table = self.find_table(&delete.table)?;
        let scope = statement_scope(&table, "a `delete`");
        let condition = match &delete.condition {
            Some(expr) => Some(self.check_where(&scope, expr)?),
            None => None,
        };
        self.moving.push((self.steps.len(), self.schema.clone()));
        Some(data(Data::Delete(query::Delete { table: table.name, condition })))
    }

    /// The columns that a statement writes to, each once.
    fn find_written<'t, 'n>(
        &mut self,
        table: &'t Table,
        names: impl Iterator<Item = &'n Name>,
    ) -> Option<Vec<&'t Column>> {
        let mut columns: Vec<&Column> = Vec::new();
        let mut sound = true;
        for name in names {
            match self.find_column(table, name) {
                Some(column) if columns.iter().any(|c| c.name == column.name) => {
                    let message = format!("column `{}` stands here twice", column.name);
                    self.cx.error(code::DUPLICATE_NAME, name.loc, message);
                    sound = false;
                }
                Some(column) if column.generated.is_some() => {
                    let message = format!("`{}` is generated and cannot be written", column.name);
                    self.cx.error(code::INVALID_GENERATED, name.loc, message).help("leave it out");
                    sound = false;
                }
                Some(column) => columns.push(column),
                None => sound = false,
            }
        }
        sound.then_some(columns)
    }

    fn check_row(
        &mut self,
        table: &Table,
        columns: Option<&[&Column]>,
        count: usize,
        row: &ast::Row,
    ) -> Option<Vec<Expr>> {
        if row.values.len() != count {
            self.row_length(row.loc, row.values.len(), count);
            return None;
        }
        let scope = Scope { rows: Rows::Values, query: true, ..Scope::default() };
        let scope = scope.without_aggregate("`values`");
        let mut sound = true;
        let mut values = Vec::with_capacity(count);
        for (value, column) in row.values.iter().zip(columns?) {
            match self.check_written(&scope, value, table, column, true) {
                Some(value) => values.push(value),
                None => sound = false,
            }
        }
        sound.then_some(values)
    }

    fn row_length(&mut self, loc: Loc, found: usize, columns: usize) {
        let s = |n| if n == 1 { "" } else { "s" };
        let message = format!("{found} value{} for {columns} column{}", s(found), s(columns));
        self.cx.error(code::ROW_LENGTH, loc, message);
    }

    /// The rows of `insert into .. select ..`
    fn check_selected(
        &mut self,
        table: &Table,
        columns: Option<&[&Column]>,
        select: &ast::Select,
    ) -> Option<query::Rows> {
        let wanted: Vec<Option<Type>> =
            columns.unwrap_or_default().iter().map(|c| Some(c.ty.clone())).collect();
        let mut resolved = self.check_select(select, None, &wanted)?;
        let columns = columns?;
        if resolved.items.len() != columns.len() {
            self.row_length(select.loc, resolved.items.len(), columns.len());
            return None;
        }
        let mut sound = true;
        for ((item, ast), column) in resolved.items.iter_mut().zip(&select.items).zip(columns) {
            let known = item.ty.clone();
            sound &= self.expect_written(&item.expr, known.as_ref(), &ast.expr, table, column, true);
            item.expr = fitted(item.expr.clone(), known, &column.ty);
        }
        sound.then(|| query::Rows::Select(Box::new(resolved)))
    }

    /// A value that is written to a column. `new` if the row is a new one.
    fn check_written(
        &mut self,
        scope: &Scope<'_>,
        expr: &ast::Expr,
        table: &Table,
        column: &Column,
        new: bool,
    ) -> Option<Expr> {
        let value = self.resolve(scope, expr, Some(&column.ty))?;
        let known = type_of(scope, &value);
        self.expect_written(&value, known.as_ref(), expr, table, column, new)
            .then(|| fitted(value, known, &column.ty))
    }

    fn expect_written(
        &mut self,
        value: &Expr,
        known: Option<&Type>,
        expr: &ast::Expr,
        table: &Table,
        column: &Column,
        new: bool,
    ) -> bool {
        if !self.expect_fit(value, known, expr.loc, &column.ty, &column.name) {
            return false;
        }
        if matches!(value.kind, ExprKind::Literal(Literal::Null)) && !column.null {
            let message = format!("column `{}` of table `{}` cannot be null", column.name, table.name);
            self.cx
                .error(code::NULL_VALUE, expr.loc, message)
                .help(format!("write a value, or `alter column {} drop not null` before", column.name));
            return false;
        }
        if new && numbers_itself(table, column) && self.options.has(Dialect::Sqlite) && value.may_be_null() {
            let message = format!("this may be null, and SQLite would number `{}` by itself", column.name);
            self.cx
                .error(code::NULL_VALUE, expr.loc, message)
                .help("write `coalesce(.., 0)`, or take a value that cannot be null")
                .note("PostgreSQL refuses the row");
            return false;
        }
        self.check_literals(expr, &column.ty)
    }

    /// Whether every literal that may become the value fits the column.
    fn check_literals(&mut self, expr: &ast::Expr, ty: &Type) -> bool {
        match &expr.kind {
            ast::ExprKind::Literal(literal) => self.expect_literal(literal, expr.loc, ty),
            ast::ExprKind::Case { arms, otherwise } => {
                let values = arms.iter().map(|(_, value)| value).chain(otherwise.as_deref());
                values.fold(true, |sound, value| self.check_literals(value, ty) & sound)
            }
            ast::ExprKind::Call { function, arguments } => {
                let passes = ["coalesce", "nullif"].iter().any(|f| f.eq_ignore_ascii_case(&function.text));
                let values = arguments.iter().filter(|_| passes);
                values.fold(true, |sound, value| self.check_literals(value, ty) & sound)
            }
            _ => true,
        }
    }

    /// Every column that needs a value gets one.
    fn check_complete(&mut self, table: &Table, written: &[&Column], loc: Loc) -> bool {
        let missing: Vec<&Column> = (table.columns.iter())
            .filter(|c| !c.null && c.default.is_none() && c.autoincrement.is_none() && c.generated.is_none())
            .filter(|c| !written.iter().any(|w| w.name == c.name))
            .filter(|c| self.options.has(Dialect::Postgres) || !numbers_itself(table, c))
            .collect();
        if missing.is_empty() {
            return true;
        }
        let names: Vec<String> = missing.iter().map(|c| format!("`{}`", c.name)).collect();
        let (s, are) = if missing.len() == 1 { ("", "is") } else { ("s", "are") };
        let message = format!(
            "this leaves out the column{s} {}, which {are} NOT NULL and {} no default",
            names.join(", "),
            if missing.len() == 1 { "has" } else { "have" }
        );
        let report = self.cx.error(code::MISSING_VALUE, loc, message);
        let report = report.help(format!("add {} to the columns", names.join(", ")));
        if missing.iter().any(|c| numbers_itself(table, c)) {
            report.note("a key numbers itself in PostgreSQL only with `autoincrement`");
        }
        false
    }
}

/// Whether SQLite numbers a column by itself: it is then its name for the row.
fn numbers_itself(table: &Table, column: &Column) -> bool {
    rowid_column(table).is_some_and(|k| same_name(&k.name, &column.name))
}

/// The rows of the table that a statement changes.
fn statement_scope<'t>(table: &'t Table, place: &'static str) -> Scope<'t> {
    Scope { rows: Rows::Table(table), query: true, ..Scope::default() }.without_aggregate(place)
}

/// The value with the column's digits: PostgreSQL rounds a decimal when it is stored, SQLite keeps what it gets.
fn fitted(value: Expr, known: Option<Type>, ty: &Type) -> Expr {
    let Type::Decimal { scale, as_text, .. } = ty else { return value };
    let fits = match known {
        Some(Type::Decimal { scale: s, as_text: t, .. }) => s <= *scale && t == *as_text,
        _ => false,
    };
    if fits || value.family != Family::Decimal || matches!(value.kind, ExprKind::Literal(_)) {
        return value;
    }
    Expr { kind: ExprKind::Cast { value: Box::new(value), ty: ty.clone() }, family: Family::Decimal }
}

fn data(data: Data) -> Step {
    Step::Data(Box::new(data))
}
