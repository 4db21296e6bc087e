//! A PostgreSQL server of its own that takes TCP connections with TLS alone, and the certificates for it.
//!
//! Comes in: nothing. Goes out: addresses, and the files of those who signed. `localhost` is whom the server's certificate
//! is made out to; `127.0.0.1` is the same server by a name that the certificate does not know.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_postgres::Config;

use crate::cluster::{self, Cluster};
use crate::{block_on, postgres};

/// The server. It goes with the process.
pub struct Server {
    cluster: Cluster,
    /// Who signed the server's certificate.
    pub authority: PathBuf,
    /// Somebody who signed nothing.
    pub stranger: PathBuf,
}

/// A user of the server, and the password, which no connection without TLS is asked for.
pub const USER: &str = "app:pass%20word";

/// Starts a server.
pub fn server() -> Server {
    let authority = Authority::new("the authority");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port is free").port();
    let cluster = Cluster::start_with(port, "-c listen_addresses=127.0.0.1", |data| {
        let (certificate, key) = authority.sign("localhost");
        cluster::give(&data.join("server.crt"), &certificate);
        cluster::give(&data.join("server.key"), &key);
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        cluster::give(&data.join("pg_hba.conf"), rules);
        // Not as an option of the program, which nothing could take back.
        cluster::give(&data.join("postgresql.auto.conf"), "ssl = on\n");
    });
    let file = |name: &str, text: &str| {
        let path = cluster.folder.join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    };
    let stranger = file("stranger.pem", &Authority::new("a stranger").certificate);
    let authority = file("authority.pem", &authority.certificate);
    let server = Server { cluster, authority, stranger };
    server.batch("CREATE ROLE app LOGIN PASSWORD 'pass word'; CREATE DATABASE app OWNER app");
    server
}

impl Server {
    /// The URL without parameters.
    pub fn url(&self, host: &str) -> String {
        format!("postgres://{USER}@{host}:{}/app", self.cluster.port)
    }

    /// The server gets a certificate that it signed itself; gives its file.
    pub fn sign_itself(&self) -> PathBuf {
        let own = Authority::named("localhost", &["localhost"]);
        let data = self.cluster.folder.join("data");
        cluster::give(&data.join("server.crt"), &own.certificate);
        cluster::give(&data.join("server.key"), &own.key.serialize_pem());
        let before = self.ask("SELECT pg_conf_load_time()::text");
        self.batch("SELECT pg_reload_conf()");
        self.wait(|| self.ask("SELECT pg_conf_load_time()::text") != before);
        let path = self.cluster.folder.join("own.pem");
        fs::write(&path, own.certificate).expect("a file can be written");
        path
    }

    /// The server speaks TLS no more.
    pub fn stop_tls(&self) {
        self.batch("ALTER SYSTEM SET ssl = off");
        self.batch("SELECT pg_reload_conf()");
        self.wait(|| self.ask("SHOW ssl") == "off");
    }

    fn wait(&self, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(10), "the server reads its settings again");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a new session answers.
    fn ask(&self, sql: &str) -> String {
        block_on(async { self.connect().await.query_one(sql, &[]).await.expect("an answer").get(0) })
    }

    fn batch(&self, sql: &str) {
        for one in sql.split("; ") {
            block_on(async { self.connect().await.batch_execute(one).await }).expect("the server does it");
        }
    }

    async fn connect(&self) -> tokio_postgres::Client {
        let mut config = Config::new();
        config.host_path(&self.cluster.folder).port(self.cluster.port).user("postgres").dbname("postgres");
        postgres::connect(&config).await
    }
}

/// Who signs.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    certificate: String,
}

impl Authority {
    fn new(name: &str) -> Authority {
        Authority::named(name, &[])
    }

    fn named(name: &str, hosts: &[&str]) -> Authority {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).expect("names of hosts");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate").pem();
        Authority { params, key, certificate }
    }

    /// A certificate for a host, and its key.
    fn sign(&self, host: &str) -> (String, String) {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let params = CertificateParams::new(vec![host.to_owned()]).expect("a host's name");
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &issuer).expect("a certificate").pem(), key.serialize_pem())
    }
}

/// A path as a parameter of a URL.
pub fn parameter(path: &Path) -> String {
    path.display().to_string().replace('/', "%2F")
}
