//! Lost connections and other sessions: what happened at a commit without an answer, and who waits for whom.

#[macro_use]
mod runtime;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use migrate::__private::statement;
use migrate::{Error, History, Runner};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, connect, database};
use tokio_postgres::config::Host;

static HISTORY: History = history![migration!(postgres "1", [statement(1, 1, "CREATE TABLE a (x int)")], [])];

#[test]
fn a_commit_without_an_answer_is_unknown() {
    for arrives in [true, false] {
        let database = database();
        let port = proxy(&database, arrives);
        let config = database.config();
        let mut through = tokio_postgres::Config::new();
        through.host("127.0.0.1").port(port).user(config.get_user().unwrap_or("postgres"));
        through.dbname(database.name());
        if let Some(password) = config.get_password() {
            through.password(password);
        }
        let mut client = block_on(connect(&through));
        let error = block_on(Runner::new(&HISTORY).run_async(&mut client)).unwrap_err();
        assert!(matches!(&error, Error::OutcomeUnknown { migration, .. } if migration == "1"), "{error}");

        let mut client = database.client();
        let report = block_on(Runner::new(&HISTORY).run_async(&mut client)).unwrap();
        // Run again, it is applied once in either case.
        assert_eq!((report.migrations.len(), report.applied), (usize::from(!arrives), 1));
    }
}

#[test]
fn who_waits_for_the_lock_is_in_nobodys_way() {
    let database = database();
    let sql =
        format!("ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'", database.name());
    block_on(database.client().batch_execute(&sql)).unwrap();
    // What a new session finds.
    let (mut db, holder, builder) = (database.client(), database.client(), database.client());
    block_on(holder.batch_execute("CREATE TABLE t (a int)")).unwrap();
    // The lock of the default history table, held outside of any transaction.
    block_on(holder.batch_execute("SELECT pg_advisory_lock(3065585921108471049)")).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runner = Runner::new(&HISTORY).wait_for_peer(Duration::from_secs(3));
            block_on(runner.run_async(&mut db)).unwrap_err()
        });
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        block_on(builder.batch_execute("CREATE INDEX CONCURRENTLY i ON t (a)")).unwrap();
        assert!(start.elapsed() < Duration::from_secs(2));
        let error = waiting.join().unwrap();
        assert!(matches!(error, Error::Locked { .. }), "{error}");
    });
    block_on(holder.batch_execute("SELECT pg_advisory_unlock_all()")).unwrap();
    assert_eq!(block_on(Runner::new(&HISTORY).run_async(&mut db)).unwrap().applied, 1);
}

/// Passes one connection on to the server, and cuts it when the client commits: after the server has got it, or
/// before.
fn proxy(database: &Database, arrives: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (mut to_server, mut from_server, hang_up) = server(database);
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut answers = client.try_clone().unwrap();
        std::thread::spawn(move || std::io::copy(&mut from_server, &mut answers));
        let mut buffer = [0; 8192];
        loop {
            let count = client.read(&mut buffer).unwrap_or(0);
            let sent = &buffer[..count];
            let commits = sent.windows(7).any(|bytes| bytes == b"COMMIT\0");
            if commits {
                // No answer can come back any more.
                let _ = client.shutdown(Shutdown::Both);
            }
            if count == 0 {
                return;
            }
            if commits && !arrives {
                // The server must notice too: until it does, it keeps the transaction and its lock.
                return hang_up();
            }
            to_server.write_all(sent).unwrap();
        }
    });
    port
}

type Ends = (Box<dyn Write + Send>, Box<dyn Read + Send>, Box<dyn FnOnce() + Send>);

fn server(database: &Database) -> Ends {
    let port = database.config().get_ports().first().copied().unwrap_or(5432);
    match &database.config().get_hosts()[0] {
        Host::Unix(folder) => {
            let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).unwrap();
            let (write, read) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
            (Box::new(write), Box::new(read), Box::new(move || drop(stream.shutdown(Shutdown::Both))))
        }
        Host::Tcp(host) => {
            let stream = TcpStream::connect((host.as_str(), port)).unwrap();
            let (write, read) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
            (Box::new(write), Box::new(read), Box::new(move || drop(stream.shutdown(Shutdown::Both))))
        }
    }
}
