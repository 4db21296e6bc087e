//! Queries: tables found, columns resolved, groups whole, and one meaning in both databases.

use super::Checker;
use super::expr::family_text;
use super::rows::gives_one_row;
use super::scope::{Rows, Scope, Visible, type_of};
use crate::diagnostics::code;
use crate::schema::expr::{Aggregate, ExprKind, Family};
use crate::schema::query::{Item, Join, OrderKey, Select, Source};
use crate::schema::{Expr, same_name};
use crate::source::Loc;
use crate::syntax::ast;
use crate::syntax::types::Type;

/// The aggregate that a call means. `min` and `max` of one argument are aggregates, and outside queries nothing is.
pub(super) fn is_aggregate(
    scope: &Scope<'_>,
    name: &ast::Name,
    arguments: &[ast::Expr],
) -> Option<Aggregate> {
    Aggregate::named(&name.text).filter(|a| match a {
        Aggregate::Min | Aggregate::Max => scope.query && arguments.len() == 1,
        _ => scope.query,
    })
}

impl Checker<'_> {
    /// An expression that holds a query, or `function(*)`, `function(distinct x)`.
    pub(super) fn resolve_query(
        &mut self,
        scope: &Scope<'_>,
        expr: &ast::Expr,
        wanted: Option<&Type>,
    ) -> Option<Expr> {
        if !scope.query {
            self.no_query(scope, expr);
            return None;
        }
        match &expr.kind {
            ast::ExprKind::Aggregate { function, argument } => {
                let fits = |a: &Aggregate| argument.is_some() || *a == Aggregate::Count;
                let Some(aggregate) = Aggregate::named(&function.text).filter(fits) else {
                    let form = if argument.is_some() { "distinct ..`" } else { "*`" };
                    let message = format!("`{}` does not take `{form}", function.text);
                    self.cx.error(code::WRONG_ARGUMENTS, function.loc, message);
                    return None;
                };
                let argument: Vec<ast::Expr> = argument.iter().map(|a| (**a).clone()).collect();
                self.resolve_aggregate(scope, aggregate, function, &argument, true)
            }
            ast::ExprKind::Subquery(select) => {
                let resolved = self.check_select(select, Some(scope), &[wanted.cloned()])?;
                self.expect_one_column(&resolved, select)?;
                if !gives_one_row(&resolved, self.schema) {
                    self.cx
                        .error(code::SEVERAL_ROWS, expr.loc, "this query may give more than one row")
                        .help("take `min(..)` or `max(..)` of the value, or add `order by .. limit 1`")
                        .note("PostgreSQL fails where several rows come, SQLite takes whichever is first");
                    return None;
                }
                let family = resolved.items[0].expr.family;
                Some(Expr { kind: ExprKind::Subquery(Box::new(resolved)), family })
            }
            ast::ExprKind::Exists(select) => {
                let resolved = self.check_select(select, Some(scope), &[])?;
                Some(Expr { kind: ExprKind::Exists(Box::new(resolved)), family: Family::Boolean })
            }
            ast::ExprKind::InSelect { value, select, not } => {
                let resolved = self.resolve(scope, value, None)?;
                let wanted = type_of(scope, &resolved);
                let select_resolved = self.check_select(select, Some(scope), &[wanted])?;
                self.expect_one_column(&select_resolved, select)?;
                let item = &select.items[0].expr;
                self.expect_same(&resolved, &select_resolved.items[0].expr, item.loc).then_some(())?;
                self.expect_comparable(&resolved, value.loc)?;
                let kind = ExprKind::InSelect {
                    value: Box::new(resolved),
                    select: Box::new(select_resolved),
                    not: *not,
                };
                Some(Expr { kind, family: Family::Boolean })
            }
            _ => None,
        }
    }

    fn no_query(&mut self, scope: &Scope<'_>, expr: &ast::Expr) {
        let place = scope.constant.unwrap_or("this expression");
        let (loc, what) = match &expr.kind {
            ast::ExprKind::Aggregate { function, .. } => {
                (function.loc, format!("`{}` over many rows", function.text))
            }
            _ => (expr.loc, "a query".to_owned()),
        };
        self.cx
            .error(code::MISPLACED_AGGREGATE, loc, format!("{what} cannot stand in {place}"))
            .note("it is over the columns of one row");
    }

    fn expect_one_column(&mut self, resolved: &Select, select: &ast::Select) -> Option<()> {
        if resolved.items.len() == 1 {
            return Some(());
        }
        let message = format!("expected a query of one column, found {}", resolved.items.len());
        self.cx.error(code::ROW_LENGTH, select.loc, message);
        None
    }

    /// A function over many rows.
    pub(super) fn resolve_aggregate(
        &mut self,
        scope: &Scope<'_>,
        function: Aggregate,
        name: &ast::Name,
        arguments: &[ast::Expr],
        marked: bool,
    ) -> Option<Expr> {
        let word = function.name();
        if let Some(place) = scope.no_aggregate {
            let report = self.cx.error(
                code::MISPLACED_AGGREGATE,
                name.loc,
                format!("`{word}` cannot stand in {place}"),
            );
            report.help(match place {
                "`where`" => "conditions over groups stand behind `having`".to_owned(),
                _ => format!("take it from a query: `(select {word}(..) from ..)`"),
            });
            return None;
        }
        let [argument] = arguments else {
            if arguments.is_empty() && marked {
                let kind = ExprKind::Aggregate { function, argument: None, distinct: false };
                return Some(Expr { kind, family: Family::Integer });
            }
            let message = format!("`{word}` takes 1 argument, not {}", arguments.len());
            let report = self.cx.error(code::WRONG_ARGUMENTS, name.loc, message);
            if arguments.is_empty() && function == Aggregate::Count {
                report.help("write `count(*)`");
            }
            return None;
        };
        let inside = scope.without_aggregate("another function over many rows");
        let value = self.resolve(&inside, argument, None)?;
        let outside = |field: &str| !scope.names().iter().any(|n| same_name(n, field));
        if own_fields(&value).into_iter().any(|f| outside(&f)) {
            let message = format!("`{word}` is over a table that stands around its query");
            self.cx
                .error(code::MISPLACED_AGGREGATE, argument.loc, message)
                .help("name columns of the tables behind `from` alone");
            return None;
        }
        let family = self.expect_aggregated(scope, function, &value, argument.loc, marked)?;
        let kind = ExprKind::Aggregate { function, argument: Some(Box::new(value)), distinct: marked };
        Some(Expr { kind, family })
    }

    /// The family that comes out, if the function takes such values in both databases.
    fn expect_aggregated(
        &mut self,
        scope: &Scope<'_>,
        function: Aggregate,
        value: &Expr,
        loc: Loc,
        distinct: bool,
    ) -> Option<Family> {
        use Family::*;
        let family = value.family;
        let plain = matches!(value.kind, ExprKind::Field(_));
        let stored_as_text =
            plain && matches!(type_of(scope, value), Some(Type::Decimal { as_text: true, .. }));
        let fits = match function {
            Aggregate::Count => !(distinct && family == Json),
            Aggregate::Sum => {
                matches!(family, Integer | Real | Unknown) || family == Decimal && plain && !stored_as_text
            }
            Aggregate::Avg => {
                matches!(family, Integer | Real | Unknown) || family == Decimal && !stored_as_text
            }
            Aggregate::Min | Aggregate::Max => {
                matches!(family, Text | Integer | Real | Unknown | Null)
                    || matches!(family, TimestampMs | Timestamp | Datetime | DatetimeTz | Date | Time)
                    || family == Decimal && !stored_as_text
            }
        };
        if !fits {
            let message = format!("`{}` does not take {}", function.name(), family_text(family));
            let report = self.cx.error(code::WRONG_ARGUMENTS, loc, message);
            match family {
                Decimal if stored_as_text || !plain => {
                    report.help("cast it to `real`").note("SQLite would reckon with a double, digit by digit")
                }
                _ => report.note("it has no one meaning in SQLite and PostgreSQL"),
            };
            return None;
        }
        Some(match function {
            Aggregate::Count => Integer,
            Aggregate::Avg => Real,
            _ => family,
        })
    }

    /// A query. `outer` is what stands around it, `wanted` are the types that literals take, column by column.
    pub(super) fn check_select(
        &mut self,
        select: &ast::Select,
        outer: Option<&Scope<'_>>,
        wanted: &[Option<Type>],
    ) -> Option<Select> {
        let (visible, sources) = self.check_sources(&select.sources, outer)?;
        let scope = Scope { rows: Rows::Sources(&visible), outer, query: true, ..Scope::default() };
        let plain = scope.without_aggregate("`where`");
        let condition = select.condition.as_ref().map(|e| self.check_where(&plain, e));
        let mut items = Vec::new();
        for (i, item) in select.items.iter().enumerate() {
            items.push(self.check_item(&scope, item, wanted.get(i).and_then(Option::as_ref)));
        }
        let grouped = scope.without_aggregate("`group by`");
        let group_by: Vec<Option<Expr>> =
            select.group_by.iter().map(|e| self.check_key(&grouped, e, "`group by`")).collect();
        let having = select.having.as_ref().map(|e| self.check_where(&scope, e));
        let mut order_by = Vec::new();
        for key in &select.order_by {
            let expr = self.check_key(&scope, &key.expr, "`order by`");
            order_by.push(expr.map(|expr| OrderKey { expr, descending: key.descending }));
        }
        let resolved = Select {
            distinct: select.distinct,
            items: items.into_iter().collect::<Option<_>>()?,
            sources,
            condition: all(condition)?,
            group_by: group_by.into_iter().collect::<Option<_>>()?,
            having: all(having)?,
            order_by: order_by.into_iter().collect::<Option<_>>()?,
            limit: select.limit.map(|l| l.rows),
            offset: select.offset.map(|l| l.rows),
        };
        (self.check_groups(select, &resolved, &scope) & self.check_order(select, &resolved))
            .then_some(resolved)
    }

    /// A condition, which must be boolean.
    pub(super) fn check_where(&mut self, scope: &Scope<'_>, expr: &ast::Expr) -> Option<Expr> {
        let resolved = self.resolve(scope, expr, Some(&Type::Boolean))?;
        self.expect_condition(&resolved, expr.loc).then_some(resolved)
    }

    /// The tables, and how they are joined. A condition of a join sees the tables up to its own.
    fn check_sources(
        &mut self,
        sources: &[ast::Source],
        outer: Option<&Scope<'_>>,
    ) -> Option<(Vec<Visible>, Vec<Source>)> {
        let mut visible: Vec<Visible> = Vec::new();
        let mut resolved = Vec::new();
        let mut sound = true;
        for source in sources {
            let Some(table) = self.find_source(&source.name) else {
                sound = false;
                continue;
            };
            let name = source.alias.as_ref().unwrap_or(&source.name);
            let called = source.alias.as_ref().map_or_else(|| table.name.clone(), |a| a.text.clone());
            if visible.iter().any(|v| same_name(&v.name, &called)) {
                let message = format!("two tables of this query are called `{called}`");
                self.cx
                    .error(code::DUPLICATE_NAME, name.loc, message)
                    .help(format!("give one another name: `{} as other`", source.name.text));
                sound = false;
                continue;
            }
            let optional = source.join.as_ref().is_some_and(|j| j.left);
            visible.push(Visible { name: called, table: table.clone(), optional });
            let join = match &source.join {
                None => None,
                Some(join) => {
                    let scope =
                        Scope { rows: Rows::Sources(&visible), outer, query: true, ..Scope::default() };
                    let on = self.check_where(&scope.without_aggregate("the condition of a join"), &join.on);
                    sound &= on.is_some();
                    on.map(|on| Join { left: join.left, on })
                }
            };
            let alias = source.alias.as_ref().map(|a| a.text.clone());
            resolved.push(Source { table: table.name, alias, join });
        }
        sound.then_some((visible, resolved))
    }

    fn check_item(
        &mut self,
        scope: &Scope<'_>,
        item: &ast::SelectItem,
        wanted: Option<&Type>,
    ) -> Option<Item> {
        let expr = self.resolve(scope, &item.expr, wanted)?;
        let ty = type_of(scope, &expr);
        let own = match &expr.kind {
            ExprKind::Field(field) => Some(field.column.clone()),
            _ => None,
        };
        let renamed = item.alias.is_some();
        Some(Item { expr, name: item.alias.as_ref().map(|a| a.text.clone()).or(own), ty, renamed })
    }

    /// A key of `group by` or `order by`: a value of the row. A number would be the place of a column.
    fn check_key(&mut self, scope: &Scope<'_>, expr: &ast::Expr, place: &str) -> Option<Expr> {
        let resolved = self.resolve(scope, expr, None)?;
        self.expect_comparable(&resolved, expr.loc)?;
        let mut varies = resolved.has_native();
        resolved.walk(&mut |e| varies |= matches!(e.kind, ExprKind::Field(_) | ExprKind::Aggregate { .. }));
        if !varies {
            let message = format!("{place} takes a value of the row, and this is the same for every row");
            self.cx.error(code::INVALID_SQL, expr.loc, message).help("name a column");
            return None;
        }
        Some(resolved)
    }

    /// In a query over groups every value is one of the group.
    fn check_groups(&mut self, select: &ast::Select, resolved: &Select, scope: &Scope<'_>) -> bool {
        if !resolved.is_grouped() {
            if let Some(having) = &select.having {
                self.cx
                    .error(code::UNGROUPED_COLUMN, having.loc, "`having` is for queries with `group by`")
                    .help("write `where`");
                return false;
            }
            return true;
        }
        let own = scope.names();
        let places = (select.items.iter().map(|i| i.expr.loc).zip(resolved.items.iter().map(|i| &i.expr)))
            .chain(select.having.iter().map(|e| e.loc).zip(&resolved.having))
            .chain(select.order_by.iter().map(|k| k.expr.loc).zip(resolved.order_by.iter().map(|k| &k.expr)));
        let mut sound = true;
        for (loc, expr) in places {
            if let Some(column) = ungrouped(expr, &resolved.group_by, &own) {
                let message = format!("`{column}` has several values in a group");
                self.cx
                    .error(code::UNGROUPED_COLUMN, loc, message)
                    .help(format!("add `{column}` to `group by`, or take `min(..)` or `max(..)` of it"));
                sound = false;
            }
        }
        if let (Some(having), true) = (&select.having, select.group_by.is_empty()) {
            self.cx
                .error(code::UNGROUPED_COLUMN, having.loc, "`having` is for queries with `group by`")
                .note("SQLite refuses it before 3.39");
            sound = false;
        }
        sound
    }

    /// What would be sorted or counted otherwise in one of the databases.
    fn check_order(&mut self, select: &ast::Select, resolved: &Select) -> bool {
        if let (Some(limit), true) = (select.limit, select.order_by.is_empty())
            && !(resolved.is_grouped() && resolved.group_by.is_empty())
        {
            self.cx
                .error(code::NOT_DETERMINISTIC, limit.loc, "`limit` takes whichever rows come first")
                .help("add `order by ..` before it");
            return false;
        }
        if !select.distinct {
            return true;
        }
        if let Some(key) = select.order_by.first() {
            let message = "`distinct` and `order by` do not go together in both databases";
            self.cx.error(code::NOT_SUPPORTED, key.expr.loc, message).help("use `group by` for `distinct`");
            return false;
        }
        let mut sound = true;
        for (item, ast) in resolved.items.iter().zip(&select.items) {
            sound &= self.expect_comparable(&item.expr, ast.expr.loc).is_some();
        }
        sound
    }
}

