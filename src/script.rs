//! The steps of a script as the drivers run them.
//!
//! Comes in: static steps, or the text of a history row. Goes out: owned steps. It must not know about databases.

mod text;

pub(crate) use text::{read, write};

use crate::call::{Call, CallJob};
use crate::error::{BoxError, DatabaseError, Error};
use crate::migration::{Batches, Concurrently, Rebuild, Step, Steps, Work};

/// One step, from either source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) work: JobWork,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JobWork {
    Statement(String),
    Raw(String),
    Rebuild(RebuildJob),
    Call(CallJob),
    Concurrently(IndexJob),
    Batches(UpdateJob),
}

/// The fields of [`Concurrently`], owned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct IndexJob {
    pub(crate) sql: String,
    pub(crate) table: String,
    pub(crate) index: String,
    pub(crate) drops: bool,
}

/// The fields of [`Batches`], owned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UpdateJob {
    pub(crate) table: String,
    pub(crate) rows: u64,
    pub(crate) update: String,
    pub(crate) condition: String,
    pub(crate) from: String,
    pub(crate) key: Vec<String>,
}

/// The fields of [`Rebuild`], owned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RebuildJob {
    pub(crate) table: String,
    pub(crate) work_table: String,
    pub(crate) columns: Vec<String>,
    pub(crate) known_indexes: Vec<String>,
    pub(crate) create: String,
    pub(crate) copy_columns: Vec<String>,
    pub(crate) copy_values: Vec<String>,
    pub(crate) keep_rowid: bool,
    pub(crate) indexes: Vec<String>,
}

impl Job {
    /// The SQL of a step that is nothing but SQL.
    pub(crate) fn sql(&self) -> Option<&str> {
        match &self.work {
            JobWork::Statement(sql) | JobWork::Raw(sql) => Some(sql),
            _ => None,
        }
    }

    /// The database refused this step.
    pub(crate) fn failed(&self, migration: &str, file: &str, sql: &str, source: DatabaseError) -> Error {
        Error::Statement {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            sql: sql.to_owned(),
            source,
        }
    }

    /// This step ended the migration's transaction; `source` is what a function said beside.
    pub(crate) fn transaction_ended(&self, migration: &str, file: &str, source: Option<BoxError>) -> Error {
        Error::TransactionEnded {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            function: self.function().map(str::to_owned),
            source,
        }
    }

    /// The function that this step calls gave an error.
    pub(crate) fn function_failed(&self, migration: &str, file: &str, source: BoxError) -> Error {
        Error::Function {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            function: self.function().unwrap_or_default().to_owned(),
            source,
        }
    }

    /// The function that this step calls went on after an error of the database.
    pub(crate) fn error_ignored(&self, migration: &str, file: &str) -> Error {
        Error::ErrorIgnored {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            function: self.function().unwrap_or_default().to_owned(),
        }
    }

    /// The function that this step calls changed the schema.
    pub(crate) fn schema_changed(&self, migration: &str, file: &str, objects: Vec<String>) -> Error {
        let kept = self.work.is_outside();
        Error::SchemaChanged {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            function: self.function().unwrap_or_default().to_owned(),
            objects,
            kept,
        }
    }

    /// The function that this step calls came back inside a transaction of its own.
    pub(crate) fn transaction_left(&self, migration: &str, file: &str) -> Error {
        Error::TransactionLeft {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            function: self.function().unwrap_or_default().to_owned(),
        }
    }

    /// The path of the function that this step calls.
    fn function(&self) -> Option<&str> {
        match &self.work {
            JobWork::Call(call) => Some(&call.path),
            _ => None,
        }
    }
}

impl JobWork {
    pub(crate) fn rebuild(&self) -> Option<&RebuildJob> {
        match self {
            JobWork::Rebuild(rebuild) => Some(rebuild),
            _ => None,
        }
    }

    /// Whether it is done outside of its migration's transaction.
    pub(crate) fn is_outside(&self) -> bool {
        match self {
            JobWork::Concurrently(_) | JobWork::Batches(_) => true,
            JobWork::Call(call) => call.outside,
            JobWork::Statement(_) | JobWork::Raw(_) | JobWork::Rebuild(_) => false,
        }
    }
}

impl RebuildJob {
    /// The statement that copies the rows, under `rowid` their numbers too. Both column lists are named, and `OR ABORT`
    /// stands above any conflict clause of the table, with which rows would vanish in silence. Nothing to copy fits an empty
    /// table; the count tells.
    pub(crate) fn copy(&self, rowid: Option<&str>) -> Option<String> {
        let table = quote(&self.table);
        let mut into: Vec<String> = rowid.map(quote).into_iter().collect();
        let mut from: Vec<String> =
            rowid.map(|name| format!("{table}.{}", quote(name))).into_iter().collect();
        into.extend(self.copy_columns.iter().map(|column| quote(column)));
        from.extend(self.copy_values.iter().cloned());
        (!into.is_empty()).then(|| {
            format!(
                "INSERT OR ABORT INTO main.{} ({}) SELECT {} FROM main.{table}",
                quote(&self.work_table),
                into.join(", "),
                from.join(", "),
            )
        })
    }

