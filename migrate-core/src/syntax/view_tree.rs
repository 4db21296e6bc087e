//! The tree of views and triggers.

use super::ast::{Name, Native, Select};

/// `create view NAME [(COLUMN, ..)] as ..`
#[derive(Clone, Debug)]
pub struct CreateView {
    /// The view's name.
    pub name: Name,
    /// The names of its columns; empty where they are those of what it shows.
    pub columns: Vec<Name>,
    /// What it shows.
    pub body: ViewBody,
}

/// What a view shows.
#[derive(Clone, Debug)]
pub enum ViewBody {
    /// `select ..`
    Select(Box<Select>),
    /// `sql ..`
    Sql(Native),
}

/// `create trigger NAME on TABLE sql ..`
#[derive(Clone, Debug)]
pub struct CreateTrigger {
    /// The trigger's name.
    pub name: Name,
    /// The table or view.
    pub table: Name,
    /// When it runs and what it does.
    pub sql: Native,
}
