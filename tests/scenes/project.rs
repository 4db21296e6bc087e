//! A cargo project in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The project.
pub struct Project {
    folder: TempDir,
    name: String,
}

/// What a run of cargo gave.
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The standard output of a run that went well.
    pub fn sound(self) -> String {
        assert!(self.success, "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The standard error of a run that did not.
    pub fn refused(self) -> String {
        assert!(!self.success, "cargo accepted it: {}\n{}", self.stdout, self.stderr);
        self.stderr
    }
}

impl Project {
    pub fn new(name: &str) -> Project {
        let folder = tempfile::Builder::new().prefix("migrate-scene-").tempdir().unwrap();
        Project { folder, name: name.to_owned() }
    }

    pub fn path(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    /// Writes the `Cargo.toml` of a package in that folder of the project; `@` stands for this repository.
    pub fn manifest(&self, folder: &str, dependencies: &str) {
        let repository = env!("CARGO_MANIFEST_DIR");
        let name = if folder.is_empty() { &self.name } else { folder };
        let own = if folder.is_empty() { "[workspace]\n" } else { "" };
        let dependencies = dependencies.replace('@', repository);
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{own}[dependencies]\n{dependencies}\n"
        );
        self.write(&Path::new(folder).join("Cargo.toml").display().to_string(), &text);
        // The versions of this repository, so that nothing is looked up anew.
        let lock = Path::new(repository).join("Cargo.lock");
        fs::copy(lock, self.folder.path().join("Cargo.lock")).unwrap();
    }

    pub fn write(&self, path: &str, text: &str) {
        self.write_bytes(path, text.as_bytes());
    }

    pub fn write_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        self.try_read(path).unwrap()
    }

    pub fn try_read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.folder.path().join(path)).ok()
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join(path)).unwrap();
    }

    /// What `cargo check` says with a place: `file:line:column: error: message`, first lines alone, in its order.
    pub fn findings(&self) -> Vec<String> {
        let Outcome { success, stderr, .. } = self.cargo(&["check", "-q", "--message-format=short"]);
        assert!(!stderr.contains("panicked"), "{stderr}");
        let places = [": error", ": warning"];
        let found: Vec<String> = stderr
            .lines()
            .filter(|l| places.iter().any(|p| l.contains(p)))
            .map(|l| l.replace("src/../", ""))
            .collect();
        assert_eq!(success, !found.iter().any(|l| l.contains(": error")), "{stderr}");
        found
    }

    pub fn cargo(&self, arguments: &[&str]) -> Outcome {
        self.cargo_with(arguments, &[])
    }

    pub fn cargo_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/scenes");
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).arg("--offline").current_dir(self.folder.path());
        // What the outer cargo set for this test is not for the inner one.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if (text.starts_with("CARGO") && text != "CARGO_HOME")
                || text.starts_with("RUST") && text.ends_with("FLAGS")
            {
                command.env_remove(&name);
            }
        }
        command.env("CARGO_TARGET_DIR", target).env("CARGO_TERM_COLOR", "never");
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        Outcome {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
