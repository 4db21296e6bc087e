//! Names: those that are taken, those that may be declared, and what to say of one that is not there.

use std::collections::HashMap;

use super::Checker;
use super::log::What;
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::diagnostics::{Diagnostics, Report};
use crate::schema::names::{MAX_BYTES, sequence};
use crate::schema::{Change, Column, Schema, Step, Table, key, same_name};
use crate::source::Loc;
use crate::syntax::ast::Name;
use crate::target::{Dialect, postgres};

/// The names that a schema takes, kept beside it so that looking one up does not walk all tables.
#[derive(Clone, Debug, Default)]
pub struct NameSet {
    /// Tables, indexes, and the indexes behind primary keys and unique constraints: one space in PostgreSQL.
    relations: HashMap<String, u32>,
    /// Constraints of all kinds.
    constraints: HashMap<String, u32>,
    /// PostgreSQL's sequences behind columns that number themselves, each with its table: they keep their names when the
    /// table gets another.
    sequences: HashMap<String, String>,
}

impl NameSet {
    /// The names of a whole schema.
    pub fn of(schema: &Schema) -> NameSet {
        let mut names = NameSet::default();
        schema.tables().for_each(|t| names.count(t, true));
        schema.tables().for_each(|t| names.add_sequence(t));
        schema.views().for_each(|v| names.change(true, &v.name, true));
        names
    }

    /// Applies a step to the schema and keeps the names in step with it.
    pub fn apply(&mut self, schema: &mut Schema, step: &Step) {
        let (old, new): (Option<&str>, Option<&str>) = match step {
            Step::CreateTable(table) => (None, Some(&table.name)),
            Step::DropTable { table } => (Some(table), None),
            Step::RenameTable { from, to } => (Some(from), Some(to)),
            Step::AlterTable { changes, .. } if !changes.iter().any(touches_names) => (None, None),
            Step::AlterTable { table, .. } | Step::RenameIndex { table, .. } => (Some(table), Some(table)),
            Step::CreateIndex { index, .. } => {
                self.change(true, &index.name, true);
                (None, None)
            }
            Step::DropIndex { name, .. } => {
                self.change(true, name, false);
                (None, None)
            }
            Step::CreateView(view) => {
                self.change(true, &view.name, true);
                (None, None)
            }
            Step::DropView { name } => {
                self.change(true, name, false);
                (None, None)
            }
            Step::RenameView { from, to } => {
                self.change(true, from, false);
                self.change(true, to, true);
                (None, None)
            }
            Step::CreateTrigger(_)
            | Step::DropTrigger { .. }
            | Step::CreateExtension(_)
            | Step::DropExtension { .. }
            | Step::LeaveExtension { .. }
            | Step::Data(_)
            | Step::Call { .. } => (None, None),
            // What it declares was applied statement by statement.
            Step::Native { .. } => return,
        };
        if let Some(table) = old.and_then(|t| schema.table(t)) {
            self.count(table, false);
            if is_numbered(table) {
                self.move_sequence(table, step);
            }
        }
        if let Step::CreateTable(table) = step {
            self.add_sequence(table);
        }
        schema.apply(step);
        if let Some(table) = new.and_then(|t| schema.table(t)) {
            self.count(table, true);
        }
    }

    /// Whether a table, a view or an index has the name, or a constraint that is an index.
    pub fn has_relation(&self, name: &str) -> bool {
        self.relations.contains_key(&key(name))
    }

    /// Whether a constraint has the name.
    pub fn has_constraint(&self, name: &str) -> bool {
        self.constraints.contains_key(&key(name))
    }

    /// The table whose key a sequence of that name numbers, in small letters.
    pub(super) fn sequence_of(&self, name: &str) -> Option<&str> {
        self.sequences.get(&key(name)).map(String::as_str)
    }

    /// PostgreSQL makes the sequence before the table, by the first name that is free.
    fn add_sequence(&mut self, table: &Table) {
        if let Some(name) = table.sequence.0.clone().or_else(|| self.sequence_for(table)) {
            self.sequences.insert(key(&name), key(&table.name));
        }
    }

    /// The name that PostgreSQL will give to the sequence of a new table.
    pub(super) fn sequence_for(&self, table: &Table) -> Option<String> {
        let column = table.columns.iter().find(|c| c.autoincrement.is_some())?;
        let taken = |name: &str| self.has_relation(name) || self.sequence_of(name).is_some();
        Some(sequence(&table.name, &column.name, taken))
    }

