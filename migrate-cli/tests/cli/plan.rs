//! `migrate plan`.

use migrate_test_support::block_on;
use migrate_test_support::postgres::database;

use crate::project::Project;

const USERS: (&str, &str) = (
    "m0001_users",
    "create table teams { id: integer primary key }
     create table users { id: integer primary key autoincrement, email: text null, team: integer null }",
);
const NOT_NULL: (&str, &str) =
    ("m0002_not_null", "alter table users recreate alter column email set not null;");
const KEY: (&str, &str) = (
    "m0003_key",
    "alter table users recreate {
        add unique (email);
        add users_team foreign key (team) references teams (id);
     }
     create table fresh { id: integer primary key }
     create index fresh_id on fresh (id);",
);
const LATE: (&str, &str) = (
    "m0004_late",
    "up {
        update users set team = null where team = 7;
        alter table users recreate add check (team > 0);
     }
     down irreversible \"a test\";",
);

const ROWS: &str = "INSERT INTO users (email, team) VALUES ('a', 1), (NULL, NULL), ('a', NULL), (NULL, NULL)";

#[test]
fn what_would_run_on_sqlite_is_printed_and_nothing_is_touched() {
    let project = Project::with(&[USERS, NOT_NULL, KEY, LATE]);
    project.done("up -D app.db --create -n 1");
    project.sqlite("app.db").execute_batch(ROWS).unwrap();
    let before = project.files();
    let ended = project.run("plan -D app.db");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.out.starts_with(
            "-- 0002_not_null\n-- copies the rows of `users`: 4 now\nCREATE TABLE main.`__migrate_new_users` ("
        ),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("INSERT OR ABORT INTO main.`__migrate_new_users` (`id`, `email`, `team`) SELECT")
    );
    assert!(
        ended.out.contains(
            "\nDROP TABLE main.`users`;\nALTER TABLE main.`__migrate_new_users` RENAME TO `users`;\n"
        )
    );
    assert!(ended.out.contains("\n-- 0004_late\nUPDATE `users`"), "{}", ended.out);
    assert!(ended.err.contains("database: app.db\n"), "{}", ended.err);
    assert!(ended.err.contains("3 migrations would be applied\n"), "{}", ended.err);
    assert!(ended.err.contains("error: 2 rows of `users` have `email` null\n"), "{}", ended.err);
    assert!(ended.err.contains("--> migrations/m0002_not_null.rs:2:5"), "{}", ended.err);
    assert!(ended.err.contains("error: 2 rows of `users` agree in `email` with another\n"), "{}", ended.err);
    assert!(
        ended.err.contains("error: 1 row of `users` refers by `team` to no row of `teams`\n"),
        "{}",
        ended.err
    );
    assert!(
        ended
            .err
            .contains("\n1 question about rows cannot be asked before what comes before it is applied\n"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("by their keys"), "{}", ended.err);
    assert!(project.run("plan -D app.db --keys").err.contains("have `email` null (by their keys: 2, 4)\n"));
    assert_eq!(project.files(), before);

    assert!(ended.err.contains("--> migrations/m0003_key.rs:4:9\n"), "{}", ended.err);

    // A run says the same.
    let run = project.run("up -D app.db");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("error: 2 rows of `users` have `email` null\n"), "{}", run.err);
    assert_eq!(project.run("up -D app.db --dry-run").code, 1);
    assert_eq!(project.files(), before);

    project.sqlite("app.db").execute_batch("UPDATE users SET email = id, team = NULL").unwrap();
    let ended = project.done("plan -D app.db -n 1");
    assert!(ended.out.contains("-- 0002_not_null\n") && !ended.out.contains("0003_key"), "{}", ended.out);
    project.done("up -D app.db");
    let ended = project.done("plan -D app.db");
    assert_eq!(
        (ended.out.as_str(), ended.err.as_str()),
        ("", "database: app.db\n0 migrations would be applied\n")
    );
}

