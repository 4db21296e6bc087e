//! Expressions: what both dialects write alike, and where parentheses stand.
//!
//! Comes in: a checked expression. Goes out: SQL text. Each dialect says in its own `expr.rs` what it writes otherwise.
//!
//! The two databases do not bind operators alike: `||` binds tightest in SQLite
//! (<https://www.sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>) and looser than `+` in PostgreSQL
//! (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE>). So parentheses are left out only
//! where both agree.

use super::Rules;
use super::sql::Sql;
use crate::schema::expr::{Expr, ExprKind, Family, Function};
use crate::schema::{Literal, Operator, Table, Type};
use crate::target::Options;

/// Anything may stand here without parentheses.
pub(super) const LOWEST: u8 = 0;
/// Tighter than `or` and `and`.
const NOT: u8 = 3;
/// `=`, `<`, `is null`, `in`, `like`, `between`.
const COMPARISON: u8 = 4;
/// What an operand of a comparison is at least: `||`, sums and all that bind tighter.
pub(super) const OPERAND: u8 = 5;
/// `+`, `-`
const SUM: u8 = 6;
/// `*`, `/`, `%`
pub(super) const PRODUCT: u8 = 7;
/// `-x`, `-1`
pub(super) const SIGNED: u8 = 8;
/// A column, a literal, a call, `case .. end`: never needs parentheses.
pub(super) const ATOM: u8 = 9;

/// Writes expressions over the columns of one table.
pub(super) struct Writer<'a> {
    /// The dialect's own forms.
    pub rules: &'static dyn Rules,
    /// The table that columns belong to.
    pub table: &'a Table,
    /// The history's options.
    pub options: &'a Options,
    /// Whether every literal carries its type: in a query, what is beside it does not tell.
    pub typed: bool,
}

impl Writer<'_> {
    /// Writes an expression, in parentheses if it binds less tightly than `least`.
    pub fn write(&self, sql: &mut Sql, expr: &Expr, least: u8) {
        if level(expr) < least {
            sql.open();
            self.bare(sql, expr);
            sql.close();
        } else {
            self.bare(sql, expr);
        }
    }

    /// The same as a piece of its own.
    pub fn part(&self, expr: &Expr, least: u8) -> Sql {
        let mut sql = Sql::new(self.rules.dialect());
        self.write(&mut sql, expr, least);
        sql
    }

    /// Writes an expression as a value of an operator or a function: a column may need more than its name there.
    pub fn value(&self, sql: &mut Sql, expr: &Expr, least: u8) {
        match self.stored_type(expr) {
            Some(ty) => self.rules.operand(sql, &self.part(expr, least), ty),
            None => self.write(sql, expr, least),
        }
    }

    /// The type of the column that an expression is the plain content of.
    pub fn stored_type<'e>(&'e self, expr: &'e Expr) -> Option<&'e Type> {
        match &expr.kind {
            ExprKind::Column(name) => self.table.column(name).map(|c| &c.ty),
            ExprKind::Field(field) => Some(&field.ty),
            ExprKind::Subquery(select) => select.items.first().and_then(|i| self.stored_type(&i.expr)),
            // They pass on what a column holds as it is.
            ExprKind::Case { arms, otherwise } => {
                self.passed_on(arms.iter().map(|(_, value)| value).chain(otherwise.as_deref()))
            }
            ExprKind::Call { function: Function::Coalesce, arguments } => self.passed_on(arguments.iter()),
            _ => None,
        }
    }

    fn passed_on<'e>(&'e self, mut values: impl Iterator<Item = &'e Expr>) -> Option<&'e Type> {
        values.find_map(|e| self.stored_type(e).filter(|t| matches!(t, Type::Decimal { as_text: true, .. })))
    }

    /// The same as a piece of its own.
    pub fn value_part(&self, expr: &Expr, least: u8) -> Sql {
        let mut sql = Sql::new(self.rules.dialect());
        self.value(&mut sql, expr, least);
        sql
    }

    /// Writes values with commas between them.
    pub fn values(&self, sql: &mut Sql, values: &[Expr]) {
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                sql.comma();
            }
            self.value(sql, value, LOWEST);
        }
    }

    fn bare(&self, sql: &mut Sql, expr: &Expr) {
        match &expr.kind {
            ExprKind::Column(name) => {
                sql.ident(name);
            }
            ExprKind::Field(field) => {
                sql.ident(&field.source).suffix(".").ident(&field.column);
            }
            ExprKind::Literal(literal) => {
                self.rules.literal(sql, literal, expr.family, self.options);
                if self.typed && matches!(literal, Literal::Text(_)) {
                    sql.suffix(self.rules.literal_type(expr.family));
                }
            }
            ExprKind::Now => self.rules.now(sql, expr.family),
            ExprKind::Random => self.rules.random(sql, self.options),
            ExprKind::Not(x) => {
                sql.words("NOT");
                self.write(sql, x, NOT);
            }
            ExprKind::Negate(x) => {
                sql.words("-").suffix(self.value_part(x, ATOM).into_text().as_str());
            }
            ExprKind::Binary { op, left, right } => self.binary(sql, *op, left, right),
            ExprKind::IsNull { value, not } => {
                self.write(sql, value, OPERAND);
                sql.words(if *not { "IS NOT NULL" } else { "IS NULL" });
            }
            ExprKind::In { value, list, not } => {
                self.value(sql, value, OPERAND);
                sql.words(if *not { "NOT IN" } else { "IN" }).open();
                self.values(sql, list);
                sql.close();
            }
            ExprKind::Like { value, pattern, not } => self.rules.like(sql, value, pattern, *not, self),
            ExprKind::Between { value, low, high, not } => {
                if [value, low, high].iter().any(|e| e.family == Family::Text) {
                    self.rules.ordered(sql, value, self);
                } else {
                    self.value(sql, value, OPERAND);
                }
                sql.words(if *not { "NOT BETWEEN" } else { "BETWEEN" });
                self.value(sql, low, OPERAND);
                sql.words("AND");
                self.value(sql, high, OPERAND);
            }
            ExprKind::Case { arms, otherwise } => {
                sql.words("CASE");
                for (condition, value) in arms {
                    sql.words("WHEN");
                    self.write(sql, condition, LOWEST);
                    sql.words("THEN");
                    self.write(sql, value, LOWEST);
                }
                if let Some(value) = otherwise {
                    sql.words("ELSE");
                    self.write(sql, value, LOWEST);
                }
                sql.words("END");
            }
            ExprKind::Cast { value, ty } => self.rules.cast(sql, value, ty, self),
            ExprKind::Call { function, arguments } => self.rules.call(sql, *function, arguments, self),
            ExprKind::Aggregate { function, argument, distinct } => {
                self.rules.aggregate(sql, *function, argument.as_deref(), *distinct, self);
            }
            ExprKind::Subquery(select) => {
                sql.open();
                self.select(sql, select);
                sql.close();
            }
            ExprKind::Exists(select) => {
                sql.words("EXISTS").open();
                self.select(sql, select);
                sql.close();
            }
            ExprKind::InSelect { value, select, not } => {
                self.value(sql, value, OPERAND);
                sql.words(if *not { "NOT IN" } else { "IN" }).open();
                self.select_values(sql, select);
                sql.close();
            }
            ExprKind::Sql(native) => {
                match self.rules.dialect().sql(native) {
                    Some(text) => sql.open().native(text).close(),
                    None => sql.words("NULL"),
                };
            }
        }
    }

    fn binary(&self, sql: &mut Sql, op: Operator, left: &Expr, right: &Expr) {
        let text = op.text().to_ascii_uppercase();
        match op {
            Operator::Or | Operator::And => {
                let level = op.precedence();
                self.write(sql, left, level);
                sql.words(&text);
                self.write(sql, right, level + 1);
            }
            Operator::Equal | Operator::NotEqual => {
                self.value(sql, left, OPERAND);
                sql.words(&text);
                self.value(sql, right, OPERAND);
            }
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                if left.family == Family::Text || right.family == Family::Text {
                    self.rules.ordered(sql, left, self);
                } else {
                    self.value(sql, left, OPERAND);
                }
                sql.words(&text);
                self.value(sql, right, OPERAND);
            }
            Operator::Concat => {
                let joined = matches!(&left.kind, ExprKind::Binary { op: Operator::Concat, .. });
                self.value(sql, left, if joined { OPERAND } else { ATOM });
                sql.words(&text);
                self.value(sql, right, ATOM);
            }
            Operator::Add | Operator::Subtract => {
                self.value(sql, left, SUM);
                sql.words(&text);
                self.value(sql, right, PRODUCT);
            }
            Operator::Multiply => {
                self.value(sql, left, PRODUCT);
                sql.words(&text);
                self.value(sql, right, SIGNED);
            }
            Operator::Divide | Operator::Remainder => self.rules.divide(sql, op, left, right, self),
        }
    }
}

