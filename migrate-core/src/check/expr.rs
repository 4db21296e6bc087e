//! Expressions: names resolved, every part with its family, each operator between values of one family.

use super::Checker;
use super::default::{fit, has_now, literal_text};
use super::foreign_key::type_text;
use super::query::is_aggregate;
use super::scope::{Scope, type_of};
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::expr::{ExprKind, Family, Function};
use crate::schema::{Column, Expr, Table};
use crate::source::Loc;
use crate::syntax::ast;
use crate::syntax::types::{Literal, Operator, Type};
use crate::target::casts::cast_is_known;

impl Checker<'_> {
    /// A condition of a check or an index: boolean, and the same at all times.
    pub(super) fn check_condition(
        &mut self,
        table: &Table,
        expr: &ast::Expr,
        place: &'static str,
    ) -> Option<Expr> {
        let scope = Scope::constant(table, place);
        let resolved = self.resolve(&scope, expr, Some(&Type::Boolean))?;
        self.expect_condition(&resolved, expr.loc).then_some(resolved)
    }

    pub(super) fn expect_condition(&mut self, resolved: &Expr, loc: Loc) -> bool {
        let sound = matches!(resolved.family, Family::Boolean | Family::Null | Family::Unknown);
        if !sound {
            let message = format!("expected a condition, found {}", family_text(resolved.family));
            self.cx.error(code::TYPE_MISMATCH, loc, message).help("compare it with a value");
        }
        sound
    }

    /// A key of an index: any value, the same at all times.
    pub(super) fn check_scalar(
        &mut self,
        table: &Table,
        expr: &ast::Expr,
        place: &'static str,
    ) -> Option<Expr> {
        self.resolve(&Scope::constant(table, place), expr, None)
    }

    /// A value written to a column, over the columns of its table.
    pub(super) fn check_value(
        &mut self,
        table: &Table,
        expr: &ast::Expr,
        ty: &Type,
        column: &str,
    ) -> Option<Expr> {
        let scope = Scope::table(table);
        let resolved = self.resolve(&scope, expr, Some(ty))?;
        let known = type_of(&scope, &resolved);
        self.expect_fit(&resolved, known.as_ref(), expr.loc, ty, column).then_some(resolved)
    }

    /// The value of a generated column, over the plain columns of its table, and the same at all times.
    pub(super) fn check_generated_value(
        &mut self,
        table: &Table,
        expr: &ast::Expr,
        ty: &Type,
        column: &str,
    ) -> Option<Expr> {
        let scope = Scope::constant(table, "a generated column");
        let resolved = self.resolve(&scope, expr, Some(ty))?;
        let known = type_of(&scope, &resolved);
        self.expect_fit(&resolved, known.as_ref(), expr.loc, ty, column).then_some(resolved)
    }

    /// The expression of a default: no columns.
    pub(super) fn check_default_expr(&mut self, column: &Column, expr: &ast::Expr) -> Option<Expr> {
        let resolved = self.resolve(&Scope::default(), expr, Some(&column.ty))?;
        self.expect_fit(&resolved, None, expr.loc, &column.ty, &column.name).then_some(resolved)
    }

    /// Resolves an expression. `wanted` is the type a literal here takes.
    pub(super) fn resolve(&mut self, scope: &Scope, expr: &ast::Expr, wanted: Option<&Type>) -> Option<Expr> {
        let resolved = self.resolve_kind(scope, expr, wanted)?;
        self.expect_native_parts(scope, &resolved, expr.loc).then_some(resolved)
    }

    fn resolve_kind(&mut self, scope: &Scope, expr: &ast::Expr, wanted: Option<&Type>) -> Option<Expr> {
        let boolean = |kind| Some(Expr { kind, family: Family::Boolean });
        match &expr.kind {
            ast::ExprKind::Column { table: None, name }
                if wanted == Some(&Type::Uuid) && scope.means_random(&name.text) =>
            {
                Some(Expr { kind: ExprKind::Random, family: Family::Uuid })
            }
            ast::ExprKind::Column { table, name } => self.resolve_column(scope, table.as_ref(), name),
            ast::ExprKind::Literal(literal) => self.resolve_literal(literal, expr.loc, wanted),
            ast::ExprKind::Now => self.resolve_now(scope, expr.loc, wanted),
            ast::ExprKind::Not(inner) => {
                let value = self.resolve(scope, inner, Some(&Type::Boolean))?;
                self.expect_condition(&value, inner.loc).then_some(())?;
                boolean(ExprKind::Not(Box::new(value)))
            }
            ast::ExprKind::Negate(inner) => {
                let value = self.resolve(scope, inner, wanted)?;
                self.expect_number(&value, inner.loc)?;
                self.expect_typed(value.family, inner.loc)?;
                Some(Expr { family: value.family, kind: ExprKind::Negate(Box::new(value)) })
            }
            ast::ExprKind::Binary { op, left, right } => self.resolve_binary(scope, *op, left, right, wanted),
            ast::ExprKind::IsNull { value, not } => {
                let value = self.resolve(scope, value, None)?;
                boolean(ExprKind::IsNull { value: Box::new(value), not: *not })
            }
            ast::ExprKind::In { value, list, not } => {
                let resolved = self.resolve(scope, value, None)?;
                let wanted = type_of(scope, &resolved);
                let mut sound = true;
                let mut items = Vec::new();
                for item in list {
                    match self.resolve(scope, item, wanted.as_ref()) {
                        Some(e)
                            if self.expect_same(&resolved, &e, item.loc)
                                && self.expect_possible(scope, item, wanted.as_ref()) =>
                        {
                            items.push(e);
                        }
                        _ => sound = false,
                    }
                }
                sound.then_some(())?;
                self.expect_comparable(&resolved, value.loc)?;
                boolean(ExprKind::In { value: Box::new(resolved), list: items, not: *not })
            }
            ast::ExprKind::Like { value, pattern, not } => {
                let resolved = self.resolve(scope, value, None)?;
                self.expect_text(&resolved, value.loc)?;
                let ast::ExprKind::Literal(Literal::Text(text)) = &pattern.kind else {
                    let message = "the pattern of `like` is a literal string";
                    self.cx.error(code::TYPE_MISMATCH, pattern.loc, message).help(
                        "SQLite and PostgreSQL read patterns differently, so they are translated while compiling; \
                         use `sql { .. }` for a computed one",
                    );
                    return None;
                };
                boolean(ExprKind::Like { value: Box::new(resolved), pattern: text.clone(), not: *not })
            }
            ast::ExprKind::Between { value, low, high, not } => {
                let resolved = self.resolve(scope, value, None)?;
                let wanted = type_of(scope, &resolved);
                let low_end = self.resolve(scope, low, wanted.as_ref());
                let high_end = self.resolve(scope, high, wanted.as_ref());
                let (low_end, high_end) = (low_end?, high_end?);
                let sound = self.expect_same(&resolved, &low_end, low.loc)
                    & self.expect_same(&resolved, &high_end, high.loc);
                sound.then_some(())?;
                self.expect_comparable(&resolved, value.loc)?;
                boolean(ExprKind::Between {
                    value: Box::new(resolved),
                    low: Box::new(low_end),
                    high: Box::new(high_end),
                    not: *not,
                })
            }
            ast::ExprKind::Case { arms, otherwise } => {
                self.resolve_case(scope, arms, otherwise.as_deref(), wanted)
            }
            ast::ExprKind::Cast { value, ty } => {
                self.check_type(ty);
                // `now` takes the form that it is cast to.
                let form = matches!(value.kind, ast::ExprKind::Now).then_some(&ty.ty);
                let resolved = self.resolve(scope, value, form)?;
                if !cast_is_known(resolved.family, &ty.ty) {
                    let message =
                        format!("{} cannot be cast to `{}`", family_text(resolved.family), type_text(&ty.ty));
                    self.cx
                        .error(code::INVALID_CAST, expr.loc, message)
                        .help("say how in SQL: `sql { sqlite \"..\", postgres \"..\" }`");
                    return None;
                }
                self.expect_immutable(scope.constant, resolved.family, &ty.ty, expr.loc)?;
                let kind = ExprKind::Cast { value: Box::new(resolved), ty: ty.ty.clone() };
                Some(Expr { kind, family: ty.ty.family() })
            }
            ast::ExprKind::Call { function, arguments } => {
                self.resolve_call(scope, function, arguments, wanted)
            }
            ast::ExprKind::Aggregate { .. }
            | ast::ExprKind::Subquery(_)
            | ast::ExprKind::Exists(_)
            | ast::ExprKind::InSelect { .. } => self.resolve_query(scope, expr, wanted),
            ast::ExprKind::Sql(native) => {
                let sql = self.check_native_part(native)?;
                self.expect_constant_sql(scope.constant, native)?;
                Some(Expr { kind: ExprKind::Sql(sql), family: Family::Unknown })
            }
        }
    }

    fn resolve_literal(&mut self, literal: &Literal, loc: Loc, wanted: Option<&Type>) -> Option<Expr> {
        let plain = match literal {
            Literal::Null => Family::Null,
            Literal::Boolean(_) => Family::Boolean,
            Literal::Integer(number) if i64::try_from(*number).is_err() => {
                let message = format!("`{number}` does not fit 64 bits");
                self.cx.error(code::TYPE_MISMATCH, loc, message);
                return None;
            }
            Literal::Integer(_) => Family::Integer,
            Literal::Real(_) => Family::Real,
            Literal::Text(text) if text.contains('\0') => {
                self.cx.error(
                    code::TYPE_MISMATCH,
                    loc,
                    "neither database keeps a text with a NUL in it whole",
                );
                return None;
            }
            Literal::Text(_) => Family::Text,
            Literal::Bytes(_) => Family::Bytes,
        };
        let Some(ty) = wanted.filter(|t| !matches!(t, Type::Native { .. })) else {
            return Some(Expr { kind: ExprKind::Literal(literal.clone()), family: plain });
        };
        // A comparison may reach beyond a column's length or range; only what has a form of its own is judged.
        let judged = match ty.family() {
            Family::Text | Family::Integer | Family::Boolean => {
                same_family(plain, ty.family()).then(|| literal.clone())
            }
            _ => fit(literal, ty).ok(),
        };
        match judged {
            Some(_) if plain == Family::Null => {
                Some(Expr { kind: ExprKind::Literal(Literal::Null), family: Family::Null })
            }
            Some(literal) => Some(Expr { kind: ExprKind::Literal(literal), family: ty.family() }),
            None => {
                let message = format!("{} is no {}", literal_text(literal), type_text(ty));
                let report = self.cx.error(code::TYPE_MISMATCH, loc, message);
                match fit(literal, ty) {
                    Err(why) if ty.family() != Family::Text => report.note(why),
                    _ => report,
                };
                None
            }
        }
    }

    fn resolve_now(&mut self, scope: &Scope, loc: Loc, wanted: Option<&Type>) -> Option<Expr> {
        if let Some(place) = scope.constant {
            let message = format!("`now` cannot stand in {place}: it changes");
            self.cx
                .error(code::NOT_DETERMINISTIC, loc, message)
                .note("a database judges a row when it is written, and would judge it otherwise later");
            return None;
        }
        match wanted.map(Type::family).filter(|f| has_now(*f)) {
            Some(family) => Some(Expr { kind: ExprKind::Now, family }),
            None => {
                self.cx
                    .error(code::TYPE_MISMATCH, loc, "it is not clear in which form `now` is wanted here")
                    .help("write `cast(now as datetime)`, or another type that holds a time");
                None
            }
        }
    }

    fn resolve_binary(
        &mut self,
        scope: &Scope,
        op: Operator,
        left: &ast::Expr,
        right: &ast::Expr,
        wanted: Option<&Type>,
    ) -> Option<Expr> {
        use Operator::*;
        let inner = match op {
            Or | And => Some(&Type::Boolean),
            Concat => Some(&Type::Text),
            Add | Subtract | Multiply | Divide | Remainder => wanted.filter(|t| is_number(t.family())),
            _ => None,
        };
        // The side that is no literal tells the type of the other.
        let literal_first = is_bare(left) && !is_bare(right);
        let (first, second) = if literal_first { (right, left) } else { (left, right) };
        let a = self.resolve(scope, first, inner);
        let hint = match (&a, inner) {
            (_, Some(ty)) => Some(ty.clone()),
            (Some(a), None) => type_of(scope, a),
            (None, None) => None,
        };
        let b = self.resolve(scope, second, hint.as_ref());
        let (a, b) = (a?, b?);
        let family = match op {
            Or | And => {
                (self.expect_condition(&a, first.loc) & self.expect_condition(&b, second.loc))
                    .then_some(())?;
                Family::Boolean
            }
            Concat => {
                self.expect_text(&a, first.loc)?;
                self.expect_text(&b, second.loc)?;
                Family::Text
            }
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual => {
                self.expect_same(&a, &b, second.loc).then_some(())?;
                self.expect_comparable(&a, first.loc)?;
                if matches!(op, Equal | NotEqual) {
                    self.expect_possible(scope, second, hint.as_ref()).then_some(())?;
                }
                Family::Boolean
            }
            Add | Subtract | Multiply | Divide | Remainder => {
                self.expect_number(&a, first.loc)?;
                self.expect_number(&b, second.loc)?;
                self.expect_same(&a, &b, second.loc).then_some(())?;
                if op == Remainder
                    && [&a, &b].iter().any(|e| matches!(e.family, Family::Real | Family::Decimal))
                {
                    let message = "`%` is for integers";
                    self.cx
                        .error(code::TYPE_MISMATCH, first.loc, message)
                        .help("cast both sides to `integer`");
                    return None;
                }
                let family = if a.family == Family::Null { b.family } else { a.family };
                self.expect_typed(family, first.loc)?;
                family
            }
        };
        let (left, right) = if literal_first { (b, a) } else { (a, b) };
        Some(Expr { kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, family })
    }

    fn resolve_case(
        &mut self,
        scope: &Scope,
        arms: &[(ast::Expr, ast::Expr)],
        otherwise: Option<&ast::Expr>,
        wanted: Option<&Type>,
    ) -> Option<Expr> {
        let mut sound = true;
        let mut resolved: Vec<(Expr, Expr)> = Vec::new();
        let mut family = Family::Null;
        let mut last: Option<Expr> = None;
        for (condition, value) in arms {
            let c = self.resolve(scope, condition, Some(&Type::Boolean));
            let v = self.resolve(scope, value, wanted);
            let (Some(c), Some(v)) = (c, v) else {
                sound = false;
                continue;
            };
            sound &= self.expect_condition(&c, condition.loc);
            sound &= last.as_ref().is_none_or(|l| self.expect_same(l, &v, value.loc));
            if family == Family::Null {
                family = v.family;
                last = Some(v.clone());
            }
            resolved.push((c, v));
        }
        let rest = match otherwise {
            Some(rest) => {
                let value = self.resolve(scope, rest, wanted)?;
                sound &= last.as_ref().is_none_or(|l| self.expect_same(l, &value, rest.loc));
                if family == Family::Null {
                    family = value.family;
                }
                Some(Box::new(value))
            }
            None => None,
        };
        sound.then_some(Expr { kind: ExprKind::Case { arms: resolved, otherwise: rest }, family })
    }

    fn resolve_call(
        &mut self,
        scope: &Scope,
        name: &ast::Name,
        arguments: &[ast::Expr],
        wanted: Option<&Type>,
    ) -> Option<Expr> {
        if let Some(aggregate) = is_aggregate(scope, name, arguments) {
            return self.resolve_aggregate(scope, aggregate, name, arguments, false);
        }
        let Some(function) = Function::ALL.into_iter().find(|f| f.name().eq_ignore_ascii_case(&name.text))
        else {
            let known = Function::ALL.map(Function::name);
            let near = similar(&name.text, known);
            let message = format!("no function `{}` with one meaning in SQLite and PostgreSQL", name.text);
            let report = self.cx.error(code::UNKNOWN_FUNCTION, name.loc, message);
            match near {
                Some(near) => report.help(format!("a function with a similar name exists: `{near}`")),
                None => report.help("say it in SQL: `sql { sqlite \"..\", postgres \"..\" }`"),
            };
            return None;
        };
        let (least, most) = match function {
            Function::Length | Function::Lower | Function::Upper | Function::Trim | Function::Abs => (1, 1),
            Function::Nullif => (2, 2),
            Function::Replace => (3, 3),
            Function::Round => (1, 2),
            Function::Substr => (2, 3),
            Function::Coalesce | Function::Min | Function::Max => (2, 100),
        };
        if !(least..=most).contains(&arguments.len()) {
            let expected = if least == most { least.to_string() } else { format!("{least} or more") };
            let message =
                format!("`{}` takes {expected} arguments, not {}", function.name(), arguments.len());
            self.cx.error(code::WRONG_ARGUMENTS, name.loc, message);
            return None;
        }
        self.resolve_arguments(scope, function, arguments, wanted)
    }

    fn resolve_arguments(
        &mut self,
        scope: &Scope,
        function: Function,
        arguments: &[ast::Expr],
        wanted: Option<&Type>,
    ) -> Option<Expr> {
        let texts = |this: &mut Self, list: &[ast::Expr]| -> Option<Vec<Expr>> {
            let mut out = Vec::new();
            for a in list {
                let e = this.resolve(scope, a, Some(&Type::Text))?;
                this.expect_text(&e, a.loc)?;
                out.push(e);
            }
            Some(out)
        };
        let (resolved, family) = match function {
            Function::Length => (texts(self, arguments)?, Family::Integer),
            Function::Lower | Function::Upper | Function::Trim | Function::Replace => {
                (texts(self, arguments)?, Family::Text)
            }
            Function::Substr => {
                let mut list = texts(self, &arguments[..1])?;
                for (i, a) in arguments[1..].iter().enumerate() {
                    let e = self.resolve(scope, a, Some(&Type::Integer(64)))?;
                    self.expect_integer(&e, a.loc)?;
                    self.expect_typed(e.family, a.loc)?;
                    if i == 0 && matches!(&e.kind, ExprKind::Literal(Literal::Integer(n)) if *n < 1) {
                        let message = "`substr` starts at 1 or later";
                        self.cx
                            .error(code::WRONG_ARGUMENTS, a.loc, message)
                            .note("SQLite and PostgreSQL read an earlier start differently");
                        return None;
                    }
                    list.push(e);
                }
                (list, Family::Text)
            }
            Function::Abs | Function::Round => {
                let value = self.resolve(scope, &arguments[0], wanted.filter(|t| is_number(t.family())))?;
                self.expect_number(&value, arguments[0].loc)?;
                self.expect_typed(value.family, arguments[0].loc)?;
                let family = value.family;
                let mut list = vec![value];
                if let Some(digits) = arguments.get(1) {
                    let e = self.resolve(scope, digits, Some(&Type::Integer(64)))?;
                    if !matches!(e.kind, ExprKind::Literal(Literal::Integer(0..=15))) {
                        let message = "`round` takes a literal number of digits from 0 to 15";
                        self.cx
                            .error(code::WRONG_ARGUMENTS, digits.loc, message)
                            .help("write the number of digits");
                        return None;
                    }
                    list.push(e);
                }
                (list, family)
            }
            Function::Coalesce | Function::Nullif | Function::Min | Function::Max => {
                let mut list: Vec<Expr> = Vec::new();
                let mut hint = wanted.cloned();
                for a in arguments {
                    let e = self.resolve(scope, a, hint.as_ref())?;
                    if let Some(first) = list.iter().find(|e| e.family != Family::Null).cloned() {
                        self.expect_same(&first, &e, a.loc).then_some(())?;
                    } else {
                        hint = type_of(scope, &e).or(hint);
                    }
                    list.push(e);
                }
                let family =
                    list.iter().map(|e| e.family).find(|f| *f != Family::Null).unwrap_or(Family::Null);
                (list, family)
            }
        };
        Some(Expr { kind: ExprKind::Call { function, arguments: resolved }, family })
    }

    pub(super) fn expect_same(&mut self, a: &Expr, b: &Expr, loc: Loc) -> bool {
        let sound = same_family(a.family, b.family);
        if !sound {
            let message =
                format!("{} and {} do not go together", family_text(a.family), family_text(b.family));
            self.cx
                .error(code::TYPE_MISMATCH, loc, message)
                .help("write `cast(.. as TYPE)` around one of them");
        }
        sound
    }

    fn expect_text(&mut self, e: &Expr, loc: Loc) -> Option<()> {
        self.expect_family(
            e,
            loc,
            matches!(e.family, Family::Text | Family::Null | Family::Unknown),
            "a text",
        )
    }

    fn expect_number(&mut self, e: &Expr, loc: Loc) -> Option<()> {
        let sound = is_number(e.family) || matches!(e.family, Family::Null | Family::Unknown);
        self.expect_family(e, loc, sound, "a number")
    }

    /// PostgreSQL cannot tell what to do with a null of no type.
    fn expect_typed(&mut self, family: Family, loc: Loc) -> Option<()> {
        if family == Family::Null {
            let message = "nothing says of which type this null is";
            self.cx.error(code::TYPE_MISMATCH, loc, message).help("write `cast(null as integer)`");
        }
        (family != Family::Null).then_some(())
    }

    fn expect_integer(&mut self, e: &Expr, loc: Loc) -> Option<()> {
        let sound = matches!(e.family, Family::Integer | Family::Null | Family::Unknown);
        self.expect_family(e, loc, sound, "an integer")
    }

    fn expect_family(&mut self, e: &Expr, loc: Loc, sound: bool, wanted: &str) -> Option<()> {
        if !sound {
            let message = format!("expected {wanted}, found {}", family_text(e.family));
            self.cx.error(code::TYPE_MISMATCH, loc, message);
        }
        sound.then_some(())
    }
}

