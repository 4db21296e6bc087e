//! A history while it is compiled: the checks go on beside rustc, which reads the listed files meanwhile.
//!
//! A helper works through the migrations from the last one back, the calls ask for them from the first one on, and each
//! migration is done once. Both know plain data alone: the compiler's tokens stay on the compiler's thread.

use std::sync::{Arc, OnceLock};
use std::thread;

use migrate_core::compile::{Checked, Migration, Prepared, check, prepare};
use migrate_core::diagnostics::Diagnostic;
use migrate_core::source::FileId;
use migrate_core::source::files::Sources;
use migrate_core::target::Options;

use crate::verify;

/// Fewer migrations than this are not worth a thread.
const WORTH: usize = 64;

/// A history whose files are read and parsed, and whose checks are done when they are asked for, if not before.
pub struct Running {
    prepared: Arc<Prepared>,
    checked: OnceLock<Checked>,
    /// What a database refuses of it, which is run once.
    refused: OnceLock<Vec<Diagnostic>>,
}

impl Running {
    /// Begins with the checks, on another thread where that is worth it.
    pub fn start(sources: Sources) -> Arc<Running> {
        let prepared = Arc::new(prepare(sources));
        let running = Arc::new(Running { prepared, checked: OnceLock::new(), refused: OnceLock::new() });
        if running.sources().history.entries.len() >= WORTH {
            let helper = running.clone();
            // Where no thread is to be had, and where it panics, the calls do the work themselves.
            _ = thread::Builder::new().spawn(move || {
                let checked = helper.checked();
                for index in (0..checked.len()).rev() {
                    checked.lower(index);
                }
                helper.refused();
            });
        }
        running
    }

    /// The files.
    pub fn sources(&self) -> &Sources {
        &self.prepared.sources
    }

    /// What the history says about its databases.
    pub fn options(&self) -> &Options {
        self.prepared.options()
    }

    /// What is wrong with a list of files.
    pub fn of_list(&self) -> Vec<Diagnostic> {
        self.prepared.diagnostics_of(FileId(0))
    }

    /// One migration, and what is wrong with it.
    pub fn migration(&self, index: usize) -> Option<(&Migration, Vec<Diagnostic>)> {
        let (migration, mut found) = self.checked().migration(index)?;
        found.extend(self.refused().iter().filter(|d| d.loc.file == FileId(index as u32 + 1)).cloned());
        Some((migration, found))
    }

    fn refused(&self) -> &[Diagnostic] {
        self.refused.get_or_init(|| verify::refused(|| self.checked().sound(), &self.sources().bodies))
    }

    fn checked(&self) -> &Checked {
        self.checked.get_or_init(|| check(&self.prepared))
    }
}
