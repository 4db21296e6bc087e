//! Expressions at random, of a family, over the columns that stand in reach.

use migrate_core::schema::expr::Family;
use migrate_core::schema::{Column, Table, Type};

use crate::maker::Maker;
use crate::values::literal;

/// A column in reach, as it is written there.
#[derive(Clone)]
pub struct Reach {
    pub text: String,
    pub column: Column,
}

/// The columns of a table, behind a name for it if there is one.
pub fn reach(table: &Table, behind: &str) -> Vec<Reach> {
    let text = |c: &Column| if behind.is_empty() { c.name.clone() } else { format!("{behind}.{}", c.name) };
    let known = table.columns.iter().filter(|c| !matches!(c.ty, Type::Native { .. }));
    known.map(|c| Reach { text: text(c), column: c.clone() }).collect()
}

impl Maker {
    /// A column of a family.
    fn leaf(&mut self, scope: &[Reach], family: Family) -> Option<String> {
        let of: Vec<&Reach> = scope.iter().filter(|r| r.column.ty.family() == family).collect();
        self.numbers.pick(&of).map(|r| r.text.clone())
    }

    fn literal_of(&mut self, family: Family) -> String {
        let k = self.numbers.below(90);
        let ty = match family {
            Family::Text => Type::Text,
            Family::Integer => Type::Integer(64),
            Family::Boolean => Type::Boolean,
            Family::Real => Type::Real(64),
            Family::Decimal => Type::Decimal { precision: 8, scale: 2, as_text: false },
            Family::Date => Type::Date,
            Family::Time => Type::Time,
            Family::Datetime => Type::Datetime,
            Family::DatetimeTz => Type::DatetimeTz,
            Family::Uuid => Type::Uuid,
            Family::TimestampMs => Type::TimestampMs,
            _ => return "null".to_owned(),
        };
        literal(&ty, k).unwrap_or_else(|| "null".to_owned())
    }

    /// An expression of a family. Its values stay small where its columns' are.
    pub fn expr(&mut self, scope: &[Reach], family: Family, depth: usize) -> String {
        if depth == 0 || self.numbers.once_in(5) {
            return match self.leaf(scope, family) {
                Some(column) if self.numbers.below(4) > 0 => column,
                _ => self.literal_of(family),
            };
        }
        let d = depth - 1;
        match (self.numbers.below(9), family) {
            (0, _) => {
                let arms = (self.condition(scope, d), self.expr(scope, family, d));
                let otherwise = self.expr(scope, family, d);
                return format!("case when {} then {} else {otherwise} end", arms.0, arms.1);
            }
            (1, _) => {
                return format!("coalesce({}, {})", self.column_of(scope, family), self.literal_of(family));
            }
            (2, Family::Text | Family::Integer) => {
                return format!("nullif({}, {})", self.column_of(scope, family), self.literal_of(family));
            }
            _ => {}
        }
        match family {
            Family::Text => {
                let x = self.column_of(scope, family);
                match self.numbers.below(9) {
                    0 => format!("lower({x})"),
                    1 => format!("upper({x})"),
                    2 => format!("trim({x})"),
                    3 => format!("substr({x}, {}, 4)", 1 + self.numbers.below(3)),
                    4 => format!("replace({x}, \"t\", \"u\")"),
                    5 => format!("substr({x} || {}, 1, 5)", self.expr(scope, family, d)),
                    6 => format!("cast({} as text)", self.expr(scope, Family::Integer, d)),
                    7 => format!("cast({} as text)", self.expr(scope, Family::Boolean, d)),
                    _ => self.least(scope, family),
                }
            }
            Family::Integer => {
                let x = self.expr(scope, family, d);
                match self.numbers.below(10) {
                    0 => format!("({x}) + {}", self.numbers.below(9)),
                    1 => format!("({x}) - {}", self.column_of(scope, family)),
                    2 => format!("({x}) * 2"),
                    3 => format!("({x}) / {}", self.column_of(scope, family)),
                    4 => format!("({x}) % {}", self.numbers.below(7)),
                    5 => format!("-({x})"),
                    6 => format!("abs({x})"),
                    7 => format!("length({})", self.expr(scope, Family::Text, d)),
                    8 => format!("cast({} as integer)", self.condition(scope, d)),
                    _ => self.least(scope, family),
                }
            }
            Family::Boolean => self.condition(scope, d),
            Family::Real => match self.numbers.below(5) {
                0 => format!("({}) * 1.5", self.expr(scope, family, d)),
                1 => format!("({}) / 2.0", self.expr(scope, family, d)),
                2 => format!("cast({} as real)", self.expr(scope, Family::Integer, d)),
                3 => format!("abs({})", self.expr(scope, family, d)),
                _ => self.least(scope, family),
            },
            Family::Decimal => match self.numbers.below(4) {
                0 => format!("round({}, 1)", self.column_of(scope, family)),
                1 => format!("({}) + 1.25", self.column_of(scope, family)),
                2 => format!("cast({} as decimal(8, 2))", self.expr(scope, Family::Integer, d)),
                _ => format!("abs({})", self.column_of(scope, family)),
            },
            _ => self.column_of(scope, family),
        }
    }

