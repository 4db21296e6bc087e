//! The tree of an SQL expression, after quotes, parentheses and the dialects' sugar are gone.

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A column, perhaps behind its table's name.
    Name(Vec<String>),
    /// In SQLite's double quotes: a column, or a string if there is no such column.
    DoubleQuoted(String),
    /// A string.
    Text(String),
    /// A number, perhaps with a sign.
    Number(String),
    /// Bytes as they stand in the quotes.
    Blob(String),
    /// `null`, `true`, `current_date` and the like.
    Keyword(String),
    /// An operator before its operand.
    Unary(String, Box<Node>),
    /// An operator between two; `is` and its kin are such too.
    Binary(String, Box<Node>, Box<Node>),
    /// `and` or `or` over two or more.
    Chain(Logic, Vec<Node>),
    /// `x [not] in (..)`
    In {
        /// The value.
        value: Box<Node>,
        /// The list.
        list: Vec<Node>,
        /// `not`
        not: bool,
    },
    /// `like`, `glob`, `ilike`, `regexp`, `match`, `similar to`
    Match {
        /// The operator.
        op: String,
        /// The value.
        value: Box<Node>,
        /// The pattern.
        pattern: Box<Node>,
        /// `escape`
        escape: Option<Box<Node>>,
        /// `not`
        not: bool,
    },
    /// `case [base] when .. then .. [else ..] end`
    Case {
        /// What is compared, in the short form.
        base: Option<Box<Node>>,
        /// Conditions and values.
        arms: Vec<(Node, Node)>,
        /// What is left.
        otherwise: Option<Box<Node>>,
    },
    /// `cast(x as type)`, `x::type`
    Cast(Box<Node>, String),
    /// A function.
    Call(String, Vec<Node>),
    /// `x collate name`
    Collate(Box<Node>, String),
    /// `(a, b)`
    Row(Vec<Node>),
    /// `array[a, b]`
    Array(Vec<Node>),
    /// `x[i]`
    Subscript(Box<Node>, Box<Node>),
    /// `x op any (array)`, `x op all (array)`
    Quantified {
        /// The operator.
        op: String,
        /// `all` in place of `any`
        all: bool,
        /// The value.
        value: Box<Node>,
        /// The array.
        array: Box<Node>,
    },
    /// What this parser does not look into: a query. Tokens joined by blanks.
    Opaque(String),
}

/// How a chain is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logic {
    /// `or`
    Or,
    /// `and`
    And,
}

impl Node {
    /// `null`
    pub fn null() -> Node {
        Node::Keyword("null".to_owned())
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Node::Keyword(k) if k == "null")
    }

    /// `op` over one.
    pub fn unary(op: &str, value: Node) -> Node {
        Node::Unary(op.to_owned(), Box::new(value))
    }

    /// `op` between two.
    pub fn binary(op: &str, left: Node, right: Node) -> Node {
        Node::Binary(op.to_owned(), Box::new(left), Box::new(right))
    }

    /// The column's name, if it is a bare name.
    pub fn as_name(&self) -> Option<&str> {
        match self {
            Node::Name(parts) if parts.len() == 1 => parts.first().map(String::as_str),
            _ => None,
        }
    }

    /// Whether a column occurs in it.
    pub fn has_name(&self) -> bool {
        let any = |list: &[Node]| list.iter().any(Node::has_name);
        match self {
            Node::Name(_) | Node::DoubleQuoted(_) | Node::Opaque(_) => true,
            Node::Text(_) | Node::Number(_) | Node::Blob(_) | Node::Keyword(_) => false,
            Node::Unary(_, x) | Node::Cast(x, _) | Node::Collate(x, _) => x.has_name(),
            Node::Binary(_, a, b) | Node::Subscript(a, b) => a.has_name() || b.has_name(),
            Node::Quantified { value, array, .. } => value.has_name() || array.has_name(),
            Node::Chain(_, list) | Node::Call(_, list) | Node::Row(list) | Node::Array(list) => any(list),
            Node::In { value, list, .. } => value.has_name() || any(list),
            Node::Match { value, pattern, .. } => value.has_name() || pattern.has_name(),
            Node::Case { base, arms, otherwise } => {
                base.iter().chain(otherwise).any(|n| n.has_name())
                    || arms.iter().any(|(c, v)| c.has_name() || v.has_name())
            }
        }
    }

    /// Whether it is a value written out.
    pub fn is_literal(&self) -> bool {
        matches!(self, Node::Text(_) | Node::Number(_) | Node::Blob(_) | Node::Keyword(_))
    }
}
