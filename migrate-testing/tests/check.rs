//! What an application's test says of its history.

mod shop;
mod wrong;

use migrate_test_support::{block_on, postgres};
use migrate_testing::{Check, Problem, Way};

/// Both databases, and the lines of the problem there, if there is one.
fn told(check: &Check) -> [Option<Problem>; 2] {
    let database = postgres::database();
    let mut client = database.client();
    [check.in_memory().err(), block_on(check.on_postgres(&mut client)).err()]
}

#[test]
fn a_history_that_holds() {
    let check = Check::new(&shop::HISTORY).source("tests/shop");
    let proof = check.in_memory().unwrap();
    assert!(proof.irreversible.is_empty() && proof.called_back.is_empty() && proof.stopped.is_none());
    let database = postgres::database();
    block_on(check.on_postgres(&mut database.client())).unwrap();
    // It was applied to its end, up again.
    assert_eq!(postgres::strings(&database.client(), "SELECT name || letters FROM people"), ["ada3"]);
}

#[test]
fn files_that_are_not_there_or_others_are_told() {
    let problem = Check::new(&shop::HISTORY).in_memory().unwrap_err();
    assert!(matches!(&problem, Problem::NoSource { .. }), "{problem}");
    let text = problem.to_string();
    assert!(text.starts_with("there is no history where it was looked for\n  "), "{text}");
    assert!(
        text.contains("src/migrations/mod.rs") && text.contains("`Check::source` names the file"),
        "{text}"
    );
    let problem = Check::new(&shop::HISTORY).source("tests/wrong/fails.rs").in_memory().unwrap_err();
    assert!(matches!(&problem, Problem::OtherSource { migration, .. } if migration == "0001_t"), "{problem}");
    let problem = Check::new(&shop::HISTORY).source("tests/check.rs").in_memory().unwrap_err();
    assert!(matches!(&problem, Problem::Unsound { .. }), "{problem}");
}

#[test]
fn a_database_with_something_in_it_is_left() {
    let check = Check::new(&shop::HISTORY).source("tests/shop/mod.rs");
    let mut db = rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)").unwrap();
    let problem = check.on_sqlite(&mut db).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the SQLite database has something in it, and may not\n  + table mine: a"
    );
    let tables = "SELECT count(*) FROM sqlite_schema";
    assert_eq!(db.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 1);

    let database = postgres::database();
    let mut client = database.client();
    postgres::sql(&client, "CREATE TABLE mine (a int)");
    let problem = block_on(check.on_postgres(&mut client)).unwrap_err();
    assert!(
        matches!(&problem, Problem::NotEmpty { objects, .. } if objects .iter().all(|line| line.starts_with("+ table mine"))),
        "{problem}"
    );
    assert_eq!(
        postgres::strings(&client, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"),
        ["mine"]
    );
}

#[test]
fn a_declaration_that_is_not_true_is_found() {
    for problem in told(&Check::new(&wrong::declares::HISTORY).source("tests/wrong/declares.rs")) {
        let problem = problem.expect("it does not hold");
        let Problem::Schema { way: Way::Up, after, differences, dialect } = &problem else {
            panic!("{problem}")
        };
        assert_eq!(
            (after.as_deref(), differences.as_slice()),
            (Some("0002_lie"), &["- column u.b: text null".to_owned()][..])
        );
        let title = dialect.title();
        let head = format!(
            "the schema in {title} is not the declared one after running up to `0002_lie`\n  - column"
        );
        // What `unwrap` shows.
        assert!(format!("{problem:?}").starts_with(&head), "{problem:?}");
    }
}

#[test]
fn what_fails_is_told_with_its_place() {
    for problem in told(&Check::new(&wrong::fails::HISTORY).source("tests/wrong/fails.rs")) {
        let problem = problem.expect("it does not hold");
        assert!(matches!(&problem, Problem::Run { way: Way::Up, .. }), "{problem}");
        let text = problem.to_string();
        assert!(
            text.starts_with("while the history ran up on ")
                && text.contains("fails.rs:6:14")
                && text.contains("not today"),
            "{text}"
        );
    }
}
