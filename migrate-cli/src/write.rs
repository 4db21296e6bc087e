//! Writing files: whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

/// Makes a file look as if it had just been written, so that what was built of it is built anew.
pub fn touch(path: &Path) {
    // Where this cannot be, nothing is lost but time.
    let _ = fs::File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Writes a file under another name in the same folder, then renames it, so that nobody reads half of it. A file that was there
/// keeps its permissions; one behind a link is written where it is.
pub fn whole(path: &Path, text: &str) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder)?;
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = fs::File::create_new(&beside).and_then(|mut file| {
        if let Ok(before) = fs::metadata(path) {
            file.set_permissions(before.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}
