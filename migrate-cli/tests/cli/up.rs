//! `migrate up`.

use crate::project::{NOTES, Project};

fn tables(project: &Project, path: &str) -> Vec<String> {
    let connection = project.sqlite(path);
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_is_pending_is_applied_once() {
    let project = Project::with(&NOTES);
    let ended = project.done("up -D app.db --create");
    assert!(ended.out.starts_with("applied 2 migrations in "), "{}", ended.out);
    assert!(ended.err.contains("applying `0001_notes` (1 step)\n"), "{}", ended.err);
    assert!(ended.err.contains("database: app.db\n"), "{}", ended.err);
    assert_eq!(tables(&project, "app.db"), ["_migrations", "notes"]);
    assert_eq!(project.done("run -D sqlite:app.db").out, "nothing to do: 2 migrations applied\n");
}

#[test]
fn a_wrong_path_never_makes_a_database() {
    let project = Project::with(&NOTES);
    for line in
        ["up -D wrong.db", "up -D wrong.db --dry-run", "status -D wrong.db", "down -n 1 --yes -D wrong.db"]
    {
        let ended = project.run(line);
        assert_eq!(ended.code, 2, "{line}: {ended:#?}");
        assert!(ended.err.contains("there is no database wrong.db"), "{}", ended.err);
        assert!(!project.exists("wrong.db"), "{line}");
    }
    let ended = project.done("up -D wrong.db --create --dry-run");
    assert!(ended.out.contains("CREATE TABLE `notes`"), "{}", ended.out);
    assert!(!project.exists("wrong.db"), "a dry run touches nothing");
}

#[test]
fn a_target_and_a_number_bound_the_run() {
    let more = ("m0003_more", "alter table notes add column more: text null;");
    let project = Project::with(&[NOTES[0], NOTES[1], more]);
    assert!(project.done("up -D a.db --create -n 1").out.starts_with("applied 1 migration "));
    assert!(project.done("up -D a.db -n 1").out.contains("0002_slug"));
    assert!(project.done("up -D a.db -n 9").out.contains("0003_more"));
    assert!(project.done("up -D a.db -n 9").out.starts_with("nothing to do"));
    assert!(
        project
            .done("up -D b.db --create --target-version m0002_slug")
            .out
            .starts_with("applied 2 migrations")
    );

    let ended = project.run("up -D c.db --create --target-version 0009_none");
    assert_eq!(ended.code, 2);
    assert!(!project.exists("c.db"), "nothing is made for a target that is not there");
}

#[test]
fn a_dry_run_prints_the_sql_and_touches_nothing() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create -n 1");
    let before = project.files();
    let ended = project.done("up -D app.db --dry-run");
    assert_eq!(ended.out, "-- 0002_slug\nALTER TABLE `notes` ADD `slug` text;\n");
    assert!(ended.err.contains("1 migration would be applied"), "{}", ended.err);
    let json = project.done("up -D app.db --dry-run --format json").json();
    assert_eq!(json[0]["name"], "0002_slug");
    assert_eq!(project.files(), before);
}

#[test]
fn a_failed_migration_is_shown_and_leaves_nothing() {
    let unique = ("m0003_unique", "create unique index notes_body_unique on notes (body);");
    let project = Project::with(&[NOTES[0], NOTES[1], unique]);
    project.done("up -D app.db --create -n 1");
    project.sqlite("app.db").execute_batch("INSERT INTO notes (body) VALUES ('a'), ('a')").unwrap();
    let ended = project.run("up -D app.db");
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.err.contains("error: 2 rows of `notes` agree in `body` with another\n"), "{}", ended.err);
    assert!(ended.err.contains("--> migrations/m0003_unique.rs:2:5"), "{}", ended.err);
    assert_eq!(ended.out, "");
    let status = project.done("status -D app.db --format json").json();
    assert_eq!((&status[0]["state"], &status[1]["state"]), (&"applied".into(), &"pending".into()));
}

#[test]
fn an_edited_migration_is_refused() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create");
    project.migration("m0002_slug", "alter table notes add column slug: text(80) null;");
    let more = ("m0003_more", "alter table notes add column more: text null;");
    project.list("", &[NOTES[0], NOTES[1], more]);
    project.migration(more.0, more.1);
    for line in ["up -D app.db", "up -D app.db --dry-run", "up -D app.db -n 1"] {
        let ended = project.run(line);
        assert_eq!(ended.code, 1, "{line}: {ended:#?}");
        assert!(
            ended.err.contains("migration `0002_slug` was changed after it was applied"),
            "{}",
            ended.err
        );
    }
    let ended = project.run("status -D app.db --exit-code");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("changed  0002_slug"), "{}", ended.out);
}

#[test]
fn what_is_no_database_is_left_alone() {
    let project = Project::with(&NOTES);
    let text =
        "this is a text of some length that is certainly no database at all, even if named so\n".repeat(20);
    project.write("app.db", &text);
    for line in ["up -D app.db", "status -D app.db", "down --all --yes -D app.db"] {
        let ended = project.run(line);
        assert_eq!(ended.code, 3, "{line}: {ended:#?}");
        assert!(ended.err.contains("not a database"), "{}", ended.err);
    }
    assert_eq!(project.read("app.db"), text);
    let ended = project.run("up -D migrations");
    assert_eq!(ended.code, 2, "{ended:#?}");
}

#[test]
fn a_locked_database_is_waited_for_no_longer_than_said() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create -n 1");
    let other = project.sqlite("app.db");
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begin = std::time::Instant::now();
    let ended = project.run("up -D app.db --lock-timeout 300ms");
    assert_eq!(ended.code, 3, "{ended:#?}");
    assert!(ended.err.contains("`--lock-timeout 5m` waits longer"), "{}", ended.err);
    assert!(begin.elapsed() < std::time::Duration::from_secs(10));
    other.execute_batch("ROLLBACK").unwrap();
    project.done("up -D app.db");
}

#[test]
fn a_history_of_one_database_is_not_run_on_the_other() {
    let project = Project::with_options("#![dialects(postgres)]", &NOTES);
    let ended = project.run("up -D app.db --create");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("does not run on SQLite"), "{}", ended.err);
    assert!(!project.exists("app.db"));
}

#[test]
fn programs_get_a_report() {
    let report = Project::with(&NOTES).done("up -D app.db --create --format json").json();
    assert_eq!(report["direction"], "up");
    assert_eq!(report["applied"], 2);
    assert_eq!(report["migrations"][1]["name"], "0002_slug");
    assert!(report["migrations"][1]["duration_ms"].is_u64());
}

#[test]
fn the_history_table_can_have_another_name() {
    let project = Project::with(&NOTES);
    project.done("up -D app.db --create --table versions");
    assert_eq!(tables(&project, "app.db"), ["notes", "versions"]);
    project.done("status -D app.db --table versions --exit-code");
    let ended = project.run("up -D app.db");
    assert_eq!(ended.code, 1, "under the default name nothing is recorded: {ended:#?}");
    let ended = project.run("up -D app.db --table notes");
    assert_eq!(ended.code, 3, "{ended:#?}");
    assert!(ended.err.contains("`--table NAME` names another"), "{}", ended.err);
    project.done("down --all --yes -D app.db --table versions");
}