/// An absent part is sound, one that could not be resolved is not.
fn all<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        Some(None) => None,
        Some(Some(part)) => Some(Some(part)),
        None => Some(None),
    }
}

/// The tables of the columns in an expression, those of queries within it left out.
fn own_fields(expr: &Expr) -> Vec<String> {
    match &expr.kind {
        ExprKind::Field(field) => vec![field.source.clone()],
        ExprKind::Column(_) => vec![String::new()],
        ExprKind::Subquery(_) | ExprKind::Exists(_) => Vec::new(),
        ExprKind::InSelect { value, .. } => own_fields(value),
        _ => expr.children().into_iter().flat_map(own_fields).collect(),
    }
}

/// A column of the query's own tables that is neither grouped nor in an aggregate.
fn ungrouped(expr: &Expr, groups: &[Expr], own: &[&str]) -> Option<String> {
    if groups.contains(expr) {
        return None;
    }
    let within = |select: &Select| {
        let own: Vec<&str> =
            own.iter().filter(|n| !select.sources.iter().any(|s| same_name(s.name(), n))).copied().collect();
        select.exprs().find_map(|e| ungrouped(e, groups, &own))
    };
    match &expr.kind {
        ExprKind::Aggregate { .. } => None,
        ExprKind::Field(field) if own.iter().any(|n| same_name(n, &field.source)) => {
            Some(format!("{}.{}", field.source, field.column))
        }
        ExprKind::Subquery(select) | ExprKind::Exists(select) => within(select),
        ExprKind::InSelect { value, select, .. } => ungrouped(value, groups, own).or_else(|| within(select)),
        _ => expr.children().into_iter().find_map(|e| ungrouped(e, groups, own)),
    }
}
