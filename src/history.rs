//! The history table: what a row of it holds, and what its rows mean against the declared history.
//!
//! Comes in: rows that a driver has read, and the static history. Goes out: what is pending, or the error
//! that says why nothing may be done. Everything in here is pure: the drivers read and write the table.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::call;
use crate::error::Error;
use crate::migration::{Down, Migration, Script};
use crate::progress::{Progress, Way};
use crate::report::{MigrationStatus, State, Status};
use crate::script::{self, Job};

/// The version of the table's own layout, which every row carries. A row with a higher number was written by
/// a version of this crate that may give it another meaning.
pub(crate) const FORMAT: i64 = 1;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// From 1, without gaps.
    pub(crate) position: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
    pub(crate) chain: String,
    /// Milliseconds since 1970.
    pub(crate) applied_at: i64,
    pub(crate) duration_ms: i64,
    pub(crate) format: i64,
    /// How far the migration has come, if it is not done: the text of a [`Progress`].
    pub(crate) progress: Option<String>,
}

/// A row that is to be written.
#[derive(Debug)]
pub(crate) struct NewRow {
    pub(crate) position: i64,
    pub(crate) migration: &'static Migration,
    pub(crate) applied_at: i64,
    pub(crate) duration_ms: i64,
    pub(crate) steps_done: i64,
    /// Where it stands, if it is not done in this transaction.
    pub(crate) progress: Option<Progress>,
    /// The text of [`script::write`], or nothing where there is no way back.
    pub(crate) down: Option<String>,
}

impl Row {
    /// The row as it is written with that progress, none at the end of the way; `since` is when the step was begun.
    pub(crate) fn come_to(&self, progress: Option<&Progress>, since: Instant) -> Row {
        Row {
            progress: progress.map(Progress::text),
            duration_ms: self.duration_ms.saturating_add(in_ms(since.elapsed())),
            applied_at: if progress.is_none() { now_ms() } else { self.applied_at },
            ..self.clone()
        }
    }

    /// Refuses a write that found other rows than this one: it is looked for as it was read.
    pub(crate) fn written_once(&self, table: &str, rows: usize) -> Result<(), Error> {
        self.found_once(table, rows, "was changed meanwhile")
    }

    /// Refuses a deletion that found other rows than this one.
    pub(crate) fn deleted_once(&self, table: &str, rows: usize) -> Result<(), Error> {
        self.found_once(table, rows, "was not there to delete")
    }

    fn found_once(&self, table: &str, rows: usize, otherwise: &str) -> Result<(), Error> {
        match rows {
            1 => Ok(()),
            _ => Err(Error::HistoryTable {
                table: table.to_owned(),
                problem: format!("the row of `{}` {otherwise}", self.name),
            }),
        }
    }

    /// How far the migration has come, if it is not done.
    pub(crate) fn progress(&self, table: &str) -> Result<Option<Progress>, Error> {
        let Some(text) = &self.progress else { return Ok(None) };
        let unreadable = || Error::HistoryTable {
            table: table.to_owned(),
            problem: format!("how far `{}` has come cannot be read", self.name),
        };
        Progress::read(text).map(Some).ok_or_else(unreadable)
    }
}

impl NewRow {
    /// The row as it is read back.
    pub(crate) fn row(&self) -> Row {
        Row {
            position: self.position,
            name: self.migration.name.to_owned(),
            checksum: self.migration.checksum.to_owned(),
            chain: self.migration.chain.to_owned(),
            applied_at: self.applied_at,
            duration_ms: self.duration_ms,
            format: FORMAT,
            progress: self.progress.as_ref().map(Progress::text),
        }
    }
}

/// What the rows mean.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The rows are the first so many migrations of the declared history.
    Prefix(usize),
    /// The migration at this index was edited after it was applied.
    Changed(usize),
    /// All declared migrations are applied, and there are more from this index on.
    Newer(usize),
    /// The two are equal before this index and differ at it.
    Forked(usize),
}

