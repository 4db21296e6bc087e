//! Reading a history from its folder: the one room of this crate that touches files.
//!
//! Comes in: the path of a file that may hold `history!`. Goes out: its tokens and those of every migration that it lists,
//! and what was wrong with the files themselves. Nothing is written. Lexing is proc-macro2's own, never the compiler's:
//! a door inside the compiler forces that for the time of the call.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::lex::{self, Macro};
use super::lock::{self, Fault, Lock};
use super::{Body, FileId, Loc, Position};
use crate::diagnostics::{Diagnostics, code};
use crate::parallel;
use crate::syntax::{ast, parse_history};

/// A history as it was read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The bodies: 0 is `history!`, migration `n` (from 0) is body `n + 1`; in the inline form only the first.
    pub bodies: Vec<Body>,
    /// The path of each body's file.
    pub paths: Vec<PathBuf>,
    /// The parsed list.
    pub history: ast::History,
    /// What was wrong with the files.
    pub diagnostics: Diagnostics,
    /// Numbers of the bodies whose file holds more than one `migration!`: the first is the body.
    pub crowded: Vec<usize>,
    /// Which migrations are released, where that is written beside the history: `released` tells how many.
    pub lock: Option<Lock>,
    /// Length and time of change of every file that was read or looked for.
    pub stamps: Vec<(PathBuf, Stamp)>,
    /// How many migrations from the start are released, and never edited again: what is said about a choice that could
    /// still be made is said of the others.
    pub released: usize,
}

/// Length and time of change of a file; `None` if it is not there.
pub type Stamp = Option<(u64, Option<SystemTime>)>;

/// A body that a door has at hand, to take in place of what stands in a file.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The file.
    pub path: PathBuf,
    /// Its body.
    pub body: Body,
}

/// Why a history cannot be read at all.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file's text is not made of Rust tokens.
    Lex {
        /// The file.
        path: PathBuf,
        /// Why and where.
        error: lex::LexError,
    },
    /// The file holds no `history!`.
    NoHistory {
        /// The file.
        path: PathBuf,
    },
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::Io { path, error } => write!(f, "cannot read {}: {error}", path.display()),
            LoadError::Lex { path, error } => {
                let at = error.position;
                write!(f, "{}:{}:{}: {}", path.display(), at.line, at.column, error.message)
            }
            LoadError::NoHistory { path } => write!(f, "{} holds no `history!`", path.display()),
        }
    }
}

impl std::error::Error for LoadError {}

impl Sources {
    /// Where a run of tokens begins.
    pub fn start(&self, loc: Loc) -> Position {
        let token = self.bodies.get(loc.file.0 as usize).and_then(|b| b.tokens.get(loc.first as usize));
        token.map(|t| t.start).unwrap_or_default()
    }

    /// Says what is released.
    pub fn take_lock(&mut self, lock: Option<Lock>) {
        self.released = lock.as_ref().and_then(|l| l.lines.as_ref().ok()).map_or(0, Vec::len);
        self.lock = lock;
    }
}

/// The state of a file now.
pub fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).ok().map(|m| (m.len(), m.modified().ok()))
}

/// Where the list of a folder's history may stand, in the order in which it is looked for.
pub fn list_candidates(folder: &Path) -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> =
        ["mod.rs", "lib.rs", "main.rs"].iter().map(|n| folder.join(n)).collect();
    // `..` keeps its meaning only as text, so the sibling is built from the folder's own name.
    if let (Some(name), Some(parent)) = (folder.file_name(), folder.parent()) {
        candidates.push(parent.join(format!("{}.rs", name.to_string_lossy())));
    }
    candidates
}

/// The file whose `history!` lists the migration at `path`, if one does.
pub fn find_list(path: &Path) -> Option<PathBuf> {
    let module = path.file_stem()?.to_string_lossy().into_owned();
    let folder = path.parent()?;
    list_candidates(folder).into_iter().find(|candidate| {
        let Ok(text) = fs::read_to_string(candidate) else { return false };
        let Ok(calls) = lex::calls(&text) else { return false };
        calls.iter().filter(|c| c.called == Macro::History).any(|call| {
            let mut ignored = Diagnostics::default();
            let history = parse_history(&mut ignored, FileId(0), &call.tokens);
            history.entries.iter().any(|e| e.inline.is_none() && e.module.text == module)
        })
    })
}

/// The folder in which the modules of a list stand: beside `mod.rs`, `lib.rs` and `main.rs`, below any other file.
pub fn module_folder(list: &Path) -> PathBuf {
    let folder = list.parent().unwrap_or(Path::new(""));
    match list.file_stem().and_then(|s| s.to_str()) {
        Some("mod" | "lib" | "main") | None => folder.to_owned(),
        Some(stem) => folder.join(stem),
    }
}

/// Where the lock of a history stands: in the folder of its files; beside its file where it stands inline, under that file's
/// name, because there may be others.
pub fn lock_path(list: &Path, history: &ast::History) -> PathBuf {
    match history.entries.iter().any(|e| e.inline.is_some()) {
        true => list.with_extension(lock::NAME),
        false => module_folder(list).join(lock::NAME),
    }
}

