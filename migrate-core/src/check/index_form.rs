//! What an index says beyond its columns: method, class, order of nulls, what is kept beside, on which database.
//!
//! Facts: <https://www.postgresql.org/docs/current/sql-createindex.html>,
//! <https://www.postgresql.org/docs/current/indexes-types.html>, <https://www.sqlite.org/lang_createindex.html>.

use super::Checker;
use super::expr::family_text;
use super::foreign_key::type_text;
use crate::diagnostics::code;
use crate::schema::expr::Family;
use crate::schema::{Collation, Column, Expr, Method, Nulls, Only, Table, Type};
use crate::source::Loc;
use crate::syntax::ast;
use crate::target::native::{self, Known};
use crate::target::{Dialect, operator_class, postgres};

/// Where an index is made, and how.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub method: Method,
    on_sqlite: bool,
    on_postgres: bool,
}

impl Checker<'_> {
    /// The form of an index, if it is one that its databases can make.
    pub(super) fn check_index_form(&mut self, index: &ast::Index) -> Option<Form> {
        let only = index.only.map(|(only, _)| only);
        let form = Form {
            method: index.method.map_or(Method::Btree, |(m, _)| m),
            on_sqlite: self.options.has(Dialect::Sqlite) && only != Some(Only::Postgres),
            on_postgres: self.options.has(Dialect::Postgres) && only != Some(Only::Sqlite),
        };
        let errors = self.cx.error_count();
        if let Some((_, loc)) = index.only
            && !form.on_sqlite
            && !form.on_postgres
        {
            let message = "this history does not run there, so the index would be nowhere";
            self.cx.error(code::INVALID_INDEX, loc, message).help("leave it out");
            return None;
        }
        if !form.on_postgres {
            self.refuse_words(index);
        } else {
            self.check_method(index, form);
            self.check_nulls_not_distinct(index, form);
        }
        (self.cx.error_count() == errors).then_some(form)
    }

    /// Words that only PostgreSQL has, of an index that is not there.
    fn refuse_words(&mut self, index: &ast::Index) {
        let words = [
            (index.method.filter(|(m, _)| *m != Method::Btree).map(|(_, loc)| loc), "`using`"),
            (index.include.first().map(|n| n.loc), "`include`"),
            (index.nulls_not_distinct, "`nulls not distinct`"),
            (index.keys.iter().find_map(|k| k.class.as_ref()).map(|n| n.loc), "`class`"),
        ];
        for (loc, word) in words.into_iter().filter_map(|(loc, word)| Some((loc?, word))) {
            let message = format!("{word} is for PostgreSQL, where this index is not made");
            self.cx.error(code::INVALID_INDEX, loc, message).help("leave it out");
        }
    }

    fn check_method(&mut self, index: &ast::Index, form: Form) {
        let name = form.method.name();
        let at = index.method.map_or(index.name.loc, |(_, loc)| loc);
        if index.unique && form.method != Method::Btree {
            let message = format!("an index by `{name}` cannot be unique");
            self.cx.error(code::INVALID_INDEX, at, message).help("leave out `unique` or the method");
        }
        if matches!(form.method, Method::Hash | Method::Spgist) && index.keys.len() > 1 {
            let message = format!("an index by `{name}` has one key");
            self.cx.error(code::INVALID_INDEX, at, message).help("make an index for each of them");
        }
        let min = self.options.postgres.as_ref().map_or(0, |p| p.min);
        let includes = match form.method {
            Method::Btree | Method::Gist => true,
            Method::Spgist => min >= postgres::SPGIST_INCLUDE,
            Method::Hash | Method::Gin | Method::Brin => false,
        };
        if let Some(first) = index.include.first()
            && !includes
        {
            let message = format!("an index by `{name}` keeps nothing beside its keys");
            self.cx.error(code::INVALID_INDEX, first.loc, message).help("leave out `include`");
        }
    }

    fn check_nulls_not_distinct(&mut self, index: &ast::Index, form: Form) {
        let Some(loc) = index.nulls_not_distinct else { return };
        if !index.unique {
            let message = "`nulls not distinct` is for unique indexes";
            self.cx.error(code::INVALID_INDEX, loc, message).help("leave it out, or write `unique index`");
        } else if form.on_sqlite {
            let message = "SQLite takes every null for another value";
            let help =
                "write `only postgres` behind the index, or index an expression such as `coalesce(.., \"\")`";
            self.cx.error(code::INVALID_INDEX, loc, message).help(help);
        } else {
            self.check_nulls_version(loc);
        }
    }

    /// Whether a unique constraint takes nulls for equal.
    pub(super) fn check_unique_nulls(&mut self, constraint: &ast::Constraint) -> bool {
        let Some(loc) = constraint.nulls_not_distinct else { return false };
        if self.options.has(Dialect::Sqlite) {
            let message = "SQLite takes every null for another value";
            let help = "write `unique index name (..) nulls not distinct only postgres` in its place";
            self.cx.error(code::INVALID_INDEX, loc, message).help(help);
            return false;
        }
        self.check_nulls_version(loc)
    }

    /// Whether the lowest version of PostgreSQL can take nulls for equal.
    fn check_nulls_version(&mut self, loc: Loc) -> bool {
        let min = self.options.postgres.as_ref().map(|p| p.min);
        let Some(min) = min.filter(|m| *m < postgres::NULLS_NOT_DISTINCT) else { return true };
        let message = format!("PostgreSQL {min} has no `nulls not distinct`");
        self.cx
            .error(code::INVALID_INDEX, loc, message)
            .help("ask for a later version: `#![postgres(min = 15)]`");
        false
    }

    /// Where nulls stand, as the schema keeps it. Without a word each database has its own order; what is written holds
    /// in both.
    pub(super) fn check_key_nulls(&mut self, key: &ast::IndexKey, form: Form) -> Option<Option<Nulls>> {
        if form.method != Method::Btree && (key.descending || key.nulls.is_some()) {
            let loc = key.nulls.map_or(key.expr.loc, |(_, loc)| loc);
            let message = format!("an index by `{}` has no order", form.method.name());
            self.cx.error(code::INVALID_INDEX, loc, message).help("leave out `desc` and `nulls ..`");
            return None;
        }
        let Some((nulls, loc)) = key.nulls else { return Some(None) };
        // SQLite: https://www.sqlite.org/lang_createindex.html#notes_about_ordering
        let sqlite_has = if key.descending { Nulls::Last } else { Nulls::First };
        if form.on_sqlite && nulls != sqlite_has {
            let message = match key.descending {
                true => "SQLite has nulls last in a descending key",
                false => "SQLite has nulls first in an ascending key",
            };
            self.cx
                .error(code::INVALID_INDEX, loc, message)
                .help("leave this out, or write `only postgres` behind the index")
                .note("PostgreSQL has it so by itself");
            return None;
        }
        Some((nulls == sqlite_has).then_some(nulls))
    }

    /// The collation of a key, where it has one of its own.
    pub(super) fn check_key_collation(
        &mut self,
        table: &Table,
        key: &ast::IndexKey,
        expr: &Expr,
    ) -> Option<Option<Collation>> {
        let Some(at) = &key.collate else { return Some(None) };
        let Some(column) = expr.as_column().and_then(|c| table.column(c)) else {
            let message = "a collation goes with a column, not with an expression";
            self.cx
                .error(code::UNKNOWN_COLLATION, at.loc, message)
                .help("give the column the collation: `name: text collate ..`");
            return None;
        };
        self.check_collation(column, at).map(Some)
    }

    /// Whether an operator class of PostgreSQL's own knows the method and the values.
    pub(super) fn check_key_class(
        &mut self,
        table: &Table,
        key: &ast::IndexKey,
        expr: &Expr,
        form: Form,
    ) -> bool {
        let Some(class) = &key.class else { return true };
        if !self.check_extension_of(class, form) {
            return false;
        }
        let takes = operator_class::takes(&class.text, form.method, expr, table);
        if !takes {
            let message = format!(
                "the operator class `{}` is not for {} and `{}`",
                class.text,
                family_text(expr.family),
                form.method.name()
            );
            self.cx
                .error(code::INVALID_INDEX, class.loc, message)
                .help("leave out `class`, or name one that is")
                .note("a class is for one type: PostgreSQL would not make the index");
        }
        takes
    }

    /// Whether the extension that a class is of is there.
    fn check_extension_of(&mut self, class: &ast::Name, form: Form) -> bool {
        let missing = operator_class::extension(&class.text).filter(|e| self.schema.extension(e).is_none());
        let Some(extension) = missing.filter(|_| form.on_postgres) else { return true };
        let message = format!(
            "the operator class `{}` is of the extension `{extension}`, which the history does not have here",
            class.text
        );
        self.cx
            .error(code::UNKNOWN_EXTENSION, class.loc, message)
            .help(format!("write `create extension {extension};` before"))
            .note("where the database has it already, that does nothing");
        false
    }

    /// Whether the method knows what to do with values of that family, or of that type.
    pub(super) fn check_key_family(
        &mut self,
        table: &Table,
        key: &ast::IndexKey,
        expr: &Expr,
        form: Form,
    ) -> bool {
        if key.class.is_some() {
            return true;
        }
        let known = operator_class::has_own(form.method, expr, table) || !form.on_postgres;
        if known {
            return true;
        }
        if let Some(column) = expr.as_column().and_then(|name| table.column(name))
            && (native::known(&column.ty).is_some() || native::is_unordered(&column.ty))
        {
            self.refuse_native_key(key, column, native::known(&column.ty), form);
            return false;
        }
        let padded = expr.as_column().and_then(|name| table.column(name)).map(|column| &column.ty);
        let what = match padded {
            Some(ty @ Type::Char(_)) => format!("`{}`", type_text(ty)),
            _ => bare(expr.family).to_owned(),
        };
        let message = format!("`{}` knows no {what} by itself", form.method.name());
        let report = self.cx.error(code::INVALID_INDEX, key.expr.loc, message);
        let class = match (form.method, expr.family) {
            (Method::Gin, Family::Text) => "gin_trgm_ops",
            (Method::Gist, Family::Text) => "gist_trgm_ops",
            _ => "..",
        };
        let help = format!("name an operator class: `column class {class}`");
        match class {
            ".." => report.help(help),
            _ => report.help(help).note("this one is of the extension `pg_trgm`"),
        };
        false
    }

    /// The method knows nothing of a type that only PostgreSQL has.
    fn refuse_native_key(&mut self, key: &ast::IndexKey, column: &Column, native: Option<Known>, form: Form) {
        let message = format!("`{}` knows no `{}` by itself", form.method.name(), type_text(&column.ty));
        let report = self.cx.error(code::INVALID_INDEX, key.expr.loc, message);
        let Some(native) = native else {
            report.help("put it over an expression that takes out of it what is looked for");
            return;
        };
        let methods: Vec<String> = native.methods.iter().map(|m| format!("`{}`", m.name())).collect();
        report
            .help("name an operator class: `column class ..`, or another method")
            .note(format!("PostgreSQL indexes it by {}", methods.join(", ")));
    }
}

/// A family without its article.
fn bare(family: Family) -> &'static str {
    let text = family_text(family);
    text.strip_prefix("a ").or_else(|| text.strip_prefix("an ")).unwrap_or(text)
}