/// Compares the rows, in order, with the declared history.
pub(crate) fn compare(rows: &[Row], declared: &[&'static Migration]) -> Finding {
    for (index, row) in rows.iter().enumerate() {
        match declared.get(index) {
            None => return Finding::Newer(index),
            Some(migration) if migration.name != row.name => return Finding::Forked(index),
            Some(migration) if migration.checksum != row.checksum => return Finding::Changed(index),
            Some(_) => {}
        }
    }
    Finding::Prefix(rows.len())
}

/// What a run has before it.
#[derive(Debug)]
pub(crate) struct Todo {
    /// How many migrations are applied.
    pub(crate) applied: usize,
    /// Migrations to apply, in order.
    pub(crate) pending: &'static [&'static Migration],
    /// Where the first of them was cut off, if it was begun.
    pub(crate) begun: Option<Progress>,
    /// Names that only the database has.
    pub(crate) unknown: Vec<String>,
}

/// The migrations to apply up to and including index `stop`, or why none may be.
pub(crate) fn todo(
    table: &str,
    rows: &[Row],
    declared: &'static [&'static Migration],
    stop: usize,
    allow_newer: bool,
) -> Result<Todo, Error> {
    let names = |from: usize| rows[from..].iter().map(|row| row.name.clone()).collect::<Vec<_>>();
    let before = |index: usize| index.checked_sub(1).map(|i| rows[i].name.clone());
    match compare(rows, declared) {
        Finding::Prefix(count) => {
            let begun = begun(table, rows)?;
            if begun.as_ref().is_some_and(|progress| progress.way != Way::Up) {
                return Err(Error::HalfReverted { migration: rows[count - 1].name.clone() });
            }
            let applied = count - usize::from(begun.is_some());
            let pending = declared.get(applied..stop).unwrap_or(&[]);
            Ok(Todo { applied, begun: begun.filter(|_| !pending.is_empty()), pending, unknown: Vec::new() })
        }
        Finding::Newer(index) if allow_newer => {
            Ok(Todo { applied: rows.len(), pending: &[], begun: None, unknown: names(index) })
        }
        Finding::Newer(index) => {
            Err(Error::DatabaseIsNewer { last_known: before(index), unknown: names(index) })
        }
        Finding::Changed(index) => Err(Error::Changed {
            migration: rows[index].name.clone(),
            applied: rows[index].checksum.clone(),
            declared: declared[index].checksum.to_owned(),
        }),
        Finding::Forked(index) => Err(Error::Forked {
            after: before(index),
            database: names(index),
            declared: declared[index..].iter().map(|m| m.name.to_owned()).collect(),
        }),
    }
}

/// Where the last migration stands, if it is not done. Nothing is applied behind one that is not.
pub(crate) fn begun(table: &str, rows: &[Row]) -> Result<Option<Progress>, Error> {
    let Some((last, before)) = rows.split_last() else { return Ok(None) };
    match before.iter().find(|row| row.progress.is_some()) {
        None => last.progress(table),
        Some(row) => Err(Error::HistoryTable {
            table: table.to_owned(),
            problem: format!("`{}` is not done, and other migrations stand behind it", row.name),
        }),
    }
}

/// Which way a row's migration is to be reverted from where it stands; `declared` is what this program does for it.
pub(crate) fn way_back(
    table: &str,
    row: &Row,
    declared: Option<(&Migration, &Script)>,
) -> Result<Progress, Error> {
    match row.progress(table)? {
        None => Ok(Progress::begin(Way::Down)),
        Some(progress) if progress.way != Way::Up => Ok(progress),
        Some(progress) => {
            let same = declared.filter(|(migration, _)| migration.checksum == row.checksum);
            match same.is_some_and(|(_, script)| script::are_indexes(&script::jobs(script.up))) {
                true => Ok(Progress::begin(Way::Back)),
                false => Err(Error::Unfinished { migration: row.name.clone(), done: progress.step }),
            }
        }
    }
}

/// Refuses rows whose meaning this version cannot know.
pub(crate) fn check_format(table: &str, row: Option<&Row>) -> Result<(), Error> {
    match row {
        Some(row) if row.format != FORMAT => Err(Error::HistoryTable {
            table: table.to_owned(),
            problem: format!("its rows have the layout {}, this version knows {FORMAT}", row.format),
        }),
        _ => Ok(()),
    }
}

