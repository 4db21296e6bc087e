//! Expressions in the schema: names resolved, each with its type, no places.

use super::query::Select;
use super::{Literal, NativeSql, Operator, Type, same_name};

/// An expression over the columns of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The family of its values.
    pub family: Family,
}

/// A family of types: values of one family compare with each other and go into each other's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `text`, `text(n)`, `char(n)`, `enum(..)`
    Text,
    /// `integer` of any size
    Integer,
    /// `real`
    Real,
    /// `decimal`
    Decimal,
    /// `boolean`, and what a comparison gives
    Boolean,
    /// `json`
    Json,
    /// `timestamp_ms`
    TimestampMs,
    /// `timestamp`
    Timestamp,
    /// `datetime`
    Datetime,
    /// `datetimetz`
    DatetimeTz,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `blob`
    Bytes,
    /// `uuid`
    Uuid,
    /// `null`: fits every family.
    Null,
    /// SQL of the author or a `type { .. }`: not known, so not judged.
    Unknown,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// A column of the table at hand.
    Column(String),
    /// A column of a table of a query, or of one around it.
    Field(Box<Field>),
    /// A literal; the expression's family says how each dialect writes it (a text under family `Uuid` is a UUID).
    Literal(Literal),
    /// The current time, in the form of the family.
    Now,
    /// A random UUID, another one for each row.
    Random,
    /// `not x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a OP b`; both sides have one family after checking, or one of them is null.
    Binary {
        /// The operator.
        op: Operator,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
    },
    /// `x is [not] null`
    IsNull {
        /// The value.
        value: Box<Expr>,
        /// `not`
        not: bool,
    },
    /// `x [not] in (a, ..)`
    In {
        /// The value.
        value: Box<Expr>,
        /// The list, never empty.
        list: Vec<Expr>,
        /// `not`
        not: bool,
    },
    /// `x [not] like "pattern"`, case-sensitive, `%` and `_` as wildcards, no escape.
    Like {
        /// The value.
        value: Box<Expr>,
        /// The pattern.
        pattern: String,
        /// `not`
        not: bool,
    },
    /// `x [not] between a and b`
    Between {
        /// The value.
        value: Box<Expr>,
        /// The lower end, included.
        low: Box<Expr>,
        /// The upper end, included.
        high: Box<Expr>,
        /// `not`
        not: bool,
    },
    /// `case when c then v .. [else e] end`
    Case {
        /// Conditions and values.
        arms: Vec<(Expr, Expr)>,
        /// What is left.
        otherwise: Option<Box<Expr>>,
    },
    /// `cast(x as TYPE)`, from the family of `value`
    Cast {
        /// The value.
        value: Box<Expr>,
        /// The type.
        ty: Type,
    },
    /// A function with one meaning in both dialects.
    Call {
        /// Which.
        function: Function,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// A function over the rows of a query or of a group.
    Aggregate {
        /// Which.
        function: Aggregate,
        /// What it is over; absent in `count(*)`.
        argument: Option<Box<Expr>>,
        /// Equal values count once.
        distinct: bool,
    },
    /// The value of a query that gives at most one row, null where it gives none.
    Subquery(Box<Select>),
    /// Whether a query gives a row.
    Exists(Box<Select>),
    /// `x [not] in (select ..)`
    InSelect {
        /// The value.
        value: Box<Expr>,
        /// The rows, of one value each.
        select: Box<Select>,
        /// `not`
        not: bool,
    },
    /// SQL of the author.
    Sql(NativeSql),
}

/// A column by the name of its table in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What the table is called in the query: its alias, else its name.
    pub source: String,
    /// The column.
    pub column: String,
    /// The column's type.
    pub ty: Type,
    /// Whether it may be null: it is declared so, or its table is joined with `left`.
    pub null: bool,
}

/// The functions over many rows that have one meaning in both dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many rows, or values that are not null.
    Count,
    /// Null over no rows.
    Sum,
    /// A real number; null over no rows.
    Avg,
    /// The least value; nulls do not count.
    Min,
    /// The greatest value; nulls do not count.
    Max,
}

impl Aggregate {
    /// Every one.
    pub const ALL: [Aggregate; 5] =
        [Aggregate::Count, Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max];

    /// The one of that name.
    pub fn named(name: &str) -> Option<Aggregate> {
        Aggregate::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name))
    }

    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Aggregate::Count => "count",
            Aggregate::Sum => "sum",
            Aggregate::Avg => "avg",
            Aggregate::Min => "min",
            Aggregate::Max => "max",
        }
    }
}

