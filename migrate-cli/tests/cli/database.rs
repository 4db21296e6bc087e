//! Which database is meant, and what is never printed.

use crate::project::{NOTES, Project, ended};

#[test]
fn the_argument_comes_before_the_environment_before_the_file() {
    let project = Project::with(&NOTES);
    project.write(".env", "OTHER=1\nDATABASE_URL=\"sqlite:file.db\"\n");
    project.done("up --create");
    assert!(project.exists("file.db"));

    let mut command = project.command("up --create");
    assert_eq!(ended(command.env("DATABASE_URL", "sqlite:environment.db")).code, 0);
    assert!(project.exists("environment.db"));

    let mut command = project.command("up --create -D argument.db");
    assert_eq!(ended(command.env("DATABASE_URL", "sqlite:environment.db")).code, 0);
    assert!(project.exists("argument.db"));

    let ended = project.run("status --no-dotenv");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("no database is named"), "{}", ended.err);
}

#[test]
fn a_broken_file_of_the_environment_is_not_printed() {
    let project = Project::with(&NOTES);
    project.write(".env", "SECRET= hunter2 and 'more\n");
    let ended = project.run("status");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("a line of `.env` is not `NAME=value`"), "{}", ended.err);
    assert!(!ended.err.contains("hunter2"), "{}", ended.err);
}

#[test]
fn a_password_is_never_printed() {
    let project = Project::with(&NOTES);
    for (url, code) in [
        ("postgres://me:hunter2@127.0.0.1:1/shop", 3),
        ("postgres://me:hunter2@no.such.host.invalid/shop", 3),
        ("postgres://me:hunter2@127.0.0.1:port/shop", 2),
        ("postgres://me:x@hunter2@127.0.0.1/shop", 2),
        ("postgres://me:hunter2@127.0.0.1/shop?unknown=hunter2", 2),
        ("postgres://me:hunter2@127.0.0.1:1/shop?sslmode=require", 3),
        ("postgres://me:hunter2@127.0.0.1/shop?sslmode=hunter2", 2),
        ("postgres://me:hunter2@127.0.0.1/shop?sslpassword=hunter2", 2),
        ("mysql://me:hunter2@127.0.0.1/shop", 2),
    ] {
        for line in ["status", "up", "down -n 1 --yes"] {
            let ended = project.run(&format!("{line} -D {url}"));
            assert_eq!(ended.code, code, "{url}: {ended:#?}");
            assert!(!ended.err.contains("hunter2") && !ended.out.contains("hunter2"), "{url}: {ended:#?}");
        }
        let ended = project.run(&format!("check -D {url}"));
        assert_eq!(ended.code, code, "{url}: {ended:#?}");
        assert!(!ended.err.contains("hunter2") && !ended.out.contains("hunter2"), "{url}: {ended:#?}");
    }
    let ended = project.run("status -D postgres://me:hunter2@127.0.0.1:1/shop");
    assert!(ended.err.contains("cannot connect to shop on 127.0.0.1:1: "), "{}", ended.err);
}
