//! The steps of a script as the drivers run them, and the text in which the way down is stored.
//!
//! Comes in: static steps, or the text of a history row. Goes out: owned steps. The stored text is needed
//! because an older binary does not have a newer migration's way down. It must not know about databases.
//!
//! The text is made of records: a line `-- <line>:<column> <kind> <bytes>`, then that many bytes and a
//! newline. A statement ends in a semicolon, so that the text can also be read, and mostly run, by people.
//! The byte count is what divides records: SQL may hold any line.

use std::fmt::Write as _;

use crate::call::{Call, CallJob, Function};
use crate::error::{BoxError, DatabaseError, Error};
use crate::migration::{Rebuild, Step, Steps, Work};

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
            JobWork::Rebuild(_) | JobWork::Call(_) => None,
        }
    }
}

impl Job {
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
        Error::SchemaChanged {
            migration: migration.to_owned(),
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            function: self.function().unwrap_or_default().to_owned(),
            objects,
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
            JobWork::Statement(_) | JobWork::Raw(_) | JobWork::Call(_) => None,
        }
    }
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
            Work::Call(Call { path, function }) => JobWork::Call(CallJob { path: path.to_owned(), function }),
        },
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

/// The text for the history table.
pub(crate) fn write(jobs: &[Job]) -> String {
    let mut text = String::new();
    for job in jobs {
        let (kind, body) = match &job.work {
            JobWork::Statement(sql) => ("statement", format!("{sql};")),
            JobWork::Raw(sql) => ("raw", sql.clone()),
            JobWork::Rebuild(rebuild) => ("rebuild", write_rebuild(rebuild)),
            // No SQL at all: who runs the text by hand is stopped here.
            JobWork::Call(call) => ("call", call.path.clone()),
        };
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "-- {}:{} {kind} {}\n{body}", job.line, job.column, body.len());
    }
    text
}

/// The steps that [`write`] wrote, or `None` for a text that it did not write.
pub(crate) fn read(mut text: &str) -> Option<Vec<Job>> {
    let mut jobs = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.strip_prefix("-- ")?.split_once('\n')?;
        let mut words = head.split(' ');
        let (line, column) = words.next()?.split_once(':')?;
        let kind = words.next()?;
        let bytes: usize = words.next()?.parse().ok()?;
        let body = rest.get(..bytes)?;
        text = rest.get(bytes..)?.strip_prefix('\n')?;
        let work = match kind {
            "statement" => JobWork::Statement(body.strip_suffix(';')?.to_owned()),
            "raw" => JobWork::Raw(body.to_owned()),
            "rebuild" => JobWork::Rebuild(read_rebuild(body)?),
            "call" => JobWork::Call(CallJob { path: body.to_owned(), function: Function::Elsewhere }),
            _ => return None,
        };
        jobs.push(Job { line: line.parse().ok()?, column: column.parse().ok()?, work });
    }
    Some(jobs)
}

/// Every field on a comment line of its own, so that the stored text does nothing where somebody runs it by
/// hand: a rebuild without its guards loses rows.
fn write_rebuild(rebuild: &RebuildJob) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut field = |key: &str, value: &str| {
        let value = value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        lines.push(format!("-- {key} {value}"));
    };
    field("table", &rebuild.table);
    field("work_table", &rebuild.work_table);
    rebuild.columns.iter().for_each(|v| field("column", v));
    rebuild.known_indexes.iter().for_each(|v| field("known_index", v));
    field("create", &rebuild.create);
    rebuild.copy_columns.iter().for_each(|v| field("copy_column", v));
    rebuild.copy_values.iter().for_each(|v| field("copy_value", v));
    field("keep_rowid", if rebuild.keep_rowid { "yes" } else { "no" });
    rebuild.indexes.iter().for_each(|v| field("index", v));
    lines.join("\n")
}

fn read_rebuild(body: &str) -> Option<RebuildJob> {
    let mut rebuild = RebuildJob::default();
    for line in body.split('\n') {
        let (key, value) = line.strip_prefix("-- ")?.split_once(' ')?;
        let value = unescape(value)?;
        match key {
            "table" => rebuild.table = value,
            "work_table" => rebuild.work_table = value,
            "column" => rebuild.columns.push(value),
            "known_index" => rebuild.known_indexes.push(value),
            "create" => rebuild.create = value,
            "copy_column" => rebuild.copy_columns.push(value),
            "copy_value" => rebuild.copy_values.push(value),
            "keep_rowid" => rebuild.keep_rowid = value == "yes",
            "index" => rebuild.indexes.push(value),
            // A field of a later version could change what the rebuild means: not understood is not run.
            _ => return None,
        }
    }
    let whole = !rebuild.table.is_empty() && !rebuild.work_table.is_empty() && !rebuild.create.is_empty();
    (whole && rebuild.copy_columns.len() == rebuild.copy_values.len()).then_some(rebuild)
}

fn unescape(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let jobs = vec![
            Job { line: 3, column: 5, work: JobWork::Statement("DROP TABLE main.`a\nb`".into()) },
            Job { line: 4, column: 1, work: JobWork::Raw("-- 1:1 raw 3\nSELECT 'é; \\';\n".into()) },
            Job {
                line: 5,
                column: 1,
                work: JobWork::Call(CallJob {
                    path: "crate::é::back".into(), function: Function::Elsewhere
                }),
            },
            Job {
                line: 9,
                column: 2,
                work: JobWork::Rebuild(RebuildJob {
                    table: "t".into(),
                    work_table: "w".into(),
                    columns: vec!["a".into(), " b \\n".into()],
                    create: "CREATE TABLE main.`w` (\n  `a` INTEGER\r\n)".into(),
                    copy_columns: vec!["a".into()],
                    copy_values: vec!["'\\'".into()],
                    keep_rowid: true,
                    ..RebuildJob::default()
                }),
            },
        ];
        assert_eq!(read(&write(&jobs)), Some(jobs));
        assert_eq!(read(""), Some(vec![]));
    }

    #[test]
    fn what_was_not_written_is_refused() {
        let good = write(&[Job { line: 1, column: 1, work: JobWork::Statement("DROP TABLE t".into()) }]);
        for end in 1..good.len() {
            assert_eq!(read(&good[..end]), None, "{:?}", &good[..end]);
        }
        assert_eq!(read("DROP TABLE t;"), None);
        assert_eq!(read("-- 1:1 rebuild 10\n-- table t\n"), None);
    }
}
