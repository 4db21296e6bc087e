//! Extensions of PostgreSQL: names that it takes, and those that the history knows.

use super::Checker;
use super::log::What;
use crate::diagnostics::{code, similar::similar};
use crate::schema::{Extension, Index, Step, same_name};
use crate::source::Loc;
use crate::syntax::ast::Name;
use crate::target::{Dialect, operator_class, postgres};

impl Checker<'_> {
    /// `create extension NAME [schema NAME]`
    pub(super) fn check_create_extension(&mut self, name: &Name, schema: Option<&Name>) -> Option<Step> {
        let mut sound = self.has_extensions(name);
        if let Some(problem) = postgres::extension_problem(&name.text) {
            let message = format!("`{}` is no name of an extension: {problem}", name.text.escape_default());
            self.cx.error(code::INVALID_NAME, name.loc, message);
            sound = false;
        }
        if let Some(other) = self.schema.extension(&name.text) {
            let message = format!("the history has the extension `{}` already", other.name);
            let same = |what: &What| matches!(what, What::ExtensionCreated { extension } if same_name(extension, &name.text));
            let place = self.log.last(|e| same(&e.what)).map(|e| self.place(e.loc));
            let report = self.cx.error(code::DUPLICATE_NAME, name.loc, message);
            if let Some(place) = place {
                report.note(format!("it was created at {place}"));
            }
            sound = false;
        }
        if let Some(schema) = schema {
            sound &= self.check_extension_schema(schema);
        }
        let (name, schema) = (name.text.clone(), schema.map(|s| s.text.clone()));
        sound.then_some(Step::CreateExtension(Extension { name, schema }))
    }

    /// What the extension brings must be found by its name.
    fn check_extension_schema(&mut self, schema: &Name) -> bool {
        // What PostgreSQL keeps for itself is searched anyway.
        if schema.text == "pg_catalog" {
            return true;
        }
        if let Some(problem) = postgres::schema_problem(&schema.text) {
            let message =
                format!("`{}` cannot be the schema of an extension: {problem}", schema.text.escape_default());
            self.cx.error(code::INVALID_NAME, schema.loc, message);
            return false;
        }
        let own = self.options.postgres_schema() == Some(schema.text.as_str());
        if own || self.options.search_also().contains(&schema.text) || !self.options.has(Dialect::Postgres) {
            return true;
        }
        let message = format!("migrations do not look for names in the schema `{}`", schema.text);
        self.cx
            .error(code::INVALID_OPTION, schema.loc, message)
            .help(format!("say so in the history: `#![postgres(search_also({:?}))]`", schema.text));
        false
    }

    /// `drop extension NAME`
    pub(super) fn check_drop_extension(&mut self, name: &Name) -> Option<Step> {
        if !self.has_extensions(name) {
            return None;
        }
        if let Some(extension) = self.schema.extension(&name.text) {
            let extension = extension.name.clone();
            return self
                .check_extension_unused(&extension, name.loc)
                .then_some(Step::DropExtension { name: extension });
        }
        if self.lost_in_broken_file(name) {
            return None;
        }
        let gone = self.log.last(
            |e| matches!(&e.what, What::ExtensionDropped { extension } if same_name(extension, &name.text)),
        );
        let gone = gone.map(|e| format!("`{}` was dropped by {}", name.text, self.migration(e)));
        let near = similar(&name.text, self.schema.extensions().map(|e| e.name.as_str())).map(str::to_owned);
        let message = format!("the history has no extension `{}`", name.text);
        let report = self.cx.error(code::UNKNOWN_EXTENSION, name.loc, message);
        match (gone, near) {
            (Some(gone), _) => {
                report.note(gone);
            }
            (None, Some(near)) => {
                report.help(format!("an extension with a similar name exists: `{near}`"));
            }
            (None, None) => {
                report.help("what another made, `sql postgres \"drop extension ..\"` drops");
            }
        }
        None
    }

    /// Whether no index stands on what the extension brought, as far as that is known.
    fn check_extension_unused(&mut self, extension: &str, loc: Loc) -> bool {
        let needs = |index: &&Index| {
            let mut classes = index.keys.iter().filter_map(|key| key.class.as_deref());
            classes.any(|class| operator_class::extension(class).is_some_and(|e| same_name(e, extension)))
        };
        let indexes = self.schema.tables().flat_map(|t| &t.indexes).filter(needs);
        let users: Vec<String> = indexes.map(|index| format!("`drop index {};`", index.name)).collect();
        if users.is_empty() {
            return true;
        }
        let message = format!("the extension `{extension}` cannot be dropped: indexes need it");
        self.cx
            .error(code::EXTENSION_IN_USE, loc, message)
            .help(format!("drop before it: {}", users.join(", ")));
        false
    }

    /// An error in a history that runs on SQLite alone.
    fn has_extensions(&mut self, name: &Name) -> bool {
        if self.options.has(Dialect::Postgres) {
            return true;
        }
        let message = "this history does not run on PostgreSQL, and SQLite has no such extensions";
        self.cx.error(code::NOT_SUPPORTED, name.loc, message).help("leave the statement out");
        false
    }
}
