//! SQLite databases in files of their own.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

/// A database file in a folder of its own, removed with this value.
#[derive(Debug)]
pub struct Database {
    _folder: TempDir,
    path: PathBuf,
}

/// A path at which no database is yet.
pub fn database() -> Database {
    let folder =
        tempfile::Builder::new().prefix("migrate-sqlite-").tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("test.db");
    Database { _folder: folder, path }
}

impl Database {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it, and creates it the first time.
    pub fn connect(&self) -> Connection {
        Connection::open(&self.path).expect("the database can be opened")
    }
}