/// The lock at a path, if there is a file.
fn read_lock(path: &Path) -> Option<Lock> {
    let file = file_name(path);
    let lines = match fs::read(path) {
        Ok(bytes) => lock::read(&file, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            let message = format!("`{file}` cannot be read: {}", plain(&error));
            Err(Fault { message, help: "it holds what the released migrations were" })
        }
    };
    Some(Lock { path: path.to_owned(), lines })
}

/// Reads a history.
///
/// # Errors
/// The list itself cannot be read. What is wrong with a migration's file is a diagnostic.
pub fn load(list: &Path, overlay: Option<&Overlay>) -> Result<Sources, LoadError> {
    let mut sources = Sources::default();
    let body = match overlay.filter(|o| o.path == list) {
        Some(overlay) => {
            sources.stamps.push((list.to_owned(), stamp(list)));
            overlay.body.clone()
        }
        None => read_list(list, &mut sources)?,
    };
    let mut cx = Diagnostics::default();
    sources.history = parse_history(&mut cx, FileId(0), &body.tokens);
    sources.bodies.push(Body { broken: cx.has_errors(), ..body });
    sources.paths.push(list.to_owned());
    read_migrations(list, overlay, &mut sources, &mut cx);
    sources.diagnostics = cx;
    let lock = lock_path(list, &sources.history);
    sources.stamps.push((lock.clone(), stamp(&lock)));
    sources.take_lock(read_lock(&lock));
    Ok(sources)
}

/// A history that stands inline, or whose files are not to be had: no file is read.
pub fn inline(body: Body, path: PathBuf) -> Sources {
    let mut cx = Diagnostics::default();
    let mut history = parse_history(&mut cx, FileId(0), &body.tokens);
    let body = Body { broken: cx.has_errors(), ..body };
    report_mixed(&mut history, &mut cx);
    Sources { bodies: vec![body], paths: vec![path], history, diagnostics: cx, ..Sources::default() }
}

/// The same from a text: the inside of a `history!`, in a file of that name.
///
/// # Errors
/// The text is not made of Rust tokens.
pub fn inline_text(name: &str, text: &str) -> Result<Sources, proc_macro2::LexError> {
    let (tokens, _) = lex::tokens(text.parse()?);
    Ok(inline(Body { file: name.to_owned(), tokens, broken: false }, PathBuf::from(name)))
}

/// A history that both lists files and holds migrations loses what it lists.
fn report_mixed(history: &mut ast::History, cx: &mut Diagnostics) {
    let (inline, listed): (Vec<_>, Vec<_>) = history.entries.iter().partition(|e| e.inline.is_some());
    if let (false, Some(entry)) = (inline.is_empty(), listed.first()) {
        let message = "a history lists files or holds its migrations inline, not both";
        cx.error(code::SYNTAX, entry.module.loc, message).help("write all of them one way");
        history.entries.retain(|e| e.inline.is_some());
    }
}

fn read_list(list: &Path, sources: &mut Sources) -> Result<Body, LoadError> {
    sources.stamps.push((list.to_owned(), stamp(list)));
    let text = fs::read_to_string(list).map_err(|error| LoadError::Io { path: list.to_owned(), error })?;
    let calls = lex::calls(&text).map_err(|error| LoadError::Lex { path: list.to_owned(), error })?;
    let call = calls.into_iter().find(|c| c.called == Macro::History);
    let call = call.ok_or_else(|| LoadError::NoHistory { path: list.to_owned() })?;
    Ok(Body { file: file_name(list), tokens: call.tokens, broken: false })
}

fn read_migrations(list: &Path, overlay: Option<&Overlay>, sources: &mut Sources, cx: &mut Diagnostics) {
    let folder = module_folder(list);
    report_mixed(&mut sources.history, cx);
    if sources.history.entries.iter().any(|e| e.inline.is_some()) {
        return;
    }
    let entries: Vec<ast::Name> = sources.history.entries.iter().map(|e| e.module.clone()).collect();
    let mut listed: HashSet<String> = HashSet::new();
    let mut wanted: Vec<(ast::Name, PathBuf)> = Vec::new();
    for name in entries {
        if listed.insert(name.text.clone()) {
            let path = folder.join(format!("{}.rs", name.text));
            wanted.push((name, path));
        } else {
            cx.error(code::LISTED_TWICE, name.loc, format!("`{}` is listed twice", name.text))
                .help("leave out one");
        }
    }
    let read = parallel::map(&wanted, |(_, path)| match overlay.filter(|o| o.path == *path) {
        Some(_) => (stamp(path), Read::Overlay),
        None => read_file(path),
    });
    let mut kept = Vec::new();
    for ((name, path), (stamp, read)) in wanted.into_iter().zip(read) {
        sources.stamps.push((path.clone(), stamp));
        let body = match (read, overlay) {
            (Read::Overlay, Some(overlay)) => Some((overlay.body.clone(), false)),
            (read, _) => migration_body(list, &path, &name, read, cx),
        };
        if let Some((body, crowded)) = body {
            if crowded {
                sources.crowded.push(sources.bodies.len());
            }
            kept.push(name.text);
            sources.bodies.push(body);
            sources.paths.push(path);
        }
    }
    let mut kept = kept.into_iter().peekable();
    sources.history.entries.retain(|e| kept.next_if(|k| *k == e.module.text).is_some());
    report_unlisted(&folder, list, &listed, sources, cx);
}

