//! Extensions of PostgreSQL, as far as a history knows of them.

use std::sync::Arc;

use super::{Schema, key, same_name};

/// An extension that a history needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Where its objects are to stand, if the author says so.
    pub schema: Option<String>,
}

impl Schema {
    /// The extensions, sorted by name.
    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.iter()
    }

    /// The extension of that name.
    pub fn extension(&self, name: &str) -> Option<&Extension> {
        self.extensions.iter().find(|e| same_name(&e.name, name))
    }

    /// The same schema with these extensions, as an inspection finds them.
    pub fn with_extensions(mut self, extensions: impl IntoIterator<Item = Extension>) -> Schema {
        extensions.into_iter().for_each(|e| self.add_extension(e));
        self
    }

    pub(super) fn add_extension(&mut self, extension: Extension) {
        let extensions = Arc::make_mut(&mut self.extensions);
        let at = extensions.partition_point(|e| key(&e.name) < key(&extension.name));
        extensions.insert(at, extension);
    }

    pub(super) fn remove_extension(&mut self, name: &str) {
        Arc::make_mut(&mut self.extensions).retain(|e| !same_name(&e.name, name));
    }
}
