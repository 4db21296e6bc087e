//! Running migrations: one transaction for each group of them.
//!
//! Comes in: what is pending, or what to revert. Goes out: the same, done and recorded, or an error with
//! everything rolled back. It must not decide what is pending: that is `crate::history`'s.

use std::time::Instant;

use rusqlite::Connection;

use super::checks::Violations;
use super::lock::{OwnWaiting, Switch, Transaction, patiently};
use super::{call, database_error, fresh, history, outside, probe, rebuild, refuse, while_doing};
use crate::call::all_here;
use crate::error::Error;
use crate::event::{Direction, Event};
use crate::first_words::{dropped_tables, moves_data};
use crate::fresh::Fresh;
use crate::history::{
    NewRow, begun, check_format, down_text, in_ms, misplaced, now_ms, stored_down, to_revert, todo, way_back,
};
use crate::migration::{Migration, Probe, Script};
use crate::probe::Preflight;
use crate::progress::{Progress, Way};
use crate::report::Done;
use crate::runner::{Revert, Settings};
use crate::script::{self, Job, JobWork, are_outside};

/// Migrations that share a transaction.
///
/// That is everything pending, with one exception. A rebuild needs foreign keys off, and then a delete or an
/// update of keys in another migration would not cascade. Where the database has or gets references with
/// actions, such migrations and those that rebuild tables do not share a transaction.
#[derive(Debug)]
pub(super) struct Group {
    /// What stands for the migrations before the members.
    fresh: Option<Fresh>,
    members: Vec<Member>,
    rebuilds: bool,
    /// Whether it is one migration whose steps stand outside of a transaction: then it is only begun.
    outside: bool,
}

#[derive(Debug)]
struct Member {
    migration: &'static Migration,
    script: &'static Script,
    jobs: Vec<Job>,
}

impl Group {
    /// The first group of what is pending.
    pub(super) fn first(
        connection: &Connection,
        settings: &mut Settings<'_>,
        applied: usize,
        pending: &'static [&'static Migration],
    ) -> Result<Self, Error> {
        let fresh = fresh::first(connection, settings, applied, pending)?;
        let pending = &pending[fresh.map_or(0, |fresh| fresh.len())..];
        let mut members = Vec::with_capacity(pending.len());
        for &migration in pending {
            let script = script(migration)?;
            all_here(migration.name, script.up)?;
            members.push(Member { migration, script, jobs: script::jobs(script.up) });
        }
        let jobs: Vec<&[Job]> = members.iter().map(|member| member.jobs.as_slice()).collect();
        let made = fresh.map_or(&[][..], |fresh| fresh.statements);
        let fitting = match fresh.is_some() && members.first().is_some_and(|m| are_outside(&m.jobs)) {
            true => 0,
            false => fitting(connection, settings, made, &jobs)?,
        };
        members.truncate(fitting);
        let rebuilds = members.iter().any(|member| foreign_keys_off(&member.jobs));
        let outside = members.first().is_some_and(|member| are_outside(&member.jobs));
        Ok(Group { fresh, members, rebuilds, outside })
    }

    fn same_as(&self, other: &Group) -> bool {
        let names = |group: &Group| group.members.iter().map(|m| m.migration.name).collect::<Vec<_>>();
        let made = |group: &Group| group.fresh.map_or(0, |fresh| fresh.len());
        made(self) == made(other) && self.rebuilds == other.rebuilds && names(self) == names(other)
    }
}