/// What came of reading a file.
enum Read {
    /// A door has it at hand.
    Overlay,
    Failed(io::Error),
    NoTokens(lex::LexError),
    Calls(Vec<lex::Call>),
}

fn read_file(path: &Path) -> (Stamp, Read) {
    // Looked at first: a change in between is then found out by the next look.
    let stamp = stamp(path);
    let read = match fs::read_to_string(path) {
        Err(error) => Read::Failed(error),
        Ok(text) => match lex::calls(&text) {
            Err(error) => Read::NoTokens(error),
            Ok(calls) => Read::Calls(calls),
        },
    };
    (stamp, read)
}

/// The body of a listed migration, and whether its file holds another one. A file that is not there gives none; one that
/// does not parse gives a broken one.
fn migration_body(
    list: &Path,
    path: &Path,
    name: &ast::Name,
    read: Read,
    cx: &mut Diagnostics,
) -> Option<(Body, bool)> {
    let file = file_name(path);
    let broken = Body { file: file.clone(), tokens: Vec::new(), broken: true };
    let calls = match read {
        Read::Overlay => return None,
        Read::Failed(error) if error.kind() == io::ErrorKind::NotFound => {
            let help = missing_help(list, path, &name.text);
            cx.error(code::MISSING_FILE, name.loc, format!("there is no file `{file}` for `{}`", name.text))
                .help(help);
            return None;
        }
        Read::Failed(error) => {
            let message = format!("`{file}` cannot be read: {}", plain(&error));
            cx.error(code::UNREADABLE_FILE, name.loc, message);
            return Some((broken, false));
        }
        Read::NoTokens(error) => {
            let at = error.position;
            let message = format!(
                "`{file}` is not made of Rust tokens: {} at {}:{}",
                error.message, at.line, at.column
            );
            cx.error(code::UNREADABLE_FILE, name.loc, message);
            return Some((broken, false));
        }
        Read::Calls(calls) => calls,
    };
    let mut calls = calls.into_iter().filter(|c| c.called == Macro::Migration);
    let Some(call) = calls.next() else {
        cx.error(code::UNREADABLE_FILE, name.loc, format!("`{file}` holds no `migration!`"))
            .help("every listed file holds one `migrate::migration! { .. }`");
        return Some((broken, false));
    };
    let crowded = calls.next().is_some();
    if crowded {
        cx.error(code::UNREADABLE_FILE, name.loc, format!("`{file}` holds more than one `migration!`"))
            .help("give each migration a file of its own");
    }
    Some((Body { file, tokens: call.tokens, broken: false }, crowded))
}

/// The way out where a listed file is not there, with the folder where that is not the list's own.
fn missing_help(list: &Path, path: &Path, module: &str) -> String {
    let (folder, beside) = (module_folder(list), list.with_file_name(file_name(path)));
    if path == beside {
        return format!("create it beside the list, or take `{module}` out of the list");
    }
    let (folder, list) = (file_name(&folder), file_name(list));
    if beside.exists() {
        return format!(
            "the files of `{list}` stand in `{folder}/`: move the list to a `mod.rs` beside them"
        );
    }
    format!("create it in `{folder}/`, or take `{module}` out of the list")
}

/// An error of the system, fit for a message: lower case, no full stop.
fn plain(error: &io::Error) -> String {
    error.kind().to_string()
}

/// Files of the folder that hold a `migration!` and are not listed.
fn report_unlisted(
    folder: &Path,
    list: &Path,
    listed: &HashSet<String>,
    sources: &mut Sources,
    cx: &mut Diagnostics,
) {
    sources.stamps.push((folder.to_owned(), stamp(folder)));
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
    files.sort();
    for path in files {
        let Some(stem) = path.file_stem().and_then(|s| s.to_str()) else { continue };
        let rust = path.extension().is_some_and(|e| e == "rs");
        if !rust || path == list || listed.contains(stem) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if !text.contains("migration") {
            continue;
        }
        let holds = lex::calls(&text).is_ok_and(|calls| calls.iter().any(|c| c.called == Macro::Migration));
        // `lib.rs` and `main.rs` of one folder may each list their own.
        if holds && find_list(&path).is_none() {
            // The place where it should stand: the end of the list.
            let last = sources.bodies[0].tokens.len().saturating_sub(1) as u32;
            let loc = Loc { file: FileId(0), first: last, last };
            cx.error(
                code::UNLISTED_FILE,
                loc,
                format!("`{}` holds a migration and is not listed", file_name(&path)),
            )
            .help(format!("add `{stem}` where it belongs in the list, or remove the file"));
        }
    }
}

/// A file's name without its folders.
pub fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