#[test]
fn programs_read_all_of_it() {
    let project = Project::with(&[USERS, NOT_NULL, KEY, LATE]);
    project.done("up -D app.db --create -n 1");
    project.sqlite("app.db").execute_batch(ROWS).unwrap();
    let ended = project.run("plan -D app.db --keys --format json");
    assert_eq!(ended.code, 1, "{ended:#?}");
    let plan = ended.json();
    assert_eq!(plan.as_array().unwrap().len(), 3);
    assert_eq!((&plan[0]["name"], &plan[0]["file"]), (&"0002_not_null".into(), &"m0002_not_null.rs".into()));
    let statement = &plan[0]["statements"][0];
    assert_eq!((&statement["line"], &statement["column"]), (&2.into(), &5.into()));
    assert_eq!((&statement["rebuilds"], &statement["copies"]), (&"users".into(), &4.into()));
    assert_eq!(statement["sql"].as_array().unwrap().len(), 4);
    let rows = &plan[0]["in_the_way"][0];
    assert_eq!(rows["message"], "2 rows of `users` have `email` null (by their keys: 2, 4)");
    assert_eq!((&rows["rows"], &rows["keys"]), (&2.into(), &serde_json::json!(["2", "4"])));
    let later = &plan[2]["not_asked"][0];
    assert_eq!(
        (&later["words"], &later["error"]),
        (&"break the check `users_team_check`".into(), &().into())
    );
    assert_eq!((&later["line"], &later["column"]), (&4.into(), &36.into()));
}

