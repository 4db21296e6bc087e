//! What a function must not do, and what is put back behind it.

use super::*;

people!(swallowing { sqlite super::swallow_sqlite, postgres super::swallow_postgres });

fn swallow_sqlite(db: &Connection) -> rusqlite::Result<()> {
    let _ = db.execute_batch("INSERT INTO people (id, name) VALUES (1, 'twice')");
    Ok(())
}

async fn swallow_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    let _ = db.batch_execute("INSERT INTO people (id, name) VALUES (1, 'twice')").await;
    Ok(())
}

people!(careful { sqlite super::swallow_sqlite, postgres super::save_postgres });

async fn save_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("SAVEPOINT mine").await?;
    if db.batch_execute("INSERT INTO people (id, name) VALUES (1, 'twice')").await.is_err() {
        db.batch_execute("ROLLBACK TO SAVEPOINT mine").await?;
    }
    Ok(())
}

#[test]
fn a_swallowed_error_ends_all_on_postgres_alone() {
    let mut db = memory();
    up_sqlite(&mut db, &swallowing::HISTORY).unwrap();
    assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob", "before", "after"]);

    let (_database, mut db) = connected();
    let error = up_postgres(&mut db, &swallowing::HISTORY).unwrap_err();
    assert!(
        matches!(&error, Error::ErrorIgnored { function, .. } if function == "super::swallow_postgres"),
        "{error:?}"
    );
    assert_eq!(rows_postgres(&db, APPLIED), ["1"]);
    let (_database, mut db) = connected();
    up_postgres(&mut db, &careful::HISTORY).unwrap();
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob", "before", "after"]);
}

people!(committing { sqlite super::commit_sqlite, postgres super::commit_postgres });
people!(beginning { sqlite super::begin_sqlite, postgres super::begin_postgres });
people!(rolling { sqlite super::roll_sqlite, postgres super::roll_postgres });
people!(quitting { sqlite super::quit_sqlite, postgres super::quit_postgres });

fn commit_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("COMMIT")
}
fn begin_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("COMMIT; BEGIN")
}
fn roll_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("ROLLBACK; BEGIN IMMEDIATE")
}
fn quit_sqlite(db: &Connection) -> Result<(), BoxError> {
    db.execute_batch("COMMIT")?;
    Err("and out".into())
}
async fn commit_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("COMMIT").await
}
async fn begin_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("COMMIT").await?;
    db.batch_execute("BEGIN").await
}
async fn roll_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("ROLLBACK").await?;
    db.batch_execute("BEGIN").await
}
async fn quit_postgres(db: &Transaction<'_>) -> Result<(), &'static str> {
    db.batch_execute("COMMIT").await.map_err(|_| "no commit")?;
    Err("and out")
}

#[test]
fn a_transaction_that_the_function_ends_is_told() {
    let histories = [&committing::HISTORY, &beginning::HISTORY, &rolling::HISTORY, &quitting::HISTORY];
    for (at, history) in histories.into_iter().enumerate() {
        let said = |error: Error| {
            let Error::TransactionEnded { function: Some(_), source, .. } = &error else {
                panic!("{error:?}")
            };
            assert_eq!(source.as_ref().map(ToString::to_string), (at == 3).then(|| "and out".to_owned()));
            let text = error.to_string();
            assert!(
                text.starts_with("the function `super::") && text.contains("ended the transaction"),
                "{text}"
            );
        };
        let mut db = memory();
        Runner::new(history).target("1").run(&mut db).unwrap();
        said(up_sqlite(&mut db, history).unwrap_err());
        assert!(db.is_autocommit());
        assert_eq!(rows_sqlite(&db, APPLIED), ["1"]);
        assert_eq!(rows_sqlite(&db, PEOPLE)[..2], ["ada", "bob"]);

        let (_database, mut db) = connected();
        said(up_postgres(&mut db, history).unwrap_err());
        assert_eq!(rows_postgres(&db, APPLIED), ["1"]);
        assert_eq!(rows_postgres(&db, PEOPLE)[..2], ["ada", "bob"]);
        assert_eq!(rows_postgres(&db, LOCKS), [""; 0]);
    }
}

people!(building { sqlite super::build_sqlite, postgres super::build_postgres });
people!(altering { sqlite super::alter_sqlite, postgres super::alter_postgres });

fn build_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TABLE scratch (a); DROP TABLE scratch; CREATE INDEX people_name ON people (name)",
    )
}
fn alter_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("ANALYZE; ALTER TABLE people ADD COLUMN age integer")
}
async fn build_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute(
        "CREATE TABLE scratch (a int); DROP TABLE scratch; CREATE INDEX people_name ON people (name)",
    )
    .await
}
async fn alter_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("ANALYZE people; ALTER TABLE people ADD COLUMN age integer").await
}