    fn move_sequence(&mut self, table: &Table, step: &Step) {
        let here = key(&table.name);
        match step {
            Step::DropTable { .. } => self.sequences.retain(|_, t| *t != here),
            Step::RenameTable { to, .. } => {
                self.sequences.values_mut().filter(|t| **t == here).for_each(|t| *t = key(to));
            }
            _ => {}
        }
    }

    fn count(&mut self, table: &Table, add: bool) {
        self.change(true, &table.name, add);
        table.indexes.iter().for_each(|i| self.change(true, &i.name, add));
        table.primary_key.iter().for_each(|p| self.change(true, &p.name.text, add));
        table.uniques.iter().for_each(|u| self.change(true, &u.name.text, add));
        table.constraint_names().for_each(|n| self.change(false, &n.text, add));
    }

    fn change(&mut self, relation: bool, name: &str, add: bool) {
        let map = if relation { &mut self.relations } else { &mut self.constraints };
        let name = key(name);
        if add {
            *map.entry(name).or_insert(0) += 1;
        } else if let Some(count) = map.get_mut(&name) {
            *count -= 1;
            if *count == 0 {
                map.remove(&name);
            }
        }
    }
}

fn is_numbered(table: &Table) -> bool {
    table.columns.iter().any(|c| c.autoincrement.is_some())
}

/// Whether a change of a table gives or takes a name other than a column's.
fn touches_names(change: &Change) -> bool {
    match change {
        Change::AddColumn(_)
        | Change::RenameColumn { .. }
        | Change::SetType { .. }
        | Change::SetDefault { .. }
        | Change::RenameValue { .. }
        | Change::ValidateConstraint { .. }
        | Change::SetNotNull { .. }
        | Change::DropNotNull { .. }
        | Change::AlterForeignKey { .. } => false,
        // With a column goes the check of its enum.
        Change::DropColumn { .. }
        | Change::AddPrimaryKey(_)
        | Change::DropPrimaryKey
        | Change::AddUnique(_)
        | Change::AddCheck(_)
        | Change::AddForeignKey(_)
        | Change::DropConstraint { .. }
        | Change::RenameConstraint { .. } => true,
    }
}

/// What kind of thing a name is declared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A table.
    Table,
    /// A column.
    Column,
    /// An index.
    Index,
    /// A constraint.
    Constraint,
    /// A view.
    View,
    /// A trigger.
    Trigger,
}

impl Declared {
    fn word(self) -> &'static str {
        match self {
            Declared::Table => "table",
            Declared::Column => "column",
            Declared::Index => "index",
            Declared::Constraint => "constraint",
            Declared::View => "view",
            Declared::Trigger => "trigger",
        }
    }
}

