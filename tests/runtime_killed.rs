//! Processes that are killed with SIGKILL in an upgrade: between every two statements, and at any instant.
//!
//! After each, the database is as some number of whole migrations leave it, the history table says which, and a plain run ends
//! the upgrade with every row there. Steps outside of a transaction have a test of their own (`runtime_outside`). The test
//! program runs itself as the other process: a test that does nothing unless it is told to.

// What lints say of this history.
#![allow(deprecated)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use migrate::Runner;
use migrate_test_support::postgres::{Database, connect, database, strings};
use migrate_test_support::{Numbers, block_on};
use rusqlite::Connection;
use tokio_postgres::Client;

/// Tells the other process what to do: `sqlite` or `postgres`, the event at which to stop, and a path or URL.
const TASK: &str = "MIGRATE_TEST_TASK";
/// How many processes are killed on each database at least.
const KILLS: usize = 200;

/// Keys are given, for what a sequence of PostgreSQL has given out it does not take back.
mod shop {
    migrate::history! {
        migration m1 {
            up {
                create table users { id: integer primary key, name: text, kind: text null }
                create table orders {
                    id: integer primary key,
                    user_id: integer references users (id) on delete cascade,
                    total: integer,
                }
                sql {
                    sqlite "INSERT INTO users (id, name) WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 400) SELECT i, 'name ' || i FROM i",
                    postgres "INSERT INTO users (id, name) SELECT i, 'name ' || i FROM generate_series(1, 400) AS i",
                };
                sql "INSERT INTO orders (id, user_id, total) SELECT a.id * 5 + b.id, a.id, b.id FROM users AS a, users AS b WHERE b.id <= 5";
            }
            down { drop table orders; drop table users; }
        }
        migration m2 {
            up {
                alter table users recreate {
                    alter column kind set not null using "plain";
                    add column age: integer default 18;
                    add check (age > 0);
                }
            }
            down irreversible "which were null is not known";
        }
        migration m3 {
            create unique index users_name on users (name);
            alter table orders add column paid: boolean default false;
            rename table orders to sales;
        }
        migration m4 {
            up {
                update sales set total = total + 1, paid = true where total > 2;
                delete from users where id > 395;
                insert into users (id, name, kind) values (1000, "new", "other");
            }
            down irreversible "rows are gone";
        }
        migration m5 {
            create table kinds { kind: text primary key }
            alter table sales recreate { drop column paid; rename column total to amount; add check (amount > 0); }
        }
        migration m6 {
            up {
                insert into kinds (kind) select distinct users.kind from users;
                sql sqlite "UPDATE users SET age = age + 1";
                sql postgres "UPDATE users SET age = age + 1";
            }
            down irreversible "rows are others";
        }
        migration m7 { alter table users recreate { add foreign key (kind) references kinds (kind); } }
    }
}

#[test]
fn other_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let mut words = task.splitn(3, ' ');
    let mut word = || words.next().unwrap();
    let (kind, stop, place) = (word(), word().parse::<usize>().unwrap(), word());
    let mut seen = 0;
    let runner = Runner::new(&shop::HISTORY).wait_for_peer(Duration::from_secs(30)).on_event(move |_| {
        seen += 1;
        if seen == stop {
            println!("\nstopped");
            std::thread::sleep(Duration::from_secs(60));
        }
    });
    match kind {
        "sqlite" => runner.run(&mut Connection::open(place).unwrap()),
        _ => block_on(async { runner.run_async(&mut connect(&place.parse().unwrap()).await).await }),
    }
    .unwrap();
}

fn start(task: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "other_process", "--nocapture"])
        .env(TASK, task)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// One database of each kind, as a place and as a connection of our own.
#[allow(clippy::large_enum_variant)]
enum Live {
    Sqlite(Connection, String),
    Postgres(Client, Database),
}

impl Live {
    fn sqlite(folder: &Path, name: &str) -> Live {
        let path = folder.join(name);
        let db = Connection::open(&path).unwrap();
        // Half of them with a log beside the file.
        let journal = if name.len().is_multiple_of(2) { "wal" } else { "delete" };
        db.execute_batch(&format!("PRAGMA journal_mode = {journal}")).unwrap();
        Live::Sqlite(db, path.display().to_string())
    }

    fn postgres() -> Live {
        let database = database();
        Live::Postgres(database.client(), database)
    }

    fn task(&self, stop: usize) -> String {
        match self {
            Live::Sqlite(_, path) => format!("sqlite {stop} {path}"),
            Live::Postgres(_, database) => format!("postgres {stop} {}", database.url()),
        }
    }

