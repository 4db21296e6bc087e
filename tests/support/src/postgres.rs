//! PostgreSQL databases: on a temporary server of this process, or on the one that
//! `MIGRATE_TEST_POSTGRES_URL` names.
//!
//! Without either the tests fail and say how to get one. They never skip: a skipped test looks like one that
//! passed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::cluster::Cluster;
use crate::{block_on, runtime};

/// A database with nothing in it.
#[derive(Debug)]
pub struct Database {
    config: Config,
    name: String,
    url: String,
}

/// The server, which the first test starts.
struct Server {
    config: Config,
    /// The URL up to the database's name, and what comes after it.
    url: (String, String),
    borrowed: bool,
}

/// Creates a database; many tests can do so at the same time.
pub fn database() -> Database {
    // On a thread of its own, for runtimes do not nest and the test may be a future.
    std::thread::spawn(create).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn create() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let server = server();
    let name = format!("migrate_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    // `template0`: `template1` cannot be copied while anybody is connected to it.
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
    block_on(async { connect(&server.config).await.batch_execute(&sql).await })
        .expect("a database can be created");
    let mut config = server.config.clone();
    config.dbname(&name);
    let url = format!("{}{name}{}", server.url.0, server.url.1);
    Database { config, name, url }
}

impl Database {
    /// For `tokio-postgres`.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// For a command line.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A new connection.
    pub async fn connect(&self) -> Client {
        connect(&self.config).await
    }

    /// A new connection, for tests that are not asynchronous.
    pub fn client(&self) -> Client {
        block_on(self.connect())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The temporary server goes as a whole. Runtimes do not nest, hence the thread.
        if server().borrowed {
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            let drop = move || block_on(async { connect(&server().config).await.batch_execute(&sql).await });
            let _ = std::thread::spawn(drop).join();
        }
    }
}

/// Runs SQL, of one statement or several. Not from within a future.
pub fn sql(client: &Client, sql: &str) {
    block_on(client.batch_execute(sql)).unwrap();
}

/// The first column of an answer, every value as text. Not from within a future.
pub fn strings(client: &Client, sql: &str) -> Vec<String> {
    let messages = block_on(client.simple_query(sql)).unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
        _ => None,
    });
    rows.collect()
}

/// A connection that is driven in the background for as long as the process lives.
pub async fn connect(config: &Config) -> Client {
    let config = config.clone();
    // On the runtime of this crate, so that the connection outlives the runtime of a single test.
    let task = runtime().spawn(async move {
        let (client, connection) = config.connect(NoTls).await?;
        runtime().spawn(connection);
        Ok::<_, tokio_postgres::Error>(client)
    });
    task.await.expect("the connecting task ends").expect("the server takes connections")
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| match std::env::var("MIGRATE_TEST_POSTGRES_URL") {
        Ok(url) => borrowed(&url),
        Err(_) => {
            let cluster = Cluster::start();
            let mut config = Config::new();
            config.host_path(&cluster.folder).port(cluster.port).user("postgres").dbname("postgres");
            let folder = cluster.folder.display();
            Server {
                config,
                url: (
                    "postgresql:///".to_owned(),
                    format!("?host={folder}&port={}&user=postgres", cluster.port),
                ),
                borrowed: false,
            }
        }
    })
}

fn borrowed(url: &str) -> Server {
    let Ok(config) = url.parse::<Config>() else {
        panic!("MIGRATE_TEST_POSTGRES_URL is not a PostgreSQL URL");
    };
    let (before, after) = url.split_once('?').map_or((url, String::new()), |(b, a)| (b, format!("?{a}")));
    let authority = before.find("://").map_or(0, |at| at + 3);
    let base = match before[authority..].find('/') {
        Some(slash) => &before[..authority + slash],
        None => before,
    };
    Server { config, url: (format!("{base}/"), after), borrowed: true }
}
