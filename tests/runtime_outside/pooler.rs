//! A pooler in transaction mode: each message outside of a transaction goes to another session than the last.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use migrate_test_support::postgres::connect;
use tokio_postgres::config::Host;

use super::*;

mod mixed {
    migrate::history! {
        migration m1 { create table items { id: integer primary key, n: integer default 0 } }
        migration m2 {
            up { update items set n = n + 1 in batches of 10; }
            down irreversible "no";
        }
        migration m3 { create index items_n on items (n) concurrently; }
    }
}

#[test]
fn batches_go_through_it_and_what_needs_one_session_is_refused() {
    let [_, mut db] = Live::both();
    db.run(Runner::new(&mixed::HISTORY).target("1")).unwrap();
    db.sql("INSERT INTO items (id) SELECT i FROM generate_series(1, 95) AS i");
    let Live::Postgres(database, _) = &db else { unreachable!() };
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(pooler(database)).dbname(database.name());
    config.user(database.config().get_user().unwrap_or("postgres"));
    if let Some(password) = database.config().get_password() {
        config.password(password);
    }
    let mut pooled = block_on(connect(&config));
    let error = block_on(Runner::new(&mixed::HISTORY).run_async(&mut pooled)).unwrap_err();
    assert!(matches!(error, Error::NeedsDirectConnection), "{error}");
    assert_eq!(db.strings("SELECT DISTINCT n FROM items"), ["1"]);
    assert_eq!(
        db.strings("SELECT coalesce(progress, name) FROM _migrations ORDER BY position").concat(),
        "12"
    );
    assert_eq!(db.strings("SELECT indexname FROM pg_indexes WHERE indexname = 'items_n'"), [""; 0]);
    let locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE \
                 datname = current_database())";
    assert_eq!(db.strings(locks), [""; 0]);
    assert_eq!(db.up(&mixed::HISTORY).unwrap().applied, 3);
}

/// Starts one between TCP and the database's server; its port.
fn pooler(database: &Database) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = database.config();
    let host = config.get_hosts()[0].clone();
    let server = config.get_ports().first().copied().unwrap_or(5432);
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        match host {
            Host::Unix(folder) => {
                let path = folder.join(format!(".s.PGSQL.{server}"));
                serve(client, [(); 2].map(|()| UnixStream::connect(&path).unwrap()))
            }
            Host::Tcp(host) => {
                serve(client, [(); 2].map(|()| TcpStream::connect((host.as_str(), server)).unwrap()))
            }
        }
    });
    port
}

/// Until the client goes away.
fn serve(mut client: TcpStream, mut servers: [impl Read + Write; 2]) -> Option<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length).ok()?;
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut startup).ok()?;
    for server in &mut servers {
        server.write_all(&length).ok()?;
        server.write_all(&startup).ok()?;
    }
    let (first, _) = answer(&mut servers[0])?;
    answer(&mut servers[1])?;
    client.write_all(&first).ok()?;
    let (mut at, mut status) = (0, b'I');
    loop {
        let mut request = Vec::new();
        loop {
            let (kind, message) = message(&mut client)?;
            request.extend(message);
            if matches!(kind, b'Q' | b'S') {
                break;
            }
        }
        if status == b'I' {
            at = 1 - at;
        }
        servers[at].write_all(&request).ok()?;
        let (said, now) = answer(&mut servers[at])?;
        client.write_all(&said).ok()?;
        status = now;
    }
}

/// All that a server says until it is ready again, and whether it is in a transaction then.
fn answer(server: &mut impl Read) -> Option<(Vec<u8>, u8)> {
    let mut all = Vec::new();
    loop {
        let (kind, message) = message(server)?;
        let last = message[message.len() - 1];
        all.extend(message);
        if kind == b'Z' {
            return Some((all, last));
        }
    }
}

fn message(stream: &mut impl Read) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut message = head.to_vec();
    message.resize(length + 1, 0);
    stream.read_exact(&mut message[5..]).ok()?;
    Some((head[0], message))
}
