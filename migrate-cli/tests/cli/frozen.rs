//! What is released stays as it was: `migrations.lock` and the commands that read the history.

use crate::project::{NOTES, Project};

const LOCK: &str = "migrations/migrations.lock";
const MORE: (&str, &str) = ("m0003_more", "alter table notes add column more: text null;");

fn released() -> Project {
    let project = Project::with(&NOTES);
    project.done("generate");
    project
}

/// The only error that `check` finds: its code, and where it stands.
fn error(project: &Project) -> (String, String) {
    let ended = project.run("check --format json");
    assert_eq!(ended.code, 1, "{ended:#?}");
    let found = ended.json();
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    let [code, file] = ["code", "file"].map(|key| found[0][key].as_str().unwrap().to_owned());
    let bytes = ["byte_start", "byte_end"].map(|key| found[0][key].as_u64().unwrap() as usize);
    let text = project.read(&file);
    (code, format!("{file}:{}: {}", found[0]["line"], &text[bytes[0]..bytes[1]]))
}

#[track_caller]
fn expect(project: &Project, code: &str, place: &str) {
    assert_eq!(error(project), (code.to_owned(), place.to_owned()));
}

#[test]
fn what_means_the_same_may_change() {
    let project = released();
    let lock = project.read(LOCK);
    let file = "migrations/m0002_slug.rs";
    for text in [
        "// Why.\nmigrate::migration! {\n\n\talter   table notes /* here */ add column slug :text null ;\n}\n",
        "migrate::migration! {\r\n    alter table notes add column slug: text null;\r\n}\r\n",
        "migrate::migration! { alter table notes { /// A slug.\n add column slug: text null; } }",
        "migrate::migration! { up { alter table notes add column slug: text null; } down irreversible \"no\"; }",
        "fn helper() {}\nmigrate::migration! { alter table notes add column slug: text null; }\n",
    ] {
        project.write(file, text);
        project.done("check");
    }
    project.done("fmt");
    project.done("check");
    project.done("generate");
    assert_eq!(project.read(LOCK), lock);
    project.write(LOCK, &lock.replace('\n', "\r\n"));
    project.done("check");
    project.done("generate --check");
}

#[test]
fn what_means_something_else_is_an_error_at_its_first_token() {
    let project = released();
    project.migration("m0002_slug", "// longer\n    alter table notes add column slug: text(80) null;");
    expect(&project, "released_migration_changed", "migrations/m0002_slug.rs:3: alter");
    let before = project.files();
    for command in
        ["generate", "generate --check", "generate --draft", "check", "sql", "up -D sqlite:a.db --create"]
    {
        let ended = project.run(command);
        assert_eq!(ended.code, 1, "{command}: {ended:#?}");
        assert!(ended.err.contains("m0002_slug.rs:3:5"), "{command}: {}", ended.err);
        assert!(ended.err.contains("`migrate repair`"), "{command}: {}", ended.err);
    }
    assert_eq!(project.files(), before, "nothing is written");
    project.migration(NOTES[1].0, NOTES[1].1);
    project.done("check");
}

#[test]
fn new_migrations_stand_at_the_end() {
    let project = released();
    let lock = project.read(LOCK);
    project.migration(MORE.0, MORE.1);
    project.list("", &[NOTES[0], NOTES[1], MORE]);
    project.done("check");
    // Until it is released, it can be edited.
    project.migration(MORE.0, "alter table notes add column more: text(80) null;");
    project.done("check");
    project.migration(MORE.0, MORE.1);
    project.list("", &[NOTES[0], MORE, NOTES[1]]);
    expect(&project, "migration_before_released", "migrations/m0003_more.rs:2: alter");
    project.list("", &[NOTES[0], NOTES[1], MORE]);
    let ended = project.done("generate");
    assert!(ended.out.ends_with("rewrote migrations/migrations.lock\n"), "{}", ended.out);
    assert!(project.read(LOCK).starts_with(&lock), "lines are added alone");
    assert_eq!(project.read(LOCK).lines().count(), 4);
}

#[test]
fn names_places_and_presence_are_kept() {
    let project = released();
    project.list("", &NOTES[..1]);
    std::fs::remove_file(project.path("migrations/m0002_slug.rs")).unwrap();
    expect(&project, "released_migration_missing", "migrations/mod.rs:3: m0001_notes");
    project.migration("m0005_slugs", NOTES[1].1);
    project.list("", &[NOTES[0], ("m0005_slugs", "")]);
    expect(&project, "released_migration_changed", "migrations/m0005_slugs.rs:2: alter");
    // The way out that the error names.
    project.migration("m0005_slugs", &format!("name \"0002_slug\";\n    {}", NOTES[1].1));
    project.done("check");

    let tags = ("m0002_tags", "create table tags { id: integer primary key autoincrement }");
    let project = Project::with(&[NOTES[0], tags]);
    project.done("generate");
    project.list("", &[tags, NOTES[0]]);
    expect(&project, "released_migration_moved", "migrations/m0002_tags.rs:2: create");
}

#[test]
fn an_option_that_is_part_of_every_checksum_is_named_once() {
    let project = released();
    project.list("#![sqlite(strict)]", &NOTES);
    expect(&project, "released_migration_changed", "migrations/mod.rs:2: sqlite(strict)");
    project.list("#![dialects(sqlite)] #![sqlite(min = \"3.40\")]", &NOTES);
    project.done("check");
}

