//! What a verb answers: the report of a run or a revert, and the status.
//!
//! Comes in: names, times and states. Goes out: values to look at, and the text that a user sees. It must not
//! know about drivers.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::event::{Direction, Took};

/// What a run or a revert did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// Whether migrations were applied or reverted.
    pub direction: Direction,
    /// What was done, in the order in which it was done.
    pub migrations: Vec<Done>,
    /// How many migrations are applied now.
    pub applied: usize,
    /// Migrations that the database has and this program does not know, where that was allowed.
    pub unknown: Vec<String>,
}

/// One migration that was applied or reverted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Done {
    /// The migration's name.
    pub migration: String,
    /// How long its steps took.
    pub took: Duration,
}

/// Every migration that the program or the database has, in order.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The migrations.
    pub migrations: Vec<MigrationStatus>,
}

/// One line of a [`Status`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// The migration's name.
    pub migration: String,
    /// How it stands.
    pub state: State,
}

/// How a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is applied.
    Applied {
        /// When.
        at: SystemTime,
        /// How long it took.
        took: Duration,
    },
    /// It is not applied.
    Pending,
    /// It stands outside of a transaction and was cut off, or is being applied or reverted now.
    Unfinished {
        /// When it was begun.
        at: SystemTime,
    },
    /// It is applied, and was edited afterwards.
    Changed {
        /// When it was applied.
        at: SystemTime,
    },
    /// The database has it and this program does not.
    Unknown {
        /// When it was applied.
        at: SystemTime,
    },
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }
}

impl Status {
    /// Whether everything that the program knows is applied as it stands, and nothing else is.
    pub fn is_current(&self) -> bool {
        self.migrations.iter().all(|m| matches!(m.state, State::Applied { .. }))
    }

    /// The migrations that are not applied, or not to their end.
    pub fn pending(&self) -> impl Iterator<Item = &MigrationStatus> {
        self.migrations.iter().filter(|m| matches!(m.state, State::Pending | State::Unfinished { .. }))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.direction {
            Direction::Up => "applied",
            Direction::Down => "reverted",
            Direction::Baseline => "recorded as applied:",
        };
        if self.migrations.is_empty() {
            let (count, noun) = counted(self.applied);
            write!(f, "nothing to do: {count} {noun} applied")?;
        } else {
            let (count, noun) = counted(self.migrations.len());
            let took = self.migrations.iter().map(|m| m.took).sum();
            write!(f, "{verb} {count} {noun}")?;
            if self.direction != Direction::Baseline {
                write!(f, " in {}", Took(took))?;
            }
            let width = self.migrations.iter().map(|m| m.migration.chars().count()).max().unwrap_or(0);
            for done in &self.migrations {
                match self.direction {
                    Direction::Baseline => write!(f, "\n  {}", done.migration)?,
                    _ => write!(f, "\n  {:width$}  {:>9}", done.migration, Took(done.took))?,
                }
            }
        }
        if !self.unknown.is_empty() {
            write!(f, "\nthe database is newer than this program; it also has:")?;
            for name in &self.unknown {
                write!(f, "\n  {name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.migrations.is_empty() {
            return f.write_str("no migrations");
        }
        let width = self.migrations.iter().map(|m| m.migration.chars().count()).max().unwrap_or(0);
        for (i, line) in self.migrations.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{:width$}  {}", line.migration, line.state)?;
        }
        Ok(())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Applied { at, took } => write!(f, "applied {} in {}", utc(*at), Took(*took)),
            State::Pending => f.write_str("pending"),
            State::Unfinished { at } => write!(f, "not done, begun {}", utc(*at)),
            State::Changed { at } => write!(f, "changed since it was applied {}", utc(*at)),
            State::Unknown { at } => write!(f, "unknown to this program, applied {}", utc(*at)),
        }
    }
}

fn counted(count: usize) -> (usize, &'static str) {
    (count, if count == 1 { "migration" } else { "migrations" })
}

/// `2026-11-23 09:05:07 UTC`; the calendar is worked out here because the standard library has none.
fn utc(at: SystemTime) -> String {
    let seconds = match at.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    };
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days from civil, backwards: eras of 400 years that begin on 1 March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02} UTC", second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_right() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(utc(at(0)), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(at(951_782_400)), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(at(1_795_424_707)), "2026-11-23 09:05:07 UTC");
        assert_eq!(utc(at(4_107_542_399)), "2100-02-28 23:59:59 UTC");
        assert_eq!(utc(at(4_107_542_400)), "2100-03-01 00:00:00 UTC");
    }

    #[test]
    fn a_report_reads_well() {
        let mut report = Report { direction: Direction::Up, migrations: vec![], applied: 2, unknown: vec![] };
        assert_eq!(report.to_string(), "nothing to do: 2 migrations applied");
        report.migrations = vec![
            Done { migration: "0001_users".into(), took: Duration::from_millis(3) },
            Done { migration: "0002_posts".into(), took: Duration::from_millis(1234) },
        ];
        assert_eq!(
            report.to_string(),
            "applied 2 migrations in 1237 ms\n  0001_users       3 ms\n  0002_posts    1234 ms"
        );
    }
}
