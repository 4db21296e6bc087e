//! What an editor's macro server sees: calls without files, and a cache that lives while files change.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migrate_core::diagnostics::{Diagnostic, Level};
use migrate_core::source::files::{self, Overlay};
use migrate_core::source::lock::{self, Line};
use migrate_core::source::{Body, Token, lex};
use tempfile::TempDir;

use super::cache::{self, Found};
use super::expand::Entry;
use super::{Call, Declared, turn};

const USERS: &str = "create table users { id: integer primary key autoincrement, email: text }";
const INDEX: &str = "create index users_email_idx on users (email);";

/// A call as the wrapper makes it; spans of this lexer know no file.
fn call(body: &str) -> Call {
    Call::read(format!("[migrate] {body}").parse().unwrap())
}

/// The errors: lints are said elsewhere.
fn messages(found: Vec<Diagnostic>) -> Vec<String> {
    let errors = found.into_iter().filter(|d| d.level == Level::Error);
    errors.map(|d| d.message).collect()
}

#[test]
fn a_list_without_files_declares_its_modules_and_judges_nothing() {
    let _turn = turn();
    let Declared { entries, found, .. } = call("m0001_users, m0002_slug").declared();
    assert!(
        matches!(&entries[..], [Entry::Listed(a, _), Entry::Listed(b, _)] if a == "m0001_users" && b == "m0002_slug")
    );
    assert_eq!(messages(found), [""; 0]);
    assert_eq!(call("m0001_users, mod m0002_slug").declared().found.len(), 1);
    let inline = call(&format!("migration m0001_users {{ {USERS} }}")).declared().entries;
    assert!(matches!(&inline[..], [Entry::Inline(Some(migration))] if migration.name == "0001_users"));
}

#[test]
fn a_migration_without_a_file_is_parsed_alone() {
    let _turn = turn();
    let said = |body: &str| match call(body).found() {
        Found::Alone(said) => said.iter().map(|d| d.message.clone()).collect::<Vec<_>>(),
        _ => panic!("it has a history"),
    };
    // The table is in another file, so nothing is said of it.
    assert_eq!(said(INDEX), [""; 0]);
    assert_eq!(said("creat index x on y (z);").len(), 1);
    assert_eq!(said("").len(), 1);
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.write("mod.rs", "migrate::history! { m0001_users, m0002_index }");
        folder.migration("m0001_users.rs", USERS);
        folder.migration("m0002_index.rs", INDEX);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn migration(&self, name: &str, body: &str) {
        self.write(name, &format!("migrate::migration! {{ {body} }}"));
    }

    /// What the call with this body in that file is told; `None` where it is not the file's migration.
    fn ask(&self, name: &str, body: &str) -> Option<Vec<String>> {
        let path = self.path(name);
        // As far from the beginning of the file as the call stands there.
        let (tokens, _) = lex::tokens(format!("migrate::migration! {{ {body} }}").parse().unwrap());
        let tokens = lex_body(&tokens);
        let overlay = || Overlay { path: path.clone(), body: body_of(&path, &tokens) };
        match cache::forced(|| cache::migration(&path, &tokens, &overlay)) {
            Found::Migration(history, index) => {
                let found = history.of_list().into_iter().chain(history.migration(index)?.1);
                Some(messages(found.collect()))
            }
            Found::Another => None,
            Found::Alone(said) => Some(messages(said)),
        }
    }
}

/// The tokens of the only call in `text`'s tokens, with their groups counted from its own beginning.
fn lex_body(tokens: &[Token]) -> Vec<Token> {
    use migrate_core::source::Kind;
    let behind = tokens.iter().position(|t| matches!(t.kind, Kind::Open { .. })).unwrap() + 1;
    let mut body = tokens[behind..tokens.len() - 1].to_vec();
    for token in &mut body {
        if let Kind::Open { mate } = &mut token.kind {
            *mate -= behind as u32;
        }
    }
    body
}

fn body_of(path: &Path, tokens: &[Token]) -> Body {
    Body { file: files::file_name(path), tokens: tokens.to_vec(), broken: false }
}

#[test]
fn a_kept_history_follows_its_files() {
    let _turn = turn();
    let folder = Folder::new();
    let sound = Some(Vec::new());
    assert_eq!(folder.ask("m0002_index.rs", INDEX), sound);
    // The buffer of this file is ahead of the disk: its own tokens count at once.
    let other = INDEX.replace("(email)", "(mails)");
    assert_eq!(folder.ask("m0002_index.rs", &other).map(|said| said.len()), Some(1));
    assert_eq!(folder.ask("m0002_index.rs", INDEX), sound);
    // An earlier file may lag for as long as a kept history is trusted.
    folder.migration("m0001_users.rs", &USERS.replace("email", "e_mail"));
    std::thread::sleep(Duration::from_millis(1100));
    let said = folder.ask("m0002_index.rs", INDEX).unwrap();
    assert!(said.len() == 1 && said[0].contains("no column `email`"), "{said:?}");
    // So may the list.
    folder.migration("m0001_users.rs", USERS);
    folder.write("mod.rs", "migrate::history! { m0001_users }");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(folder.ask("m0002_index.rs", INDEX), Some(vec!["no history lists `m0002_index`".to_owned()]));
}

/// Neither a list nor an inline history is held to a lock where the editor tells no file.
#[test]
fn without_files_nothing_is_taken_as_released() {
    let _turn = turn();
    for body in ["m0001_users".to_owned(), format!("migration m0001_users {{ {USERS} }}")] {
        let declared = call(&body).declared();
        assert_eq!((messages(declared.found), declared.lock), (Vec::new(), None));
    }
}

/// The lock is one of the files that a kept history follows.
#[test]
fn a_lock_that_comes_is_looked_at() {
    let _turn = turn();
    let folder = Folder::new();
    assert_eq!(folder.ask("m0002_index.rs", INDEX), Some(Vec::new()));
    let digest = "0".repeat(32);
    let line = Line { name: "0001_users".to_owned(), checksum: digest.clone(), chain: digest };
    folder.write("migrations.lock", &lock::write(&[line]));
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(folder.ask("m0002_index.rs", INDEX), Some(Vec::new()), "it is said in the other file");
    let said = folder.ask("m0001_users.rs", USERS).unwrap();
    assert_eq!(said, ["`0001_users` was released, and does something else now"]);
    folder.write("migrations.lock", "");
    std::thread::sleep(Duration::from_millis(1100));
    let said = folder.ask("m0001_users.rs", USERS).unwrap();
    assert_eq!(said, ["the first line of `migrations.lock` does not say that it is one"]);
}

#[test]
fn the_first_of_two_migrations_is_the_files() {
    let _turn = turn();
    let folder = Folder::new();
    folder.write(
        "m0002_index.rs",
        &format!("migrate::migration! {{ {INDEX} }} migrate::migration! {{ drop index users_email_idx; }}"),
    );
    let said = folder.ask("m0002_index.rs", INDEX).unwrap();
    assert_eq!(said, ["`m0002_index.rs` holds more than one `migration!`"]);
    let second = format!("{}migrate::migration! {{ drop index users_email_idx; }}", " ".repeat(70));
    let (tokens, _) = lex::tokens(second.parse().unwrap());
    let path = folder.path("m0002_index.rs");
    let tokens = lex_body(&tokens);
    let overlay = || Overlay { path: path.clone(), body: body_of(&path, &tokens) };
    let found = cache::forced(|| cache::migration(&path, &tokens, &overlay));
    assert!(matches!(found, Found::Another));
}
