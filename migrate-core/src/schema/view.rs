//! Views and triggers: what stands on tables without being part of one.
//!
//! What a query of the language reads is known exactly. SQL of the author is asked for words: what it names may be in a
//! comment or in a string too, and then counts as well, for SQL that is put together at run time stands in strings.

use super::expr::{Field, has_word};
use super::query::{Select, Source};
use super::{Column, Expr, NativeSql, Schema, Table, Type, same_name};
use crate::schema::expr::ExprKind;
use crate::schema::names;

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its columns, in order; empty where SQL of the author alone says them.
    pub columns: Vec<ViewColumn>,
    /// What it shows.
    pub body: ViewBody,
}

/// A column of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type, as far as it is known.
    pub ty: Option<Type>,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewBody {
    /// A query of the language.
    Select(Box<Select>),
    /// A query in SQL of the author.
    Sql(NativeSql),
}

/// A trigger, on a table or on a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The table or view.
    pub table: String,
    /// What it is in SQLite.
    pub sqlite: Option<TriggerText>,
    /// What it is in PostgreSQL.
    pub postgres: Option<TriggerText>,
}

/// A trigger in SQL of the author, cut where a database wants something between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerText {
    /// `after update of a, b`: what stands before `ON table`.
    pub event: String,
    /// `for each row when (..)`: what stands behind it; in PostgreSQL also `execute function ..`.
    pub rest: String,
    /// `begin .. end`; none where a function is called that stands by itself.
    pub body: Option<String>,
}

impl View {
    /// Whether it reads that table or view.
    pub fn reads(&self, relation: &str) -> bool {
        match &self.body {
            ViewBody::Select(select) => {
                select.tables().iter().any(|t| same_name(t, relation)) || mentions(select, relation)
            }
            ViewBody::Sql(sql) => sql_names(sql, relation),
        }
    }

    /// Whether it reads that column of that table or view.
    pub fn reads_column(&self, relation: &str, column: &str) -> bool {
        match &self.body {
            ViewBody::Select(select) => {
                let mut found = mentions(select, column);
                if !found && self.reads(relation) {
                    let mut copy = select.clone();
                    copy.edit_fields(&mut |table, field| {
                        found |= same_name(table, relation) && same_name(&field.column, column);
                    });
                }
                found
            }
            ViewBody::Sql(sql) => sql_names(sql, relation) && sql_names(sql, column),
        }
    }

    /// Whether SQL of the author in it names this, so that it cannot follow a new name.
    pub fn names_in_sql(&self, word: &str) -> bool {
        match &self.body {
            ViewBody::Select(select) => mentions(select, word),
            ViewBody::Sql(sql) => sql_names(sql, word),
        }
    }

    /// Whether this text stands in it as a literal, or anywhere in SQL of the author.
    pub fn has_text(&self, text: &str) -> bool {
        match &self.body {
            ViewBody::Select(select) => select.exprs().any(|e| e.has_text(text)),
            ViewBody::Sql(sql) => sql.texts().any(|t| t.contains(text)),
        }
    }

    /// Changes what its query reads of a column.
    pub(super) fn edit_fields(&mut self, relation: &str, column: &str, edit: &mut dyn FnMut(&mut Field)) {
        if let ViewBody::Select(select) = &mut self.body {
            select.edit_fields(&mut |table, field| {
                if same_name(table, relation) && same_name(&field.column, column) {
                    edit(field);
                }
            });
        }
    }

    /// Gives the columns that show a column as it is the type that it has by now; says which changed.
    pub(super) fn retype_shown(&mut self) -> Vec<String> {
        let ViewBody::Select(select) = &mut self.body else { return Vec::new() };
        let mut changed = Vec::new();
        for (item, column) in select.items.iter_mut().zip(&mut self.columns) {
            if let ExprKind::Field(field) = &item.expr.kind
                && item.ty.as_ref() != Some(&field.ty)
            {
                item.ty = Some(field.ty.clone());
                column.ty.clone_from(&item.ty);
                changed.push(column.name.clone());
            }
        }
        changed
    }

    /// The view as what a query reads from. The type of a column that is not known is SQL of nobody.
    pub fn as_table(&self) -> Table {
        let unknown = Type::Native { sqlite: None, postgres: None };
        let column = |c: &ViewColumn| Column {
            name: c.name.clone(),
            ty: c.ty.clone().unwrap_or_else(|| unknown.clone()),
            null: true,
            default: None,
            autoincrement: None,
            collate: None,
            generated: None,
            comment: None,
        };
        Table {
            name: self.name.clone(),
            columns: self.columns.iter().map(column).collect(),
            ..Table::default()
        }
    }
}

impl Trigger {
    /// Whether a text of it names this.
    pub fn names(&self, word: &str) -> bool {
        self.texts().any(|t| [&t.event, &t.rest].into_iter().chain(&t.body).any(|part| has_word(part, word)))
    }

    /// Whether this text stands in one of its texts.
    pub fn has_text(&self, text: &str) -> bool {
        self.texts().any(|t| [&t.event, &t.rest].into_iter().chain(&t.body).any(|part| part.contains(text)))
    }

