//! Compiled histories, kept for the life of the compiler's process: every `migration!` of a history asks for the same
//! one, so the cost over a whole history is linear.
//!
//! An editor's macro server lives for hours, so a kept history is looked at again (length and time of change of every
//! file) when its last look is older than a second, and a file whose tokens are not those of the call is not trusted.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use migrate_core::diagnostics::{Diagnostic, Diagnostics, code};
use migrate_core::source::files::{self, LoadError, Overlay, Sources};
use migrate_core::source::lock::Lock;
use migrate_core::source::{Body, FileId, Loc, Token};

use crate::running::Running;

struct Kept {
    history: Arc<Running>,
    /// The number of each module in the list.
    numbers: HashMap<String, usize>,
    looked: Instant,
}

#[derive(Default)]
struct Cache {
    /// By the path of the list.
    histories: HashMap<PathBuf, Kept>,
    /// The list of each folder.
    lists: HashMap<PathBuf, PathBuf>,
}

/// How long a kept history is trusted without a look at its files.
const TRUSTED: Duration = Duration::from_secs(1);

fn cache() -> MutexGuard<'static, Cache> {
    static CACHE: OnceLock<Mutex<Cache>> = OnceLock::new();
    // A panic elsewhere leaves at worst a stale entry, which the stamps find out.
    CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the language with proc-macro2's own lexer in place of the compiler's, which gives no positions.
///
/// The switch is process-wide and the two kinds of tokens must never meet, so a macro call holds its turn all the while, and
/// nothing but plain data goes in or out.
pub fn forced<T>(work: impl FnOnce() -> T) -> T {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            proc_macro2::fallback::unforce();
        }
    }
    proc_macro2::fallback::force();
    let _guard = Guard;
    work()
}

/// The history whose list stands at `list`. Where the call's tokens are not those of the file, its overlay is taken.
pub fn history(
    list: &Path,
    tokens: &[Token],
    overlay: &dyn Fn() -> Overlay,
) -> Result<Arc<Running>, LoadError> {
    let mut cache = cache();
    if let Some(kept) = fresh(&mut cache, list)
        && same(kept.history.sources().bodies.first(), tokens)
    {
        return Ok(kept.history.clone());
    }
    let on_disk = load(&mut cache, list)?.history.clone();
    if same(on_disk.sources().bodies.first(), tokens) {
        return Ok(on_disk);
    }
    Ok(Running::start(files::load(list, Some(&overlay()))?))
}

/// The history that lists the migration at `path`, and its number there.
pub fn migration(path: &Path, tokens: &[Token], overlay: &dyn Fn() -> Overlay) -> Found {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut cache = cache();
    if let Some(list) = cache.lists.get(folder).cloned()
        && let Some(found) = look(&mut cache, &list, path, tokens, overlay)
    {
        return found;
    }
    let Some(list) = files::find_list(path) else {
        cache.lists.remove(folder);
        return Found::Alone(no_history(path));
    };
    cache.lists.insert(folder.to_owned(), list.clone());
    look(&mut cache, &list, path, tokens, overlay).unwrap_or_else(|| Found::Alone(no_history(path)))
}

/// What came of looking for the history of a `migration!`.
pub enum Found {
    /// A history, and the number of the call's migration in it.
    Migration(Arc<Running>, usize),
    /// The file's migration is another call; the list says so.
    Another,
    /// No history, and what to say of that.
    Alone(Vec<Diagnostic>),
}

fn look(
    cache: &mut Cache,
    list: &Path,
    path: &Path,
    tokens: &[Token],
    overlay: &dyn Fn() -> Overlay,
) -> Option<Found> {
    let module = path.file_stem()?.to_str()?;
    if fresh(cache, list).is_none()
        && let Err(error) = load(cache, list)
    {
        return Some(Found::Alone(problem(error.to_string())));
    }
    let kept = cache.histories.get(list)?;
    let index = *kept.numbers.get(module)?;
    let sources = kept.history.sources();
    let body = sources.bodies.get(index + 1);
    if sources.crowded.contains(&(index + 1)) {
        let start = |tokens: &[Token]| tokens.first().map(|t| t.start);
        if body.map(|b| start(&b.tokens)) != Some(start(&overlay().body.tokens)) {
            return Some(Found::Another);
        }
    }
    if same(body, tokens) {
        return Some(Found::Migration(kept.history.clone(), index));
    }
    // The editor's buffer is ahead of the disk, or the clock of the file system too coarse.
    Some(match files::load(list, Some(&overlay())) {
        Ok(sources) => Found::Migration(Running::start(sources), index),
        Err(error) => Found::Alone(problem(error.to_string())),
    })
}

/// The kept history, if its files are as they were.
fn fresh<'c>(cache: &'c mut Cache, list: &Path) -> Option<&'c Kept> {
    let kept = cache.histories.get_mut(list)?;
    if kept.looked.elapsed() > TRUSTED {
        if kept.history.sources().stamps.iter().any(|(path, stamp)| files::stamp(path) != *stamp) {
            return None;
        }
        kept.looked = Instant::now();
    }
    Some(kept)
}

fn load<'c>(cache: &'c mut Cache, list: &Path) -> Result<&'c Kept, LoadError> {
    let history = Running::start(files::load(list, None)?);
    let modules = history.sources().history.entries.iter().map(|e| e.module.text.clone());
    let numbers = modules.enumerate().map(|(number, module)| (module, number)).collect();
    let kept = Kept { history, numbers, looked: Instant::now() };
    Ok(cache.histories.entry(list.to_owned()).insert_entry(kept).into_mut())
}

fn same(kept: Option<&Body>, tokens: &[Token]) -> bool {
    kept.is_some_and(|kept| {
        kept.tokens.len() == tokens.len() && kept.tokens.iter().zip(tokens).all(|(a, b)| a.same_text(b))
    })
}

/// The lock of an inline history. Several can stand in one file: the lock is that of the first one at its top level, which is
/// the one that the command line reads.
pub fn lock_of_inline(path: &Path, sources: &Sources, tokens: &[Token]) -> Option<Lock> {
    if !files::lock_path(path, &sources.history).exists() {
        return None;
    }
    let first = files::load(path, None).ok()?;
    first.lock.filter(|_| same(first.bodies.first(), tokens))
}

/// A listed history whose own file shows no `history!`: no file would find its list, so no module is declared.
pub fn not_shown(mut sources: Sources) -> Sources {
    let file = sources.bodies.first().map(|b| b.file.clone()).unwrap_or_default();
    let loc = Loc { file: FileId(0), first: 0, last: 0 };
    let message = format!("`{file}` holds no `history!` that the listed files can find");
    let report = sources.diagnostics.error(code::NO_HISTORY, loc, message);
    report.help(
        "write `migrate::history! { .. }` in the file itself, not through a macro or in an inline module",
    );
    sources.history.entries.clear();
    sources
}

fn no_history(path: &Path) -> Vec<Diagnostic> {
    let module = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut cx = Diagnostics::default();
    cx.error(code::NO_HISTORY, first_token(), format!("no history lists `{module}`"))
        .help(format!("add `{module}` to the `migrate::history!` in `mod.rs` beside this file"));
    cx.finish()
}

fn problem(text: String) -> Vec<Diagnostic> {
    let mut cx = Diagnostics::default();
    cx.error(code::UNREADABLE_FILE, first_token(), format!("the history cannot be read: {text}"));
    cx.finish()
}

fn first_token() -> Loc {
    Loc { file: FileId(1), first: 0, last: 0 }
}
