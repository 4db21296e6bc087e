//! A PostgreSQL server of the test's own.

use migrate_core::dialect::Work;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server of its own, stopped and removed with the value.
pub struct Postgres {
    directory: PathBuf,
    programs: PathBuf,
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
}

impl Postgres {
    pub fn start(name: &str) -> Postgres {
        let directory = std::env::temp_dir().join(format!("migrate-core-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        if is_root() {
            let status = Command::new("chown").arg("postgres").arg(&directory).status();
            assert!(status.is_ok_and(|s| s.success()), "chown {}", directory.display());
        }
        let programs = programs();
        let data = directory.join("data");
        run(
            &programs.join("initdb"),
            &["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N", "-D"],
            &data,
        );
        let socket = format!("-k {} -c listen_addresses='' -c fsync=off", directory.display());
        run(&programs.join("pg_ctl"), &["-w", "-s", "-l", "/dev/null", "-o", &socket, "start", "-D"], &data);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = format!("host={} user=postgres dbname=postgres", directory.display());
        let client = runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&config, tokio_postgres::NoTls).await.expect("a connection");
            tokio::spawn(connection);
            client
        });
        Postgres { directory, programs, runtime, client }
    }

    pub fn host(&self) -> &Path {
        &self.directory
    }

    pub fn batch(&self, sql: &str) -> Result<(), String> {
        self.runtime.block_on(self.client.batch_execute(sql)).map_err(|e| format!("{}\n{sql}", described(&e)))
    }

    pub fn run(&self, works: &[Work]) {
        for work in works {
            match work {
                Work::Statement(sql) | Work::Native(sql) => self.batch(sql).unwrap_or_else(|e| panic!("{e}")),
                Work::Rebuild(_) => panic!("PostgreSQL never rebuilds"),
            }
        }
    }

    /// Rows of a query, each value as text, `NULL` for none.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let messages = self
            .runtime
            .block_on(self.client.simple_query(sql))
            .map_err(|e| format!("{}\n{sql}", described(&e)))?;
        let rows = messages.into_iter().filter_map(|m| match m {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|i| row.get(i).unwrap_or("NULL").to_owned()).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        run(
            &self.programs.join("pg_ctl"),
            &["-s", "-m", "immediate", "stop", "-D"],
            &self.directory.join("data"),
        );
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn described(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned())
}

/// PostgreSQL refuses to run as root.
fn run(program: &Path, arguments: &[&str], data: &Path) {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let status = command.args(arguments).arg(data).current_dir("/").stdout(Stdio::null()).status();
    assert!(status.is_ok_and(|s| s.success()), "{} failed", program.display());
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout == b"0\n"
}

/// Where `initdb` lives: where `MIGRATE_TEST_POSTGRES_BIN` says, Debian's newest, or beside `pg_config`.
fn programs() -> PathBuf {
    if let Some(path) = std::env::var_os("MIGRATE_TEST_POSTGRES_BIN") {
        return path.into();
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|path| path.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output().expect("PostgreSQL's programs");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}