impl Checker<'_> {
    /// Whether a name may be declared at all, whoever has it.
    pub(super) fn check_declared(&mut self, name: &Name, declared: Declared) {
        let text = &name.text;
        let word = declared.word();
        if text.is_empty() {
            self.cx.error(code::INVALID_NAME, name.loc, format!("a {word} cannot have an empty name"));
        } else if text.chars().any(char::is_control) {
            self.cx.error(
                code::INVALID_NAME,
                name.loc,
                format!("the name of a {word} cannot hold a control character"),
            );
        } else if text.len() > MAX_BYTES {
            let message =
                format!("the name of this {word} has {} bytes, PostgreSQL keeps {MAX_BYTES}", text.len());
            self.cx
                .error(code::NAME_TOO_LONG, name.loc, message)
                .help(format!("shorten it, for instance to `{}`", shortened(text)));
        } else {
            self.check_reserved(name, declared);
        }
    }

    fn check_reserved(&mut self, name: &Name, declared: Declared) {
        let lower = key(&name.text);
        let message = match declared {
            Declared::Column if postgres::SYSTEM_COLUMNS.contains(&lower.as_str()) => {
                format!("`{}` is a system column of every table in PostgreSQL", name.text)
            }
            Declared::Column if matches!(lower.as_str(), "rowid" | "oid" | "_rowid_") => {
                format!("`{}` hides the row number that SQLite gives every row", name.text)
            }
            Declared::Table | Declared::Index | Declared::View | Declared::Trigger
                if lower.starts_with("sqlite_") =>
            {
                format!("names that begin with `sqlite_` are reserved by SQLite, and `{}` does", name.text)
            }
            Declared::Table | Declared::View if lower.starts_with("pg_") => {
                format!("names that begin with `pg_` are reserved by PostgreSQL, and `{}` does", name.text)
            }
            // PostgreSQL keeps what is unique by an index of the constraint's name.
            Declared::Table | Declared::Index | Declared::View | Declared::Constraint
                if lower.starts_with("__migrate_") || lower == "_migrations" =>
            {
                format!("`{}` is a reserved name: the runtime has tables of that name", name.text)
            }
            _ => return,
        };
        self.cx.error(code::RESERVED_NAME, name.loc, message).help("choose another name");
    }

    /// Whether a table, a view or an index may take a name; all share one space.
    pub(super) fn check_relation_free(&mut self, name: &Name, declared: Declared) -> bool {
        if !self.names.has_relation(&name.text) {
            return self.check_no_sequence(name);
        }
        let (what, taken, place) = self.who_has(&name.text);
        let case = taken != name.text;
        let message = match what == declared.word() {
            true => format!("{what} `{taken}` exists already"),
            false => {
                let article = if what == "index" { "an" } else { "a" };
                format!(
                    "{article} {what} is named `{taken}` already, and tables, views and indexes share their names"
                )
            }
        };
        let report = self.cx.error(code::DUPLICATE_NAME, name.loc, message);
        let report = match place {
            Some(place) => report.note(format!("it was created at {place}")),
            None => report,
        };
        if case {
            report.note("SQLite does not tell upper from lower case in names");
        }
        false
    }

    /// In PostgreSQL a sequence stands behind a column that numbers itself, and has a name among tables and indexes.
    pub(super) fn check_no_sequence(&mut self, name: &Name) -> bool {
        if !self.options.has(Dialect::Postgres) {
            return true;
        }
        let Some(table) = self.names.sequence_of(&name.text) else { return true };
        let table = self.schema.table(table).map_or(table, |t| &t.name).to_owned();
        let message = format!("the name `{}` is taken already", name.text);
        self.cx
            .error(code::DUPLICATE_NAME, name.loc, message)
            .note(format!("PostgreSQL has a sequence of this name for the key of table `{table}`"));
        false
    }

    /// Who has a relation's name: what it is, its name as declared, and where it was created.
    fn who_has(&self, name: &str) -> (&'static str, String, Option<String>) {
        let (what, declared) = if let Some(table) = self.schema.table(name) {
            ("table", table.name.clone())
        } else if let Some(view) = self.schema.view(name) {
            ("view", view.name.clone())
        } else {
            ("index", self.schema.index(name).map_or_else(|| name.to_owned(), |(_, i)| i.name.clone()))
        };
        let event = self.log.last(|e| match (&e.what, what) {
            (What::TableCreated, "table") => same_name(&e.table, name),
            (What::TableRenamed { to }, "table")
            | (What::ViewRenamed { to, .. }, "view")
            | (What::IndexRenamed { to, .. }, "index") => same_name(to, name),
            (What::ViewCreated { view }, "view") => same_name(view, name),
            (What::IndexCreated { index }, "index") => same_name(index, name),
            _ => false,
        });
        (what, declared, event.map(|e| self.place(e.loc)))
    }

    /// The table of that name, or an error that says what the history knows.
    pub(super) fn find_table(&mut self, name: &Name) -> Option<Table> {
        if let Some(table) = self.schema.table(&name.text) {
            return Some(table.clone());
        }
        self.unknown_table(name);
        None
    }

    /// Says that a table is not there.
    pub(super) fn unknown_table(&mut self, name: &Name) {
        if let Some(view) = self.schema.view(&name.text) {
            let message = format!("`{}` is a view, and a table is wanted here", view.name);
            self.cx.error(code::UNKNOWN_TABLE, name.loc, message);
            return;
        }
        if self.lost_in_broken_file(name) {
            return;
        }
        let gone = self.log.last(|e| match &e.what {
            What::TableDropped | What::TableRenamed { .. } => same_name(&e.table, &name.text),
            What::ViewDropped { view } | What::ViewRenamed { view, .. } => same_name(view, &name.text),
            _ => false,
        });
        let answer = gone.map(|event| {
            let migration = self.migration(event).to_owned();
            match &event.what {
                What::TableRenamed { to } | What::ViewRenamed { to, .. } => {
                    (format!("`{}` was renamed to `{to}` by {migration}", name.text), Some(to.clone()))
                }
                _ => (format!("`{}` was dropped by {migration}", name.text), None),
            }
        });
        let similar = similar(&name.text, self.schema.tables().map(|t| t.name.as_str())).map(str::to_owned);
        let all: Vec<String> = self.schema.tables().map(|t| format!("`{}`", t.name)).collect();
        let report = self.cx.error(code::UNKNOWN_TABLE, name.loc, format!("no table `{}`", name.text));
        match (answer, similar) {
            (Some((note, Some(to))), _) => {
                report.help(format!("write `{to}`")).note(note);
            }
            (Some((note, None)), _) => {
                report.note(note);
            }
            (None, Some(similar)) => {
                report.help(format!("a table with a similar name exists: `{similar}`"));
            }
            (None, None) if all.is_empty() => {
                report.note("no table exists at this point of the history");
            }
            (None, None) if all.len() <= 8 => {
                report.note(format!("the tables are {}", all.join(", ")));
            }
            _ => {}
        }
    }

    /// The column of that name, or an error that says what the history knows.
    pub(super) fn find_column<'t>(&mut self, table: &'t Table, name: &Name) -> Option<&'t Column> {
        let column = table.column(&name.text);
        if column.is_none() {
            self.unknown_column(table, name);
        }
        column
    }

    /// Says that a column is not there.
    pub(super) fn unknown_column(&mut self, table: &Table, name: &Name) {
        if self.lost_in_broken_file(name) {
            return;
        }
        let gone = self.log.last_on(&table.name, |w| match w {
            What::ColumnDropped { column } | What::ColumnRenamed { column, .. } => {
                same_name(column, &name.text)
            }
            _ => false,
        });
        let answer = gone.map(|event| {
            let migration = self.migration(event).to_owned();
            match &event.what {
                What::ColumnRenamed { to, .. } => {
                    (format!("`{}` was renamed to `{to}` by {migration}", name.text), Some(to.clone()))
                }
                _ => (format!("`{}` was dropped by {migration}", name.text), None),
            }
        });
        let what = if self.schema.table(&table.name).is_none() && self.schema.view(&table.name).is_some() {
            "view"
        } else {
            "table"
        };
        let message = format!("no column `{}` on {what} `{}`", name.text, table.name);
        let report = self.cx.error(code::UNKNOWN_COLUMN, name.loc, message);
        if let Some((note, to)) = answer {
            match to {
                Some(to) => report.help(format!("write `{to}`")).note(note),
                None => report.note(note),
            };
            return;
        }
        suggest_column(report, table, name);
    }

    /// Whether a file that did not parse names it before this place: what it declares is not known, so an unknown
    /// name may be its fault and is not reported twice.
    pub(super) fn lost_in_broken_file(&self, name: &Name) -> bool {
        let named = |body: &crate::source::Body, end: usize| {
            body.tokens[..end.min(body.tokens.len())]
                .iter()
                .any(|t| same_name(t.text.trim_matches('"'), &name.text))
        };
        let here = name.loc.file.0 as usize;
        self.bodies.iter().enumerate().take(here + 1).any(|(file, body)| {
            body.broken && named(body, if file == here { name.loc.first as usize } else { usize::MAX })
        })
    }
}

fn suggest_column(report: Report<'_>, table: &Table, name: &Name) {
    let names = || table.columns.iter().map(|c| c.name.as_str());
    let all = || names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    match similar(&name.text, names()) {
        Some(similar) => {
            report.help(format!("a column with a similar name exists: `{similar}`"));
        }
        None if table.columns.len() <= 12 && !table.columns.is_empty() => {
            report.note(format!("the columns of `{}` are {}", table.name, all()));
        }
        None => {}
    }
}

/// A name of at most 63 bytes: its beginning, and a number made of the whole.
fn shortened(name: &str) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in name.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let mut end = MAX_BYTES - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash:08x}", &name[..end])
}

/// Reports that something is declared twice in one list.
pub(super) fn duplicate(cx: &mut Diagnostics, loc: Loc, what: &str, name: &str, table: &str) {
    cx.error(code::DUPLICATE_NAME, loc, format!("{what} `{name}` exists already on table `{table}`"));
}