/// The rows to take back, newest first, out of rows in order: all that stand after `keep`.
pub(crate) fn to_revert<'r>(rows: &'r [Row], how: &crate::Revert<'_>) -> Result<Vec<&'r Row>, Error> {
    let keep = match how {
        crate::Revert::All => 0,
        crate::Revert::Last(count) => rows.len().saturating_sub(*count),
        crate::Revert::To(name) => match rows.iter().position(|row| row.name == *name) {
            Some(index) => index + 1,
            None => {
                return Err(Error::UnknownMigration {
                    migration: (*name).to_owned(),
                    last: rows.last().map(|row| row.name.clone()),
                });
            }
        },
    };
    Ok(rows[keep..].iter().rev().collect())
}

/// The steps that take a migration back, from what was stored when it was applied; `declared` is what this program has of
/// it, and what it calls.
pub(crate) fn stored_down(
    table: &str,
    row: &Row,
    down: Option<&str>,
    declared: Option<&Script>,
) -> Result<Vec<Job>, Error> {
    let Some(text) = down else {
        let reason = declared.and_then(|script| match script.down {
            Down::Irreversible(reason) => Some(reason.to_owned()),
            Down::Steps(_) => None,
        });
        return Err(Error::Irreversible { migration: row.name.clone(), reason });
    };
    let mut jobs = script::read(text).ok_or_else(|| Error::HistoryTable {
        table: table.to_owned(),
        problem: format!("the stored way back of `{}` cannot be read", row.name),
    })?;
    call::find(&row.name, &mut jobs, declared)?;
    Ok(jobs)
}

/// The text to store for a script's way back.
pub(crate) fn down_text(script: &Script) -> Option<String> {
    match script.down {
        Down::Steps(steps) => Some(script::write(&script::jobs(steps))),
        Down::Irreversible(_) => None,
    }
}

/// A step that the compiler puts elsewhere: somebody changed what is stored.
pub(crate) fn misplaced(table: &str, migration: &str) -> Error {
    Error::HistoryTable {
        table: table.to_owned(),
        problem: format!("`{migration}` holds a step that cannot stand there"),
    }
}

