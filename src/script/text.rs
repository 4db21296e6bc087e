//! The text in which a migration's way down is stored.
//!
//! Comes in: steps, or the text of a history row. Goes out: the other of the two. It is needed because an older binary does
//! not have a newer migration's way down.
//!
//! The text is made of records: a line `-- <line>:<column> <kind> <bytes>`, then that many bytes and a
//! newline. A statement ends in a semicolon, so that the text can also be read, and mostly run, by people.
//! The byte count is what divides records: SQL may hold any line.

use std::fmt::Write as _;

use super::{IndexJob, Job, JobWork, RebuildJob, UpdateJob};
use crate::call::{CallJob, Function};

/// The text for the history table.
pub(crate) fn write(jobs: &[Job]) -> String {
    let mut text = String::new();
    for job in jobs {
        let (kind, body) = match &job.work {
            JobWork::Statement(sql) => ("statement", format!("{sql};")),
            JobWork::Raw(sql) => ("raw", sql.clone()),
            JobWork::Rebuild(rebuild) => ("rebuild", write_rebuild(rebuild)),
            // No SQL at all: who runs the text by hand is stopped here.
            JobWork::Call(call) if call.outside => ("call_outside", call.path.clone()),
            JobWork::Call(call) => ("call", call.path.clone()),
            JobWork::Concurrently(index) => ("concurrently", write_index(index)),
            JobWork::Batches(batches) => ("batches", write_batches(batches)),
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
            "call" | "call_outside" => JobWork::Call(CallJob {
                path: body.to_owned(),
                function: Function::Elsewhere,
                outside: kind == "call_outside",
            }),
            "concurrently" => JobWork::Concurrently(read_index(body)?),
            "batches" => JobWork::Batches(read_batches(body)?),
            _ => return None,
        };
        jobs.push(Job { line: line.parse().ok()?, column: column.parse().ok()?, work });
    }
    Some(jobs)
}

/// Fields, each on a comment line of its own, so that the stored text does nothing where somebody runs it by hand: a rebuild
/// without its guards loses rows.
#[derive(Default)]
struct Fields(Vec<String>);

impl Fields {
    fn push(&mut self, key: &str, value: &str) {
        let value = value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        self.0.push(format!("-- {key} {value}"));
    }

    fn into_text(self) -> String {
        self.0.join("\n")
    }
}

/// The keys and values that [`Fields`] wrote.
fn fields(body: &str) -> impl Iterator<Item = Option<(&str, String)>> {
    body.split('\n').map(|line| {
        let (key, value) = line.strip_prefix("-- ")?.split_once(' ')?;
        Some((key, unescape(value)?))
    })
}

fn write_rebuild(rebuild: &RebuildJob) -> String {
    let mut fields = Fields::default();
    fields.push("table", &rebuild.table);
    fields.push("work_table", &rebuild.work_table);
    rebuild.columns.iter().for_each(|v| fields.push("column", v));
    rebuild.known_indexes.iter().for_each(|v| fields.push("known_index", v));
    fields.push("create", &rebuild.create);
    rebuild.copy_columns.iter().for_each(|v| fields.push("copy_column", v));
    rebuild.copy_values.iter().for_each(|v| fields.push("copy_value", v));
    fields.push("keep_rowid", if rebuild.keep_rowid { "yes" } else { "no" });
    rebuild.indexes.iter().for_each(|v| fields.push("index", v));
    fields.into_text()
}

fn read_rebuild(body: &str) -> Option<RebuildJob> {
    let mut rebuild = RebuildJob::default();
    for field in fields(body) {
        let (key, value) = field?;
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

fn write_index(index: &IndexJob) -> String {
    let mut fields = Fields::default();
    fields.push("sql", &index.sql);
    fields.push("table", &index.table);
    fields.push("index", &index.index);
    fields.push("drops", if index.drops { "yes" } else { "no" });
    fields.into_text()
}

fn read_index(body: &str) -> Option<IndexJob> {
    let mut index = IndexJob::default();
    for field in fields(body) {
        let (key, value) = field?;
        match key {
            "sql" => index.sql = value,
            "table" => index.table = value,
            "index" => index.index = value,
            "drops" => index.drops = value == "yes",
            _ => return None,
        }
    }
    let whole = !index.sql.is_empty() && !index.table.is_empty() && !index.index.is_empty();
    whole.then_some(index)
}

fn write_batches(batches: &UpdateJob) -> String {
    let mut fields = Fields::default();
    fields.push("table", &batches.table);
    fields.push("rows", &batches.rows.to_string());
    fields.push("update", &batches.update);
    fields.push("condition", &batches.condition);
    fields.push("from", &batches.from);
    batches.key.iter().for_each(|v| fields.push("key", v));
    fields.into_text()
}

fn read_batches(body: &str) -> Option<UpdateJob> {
    let mut batches = UpdateJob::default();
    for field in fields(body) {
        let (key, value) = field?;
        match key {
            "table" => batches.table = value,
            "rows" => batches.rows = value.parse().ok()?,
            "update" => batches.update = value,
            "condition" => batches.condition = value,
            "from" => batches.from = value,
            "key" => batches.key.push(value),
            _ => return None,
        }
    }
    let whole = !batches.update.is_empty() && !batches.from.is_empty() && !batches.key.is_empty();
    (whole && batches.rows > 0).then_some(batches)
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
                    path: "crate::é::back".into(),
                    function: Function::Elsewhere,
                    outside: false,
                }),
            },
            Job {
                line: 6,
                column: 1,
                work: JobWork::Call(CallJob {
                    path: "back".into(),
                    function: Function::Elsewhere,
                    outside: true,
                }),
            },
            Job {
                line: 7,
                column: 1,
                work: JobWork::Concurrently(IndexJob {
                    sql: "DROP INDEX CONCURRENTLY \"i\nj\"".into(),
                    table: "t".into(),
                    index: "i\nj".into(),
                    drops: true,
                }),
            },
            Job {
                line: 8,
                column: 1,
                work: JobWork::Batches(UpdateJob {
                    table: "t".into(),
                    rows: 10_000,
                    update: "UPDATE t SET a = 1".into(),
                    condition: String::new(),
                    from: "t".into(),
                    key: vec!["id".into(), "`b\\`".into()],
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
        assert_eq!(read("-- 1:1 concurrently 10\n-- table t\n"), None);
        assert_eq!(read("-- 1:1 batches 10\n-- table t\n"), None);
        assert_eq!(read("-- 1:1 later 10\n-- table t\n"), None);
    }
}