/// The functions of the language: each has one meaning in both dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Characters of a text.
    Length,
    /// ASCII letters in lower case.
    Lower,
    /// ASCII letters in upper case.
    Upper,
    /// Without blanks at both ends.
    Trim,
    /// `substr(text, start[, length])`, from 1.
    Substr,
    /// `replace(text, from, to)`
    Replace,
    /// The first that is not null.
    Coalesce,
    /// Null if both are equal, else the first.
    Nullif,
    /// Without its sign.
    Abs,
    /// `round(x[, digits])`, half away from zero.
    Round,
    /// The least; null if one is.
    Min,
    /// The greatest; null if one is.
    Max,
}

impl Function {
    /// Every function.
    pub const ALL: [Function; 12] = [
        Function::Length,
        Function::Lower,
        Function::Upper,
        Function::Trim,
        Function::Substr,
        Function::Replace,
        Function::Coalesce,
        Function::Nullif,
        Function::Abs,
        Function::Round,
        Function::Min,
        Function::Max,
    ];

    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Function::Length => "length",
            Function::Lower => "lower",
            Function::Upper => "upper",
            Function::Trim => "trim",
            Function::Substr => "substr",
            Function::Replace => "replace",
            Function::Coalesce => "coalesce",
            Function::Nullif => "nullif",
            Function::Abs => "abs",
            Function::Round => "round",
            Function::Min => "min",
            Function::Max => "max",
        }
    }
}

impl Expr {
    /// A column of that family.
    pub fn column(name: impl Into<String>, family: Family) -> Expr {
        Expr { kind: ExprKind::Column(name.into()), family }
    }

