//! Where histories live and what surrounds them: files, crates, editions, features, and users' own names.

use super::{SLUG, USERS, application, list, migration};
use crate::project::Project;

/// One migration whose SQLite side is a rebuild, so that every kind of step is expanded.
const WIDER: &str = "#[allow(down_may_fail)] alter table users recreate alter column email drop not null;";
const RAW: &str = "up { sql \"delete from users\"; } down irreversible \"the rows are gone\";";

fn inline() -> String {
    format!(
        "migration m0001_users {{ {USERS} }}\nmigration m0002_wider {{ {WIDER} }}\nmigration m0003_raw {{ {RAW} }}"
    )
}

#[test]
fn a_list_in_main_and_one_in_lib_of_the_same_folder() {
    let project = Project::new("mains");
    project.manifest("", "migrate = { path = \"@\", features = [\"rusqlite\"] }");
    let print =
        "fn main() { println!(\"{} {}\", HISTORY.migrations().len(), mains::HISTORY.migrations().len()); }\n";
    project.write("src/main.rs", &format!("{}{print}", list(&["m0001_users", "m0002_slug"])));
    project.write("src/lib.rs", &list(&["m0001_posts"]));
    project.write("src/m0001_users.rs", &migration(USERS));
    project.write("src/m0002_slug.rs", &migration(SLUG));
    project.write(
        "src/m0001_posts.rs",
        &migration("create table posts { id: integer primary key autoincrement }"),
    );
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "2 1\n");
}

#[test]
fn a_reexport_of_another_crate() {
    let project = Project::new("reexport");
    project.write("Cargo.toml", "[workspace]\nmembers = [\"that\", \"app\"]\nresolver = \"3\"\n");
    project.manifest("that", "migrate = { path = \"@\" }");
    project.write("that/src/lib.rs", "pub use migrate;\n");
    project.manifest("app", "that = { path = \"../that\" }");
    project.write(
        "app/src/main.rs",
        "mod migrations;\nfn main() { println!(\"{}\", migrations::HISTORY.migrations().len()); }\n",
    );
    let through = |text: String| text.replace("migrate::", "that::migrate::");
    project.write("app/src/migrations/mod.rs", &through(list(&["m0001_users", "m0002_wider"])));
    project.write("app/src/migrations/m0001_users.rs", &through(migration(USERS)));
    project.write("app/src/migrations/m0002_wider.rs", &through(migration(WIDER)));
    assert_eq!(project.cargo(&["run", "-q", "-p", "app"]).sound(), "2\n");
}

#[test]
fn each_driver_alone_and_none() {
    for (name, features) in [("none", ""), ("lite", "\"rusqlite\""), ("postgres", "\"tokio-postgres\"")] {
        let project = Project::new(&format!("driver-{name}"));
        project.manifest("", &format!("migrate = {{ path = \"@\", features = [{features}] }}"));
        project.write(
            "src/lib.rs",
            &format!("#![deny(warnings)]\npub mod listed;\nmigrate::history! {{ {} }}", inline()),
        );
        project.write("src/listed.rs", &list(&["m0001_users", "m0002_wider", "m0003_raw", "m0004_slug"]));
        for (module, body) in
            [("m0001_users", USERS), ("m0002_wider", WIDER), ("m0003_raw", RAW), ("m0004_slug", SLUG)]
        {
            project.write(&format!("src/listed/{module}.rs"), &migration(body));
        }
        assert_eq!(project.findings(), [""; 0], "{name}");
    }
}

/// The expansion needs no prelude, and takes no name of the user's for one of its own.
#[test]
fn hostile_names_and_no_prelude() {
    let hostile = "#![no_implicit_prelude]\n#![deny(warnings)]\n\
        pub mod core {}\npub mod std {}\npub mod migrate {}\npub mod __private {}\npub mod migrations;\n\
        pub struct Some;\npub struct None;\npub enum Option {}\npub struct History;\npub struct Migration;\n\
        pub fn migration() {}\npub fn script() {}\npub fn history() {}\n\
        pub mod __migrate { pub fn migration() {} }\n";
    for edition in ["2018", "2021", "2024"] {
        let project = Project::new(&format!("hostile-{edition}"));
        project.manifest("", "migrate = { path = \"@\", features = [\"rusqlite\"] }");
        let manifest =
            project.read("Cargo.toml").replace("edition = \"2024\"", &format!("edition = \"{edition}\""));
        project.write("Cargo.toml", &manifest);
        project.write("src/lib.rs", &format!("{hostile}::migrate::history! {{ {} }}\n", inline()));
        let names =
            "mod core {}\nmod __migrate {}\nstruct Some;\nstruct None;\nenum Option {}\nstruct Migration;\n";
        let hostile = |call: String| format!("#![allow(dead_code)]\n{names}::{call}");
        project.write("src/migrations/mod.rs", &hostile(list(&["m0001_users", "m0002_wider", "m0003_raw"])));
        for (module, body) in [("m0001_users", USERS), ("m0002_wider", WIDER), ("m0003_raw", RAW)] {
            project.write(&format!("src/migrations/{module}.rs"), &hostile(migration(body)));
        }
        assert_eq!(project.findings(), [""; 0], "{edition}");
    }
}

