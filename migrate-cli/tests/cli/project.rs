//! A folder with a history, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder that goes when the test ends.
pub struct Project(TempDir);

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Two migrations that both databases take, up and down.
pub const NOTES: [(&str, &str); 2] = [
    ("m0001_notes", "create table notes { id: integer primary key autoincrement, body: text }"),
    ("m0002_slug", "alter table notes add column slug: text null;"),
];

impl Project {
    /// A folder with nothing in it.
    pub fn empty() -> Project {
        Project(TempDir::new().unwrap())
    }

    /// A folder with a history in `migrations`.
    pub fn with(migrations: &[(&str, &str)]) -> Project {
        Project::with_options("", migrations)
    }

    /// The same, with options of the history.
    pub fn with_options(options: &str, migrations: &[(&str, &str)]) -> Project {
        let project = Project::empty();
        project.list(options, migrations);
        for (module, body) in migrations {
            project.migration(module, body);
        }
        project
    }

    /// Writes the list.
    pub fn list(&self, options: &str, migrations: &[(&str, &str)]) {
        let names: Vec<&str> = migrations.iter().map(|(module, _)| *module).collect();
        let list = format!("migrate::history! {{\n    {options}\n    {}\n}}\n", names.join(",\n    "));
        self.write("migrations/mod.rs", &list);
    }

    /// Writes one migration's file.
    pub fn migration(&self, module: &str, body: &str) {
        let text = format!("migrate::migration! {{\n    {body}\n}}\n");
        self.write(&format!("migrations/{module}.rs"), &text);
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// All files with their contents, to see that nothing was written.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => walk(&path, files),
                    false => files.push((path.clone(), fs::read(&path).unwrap())),
                }
            }
        }
        let mut files = Vec::new();
        walk(self.0.path(), &mut files);
        files.sort();
        files
    }

    /// The program, without anything of the environment that it would look at.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        for name in ["DATABASE_URL", "NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs `migrate` with the words of the line.
    pub fn run(&self, line: &str) -> Ended {
        ended(&mut self.command(line))
    }

    /// Runs it with something on its standard input.
    pub fn run_with_input(&self, line: &str, input: &str) -> Ended {
        self.write("the input", input);
        let file = fs::File::open(self.path("the input")).unwrap();
        ended(self.command(line).stdin(file))
    }

    /// Runs it and wants it to be done.
    pub fn done(&self, line: &str) -> Ended {
        let ended = self.run(line);
        assert_eq!(ended.code, 0, "migrate {line}: {ended:#?}");
        ended
    }

    /// An empty database.
    pub fn sqlite_file(&self, path: &str) {
        let connection = rusqlite::Connection::open(self.path(path)).unwrap();
        connection.execute_batch("CREATE TABLE other (a int); DROP TABLE other").unwrap();
    }

    /// What SQLite says about a file.
    pub fn sqlite(&self, path: &str) -> rusqlite::Connection {
        assert!(self.exists(path));
        rusqlite::Connection::open(self.path(path)).unwrap()
    }
}

/// Waits for a program to end.
pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

impl Ended {
    /// The standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}
