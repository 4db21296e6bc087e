//! A temporary PostgreSQL server: found, started on a unix socket alone, and stopped even if this process is
//! killed.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

pub(crate) struct Cluster {
    /// Holds the socket, the data and the log.
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
}

/// Who runs the server: nothing for the user of this process.
pub(crate) type User = Option<(u32, u32)>;

/// The watchdogs stop their servers when this process has gone and the pipes to them are closed.
static WATCHDOGS: Mutex<Vec<Child>> = Mutex::new(Vec::new());

impl Cluster {
    pub(crate) fn start() -> Cluster {
        // The folder is the server's own, and so is any port in it.
        Cluster::start_with(5432, "-c listen_addresses=''", |_| {})
    }

    /// A server with more options, on whose data `prepare` works before it starts.
    pub(crate) fn start_with(port: u16, more: &str, prepare: impl FnOnce(&Path)) -> Cluster {
        let programs = programs();
        let user = unprivileged();
        // Directly under `/tmp`: the path of a socket has at most 107 bytes.
        let folder = tempfile::Builder::new()
            .prefix("migrate-pg-")
            .tempdir_in("/tmp")
            .expect("a temporary folder can be made")
            .keep();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("the folder can be given away");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))
            .expect("the folder can be opened to all");
        // Before anything is started, so that nothing is left behind whenever this process dies.
        watch(&programs, &folder, user);

        let data = folder.join("data");
        let log = folder.join("log");
        run(
            Command::new(programs.join("initdb"))
                .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
                .arg(&data),
            &folder,
            user,
        );
        prepare(&data);
        // Compiling the queries over catalogs would take longer than they do.
        let options = format!(
            "{more} -c unix_socket_directories='{}' -c port={port} -c fsync=off \
             -c synchronous_commit=off -c full_page_writes=off -c jit=off -c max_connections=60 -c autovacuum=off \
             -c shared_buffers=32MB -c timezone=UTC",
            folder.display()
        );
        run(
            Command::new(programs.join("pg_ctl"))
                .args(["start", "-w", "-t", "60", "-D"])
                .arg(&data)
                .arg("-l")
                .arg(&log)
                .arg("-o")
                .arg(options),
            &folder,
            user,
        );
        Cluster { folder, port }
    }
}

/// Writes a file that is the server's alone.
pub(crate) fn give(path: &Path, text: &str) {
    fs::write(path, text).expect("a file can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a file can be closed to others");
    if let Some((uid, gid)) = unprivileged() {
        chown(path, Some(uid), Some(gid)).expect("a file can be given away");
    }
}

/// The folder with the programs of the newest PostgreSQL there is, unless `MIGRATE_TEST_POSTGRES_BIN` names another.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("MIGRATE_TEST_POSTGRES_BIN") {
        return PathBuf::from(folder);
    }
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    for parent in ["/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt"] {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join("bin")));
    }
    let newest = folders
        .into_iter()
        .filter(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file()))
        .filter_map(|folder| version(&folder).map(|version| (version, folder)))
        .max_by(|a, b| a.0.cmp(&b.0));
    match newest {
        Some((_, folder)) => folder,
        None => panic!(
            "no PostgreSQL server was found in PATH or /usr/lib/postgresql: install one (Debian: `apt \
             install postgresql`), or name a running one in MIGRATE_TEST_POSTGRES_URL"
        ),
    }
}

fn version(folder: &Path) -> Option<Vec<u32>> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(number.split('.').map_while(|part| part.parse().ok()).collect())
}

/// The server refuses to run as root, so that root starts it as somebody else.
pub(crate) fn unprivileged() -> User {
    let me = fs::metadata("/proc/self").or_else(|_| fs::metadata(std::env::temp_dir())).ok()?;
    if me.uid() != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd can be read");
    let entry = |name: &str| {
        passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
            [user, _, uid, gid, ..] if user == name => Some((uid.parse().ok()?, gid.parse().ok()?)),
            _ => None,
        })
    };
    let user = entry("postgres").or_else(|| entry("nobody"));
    Some(user.expect("root may not run PostgreSQL, and there is no user `postgres` or `nobody` to run it as"))
}

/// A shell that waits until this process is gone, however it went, and then stops the server.
fn watch(programs: &Path, folder: &Path, user: User) {
    let script =
        r#"trap '' HUP INT TERM; cat >/dev/null; "$1/pg_ctl" stop -m immediate -w -D "$2/data"; rm -rf "$2""#;
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "watchdog"])
        .arg(programs)
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Out of the group that an interrupt from the terminal goes to.
        .process_group(0);
    as_user(&mut command, user);
    let child = command.spawn().expect("a shell can be started");
    WATCHDOGS.lock().expect("nobody panics with this lock").push(child);
}

fn run(command: &mut Command, folder: &Path, user: User) {
    as_user(command, user);
    // Files and not pipes: the server inherits them and would keep a pipe open for ever.
    let log = folder.join("start.log");
    let done = fs::File::create(&log).and_then(|file| {
        let both = (file.try_clone()?, file);
        command.current_dir(folder).stdin(Stdio::null()).stdout(both.0).stderr(both.1).status()
    });
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    match done {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{command:?}: {status}\n{}{}", read(&log), read(&folder.join("log"))),
        Err(error) => panic!("{command:?}: {error}"),
    }
}

pub(crate) fn as_user(command: &mut Command, user: User) {
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    // A cluster of the user's own must not be mistaken for this one.
    for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE"] {
        command.env_remove(name);
    }
}