#[test]
fn strict_crates_on_both_editions() {
    for edition in ["2021", "2024"] {
        let project = Project::new(&format!("strict-{edition}"));
        project.manifest("", "migrate = { path = \"@\" }");
        let manifest =
            project.read("Cargo.toml").replace("edition = \"2024\"", &format!("edition = \"{edition}\""));
        project.write("Cargo.toml", &manifest);
        let strict = "//! Strict.\n#![forbid(unsafe_code)]\n#![deny(warnings, missing_docs, unused, unreachable_pub, \
            unused_qualifications, unused_lifetimes, single_use_lifetimes, missing_debug_implementations, \
            clippy::all, clippy::pedantic, rust_2018_idioms, nonstandard_style, future_incompatible)]\n";
        // One history that nobody uses, one that is public, one inline in a function.
        project.write(
            "src/lib.rs",
            &format!(
                "{strict}mod unused;\n/// Public.\npub mod inline {{ migrate::history! {{ {0} }} }}\n\
                 /// Counts.\n#[must_use] pub fn count() -> usize {{ migrate::history! {{ {0} }} HISTORY.migrations().len() }}\n",
                inline()
            ),
        );
        project.write("src/unused.rs", &list(&["m0001_users", "m0002_wider"]));
        project.write("src/unused/m0001_users.rs", &migration(USERS));
        project.write("src/unused/m0002_wider.rs", &migration(WIDER));
        let out = project.cargo(&["clippy", "-q"]);
        assert!(out.success && !out.stderr.contains("warning"), "{edition}: {}", out.stderr);
    }
}

#[test]
fn modules_that_are_words_of_rust() {
    let words = ["type", "match", "async", "gen", "union", "macro", "r#try"];
    let project = Project::new("words");
    project.manifest("", "migrate = { path = \"@\" }");
    project.write(
        "src/main.rs",
        "mod listed;\nmod inline;\nfn main() { println!(\"{} {}\", listed::HISTORY.migrations().len(), \
         inline::HISTORY.migrations().len()); }\n",
    );
    project.write("src/listed.rs", &list(&words));
    let mut inline = String::new();
    for (number, word) in words.into_iter().enumerate() {
        let body = format!("create table t{number} {{ id: integer primary key autoincrement }}");
        project.write(&format!("src/listed/{}.rs", word.trim_start_matches("r#")), &migration(&body));
        inline += &format!("migration {word} {{ {body} }}\n");
    }
    project.write("src/inline.rs", &format!("migrate::history! {{ {inline} }}\n"));
    assert_eq!(project.cargo(&["run", "-q"]).sound(), "7 7\n");
}

/// Histories in two modules of one crate know nothing of each other; two in one module clash in one name alone.
#[test]
fn two_histories_of_one_crate() {
    let project = Project::new("two");
    project.manifest("", "migrate = { path = \"@\" }");
    let both = format!(
        "mod one {{ migrate::history! {{ {0} }} }}\nmod two {{ migrate::history! {{ {0} }} }}\n",
        inline()
    );
    let use_both =
        "pub fn count() -> usize { one::HISTORY.migrations().len() + two::HISTORY.migrations().len() }\n";
    project.write("src/lib.rs", &format!("#![deny(warnings)]\n{both}{use_both}"));
    assert_eq!(project.findings(), [""; 0]);
    project.write(
        "src/lib.rs",
        &format!("migrate::history! {{ {0} }}\nmigrate::history! {{ {0} }}\n", inline()),
    );
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("the name `HISTORY` is defined multiple times"), "{found:#?}");
}

/// A macro of the user's around the calls: the file then shows no `history!`, and that is said instead of an empty history.
#[test]
fn a_wrapper_around_a_list() {
    let project = application("wrapped");
    let wrap = "macro_rules! wrap { ($($t:tt)*) => { migrate::history! { $($t)* } }; }\n";
    project.write("migrations/mod.rs", &format!("{wrap}wrap! {{ m0001_users, m0002_slug }}\n"));
    let found = project.findings();
    assert!(!found.is_empty() && found.iter().all(|f| !f.contains("[E0")), "{found:#?}");
    assert!(found[0].contains("migrations/mod.rs:2:9: error: "), "{found:#?}");
    assert!(found[0].contains("`mod.rs` holds no `history!`"), "{found:#?}");
}
