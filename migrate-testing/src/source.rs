//! The files of the application's history, as the language reads them.
//!
//! Comes in: the path of the list, if the test names one. Goes out: the compiled history, which is the one that the program
//! has.

use std::path::{Path, PathBuf};

use migrate::History;
use migrate_core::compile::{Compiled, compile};
use migrate_core::source::files;

use crate::problem::Problem;

/// The folders in which a history is looked for unless a test says otherwise.
const FOLDERS: [&str; 2] = ["migrations", "src/migrations"];

pub(crate) fn compiled(history: &History, source: Option<&Path>) -> Result<Compiled, Problem> {
    let list = list(source)?;
    let unsound = |found: Vec<String>| Problem::Unsound { list: list.clone(), found };
    let sources = files::load(&list, None).map_err(|error| unsound(vec![error.to_string()]))?;
    let outcome = compile(sources);
    if !outcome.is_sound() {
        return Err(unsound(outcome.diagnostics.iter().map(|d| d.text()).collect()));
    }
    let compiled = outcome.compiled;
    let known = |name: &str, checksum: &str| history.get(name).is_some_and(|m| m.checksum() == checksum);
    let other = compiled.migrations.iter().find(|m| !known(&m.name, &m.checksum)).map(|m| m.name.clone());
    let missing = || history.migrations().find(|m| !compiled.migrations.iter().any(|c| c.name == m.name()));
    match other.or_else(|| missing().map(|m| m.name().to_owned())) {
        Some(migration) => Err(Problem::OtherSource { list, migration }),
        None => Ok(compiled),
    }
}

/// Cargo runs tests in the folder of their package, and says which that is.
fn list(source: Option<&Path>) -> Result<PathBuf, Problem> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let looked: Vec<PathBuf> = match source {
        Some(path) if package.join(path).is_dir() => files::list_candidates(&package.join(path)),
        Some(path) => vec![package.join(path)],
        None => FOLDERS.iter().flat_map(|folder| files::list_candidates(&package.join(folder))).collect(),
    };
    match looked.iter().find(|path| path.is_file()) {
        Some(found) => Ok(found.clone()),
        None => Err(Problem::NoSource { looked }),
    }
}
