//! The lock of a history: the file that says which migrations are released, and what they meant then.
//!
//! Comes in: the text of a `migrations.lock`. Goes out: its lines, or what is wrong with it; and the text for lines. What the
//! lines mean for a history, `crate::released` knows.

use std::collections::HashSet;
use std::path::PathBuf;

/// The file's name; of an inline history the end of it.
pub const NAME: &str = "migrations.lock";

/// How the first line begins, before the number of the format.
const HEAD: &str = "# migrations.lock ";

/// The format that is read and written.
const FORMAT: &str = "1";

/// What follows the number in the first line.
const TAIL: &str = ", written by `migrate generate`; do not edit";

/// One released migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its name in the database.
    pub name: String,
    /// Its checksum.
    pub checksum: String,
    /// The checksum of the history up to and including it.
    pub chain: String,
}

/// The lock beside a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Its file.
    pub path: PathBuf,
    /// What it says.
    pub lines: Result<Vec<Line>, Fault>,
}

/// What is wrong with a lock, as a message and its help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The fact.
    pub message: String,
    /// The way out.
    pub help: &'static str,
}

const RESTORE: &str =
    "take the file from version control; `migrate repair` writes it anew from the migrations as they are";
/// The way out of a merge.
pub const MERGE: &str =
    "keep the lines of one side, list its migrations first, then `migrate generate` adds those of the other";

/// The lines of a lock, whose file has that name in messages. Line ends may be those of Windows: a checkout can change them.
///
/// # Errors
/// The text is no lock of this format, whole and without a merge's conflict.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Line>, Fault> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Fault { message: format!("`{file}` is not valid UTF-8"), help: RESTORE });
    };
    read_text(file, text).map_err(|fault| match text.lines().position(is_conflict) {
        // Whatever else is wrong then comes from it.
        Some(at) => {
            Fault { message: format!("line {} of `{file}` is a conflict of a merge", at + 1), help: MERGE }
        }
        None => fault,
    })
}

fn read_text(file: &str, text: &str) -> Result<Vec<Line>, Fault> {
    let fault = |message: String, help| Err(Fault { message, help });
    let mut rows = text.lines();
    let head = rows.next().unwrap_or("");
    let Some(format) = head.strip_prefix(HEAD).map(|rest| rest.split(',').next().unwrap_or(rest)) else {
        return fault(format!("the first line of `{file}` does not say that it is one"), RESTORE);
    };
    if format != FORMAT {
        let message = format!("`{file}` has the format {}, which is unknown", format.escape_debug());
        return fault(message, "another release of `migrate` wrote it: take that one, or a later one");
    }
    if !text.ends_with('\n') {
        return fault(format!("the last line of `{file}` is cut off"), RESTORE);
    }
    let mut lines = Vec::new();
    let mut seen = HashSet::new();
    for (index, row) in rows.enumerate() {
        let Some((name, checksum, chain)) = split(row) else {
            let message = format!("line {} of `{file}` is not a name and two checksums", index + 2);
            return fault(message, RESTORE);
        };
        if !seen.insert(name) {
            let message = format!("line {} of `{file}` releases `{name}` again", index + 2);
            return fault(message, MERGE);
        }
        let [name, checksum, chain] = [name, checksum, chain].map(str::to_owned);
        lines.push(Line { name, checksum, chain });
    }
    Ok(lines)
}

/// The text of a lock with these lines.
pub fn write<'l>(lines: impl IntoIterator<Item = &'l Line>) -> String {
    let mut text = format!("{HEAD}{FORMAT}{TAIL}\n");
    for Line { name, checksum, chain } in lines {
        text.extend([name, " ", checksum, " ", chain, "\n"]);
    }
    text
}

/// A line's parts, read from its end: a name can hold blanks.
fn split(row: &str) -> Option<(&str, &str, &str)> {
    let (rest, chain) = row.rsplit_once(' ')?;
    let (name, checksum) = rest.rsplit_once(' ')?;
    let sound =
        is_digest(checksum) && is_digest(chain) && !name.is_empty() && !name.chars().any(char::is_control);
    sound.then_some((name, checksum, chain))
}

fn is_digest(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What version control writes around the two sides. A name may begin like that, and then a line is whole.
fn is_conflict(line: &str) -> bool {
    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    marks.iter().any(|mark| line.starts_with(mark)) && split(line).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, digit: char) -> Line {
        let digest = |digit: char| digit.to_string().repeat(32);
        Line { name: name.to_owned(), checksum: digest(digit), chain: digest('f') }
    }

    fn lines() -> Vec<Line> {
        vec![line("0001_a", '1'), line(" two  words ", '2'), line("<<<<<<< HEAD", '3'), line("# four", '4')]
    }

    fn message(text: &str) -> String {
        read(NAME, text.as_bytes()).expect_err("a fault").message
    }

    #[test]
    fn what_was_written_is_read() {
        for count in 0..=4 {
            let lines = &lines()[..count];
            assert_eq!(read(NAME, write(lines).as_bytes()).as_deref(), Ok(lines));
            let other_ends = write(lines).replace('\n', "\r\n");
            assert_eq!(read(NAME, other_ends.as_bytes()).as_deref(), Ok(lines));
        }
    }

    #[test]
    fn the_text_is_fixed_for_ever() {
        let text = format!(
            "# migrations.lock 1, written by `migrate generate`; do not edit\n0001_a {} {}\n",
            "1".repeat(32),
            "f".repeat(32)
        );
        assert_eq!(write(&lines()[..1]), text);
    }

    /// No text but a whole lock is taken for one, wherever it ends; at the end of a line it is a shorter lock.
    #[test]
    fn a_lock_that_is_cut_off_is_none() {
        let text = write(&lines());
        for end in 0..text.len() {
            let cut = read(NAME, &text.as_bytes()[..end]);
            assert_eq!(cut.is_ok(), end > 0 && text.as_bytes()[end - 1] == b'\n', "{end}: {cut:?}");
        }
    }

    #[test]
    fn every_fault_is_told() {
        let text = write(&lines()[..2]);
        let with = |line: &str| format!("{text}{line}\n");
        assert_eq!(message(""), "the first line of `migrations.lock` does not say that it is one");
        assert_eq!(message(&format!("\u{feff}{text}")), message(""));
        assert_eq!(
            message(&text.replace("lock 1,", "lock 2,")),
            "`migrations.lock` has the format 2, which is unknown"
        );
        assert_eq!(message(text.trim_end()), "the last line of `migrations.lock` is cut off");
        for mark in ["<<<<<<< HEAD", "=======", ">>>>>>> main", "||||||| 1234567"] {
            assert_eq!(message(&with(mark)), "line 4 of `migrations.lock` is a conflict of a merge");
        }
        let again = write(&[line("a", '1'), line("b", '1'), line("a", '2')]);
        assert_eq!(message(&again), "line 4 of `migrations.lock` releases `a` again");
        let none = "line 4 of `migrations.lock` is not a name and two checksums";
        let (digest, upper) = ("1".repeat(32), "A".repeat(32));
        for bad in
            [String::new(), "# a note".into(), format!("{digest} {digest}"), format!("a {upper} {digest}")]
        {
            assert_eq!(message(&with(&bad)), none, "{bad}");
        }
        for bad in [
            format!("a {digest} {digest} "),
            format!("a {digest}1 {digest}"),
            format!("a\t {digest} {digest}"),
        ] {
            assert_eq!(message(&with(&bad)), none, "{bad}");
        }
        assert_eq!(
            read(NAME, b"\xff\xfe").expect_err("a fault").message,
            "`migrations.lock` is not valid UTF-8"
        );
    }
}
