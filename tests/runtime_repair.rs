//! A repair: the rows of the history for applied migrations that were edited or renamed on purpose.

use std::time::Duration;

use migrate::{Error, History, Mended, Repair, Repaired, Revert, Runner};
use migrate_test_support::{block_on, postgres, sqlite};
use rusqlite::Connection;
use tokio_postgres::Client;

/// What was applied.
mod before {
    migrate::history! {
        migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text } }
        migration m0002_slugs { alter table notes add column slug: text(20) null; }
        migration m0003_tags { create table tags { id: integer primary key autoincrement } }
    }
}

/// The same with a longer slug, under its right name, and another way back of the last one.
mod after {
    migrate::history! {
        migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text null } }
        migration m0002_slug { alter table notes add column slug: text(20) null; }
        migration m0003_tags {
            up { create table tags { id: integer primary key autoincrement } }
            down irreversible "the tags are gone";
        }
        migration m0004_more { alter table tags add column name: text null; }
    }
}

/// One that stands elsewhere.
mod moved {
    migrate::history! {
        migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text } }
        migration m0003_tags { create table tags { id: integer primary key autoincrement } }
        migration m0002_slugs { alter table notes add column slug: text(20) null; }
    }
}

mod shorter {
    migrate::history! {
        migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text } }
    }
}

enum Database {
    Sqlite(Connection, sqlite::Database),
    Postgres(Box<Client>, postgres::Database),
}

/// Databases on which the first history ran, with a row.
fn applied() -> [Database; 2] {
    let (file, server) = (sqlite::database(), postgres::database());
    let mut databases =
        [Database::Sqlite(file.connect(), file), Database::Postgres(Box::new(server.client()), server)];
    for database in &mut databases {
        database.run(&before::HISTORY).unwrap();
        database.batch("INSERT INTO notes (id, body) VALUES (1, 'kept')");
    }
    databases
}

impl Database {
    fn batch(&self, sql: &str) {
        match self {
            Database::Sqlite(connection, _) => connection.execute_batch(sql).unwrap(),
            Database::Postgres(client, _) => block_on(client.batch_execute(sql)).unwrap(),
        }
    }

    fn run(&mut self, history: &'static History) -> Result<migrate::Report, Error> {
        match self {
            Database::Sqlite(connection, _) => Runner::new(history).run(connection),
            Database::Postgres(client, _) => block_on(Runner::new(history).run_async(&mut **client)),
        }
    }

    fn revert(&mut self, history: &'static History, how: Revert<'_>) -> Result<migrate::Report, Error> {
        match self {
            Database::Sqlite(connection, _) => Runner::new(history).revert(connection, how),
            Database::Postgres(client, _) => block_on(Runner::new(history).revert_async(&mut **client, how)),
        }
    }

    fn repair(&mut self, history: &'static History, how: Repair) -> Result<Repaired, Error> {
        self.repair_by(Runner::new(history), how)
    }

    fn repair_by(&mut self, runner: Runner<'_>, how: Repair) -> Result<Repaired, Error> {
        match self {
            Database::Sqlite(connection, _) => runner.repair(connection, how),
            Database::Postgres(client, _) => block_on(runner.repair_async(&mut **client, how)),
        }
    }

