//! `migrate repair`: writes the lock anew, for a change of released migrations that its author means.
//!
//! The history table of a database is `mend`'s. No compile error can be answered with less thought, so it says what it would do, and asks.

use std::collections::HashMap;
use std::path::Path;

use migrate_core::source::lock::{self, Line, Lock};
use serde_json::{Value, json};

use super::mend;
use crate::args::{Common, Format, Repair};
use crate::failure::Failure;
use crate::source::{self, Loaded};
use crate::{confirm, layout, output, write};

pub fn run(common: &Common, args: &Repair) -> Result<(), Failure> {
    if args.database || args.connect.database_url.is_some() {
        return mend::run(common, args);
    }
    let (loaded, lock) = source::load_unlocked(common)?;
    let Some(lock) = lock else {
        let list = loaded.list.display();
        return Err(Failure::input(format!("the history in {list} has no `{}`", lock::NAME))
            .help("`migrate generate` releases its migrations"));
    };
    let path = lock.path.display();
    let (lines, changes) = mended(&loaded, &lock);
    if changes.is_empty() && lock.lines.is_ok() {
        return say(common, &[], &format!("{path} is as the migrations are\n"));
    }
    if args.dry_run {
        return say(common, &changes, &listed(&changes));
    }
    if !args.yes {
        ask(&lock.path, &changes)?;
    }
    write::whole(&lock.path, &lock::write(&lines))
        .map_err(|error| Failure::input(format!("cannot write {path}: {}", error.kind())))?;
    say(common, &changes, &format!("{}rewrote {path}\n", listed(&changes)))
}

/// One migration that the lock would say something else of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    kind: Kind,
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// It does something else.
    Changed,
    /// It had another name.
    Renamed(String),
    /// It stands elsewhere.
    Moved,
    /// It was not released.
    New,
    /// It is not in the history any more.
    Removed,
    /// Others were released before it.
    Linked,
}

impl Change {
    fn state(&self) -> &'static str {
        match self.kind {
            Kind::Changed => "changed",
            Kind::Renamed(_) => "renamed",
            Kind::Moved => "moved",
            Kind::New => "new",
            Kind::Removed => "removed",
            Kind::Linked => "follows others",
        }
    }

    fn line(&self) -> String {
        let (state, name) = (self.state(), output::printable(&self.name));
        match &self.kind {
            Kind::Renamed(from) => format!("{state}: {name}, released as {}\n", output::printable(from)),
            _ => format!("{state}: {name}\n"),
        }
    }

    fn object(&self) -> Value {
        let from = match &self.kind {
            Kind::Renamed(from) => Some(from),
            _ => None,
        };
        json!({"name": self.name, "state": self.state(), "released_as": from})
    }
}

/// The lock as it should be: up to the last migration that was released, or all of them where that cannot be known.
fn mended(loaded: &Loaded, lock: &Lock) -> (Vec<Line>, Vec<Change>) {
    let mut lines = layout::lock(&loaded.compiled);
    let Ok(old) = &lock.lines else {
        let new = |line: &Line| Change { kind: Kind::New, name: line.name.clone() };
        let changes = lines.iter().map(new).collect();
        return (lines, changes);
    };
    let mut changes = compare(old, &lines);
    let is_new = |line: &Line| changes.iter().any(|c| c.kind == Kind::New && c.name == line.name);
    lines.truncate(lines.iter().rposition(|line| !is_new(line)).map_or(0, |last| last + 1));
    changes.retain(|change| change.kind != Kind::New || lines.iter().any(|line| line.name == change.name));
    if changes.is_empty() {
        let linked = old.iter().zip(&lines).filter(|(old, new)| old.chain != new.chain);
        changes.extend(linked.map(|(_, new)| Change { kind: Kind::Linked, name: new.name.clone() }));
    }
    (lines, changes)
}

/// What differs, migration by migration: in the order of the new lock, then what only the old one has.
fn compare(old: &[Line], new: &[Line]) -> Vec<Change> {
    let names = |lines: &[Line]| -> HashMap<String, Line> {
        lines.iter().map(|line| (line.name.clone(), line.clone())).collect()
    };
    let (before, after) = (names(old), names(new));
    let mut gone: Vec<&Line> = old.iter().filter(|line| !after.contains_key(&line.name)).collect();
    // The order among those that both have: one that was put in before the others does not move them.
    let stayed = |lines: &[Line]| -> Vec<String> {
        let both = |l: &&Line| before.contains_key(&l.name) && after.contains_key(&l.name);
        lines.iter().filter(both).map(|l| l.name.clone()).collect()
    };
    let (from, to) = (stayed(old), stayed(new));
    let moved = |name: &String| {
        let at = |names: &[String]| names.iter().position(|n| n == name);
        at(&from) != at(&to)
    };
    let mut changes = Vec::new();
    for line in new {
        let kind = match before.get(&line.name) {
            Some(old) if old.checksum != line.checksum => Kind::Changed,
            Some(_) if moved(&line.name) => Kind::Moved,
            Some(_) => continue,
            None => match gone.iter().position(|g| g.checksum == line.checksum) {
                Some(at) => Kind::Renamed(gone.remove(at).name.clone()),
                None => Kind::New,
            },
        };
        changes.push(Change { kind, name: line.name.clone() });
    }
    changes.extend(gone.iter().map(|line| Change { kind: Kind::Removed, name: line.name.clone() }));
    changes
}

fn listed(changes: &[Change]) -> String {
    changes.iter().map(Change::line).collect()
}

fn ask(path: &Path, changes: &[Change]) -> Result<(), Failure> {
    if !confirm::somebody_is_there() {
        return Err(Failure::input("this changes what is taken as released, and nobody can be asked here")
            .help("`--yes` says that it may; `--dry-run` shows what would change"));
    }
    let lines: String = changes.iter().map(|change| format!("  {}", change.line())).collect();
    output::report(&format!(
        "{} would take this as released:\n{lines}a database that ran them as they were refuses the history from then \
         on\ntype `yes` to go on: ",
        path.display()
    ));
    match confirm::agreed() {
        true => Ok(()),
        false => Err(Failure::refused("not confirmed: nothing was written")),
    }
}

fn say(common: &Common, changes: &[Change], text: &str) -> Result<(), Failure> {
    match common.format {
        Format::Text => output::result(text),
        Format::Json => output::json(&changes.iter().map(Change::object).collect()),
    }
}
