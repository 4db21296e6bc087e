//! Right and safe: the tree of a migration against the schema as it stands.
//!
//! Comes in: a tree, the schema before it, what the history knows. Goes out: steps with every name resolved, the
//! schema after them, and diagnostics. One file a family of rules. SQL is not known here; what a database can do is
//! asked of `target`.

mod alter;
mod alter_column;
mod breaks;
mod call;
mod collation;
pub mod constant;
mod data;
mod declares;
mod default;
mod down;
mod enums;
mod expr;
mod extension;
mod fit;
mod foreign_key;
mod generated;
mod index;
mod index_form;
mod json;
mod limits;
mod log;
mod names;
mod native;
mod options;
mod outside;
mod query;
mod raw;
mod repeated;
mod rows;
mod scope;
mod table;
mod trigger;
mod trigger_text;
mod view;
mod words;

pub use down::{CheckedDown, check_down};
pub use log::Log;
pub use names::NameSet;
pub use options::check_options;

use crate::diagnostics::Diagnostics;
use crate::schema::{Schema, Step};
use crate::source::{Body, Loc};
use crate::syntax::ast;
use crate::target::Options;

/// A step and the statement that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedStep {
    /// What it does.
    pub step: Step,
    /// The statement.
    pub loc: Loc,
    /// The words of each change, where the step alters a table.
    pub parts: Vec<Loc>,
}

/// Everything that the checks of one migration share.
pub struct Checker<'a> {
    /// The sink.
    pub cx: &'a mut Diagnostics,
    /// The schema, as the statements so far leave it.
    pub schema: &'a mut Schema,
    /// The names that the schema takes.
    pub names: &'a mut NameSet,
    /// What happened to names so far in the history.
    pub log: &'a mut Log,
    /// All files, for places in messages and for what a file that does not parse may have declared.
    pub bodies: &'a [Body],
    /// What the history says about its databases.
    pub options: &'a Options,
    /// Names of the migrations, in order.
    pub migrations: &'a [String],
    steps: Vec<CheckedStep>,
    /// The words of the changes of the table that was altered last.
    parts: Vec<Loc>,
    /// Tables that this migration made: they have no rows.
    created: Vec<String>,
    /// Columns that hold the same in all rows of tables that had rows before.
    repeated: repeated::Repeated,
    /// Defaults that break a check, to judge at the end whether they still do.
    broken_defaults: Vec<breaks::BrokenDefault>,
    /// Checks that were false for every row of a table, to judge at the end whether they still stand.
    broken_rows: Vec<breaks::BrokenRows>,
    /// Statements and calls that change or delete rows, and the schema at each, to judge at the end whose children would follow.
    moving: Vec<(usize, Schema)>,
    /// Foreign keys to judge at the end, when all tables of the migration are there.
    pending_keys: Vec<foreign_key::Pending>,
    /// Tables that were dropped, to judge at the end who still refers to them.
    dropped: Vec<(String, Loc)>,
}

impl<'a> Checker<'a> {
    /// A checker for one way of one migration.
    pub fn new(
        cx: &'a mut Diagnostics,
        schema: &'a mut Schema,
        names: &'a mut NameSet,
        log: &'a mut Log,
        bodies: &'a [Body],
        options: &'a Options,
        migrations: &'a [String],
    ) -> Checker<'a> {
        Checker {
            cx,
            schema,
            names,
            log,
            bodies,
            options,
            migrations,
            steps: Vec::new(),
            parts: Vec::new(),
            created: Vec::new(),
            repeated: repeated::Repeated::default(),
            broken_defaults: Vec::new(),
            broken_rows: Vec::new(),
            moving: Vec::new(),
            pending_keys: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// Checks statements in order and applies them to the schema. Goes on after an error, so that all come out.
    pub fn check(mut self, statements: &[ast::Statement]) -> Vec<CheckedStep> {
        for statement in statements {
            self.check_statement(statement);
        }
        self.check_pending_keys();
        self.check_broken_rows();
        self.check_broken_defaults();
        self.check_dropped_tables();
        self.check_cascades();
        self.check_outside(statements);
        self.steps
    }

    fn check_statement(&mut self, statement: &ast::Statement) {
        if let Some(step) = self.check_kind(statement) {
            let parts = std::mem::take(&mut self.parts);
            self.find_broken_defaults(&step, &parts, statement);
            self.apply(&step, statement);
            self.check_repeated(&step, &parts, statement.head);
            self.steps.push(CheckedStep { step, loc: statement.loc, parts });
        }
    }

    /// One statement, without what follows from it.
    fn check_kind(&mut self, statement: &ast::Statement) -> Option<Step> {
        match &statement.kind {
            ast::StatementKind::CreateTable(create) => self.check_create_table(create),
            ast::StatementKind::DropTable { name } => self.check_drop_table(name),
            ast::StatementKind::RenameTable { from, to } => self.check_rename_table(from, to),
            ast::StatementKind::AlterTable(alter) => self.check_alter_table(alter),
            ast::StatementKind::CreateIndex { table, index, concurrently } => {
                self.check_create_index(table, index, concurrently.is_some())
            }
            ast::StatementKind::DropIndex { name, concurrently } => {
                self.check_drop_index(name, concurrently.is_some())
            }
            ast::StatementKind::RenameIndex { from, to } => self.check_rename_index(from, to),
            ast::StatementKind::CreateView(create) => self.check_create_view(create),
            ast::StatementKind::DropView { name } => self.check_drop_view(name),
            ast::StatementKind::RenameView { from, to } => self.check_rename_view(from, to),
            ast::StatementKind::CreateTrigger(create) => self.check_create_trigger(create),
            ast::StatementKind::DropTrigger { name } => self.check_drop_trigger(name),
            ast::StatementKind::CreateExtension { name, schema } => {
                self.check_create_extension(name, schema.as_ref())
            }
            ast::StatementKind::DropExtension { name } => self.check_drop_extension(name),
            ast::StatementKind::Insert(insert) => self.check_insert(insert),
            ast::StatementKind::Update(update) => self.check_update(update),
            ast::StatementKind::Delete(delete) => self.check_delete(delete),
            ast::StatementKind::Sql { sql, declares } => self.check_native_statement(sql, declares),
            ast::StatementKind::Call { call, outside } => self.check_call(call, outside.is_some()),
        }
    }

    /// The schema and what is known of it behind a step.
    fn apply(&mut self, step: &Step, statement: &ast::Statement) {
        self.log.record(step, statement.loc);
        self.names.apply(self.schema, step);
        self.check_limits(step, statement.head);
        self.follow_renames(step);
    }

    /// Whether the file did not parse, so that something may be missing in its tree.
    fn is_broken(&self, loc: Loc) -> bool {
        self.bodies.get(loc.file.0 as usize).is_some_and(|b| b.broken)
    }

    /// The place of a token run, as messages name it: `m0000_initial_schema.rs:12:5`.
    fn place(&self, loc: Loc) -> String {
        place(self.bodies, loc)
    }

    /// The name of the migration of an event.
    fn migration(&self, event: &log::Event) -> &str {
        self.migrations.get(event.migration).map_or("", String::as_str)
    }
}

/// The place of a token run, as messages name it.
pub fn place(bodies: &[Body], loc: Loc) -> String {
    let Some(body) = bodies.get(loc.file.0 as usize) else {
        return String::new();
    };
    match body.tokens.get(loc.first as usize) {
        Some(token) => format!("{}:{}:{}", body.file, token.start.line, token.start.column),
        None => body.file.clone(),
    }
}
