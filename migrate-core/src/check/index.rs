//! Indexes: created, dropped, renamed.

use super::Checker;
use super::foreign_key::key_of_table;
use super::index_form::Form;
use super::log::What;
use super::names::Declared;
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::expr::{ExprKind, Family};
use crate::schema::{Expr, Index, IndexKey, Literal, Method, Step, Table, same_columns, same_name};
use crate::syntax::ast::{self, Name};
use crate::target::{Dialect, operator_class};

impl Checker<'_> {
    pub(super) fn check_create_index(
        &mut self,
        table: &Name,
        index: &ast::Index,
        concurrently: bool,
    ) -> Option<Step> {
        let table = self.find_table(table)?;
        let index = self.check_index(&table, index)?;
        Some(Step::CreateIndex { table: table.name, index, concurrently })
    }

    /// An index of a table, inside its braces or by a statement of its own.
    pub(super) fn check_index(&mut self, table: &Table, index: &ast::Index) -> Option<Index> {
        self.check_declared(&index.name, Declared::Index);
        let mut sound = self.check_relation_free(&index.name, Declared::Index);
        let here = same_name(&table.name, &index.name.text)
            || table.indexes.iter().any(|i| same_name(&i.name, &index.name.text))
            || table.constraint_names().any(|n| same_name(&n.text, &index.name.text));
        if sound && here && self.schema.table(&table.name).is_none() {
            let message = format!("the name `{}` is taken already", index.name.text);
            self.cx.error(code::DUPLICATE_NAME, index.name.loc, message);
            sound = false;
        }
        let form = self.check_index_form(index)?;
        let mut keys = Vec::new();
        for key in &index.keys {
            match self.check_index_key(table, key, form) {
                Some(key) => keys.push(key),
                None => sound = false,
            }
        }
        let include = match index.include.is_empty() {
            true => Vec::new(),
            false => self.check_include(table, &index.include, &keys)?,
        };
        let condition = match &index.condition {
            Some(condition) => match self.check_condition(table, condition, "an index") {
                Some(condition) => Some(condition),
                None => {
                    sound = false;
                    None
                }
            },
            None => None,
        };
        sound.then(|| Index {
            name: index.name.text.clone(),
            unique: index.unique,
            keys,
            include,
            nulls_not_distinct: index.nulls_not_distinct.is_some(),
            method: form.method,
            condition,
            only: index.only.map(|(only, _)| only),
        })
    }

    fn check_index_key(&mut self, table: &Table, key: &ast::IndexKey, form: Form) -> Option<IndexKey> {
        let expr = self.check_scalar(table, &key.expr, "an index")?;
        let ordered = matches!(form.method, Method::Btree | Method::Brin) && key.class.is_none();
        if let Some(name) = expr.as_column().filter(|_| ordered && expr.family == Family::Json) {
            let message = format!("`{name}` is JSON, which has no order to index");
            self.cx.error(code::INVALID_INDEX, key.expr.loc, message).help(
                if self.options.has(Dialect::Postgres) {
                    "index an expression over it, or write `using gin`"
                } else {
                    "index an expression over it"
                },
            );
            return None;
        }
        if is_constant(&expr) {
            let message = "an index key over no column is the same for all rows";
            let report = self.cx.error(code::INVALID_INDEX, key.expr.loc, message);
            if let ExprKind::Literal(Literal::Text(text)) = &expr.kind
                && table.column(text).is_some()
            {
                report.help(format!("a string is a text: write `column {text:?}`"));
            }
            return None;
        }
        let collate = self.check_key_collation(table, key, &expr)?;
        let nulls = self.check_key_nulls(key, form)?;
        let sound = self.check_not_virtual(table, &expr.columns(), "an index", key.expr.loc)
            && self.check_key_family(table, key, &expr, form)
            && self.check_key_class(table, key, &expr, form);
        let class = key.class.as_ref().map(|c| c.text.clone());
        let class = class.filter(|c| !operator_class::is_own(c, &expr, table));
        sound.then_some(IndexKey { expr, collate, class, descending: key.descending, nulls })
    }

    /// The columns that are kept beside the keys, none of them a key.
    fn check_include(&mut self, table: &Table, names: &[Name], keys: &[IndexKey]) -> Option<Vec<String>> {
        let columns = self.resolve_columns(table, names)?;
        for (column, at) in columns.iter().zip(names) {
            if keys.iter().any(|k| k.expr.as_column().is_some_and(|c| same_name(c, column))) {
                let message = format!("`{column}` is a key of this index already");
                self.cx.error(code::INVALID_INDEX, at.loc, message).help("leave it out");
                return None;
            }
            if !self.check_not_virtual(table, std::slice::from_ref(column), "an index", at.loc) {
                return None;
            }
        }
        Some(columns)
    }

    pub(super) fn check_drop_index(&mut self, name: &Name, concurrently: bool) -> Option<Step> {
        let (table, index) = self.find_index(name)?;
        if let Some(columns) = index.plain_unique_columns() {
            let mut without = table.clone();
            without.indexes.retain(|i| !same_name(&i.name, &index.name));
            self.check_uniqueness_left(
                (&without, &without),
                (&columns, &columns),
                name,
                &format!("index `{}`", index.name),
            );
        }
        Some(Step::DropIndex { table: table.name, name: index.name, concurrently })
    }

    /// Whether foreign keys or views still stand on uniqueness that goes away; `without` is the table as it would be, by the names of
    /// its columns now and as they were before the statement.
    pub(super) fn check_uniqueness_left(
        &mut self,
        (without, old): (&Table, &Table),
        (columns, before): (&[String], &[String]),
        at: &Name,
        what: &str,
    ) {
        if without.is_unique(columns) {
            return;
        }
        let views = self.views_on_uniqueness(old);
        if !views.is_empty() {
            let message =
                format!("{what} cannot be dropped: a query that gives one row stands on its uniqueness");
            self.cx
                .error(code::UNIQUENESS_IN_USE, at.loc, message)
                .help(format!("drop before it: {}", views.join(", ")));
        }
        // Of its own keys those that are left: a block may have dropped some before.
        let own = without.foreign_keys.iter().map(|f| (without, f));
        let own = own
            .filter(|(_, f)| same_name(&f.ref_table, &without.name) && same_columns(columns, &f.ref_columns));
        let others = self.schema.references_to(&without.name);
        let others = others
            .filter(|(t, f)| !same_name(&t.name, &without.name) && same_columns(before, &f.ref_columns));
        let users: Vec<String> = own.chain(others).map(key_of_table).collect();
        if !users.is_empty() {
            let message = format!("{what} cannot be dropped: foreign keys stand on its uniqueness");
            self.cx
                .error(code::UNIQUENESS_IN_USE, at.loc, message)
                .help("drop those foreign keys first")
                .note(format!("they are {}", users.join(", ")));
        }
    }

    pub(super) fn check_rename_index(&mut self, from: &Name, to: &Name) -> Option<Step> {
        self.check_declared(to, Declared::Index);
        let (table, index) = self.find_index(from)?;
        if to.text == index.name {
            let message = format!("index `{}` has this name already", index.name);
            self.cx.error(code::NO_CHANGE, to.loc, message).help("leave this out");
            return None;
        }
        // Another letter case is another name in PostgreSQL, and SQLite makes the index anew.
        let free = same_name(&to.text, &index.name) || self.check_relation_free(to, Declared::Index);
        free.then(|| Step::RenameIndex { table: table.name, from: index.name, to: to.text.clone() })
    }

    fn find_index(&mut self, name: &Name) -> Option<(Table, Index)> {
        if let Some((table, index)) = self.schema.index(&name.text) {
            return Some((table.clone(), index.clone()));
        }
        let gone = self.log.last(|e| match &e.what {
            What::IndexDropped { index } | What::IndexRenamed { index, .. } => same_name(index, &name.text),
            _ => false,
        });
        let answer = gone.map(|e| match &e.what {
            What::IndexRenamed { to, .. } => {
                format!("`{}` was renamed to `{to}` by {}", name.text, self.migration(e))
            }
            _ => format!("`{}` was dropped by {}", name.text, self.migration(e)),
        });
        let names: Vec<String> =
            self.schema.tables().flat_map(|t| t.indexes.iter().map(|i| i.name.clone())).collect();
        let near = similar(&name.text, names.iter().map(String::as_str)).map(str::to_owned);
        let owner = (self.schema.tables())
            .find(|t| t.constraint_names().any(|n| same_name(&n.text, &name.text)))
            .map(|t| t.name.clone());
        let report = self.cx.error(code::UNKNOWN_INDEX, name.loc, format!("no index `{}`", name.text));
        if let Some(owner) = owner {
            report
                .note(format!("`{}` is a constraint of table `{owner}`", name.text))
                .help(format!("write `alter table {owner} drop constraint {};`", name.text));
        } else if let Some(answer) = answer {
            report.note(answer);
        } else if let Some(near) = near {
            report.help(format!("an index with a similar name exists: `{near}`"));
        }
        None
    }
}

/// Whether no column has a part in the value.
fn is_constant(expr: &Expr) -> bool {
    !expr.has_native() && expr.as_column().is_none() && expr.children().into_iter().all(is_constant)
}
