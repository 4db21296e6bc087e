//! `migrate generate`: writes the SQL of every migration into files, or says whether they are up to date.
//!
//! Nothing is written before everything is known: a file that is not ours stops the command, and leaves all as it was.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use migrate_core::source::files::{lock_path, module_folder};
use migrate_core::source::lock::{self, Lock};
use migrate_core::target::Dialect;
use serde_json::json;

use super::counted;
use crate::args::{Common, Format, Generate};
use crate::failure::Failure;
use crate::layout::{self, Planned};
use crate::output;
use crate::source::{self, Loaded};
use crate::write;

pub fn run(common: &Common, args: &Generate) -> Result<(), Failure> {
    let loaded = source::load(common)?;
    let folder = folder(&loaded, args)?;
    let planned = layout::plan(&loaded.compiled)?;
    let mut changes = changes(&folder, planned)?;
    // The last one: what is released has its files.
    changes.extend(release(&loaded, args));
    if args.check {
        return say_stale(common, &folder, &changes);
    }
    refuse_foreign(&changes)?;
    for change in &changes {
        apply(change)?;
    }
    if loaded.sources.lock.is_none() && !args.draft {
        // A build that was made before the lock was there does not look for it.
        write::touch(&loaded.list);
    }
    say_done(common, &folder, &changes)
}

/// What is to be done about one file.
struct Change {
    kind: Kind,
    path: PathBuf,
    text: String,
    /// Whether what stands there was not generated.
    foreign: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Missing,
    OutOfDate,
    Extra,
}

impl Kind {
    fn state(self) -> &'static str {
        match self {
            Kind::Missing => "missing",
            Kind::OutOfDate => "out of date",
            Kind::Extra => "of no migration",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Kind::Missing => "wrote",
            Kind::OutOfDate => "rewrote",
            Kind::Extra => "removed",
        }
    }
}

/// Beside the migrations; a history that stands inline has no folder of its own.
fn folder(loaded: &Loaded, args: &Generate) -> Result<PathBuf, Failure> {
    if let Some(folder) = &args.out {
        return Ok(folder.clone());
    }
    if loaded.sources.history.entries.iter().any(|e| e.inline.is_some()) {
        let list = loaded.list.display();
        return Err(Failure::input(format!(
            "the history in {list} stands inline and has no folder to write to"
        ))
        .help("`--out migrations` names one"));
    }
    Ok(module_folder(&loaded.list))
}

/// What is to be done about the lock. Where the history compiles, its lines are the first ones of the new lock.
fn release(loaded: &Loaded, args: &Generate) -> Option<Change> {
    let lines = layout::lock(&loaded.compiled);
    let kind = match &loaded.sources.lock {
        _ if args.draft => return None,
        Some(Lock { lines: Ok(found), .. }) if *found == lines => return None,
        Some(_) => Kind::OutOfDate,
        None => Kind::Missing,
    };
    let path = lock_path(&loaded.list, &loaded.sources.history);
    Some(Change { kind, path, text: lock::write(&lines), foreign: false })
}

/// What differs between the folder and the plan.
fn changes(folder: &Path, planned: Vec<Planned>) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    let mut kept = Vec::new();
    for file in planned {
        let path = folder.join(&file.path);
        match found(&path)? {
            None => changes.push(Change {
                kind: Kind::Missing,
                path: path.clone(),
                text: file.text,
                foreign: false,
            }),
            Some(text) if layout::same(&file.text, &text) => {}
            Some(text) => {
                let foreign = !layout::is_ours(&text);
                changes.push(Change { kind: Kind::OutOfDate, path: path.clone(), text: file.text, foreign });
            }
        }
        kept.push(path);
    }
    for dialect in Dialect::ALL {
        for path in sql_files(&folder.join(dialect.word()))? {
            let ours = !kept.contains(&path) && found(&path)?.is_some_and(|text| layout::is_ours(&text));
            if ours {
                changes.push(Change { kind: Kind::Extra, path, text: String::new(), foreign: false });
            }
        }
    }
    Ok(changes)
}

/// The text of a file, if it is there. What is no text is not ours, and no text of ours is empty.
fn found(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap_or_default())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

fn sql_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder, &error)),
    };
    let mut paths: Vec<PathBuf> = (entries.filter_map(Result::ok).map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "sql") && path.is_file())
        .collect();
    paths.sort();
    Ok(paths)
}

fn refuse_foreign(changes: &[Change]) -> Result<(), Failure> {
    let foreign: Vec<&Change> = changes.iter().filter(|c| c.foreign).collect();
    let Some(first) = foreign.first() else { return Ok(()) };
    let message = match foreign.len() {
        1 => format!("{} was not generated, and is not overwritten", first.path.display()),
        n => format!("{n} files were not generated, and are not overwritten"),
    };
    let mut failure = Failure::input(message).help("move it away, or write elsewhere with `--out FOLDER`");
    if foreign.len() > 1 {
        for change in foreign {
            failure = failure.note(change.path.display().to_string());
        }
    }
    Err(failure)
}

fn apply(change: &Change) -> Result<(), Failure> {
    match change.kind {
        Kind::Extra => fs::remove_file(&change.path).map_err(|error| failed("remove", &change.path, &error)),
        Kind::Missing | Kind::OutOfDate => {
            write::whole(&change.path, &change.text).map_err(|error| failed("write", &change.path, &error))
        }
    }
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("cannot {verb} {}: {}", path.display(), error.kind()))
}

fn say_stale(common: &Common, folder: &Path, changes: &[Change]) -> Result<(), Failure> {
    if common.format == Format::Json {
        let object = |c: &Change| json!({"file": c.path.display().to_string(), "state": c.kind.state()});
        output::json(&changes.iter().map(object).collect())?;
    }
    if changes.is_empty() {
        return say_current(common, folder);
    }
    let verb = if changes.len() == 1 { "is" } else { "are" };
    let count = counted(changes.len(), "generated file");
    let failure =
        Failure::refused(format!("{count} {verb} not up to date")).help("`migrate generate` writes them");
    let note = |f: Failure, c: &Change| f.note(format!("{} is {}", c.path.display(), c.kind.state()));
    Err(changes.iter().fold(failure, note))
}

fn say_done(common: &Common, folder: &Path, changes: &[Change]) -> Result<(), Failure> {
    if common.format == Format::Json {
        let object = |c: &Change| json!({"file": c.path.display().to_string(), "done": c.kind.done()});
        return output::json(&changes.iter().map(object).collect());
    }
    if changes.is_empty() {
        return say_current(common, folder);
    }
    let line = |c: &Change| format!("{} {}\n", c.kind.done(), c.path.display());
    output::result(&changes.iter().map(line).collect::<String>())
}

fn say_current(common: &Common, folder: &Path) -> Result<(), Failure> {
    match common.format {
        Format::Text => output::result(&format!("everything in {} is up to date\n", folder.display())),
        Format::Json => Ok(()),
    }
}
