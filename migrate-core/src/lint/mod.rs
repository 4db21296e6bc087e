//! What is legal and dangerous: warnings about migrations that nobody has run yet.
//!
//! Comes in: the checked steps of one migration, its tree, and the schema before it. Goes out: a warning for each danger, an
//! error where the history denies it, nothing where the statement or the history allows it. Whether a migration is
//! released, and whether the history has errors, in which case nothing is said here, is for who calls to know.

mod keys;
mod locks;
mod names;
mod rows;
mod triggers;
mod using;

use crate::check::CheckedStep;
use crate::diagnostics::code::{self, LINTS};
use crate::diagnostics::{Code, Diagnostics, similar::similar};
use crate::schema::query::Data;
use crate::schema::{Change, Schema, Step, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, HistoryOption, Name, OptionKind, Statement, StatementKind};
use crate::target::Options;

/// What a history says about lints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    allowed: Vec<Code>,
    denied: Vec<Code>,
}

impl Levels {
    /// From `#![allow(..)]` and `#![deny(..)]`; reports names that are none.
    pub fn of(cx: &mut Diagnostics, options: &[HistoryOption]) -> Levels {
        let mut levels = Levels::default();
        for option in options {
            let (list, names) = match &option.kind {
                OptionKind::Allow(names) => (&mut levels.allowed, names),
                OptionKind::Deny(names) => (&mut levels.denied, names),
                _ => continue,
            };
            list.extend(names.iter().filter_map(|name| find(cx, name)));
        }
        levels
    }
}

/// The lint of that name, or an error.
fn find(cx: &mut Diagnostics, name: &Name) -> Option<Code> {
    let found = LINTS.into_iter().find(|lint| lint.as_str() == name.text);
    if found.is_none() {
        let report = cx.error(code::UNKNOWN_LINT, name.loc, format!("there is no lint `{}`", name.text));
        match similar(&name.text, LINTS.iter().map(|lint| lint.as_str())) {
            Some(near) => report.help(format!("a lint with a similar name exists: `{near}`")),
            None => report.help("`migrate explain --list` names them"),
        };
    }
    found
}

/// Reports names of lints that are none, in front of statements and alterations.
pub fn check_names(cx: &mut Diagnostics, tree: &ast::Migration) {
    for name in tree.up.iter().flat_map(allows).flat_map(|(_, names)| names) {
        find(cx, name);
    }
    if let ast::Down::Written { statements, .. } = &tree.down {
        for (loc, names) in statements.iter().flat_map(allows).filter(|(_, names)| !names.is_empty()) {
            let message = "nothing is said about ways down that `allow` could silence";
            let at = names.first().map_or(loc, |name| name.loc);
            cx.error(code::ATTRIBUTE, at, message).help("leave it out");
        }
    }
}

/// The `allow`s in a statement, each with the tokens that it is about.
fn allows(statement: &Statement) -> Vec<(Loc, &[Name])> {
    let mut all = vec![(statement.loc, statement.allow.as_slice())];
    if let StatementKind::AlterTable(alter) = &statement.kind {
        all.extend(alter.alterations.iter().map(|a| (a.loc, a.allow.as_slice())));
    }
    all
}

/// Looks over the way up of one migration.
pub fn lint(
    cx: &mut Diagnostics,
    tree: &ast::Migration,
    up: &[CheckedStep],
    before: &Schema,
    options: &Options,
    levels: &Levels,
) {
    let mut linter = Linter {
        cx,
        options,
        levels,
        derives_down: matches!(tree.down, ast::Down::Auto),
        now: before.clone(),
        after: after(before, up),
        fresh: Vec::new(),
        columns: Vec::new(),
        renamed: Vec::new(),
        filled: Vec::new(),
        moved: false,
        statement: None,
        used: Vec::new(),
    };
    for checked in up {
        linter.statement = tree.up.iter().find(|s| s.loc == checked.loc);
        linter.step(checked);
        linter.follow(&checked.step);
    }
    for statement in &tree.up {
        linter.needless(statement);
    }
}

fn after(before: &Schema, up: &[CheckedStep]) -> Schema {
    let mut schema = before.clone();
    up.iter().for_each(|checked| schema.apply(&checked.step));
    schema
}

struct Linter<'a> {
    cx: &'a mut Diagnostics,
    options: &'a Options,
    levels: &'a Levels,
    /// Whether the way down is derived.
    derives_down: bool,
    /// The schema before the step.
    now: Schema,
    /// The schema behind all steps: what a foreign key refers to may come later than the key.
    after: Schema,
    /// Tables that this migration made, and that have no rows.
    fresh: Vec<String>,
    /// Columns that this migration added to tables, and whether all rows have a null there.
    columns: Vec<(String, String, bool)>,
    /// What this migration renamed: the old name and the new one.
    renamed: Vec<(String, String)>,
    /// Tables whose rows this migration has seen to.
    filled: Vec<String>,
    /// Whether SQL or a function did anything with rows.
    moved: bool,
    statement: Option<&'a Statement>,
    /// The names in `allow`s that silenced something.
    used: Vec<Loc>,
}

/// What a lint says.
struct Finding {
    lint: Code,
    loc: Loc,
    message: String,
    help: String,
}