/// What a migration does on SQLite, or that it was not compiled for it.
pub(super) fn script(migration: &'static Migration) -> Result<&'static Script, Error> {
    let missing = || Error::DialectMissing { migration: migration.name.to_owned(), dialect: "SQLite" };
    migration.sqlite().ok_or_else(missing)
}

/// How many of the migrations, from the first on, share a transaction; `made` is what it makes before them.
fn fitting(
    connection: &Connection,
    settings: &mut Settings<'_>,
    made: &[&str],
    migrations: &[&[Job]],
) -> Result<usize, Error> {
    if migrations.first().is_some_and(|jobs| are_outside(jobs)) {
        return Ok(1);
    }
    let mut rebuilds = None;
    let cascades = cascades(connection, settings, made, migrations)?;
    let end = migrations.iter().position(|jobs| {
        let needs = needs(jobs, cascades);
        let fits = (needs.is_none() || rebuilds.is_none() || needs == rebuilds) && !are_outside(jobs);
        rebuilds = rebuilds.or(needs);
        !fits
    });
    Ok(end.unwrap_or(migrations.len()))
}

/// Foreign keys off (true), on (false), or whichever.
fn needs(jobs: &[Job], cascades: bool) -> Option<bool> {
    if foreign_keys_off(jobs) {
        return Some(true);
    }
    let data = jobs.iter().any(|job| match &job.work {
        JobWork::Statement(sql) => moves_data(sql),
        JobWork::Raw(_) | JobWork::Call(_) | JobWork::Batches(_) => true,
        JobWork::Rebuild(_) | JobWork::Concurrently(_) => false,
    });
    (cascades && data).then_some(false)
}

/// Whether the steps need foreign keys off: a rebuild drops the old table, and dropping any table deletes its rows first,
/// which cascades, or fails where a child is dropped after its parent
/// (<https://www.sqlite.org/foreignkeys.html#fk_schemacommands>).
fn foreign_keys_off(jobs: &[Job]) -> bool {
    jobs.iter().any(|job| match &job.work {
        JobWork::Rebuild(_) => true,
        JobWork::Statement(sql) => !dropped_tables(sql).is_empty(),
        _ => false,
    })
}

/// Whether a table has, or one of the migrations gives it, a reference that acts when the other row changes.
fn cascades(
    connection: &Connection,
    settings: &mut Settings<'_>,
    made: &[&str],
    migrations: &[&[Job]],
) -> Result<bool, Error> {
    let acting = |sql: &str| {
        let sql = sql.to_ascii_uppercase();
        ["CASCADE", "SET NULL", "SET DEFAULT"].iter().any(|action| sql.contains(action))
    };
    let declared = migrations.iter().copied().flatten().any(|job| match &job.work {
        JobWork::Statement(sql) | JobWork::Raw(sql) => acting(sql),
        JobWork::Rebuild(rebuild) => acting(&rebuild.create),
        _ => false,
    });
    if declared || made.iter().any(|sql| acting(sql)) {
        return Ok(true);
    }
    // Outside of the transaction another process may hold the lock.
    patiently(settings, "list the references", || {
        connection
            .prepare(
                "SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name, 'main') AS f WHERE \
             s.type = 'table' AND (f.on_delete NOT IN ('NO ACTION', 'RESTRICT') OR f.on_update NOT IN ('NO \
             ACTION', 'RESTRICT'))",
            )
            .and_then(|mut statement| statement.exists([]))
    })
}

/// Applies a group, or does nothing and answers `None` where another process has changed what is pending.
pub(super) fn apply(
    connection: &Connection,
    settings: &mut Settings<'_>,
    stop: usize,
    group: &Group,
    preflight: &mut Preflight,
) -> Result<Option<Vec<Done>>, Error> {
    let table = settings.table.clone();
    refuse::journal_mode(connection, settings)?;

    // Before the transaction, which is the only place where this does something; dropped after it.
    let _foreign_keys = Switch::foreign_keys(connection, !group.rebuilds)?;
    let transaction = Transaction::begin(connection, settings)?;

    // Only now is nobody else writing: what was read before may be old.
    let rows = history::all(connection, &table).map_err(while_doing("read the history table"))?;
    check_format(&table, rows.last())?;
    let todo = todo(&table, &rows, settings.migrations, stop, settings.allow_newer)?;
    let pending = todo.pending;
    if pending.is_empty()
        || todo.begun.is_some()
        || !group.same_as(&Group::first(connection, settings, todo.applied, pending)?)
    {
        return Ok(None);
    }

    refuse_names(connection, &table, group.members.iter().flat_map(|member| &member.jobs))?;
    if let (true, None, Some(first)) = (rows.is_empty(), group.fresh, group.members.first()) {
        refuse::lost_history(connection, &table, &first.jobs)?;
    }
    let due = preflight.due(pending, todo.applied, Migration::sqlite, settings.ask_first);
    probe::none_in_the_way(connection, settings, &due)?;
    history::create(connection, &table)?;

    let jobs = group.members.iter().flat_map(|member| &member.jobs);
    let references = References::look(connection, settings, group.rebuilds, jobs);
    let mut done = Vec::with_capacity(group.members.len());
    let mut before = rows.len();
    if let Some(fresh) = &group.fresh {
        let Some(took) = fresh::apply(connection, settings, fresh)? else {
            // One by one, from the start of the transaction.
            settings.replay = true;
            return Ok(None);
        };
        done.extend(fresh.finished(settings, took));
        before += fresh.len();
    }
    for (index, member) in group.members.iter().enumerate() {
        let place =
            Place { migration: member.migration.name, file: member.migration.file, direction: Direction::Up };
        let start = Instant::now();
        // Outside of a transaction the row comes first: it tells how far the steps have come.
        if !group.outside {
            let late = preflight.late(member.script.probes);
            run_jobs(connection, settings, &place, &member.jobs, (member.script.probes, &late))?;
        }
        let row = NewRow {
            position: (before + index + 1) as i64,
            migration: member.migration,
            applied_at: now_ms(),
            duration_ms: in_ms(start.elapsed()),
            steps_done: if group.outside { 0 } else { member.jobs.len() as i64 },
            progress: group.outside.then(|| Progress::begin(Way::Up)),
            down: down_text(member.script),
        };
        history::insert(connection, &table, &row)?;
        if !group.outside {
            done.push(finished(settings, &place, start));
        }
    }
    if !references.hold(connection, settings, group.members.first().map_or("", |m| m.migration.name))? {
        return Ok(None);
    }

    if let Err(error) = transaction.commit(settings) {
        // An input/output error at the commit can come after it took effect: the table knows.
        let last = history::last(connection, &table).ok().flatten();
        let member = group.members.last().map(|member| member.migration);
        let chain = member.or(group.fresh.map(|fresh| fresh.last())).map(|migration| migration.chain);
        if last.is_none() || last.map(|row| row.chain).as_deref() != chain {
            return Err(error);
        }
    }
    Ok(Some(done))
}

/// What was taken back in one transaction.
#[derive(Debug)]
pub(super) struct Reverted {
    pub(super) done: Vec<Done>,
    /// How many migrations are applied now.
    pub(super) applied: usize,
    /// How many are to stay.
    pub(super) keep: usize,
    /// The last that is to stay.
    pub(super) last: Option<String>,
}

/// Takes migrations back, those that share a transaction, or does nothing and answers `None` where another process has
/// changed what there is to revert.
pub(super) fn revert(
    connection: &Connection,
    settings: &mut Settings<'_>,
    waiting: &OwnWaiting<'_>,
    how: Revert<'_>,
) -> Result<Option<Reverted>, Error> {
    let table = settings.table.clone();
    let planned = super::read_history(settings, || history::all(connection, &table))?;
    check_format(&table, planned.last())?;
    begun(&table, &planned)?;
    let chosen = to_revert(&planned, &how)?;
    let keep = planned.len() - chosen.len();
    let last = keep.checked_sub(1).map(|index| planned[index].name.clone());
    if chosen.is_empty() {
        return Ok(Some(Reverted { done: Vec::new(), applied: planned.len(), keep, last }));
    }
    // All of them can be reverted, or none is.
    let mut plans = Vec::with_capacity(chosen.len());
    let mut ways = Vec::with_capacity(chosen.len());
    for &row in &chosen {
        let declared = settings.declared(&row.name);
        let script = declared.and_then(|m| m.sqlite());
        let down = history::down(connection, &table, row.position)?;
        let progress = way_back(&table, row, declared.zip(script))?;
        ways.push(progress);
        plans.push((row, declared, stored_down(&table, row, down.as_deref(), script)?));
    }
    if let (Some((row, declared, jobs)), Some(progress)) = (plans.first(), ways.first())
        && are_outside(jobs)
    {
        let work = outside::Work::down(&table, row, *declared, jobs.clone());
        let done = outside::back(connection, settings, waiting, &work, row, progress.clone())?;
        let now =
            history::at(connection, &table, row.position).map_err(while_doing("read the history table"))?;
        // Another process took over, and is not done, or was cut off in its turn.
        if done.is_none() && now.is_some_and(|now| now.name == row.name) {
            return Ok(None);
        }
        let done = done.into_iter().collect();
        return Ok(Some(Reverted { done, applied: planned.len() - 1, keep, last }));
    }
    let jobs: Vec<&[Job]> = plans.iter().map(|(_, _, jobs)| jobs.as_slice()).collect();
    let fitting = fitting(connection, settings, &[], &jobs)?;
    plans.truncate(fitting);
    let rebuilds = plans.iter().any(|(_, _, jobs)| foreign_keys_off(jobs));

    refuse::journal_mode(connection, settings)?;
    let _foreign_keys = Switch::foreign_keys(connection, !rebuilds)?;
    let transaction = Transaction::begin(connection, settings)?;
    let rows = history::all(connection, &table).map_err(while_doing("read the history table"))?;
    if rows != planned {
        return Ok(None);
    }
    refuse_names(connection, &table, plans.iter().flat_map(|(_, _, jobs)| jobs))?;

    let jobs = plans.iter().flat_map(|(_, _, jobs)| jobs);
    let references = References::look(connection, settings, rebuilds, jobs);
    let mut done = Vec::with_capacity(plans.len());
    for (row, declared, jobs) in &plans {
        let stored = format!("the history table `{table}`");
        let place = Place {
            migration: &row.name,
            file: declared.map_or(stored.as_str(), |migration| migration.file),
            direction: Direction::Down,
        };
        let start = Instant::now();
        run_jobs(connection, settings, &place, jobs, (&[], &[]))?;
        history::delete(connection, &table, row)?;
        done.push(finished(settings, &place, start));
    }
    if !references.hold(connection, settings, plans.first().map_or("", |(row, ..)| row.name.as_str()))? {
        return Ok(None);
    }
    transaction.commit(settings)?;
    let applied = planned.len() - done.len();
    Ok(Some(Reverted { done, applied, keep, last }))
}

/// What is known of rows that refer to missing rows before a rebuild.
///
/// SQLite looks at every reference of the database for that, which takes as long as a quarter of the rebuild itself. So they are looked
/// at behind it alone, and where there are some then, all is rolled back and done again with a look before it. A
/// function of the application is not called twice for that.
enum References {
    /// Nothing is rebuilt.
    Kept,
    Unknown,
    Known(Violations),
}

impl References {
    fn look<'j>(
        connection: &Connection,
        settings: &Settings<'_>,
        rebuilds: bool,
        mut jobs: impl Iterator<Item = &'j Job>,
    ) -> References {
        match rebuilds {
            false => References::Kept,
            true if settings.look_first || jobs.any(|job| matches!(job.work, JobWork::Call(_))) => {
                References::Known(Violations::find(connection))
            }
            true => References::Unknown,
        }
    }

    /// Whether nothing refers to a missing row that did before, or an error; `false` where that has to be known first.
    fn hold(
        self,
        connection: &Connection,
        settings: &mut Settings<'_>,
        migration: &str,
    ) -> Result<bool, Error> {
        match self {
            References::Kept => Ok(true),
            References::Known(before) => Violations::find(connection).not_worse_than(&before).map(|()| true),
            References::Unknown if Violations::find(connection).is_none() => Ok(true),
            References::Unknown => {
                settings.look_first = true;
                settings.tell(Event::Retrying {
                    migration: migration.to_owned(),
                    attempt: 2,
                    reason: "rows refer to missing rows, and whether they did before is not known".to_owned(),
                });
                Ok(false)
            }
        }
    }
}

