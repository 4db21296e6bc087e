//! Queries and what moves rows: names resolved, each value with its type, no places.

use super::expr::{Expr, ExprKind};
use super::{Schema, Type, same_name};

/// A query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// Equal rows come out once.
    pub distinct: bool,
    /// What comes out.
    pub items: Vec<Item>,
    /// The tables, in order; none in `select 1 where ..`.
    pub sources: Vec<Source>,
    /// Which rows.
    pub condition: Option<Expr>,
    /// Rows that agree in these become one.
    pub group_by: Vec<Expr>,
    /// Which groups.
    pub having: Option<Expr>,
    /// In which order; nulls are the least.
    pub order_by: Vec<OrderKey>,
    /// How many rows at most.
    pub limit: Option<u64>,
    /// How many rows are passed over.
    pub offset: Option<u64>,
}

/// A value that comes out of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The value.
    pub expr: Expr,
    /// Its name: the one given with `as`, else that of the column that it is.
    pub name: Option<String>,
    /// Its type, as far as it is known.
    pub ty: Option<Type>,
    /// Whether `name` was given with `as`.
    pub renamed: bool,
}

/// A table of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The table.
    pub table: String,
    /// What the query calls it, if not by its name.
    pub alias: Option<String>,
    /// How it is joined to those before; absent for the first.
    pub join: Option<Join>,
}

/// How a table is joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Rows without a match stay, with nulls for this table.
    pub left: bool,
    /// Which rows go together.
    pub on: Expr,
}

/// A key of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// The value.
    pub expr: Expr,
    /// From the greatest.
    pub descending: bool,
}

/// A statement that moves rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// New rows.
    Insert(Insert),
    /// Other values in rows.
    Update(Update),
    /// Rows go.
    Delete(Delete),
}

/// New rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// The table.
    pub table: String,
    /// The columns that are written.
    pub columns: Vec<String>,
    /// What is written to them.
    pub rows: Rows,
    /// Rows that collide with one that is there are left out.
    pub or_nothing: bool,
}

/// Where new rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// They stand here.
    Values(Vec<Vec<Expr>>),
    /// A query gives them.
    Select(Box<Select>),
}

/// Other values in rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The table.
    pub table: String,
    /// Columns and their new values, over the columns of the table.
    pub set: Vec<(String, Expr)>,
    /// Which rows.
    pub condition: Option<Expr>,
    /// Batch by batch, each in a transaction of its own.
    pub batches: Option<Batches>,
}

/// How an update goes through its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
    /// How many rows of the table one batch looks at.
    pub rows: u64,
    /// The columns of the primary key, in whose order it goes.
    pub key: Vec<String>,
}

/// Rows of a table go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// The table.
    pub table: String,
    /// Which rows.
    pub condition: Option<Expr>,
}

impl Source {
    /// What the query calls the table.
    pub fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.table)
    }
}

impl Select {
    /// The expressions directly in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> + '_ {
        (self.items.iter().map(|i| &i.expr))
            .chain(self.sources.iter().filter_map(|s| s.join.as_ref()).map(|j| &j.on))
            .chain(&self.condition)
            .chain(&self.group_by)
            .chain(&self.having)
            .chain(self.order_by.iter().map(|k| &k.expr))
    }

    /// The expressions directly in it, to change.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> + '_ {
        (self.items.iter_mut().map(|i| &mut i.expr))
            .chain(self.sources.iter_mut().filter_map(|s| s.join.as_mut()).map(|j| &mut j.on))
            .chain(&mut self.condition)
            .chain(&mut self.group_by)
            .chain(&mut self.having)
            .chain(self.order_by.iter_mut().map(|k| &mut k.expr))
    }

    /// Whether rows become groups: by `group by`, or because an aggregate stands among what comes out.
    pub fn is_grouped(&self) -> bool {
        !self.group_by.is_empty()
            || (self.items.iter().map(|i| &i.expr))
                .chain(&self.having)
                .chain(self.order_by.iter().map(|k| &k.expr))
                .any(has_aggregate)
    }

    /// Every table that it reads, those of queries within it included, each once.
    pub fn tables(&self) -> Vec<String> {
        let mut tables = Vec::new();
        self.collect_tables(&mut tables);
        tables
    }

    fn collect_tables(&self, tables: &mut Vec<String>) {
        for source in &self.sources {
            if !tables.iter().any(|t| same_name(t, &source.table)) {
                tables.push(source.table.clone());
            }
        }
        self.exprs().for_each(|e| e.collect_tables(tables));
    }
}

impl Expr {
    /// Every table that queries in it read, each once.
    pub fn tables(&self) -> Vec<String> {
        let mut tables = Vec::new();
        self.collect_tables(&mut tables);
        tables
    }

    fn collect_tables(&self, tables: &mut Vec<String>) {
        match &self.kind {
            ExprKind::Subquery(select) | ExprKind::Exists(select) => select.collect_tables(tables),
            ExprKind::InSelect { value, select, .. } => {
                value.collect_tables(tables);
                select.collect_tables(tables);
            }
            _ => self.children().into_iter().for_each(|e| e.collect_tables(tables)),
        }
    }
}

impl Update {
    /// Whether a query in it reads the table that it updates, itself or through a view.
    pub fn reads_itself(&self, schema: &Schema) -> bool {
        let is_own = |relation: &String| {
            schema.tables_behind(relation).iter().any(|behind| same_name(behind, &self.table))
        };
        let own = |value: &Expr| value.tables().iter().any(is_own);
        self.set.iter().map(|(_, value)| value).chain(&self.condition).any(own)
    }
}

impl Data {
    /// The table whose rows it moves.
    pub fn table(&self) -> &str {
        match self {
            Data::Insert(insert) => &insert.table,
            Data::Update(update) => &update.table,
            Data::Delete(delete) => &delete.table,
        }
    }

    /// The columns that it names to write to.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Data::Insert(insert) => insert.columns.iter().map(String::as_str).collect(),
            Data::Update(update) => update.set.iter().map(|(column, _)| column.as_str()).collect(),
            Data::Delete(_) => Vec::new(),
        }
    }

    /// The expressions directly in it.
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            Data::Insert(Insert { rows: Rows::Values(rows), .. }) => rows.iter().flatten().collect(),
            Data::Insert(Insert { rows: Rows::Select(select), .. }) => select.exprs().collect(),
            Data::Update(update) => {
                update.set.iter().map(|(_, value)| value).chain(&update.condition).collect()
            }
            Data::Delete(delete) => delete.condition.iter().collect(),
        }
    }

    /// Every table that its queries read, each once.
    pub fn reads(&self) -> Vec<String> {
        let mut tables = match self {
            Data::Insert(Insert { rows: Rows::Select(select), .. }) => select.tables(),
            _ => Vec::new(),
        };
        self.exprs().into_iter().for_each(|e| e.collect_tables(&mut tables));
        tables
    }
}

/// Whether an aggregate of this query stands in an expression.
fn has_aggregate(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Aggregate { .. } => true,
        ExprKind::Subquery(_) | ExprKind::Exists(_) => false,
        ExprKind::InSelect { value, .. } => has_aggregate(value),
        _ => expr.children().into_iter().any(has_aggregate),
    }
}