    /// The statement that drops the old table.
    pub(crate) fn drop(&self) -> String {
        format!("DROP TABLE main.{}", quote(&self.table))
    }

    /// The statement that gives the new table the name.
    pub(crate) fn rename(&self) -> String {
        format!("ALTER TABLE main.{} RENAME TO {}", quote(&self.work_table), quote(&self.table))
    }
}

/// The one way in which names are written into SQL for SQLite. Backticks, because it takes a name in double quotes that it
/// does not know for a string.
pub(crate) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

impl UpdateJob {
    /// The statement of the batch behind the rows up to `after` and up to those of `last`, both as the values of a row; none
    /// of a bound is the end of the table on that side.
    pub(crate) fn sql(&self, after: Option<&str>, last: Option<&str>) -> String {
        let mut conditions = Vec::new();
        if !self.condition.is_empty() {
            conditions.push(format!("({})", self.condition));
        }
        let key = self.key.join(", ");
        conditions.extend(after.map(|row| format!("({key}) > ({row})")));
        conditions.extend(last.map(|row| format!("({key}) <= ({row})")));
        match conditions.is_empty() {
            true => self.update.clone(),
            false => format!("{} WHERE {}", self.update, conditions.join(" AND ")),
        }
    }

    /// The query for the last row of the batch behind `after`, if the table goes on so far. `literal` makes SQL for the
    /// literal of a column.
    pub(crate) fn last_of_batch(&self, after: Option<&str>, literal: impl Fn(&str) -> String) -> String {
        let key = self.key.join(", ");
        let literals: Vec<String> = self.key.iter().map(|column| literal(column)).collect();
        let behind = after.map(|row| format!(" WHERE ({key}) > ({row})")).unwrap_or_default();
        format!(
            "SELECT {} FROM {}{behind} ORDER BY {key} LIMIT 1 OFFSET {}",
            literals.join(" || ', ' || "),
            self.from,
            self.rows.saturating_sub(1)
        )
    }
}

/// Whether steps are done outside of the migration's transaction: then all of them are.
pub(crate) fn are_outside(jobs: &[Job]) -> bool {
    jobs.iter().any(|job| job.work.is_outside())
}

/// Whether all that the steps do is to make and drop indexes, which can be done again and taken back at any point.
pub(crate) fn are_indexes(jobs: &[Job]) -> bool {
    jobs.iter().all(|job| matches!(job.work, JobWork::Concurrently(_)))
}

/// Static steps in the drivers' form.
pub(crate) fn jobs(steps: Steps) -> Vec<Job> {
    match steps {
        Steps::Plain(list) => list
            .iter()
            .map(|&(line, column, sql)| Job { line, column, work: JobWork::Statement(sql.to_owned()) })
            .collect(),
        Steps::Any(list) => list.iter().map(job).collect(),
    }
}

fn job(step: &Step) -> Job {
    Job {
        line: step.line,
        column: step.column,
        work: match step.work {
            Work::Statement(sql) => JobWork::Statement(sql.to_owned()),
            Work::Raw(sql) => JobWork::Raw(sql.to_owned()),
            Work::Rebuild(rebuild) => JobWork::Rebuild(rebuild_job(rebuild)),
            Work::Call(Call { path, function, outside }) => {
                JobWork::Call(CallJob { path: path.to_owned(), function, outside })
            }
            Work::Concurrently(index) => JobWork::Concurrently(index_job(index)),
            Work::Batches(batches) => JobWork::Batches(update_job(batches)),
        },
    }
}

fn index_job(index: &Concurrently) -> IndexJob {
    IndexJob {
        sql: index.sql.to_owned(),
        table: index.table.to_owned(),
        index: index.index.to_owned(),
        drops: index.drops,
    }
}

fn update_job(batches: &Batches) -> UpdateJob {
    UpdateJob {
        table: batches.table.to_owned(),
        rows: batches.rows,
        update: batches.update.to_owned(),
        condition: batches.condition.to_owned(),
        from: batches.from.to_owned(),
        key: batches.key.iter().map(|column| (*column).to_owned()).collect(),
    }
}

fn rebuild_job(rebuild: &Rebuild) -> RebuildJob {
    let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    RebuildJob {
        table: rebuild.table.to_owned(),
        work_table: rebuild.work_table.to_owned(),
        columns: owned(rebuild.columns),
        known_indexes: owned(rebuild.known_indexes),
        create: rebuild.create.to_owned(),
        copy_columns: owned(rebuild.copy_columns),
        copy_values: owned(rebuild.copy_values),
        keep_rowid: rebuild.keep_rowid,
        indexes: owned(rebuild.indexes),
    }
}
