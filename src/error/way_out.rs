//! What to do about an error of the database that is none of the migration's.
//!
//! Comes in: its code and message. Goes out: the way out, where there is one for every application. Codes are those of
//! <https://sqlite.org/rescode.html> and of PostgreSQL's manual, appendix "Error Codes". It must not know what the
//! runner was doing.

/// SQLSTATEs have five characters, which no result code of SQLite has. The driver gives none with what SQLite says
/// while it prepares a statement.
pub(super) fn way_out(code: Option<&str>, message: &str) -> Option<&'static str> {
    match code {
        Some(code) if code.len() == 5 => postgres(code),
        Some(code) => sqlite(code.parse().ok()?, message),
        None => sqlite(1, message),
    }
}

fn postgres(code: &str) -> Option<&'static str> {
    Some(match code {
        "25006" => {
            "migrate on the primary server, with a role and a database whose `default_transaction_read_only` is off"
        }
        "42501" => "migrate as the owner of what is changed, or as a role that has the right",
        "53100" => "make room on the server's disk, and run again",
        _ => return None,
    })
}

/// The low byte of an extended code is the primary one.
fn sqlite(code: i32, message: &str) -> Option<&'static str> {
    Some(match code & 0xff {
        1 if ["no such function", "unknown function", "no such collation", "no such module"]
            .iter()
            .any(|start| message.contains(start)) =>
        {
            "register it on the connection before migrating, as the application does"
        }
        8 => "open the file for writing, in a folder in which this user may write, without `query_only`",
        10 => "see to the disk or the file system, and run again",
        11 => {
            "the file is damaged: restore a backup, or save what `.recover` of the `sqlite3` shell can read"
        }
        13 => "make room on the disk or raise `PRAGMA max_page_count`, and run again",
        14 => "see that the folder exists and that this user may write in it",
        26 => "see where the path leads: the file is another one, or encrypted",
        _ => return None,
    })
}
