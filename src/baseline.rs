//! A baseline: the history of a database that has the tables already, made by other means.
//!
//! Comes in: the declared migrations that are taken as applied. Goes out: what to write for each of them, or why not. It
//! must not know a driver: these look for tables and write rows.

use crate::error::Error;
use crate::first_words::created_table;
use crate::history::{NewRow, Row, check_format, down_text, now_ms};
use crate::migration::{Migration, Script};
use crate::report::Done;
use crate::script;

/// Migrations that are taken as applied.
pub(crate) struct Baseline {
    members: Vec<Member>,
}

struct Member {
    migration: &'static Migration,
    script: &'static Script,
}

impl Baseline {
    /// Of these migrations, each with its script for the database.
    pub(crate) fn new(
        migrations: &'static [&'static Migration],
        script: impl Fn(&'static Migration) -> Result<&'static Script, Error>,
    ) -> Result<Self, Error> {
        let member = |migration: &&'static Migration| Ok(Member { migration, script: script(migration)? });
        Ok(Baseline { members: migrations.iter().map(member).collect::<Result<_, Error>>()? })
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The name of the last migration.
    pub(crate) fn last(&self) -> String {
        self.members.last().map_or_else(String::new, |member| member.migration.name.to_owned())
    }

    /// Refuses a database whose history has begun.
    pub(crate) fn refuse_begun(table: &str, rows: &[Row]) -> Result<(), Error> {
        check_format(table, rows.last())?;
        match rows.last() {
            None => Ok(()),
            Some(last) => {
                Err(Error::HistoryBegun { history_table: table.to_owned(), last: last.name.clone() })
            }
        }
    }

    /// The tables that the migrations create, of which some are there if they ever ran.
    pub(crate) fn created(&self) -> Vec<String> {
        let jobs = self.members.iter().flat_map(|member| script::jobs(member.script.up));
        jobs.filter_map(|job| job.sql().and_then(created_table)).collect()
    }

    /// The rows to write, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = NewRow> + '_ {
        let applied_at = now_ms();
        self.members.iter().enumerate().map(move |(index, Member { migration, script })| NewRow {
            position: index as i64 + 1,
            migration,
            applied_at,
            duration_ms: 0,
            steps_done: script::jobs(script.up).len() as i64,
            progress: None,
            down: down_text(script),
        })
    }

    /// The same for the report.
    pub(crate) fn done(&self) -> Vec<Done> {
        let done = |member: &Member| Done {
            migration: member.migration.name.to_owned(),
            took: std::time::Duration::ZERO,
        };
        self.members.iter().map(done).collect()
    }
}