fn refuse_names<'j>(
    connection: &Connection,
    table: &'j str,
    jobs: impl Iterator<Item = &'j Job>,
) -> Result<(), Error> {
    let rebuilt = jobs.filter_map(|job| job.work.rebuild()).map(|rebuild| rebuild.table.as_str());
    refuse::shadowed(connection, std::iter::once(table).chain(rebuilt))
}

/// Whose steps are running, for messages.
pub(super) struct Place<'p> {
    pub(super) migration: &'p str,
    pub(super) file: &'p str,
    pub(super) direction: Direction,
}

impl Place<'_> {
    pub(super) fn failed(&self, job: &Job, sql: &str, error: rusqlite::Error) -> Error {
        job.failed(self.migration, self.file, sql, database_error(error))
    }

    fn transaction_ended(&self, job: &Job) -> Error {
        job.transaction_ended(self.migration, self.file, None)
    }
}

fn run_jobs(
    connection: &Connection,
    settings: &mut Settings<'_>,
    place: &Place<'_>,
    jobs: &[Job],
    (probes, late): (&'static [Probe], &[&'static Probe]),
) -> Result<(), Error> {
    settings.tell(Event::Started {
        migration: place.migration.to_owned(),
        direction: place.direction,
        steps: jobs.len(),
    });
    let dropped: Vec<String> = jobs.iter().filter_map(Job::sql).flat_map(dropped_tables).collect();
    for (index, job) in jobs.iter().enumerate() {
        probe::late(connection, settings, place, late, index)?;
        if let Some(sql) = job.sql() {
            refuse::drops_parent(connection, place.migration, sql, &dropped)?;
        }
        match &job.work {
            JobWork::Statement(sql) => {
                let done = connection.execute_batch(sql).map_err(|error| place.failed(job, sql, error));
                done.map_err(|error| {
                    probe::explained_here(connection, settings, place, (probes, index), error)
                })?;
            }
            JobWork::Raw(sql) => raw(connection, place, job, sql)?,
            JobWork::Call(function) if function.outside => {
                return Err(misplaced(&settings.table, place.migration));
            }
            JobWork::Call(function) => {
                settings.tell(Event::Calling {
                    migration: place.migration.to_owned(),
                    function: function.path.clone(),
                });
                call::call(connection, place, job, function)?;
            }
            JobWork::Batches(_) | JobWork::Concurrently(_) => {
                return Err(misplaced(&settings.table, place.migration));
            }
            JobWork::Rebuild(rebuild) => {
                let rows = rebuild::rebuild(connection, place, job, rebuild).map_err(|error| {
                    probe::explained_here(connection, settings, place, (probes, index), error)
                })?;
                settings.tell(Event::Copied {
                    migration: place.migration.to_owned(),
                    table: rebuild.table.clone(),
                    rows,
                });
            }
        }
        // Without the transaction, what follows would be kept statement by statement.
        if connection.is_autocommit() {
            return Err(place.transaction_ended(job));
        }
        settings.tell(Event::Step {
            migration: place.migration.to_owned(),
            step: index + 1,
            steps: jobs.len(),
        });
    }
    Ok(())
}

/// SQL of the author. A savepoint tells whether the transaction is still the same afterwards: a `COMMIT`
/// followed by a `BEGIN` would otherwise go unseen.
fn raw(connection: &Connection, place: &Place<'_>, job: &Job, sql: &str) -> Result<(), Error> {
    const SET: &str = "SAVEPOINT `__migrate_raw`";
    const RELEASE: &str = "RELEASE `__migrate_raw`";
    connection.execute_batch(SET).map_err(|error| place.failed(job, SET, error))?;
    connection.execute_batch(sql).map_err(|error| {
        if connection.is_autocommit()
            && matches!(error.sqlite_error_code(), None | Some(rusqlite::ErrorCode::Unknown))
        {
            place.transaction_ended(job)
        } else {
            place.failed(job, sql, error)
        }
    })?;
    connection.execute_batch(RELEASE).map_err(|_| place.transaction_ended(job))
}

pub(super) fn finished(settings: &mut Settings<'_>, place: &Place<'_>, start: Instant) -> Done {
    let took = start.elapsed();
    settings.tell(Event::Finished {
        migration: place.migration.to_owned(),
        direction: place.direction,
        took,
    });
    Done { migration: place.migration.to_owned(), took }
}
