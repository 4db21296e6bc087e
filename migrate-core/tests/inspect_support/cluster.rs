//! A PostgreSQL server for one run of tests, over a socket in a directory of its own; it stops with the last user.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use migrate_core::inspect::{Rows, queries};
use migrate_core::target::Dialect;
use tempfile::TempDir;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Databases are not dropped: the server goes with them, and a drop waits for connections that end by themselves.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static RUNNING: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

/// A running server.
pub struct Cluster {
    directory: TempDir,
}

impl Cluster {
    /// The one that runs, or a new one.
    pub fn get() -> Arc<Cluster> {
        let mut running = RUNNING.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(cluster) = running.upgrade() {
            return cluster;
        }
        let cluster = Arc::new(Cluster::start());
        *running = Arc::downgrade(&cluster);
        cluster
    }

    fn start() -> Cluster {
        let directory = TempDir::new().unwrap();
        if is_root() {
            let owner = Command::new("chown").arg("postgres").arg(directory.path()).status().unwrap();
            assert!(owner.success());
        }
        let cluster = Cluster { directory };
        let data = cluster.path("data");
        cluster.run(
            "initdb",
            &["-D", &data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"],
        );
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c fsync=off -c timezone=Asia/Kolkata",
            cluster.directory.path().display()
        );
        cluster.run("pg_ctl", &["-D", &data, "-w", "-l", &cluster.path("log"), "-o", &options, "start"]);
        cluster
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn run(&self, tool: &str, arguments: &[&str]) {
        let tool = binary(tool);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(tool);
            command
        } else {
            Command::new(tool)
        };
        command.args(arguments).current_dir(self.directory.path());
        let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{arguments:?}");
    }

    /// Runs that DDL in a new database and gives the answers to the queries.
    pub fn answers(&self, ddl: &str) -> Vec<Rows> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
            let admin = self.connect("postgres").await;
            admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
            let client = self.connect(&name).await;
            client.batch_execute(ddl).await.unwrap_or_else(|e| panic!("{e:?}\n{ddl}"));
            let mut answers = Vec::new();
            for query in queries(Dialect::Postgres) {
                let messages = client.simple_query(query.sql).await;
                let messages = messages.unwrap_or_else(|e| panic!("{}: {e:?}", query.name));
                answers.push(messages.iter().filter_map(row).collect());
            }
            answers
        })
    }

    async fn connect(&self, database: &str) -> tokio_postgres::Client {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.directory.path()).user("postgres").dbname(database);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

fn row(message: &SimpleQueryMessage) -> Option<Vec<Option<String>>> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect())
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", &self.path("data"), "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// A tool of PostgreSQL: the newest that is installed, or the one on the path.
fn binary(tool: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|v| v.path().join("bin").join(tool)).filter(|p| Path::exists(p)).collect();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from(tool))
}