    /// Everything in the history table, and the rows of the user.
    fn content(&self) -> Vec<String> {
        let sql = "SELECT position || name || checksum || chain || applied_at || duration_ms || coalesce(down, '-') \
                   FROM _migrations UNION ALL SELECT id || body FROM notes ORDER BY 1";
        match self {
            Database::Sqlite(connection, _) => {
                let mut statement = connection.prepare(sql).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Database::Postgres(client, _) => {
                let sql = sql.replace("position ||", "position::text ||").replace("id ||", "id::text ||");
                block_on(client.query(&sql, &[])).unwrap().iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

fn told(repaired: &Repaired) -> Vec<(&str, Option<&str>, bool, bool)> {
    let one = |m: &'_ Mended| (m.changed, m.way_back);
    (repaired.migrations.iter())
        .map(|m| (m.migration.as_str(), m.applied_as.as_deref(), one(m).0, one(m).1))
        .collect()
}

#[test]
fn rows_say_what_the_migrations_are_and_nothing_is_run() {
    for mut database in applied() {
        assert!(matches!(database.run(&after::HISTORY), Err(Error::Changed { .. })));
        let content = database.content();
        let shown = database.repair(&after::HISTORY, Repair::Show).unwrap();
        assert_eq!(
            told(&shown),
            [
                ("0001_notes", None, true, false),
                ("0002_slug", Some("0002_slugs"), false, false),
                ("0003_tags", None, false, true),
            ]
        );
        assert_eq!(database.content(), content, "nothing is written");
        assert_eq!(database.repair(&after::HISTORY, Repair::Write).unwrap(), shown);
        assert!(database.repair(&after::HISTORY, Repair::Write).unwrap().is_empty());
        assert!(database.content().contains(&"1kept".to_owned()));
        // From there on it is a history as any other, with the ways back that it has now.
        let report = database.run(&after::HISTORY).unwrap();
        assert_eq!((report.migrations.len(), report.applied), (1, 4));
        let error = database.revert(&after::HISTORY, Revert::Last(2)).unwrap_err();
        assert!(
            matches!(&error, Error::Irreversible { migration, .. } if migration == "0003_tags"),
            "{error}"
        );
    }
}

#[test]
fn what_is_right_is_left_alone() {
    for mut database in applied() {
        let content = database.content();
        assert!(database.repair(&before::HISTORY, Repair::Write).unwrap().is_empty());
        assert_eq!(database.content(), content);
        // A broken way back is mended, and the row that follows it is left alone.
        database.batch("UPDATE _migrations SET down = 'broken' WHERE position = 2");
        let mended = database.repair(&before::HISTORY, Repair::Write).unwrap();
        assert_eq!(told(&mended), [("0002_slugs", None, false, true)]);
        assert_eq!(database.content(), content);
    }
    let (file, server) = (sqlite::database(), postgres::database());
    let empty =
        [Database::Sqlite(file.connect(), file), Database::Postgres(Box::new(server.client()), server)];
    for mut database in empty {
        assert!(database.repair(&before::HISTORY, Repair::Write).unwrap().is_empty());
        database.batch("CREATE TABLE _migrations (id integer)");
        let error = database.repair(&before::HISTORY, Repair::Write).unwrap_err();
        assert!(matches!(error, Error::HistoryTable { .. }), "{error}");
    }
}

#[test]
fn another_history_is_refused_and_left_alone() {
    for mut database in applied() {
        let content = database.content();
        for how in [Repair::Show, Repair::Write] {
            let error = database.repair(&moved::HISTORY, how).unwrap_err();
            assert!(
                matches!(&error, Error::Forked { after: Some(last), .. } if last == "0001_notes"),
                "{error}"
            );
            let error = database.repair(&shorter::HISTORY, how).unwrap_err();
            assert!(
                matches!(&error, Error::DatabaseIsNewer { unknown, .. } if unknown.len() == 2),
                "{error}"
            );
        }
        database.batch("UPDATE _migrations SET format = 9");
        let error = database.repair(&after::HISTORY, Repair::Write).unwrap_err();
        assert!(matches!(error, Error::HistoryTable { .. }), "{error}");
        database.batch("UPDATE _migrations SET format = 1");
        assert_eq!(database.content(), content);
    }
}

#[test]
fn one_that_was_cut_off_is_finished_first() {
    for mut database in applied() {
        for (progress, up) in [("up 1 started", true), ("down 0", false)] {
            database.batch(&format!("UPDATE _migrations SET progress = '{progress}' WHERE position = 3"));
            let content = database.content();
            let error = database.repair(&after::HISTORY, Repair::Write).unwrap_err();
            let expected = match &error {
                Error::Unfinished { migration, done: 1 } => up && migration == "0003_tags",
                Error::HalfReverted { migration } => !up && migration == "0003_tags",
                _ => false,
            };
            assert!(expected, "{error}");
            assert_eq!(database.content(), content);
        }
    }
}

/// All rows or none: the last one cannot be written.
#[test]
fn a_repair_that_fails_leaves_everything() {
    for mut database in applied() {
        match &database {
            Database::Sqlite(..) => database.batch(
                "CREATE TRIGGER no BEFORE UPDATE ON _migrations WHEN OLD.position = 3 BEGIN SELECT RAISE(ABORT, 'no'); END",
            ),
            Database::Postgres(..) => {
                database.batch("ALTER TABLE _migrations ADD CHECK (position <> 3 OR down IS NOT NULL)");
            }
        }
        let content = database.content();
        let error = database.repair(&after::HISTORY, Repair::Write).unwrap_err();
        assert!(matches!(error, Error::Database { .. }), "{error}");
        assert_eq!(database.content(), content);
    }
}

#[test]
fn transactions_and_peers_are_respected() {
    for mut database in applied() {
        database.batch("BEGIN");
        let error = database.repair(&after::HISTORY, Repair::Write).unwrap_err();
        assert!(matches!(error, Error::InTransaction), "{error}");
        database.batch("ROLLBACK");
        let wait = Duration::from_millis(100);
        let runner = || Runner::new(&after::HISTORY).wait_for_peer(wait);
        match &database {
            Database::Sqlite(_, file) => {
                let other = file.connect();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                let error = database.repair_by(runner(), Repair::Write).unwrap_err();
                assert!(matches!(error, Error::Locked { .. }), "{error}");
                other.execute_batch("ROLLBACK").unwrap();
            }
            Database::Postgres(_, server) => {
                let other = server.client();
                let lock = "BEGIN; SELECT pg_advisory_xact_lock(3065585921108471049)";
                block_on(other.batch_execute(lock)).unwrap();
                let error = database.repair_by(runner(), Repair::Write).unwrap_err();
                assert!(matches!(error, Error::Locked { .. }), "{error}");
                block_on(other.batch_execute("ROLLBACK")).unwrap();
            }
        }
        assert_eq!(database.repair_by(runner(), Repair::Write).unwrap().migrations.len(), 3);
    }
}
