//! A repair: what applied migrations are taken for, after they were edited or renamed on purpose.
//!
//! Comes in: the rows of the history table, their ways back, and the declared history. Goes out: what each row would say, or why
//! it cannot say that. It must not know a driver: these read and write the rows.

use crate::error::Error;
use crate::history::{Row, begun, check_format, down_text};
use crate::migration::{Migration, Script};
use crate::progress::Way;
use crate::script;

/// What [`Runner::repair`](crate::Runner::repair) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// Tells what it would write, and writes nothing.
    Show,
    /// Writes it.
    Write,
}

/// What a repair wrote, or would write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// The migrations whose rows are not what they should be, in order.
    pub migrations: Vec<Mended>,
}

/// One migration of a [`Repaired`]. Where nothing else is said of it, it stands behind one that is another now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mended {
    /// The migration's name.
    pub migration: String,
    /// The name that it was applied by, if that was another one.
    pub applied_as: Option<String>,
    /// Whether it does something else than what was applied.
    pub changed: bool,
    /// Whether its way back is another one.
    pub way_back: bool,
}

/// A row as it stands, and as it should be.
#[derive(Debug)]
pub(crate) struct Mending {
    pub(crate) row: Row,
    pub(crate) migration: &'static Migration,
    pub(crate) down: Option<String>,
    way_back: bool,
}

impl Mending {
    /// The row as it is afterwards.
    pub(crate) fn after(&self) -> Row {
        let Migration { name, checksum, chain, .. } = self.migration;
        let [name, checksum, chain] = [name, checksum, chain].map(|text| (*text).to_owned());
        Row { name, checksum, chain, ..self.row.clone() }
    }

    fn mended(&self) -> Mended {
        let (row, migration) = (&self.row, self.migration);
        Mended {
            migration: migration.name.to_owned(),
            applied_as: (row.name != migration.name).then(|| row.name.clone()),
            changed: row.checksum != migration.checksum,
            way_back: self.way_back,
        }
    }
}

impl Repaired {
    pub(crate) fn new(mendings: &[Mending]) -> Self {
        Repaired { migrations: mendings.iter().map(Mending::mended).collect() }
    }

    /// Whether there is nothing to mend.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }
}

/// The rows that are not what they should be. A row keeps its place: what one side alone has, or has elsewhere, no repair can
/// make right, because what the database went through would still be another history.
pub(crate) fn plan(
    table: &str,
    rows: Vec<Row>,
    downs: Vec<Option<String>>,
    declared: &'static [&'static Migration],
    script: impl Fn(&'static Migration) -> Result<&'static Script, Error>,
) -> Result<Vec<Mending>, Error> {
    check_format(table, rows.last())?;
    if let (Some(progress), Some(last)) = (begun(table, &rows)?, rows.last()) {
        let migration = last.name.clone();
        return Err(match progress.way {
            Way::Up => Error::Unfinished { migration, done: progress.step },
            Way::Down | Way::Back => Error::HalfReverted { migration },
        });
    }
    let forked = |index: usize| Error::Forked {
        after: index.checked_sub(1).map(|last| rows[last].name.clone()),
        database: rows[index..].iter().map(|row| row.name.clone()).collect(),
        declared: declared[index..].iter().map(|m| m.name.to_owned()).collect(),
    };
    for (index, row) in rows.iter().enumerate() {
        let Some(migration) = declared.get(index) else {
            return Err(Error::DatabaseIsNewer {
                last_known: index.checked_sub(1).map(|last| rows[last].name.clone()),
                unknown: rows[index..].iter().map(|row| row.name.clone()).collect(),
            });
        };
        let elsewhere =
            declared.iter().any(|m| m.name == row.name) || rows.iter().any(|r| r.name == migration.name);
        let renamed = row.checksum == migration.checksum && !elsewhere;
        if row.name != migration.name && !renamed {
            return Err(forked(index));
        }
    }
    let mut mendings = Vec::new();
    for ((row, found), migration) in rows.into_iter().zip(downs).zip(declared) {
        let down = down_text(script(migration)?);
        let way_back = !same_way(down.as_deref(), found.as_deref());
        let mending = Mending { row, migration, down, way_back };
        if way_back || mending.after() != mending.row {
            mendings.push(mending);
        }
    }
    Ok(mendings)
}