    fn least(&mut self, scope: &[Reach], family: Family) -> String {
        let function = self.numbers.word(&["min", "max"]);
        format!("{function}({}, {})", self.column_of(scope, family), self.expr(scope, family, 0))
    }

    /// A column of a family, or a literal where there is none.
    fn column_of(&mut self, scope: &[Reach], family: Family) -> String {
        self.leaf(scope, family).unwrap_or_else(|| self.literal_of(family))
    }

    /// Something that is true or false.
    pub fn condition(&mut self, scope: &[Reach], depth: usize) -> String {
        let families: Vec<Family> = (scope.iter().map(|r| r.column.ty.family()))
            .filter(|f| !matches!(f, Family::Json | Family::Bytes | Family::Timestamp | Family::Unknown))
            .collect();
        let family = self.numbers.pick(&families).unwrap_or(Family::Integer);
        let x = self.column_of(scope, family);
        if depth > 0 && self.numbers.once_in(3) {
            let (a, b) = (self.condition(scope, depth - 1), self.condition(scope, depth - 1));
            return match self.numbers.below(3) {
                0 => format!("({a}) and ({b})"),
                1 => format!("({a}) or ({b})"),
                _ => format!("not ({a})"),
            };
        }
        match self.numbers.below(8) {
            0 => format!("{x} is null"),
            1 => format!("{x} is not null"),
            2 => {
                let not = self.numbers.word(&["", "not "]);
                format!("{x} {not}in ({}, {})", self.literal_of(family), self.literal_of(family))
            }
            3 => {
                let not = self.numbers.word(&["", "not "]);
                format!("{x} {not}between {} and {}", self.literal_of(family), self.literal_of(family))
            }
            4 => {
                let (text, not) = (self.column_of(scope, Family::Text), self.numbers.word(&["", "not "]));
                let pattern = self.numbers.word(&["t%", "%1%", "_1", "%5"]);
                format!("{text} {not}like \"{pattern}\"")
            }
            5 if family == Family::Boolean => x,
            _ => {
                let operator = self.numbers.word(&["=", "<>", "<", "<=", ">", ">="]);
                format!("{x} {operator} {}", self.expr(scope, family, depth))
            }
        }
    }

    /// A value for a column that is made of others, and fits it.
    pub fn made_value(&mut self, scope: &[Reach], column: &Column) -> Option<String> {
        let family = column.ty.family();
        let made = self.expr(scope, family, 2);
        let fitting = match &column.ty {
            Type::Text | Type::Boolean => made,
            Type::TextN(_) | Type::Char(_) => format!("substr({made}, 1, 5)"),
            Type::Integer(_) => format!("({made}) % 100"),
            Type::Real(64) | Type::Decimal { as_text: false, .. } => made,
            _ => return self.value(column),
        };
        match (column.null, self.value(column)) {
            (true, _) => Some(fitting),
            (false, Some(literal)) => Some(format!("coalesce({fitting}, {literal})")),
            (false, None) => None,
        }
    }
}
