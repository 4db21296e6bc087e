//! Finds the history, reads it, and has the language check it.
//!
//! Comes in: `--source`, or the working directory. Goes out: the compiled history, with its mistakes said already. What a
//! mistake is, the language knows.

use std::path::{Path, PathBuf};

use migrate_core::compile::{Compiled, Migration, Outcome, compile};
use migrate_core::diagnostics::{code, similar::similar};
use migrate_core::source::Position;
use migrate_core::source::files::{self, LoadError, Sources};
use migrate_core::source::lex::LexError;
use migrate_core::source::lock::Lock;
use migrate_core::target::Dialect;

use crate::args::{Common, Format};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::render::{self, Finding, Place, Texts, json, text};

/// The folders in which a history is looked for.
const FOLDERS: [&str; 2] = ["migrations", "src/migrations"];

/// A history that was read.
pub struct Loaded {
    /// The file with the list.
    pub list: PathBuf,
    /// The compiled history.
    pub compiled: Compiled,
    /// Its files.
    pub sources: Sources,
    /// What was found that is no error.
    pub warnings: Vec<Finding>,
    /// What lints say of migrations that are not released.
    pub lints: Vec<Finding>,
    /// The texts of the files.
    pub texts: Texts,
}

/// A history without errors; its mistakes are reported here, all of them.
pub fn load(common: &Common) -> Result<Loaded, Failure> {
    let (list, sources) = read(common)?;
    compiled(common, list, sources)
}

/// The same of a history that need not be as it was released, and its lock.
pub fn load_unlocked(common: &Common) -> Result<(Loaded, Option<Lock>), Failure> {
    let (list, mut sources) = read(common)?;
    let lock = sources.lock.clone();
    sources.take_lock(None);
    Ok((compiled(common, list, sources)?, lock))
}

/// The same, as if none of its migrations were released: lints speak of all of them.
pub fn load_unreleased(common: &Common) -> Result<Loaded, Failure> {
    let (list, sources) = read(common)?;
    compiled(common, list, Sources { released: 0, ..sources })
}

fn compiled(common: &Common, list: PathBuf, sources: Sources) -> Result<Loaded, Failure> {
    let outcome = compile(sources);
    let sound = outcome.is_sound();
    let Outcome { compiled, diagnostics, lints, sources } = outcome;
    let texts = Texts::default();
    let findings = render::findings(&diagnostics, &sources, &texts);
    if !sound {
        say(common, &findings, &texts)?;
        return Err(Failure::said(Exit::Refused));
    }
    if common.format == Format::Text {
        say(common, &findings, &texts)?;
    }
    let lints = render::findings(&lints, &sources, &texts);
    Ok(Loaded { list, compiled, sources, warnings: findings, lints, texts })
}

/// Prints findings, with the line that counts them.
pub fn say(common: &Common, findings: &[Finding], texts: &Texts) -> Result<(), Failure> {
    match common.format {
        Format::Json => output::json(&json::render(findings)),
        Format::Text => {
            output::report(&text::render(findings, texts));
            output::report(&text::closing(findings));
            Ok(())
        }
    }
}

impl Loaded {
    /// A migration by its name, its module, or its file.
    pub fn migration(&self, name: &str) -> Result<&Migration, Failure> {
        let migrations = &self.compiled.migrations;
        let module = name.strip_suffix(".rs").unwrap_or(name);
        let module = Path::new(module).file_name().and_then(|n| n.to_str()).unwrap_or(module);
        let found = migrations.iter().find(|m| m.name == name);
        if let Some(migration) = found.or_else(|| migrations.iter().find(|m| m.module == module)) {
            return Ok(migration);
        }
        let failure = Failure::input(format!("there is no migration `{name}` in {}", self.list.display()));
        let names = || migrations.iter().map(|m| m.name.as_str());
        Err(match (similar(name, names()), names().next_back()) {
            (Some(similar), _) => {
                failure.help(format!("a migration with a similar name exists: `{similar}`"))
            }
            (None, Some(last)) => failure.help(format!("the last migration is `{last}`")),
            (None, None) => failure.help("the history has no migrations"),
        })
    }

    /// The path of a migration's file, as it was found.
    pub fn path_of(&self, migration: &str) -> Option<&Path> {
        let index = self.compiled.migrations.iter().position(|m| m.name == migration)?;
        let inline = self.sources.paths.len() == 1;
        self.sources.paths.get(if inline { 0 } else { index + 1 }).map(PathBuf::as_path)
    }

    /// Fails unless the history runs on that database.
    pub fn must_run_on(&self, dialect: Dialect) -> Result<(), Failure> {
        if self.compiled.options.has(dialect) {
            return Ok(());
        }
        let title = dialect.title();
        Err(Failure::input(format!("the history in {} does not run on {title}", self.list.display()))
            .help(format!("name `{}` in its `#![dialects(..)]`", dialect.word())))
    }
}

/// The files of the history: its list, and those that it lists. They may be wrong.
pub fn paths(common: &Common) -> Result<Vec<PathBuf>, Failure> {
    let (_, sources) = read(common)?;
    let mut paths = sources.paths;
    // One whose file is missing has none.
    paths.retain(|path| path.is_file());
    paths.dedup();
    Ok(paths)
}

fn read(common: &Common) -> Result<(PathBuf, Sources), Failure> {
    let candidates = candidates(common.source.as_deref())?;
    let mut first_error = None;
    for list in candidates.iter().filter(|c| c.is_file()) {
        match files::load(list, None) {
            Ok(sources) => return Ok((list.clone(), sources)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) => Err(unreadable(common, error)),
        None => Err(nothing_found(common.source.as_deref())),
    }
}

/// The files in which the list may stand.
fn candidates(source: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    match source {
        None => Ok(FOLDERS.iter().flat_map(|f| files::list_candidates(Path::new(f))).collect()),
        Some(path) if path.is_dir() => Ok(files::list_candidates(path)),
        Some(path) if path.is_file() => Ok(vec![path.to_owned()]),
        Some(path) => Err(Failure::input(format!("there is no file or folder {}", path.display()))),
    }
}

fn nothing_found(source: Option<&Path>) -> Failure {
    match source {
        Some(folder) => Failure::input(format!("no history in {}", folder.display()))
            .help("a history is a `mod.rs` with `migrate::history! { .. }`"),
        None => Failure::input(format!("no history in {}", FOLDERS.join(" or ")))
            .help("`--source PATH` names its folder, or the file with its list"),
    }
}

/// A file whose text gives no tokens.
pub fn no_rust(path: &Path, error: &LexError) -> Finding {
    let start = error.position;
    let end = Position { column: start.column + 1, ..start };
    let bytes = error.bytes.0 as usize..error.bytes.1 as usize;
    Finding {
        code: Some(code::UNREADABLE_FILE.as_str()),
        place: Some(Place { path: path.to_owned(), start, end, bytes }),
        ..Finding::error(error.message.clone())
    }
}

fn unreadable(common: &Common, error: LoadError) -> Failure {
    match error {
        LoadError::Lex { path, error } => match say(common, &[no_rust(&path, &error)], &Texts::default()) {
            Ok(()) => Failure::said(Exit::Refused),
            Err(failure) => failure,
        },
        LoadError::Io { path, error } => {
            Failure::input(format!("cannot read {}: {}", path.display(), error.kind()))
        }
        LoadError::NoHistory { path } => Failure::input(format!("{} holds no `history!`", path.display()))
            .help("a history is a `mod.rs` with `migrate::history! { .. }`"),
    }
}
