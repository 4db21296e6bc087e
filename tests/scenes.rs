//! The macros where applications put them: each scene is a cargo project of its own, checked or run as a user would.
//!
//! All share one target folder below this project's, so that the dependencies are built once.

#[path = "scenes/calls.rs"]
mod calls;
#[path = "scenes/frozen.rs"]
mod frozen;
#[path = "scenes/homes.rs"]
mod homes;
#[path = "scenes/mistakes.rs"]
mod mistakes;
#[path = "scenes/project.rs"]
mod project;
#[path = "scenes/stale.rs"]
mod stale;
#[path = "scenes/verified.rs"]
mod verified;

use project::{Outcome, Project};

const USERS: &str = "create table users { id: integer primary key autoincrement, email: text }";
const SLUG: &str = "alter table users add column slug: text null;";

fn migration(body: &str) -> String {
    format!("migrate::migration! {{\n    {body}\n}}\n")
}

fn list(modules: &[&str]) -> String {
    format!("migrate::history! {{\n    {},\n}}\n", modules.join(",\n    "))
}

/// A crate whose history stands in `migrations/` beside `src/`.
fn application(name: &str) -> Project {
    let project = Project::new(name);
    project.manifest("", "migrate = { path = \"@\", features = [\"rusqlite\"] }");
    project.write(
        "src/main.rs",
        "#[path = \"../migrations/mod.rs\"]\nmod migrations;\nfn main() {\n    \
        println!(\"{:?}\", migrations::HISTORY.migrations().map(|m| m.name()).collect::<Vec<_>>());\n}\n",
    );
    project.write("migrations/mod.rs", &list(&["m0001_users", "m0002_slug"]));
    project.write("migrations/m0001_users.rs", &migration(USERS));
    project.write("migrations/m0002_slug.rs", &migration(SLUG));
    project
}

#[test]
fn a_path_with_dots_and_a_run() {
    let project = application("dots");
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "[\"0001_users\", \"0002_slug\"]\n");
}

#[test]
fn a_workspace_member_and_a_history_in_a_library() {
    let project = Project::new("workspace");
    project.write("Cargo.toml", "[workspace]\nmembers = [\"store\", \"app\"]\nresolver = \"3\"\n");
    project.manifest("store", "migrate = { path = \"@\" }");
    project.write("store/src/lib.rs", &format!("pub mod migrations;\n{}", ""));
    project.write("store/src/migrations.rs", &list(&["m0001_users", "m0002_slug"]));
    project.write("store/src/migrations/m0001_users.rs", &migration(USERS));
    project.write("store/src/migrations/m0002_slug.rs", &migration(SLUG));
    project.manifest("app", "store = { path = \"../store\" }");
    project.write(
        "app/src/main.rs",
        "fn main() { println!(\"{}\", store::migrations::HISTORY.migrations().len()); }\n",
    );
    assert_eq!(project.cargo(&["run", "-q", "-p", "app"]).sound(), "2\n");
    project.write(
        "store/src/migrations/m0002_slug.rs",
        &migration("alter table user add column slug: text null;"),
    );
    let error = project.cargo(&["check", "-q"]).refused();
    assert!(error.contains("no table `user` [unknown_table]"), "{error}");
    assert!(error.contains("m0002_slug.rs:2:17"), "{error}");
}

#[test]
fn a_dependency_outside_the_workspace() {
    let store = Project::new("outside");
    store.manifest("", "migrate = { path = \"@\" }");
    store.write("src/lib.rs", &list(&["m0001_users"]));
    store.write("src/m0001_users.rs", &migration(USERS));
    let project = Project::new("inside");
    project.manifest("", &format!("outside = {{ path = {:?} }}", store.path()));
    project.write("src/main.rs", "fn main() { println!(\"{}\", outside::HISTORY.migrations().len()); }\n");
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "1\n");
}

#[test]
fn a_renamed_dependency_a_reexport_and_a_wrapper() {
    let project = Project::new("renamed");
    project.manifest("", "db = { package = \"migrate\", path = \"@\" }");
    let inline = format!("migration m0001_users {{ {USERS} }}");
    project.write(
        "src/main.rs",
        &format!(
            "mod again {{ pub use db as migrate; }}\n\
             mod one {{ db::history! {{ {inline} }} }}\n\
             mod two {{ crate::again::migrate::history! {{ {inline} }} }}\n\
             macro_rules! wrap {{ ($($t:tt)*) => {{ db::history! {{ $($t)* }} }}; }}\n\
             mod three {{ wrap! {{ {inline} }} }}\n\
             fn main() {{ for h in [&one::HISTORY, &two::HISTORY, &three::HISTORY] {{ print!(\"{{}}\", \
             h.migrations().len()); }} }}\n"
        ),
    );
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "111");
}

#[test]
fn a_doctest() {
    let project = Project::new("doctest");
    project.manifest("", "migrate = { path = \"@\" }");
    project.write(
        "src/lib.rs",
        &format!(
            "//! ```\n//! migrate::history! {{ migration m0001_users {{ {USERS} }} }}\n//! \
                  # fn main() {{ assert_eq!(HISTORY.migrations().len(), 1); }}\n//! ```\n"
        ),
    );
    let out = project.cargo(&["test", "-q", "--doc"]).sound();
    assert!(out.contains("1 passed"), "{out}");
}