/// Whether an expression has no type of its own until it is told one.
fn is_bare(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Literal(_) | ast::ExprKind::Now => true,
        ast::ExprKind::Negate(inner) => is_bare(inner),
        _ => false,
    }
}

pub(super) fn is_number(family: Family) -> bool {
    matches!(family, Family::Integer | Family::Real | Family::Decimal | Family::TimestampMs)
}

/// Whether values of two families compare with each other and go into each other's columns.
pub(super) fn same_family(a: Family, b: Family) -> bool {
    let free = |f| matches!(f, Family::Null | Family::Unknown);
    let integers = |f| matches!(f, Family::Integer | Family::TimestampMs);
    a == b || free(a) || free(b) || (integers(a) && integers(b))
}

/// A family, for messages.
pub(super) fn family_text(family: Family) -> &'static str {
    match family {
        Family::Text => "a text",
        Family::Integer => "an integer",
        Family::Real => "a real number",
        Family::Decimal => "a decimal",
        Family::Boolean => "a boolean",
        Family::Json => "a JSON value",
        Family::TimestampMs => "a time in milliseconds",
        Family::Timestamp => "a timestamp",
        Family::Datetime => "a date and time",
        Family::DatetimeTz => "a date and time with zone",
        Family::Date => "a date",
        Family::Time => "a time of day",
        Family::Bytes => "bytes",
        Family::Uuid => "a UUID",
        Family::Null => "null",
        Family::Unknown => "a value of unknown type",
    }
}