/// Every migration of either side.
pub(crate) fn status(table: &str, rows: &[Row], declared: &[&'static Migration]) -> Result<Status, Error> {
    begun(table, rows)?;
    let mut migrations = Vec::new();
    for row in rows {
        let at = UNIX_EPOCH + Duration::from_millis(row.applied_at.max(0).unsigned_abs());
        let state = match declared.iter().find(|m| m.name == row.name) {
            None => State::Unknown { at },
            Some(m) if m.checksum != row.checksum => State::Changed { at },
            Some(_) if row.progress.is_some() => State::Unfinished { at },
            Some(_) => {
                State::Applied { at, took: Duration::from_millis(row.duration_ms.max(0).unsigned_abs()) }
            }
        };
        migrations.push(MigrationStatus { migration: row.name.clone(), state });
    }
    for migration in declared {
        if !rows.iter().any(|row| row.name == migration.name) {
            migrations.push(MigrationStatus { migration: migration.name.to_owned(), state: State::Pending });
        }
    }
    Ok(Status { migrations })
}

/// Now, as the table stores it.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A duration as the table stores it.
pub(crate) fn in_ms(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Revert;
    use crate::migration::construct::migration;

    static A: Migration = migration("a", "a.rs", "1", "c1", None, None);
    static B: Migration = migration("b", "b.rs", "2", "c2", None, None);
    static C: Migration = migration("c", "c.rs", "3", "c3", None, None);
    static ALL: &[&Migration] = &[&A, &B, &C];

    fn rows(of: &[(&str, &str)]) -> Vec<Row> {
        of.iter()
            .enumerate()
            .map(|(i, (name, checksum))| Row {
                position: i as i64 + 1,
                name: (*name).to_owned(),
                checksum: (*checksum).to_owned(),
                chain: String::new(),
                applied_at: 0,
                duration_ms: 0,
                format: FORMAT,
                progress: None,
            })
            .collect()
    }

    #[test]
    fn every_finding_is_told_apart() {
        let found = |of: &[(&str, &str)]| compare(&rows(of), ALL);
        assert_eq!(found(&[]), Finding::Prefix(0));
        assert_eq!(found(&[("a", "1"), ("b", "2")]), Finding::Prefix(2));
        assert_eq!(found(&[("a", "1"), ("b", "2"), ("c", "3")]), Finding::Prefix(3));
        assert_eq!(found(&[("a", "1"), ("b", "x")]), Finding::Changed(1));
        assert_eq!(found(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]), Finding::Newer(3));
        // A migration was added before an applied one.
        assert_eq!(found(&[("a", "1"), ("c", "3")]), Finding::Forked(1));
        // Another branch was deployed.
        assert_eq!(found(&[("a", "1"), ("x", "9")]), Finding::Forked(1));
        // An earlier edit comes before a later fork.
        assert_eq!(found(&[("a", "x"), ("z", "9")]), Finding::Changed(0));
    }

    #[test]
    fn a_target_bounds_what_is_pending() {
        let pending = |of: &[(&str, &str)], stop| {
            let todo = todo("t", &rows(of), ALL, stop, false).unwrap();
            todo.pending.iter().map(|m| m.name).collect::<Vec<_>>()
        };
        assert_eq!(pending(&[], 3), ["a", "b", "c"]);
        assert_eq!(pending(&[("a", "1")], 2), ["b"]);
        assert_eq!(pending(&[("a", "1"), ("b", "2")], 1), [""; 0]);
    }

    #[test]
    fn what_was_cut_off_goes_on() {
        let mut rows = rows(&[("a", "1"), ("b", "2")]);
        rows[1].progress = Some("up 3 started".to_owned());
        let found = |rows: &[Row], stop| todo("t", rows, ALL, stop, false);
        let now = found(&rows, 3).unwrap();
        assert_eq!((now.applied, now.pending.len()), (1, 2));
        assert_eq!(now.begun.unwrap().step, 3);
        let earlier = found(&rows, 1).unwrap();
        assert_eq!((earlier.applied, earlier.pending.len(), earlier.begun), (1, 0, None));
        rows[1].progress = Some("down 0".to_owned());
        assert!(matches!(found(&rows, 3), Err(Error::HalfReverted { migration }) if migration == "b"));
        rows[1].progress = Some("up".to_owned());
        assert!(matches!(found(&rows, 3), Err(Error::HistoryTable { .. })));
        rows[1].progress = None;
        rows[0].progress = Some("up 0".to_owned());
        assert!(matches!(found(&rows, 3), Err(Error::HistoryTable { .. })));
    }

    #[test]
    fn a_newer_database_is_accepted_on_request_alone() {
        let rows = rows(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
        assert!(matches!(todo("t", &rows, ALL, 3, false), Err(Error::DatabaseIsNewer { .. })));
        let todo = todo("t", &rows, ALL, 3, true).unwrap();
        assert_eq!((todo.pending.len(), todo.unknown), (0, vec!["d".to_owned()]));
    }

    #[test]
    fn a_revert_goes_from_the_end() {
        let rows = rows(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let names = |how| to_revert(&rows, &how).unwrap().iter().map(|r| r.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(Revert::Last(2)), ["c", "b"]);
        assert_eq!(names(Revert::Last(9)), ["c", "b", "a"]);
        assert_eq!(names(Revert::To("c")), [""; 0]);
        assert_eq!(names(Revert::To("a")), ["c", "b"]);
        assert_eq!(names(Revert::All), ["c", "b", "a"]);
        assert!(matches!(to_revert(&rows, &Revert::To("z")), Err(Error::UnknownMigration { .. })));
    }

    #[test]
    fn the_status_shows_both_sides() {
        let mut rows = rows(&[("a", "x"), ("b", "2"), ("z", "9")]);
        let status = |rows: &[Row]| status("t", rows, ALL).unwrap();
        let current = status(&rows[..0]).is_current();
        assert!(!current);
        rows[1].progress = Some("up 0".to_owned());
        assert!(matches!(super::status("t", &rows, ALL), Err(Error::HistoryTable { .. })));
        let unfinished = status(&rows[..2]);
        assert!(matches!(unfinished.migrations[1].state, State::Unfinished { .. }));
        rows[1].progress = None;
        let status = status(&rows);
        let states: Vec<_> = status
            .migrations
            .iter()
            .map(|m| match m.state {
                State::Applied { .. } => "applied",
                State::Pending => "pending",
                State::Changed { .. } => "changed",
                State::Unknown { .. } => "unknown",
                State::Unfinished { .. } => "unfinished",
            })
            .collect();
        assert_eq!(states, ["changed", "applied", "unknown", "pending"]);
    }
}