#[test]
fn a_function_leaves_the_schema_as_it_is() {
    for (history, object) in [(&building::HISTORY, "people_name"), (&altering::HISTORY, "people")] {
        let said = |error: Error| {
            let Error::SchemaChanged { objects, .. } = &error else { panic!("{error:?}") };
            assert_eq!(objects, &[object]);
        };
        let mut db = memory();
        Runner::new(history).target("1").run(&mut db).unwrap();
        said(up_sqlite(&mut db, history).unwrap_err());
        assert_eq!(rows_sqlite(&db, "SELECT name FROM pragma_table_info('people')"), ["id", "name"]);
        let (_database, mut db) = connected();
        said(up_postgres(&mut db, history).unwrap_err());
        assert_eq!(rows_postgres(&db, "SELECT * FROM pg_indexes WHERE indexname = 'people_name'"), [""; 0]);
    }
}

people!(unsettled { sqlite super::unsettle_sqlite, postgres super::unsettle_postgres });

fn unsettle_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "PRAGMA query_only = ON; PRAGMA legacy_alter_table = ON; PRAGMA ignore_check_constraints = ON",
    )
}
async fn unsettle_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("CREATE TEMP TABLE people (id bigint, name text) ON COMMIT DROP").await?;
    db.batch_execute("SET LOCAL search_path = pg_temp, public; SET LOCAL lock_timeout = 0").await
}

#[test]
fn settings_are_put_back() {
    let mut db = memory();
    up_sqlite(&mut db, &unsettled::HISTORY).unwrap();
    assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob", "before", "after"]);
    let pragma = |name: &str| -> i64 { db.query_row(&format!("PRAGMA {name}"), [], |r| r.get(0)).unwrap() };
    assert_eq!((pragma("legacy_alter_table"), pragma("ignore_check_constraints")), (0, 0));

    let (_database, mut db) = connected();
    up_postgres(&mut db, &unsettled::HISTORY).unwrap();
    assert_eq!(rows_postgres(&db, PEOPLE), ["ada", "bob", "before", "after"]);
}

people!(sleeping { sqlite super::swallow_sqlite, postgres super::sleep_postgres });

async fn sleep_postgres(db: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    db.batch_execute("UPDATE people SET name = 'lost'").await?;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    Ok(())
}

#[test]
fn a_future_that_is_dropped_in_the_function_leaves_nothing() {
    let (database, mut db) = connected();
    block_on(async {
        let run = Runner::new(&sleeping::HISTORY).run_async(&mut db);
        tokio::time::timeout(std::time::Duration::from_millis(700), run).await.unwrap_err();
    });
    let other = database.client();
    assert_eq!(rows_postgres(&db, "SELECT 'answers'"), ["answers"]);
    assert_eq!(rows_postgres(&other, LOCKS), [""; 0]);
    assert_eq!(rows_postgres(&other, PEOPLE), ["ada", "bob"]);
    assert_eq!(rows_postgres(&other, APPLIED), ["1"]);
}

people!(shadowing { sqlite super::shadow_sqlite, postgres super::unsettle_postgres });
people!(triggering { sqlite super::trigger_sqlite, postgres super::unsettle_postgres });
people!(scratching { sqlite super::scratch_sqlite, postgres super::unsettle_postgres });

fn shadow_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("CREATE TEMP TABLE People (id integer, name text)")
}
fn trigger_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("CREATE TEMP TRIGGER t BEFORE INSERT ON people BEGIN SELECT raise(IGNORE); END")
}
fn scratch_sqlite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("CREATE TEMP TABLE scratch AS SELECT * FROM people")
}

/// What follows the function would go to a temporary table, or be ignored by a temporary trigger.
#[test]
fn temporary_objects_stand_in_no_ones_way() {
    for (history, object) in [(&shadowing::HISTORY, "temp.People"), (&triggering::HISTORY, "temp.t")] {
        let mut db = memory();
        Runner::new(history).target("1").run(&mut db).unwrap();
        let error = up_sqlite(&mut db, history).unwrap_err();
        assert!(matches!(&error, Error::SchemaChanged { objects, .. } if *objects == [object]), "{error:?}");
        assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob"]);
    }
    let mut db = memory();
    up_sqlite(&mut db, &scratching::HISTORY).unwrap();
    assert_eq!(rows_sqlite(&db, PEOPLE), ["ada", "bob", "before", "after"]);
}
