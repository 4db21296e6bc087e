//! The frozen history: what was released stays as it was, and where it was.
//!
//! Comes in: the lines of the lock, and the name, the checksum and the place of every migration. Goes out: errors, each at the
//! first token of its migration. A history that is as it was released is told at the cost of comparing its names and checksums.

use std::collections::{HashMap, HashSet};

use crate::checksum;
use crate::diagnostics::{Diagnostics, code};
use crate::source::files::file_name;
use crate::source::lock::{Line, Lock, MERGE};
use crate::source::{FileId, Loc};
use crate::syntax::ast::{HistoryOption, OptionKind};
use crate::target::Options;

/// A migration of the history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present<'h> {
    /// Its name in the database.
    pub name: &'h str,
    /// Its checksum.
    pub checksum: &'h str,
    /// Its first token.
    pub start: Loc,
    /// Whether it could be read: one that could not has been told, and its checksum says nothing.
    pub readable: bool,
}

/// What the author can do, beside taking the change back.
const NOWHERE: &str = "`migrate repair` is for one that was applied nowhere";

/// Where a history as a whole is at fault.
const LIST: Loc = Loc { file: FileId(0), first: 0, last: 0 };

/// Compares a history with its lock. Tells how many migrations from the start are as they were released, as far as names and
/// checksums say; whether the chain does too, [`check_chain`] tells.
pub(crate) fn check(
    cx: &mut Diagnostics,
    lock: &Lock,
    present: &[Present<'_>],
    options: &Options,
    written: &[HistoryOption],
    canonical: &dyn Fn(usize) -> String,
) -> usize {
    let lines = match &lock.lines {
        Ok(lines) => lines,
        Err(fault) => {
            cx.error(code::INVALID_LOCK_FILE, LIST, &fault.message).help(fault.help);
            return 0;
        }
    };
    let frozen = frozen(lines, present);
    // A list that is wrong itself says little about what it lists.
    if frozen < lines.len() && !cx.of(LIST.file).has_errors() {
        let mut blamed = None;
        report(cx, &file_name(&lock.path), lines, present, |cx, index, line| {
            let canonical = canonical(index);
            let same = |other: &Options| checksum::migration(&canonical, other) == line.checksum;
            let Some(other) = options.other_structures().find(same) else { return false };
            if blamed.is_none() {
                blame_options(cx, options, &other, written);
            }
            *blamed.get_or_insert_with(|| other.clone()) == other
        });
    }
    frozen
}

/// Two locks that were merged by hand have all lines and no chain. `before` and `chain` are those of the history.
pub(crate) fn check_chain(
    cx: &mut Diagnostics,
    lock: &Lock,
    index: usize,
    start: Loc,
    before: &str,
    chain: &str,
) {
    let Ok(lines) = &lock.lines else { return };
    // Where the chain broke earlier, that was said.
    let whole = index.checked_sub(1).is_none_or(|last| lines[last].chain == before);
    if lines[index].chain == chain || !whole {
        return;
    }
    let (line, file) = (index + 2, file_name(&lock.path));
    let message = format!("line {line} of `{file}` does not follow from those before it");
    cx.error(code::INVALID_LOCK_FILE, start, message)
        .help(MERGE)
        .note(format!("`{}` was released after other migrations than those", lines[index].name));
}

/// The options that are part of every checksum are not as they were.
fn blame_options(cx: &mut Diagnostics, options: &Options, before: &Options, written: &[HistoryOption]) {
    let was = |then: bool, word| format!("{} `{word}`", if then { "with" } else { "without" });
    let mut words = Vec::new();
    if options.strict() != before.strict() {
        words.push(was(before.strict(), "strict"));
    }
    if options.uuid_blob() != before.uuid_blob() {
        words.push(was(before.uuid_blob(), "uuid = \"blob\""));
    }
    let option = written.iter().find(|o| !matches!(o.kind, OptionKind::Postgres { .. }));
    let message = format!("the released migrations made their tables in SQLite {}", words.join(" and "));
    cx.error(code::RELEASED_MIGRATION_CHANGED, option.map_or(LIST, |o| o.loc), message)
        .help("write `#![sqlite(..)]` as it was: it holds for every table of the history");
}

/// How many migrations from the start stand in the lock, by name and checksum.
fn frozen(lines: &[Line], present: &[Present<'_>]) -> usize {
    let same = |(line, present): &(&Line, &Present<'_>)| {
        line.checksum == present.checksum && line.name == present.name
    };
    lines.iter().zip(present).take_while(same).count()
}

/// Says what is not as it was released. `explained` tells of a migration and its line whether something was said already that
/// is the reason for another checksum.
fn report(
    cx: &mut Diagnostics,
    file: &str,
    lines: &[Line],
    present: &[Present<'_>],
    mut explained: impl FnMut(&mut Diagnostics, usize, &Line) -> bool,
) {
    let names: HashMap<&str, usize> = lines.iter().enumerate().map(|(at, l)| (l.name.as_str(), at)).collect();
    let mut found: Vec<Option<usize>> = present.iter().map(|p| names.get(p.name).copied()).collect();
    let matched: HashSet<usize> = found.iter().flatten().copied().collect();
    if matched.len() < found.iter().flatten().count() {
        // Two migrations of one name, which is an error of its own.
        return;
    }
    let mut missing: Vec<usize> = (0..lines.len()).filter(|at| !matched.contains(at)).collect();
    for (index, present) in present.iter().enumerate() {
        match found[index] {
            None => found[index] = renamed(cx, lines, present, &mut missing),
            Some(at) if present.readable && lines[at].checksum != present.checksum => {
                if !explained(cx, index, &lines[at]) {
                    changed(cx, file, at, &lines[at], present);
                }
            }
            Some(_) => {}
        }
    }
    report_moved(cx, lines, present, &found);
    report_inserted(cx, lines, present, &found);
    // One that could not be read may be any of those that are not found.
    if present.iter().zip(&found).all(|(p, found)| p.readable || found.is_some()) {
        report_missing(cx, lines, &missing);
    }
}

fn changed(cx: &mut Diagnostics, file: &str, at: usize, line: &Line, present: &Present<'_>) {
    let message = format!("`{}` was released, and does something else now", line.name);
    let note =
        format!("its checksum is {}; line {} of `{file}` has {}", present.checksum, at + 2, line.checksum);
    cx.error(code::RELEASED_MIGRATION_CHANGED, present.start, message)
        .help(format!("take the edit back, and write a new migration; {NOWHERE}"))
        .note(note);
}

/// Databases know a migration by its name.
fn renamed(
    cx: &mut Diagnostics,
    lines: &[Line],
    present: &Present<'_>,
    missing: &mut Vec<usize>,
) -> Option<usize> {
    let same = |at: &usize| present.readable && lines[*at].checksum == present.checksum;
    let at = missing.remove(missing.iter().position(same)?);
    let old = &lines[at].name;
    let message = format!("`{}` was released as `{old}`", present.name);
    cx.error(code::RELEASED_MIGRATION_CHANGED, present.start, message)
        .help(format!("write `name {old:?};` as its first line; databases know it by that name"));
    Some(at)
}

/// Those that do not stand in the order of the lock: as few as can be said to have moved.
fn report_moved(cx: &mut Diagnostics, lines: &[Line], present: &[Present<'_>], found: &[Option<usize>]) {
    let order: Vec<(usize, usize)> =
        found.iter().enumerate().filter_map(|(index, at)| Some((index, (*at)?))).collect();
    let kept = longest_rising(&order.iter().map(|(_, at)| *at).collect::<Vec<_>>());
    for (rank, &(index, at)) in order.iter().enumerate().filter(|(rank, _)| !kept.contains(rank)) {
        let later = order[..rank].iter().find(|(_, other)| *other > at);
        let earlier = order[rank + 1..].iter().rfind(|(_, other)| *other < at);
        let name = &lines[at].name;
        let message = match (later, earlier) {
            (Some((_, later)), _) => {
                format!("`{name}` was released before `{}`, and stands behind it", lines[*later].name)
            }
            (None, Some((_, earlier))) => {
                format!("`{name}` was released after `{}`, and stands before it", lines[*earlier].name)
            }
            (None, None) => continue,
        };
        let help = match at.checked_sub(1) {
            Some(before) => format!("put it back behind `{}`", lines[before].name),
            None => "put it back to the beginning".to_owned(),
        };
        cx.error(code::RELEASED_MIGRATION_MOVED, present[index].start, message).help(help);
    }
}

/// New ones, before what is released: a database that has the released ones would never run them.
fn report_inserted(cx: &mut Diagnostics, lines: &[Line], present: &[Present<'_>], found: &[Option<usize>]) {
    for (index, new) in present.iter().enumerate() {
        if found[index].is_some() || !new.readable {
            continue;
        }
        let Some(at) = found[index..].iter().find_map(|at| *at) else { return };
        let message =
            format!("`{}` stands before `{}`, which was released without it", new.name, lines[at].name);
        let last = lines.last().map_or("", |line| &line.name);
        cx.error(code::MIGRATION_BEFORE_RELEASED, new.start, message)
            .help(format!("put it behind `{last}`, the last released one"));
    }
}

fn report_missing(cx: &mut Diagnostics, lines: &[Line], missing: &[usize]) {
    let named: Vec<String> = missing.iter().map(|at| format!("`{}`", lines[*at].name)).collect();
    let message = match &named[..] {
        [] => return,
        [one] => format!("{one} was released, and is not in the history"),
        [one, two] => format!("{one} and {two} were released, and are not in the history"),
        [one, two, more @ ..] => {
            format!("{one}, {two} and {} more were released, and are not in the history", more.len())
        }
    };
    cx.error(code::RELEASED_MIGRATION_MISSING, LIST, message)
        .help(format!("a new migration undoes what an old one did, which stays in the history; {NOWHERE}"));
}

/// The indices of a longest rising part of some numbers.
fn longest_rising(numbers: &[usize]) -> HashSet<usize> {
    // The index with the smallest last number of a rising part of each length, and what stands before each index there.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut kept = HashSet::new();
    let mut next = ends.last().copied();
    while let Some(index) = next {
        kept.insert(index);
        next = before[index];
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(numbers: &[usize]) -> Vec<usize> {
        let kept = longest_rising(numbers);
        numbers.iter().enumerate().filter(|(index, _)| kept.contains(index)).map(|(_, n)| *n).collect()
    }

    #[test]
    fn one_that_moved_is_one() {
        assert_eq!(kept(&[0, 1, 2, 3]), [0, 1, 2, 3]);
        assert_eq!(kept(&[3, 0, 1, 2]), [0, 1, 2]);
        assert_eq!(kept(&[1, 2, 3, 0]), [1, 2, 3]);
        assert_eq!(kept(&[0, 2, 1, 3]).len(), 3);
        assert_eq!(kept(&[3, 2, 1, 0]).len(), 1);
        assert_eq!(kept(&[]), [0; 0]);
    }

    /// What is said of a history of one-letter names, of which some have another checksum (`'`) or cannot be read (`?`).
    fn said(released: &str, history: &str) -> Vec<String> {
        let line =
            |name: char| Line { name: name.to_string(), checksum: name.to_string(), chain: String::new() };
        let lines: Vec<Line> = released.chars().map(line).collect();
        let names: Vec<(String, String, bool)> = (history.split_whitespace())
            .map(|word| {
                let name = word.chars().next().unwrap().to_string();
                let checksum = word.chars().last().unwrap().to_string();
                (name, checksum, !word.contains('?'))
            })
            .collect();
        let present: Vec<Present<'_>> = (names.iter().enumerate())
            .map(|(index, (name, checksum, readable))| {
                let start = Loc { file: FileId(index as u32 + 1), first: 0, last: 0 };
                Present { name, checksum, start, readable: *readable }
            })
            .collect();
        let mut cx = Diagnostics::default();
        if frozen(&lines, &present) < lines.len() {
            report(&mut cx, "migrations.lock", &lines, &present, |_, _, _| false);
        }
        cx.finish().iter().map(|d| format!("{} {}: {}", d.loc.file.0, d.code, d.message)).collect()
    }

    #[test]
    fn what_is_as_it_was_is_not_told() {
        for history in ["a b c", "a b c d", "a b c d e"] {
            assert_eq!(said("abc", history), [""; 0]);
        }
        assert_eq!(said("", "a b"), [""; 0]);
    }

    #[test]
    fn every_change_is_one_error() {
        let one = |history: &str, expected: &str| assert_eq!(said("abc", history), [expected], "{history}");
        one("a b' c", "2 released_migration_changed: `b` was released, and does something else now");
        one("a xb c", "2 released_migration_changed: `x` was released as `b`");
        one("a x b c", "2 migration_before_released: `x` stands before `b`, which was released without it");
        one("x a b c y", "1 migration_before_released: `x` stands before `a`, which was released without it");
        one("a c", "0 released_migration_missing: `b` was released, and is not in the history");
        one("a b", "0 released_migration_missing: `c` was released, and is not in the history");
        one(
            "",
            "0 released_migration_missing: `a`, `b` and 1 more were released, and are not in the history",
        );
        one("c a b", "1 released_migration_moved: `c` was released after `b`, and stands before it");
        one("b c a", "3 released_migration_moved: `a` was released before `b`, and stands behind it");
    }

    #[test]
    fn several_changes_are_told_together() {
        assert_eq!(
            said("abcd", "a' x d b zc"),
            [
                "1 released_migration_changed: `a` was released, and does something else now",
                "2 migration_before_released: `x` stands before `d`, which was released without it",
                "3 released_migration_moved: `d` was released after `c`, and stands before it",
                "5 released_migration_changed: `z` was released as `c`",
            ]
        );
    }

    /// Every history of up to five migrations over a lock of three, each as it was released or not: nothing is said if and only
    /// if the history begins with what was released.
    #[test]
    fn all_small_histories() {
        let mut histories: Vec<Vec<String>> = vec![Vec::new()];
        let mut from = 0;
        while from < histories.len() {
            let history = histories[from].clone();
            from += 1;
            for name in ["a", "b", "c", "x", "y"] {
                if history.iter().any(|word| word.starts_with(name)) {
                    continue;
                }
                for word in [name.to_owned(), format!("{name}'")] {
                    histories.push([history.as_slice(), &[word]].concat());
                }
            }
        }
        assert!(histories.len() > 6000);
        for history in histories {
            let text = history.join(" ");
            for (lock, sound) in
                [("", true), ("a", text.starts_with('a')), ("abc", text.starts_with("a b c"))]
            {
                let sound = sound && !history.iter().take(lock.len()).any(|word| word.ends_with('\''));
                let said = said(lock, &text);
                assert_eq!(said.is_empty(), sound, "{lock}: {text}: {said:?}");
                let mut places: Vec<&str> = said.iter().filter_map(|s| s.split(':').next()).collect();
                places.dedup();
                assert_eq!(places.len(), said.len(), "one thing of each kind in a place: {text}: {said:?}");
            }
        }
    }

    #[test]
    fn what_could_not_be_read_is_not_judged() {
        assert_eq!(said("abc", "a b? c"), [""; 0]);
        assert_eq!(said("abc", "a x? c"), [""; 0]);
    }
}