/// A syntax error says that a migration cannot be read; what it was released as is no second error.
#[test]
fn a_mistake_is_told_alone() {
    let project = released();
    project.migration("m0002_slug", "alter tabel notes add column slug: text null;");
    assert_eq!(error(&project).0, "syntax");
    std::fs::remove_file(project.path("migrations/m0002_slug.rs")).unwrap();
    assert_eq!(error(&project).0, "missing_file");
}

#[test]
fn a_lock_that_is_none_is_an_error() {
    let project = released();
    let lock = project.read(LOCK);
    let lines: Vec<&str> = lock.lines().collect();
    let conflict = format!("{}\n{}\n<<<<<<< HEAD\n{}\n=======\n>>>>>>> more\n", lines[0], lines[1], lines[2]);
    let twice = format!("{lock}{}\n", lines[2]);
    let spoiled = lock.replace(lines[1], &lines[1].replace(' ', "  "));
    for text in [
        "",
        "my own lock\n",
        &conflict,
        &twice,
        &spoiled.replace("  ", "\t"),
        lock.trim_end(),
        &lock[..lock.len() - 5],
        &lock.replace("lock 1,", "lock 2,"),
        &format!("{lock}\n"),
    ] {
        project.write(LOCK, text);
        expect(&project, "invalid_lock_file", "migrations/mod.rs:3: m0001_notes");
        assert_eq!(project.run("generate").code, 1);
        assert_eq!(project.read(LOCK), text, "it is left alone");
    }
    std::fs::write(project.path(LOCK), b"\xff\xfe").unwrap();
    expect(&project, "invalid_lock_file", "migrations/mod.rs:3: m0001_notes");
    std::fs::remove_file(project.path(LOCK)).unwrap();
    std::fs::create_dir(project.path(LOCK)).unwrap();
    expect(&project, "invalid_lock_file", "migrations/mod.rs:3: m0001_notes");
}

/// Two branches release a migration each: the lock conflicts in version control, keeping both lines is an error, and the way
/// out that the error names works.
#[test]
fn a_merge_of_two_branches() {
    let other = ("m0003_other", "alter table notes add column other: text null;");
    let branch = |new: (&str, &str)| {
        let project = released();
        project.migration(new.0, new.1);
        project.list("", &[NOTES[0], NOTES[1], new]);
        project.done("generate");
        project
    };
    let (ours, theirs) = (branch(MORE), branch(other));
    let (mine, yours) = (ours.read(LOCK), theirs.read(LOCK));
    let differing: Vec<usize> = (mine.lines().zip(yours.lines()).enumerate())
        .filter(|(_, (mine, yours))| mine != yours)
        .map(|(number, _)| number)
        .collect();
    assert_eq!(differing, [3], "both add their line at the same place");
    ours.migration(other.0, other.1);
    ours.list("", &[NOTES[0], NOTES[1], MORE, other]);
    ours.write(LOCK, &format!("{mine}{}\n", yours.lines().next_back().unwrap()));
    expect(&ours, "invalid_lock_file", "migrations/m0003_other.rs:2: alter");
    ours.write(LOCK, &yours);
    expect(&ours, "migration_before_released", "migrations/m0003_more.rs:2: alter");
    ours.write(LOCK, &mine);
    ours.done("generate");
    assert!(ours.read(LOCK).starts_with(&mine));
    ours.done("generate --check");
}

#[test]
fn drafts_are_written_and_not_released() {
    let project = released();
    let lock = project.read(LOCK);
    project.migration(MORE.0, MORE.1);
    project.list("", &[NOTES[0], NOTES[1], MORE]);
    let ended = project.done("generate --draft");
    assert!(ended.out.contains("sqlite/0003_more.sql") && !ended.out.contains("lock"), "{}", ended.out);
    assert_eq!(project.read(LOCK), lock);
    project.done("generate --draft --check");
    let ended = project.run("generate --check");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("migrations.lock is out of date"), "{}", ended.err);
    project.migration(MORE.0, "alter table notes add column more: text(9) null;");
    project.done("generate");
    project.done("generate --check --draft");
    assert_eq!(project.read(LOCK).lines().count(), 4);
    assert!(!Project::with(&NOTES).done("generate --draft").out.contains("lock"));
}

/// A build that was made before the lock was there does not follow it, so the first lock makes the list look changed; the text
/// of no source file is touched.
#[test]
fn the_first_lock_has_the_crate_built_anew() {
    let project = Project::with(&NOTES);
    let list = project.path("migrations/mod.rs");
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let make_old = || {
        std::fs::File::options().append(true).open(&list).unwrap().set_modified(long_ago).unwrap();
    };
    let is_old = || std::fs::metadata(&list).unwrap().modified().unwrap() == long_ago;
    let text = project.read("migrations/mod.rs");
    make_old();
    project.done("generate --draft");
    project.run("generate --check");
    assert!(is_old());
    project.done("generate");
    assert!(!is_old());
    assert_eq!(project.read("migrations/mod.rs"), text);
    // From then on cargo follows the lock itself.
    make_old();
    project.migration(MORE.0, MORE.1);
    project.list("", &[NOTES[0], NOTES[1], MORE]);
    make_old();
    project.done("generate");
    assert!(is_old());
}
