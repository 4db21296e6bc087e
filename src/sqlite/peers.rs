//! Keeping other processes away while no transaction is open.
//!
//! Comes in: a connection to a file. Goes out: a guard under which no other process has one for the same file. SQLite's own
//! locks end with each transaction, so this one is the operating system's, on a file beside the database; it ends with the
//! process, whatever becomes of it.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::database::Parts;
use crate::error::{DatabaseError, Error};
use crate::event::Event;
use crate::runner::Settings;

const DOING: &str = "lock the file beside the database";

/// The lock, while it is held.
pub(super) struct Alone {
    /// Nothing for a database in memory, which no other process has.
    held: Option<(PathBuf, File)>,
}

impl Alone {
    /// Waits until no other process has it, as long as the caller allows.
    pub(super) fn wait(connection: &Connection, settings: &mut Settings<'_>) -> Result<Self, Error> {
        let Some(path) = connection.path().filter(|path| !path.is_empty()) else {
            return Ok(Alone { held: None });
        };
        let path = PathBuf::from(format!("{path}-migrate"));
        let start = Instant::now();
        let mut told = None;
        loop {
            if let Some(file) = try_lock(&path).map_err(failed)? {
                return Ok(Alone { held: Some((path, file)) });
            }
            let waited = start.elapsed();
            if waited >= settings.wait {
                return Err(Error::Locked { waited });
            }
            if told.is_none_or(|told| waited - told >= Duration::from_secs(1)) {
                told = Some(waited);
                settings.tell(Event::Waiting { waited });
            }
            thread::sleep(Duration::from_millis(50).min(settings.wait - waited));
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // While it is locked: who opened it before finds that it is no longer the one of this name.
        #[cfg(unix)]
        if let Some((path, _)) = &self.held {
            let _ = fs::remove_file(path);
        }
    }
}

/// Locks the file, unless another process has it.
fn try_lock(path: &PathBuf) -> std::io::Result<Option<File>> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(is_there(&file, path).then_some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the file still has its name: who held it before may have removed it.
#[cfg(unix)]
fn is_there(file: &File, path: &PathBuf) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Elsewhere nobody removes it.
#[cfg(not(unix))]
fn is_there(_file: &File, path: &PathBuf) -> bool {
    fs::metadata(path).is_ok()
}

fn failed(error: std::io::Error) -> Error {
    let source = DatabaseError::new(Parts { message: error.to_string(), ..Parts::default() });
    Error::Database { doing: DOING, source }
}