#[test]
fn paths_that_are_remapped() {
    let project = application("remapped");
    let flags = format!("--remap-path-prefix={}=/elsewhere", project.path().display());
    project.cargo_with(&["check", "-q"], &[("RUSTFLAGS", &flags)]).sound();
    project.write("migrations/m0002_slug.rs", &migration("alter table users drop column emial;"));
    let error = project.cargo_with(&["check", "-q"], &[("RUSTFLAGS", &flags)]).refused();
    assert!(error.contains("no column `emial`") && error.contains("a column with a similar name"), "{error}");
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark() {
    let project = application("crlf");
    for file in ["migrations/mod.rs", "migrations/m0001_users.rs", "migrations/m0002_slug.rs"] {
        let text = project.read(file).replace('\n', "\r\n");
        project.write(file, &format!("\u{feff}{text}"));
    }
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "[\"0001_users\", \"0002_slug\"]\n");
    let mistake = migration("alter table users drop column emial;").replace('\n', "\r\n");
    project.write("migrations/m0002_slug.rs", &mistake);
    let error = project.cargo(&["check", "-q"]).refused();
    assert!(error.contains("m0002_slug.rs:2:35"), "{error}");
}

#[test]
fn strict_crates_get_no_warning() {
    let project = application("strict");
    let main = project.read("src/main.rs");
    project.write(
        "src/main.rs",
        &format!(
            "//! Strict.\n#![deny(warnings, missing_docs, unused, unreachable_pub, clippy::all)]\n{main}"
        ),
    );
    let documented = |file: &str| project.write(file, &format!("//! Documented.\n{}", project.read(file)));
    ["migrations/mod.rs", "migrations/m0001_users.rs", "migrations/m0002_slug.rs"]
        .into_iter()
        .for_each(documented);
    project.cargo(&["clippy", "-q"]).sound();
}

/// An earlier file is edited between two builds, and the macros are not rebuilt: the error stands in the later file, at
/// the right place, and goes when the earlier one is mended.
#[test]
fn an_earlier_file_is_touched_and_edited_between_builds() {
    let project = application("stale");
    project.write("migrations/m0002_slug.rs", &migration("create index users_email_idx on users (email);"));
    project.cargo(&["check", "-q"]).sound();
    project.write("migrations/m0001_users.rs", &migration(USERS));
    project.cargo(&["check", "-q"]).sound();
    project.write(
        "migrations/m0001_users.rs",
        &format!("// Moved.\n\n{}", migration(&USERS.replace("email", "mails"))),
    );
    let error = project.cargo(&["check"]).refused();
    assert!(error.contains("no column `email` on table `users`"), "{error}");
    assert!(error.contains("m0002_slug.rs:2:44"), "{error}");
    assert!(!error.contains("Compiling migrate-macros"), "{error}");
    project.write("migrations/m0001_users.rs", &migration(USERS));
    project.cargo(&["check", "-q"]).sound();
}

#[test]
fn files_that_cannot_be_read() {
    let scenes: [(&str, &[u8], &str); 5] = [
        ("m0001_users.rs", b"migrate::migration! { create table users { ", "unclosed delimiter"),
        ("m0001_users.rs", b"migrate::migration! { \xff\xfe }", "valid UTF-8"),
        ("m0001_users.rs", b"fn nothing() {}\n", "holds no `migration!`"),
        ("m0003_other.rs", b"migrate::migration! { drop table users; }", "is not listed"),
        (
            "mod.rs",
            b"migrate::history! { m0001_users, m0002_slug, m0009_gone }",
            "there is no file `m0009_gone.rs`",
        ),
    ];
    let project = application("unreadable");
    for (file, bytes, expected) in scenes {
        let path = format!("migrations/{file}");
        let before = project.try_read(&path);
        project.write_bytes(&path, bytes);
        let error = project.cargo(&["check", "-q"]).refused();
        assert!(error.contains(expected), "{file}: {error}");
        assert!(!error.contains("panicked"), "{file}: {error}");
        match before {
            Some(text) => project.write(&path, &text),
            None => project.remove(&path),
        }
    }
    project.cargo(&["check", "-q"]).sound();
}

#[test]
fn one_mistake_in_the_first_file_is_one_error() {
    let project = application("one");
    project.write("migrations/m0001_users.rs", &migration(&USERS.replace("email: text", "email: txet")));
    project.write(
        "migrations/m0002_slug.rs",
        &migration("create unique index users_email_idx on users (email);"),
    );
    let Outcome { stderr, .. } = project.cargo(&["check"]);
    assert_eq!(stderr.matches("\nerror").count(), 2, "the mistake and cargo's own last line: {stderr}");
    assert!(stderr.contains("expected a column type, found `txet`"), "{stderr}");
}

#[test]
fn a_file_that_no_history_lists() {
    let project = application("lonely");
    project.write("src/lonely.rs", &migration(USERS));
    project.write("src/main.rs", "mod lonely;\nfn main() {}\n");
    let error = project.cargo(&["check", "-q"]).refused();
    assert!(error.contains("no history lists `lonely`"), "{error}");
}
