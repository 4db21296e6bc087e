//! Functions in migrations: paths from a file of their own, and each driver alone.

use super::project::Project;
use super::{USERS, list, migration};

/// A crate with one driver whose second migration calls functions of both, each where its driver is.
fn application(name: &str, driver: &str, call: &str) -> Project {
    let project = Project::new(&format!("calls-{name}"));
    project.manifest("", &format!("migrate = {{ path = \"@\", features = [\"{driver}\"] }}"));
    project.write(
        "src/main.rs",
        "#[path = \"../migrations/mod.rs\"]\nmod migrations;\n\
         #[cfg(any())]\nmod other_driver;\n\
         fn main() { println!(\"{}\", migrations::HISTORY.migrations().len()); }\n",
    );
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0002_fill"]));
    project.write("migrations/m0001_users.rs", &migration(USERS));
    project.write("migrations/m0002_fill.rs", call);
    project
}

const SQLITE: &str = "use migrate::rusqlite::{Connection, Result};\n\
    fn fill(connection: &Connection) -> Result<()> {\n    \
    connection.execute_batch(\"INSERT INTO users (email) VALUES ('a')\")\n}\n\
    pub mod steps {\n    \
    pub fn clear(connection: &super::Connection) -> super::Result<()> {\n        \
    connection.execute_batch(\"DELETE FROM users\")\n    }\n}\n";
const POSTGRES: &str = "use migrate::tokio_postgres::{Error, Transaction};\n\
    async fn fill(transaction: &Transaction<'_>) -> Result<(), Error> {\n    \
    transaction.batch_execute(\"INSERT INTO users (email) VALUES ('a')\").await\n}\n\
    pub mod steps {\n    \
    pub async fn clear(transaction: &super::Transaction<'_>) -> Result<(), super::Error> {\n        \
    transaction.batch_execute(\"DELETE FROM users\").await\n    }\n}\n";

/// The functions of the other driver are not there, and nobody looks for them.
#[test]
fn each_driver_alone() {
    for (driver, functions, there, elsewhere) in
        [("rusqlite", SQLITE, "sqlite", "postgres"), ("tokio-postgres", POSTGRES, "postgres", "sqlite")]
    {
        let body = format!(
            "up {{ call {{ {there} fill, {elsewhere} crate::other_driver::fill }}; }}\n    \
             down {{ call {{ {there} self::steps::clear, {elsewhere} crate::other_driver::clear }}; }}"
        );
        let project = application(driver, driver, &format!("{functions}{}", migration(&body)));
        assert_eq!(project.cargo(&["run", "-q"]).sound(), "2\n");
        // The errors of rustc stand at the path, in the migration's file.
        project.write(
            "migrations/m0002_fill.rs",
            &format!("{functions}{}", migration(&body.replace(" fill", " crate::missing::fill"))),
        );
        let lines = functions.lines().count();
        let error = project.cargo(&["check", "-q"]).refused();
        assert!(error.contains("could not find `missing` in the crate root"), "{error}");
        assert!(error.contains(&format!("m0002_fill.rs:{}:{}", lines + 2, 25 + there.len())), "{error}");
        assert_eq!(error.matches("\nerror").count(), 1, "one and cargo's own last line: {error}");
    }
}

/// What a path leads to may change without a change of the migration.
#[test]
fn a_signature_that_changes_is_found() {
    let body = "up { call { sqlite fill, postgres crate::other::fill }; } down irreversible \"no\";";
    let project = application("changing", "rusqlite", &format!("{SQLITE}{}", migration(body)));
    project.cargo(&["check", "-q"]).sound();
    let other = SQLITE.replace("fn fill(connection: &Connection)", "fn fill(connection: &mut Connection)");
    project.write("migrations/m0002_fill.rs", &format!("{other}{}", migration(body)));
    let error = project.cargo(&["check", "-q"]).refused();
    assert!(error.contains("type mismatch in function arguments"), "{error}");
    assert!(error.contains("m0002_fill.rs:11:24"), "{error}");
}

#[test]
fn strict_crates_get_no_warning() {
    let body = "up { call { sqlite fill, postgres crate::other::fill }; }\n    \
                down { call { sqlite steps::clear, postgres crate::other::clear }; }";
    let project = application("strict", "rusqlite", "");
    let functions = SQLITE.replace("pub mod steps", "mod steps").replace("pub fn", "pub(crate) fn");
    let (main, list) = (project.read("src/main.rs"), project.read("migrations/mod.rs"));
    let strict =
        "#![deny(warnings, missing_docs, unused, unused_qualifications, unreachable_pub, clippy::all)]";
    project.write("src/main.rs", &format!("//! Strict.\n{strict}\n{main}"));
    project.write("migrations/mod.rs", &format!("//! The list.\n{list}"));
    project.write("migrations/m0002_fill.rs", &format!("{functions}{}", migration(body)));
    project.cargo(&["clippy", "-q"]).sound();
}
