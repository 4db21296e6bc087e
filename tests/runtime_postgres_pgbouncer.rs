//! Behind PgBouncer in transaction mode: what needs no session of its own goes through and leaves nothing behind in the sessions
//! that others get next; what needs one is refused before anything is touched.

use migrate::{Error, History, Report, Revert, Runner};
use migrate_test_support::block_on;
use migrate_test_support::pgbouncer::{Pooler, pooler};
use migrate_test_support::postgres::{Database, database, sql, strings};
use tokio_postgres::{Client, Transaction};

#[allow(deprecated, reason = "what lints say of it")]
mod shop {
    migrate::history! {
        #![dialects(postgres)]
        migration m0001_users { create table users { id: integer primary key autoincrement, name: text null } }
        migration m0002_rows {
            up { insert into users (name) values ("ada"), ("bea"), (null); }
            down { delete from users; }
        }
        migration m0003_named {
            up { alter table users alter column name set not null using "none"; }
            down { alter table users alter column name drop not null; }
        }
        migration m0004_raw {
            up { sql "SET LOCAL statement_timeout = '9s'; UPDATE users SET name = upper(name)"; }
            down { sql "UPDATE users SET name = lower(name)"; }
        }
        migration m0005_call { up { call super::count; } down { call super::count; } }
        migration m0006_batches {
            up { update users set name = name || "!" in batches of 1; }
            down irreversible "no";
        }
    }
}

#[allow(deprecated, reason = "what lints say of it")]
mod sessions {
    migrate::history! {
        #![dialects(postgres)]
        migration m0001_users { create table users { id: integer primary key autoincrement, name: text null } }
        // Rows are no structure: without them a new schema would be made at once, index and all.
        migration m0002_ada { up { insert into users (name) values ("ada"); } down { delete from users; } }
        migration m0003_index { create index users_name on users (name) concurrently; }
    }
}

async fn count(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.query_one("SELECT count(*) FROM users", &[]).await.map(drop)
}

fn run(history: &History, client: &mut Client) -> Result<Report, Error> {
    block_on(Runner::new(history).run_async(client))
}

fn started(sessions: u32) -> (Database, Pooler) {
    let database = database();
    let pooler = pooler(&database, sessions);
    // As many at once as there are sessions: now all of them are open, and go round.
    let clients: Vec<Client> = (0..sessions).map(|_| pooler.client()).collect();
    clients.iter().for_each(|client| sql(client, "BEGIN"));
    clients.iter().for_each(|client| sql(client, "COMMIT"));
    (database, pooler)
}

/// What the next who gets a session would find in it: settings, statements, open transactions and locks, of each.
fn left_behind(database: &Database, pooler: &Pooler) -> Vec<String> {
    let client = pooler.client();
    let mut found = Vec::new();
    for _ in 0..12 {
        found.extend(strings(
            &client,
            "SELECT s.name || ' = ' || s.setting FROM pg_settings AS s WHERE s.source = 'session' AND s.name NOT IN \
             ('client_encoding', 'application_name', 'DateStyle', 'TimeZone', 'standard_conforming_strings', \
             'extra_float_digits') UNION ALL SELECT 'prepared ' || statement FROM pg_prepared_statements WHERE name <> '' \
             UNION ALL SELECT 'flag' WHERE coalesce(current_setting('migrate.in_transaction', true), '') <> ''",
        ));
    }
    let watcher = database.client();
    found.extend(strings(
        &watcher,
        "SELECT 'lock of ' || pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
         WHERE datname = current_database()) UNION ALL SELECT 'transaction of ' || pid FROM pg_stat_activity WHERE datname \
         = current_database() AND state LIKE 'idle in transaction%'",
    ));
    found
}

#[test]
fn a_history_goes_through_up_and_down() {
    let (database, pooler) = started(3);
    let mut client = pooler.client();
    // It is PgBouncer indeed: one client sees several sessions.
    let mut sessions: Vec<String> =
        (0..12).flat_map(|_| strings(&client, "SELECT pg_backend_pid()")).collect();
    sessions.sort();
    sessions.dedup();
    assert!(sessions.len() > 1, "{sessions:?}");

    assert_eq!(run(&shop::HISTORY, &mut client).unwrap().migrations.len(), 6);
    assert_eq!(left_behind(&database, &pooler), [""; 0]);
    assert_eq!(strings(&client, "SELECT name FROM users ORDER BY id"), ["ADA!", "BEA!", "NONE!"]);
    assert!(run(&shop::HISTORY, &mut client).unwrap().is_empty());
    assert!(block_on(Runner::new(&shop::HISTORY).status_async(&mut client)).unwrap().is_current());

    let before = |target| Runner::new(&shop::HISTORY).target(target);
    let (database, pooler) = started(3);
    let mut client = pooler.client();
    block_on(before("0005_call").run_async(&mut client)).unwrap();
    block_on(Runner::new(&shop::HISTORY).revert_async(&mut client, Revert::All)).unwrap();
    assert_eq!(left_behind(&database, &pooler), [""; 0]);
    assert_eq!(
        strings(&client, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"),
        ["_migrations"]
    );
}

#[test]
fn what_needs_a_session_is_refused() {
    let (database, pooler) = started(3);
    let mut client = pooler.client();
    let error = run(&sessions::HISTORY, &mut client).unwrap_err();
    assert!(matches!(error, Error::NeedsDirectConnection), "{error}");
    assert_eq!(left_behind(&database, &pooler), [""; 0]);
    let mut direct = database.client();
    assert_eq!(strings(&direct, "SELECT indexname FROM pg_indexes WHERE indexname = 'users_name'"), [""; 0]);
    assert_eq!(run(&sessions::HISTORY, &mut direct).unwrap().applied, 3);
    assert_eq!(
        strings(&direct, "SELECT indexname FROM pg_indexes WHERE indexname = 'users_name'"),
        ["users_name"]
    );
}

#[test]
fn several_that_start_together_apply_it_once() {
    let (database, pooler) = started(4);
    let applied: usize = std::thread::scope(|scope| {
        let start = || {
            let mut client = pooler.client();
            scope.spawn(move || run(&shop::HISTORY, &mut client).unwrap().migrations.len())
        };
        let all: Vec<_> = (0..8).map(|_| start()).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(applied, 6);
    let db = database.client();
    assert_eq!(strings(&db, "SELECT name FROM users ORDER BY id"), ["ADA!", "BEA!", "NONE!"]);
    assert_eq!(left_behind(&database, &pooler), [""; 0]);
    sql(&db, "DROP TABLE users");
}
