//! Extensions of PostgreSQL, which belong to the database and not to the history that creates them.

use std::thread;

use migrate::{Error, Report, Revert, Runner};
use migrate_test_support::block_on;
use migrate_test_support::postgres::{Database, database, sql, strings};
use tokio_postgres::Client;

mod words {
    migrate::history! {
        #![dialects(postgres)]
        migration m0001_citext { create extension citext; }
        migration m0002_words { create table words { word: type { postgres "citext" } } }
    }
}

mod elsewhere {
    migrate::history! {
        #![dialects(postgres)]
        #![postgres(schema = "app", search_also("extensions"))]
        migration m0001_citext { create extension citext schema extensions; }
        migration m0002_words { create table words { word: type { postgres "citext" } } }
        migration m0003_more { alter table words add column number: integer null; }
    }
}

mod dropped {
    migrate::history! {
        #![dialects(postgres)]
        migration m0001_citext { create extension citext; }
        migration m0002_drop { drop extension citext; }
    }
}

mod untrusted {
    migrate::history! {
        #![dialects(postgres)]
        migration m0001_files { create extension file_fdw; }
    }
}

fn run(runner: Runner<'_>, client: &mut Client) -> Result<Report, Error> {
    block_on(runner.run_async(client))
}

fn extensions(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT e.extname || ' in ' || n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
         WHERE e.extname <> 'plpgsql' ORDER BY 1",
    )
}

fn connected() -> (Database, Client) {
    let database = database();
    let client = database.client();
    (database, client)
}

#[test]
fn one_that_was_there_is_used_and_left() {
    let (_database, mut db) = connected();
    sql(&db, "CREATE EXTENSION citext; CREATE TABLE mine (word citext); INSERT INTO mine VALUES ('kept')");
    run(Runner::new(&words::HISTORY), &mut db).unwrap();
    block_on(Runner::new(&words::HISTORY).revert_async(&mut db, Revert::All)).unwrap();
    assert_eq!(extensions(&db), ["citext in public"]);
    assert_eq!(strings(&db, "SELECT word FROM mine WHERE word = 'KEPT'"), ["kept"]);
    run(Runner::new(&words::HISTORY), &mut db).unwrap();
}

#[test]
fn what_needs_it_keeps_it() {
    let (_database, mut db) = connected();
    run(Runner::new(&dropped::HISTORY).target("0001_citext"), &mut db).unwrap();
    sql(&db, "CREATE TABLE mine (word citext); INSERT INTO mine VALUES ('kept')");
    let error = run(Runner::new(&dropped::HISTORY), &mut db).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("cannot drop extension citext because other objects depend on it"), "{text}");
    assert_eq!(strings(&db, "SELECT word FROM mine WHERE word = 'KEPT'"), ["kept"]);
    sql(&db, "DROP TABLE mine");
    run(Runner::new(&dropped::HISTORY), &mut db).unwrap();
    assert!(extensions(&db).is_empty());
    // The way back of a drop makes it again.
    block_on(Runner::new(&dropped::HISTORY).revert_async(&mut db, Revert::Last(1))).unwrap();
    assert_eq!(extensions(&db), ["citext in public"]);
    // Whoever drops it first does no harm to the other.
    sql(&db, "DROP EXTENSION citext");
    run(Runner::new(&dropped::HISTORY), &mut db).unwrap();
}

#[test]
fn one_that_stands_out_of_sight_is_told() {
    let (_database, mut db) = connected();
    sql(&db, "CREATE SCHEMA hidden; CREATE EXTENSION citext SCHEMA hidden");
    let error = run(Runner::new(&words::HISTORY), &mut db).unwrap_err();
    let text = error.to_string();
    let told = "the extension citext is in the schema hidden, where names are not looked for (3F000); hint: name that schema in \
                search_also";
    assert!(text.contains(told), "{text}");
    assert_eq!(strings(&db, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), ["0"]);
    run(Runner::new(&words::HISTORY).search_also("hidden"), &mut db).unwrap();
    assert_eq!(extensions(&db), ["citext in hidden"]);
}

#[test]
fn its_schema_is_made_and_seen_by_every_tenant() {
    let (_database, mut db) = connected();
    run(Runner::new(&elsewhere::HISTORY), &mut db).unwrap();
    for tenant in ["one", "two"] {
        run(Runner::new(&elsewhere::HISTORY).schema(tenant), &mut db).unwrap();
    }
    assert_eq!(extensions(&db), ["citext in extensions"]);
}

#[test]
fn tenants_that_start_together_make_it_once() {
    let (database, db) = connected();
    let threads: Vec<_> = (0..8)
        .map(|tenant| {
            let mut client = database.client();
            thread::spawn(move || {
                let runner = Runner::new(&elsewhere::HISTORY).schema(format!("tenant_{tenant}"));
                run(runner, &mut client).map(|report| report.migrations.len())
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap().unwrap(), 3);
    }
    assert_eq!(extensions(&db), ["citext in extensions"]);
}

#[test]
fn one_that_takes_a_superuser_says_so() {
    let (database, mut db) = connected();
    let role = format!("plain_{}", database.name());
    sql(
        &db,
        &format!("CREATE ROLE {role}; CREATE SCHEMA {role} AUTHORIZATION {role}; SET search_path = {role}"),
    );
    sql(&db, &format!("GRANT CREATE ON DATABASE {} TO {role}; SET ROLE {role}", database.name()));
    let error = run(Runner::new(&untrusted::HISTORY), &mut db).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("permission denied to create extension \"file_fdw\""), "{text}");
    assert!(text.contains("hint: Must be superuser to create this extension"), "{text}");
    // A trusted one takes the right to create in the database alone.
    run(Runner::new(&words::HISTORY), &mut db).unwrap();
    sql(&db, &format!("RESET ROLE; DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}
