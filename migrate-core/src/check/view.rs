//! Views: what they show, and what must stay because of them.

use std::sync::Arc;

use super::Checker;
use super::log::What;
use super::names::Declared;
use super::native::texts;
use super::rows::gives_one_row;
use super::words::{split, star};
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::expr::{ExprKind, Family};
use crate::schema::query::Select;
use crate::schema::{Step, Table, Trigger, View, ViewBody, ViewColumn, same_name};
use crate::syntax::ast::{self, Name};
use crate::syntax::types::{NativeSql, Type};

impl Checker<'_> {
    /// `create view NAME [(COLUMN, ..)] as ..`
    pub(super) fn check_create_view(&mut self, create: &ast::CreateView) -> Option<Step> {
        self.check_declared(&create.name, Declared::View);
        let free = self.check_relation_free(&create.name, Declared::View);
        let named = self.check_view_columns(&create.columns);
        let (body, columns) = match &create.body {
            ast::ViewBody::Select(select) => {
                let mut resolved = self.check_select(select, None, &[])?;
                let columns = self.name_view_columns(create, select, &resolved)?;
                settle(&mut resolved);
                (ViewBody::Select(Box::new(resolved)), columns)
            }
            ast::ViewBody::Sql(native) => {
                let sql = self.check_view_sql(native)?;
                let column = |name: &Name| ViewColumn { name: name.text.clone(), ty: None };
                (ViewBody::Sql(sql), create.columns.iter().map(column).collect())
            }
        };
        let view = View { name: create.name.text.clone(), columns, body };
        (free && named).then(|| Step::CreateView(Arc::new(view)))
    }

    fn check_view_columns(&mut self, names: &[Name]) -> bool {
        let mut sound = true;
        for (i, name) in names.iter().enumerate() {
            self.check_declared(name, Declared::Column);
            sound &= self.expect_new(&names[..i], name);
        }
        sound
    }

    fn expect_new(&mut self, before: &[Name], name: &Name) -> bool {
        if !before.iter().any(|b| same_name(&b.text, &name.text)) {
            return true;
        }
        let message = format!("this view has two columns `{}`", name.text);
        self.cx
            .error(code::DUPLICATE_NAME, name.loc, message)
            .help("give one another name with `as`, or leave it out");
        false
    }

    /// The columns of a view over a query: by the names in parentheses, else by those in the query.
    fn name_view_columns(
        &mut self,
        create: &ast::CreateView,
        select: &ast::Select,
        resolved: &Select,
    ) -> Option<Vec<ViewColumn>> {
        let typed = resolved.items.iter().map(|i| i.ty.clone());
        if !create.columns.is_empty() {
            if create.columns.len() != resolved.items.len() {
                let message = format!(
                    "the view names {} columns, and its `select` gives {}",
                    create.columns.len(),
                    resolved.items.len()
                );
                self.cx.error(code::ROW_LENGTH, select.loc, message);
                return None;
            }
            let names = create.columns.iter().map(|n| n.text.clone());
            return Some(names.zip(typed).map(|(name, ty)| ViewColumn { name, ty }).collect());
        }
        let mut names: Vec<Name> = Vec::new();
        let mut sound = true;
        for (item, found) in select.items.iter().zip(&resolved.items) {
            let loc = item.alias.as_ref().map_or(item.expr.loc, |a| a.loc);
            let Some(text) = found.name.clone() else {
                let message = "this column of the view has no name";
                self.cx.error(code::UNNAMED_COLUMN, loc, message).help("give it one: `.. as name`");
                sound = false;
                continue;
            };
            let name = Name { text, loc };
            if item.alias.is_some() {
                self.check_declared(&name, Declared::Column);
            }
            sound &= self.expect_new(&names, &name);
            names.push(name);
        }
        let names = names.into_iter().map(|n| n.text);
        sound.then(|| names.zip(typed).map(|(name, ty)| ViewColumn { name, ty }).collect())
    }

    /// SQL of the author: one query for each database.
    fn check_view_sql(&mut self, native: &ast::Native) -> Option<NativeSql> {
        if !self.has_every_dialect(native) {
            return None;
        }
        let mut sound = true;
        for (dialect, text) in texts(&native.sql) {
            let all = split(text);
            let first = all.first().and_then(|s| s.words.first()).map_or("", String::as_str);
            if let [statement] = &all[..]
                && !matches!(first, "select" | "with" | "values")
                && !self.check_raw(dialect, statement, &[], native.loc)
            {
                return None;
            }
            if all.len() != 1 || !matches!(first, "select" | "with" | "values") || text.contains('\0') {
                let message = format!("a view shows one query, and this is none for {}", dialect.title());
                self.cx
                    .error(code::INVALID_SQL, native.loc, message)
                    .help("write `select ..` alone, without `create view` before it");
                return None;
            }
            if star(&all[0].words) {
                self.cx
                    .error(code::INVALID_SQL, native.loc, "a view names its columns")
                    .help("write the columns in the place of `*`")
                    .note("in SQLite `*` changes with the table, in PostgreSQL it does not");
                sound = false;
                break;
            }
        }
        sound.then(|| native.sql.clone())
    }

    /// `drop view NAME`
    pub(super) fn check_drop_view(&mut self, name: &Name) -> Option<Step> {
        let view = self.find_view(name)?;
        let users = self.users_of(&view);
        self.expect_unused("view", &view, name, &users)?;
        Some(Step::DropView { name: view })
    }

    /// `rename view A to B`
    pub(super) fn check_rename_view(&mut self, from: &Name, to: &Name) -> Option<Step> {
        self.check_declared(to, Declared::View);
        let view = self.find_view(from)?;
        if same_name(&from.text, &to.text) {
            let message = format!("`{}` is the same name as `{view}` to SQLite", to.text);
            self.cx
                .error(code::DUPLICATE_NAME, to.loc, message)
                .help("rename in two steps, through a third name");
            return None;
        }
        self.expect_renameable("view", &view, from)?;
        self.check_relation_free(to, Declared::View)
            .then(|| Step::RenameView { from: view, to: to.text.clone() })
    }

    /// Whether nobody stands on a table or view that goes.
    pub(super) fn expect_unused(
        &mut self,
        what: &str,
        relation: &str,
        name: &Name,
        users: &[String],
    ) -> Option<()> {
        if users.is_empty() {
            return Some(());
        }
        let code = if what == "view" { code::VIEW_IN_USE } else { code::TABLE_IN_USE };
        let message = format!("{what} `{relation}` cannot be dropped while something stands on it");
        self.cx.error(code, name.loc, message).help(format!("drop before it: {}", users.join(", ")));
        None
    }

    /// Whether no SQL of the author names a table or view that gets another name.
    pub(super) fn expect_renameable(&mut self, what: &str, relation: &str, name: &Name) -> Option<()> {
        let views = self.schema.views().filter(|v| v.names_in_sql(relation)).map(view_text);
        let triggers = self.schema.triggers().filter(|t| t.names(relation)).map(trigger_text);
        let users: Vec<String> = views.chain(triggers).collect();
        if users.is_empty() {
            return Some(());
        }
        let code = if what == "view" { code::VIEW_IN_USE } else { code::TABLE_IN_USE };
        let message = format!("{what} `{relation}` stands in raw SQL, which cannot be renamed along");
        self.cx
            .error(code, name.loc, message)
            .help(format!("drop before, and create again after: {}", users.join(", ")));
        None
    }

    /// The views that read a table or view, and the triggers of others that name it.
    pub(super) fn users_of(&self, relation: &str) -> Vec<String> {
        // A view reads none but those that were there before it, whatever words stand in its SQL.
        let earlier = self.schema.views().position(|v| same_name(&v.name, relation)).map_or(0, |at| at + 1);
        let views = self.schema.views().skip(earlier).filter(|v| v.reads(relation)).map(view_text);
        let others = |t: &&Trigger| !same_name(&t.table, relation) && t.names(relation);
        views.chain(self.schema.triggers().filter(others).map(trigger_text)).collect()
    }

    /// The views and triggers that use a column of a table.
    pub(super) fn watchers_of_column(&self, table: &str, column: &str) -> Vec<String> {
        let views = self.schema.views().filter(|v| v.reads_column(table, column)).map(view_text);
        views.chain(self.triggers_naming(table, column)).collect()
    }

    /// The views and triggers that use a column of a table and in which a text of its values stands.
    pub(super) fn watchers_of_value(&self, table: &str, column: &str, value: &str) -> Vec<String> {
        let views = self.schema.views().filter(|v| v.reads_column(table, column) && v.has_text(value));
        let names = |t: &&Trigger| t.names(column) && (same_name(&t.table, table) || t.names(table));
        let triggers = self.schema.triggers().filter(names).filter(|t| t.has_text(value));
        views.map(view_text).chain(triggers.map(trigger_text)).collect()
    }

    /// The views and triggers in which SQL of the author names a column of a table.
    pub(super) fn sql_naming_column(&self, table: &str, column: &str) -> Vec<String> {
        let views = self.schema.views().filter(|v| v.reads(table) && v.names_in_sql(column)).map(view_text);
        views.chain(self.triggers_naming(table, column)).collect()
    }

    fn triggers_naming<'s>(&'s self, table: &'s str, column: &'s str) -> impl Iterator<Item = String> + 's {
        let names = move |t: &&Trigger| t.names(column) && (same_name(&t.table, table) || t.names(table));
        self.schema.triggers().filter(names).map(trigger_text)
    }

    /// The views whose query of the language would mean something else if a column had another type.
    pub(super) fn views_by_type(&self, table: &str, column: &str, old: &Type, new: &Type) -> Vec<String> {
        let plain = |t: &Type| matches!(t.family(), Family::Text | Family::Integer | Family::Real);
        if plain(old) && old.family() == new.family() {
            return Vec::new();
        }
        let queries = self.schema.views().filter(|v| matches!(v.body, ViewBody::Select(_)));
        queries.filter(|v| v.reads_column(table, column)).map(view_text).collect()
    }

    /// The views in which a query that stands for a value would give several rows if a table were so.
    pub(super) fn views_on_uniqueness(&self, without: &Table) -> Vec<String> {
        let readers: Vec<&View> = self.schema.views().filter(|v| v.reads(&without.name)).collect();
        if readers.is_empty() {
            return Vec::new();
        }
        let mut schema = self.schema.clone();
        schema.apply(&Step::CreateTable(Arc::new(without.clone())));
        let several = |view: &&View| {
            let ViewBody::Select(select) = &view.body else { return false };
            let mut several = false;
            for expr in select.exprs() {
                expr.walk(&mut |e| {
                    if let ExprKind::Subquery(select) = &e.kind {
                        several |= !gives_one_row(select, &schema);
                    }
                });
            }
            several
        };
        readers.into_iter().filter(several).map(view_text).collect()
    }

    /// A table that a query reads from, or a view.
    pub(super) fn find_source(&mut self, name: &Name) -> Option<Table> {
        if self.schema.table(&name.text).is_none()
            && let Some(view) = self.schema.view(&name.text)
        {
            let table = view.as_table();
            if table.columns.is_empty() {
                let message = format!("which columns the view `{}` has is not known", view.name);
                let help =
                    format!("name them where it is created: `create view {} (..) as sql ..`", view.name);
                self.cx.error(code::UNKNOWN_COLUMN, name.loc, message).help(help);
                return None;
            }
            return Some(table);
        }
        self.find_table(name)
    }

    fn find_view(&mut self, name: &Name) -> Option<String> {
        if let Some(view) = self.schema.view(&name.text) {
            return Some(view.name.clone());
        }
        if self.lost_in_broken_file(name) {
            return None;
        }
        let gone = self.log.last(|e| match &e.what {
            What::ViewDropped { view } | What::ViewRenamed { view, .. } => same_name(view, &name.text),
            _ => false,
        });
        let gone = gone.map(|e| match &e.what {
            What::ViewRenamed { to, .. } => {
                format!("`{}` was renamed to `{to}` by {}", name.text, self.migration(e))
            }
            _ => format!("`{}` was dropped by {}", name.text, self.migration(e)),
        });
        let is_table = self.schema.table(&name.text).is_some();
        let near = similar(&name.text, self.schema.views().map(|v| v.name.as_str())).map(str::to_owned);
        let report = self.cx.error(code::UNKNOWN_VIEW, name.loc, format!("no view `{}`", name.text));
        match (is_table, gone, near) {
            (true, ..) => {
                report.note(format!("`{}` is a table", name.text));
            }
            (_, Some(gone), _) => {
                report.note(gone);
            }
            (_, None, Some(near)) => {
                report.help(format!("a view with a similar name exists: `{near}`"));
            }
            _ => {}
        }
        None
    }
}

pub(super) fn view_text(view: &View) -> String {
    format!("view `{}`", view.name)
}

pub(super) fn trigger_text(trigger: &Trigger) -> String {
    format!("trigger `{}` of `{}`", trigger.name, trigger.table)
}

/// A view outlives what its tables are now: where a column is said to hold no null, it may hold one later, and a table
/// that is called by its own name is called so whatever it is named.
fn settle(select: &mut Select) {
    select.edit_fields(&mut |_, field| field.null = true);
    select.edit_sources(&mut |source| {
        if source.alias.as_ref() == Some(&source.table) {
            source.alias = None;
        }
    });
}