#[test]
fn postgres_says_which_locks_are_taken() {
    let (project, database) = (Project::with(&[USERS, NOT_NULL, KEY, LATE]), database());
    let url = database.url();
    let ended = project.done(&format!("plan -D {url}"));
    assert!(ended.out.starts_with("-- 0001_users\nCREATE TABLE teams"), "{}", ended.out);
    assert!(
        ended
            .err
            .ends_with("\n4 questions about rows cannot be asked before what comes before them is applied\n"),
        "{}",
        ended.err
    );
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let client = database.client();
    let count = || block_on(client.query_one(tables, &[])).unwrap().get::<_, i64>(0);
    assert_eq!(count(), 0, "not even the history table is made");

    project.done(&format!("up -n 1 -D {url}"));
    block_on(client.batch_execute(ROWS)).unwrap();
    let ended = project.run(&format!("plan -D {url}"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.out.starts_with(
            "-- 0002_not_null\n-- ACCESS EXCLUSIVE on `users`, looks at every row\n\
             ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n\n\
             -- 0003_key\n-- ACCESS EXCLUSIVE on `users`, builds an index\n-- SHARE ROW EXCLUSIVE on `teams`\n\
             ALTER TABLE users ADD UNIQUE (email);\n"
        ),
        "{}",
        ended.out
    );
    assert!(ended.out.contains(";\nCREATE TABLE fresh ("), "{}", ended.out);
    assert!(
        ended.out.contains("-- 0004_late\n-- ACCESS EXCLUSIVE on `users`, writes rows\nLOCK TABLE users"),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("error: 2 rows of `users` have `email` null\n"), "{}", ended.err);
    assert!(
        ended.err.contains("error: 1 row of `users` refers by `team` to no row of `teams`\n"),
        "{}",
        ended.err
    );
    let json = project.run(&format!("plan --format json -D {url}")).json();
    let lock = &json[0]["statements"][0]["locks"][0];
    assert_eq!(
        (&lock["table"], &lock["lock"], &lock["work"]),
        (&"users".into(), &"ACCESS EXCLUSIVE".into(), &"scans".into())
    );
    // What cannot be asked is said, and is no refusal.
    block_on(client.batch_execute("UPDATE users SET email = id; ALTER TABLE users DROP COLUMN team"))
        .unwrap();
    let ended = project.done(&format!("plan -D {url}"));
    assert!(
        ended.err.contains("cannot ask at m0003_key.rs:4:9 whether rows of `users` refer by `team` to no row of `teams`: column"),
        "{}",
        ended.err
    );
}

#[test]
fn a_database_that_does_not_answer_is_no_refusal() {
    let project = Project::with(&[USERS]);
    assert_eq!(project.run("plan -D postgres://nobody@127.0.0.1:1/none").code, 3);
    assert_eq!(project.run("plan -D none.db").code, 2);
    project.write("text.db", &"no database ".repeat(100));
    assert_eq!(project.run("plan -D text.db").code, 3);
}

#[test]
fn functions_of_the_application_are_named() {
    let call = ("m0002_call", "up { call { sqlite fill, postgres fill }; } down irreversible \"a test\";");
    let project = Project::with(&[USERS, call]);
    project.done("up -D app.db --create -n 1");
    let ended = project.done("plan -D app.db");
    assert_eq!(ended.out, "-- 0002_call\n-- calls `fill`\n");
    let json = project.done("plan -D app.db --format json").json();
    assert_eq!(json[0]["statements"][0]["function"], "fill");
}

#[test]
fn steps_outside_of_a_transaction_are_planned_from_where_they_stand() {
    let outside: [(&str, &str); 3] = [
        ("m0001_notes", "create table notes { id: integer primary key, body: text, slug: text null }"),
        (
            "m0002_indexes",
            "create index notes_slug on notes (slug) concurrently;
             create unique index notes_body on notes (body) concurrently;",
        ),
        (
            "m0003_slug",
            "up { update notes set slug = lower(body) where id > 0 in batches of 2; } down irreversible \"a test\";",
        ),
    ];
    let (project, database) = (Project::with(&outside), database());
    let url = database.url();
    project.done(&format!("up -n 1 -D {url}"));
    let client = database.client();
    block_on(client.batch_execute("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")).unwrap();
    let ended = project.done(&format!("plan -D {url}"));
    assert_eq!(
        ended.out,
        "-- 0002_indexes\n-- SHARE UPDATE EXCLUSIVE on `notes`, builds an index\n\
         CREATE INDEX CONCURRENTLY notes_slug ON notes (slug);\n\
         -- SHARE UPDATE EXCLUSIVE on `notes`, builds an index\n\
         CREATE UNIQUE INDEX CONCURRENTLY notes_body ON notes (body);\n\n\
         -- 0003_slug\n-- ROW EXCLUSIVE on `notes`, writes rows\n-- 2 rows at a time\n\
         UPDATE notes SET slug = lower(body COLLATE \"C\") WHERE (id > 0);\n"
    );
    // The second index cannot be built, and the first one stays.
    block_on(client.batch_execute("INSERT INTO notes VALUES (3, 'a')")).unwrap();
    assert_eq!(project.run(&format!("up --no-preflight -D {url}")).code, 1);
    let ended = project.run(&format!("plan -D {url}"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(
        ended.out.starts_with(
            "-- 0002_indexes\n-- goes on behind 1 step that a run before it did\n-- SHARE UPDATE EXCLUSIVE on `notes`, builds an \
             index\nCREATE UNIQUE INDEX CONCURRENTLY notes_body"
        ),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("error: 2 rows of `notes` agree in `body` with another\n"), "{}", ended.err);
    let json = project.run(&format!("plan --format json -D {url}")).json();
    let [first, second] = [0, 1].map(|at| &json[0]["statements"][at]);
    assert_eq!((&first["done"], &second["done"]), (&true.into(), &false.into()));
    assert_eq!((&second["outside"], &json[1]["statements"][0]["batch"]), (&true.into(), &2.into()));
}

/// PostgreSQL keeps the texts of functions, and reads them when they are called: nothing else would say it.
#[test]
fn functions_of_others_that_name_what_goes_are_listed() {
    const RENAMED: (&str, &str) =
        ("m0002_later", "rename table teams to groups;\n    alter table users rename column email to mail;");
    let (project, database) = (Project::with(&[USERS, RENAMED]), database());
    let url = database.url();
    project.done(&format!("up -n 1 -D {url}"));
    let client = database.client();
    block_on(client.batch_execute(
        "CREATE SCHEMA shop;
         CREATE FUNCTION shop.mails() RETURNS bigint LANGUAGE sql AS 'SELECT count(EMAIL) FROM users';
         CREATE FUNCTION shop.emails(email text) RETURNS text LANGUAGE sql AS 'SELECT email';
         CREATE FUNCTION shop.groups() RETURNS bigint LANGUAGE plpgsql AS
             'BEGIN RETURN (SELECT count(*) FROM public.teams); END';
         CREATE FUNCTION shop.touched() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN new.email := lower(new.email); RETURN new; END';
         CREATE FUNCTION shop.followed() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(email) FROM users; END;
         CREATE FUNCTION shop.steams() RETURNS text LANGUAGE sql AS 'SELECT ''steams''::text'",
    ))
    .unwrap();
    let ended = project.done(&format!("plan -D {url}"));
    assert_eq!(
        ended.out,
        "-- 0002_later\n-- ACCESS EXCLUSIVE on `teams`\n\
         -- the function shop.groups() names `teams`, which goes: look at it before\n\
         ALTER TABLE teams RENAME TO groups;\n\
         -- ACCESS EXCLUSIVE on `users`\n\
         -- the function shop.mails() names `email`, which goes: look at it before\n\
         -- the function shop.touched() names `email`, which goes: look at it before\n\
         ALTER TABLE users RENAME COLUMN email TO mail;\n"
    );
    let json = project.done(&format!("plan --format json -D {url}")).json();
    let named = &json[0]["statements"][0]["named_by"];
    assert_eq!((&named[0]["function"], &named[0]["name"]), (&"shop.groups()".into(), &"teams".into()));
}