impl Linter<'_> {
    fn step(&mut self, checked: &CheckedStep) {
        let (step, loc) = (&checked.step, checked.loc);
        let head = self.statement.map_or(loc, |s| s.head);
        let mut found = Vec::new();
        match step {
            Step::AlterTable { table, changes, .. } => {
                // Each change over the table as those before it leave it.
                let before = self.now.clone();
                for (at, change) in changes.iter().enumerate() {
                    let part = checked.parts.get(at).copied().unwrap_or(head);
                    rows::change(self, table, changes, at, part, &mut found);
                    locks::change(self, table, change, part, &mut found);
                    keys::change(self, table, change, part, &mut found);
                    self.note_column(table, change);
                    self.now.apply_change(table, change);
                }
                self.now = before;
            }
            Step::Native { declares, .. } => {
                // Which locks its text takes is not known; what becomes of rows is.
                let before = self.now.clone();
                for step in declares {
                    rows::step(self, step, head, &mut found);
                    self.now.apply(step);
                }
                self.now = before;
            }
            _ => {
                rows::step(self, step, head, &mut found);
                locks::step(self, step, head, &mut found);
                keys::step(self, step, head, &mut found);
                triggers::step(self, step, head, &mut found);
            }
        }
        names::statement(self, step, &mut found);
        found.into_iter().for_each(|finding| self.report(finding));
    }

    /// Says it, unless it is allowed.
    fn report(&mut self, finding: Finding) {
        let Finding { lint, loc, message, help } = finding;
        let allows = self.statement.into_iter().flat_map(allows);
        let around = allows.filter(|(around, _)| around.first <= loc.first && loc.last <= around.last);
        let named = around.flat_map(|(_, names)| names).find(|name| name.text == lint.as_str());
        if let Some(name) = named {
            self.used.push(name.loc);
            return;
        }
        if self.levels.allowed.contains(&lint) {
            return;
        }
        let report = match self.levels.denied.contains(&lint) {
            true => self.cx.error(lint, loc, message),
            false => self.cx.warning(lint, loc, message),
        };
        report.help(help).note(format!("`#[allow({lint})]` in front of it accepts that"));
    }

    /// An `allow` that silences nothing may be left of what is no longer so.
    fn needless(&mut self, statement: &Statement) {
        let names = allows(statement).into_iter().flat_map(|(_, names)| names);
        let needless: Vec<&Name> = names.filter(|name| !self.used.contains(&name.loc)).collect();
        if self.levels.allowed.contains(&code::NEEDLESS_ALLOW) {
            return;
        }
        for name in needless {
            let message = format!("nothing here is what `{}` is about", name.text);
            let report = match self.levels.denied.contains(&code::NEEDLESS_ALLOW) {
                true => self.cx.error(code::NEEDLESS_ALLOW, name.loc, message),
                false => self.cx.warning(code::NEEDLESS_ALLOW, name.loc, message),
            };
            report.help("leave it out");
        }
    }

    fn is_fresh(&self, table: &str) -> bool {
        self.fresh.iter().any(|t| same_name(t, table))
    }

    /// Whether the migration has seen to the rows of the table, so that nothing is known of them.
    fn is_filled(&self, table: &str) -> bool {
        self.moved || self.filled.iter().any(|t| same_name(t, table))
    }

    /// Whether the migration added the column, and whether it is null in all rows.
    fn added(&self, table: &str, column: &str) -> Option<bool> {
        let found = self.columns.iter().find(|(t, c, _)| same_name(t, table) && same_name(c, column));
        found.map(|(_, _, null)| *null)
    }

    fn note_column(&mut self, table: &str, change: &Change) {
        match change {
            Change::AddColumn(column) => {
                let null = column.default.is_none() && column.generated.is_none();
                self.columns.push((table.to_owned(), column.name.clone(), null));
            }
            Change::RenameColumn { from, to } => {
                for (t, column, _) in &mut self.columns {
                    if same_name(t, table) && same_name(column, from) {
                        column.clone_from(to);
                    }
                }
            }
            _ => {}
        }
    }

    /// What is known of rows behind the step, and the schema.
    fn follow(&mut self, step: &Step) {
        if let Step::RenameTable { from, to } | Step::RenameView { from, to } = step {
            self.renamed.push((from.clone(), to.clone()));
        }
        match step {
            Step::CreateTable(table) => self.fresh.push(table.name.clone()),
            Step::DropTable { table } => self.fresh.retain(|t| !same_name(t, table)),
            Step::RenameTable { from, to } => {
                let known = self.fresh.iter_mut().chain(&mut self.filled);
                for name in known.chain(self.columns.iter_mut().map(|(table, _, _)| table)) {
                    if same_name(name, from) {
                        name.clone_from(to);
                    }
                }
            }
            Step::Data(data) => {
                let table = data.table().to_owned();
                if matches!(&**data, Data::Insert(_)) {
                    self.fresh.retain(|t| !same_name(t, &table));
                }
                self.filled.push(table);
            }
            Step::Native { .. } | Step::Call { .. } => {
                self.moved = true;
                self.fresh.clear();
            }
            _ => {}
        }
        self.now.apply(step);
    }
}
