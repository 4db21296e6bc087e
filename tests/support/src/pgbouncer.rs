//! PgBouncer before a database, in transaction mode: every transaction takes whichever session of the server is free.
//!
//! Without the program the tests fail and say how to get it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use crate::cluster::{as_user, unprivileged};
use crate::postgres::{Database, connect};
use crate::{block_on, runtime};

/// A pooler; it ends with this value.
#[derive(Debug)]
pub struct Pooler {
    process: Child,
    folder: TempDir,
    config: Config,
}

/// Starts one that has so many sessions of the server.
pub fn pooler(database: &Database, sessions: u32) -> Pooler {
    let user = unprivileged();
    let folder = tempfile::Builder::new()
        .prefix("migrate-pool-")
        .tempdir_in("/tmp")
        .expect("a temporary folder can be made");
    let server = database.config();
    let host = match &server.get_hosts()[0] {
        Host::Unix(path) => path.display().to_string(),
        Host::Tcp(name) => name.clone(),
    };
    let port = server.get_ports().first().copied().unwrap_or(5432);
    let name = server.get_user().unwrap_or("postgres");
    let password = server.get_password().map(String::from_utf8_lossy).unwrap_or_default();
    // With `any` everybody is let in, as the user that the database's line names.
    let password = if password.is_empty() { String::new() } else { format!(" password={password}") };
    let settings = format!(
        "[databases]\n{database} = host={host} port={port} dbname={database} user={name}{password}\n\
         [pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\nauth_type = any\n\
         pool_mode = transaction\ndefault_pool_size = {sessions}\nmin_pool_size = {sessions}\n\
         server_round_robin = 1\nlogfile = {folder}/log\n",
        database = database.name(),
        folder = folder.path().display(),
    );
    let ini = folder.path().join("pgbouncer.ini");
    fs::write(&ini, settings).expect("the settings can be written");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder can be opened");
    if let Some((uid, gid)) = user {
        chown(folder.path(), Some(uid), Some(gid)).expect("the folder can be given away");
    }
    let mut command = Command::new(program());
    command.arg("--quiet").arg(&ini).current_dir("/").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    as_user(&mut command, user);
    let process = command.spawn().expect("pgbouncer can be started");
    let mut config = Config::new();
    config.host_path(folder.path()).port(6432).user(name).dbname(database.name());
    let pooler = Pooler { process, folder, config };
    pooler.wait();
    pooler
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join("pgbouncer")).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("pgbouncer was not found in PATH or /usr/sbin: install it (Debian: `apt install pgbouncer`)")
    })
}

impl Pooler {
    /// A new connection to it.
    pub fn client(&self) -> Client {
        block_on(connect(&self.config))
    }

    /// How to connect to it.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn wait(&self) {
        let start = Instant::now();
        loop {
            let config = self.config.clone();
            let answers = block_on(async {
                runtime().spawn(async move { config.connect(NoTls).await.is_ok() }).await.unwrap_or(false)
            });
            if answers {
                return;
            }
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_secs(20), "pgbouncer does not answer\n{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
