//! What an expression over known values gives, by the language's own meaning and SQL's logic of three values. Where that
//! is not sure (other families than texts, integers and booleans, numbers that may not fit, SQL of the author), nothing is
//! said.

use crate::schema::expr::{ExprKind, Family, Function};
use crate::schema::{Column, Default, Expr, Literal, Operator, Type};

/// A value that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A text, compared by its bytes.
    Text(String),
}

use Constant::{Boolean, Integer, Null, Text};

impl Constant {
    /// What a column holds that is given a literal.
    pub fn of_column(column: &Column, literal: &Literal) -> Option<Constant> {
        if *literal == Literal::Null {
            return Some(Null);
        }
        match column.ty {
            // Blanks at the end of a `char(n)` are nothing to PostgreSQL.
            Type::Char(_) => None,
            _ if column.collate.is_some() => None,
            _ => of_literal(literal, column.ty.family()),
        }
    }

    /// What a column holds that is given nothing.
    pub fn of_default(column: &Column) -> Option<Constant> {
        if column.generated.is_some() || column.autoincrement.is_some() {
            return None;
        }
        match &column.default {
            // SQLite numbers a key that is left out.
            None => column.null.then_some(Null),
            Some(Default::Literal(literal)) => Constant::of_column(column, literal),
            Some(_) => None,
        }
    }
}

fn of_literal(literal: &Literal, family: Family) -> Option<Constant> {
    match (literal, family) {
        (Literal::Null, _) => Some(Null),
        (Literal::Boolean(value), Family::Boolean) => Some(Boolean(*value)),
        (Literal::Integer(number), Family::Integer | Family::TimestampMs) => {
            i64::try_from(*number).ok().map(Integer)
        }
        (Literal::Text(text), Family::Text) => Some(Text(text.clone())),
        _ => None,
    }
}

/// What an expression gives where `column` says what is known of columns; nothing if that is not sure.
pub fn evaluate(expr: &Expr, column: &dyn Fn(&str) -> Option<Constant>) -> Option<Constant> {
    let of = |expr: &Expr| evaluate(expr, column);
    match &expr.kind {
        ExprKind::Column(name) => column(name),
        ExprKind::Literal(literal) => of_literal(literal, expr.family),
        ExprKind::Not(value) => not(of(value)?),
        ExprKind::Negate(value) => match of(value)? {
            Integer(number) => small(number.checked_neg()),
            Null => Some(Null),
            _ => None,
        },
        ExprKind::Binary { op: Operator::And, left, right } => both(of(left), of(right)),
        ExprKind::Binary { op: Operator::Or, left, right } => {
            both(of(left).and_then(not), of(right).and_then(not)).and_then(not)
        }
        ExprKind::Binary { op, left, right } => binary(*op, of(left)?, of(right)?),
        ExprKind::IsNull { value, not } => Some(Boolean((of(value)? == Null) != *not)),
        ExprKind::In { value, list, not: negated } => {
            let value = of(value)?;
            // `or` over the list: an unknown one is overruled by one that is equal.
            let mut found = Some(Boolean(false));
            for item in list {
                let equal = of(item).and_then(|item| binary(Operator::Equal, value.clone(), item));
                found = both(found.and_then(not), equal.and_then(not)).and_then(not);
            }
            let found = found?;
            if *negated { not(found) } else { Some(found) }
        }
        ExprKind::Between { value, low, high, not: negated } => {
            let value = of(value)?;
            let above = of(low).and_then(|low| binary(Operator::GreaterEqual, value.clone(), low));
            let below = of(high).and_then(|high| binary(Operator::LessEqual, value, high));
            let inside = both(above, below)?;
            if *negated { not(inside) } else { Some(inside) }
        }
        ExprKind::Case { arms, otherwise } => {
            for (condition, value) in arms {
                if of(condition)? == Boolean(true) {
                    return of(value);
                }
            }
            otherwise.as_ref().map_or(Some(Null), |value| of(value))
        }
        ExprKind::Call { function, arguments } => {
            let arguments = arguments.iter().map(of).collect::<Option<Vec<_>>>()?;
            call(*function, &arguments)
        }
        _ => None,
    }
}

fn not(value: Constant) -> Option<Constant> {
    match value {
        Boolean(value) => Some(Boolean(!value)),
        Null => Some(Null),
        _ => None,
    }
}

/// `and`: one that is false is enough, whatever the other is.
fn both(left: Option<Constant>, right: Option<Constant>) -> Option<Constant> {
    match (left, right) {
        (Some(Boolean(false)), _) | (_, Some(Boolean(false))) => Some(Boolean(false)),
        (Some(Boolean(true)), Some(value @ (Boolean(_) | Null))) => Some(value),
        (Some(Null), Some(Boolean(_) | Null)) => Some(Null),
        _ => None,
    }
}

fn binary(op: Operator, left: Constant, right: Constant) -> Option<Constant> {
    let order = match (&left, &right) {
        (Null, _) | (_, Null) => return Some(Null),
        (Boolean(a), Boolean(b)) => a.cmp(b),
        (Integer(a), Integer(b)) => a.cmp(b),
        (Text(a), Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        _ => return None,
    };
    Some(Boolean(match op {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterEqual => order.is_ge(),
        _ => return reckon(op, left, right),
    }))
}

fn reckon(op: Operator, left: Constant, right: Constant) -> Option<Constant> {
    match (left, right) {
        (Integer(a), Integer(b)) => match op {
            Operator::Add => small(a.checked_add(b)),
            Operator::Subtract => small(a.checked_sub(b)),
            Operator::Multiply => small(a.checked_mul(b)),
            Operator::Divide | Operator::Remainder if b == 0 => Some(Null),
            Operator::Divide => small(a.checked_div(b)),
            Operator::Remainder => small(a.checked_rem(b)),
            _ => None,
        },
        (Text(a), Text(b)) if op == Operator::Concat => Some(Text(a + &b)),
        _ => None,
    }
}

/// PostgreSQL reckons in the type of what it is given, so a larger result may be an error there.
fn small(number: Option<i64>) -> Option<Constant> {
    number.filter(|n| i32::try_from(*n).is_ok()).map(Integer)
}

fn call(function: Function, arguments: &[Constant]) -> Option<Constant> {
    match (function, arguments) {
        (Function::Coalesce, values) => Some(values.iter().find(|v| **v != Null).cloned().unwrap_or(Null)),
        (Function::Nullif, [a, b]) => Some(if *a != Null && a == b { Null } else { a.clone() }),
        (_, values) if values.contains(&Null) => Some(Null),
        (Function::Length, [Text(text)]) => i64::try_from(text.chars().count()).ok().map(Integer),
        (Function::Lower, [Text(text)]) => Some(Text(text.to_ascii_lowercase())),
        (Function::Upper, [Text(text)]) => Some(Text(text.to_ascii_uppercase())),
        (Function::Trim, [Text(text)]) => Some(Text(text.trim_matches(' ').to_owned())),
        (Function::Abs, [Integer(number)]) => small(number.checked_abs()),
        (Function::Min, [Integer(a), Integer(b)]) => Some(Integer(*a.min(b))),
        (Function::Max, [Integer(a), Integer(b)]) => Some(Integer(*a.max(b))),
        _ => None,
    }
}