/// Whether two stored ways back do the same; where their statements stood in a file makes no difference.
fn same_way(one: Option<&str>, other: Option<&str>) -> bool {
    let works = |text| script::read(text).map(|jobs| jobs.into_iter().map(|j| j.work).collect::<Vec<_>>());
    match (one, other) {
        (Some(one), Some(other)) => one == other || works(one).is_some_and(|work| works(other) == Some(work)),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::FORMAT;
    use crate::migration::construct::{down, migration, script};

    static SCRIPT: Script = script(&[], down(&[]));
    static A: Migration = migration("a", "a.rs", "1", "c1", Some(&SCRIPT), None);
    static B: Migration = migration("b", "b.rs", "2", "c2", Some(&SCRIPT), None);
    static C: Migration = migration("c", "c.rs", "3", "c3", Some(&SCRIPT), None);
    static ALL: &[&Migration] = &[&A, &B, &C];

    fn mended(of: &[(&str, &str, &str)]) -> Result<Vec<Mended>, Error> {
        let row = |(index, (name, checksum, chain)): (usize, &(&str, &str, &str))| Row {
            position: index as i64 + 1,
            name: (*name).to_owned(),
            checksum: (*checksum).to_owned(),
            chain: (*chain).to_owned(),
            applied_at: 7,
            duration_ms: 8,
            format: FORMAT,
            progress: None,
        };
        let rows: Vec<Row> = of.iter().enumerate().map(row).collect();
        let downs = vec![down_text(&SCRIPT); rows.len()];
        let mendings = plan("t", rows, downs, ALL, |m| Ok(m.sqlite().expect("a script")))?;
        Ok(Repaired::new(&mendings).migrations)
    }

    fn plain(name: &str) -> Mended {
        Mended { migration: name.to_owned(), applied_as: None, changed: false, way_back: false }
    }

    #[test]
    fn rows_that_are_right_are_left_alone() {
        assert_eq!(mended(&[]).unwrap(), []);
        assert_eq!(mended(&[("a", "1", "c1"), ("b", "2", "c2")]).unwrap(), []);
    }

    #[test]
    fn a_way_back_is_what_it_does() {
        use crate::migration::construct::statement;
        let text = |steps| down_text(Box::leak(Box::new(script(&[], down(steps)))));
        let [here, there] =
            [text(const { &[statement(1, 5, "x")] }), text(const { &[statement(9, 1, "x")] })];
        let other = text(const { &[statement(1, 5, "y")] });
        assert!(here != there && same_way(here.as_deref(), there.as_deref()));
        assert!(!same_way(here.as_deref(), other.as_deref()));
        assert!(!same_way(here.as_deref(), None) && !same_way(here.as_deref(), Some("broken")));
        assert!(same_way(None, None));
    }

    #[test]
    fn edits_and_names_are_mended_with_all_that_follows() {
        let changed = Mended { changed: true, ..plain("a") };
        assert_eq!(mended(&[("a", "0", "x"), ("b", "2", "y")]).unwrap(), [changed, plain("b")]);
        let renamed = Mended { applied_as: Some("z".to_owned()), ..plain("b") };
        assert_eq!(mended(&[("a", "1", "c1"), ("z", "2", "x")]).unwrap(), [renamed]);
    }

    #[test]
    fn another_history_is_not_mended() {
        let refused = |of: &[(&str, &str, &str)]| mended(of).unwrap_err();
        // Edited and renamed at once: nothing says that it is the same.
        assert!(matches!(refused(&[("z", "9", "x")]), Error::Forked { .. }));
        // Elsewhere.
        assert!(matches!(refused(&[("b", "2", "x"), ("a", "1", "y")]), Error::Forked { .. }));
        // The same checksum under a name that stands elsewhere.
        assert!(matches!(refused(&[("b", "1", "x")]), Error::Forked { .. }));
        assert!(matches!(refused(&[("a", "1", "c1"), ("c", "3", "x")]), Error::Forked { .. }));
        let four = [("a", "1", "c1"), ("b", "2", "c2"), ("c", "3", "c3"), ("d", "4", "c4")];
        assert!(matches!(refused(&four), Error::DatabaseIsNewer { .. }));
    }

    #[test]
    fn one_that_was_cut_off_is_finished_first() {
        let row = Row {
            position: 1,
            name: "a".to_owned(),
            checksum: "0".to_owned(),
            chain: "x".to_owned(),
            applied_at: 0,
            duration_ms: 0,
            format: FORMAT,
            progress: Some("up 3 started".to_owned()),
        };
        let planned = plan("t", vec![row], vec![None], ALL, |m| Ok(m.sqlite().expect("a script")));
        assert!(matches!(planned, Err(Error::Unfinished { migration, done: 3 }) if migration == "a"));
    }
}
