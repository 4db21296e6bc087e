//! The histories of the corpus.
//!
//! Comes in: the text files. Goes out: histories, each with what it puts into the database and what must be there after
//! each of its migrations. A file holds several histories, each after a line `=== NAME`, in the inline form of the
//! language; lines of it that begin with a mark speak of the state after the migration above them:
//!
//! ```text
//! //@ SQL             runs once, on the way up; `//@sqlite` and `//@postgres` on one database alone;
//!                     `{true}` and `{false}` become what the database writes for them
//! //? SQL => a|b;c|d  the rows of an answer, on the way up and on the way down; `//?up` on the way up alone
//! //~ TEXT            what the database may hold beside the schema, as inspection words it
//! ```

use migrate_core::compile::{Compiled, Outcome, compile};
use migrate_core::source::files;
use migrate_core::target::Dialect;

/// One history.
pub struct History {
    pub name: String,
    pub text: String,
    /// For each migration, in order.
    pub states: Vec<State>,
}

/// What the corpus says of the database after a migration.
#[derive(Default)]
pub struct State {
    /// Statements and questions, in order.
    pub marks: Vec<Mark>,
    pub beside: Vec<String>,
}

/// Something to do, or to ask.
pub enum Mark {
    Statement(Option<Dialect>, String),
    Question(Question),
}

/// A query and its answer.
pub struct Question {
    pub dialect: Option<Dialect>,
    pub up_only: bool,
    pub sql: String,
    pub answer: String,
}

/// Histories whose rows are compared between the databases: what they do to rows is all that is special about them.
const DATA: &str = include_str!("data.history");

const FILES: &[&str] = &[
    DATA,
    include_str!("views.history"),
    include_str!("meaning.history"),
    include_str!("edges.history"),
    include_str!("alterations.history"),
    include_str!("forms.history"),
    include_str!("expressions.history"),
    include_str!("types.history"),
    include_str!("constraints.history"),
    include_str!("names.history"),
    include_str!("generated.history"),
    include_str!("indexes.history"),
    include_str!("tables.history"),
    include_str!("enums.history"),
    include_str!("schemas.history"),
    include_str!("extensions.history"),
];

/// All histories.
pub fn histories() -> Vec<History> {
    FILES.iter().flat_map(|file| file.split("=== ").skip(1)).map(history).collect()
}

fn history(part: &str) -> History {
    let (name, text) = part.split_once('\n').expect("a history has a name and a text");
    let mut states = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("migration ") {
            states.push(State::default());
        } else if let Some(state) = states.last_mut() {
            mark(state, line);
        }
    }
    History { name: name.trim().to_owned(), text: text.to_owned(), states }
}

fn mark(state: &mut State, line: &str) {
    if let Some(rest) = line.strip_prefix("//@") {
        let (dialect, sql) = dialect(rest);
        state.marks.push(Mark::Statement(dialect, sql.to_owned()));
    } else if let Some(rest) = line.strip_prefix("//?") {
        let (dialect, rest) = dialect(rest);
        let (up_only, rest) = rest.strip_prefix("up ").map_or((false, rest), |rest| (true, rest));
        let (sql, answer) = rest.rsplit_once("=>").expect("a question has an answer");
        let (sql, answer) = (sql.trim().to_owned(), answer.trim().to_owned());
        state.marks.push(Mark::Question(Question { dialect, up_only, sql, answer }));
    } else if let Some(rest) = line.strip_prefix("//~") {
        state.beside.push(rest.trim().to_owned());
    }
}

fn dialect(text: &str) -> (Option<Dialect>, &str) {
    let found = Dialect::ALL.iter().find_map(|d| Some((Some(*d), text.strip_prefix(d.word())?)));
    let (dialect, rest) = found.unwrap_or((None, text));
    (dialect, rest.trim_start())
}

impl History {
    /// Whether its rows are compared between the databases.
    pub fn is_of_data(&self) -> bool {
        DATA.contains(&self.text)
    }

    /// Compiles it; whatever the compiler has to say is wrong.
    pub fn compile(&self) -> Result<Compiled, String> {
        self.outcome().map(|outcome| outcome.compiled)
    }

    /// The same with its sources.
    pub fn outcome(&self) -> Result<Outcome, String> {
        let sources = files::inline_text(&format!("{}.history", self.name), &self.text);
        let outcome = compile(sources.map_err(|e| format!("no Rust tokens: {e}"))?);
        let lines: Vec<String> = (outcome.diagnostics.iter())
            .map(|d| {
                let token = outcome.sources.bodies[0].tokens.get(d.loc.first as usize);
                let line = token.map_or(0, |t| t.start.line);
                format!(
                    "line {line}: {}: {}",
                    self.text.lines().nth(line as usize - 1).unwrap_or(""),
                    d.text()
                )
            })
            .collect();
        match lines.is_empty() && outcome.compiled.migrations.len() == self.states.len() {
            true => Ok(outcome),
            false => Err(format!("{} migrations\n{}", outcome.compiled.migrations.len(), lines.join("\n"))),
        }
    }
}
