//! The history in `migrations/` against facts of its schema that were taken from the original by independent means
//! (`tests/facts/agor/`), after every step, on both databases, up and down.

#[path = "agor_support/facts.rs"]
mod facts;
#[path = "../migrations/mod.rs"]
mod migrations;

use facts::{Facts, expected, postgres_facts, sqlite_facts};
use migrate::{Revert, Runner};
use migrate_test_support::{block_on, postgres, sqlite};
use migrations::HISTORY;

fn names() -> Vec<&'static str> {
    HISTORY.migrations().map(|m| m.name()).collect()
}

#[test]
fn every_migration_has_facts() {
    assert_eq!(names().len(), 9);
    for name in names() {
        assert!(!expected(name).tables.is_empty(), "{name}");
    }
}

#[test]
fn sqlite_matches_after_every_step_up_and_down_and_up() {
    let database = sqlite::database();
    let mut connection = database.connect();
    for name in names() {
        Runner::new(&HISTORY).target(name).run(&mut connection).unwrap();
        assert_same(&sqlite_facts(&connection), &expected(name), name);
    }
    for pair in names().windows(2).rev() {
        Runner::new(&HISTORY).revert(&mut connection, Revert::Last(1)).unwrap();
        assert_same(&sqlite_facts(&connection), &expected(pair[0]), &format!("down to {}", pair[0]));
    }
    Runner::new(&HISTORY).revert(&mut connection, Revert::Last(1)).unwrap();
    assert!(sqlite_facts(&connection).tables.is_empty());
    Runner::new(&HISTORY).run(&mut connection).unwrap();
    assert_same(&sqlite_facts(&connection), &expected("final"), "up again");
    assert!(Runner::new(&HISTORY).run(&mut connection).unwrap().is_empty(), "a second run has nothing to do");
}

#[test]
fn postgres_matches_after_every_step_up_and_down_and_up() {
    let database = postgres::database();
    let mut client = database.client();
    let facts = |client: &tokio_postgres::Client| block_on(postgres_facts(client));
    for name in names() {
        block_on(Runner::new(&HISTORY).target(name).run_async(&mut client)).unwrap();
        assert_same(&facts(&client), &expected(name).in_postgres(), name);
    }
    for pair in names().windows(2).rev() {
        block_on(Runner::new(&HISTORY).revert_async(&mut client, Revert::Last(1))).unwrap();
        assert_same(&facts(&client), &expected(pair[0]).in_postgres(), &format!("down to {}", pair[0]));
    }
    block_on(Runner::new(&HISTORY).revert_async(&mut client, Revert::Last(1))).unwrap();
    assert!(facts(&client).tables.is_empty());
    block_on(Runner::new(&HISTORY).run_async(&mut client)).unwrap();
    assert_same(&facts(&client), &expected("final").in_postgres(), "up again");
    assert!(block_on(Runner::new(&HISTORY).run_async(&mut client)).unwrap().is_empty());
}

/// 0003 rebuilds `board_comments`, 0009 `sessions`, which five tables refer to, most with `on delete cascade`. The
/// connection has foreign keys on: were they switched off inside the transaction, dropping the old table would empty
/// its children.
#[test]
fn rebuilding_a_parent_keeps_every_child_row() {
    let database = sqlite::database();
    let mut connection = database.connect();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    Runner::new(&HISTORY).target("0008_stale_marauders").run(&mut connection).unwrap();
    connection.execute_batch(include_str!("facts/agor_rows.sql")).unwrap();
    let before = facts::rows(&connection);
    assert!(before.values().all(|rows| *rows > 0), "every table has rows: {before:?}");

    Runner::new(&HISTORY).run(&mut connection).unwrap();
    assert_eq!(facts::rows(&connection), before);
    let foreign_keys: bool = connection.pragma_query_value(None, "foreign_keys", |row| row.get(0)).unwrap();
    assert!(foreign_keys, "the setting is as it was");

    Runner::new(&HISTORY).revert(&mut connection, Revert::To("0002_clammy_captain_flint")).unwrap();
    assert_eq!(facts::rows(&connection), before);
}

/// Rows whose `board_id` points nowhere were legal before 0009, and the new key must refuse them, not lose them.
#[test]
fn an_orphan_refuses_the_new_key_and_nothing_changes() {
    let database = sqlite::database();
    let mut connection = database.connect();
    Runner::new(&HISTORY).target("0008_stale_marauders").run(&mut connection).unwrap();
    connection.execute_batch(include_str!("facts/agor_rows.sql")).unwrap();
    connection.execute("UPDATE sessions SET board_id = 'nowhere'", []).unwrap();
    let error = Runner::new(&HISTORY).run(&mut connection).unwrap_err();
    let sentence = "rows of `sessions` refer by `board_id` to no row of `boards`";
    assert!(error.to_string().contains(sentence), "{error}");
    assert_same(&sqlite_facts(&connection), &expected("0008_stale_marauders"), "nothing changed");
    let board: String =
        connection.query_row("SELECT board_id FROM sessions LIMIT 1", [], |r| r.get(0)).unwrap();
    assert_eq!(board, "nowhere");
}

fn assert_same(found: &Facts, expected: &Facts, when: &str) {
    let lines = expected.differences(found);
    assert!(lines.is_empty(), "{when}:\n{}", lines.join("\n"));
}