    /// Whether it says itself that it waits for this column: PostgreSQL binds it to the column then.
    pub fn is_bound_to(&self, column: &str) -> bool {
        // `new.*` is every column.
        self.texts().any(|t| has_word(&t.event, column) || has_word(&t.rest, column) || t.rest.contains('*'))
    }

    /// The function behind it in PostgreSQL, if it is its own.
    pub fn function(&self) -> Option<String> {
        self.postgres.as_ref().filter(|t| t.body.is_some()).map(|_| names::trigger_function(&self.name))
    }

    fn texts(&self) -> impl Iterator<Item = &TriggerText> {
        self.sqlite.iter().chain(&self.postgres)
    }
}

impl Schema {
    /// All views; each stands behind those that it reads.
    pub fn views(&self) -> impl DoubleEndedIterator<Item = &View> + '_ {
        self.views.iter().map(|v| &**v)
    }

    /// The view of that name.
    pub fn view(&self, name: &str) -> Option<&View> {
        self.views().find(|v| same_name(&v.name, name))
    }

    /// The tables whose rows a table or view shows: itself, or those behind the view.
    pub fn tables_behind(&self, relation: &str) -> Vec<String> {
        let Some(view) = self.view(relation) else { return vec![relation.to_owned()] };
        let earlier = self.views().take_while(|v| v.name != view.name);
        let views = earlier.filter(|v| view.reads(&v.name));
        let mut tables: Vec<String> = views.flat_map(|v| self.tables_behind(&v.name)).collect();
        let read = self.tables().filter(|t| view.reads(&t.name));
        tables.extend(read.map(|t| t.name.clone()));
        tables
    }

    /// All triggers, in the order in which they came.
    pub fn triggers(&self) -> impl DoubleEndedIterator<Item = &Trigger> + '_ {
        self.triggers.iter().map(|t| &**t)
    }

    /// The trigger of that name, on whatever table.
    pub fn trigger(&self, name: &str) -> Option<&Trigger> {
        self.triggers().find(|t| same_name(&t.name, name))
    }

    /// The triggers on a table or view.
    pub fn triggers_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Trigger> + 'a {
        self.triggers().filter(move |t| same_name(&t.table, table))
    }

    /// A schema of these views and triggers too, as an inspection finds them.
    pub fn with_views(mut self, views: Vec<View>, triggers: Vec<Trigger>) -> Schema {
        self.views = views.into_iter().map(Into::into).collect::<Vec<_>>().into();
        self.triggers = triggers.into_iter().map(Into::into).collect::<Vec<_>>().into();
        self
    }
}

impl Select {
    /// Changes every column that it reads, those of queries within it included. `edit` is told of which table it is.
    pub fn edit_fields(&mut self, edit: &mut dyn FnMut(&str, &mut Field)) {
        self.edit_within(&mut Vec::new(), edit);
    }

    /// `around` has what stands around it: by which name, and which table.
    fn edit_within(&mut self, around: &mut Vec<(String, String)>, edit: &mut dyn FnMut(&str, &mut Field)) {
        let outside = around.len();
        around.extend(self.sources.iter().map(|s| (s.name().to_owned(), s.table.clone())));
        self.exprs_mut().for_each(|expr| edit_expr(expr, around, edit));
        around.truncate(outside);
    }

    /// Changes every table that it reads, those of queries within it included.
    pub fn edit_sources(&mut self, edit: &mut dyn FnMut(&mut Source)) {
        self.sources.iter_mut().for_each(&mut *edit);
        self.exprs_mut().for_each(|expr| edit_sources(expr, edit));
    }
}

fn edit_expr(expr: &mut Expr, around: &mut Vec<(String, String)>, edit: &mut dyn FnMut(&str, &mut Field)) {
    match &mut expr.kind {
        ExprKind::Field(field) => {
            // The innermost table of that name is meant.
            let found = around.iter().rev().find(|(name, _)| same_name(name, &field.source));
            if let Some((_, table)) = found {
                edit(table, field);
            }
        }
        ExprKind::Subquery(select) | ExprKind::Exists(select) => select.edit_within(around, edit),
        ExprKind::InSelect { value, select, .. } => {
            edit_expr(value, around, edit);
            select.edit_within(around, edit);
        }
        _ => expr.children_mut().into_iter().for_each(|child| edit_expr(child, around, edit)),
    }
}

fn edit_sources(expr: &mut Expr, edit: &mut dyn FnMut(&mut Source)) {
    match &mut expr.kind {
        ExprKind::Subquery(select) | ExprKind::Exists(select) => select.edit_sources(edit),
        ExprKind::InSelect { value, select, .. } => {
            edit_sources(value, edit);
            select.edit_sources(edit);
        }
        _ => expr.children_mut().into_iter().for_each(|child| edit_sources(child, edit)),
    }
}

/// Whether SQL of the author within a query names this.
fn mentions(select: &Select, word: &str) -> bool {
    select.exprs().any(|e| e.mentions(word))
}

fn sql_names(sql: &NativeSql, word: &str) -> bool {
    sql.texts().any(|text| has_word(text, word))
}