    /// The column's name, if the expression is nothing but a column.
    pub fn as_column(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Column(name) => Some(name),
            _ => None,
        }
    }

    /// The parts directly below.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Column(_)
            | ExprKind::Field(_)
            | ExprKind::Literal(_)
            | ExprKind::Now
            | ExprKind::Random
            | ExprKind::Sql(_) => vec![],
            ExprKind::Aggregate { argument, .. } => argument.as_deref().into_iter().collect(),
            ExprKind::Subquery(select) | ExprKind::Exists(select) => select.exprs().collect(),
            ExprKind::InSelect { value, select, .. } => {
                std::iter::once(&**value).chain(select.exprs()).collect()
            }
            ExprKind::Not(x) | ExprKind::Negate(x) => vec![x],
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::IsNull { value, .. } | ExprKind::Like { value, .. } | ExprKind::Cast { value, .. } => {
                vec![value]
            }
            ExprKind::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
            ExprKind::Between { value, low, high, .. } => vec![value, low, high],
            ExprKind::Case { arms, otherwise } => {
                arms.iter().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref()).collect()
            }
            ExprKind::Call { arguments, .. } => arguments.iter().collect(),
        }
    }

    /// The parts directly below, to change.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Column(_)
            | ExprKind::Field(_)
            | ExprKind::Literal(_)
            | ExprKind::Now
            | ExprKind::Random
            | ExprKind::Sql(_) => vec![],
            ExprKind::Aggregate { argument, .. } => argument.as_deref_mut().into_iter().collect(),
            ExprKind::Subquery(select) | ExprKind::Exists(select) => select.exprs_mut().collect(),
            ExprKind::InSelect { value, select, .. } => {
                std::iter::once(&mut **value).chain(select.exprs_mut()).collect()
            }
            ExprKind::Not(x) | ExprKind::Negate(x) => vec![x],
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::IsNull { value, .. } | ExprKind::Like { value, .. } | ExprKind::Cast { value, .. } => {
                vec![value]
            }
            ExprKind::In { value, list, .. } => std::iter::once(&mut **value).chain(list).collect(),
            ExprKind::Between { value, low, high, .. } => vec![value, low, high],
            ExprKind::Case { arms, otherwise } => {
                arms.iter_mut().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref_mut()).collect()
            }
            ExprKind::Call { arguments, .. } => arguments.iter_mut().collect(),
        }
    }

    /// Whether it can be null, as far as that can be told; a column of the table at hand can.
    pub fn may_be_null(&self) -> bool {
        let any = |parts: Vec<&Expr>| parts.into_iter().any(Expr::may_be_null);
        match &self.kind {
            ExprKind::Literal(literal) => *literal == Literal::Null,
            ExprKind::Now | ExprKind::IsNull { .. } | ExprKind::Exists(_) => false,
            ExprKind::Field(field) => field.null,
            ExprKind::Aggregate { function, .. } => *function != Aggregate::Count,
            ExprKind::Binary { op: Operator::Divide | Operator::Remainder, right, .. }
                if !matches!(right.kind, ExprKind::Literal(_)) =>
            {
                true
            }
            ExprKind::Call { function: Function::Coalesce, arguments } => {
                arguments.iter().all(Expr::may_be_null)
            }
            ExprKind::Call { function: Function::Nullif, .. } => true,
            ExprKind::Case { arms, otherwise } => {
                otherwise.as_ref().is_none_or(|e| e.may_be_null())
                    || arms.iter().any(|(_, value)| value.may_be_null())
            }
            ExprKind::Column(_) | ExprKind::Subquery(_) | ExprKind::InSelect { .. } | ExprKind::Sql(_) => {
                true
            }
            _ => any(self.children()),
        }
    }

    /// Every part of it, itself first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.children().into_iter().for_each(|child| child.walk(visit));
    }

    /// The condition that an enum's type brings.
    pub fn of_enum(column: &str, values: &[String]) -> Expr {
        let kind = ExprKind::In {
            value: Box::new(Expr::column(column, Family::Text)),
            list: values.iter().map(|v| Expr::text(v)).collect(),
            not: false,
        };
        Expr { kind, family: Family::Boolean }
    }

    /// A value in which one text became another.
    pub fn renamed_value(value: Expr, from: &str, to: &str) -> Expr {
        let is_it = ExprKind::Binary {
            op: Operator::Equal,
            left: Box::new(value.clone()),
            right: Box::new(Expr::text(from)),
        };
        let arms = vec![(Expr { kind: is_it, family: Family::Boolean }, Expr::text(to))];
        Expr { kind: ExprKind::Case { arms, otherwise: Some(Box::new(value)) }, family: Family::Text }
    }

    /// A literal text.
    pub fn text(text: &str) -> Expr {
        Expr { kind: ExprKind::Literal(Literal::Text(text.to_owned())), family: Family::Text }
    }

    /// Whether the text occurs in it as a literal, or anywhere in SQL of the author.
    pub fn has_text(&self, text: &str) -> bool {
        match &self.kind {
            ExprKind::Literal(Literal::Text(t)) => t == text,
            ExprKind::Like { .. } => true,
            ExprKind::Sql(sql) => sql.texts().any(|t| t.contains(text)),
            _ => self.children().into_iter().any(|e| e.has_text(text)),
        }
    }

    /// All columns that occur in it outside SQL of the author, each once, in order.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        self.collect_columns(&mut columns);
        columns
    }

    fn collect_columns(&self, columns: &mut Vec<String>) {
        if let Some(name) = self.as_column()
            && !columns.iter().any(|c| same_name(c, name))
        {
            columns.push(name.to_owned());
        }
        self.children().into_iter().for_each(|child| child.collect_columns(columns));
    }

    /// Whether the column of that name occurs in it. SQL of the author counts if the name stands in it as a word.
    pub fn mentions(&self, column: &str) -> bool {
        match &self.kind {
            ExprKind::Column(name) => same_name(name, column),
            ExprKind::Sql(sql) => sql.texts().any(|t| has_word(t, column)),
            _ => self.children().into_iter().any(|e| e.mentions(column)),
        }
    }

    /// Whether SQL of the author occurs in it.
    pub fn has_native(&self) -> bool {
        matches!(self.kind, ExprKind::Sql(_)) || self.children().into_iter().any(Expr::has_native)
    }

    /// Gives a column another name, wherever it occurs outside SQL of the author.
    pub fn rename_column(&mut self, from: &str, to: &str) {
        if let ExprKind::Column(name) = &mut self.kind
            && same_name(name, from)
        {
            *name = to.to_owned();
        }
        for child in self.children_mut() {
            child.rename_column(from, to);
        }
    }
}

/// Whether `word` stands in `text` as a whole word, without regard to ASCII letter case.
pub fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&word).any(|(at, found)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + found.len()..].chars().next().is_some_and(inside)
    })
}

impl Type {
    /// The family of the type's values.
    pub fn family(&self) -> Family {
        match self {
            Type::Text | Type::TextN(_) | Type::Char(_) | Type::Enum(_) => Family::Text,
            Type::Integer(_) => Family::Integer,
            Type::Boolean => Family::Boolean,
            Type::Json => Family::Json,
            Type::TimestampMs => Family::TimestampMs,
            Type::Timestamp => Family::Timestamp,
            Type::Datetime => Family::Datetime,
            Type::DatetimeTz => Family::DatetimeTz,
            Type::Date => Family::Date,
            Type::Time => Family::Time,
            Type::Real(_) => Family::Real,
            Type::Decimal { .. } => Family::Decimal,
            Type::Blob => Family::Bytes,
            Type::Uuid => Family::Uuid,
            Type::Native { .. } => Family::Unknown,
        }
    }
}