/// How tightly the written form binds.
fn level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Binary { op, .. } => match op {
            Operator::Or | Operator::And => op.precedence(),
            Operator::Concat => OPERAND,
            Operator::Add | Operator::Subtract => SUM,
            Operator::Multiply | Operator::Divide | Operator::Remainder => PRODUCT,
            _ => COMPARISON,
        },
        ExprKind::Not(_) => NOT,
        ExprKind::IsNull { .. }
        | ExprKind::In { .. }
        | ExprKind::InSelect { .. }
        | ExprKind::Like { .. }
        | ExprKind::Between { .. } => COMPARISON,
        ExprKind::Negate(_) => SIGNED,
        ExprKind::Literal(Literal::Integer(n)) if *n < 0 => SIGNED,
        ExprKind::Literal(Literal::Real(digits)) if digits.starts_with('-') => SIGNED,
        _ => ATOM,
    }
}

/// Whether a literal is a number other than zero: dividing by it needs no guard.
pub(super) fn is_nonzero_number(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Integer(n)) => *n != 0,
        ExprKind::Literal(Literal::Real(digits)) => digits
            .split(['e', 'E'])
            .next()
            .is_some_and(|mantissa| mantissa.contains(|c: char| ('1'..='9').contains(&c))),
        _ => false,
    }
}

/// Whether values of a family are whole numbers in both databases.
pub(super) fn is_whole(family: Family) -> bool {
    matches!(family, Family::Integer | Family::TimestampMs)
}

/// The value of a literal that is a whole number.
pub(super) fn whole(expr: &Expr) -> Option<i128> {
    match &expr.kind {
        ExprKind::Literal(Literal::Integer(n)) => Some(*n),
        _ => None,
    }
}

/// Whether an expression is a literal other than `null`.
pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Literal(l) if *l != Literal::Null)
}

/// A literal's digits for the family: a whole number among reals gets a point, so that `/` does not cut.
pub(super) fn number(literal: &Literal, family: Family) -> Option<String> {
    match literal {
        Literal::Integer(n) if family == Family::Real => Some(format!("{n}.0")),
        Literal::Integer(n) => Some(n.to_string()),
        Literal::Real(digits) => Some(digits.clone()),
        _ => None,
    }
}