    fn up(&mut self, target: Option<&str>) {
        let mut runner = Runner::new(&shop::HISTORY).wait_for_peer(Duration::from_secs(30));
        if let Some(target) = target {
            runner = runner.target(target);
        }
        match self {
            Live::Sqlite(db, _) => runner.run(db).map(drop),
            Live::Postgres(client, _) => block_on(runner.run_async(client)).map(drop),
        }
        .unwrap();
    }

    fn strings(&self, text: &str) -> Vec<String> {
        match self {
            Live::Postgres(client, _) => strings(client, text),
            Live::Sqlite(db, _) => {
                let mut statement = db.prepare(text).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
        }
    }

    /// Everything that is there: the schema as the database tells of it, each row of every table, and the history.
    fn contents(&self) -> Vec<String> {
        let (schema, tables, row) = match self {
            Live::Sqlite(..) => (
                "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1",
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('_migrations', 'sqlite_sequence') ORDER BY 1",
                None,
            ),
            Live::Postgres(..) => (
                "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) FROM information_schema.columns \
                 WHERE table_schema = 'public' \
                 UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid <> 0 \
                 AND connamespace = 'public'::regnamespace \
                 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_migrations' \
                 ORDER BY 1",
                Some("t::text"),
            ),
        };
        let mut all = self.strings(schema);
        for table in self.strings(tables) {
            let row = row.map_or_else(|| self.sqlite_row(&table), str::to_owned);
            all.extend(self.strings(&format!("SELECT {row} FROM {table} AS t ORDER BY 1")));
        }
        if all.iter().any(|line| line.contains("_migrations")) {
            all.extend(self.strings("SELECT name || ' ' || chain || ' ' || coalesce(progress, 'done') FROM _migrations ORDER BY position"));
        }
        all
    }

    /// An expression for a whole row.
    fn sqlite_row(&self, table: &str) -> String {
        let columns =
            self.strings(&format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
        columns.join(" || ',' || ")
    }

    /// Waits until the server has seen that nobody is there any more.
    fn settle(&self) {
        let others = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                      AND backend_type = 'client backend'";
        while matches!(self, Live::Postgres(..)) && self.strings(others) != ["0"] {
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

/// Holds that what is there are whole migrations, ends the upgrade, and compares the end.
fn look(db: &mut Live, known: &[Vec<String>], when: &str) {
    db.settle();
    let found = db.contents();
    assert!(known.contains(&found), "killed {when}: no number of whole migrations leaves this:\n{found:#?}");
    db.up(None);
    assert_eq!(&db.contents(), known.last().unwrap(), "killed {when}, and run again");
}

fn kill(seed: u64, longest: usize, fresh: impl Fn(&str) -> Live) {
    // What each number of migrations leaves behind.
    let mut reference = fresh("reference");
    let mut known = vec![reference.contents()];
    for migration in ["1", "2", "3", "4", "5", "6", "7"] {
        reference.up(Some(migration));
        known.push(reference.contents());
    }
    let (mut killed, mut between) = (0, 0);
    // Between every two statements.
    for stop in 1.. {
        let mut db = fresh(&format!("at{stop}"));
        let mut child = start(&db.task(stop));
        let output = BufReader::new(child.stdout.take().unwrap());
        let stopped = output.lines().map_while(Result::ok).any(|line| line == "stopped");
        let _ = child.kill();
        child.wait().unwrap();
        if !stopped {
            break;
        }
        (killed, between) = (killed + 1, between + 1);
        look(&mut db, &known, &format!("at event {stop}"));
    }
    assert!(between > 30, "only {between} events");
    // At any instant, and what is left is run on by the next, which is killed too.
    let mut numbers = Numbers::seeded(seed);
    while killed < KILLS {
        let mut db = fresh(&format!("some{killed}"));
        for _ in 0..numbers.below(3) + 1 {
            let mut child = start(&db.task(0));
            std::thread::sleep(Duration::from_micros(numbers.below(longest * 1000) as u64));
            let ended = child.try_wait().unwrap().is_some();
            let _ = child.kill();
            child.wait().unwrap();
            if ended {
                break;
            }
            killed += 1;
        }
        look(&mut db, &known, &format!("by chance, {killed}"));
    }
}

#[test]
fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    kill(11, 60, |name| Live::sqlite(folder.path(), name));
}

#[test]
fn on_postgres() {
    kill(12, 140, |_| Live::postgres());
}
