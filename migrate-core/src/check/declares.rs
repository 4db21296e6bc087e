//! What raw SQL declares to create and drop: checked as statements of the language are, followed by the fold, and written by
//! nobody, because the author's text does it.

use super::Checker;
use super::foreign_key::key_of_table;
use crate::diagnostics::code;
use crate::schema::{Step, same_name};
use crate::syntax::ast::{Name, Statement, StatementKind};
use crate::target::Dialect;

/// A declaration by the words with which raw SQL does the same: `drop`, `table`, and the name. An index that is created goes
/// by the name of its table.
pub(super) struct Declaration {
    verb: &'static str,
    what: &'static str,
    name: String,
}

/// What is declared.
pub(super) fn declared(statements: &[Statement]) -> Vec<Declaration> {
    let of = |statement: &Statement| {
        let (verb, what, name) = match &statement.kind {
            StatementKind::CreateTable(table) => ("create", "table", &table.name),
            StatementKind::DropTable { name } => ("drop", "table", name),
            StatementKind::CreateIndex { table, .. } => ("create", "index", table),
            StatementKind::DropIndex { name, .. } => ("drop", "index", name),
            StatementKind::CreateView(view) => ("create", "view", &view.name),
            StatementKind::DropView { name } => ("drop", "view", name),
            StatementKind::CreateTrigger(trigger) => ("create", "trigger", &trigger.name),
            StatementKind::DropTrigger { name } => ("drop", "trigger", name),
            _ => return None,
        };
        Some(Declaration { verb, what, name: name.text.clone() })
    };
    statements.iter().filter_map(of).collect()
}

/// Whether raw SQL that says so in these words declares it.
pub(super) fn is_declared(declared: &[Declaration], verb: &str, what: &str, name: &str) -> bool {
    let what = if what == "unique" { "index" } else { what };
    declared.iter().any(|d| d.verb == verb && d.what == what && same_name(&d.name, name))
}

impl Checker<'_> {
    /// Checks what raw SQL declares and applies it to the schema, statement by statement.
    pub(super) fn check_declares(&mut self, statements: &[Statement]) -> Vec<Step> {
        let created = self.created.len();
        let waiting = self.pending_keys.len();
        let mut steps = Vec::new();
        for statement in statements {
            let step = match &statement.kind {
                StatementKind::DropTable { name } => {
                    self.check_kind(statement).filter(|step| self.expect_unreferred(step, name))
                }
                StatementKind::DropIndex { name, .. } => {
                    self.check_kind(statement).filter(|step| self.expect_no_keys_on(step, name))
                }
                _ => self.check_kind(statement),
            };
            if let Some(step) = step {
                self.apply(&step, statement);
                steps.push(step);
            }
        }
        // The text makes its foreign keys at once, and PostgreSQL wants their targets then.
        if self.options.has(Dialect::Postgres) {
            self.check_keys_from(waiting);
        }
        // The text may have filled them.
        self.created.truncate(created);
        steps
    }

    /// A table that raw SQL drops: foreign keys stay on, so that SQLite would delete its rows first, and by cascades those of its
    /// children.
    fn expect_unreferred(&mut self, step: &Step, name: &Name) -> bool {
        let Step::DropTable { table } = step else { return true };
        let others = self.schema.references_to(table).filter(|(user, _)| !same_name(&user.name, table));
        let left: Vec<String> = others.map(key_of_table).collect();
        if left.is_empty() {
            return true;
        }
        let message = format!("raw SQL cannot drop table `{table}` while foreign keys refer to it");
        self.cx
            .error(code::TABLE_IN_USE, name.loc, message)
            .help("drop those foreign keys before, or write `drop table` without `sql`")
            .note(format!("they are {}", left.join(", ")));
        // It is not dropped, so that nothing is said of it at the end.
        self.dropped.pop();
        false
    }

    /// An index that raw SQL drops: PostgreSQL binds a foreign key to the index that was there when it came, and does not move
    /// it to another over the same columns, as the plan of `drop index` does.
    fn expect_no_keys_on(&mut self, step: &Step, name: &Name) -> bool {
        let Step::DropIndex { table, name: index, .. } = step else { return true };
        let Some(mut without) = self.schema.table(table).cloned() else { return true };
        let Some(columns) = without.index(index).and_then(|i| i.plain_unique_columns()) else { return true };
        without.indexes.retain(|i| !same_name(&i.name, index));
        // Where nothing else is unique, that is said already.
        if !without.is_unique(&columns) {
            return true;
        }
        let key = self.schema.keys_on(table, &columns).next();
        let Some((user, key)) = key.filter(|_| self.options.has(Dialect::Postgres)) else { return true };
        let message = format!(
            "raw SQL cannot drop `{index}`: the foreign key `{}` of `{}` may stand on it in PostgreSQL",
            key.name.text, user.name
        );
        self.cx
            .error(code::UNIQUENESS_IN_USE, name.loc, message)
            .help("write `drop index` without `sql`: then the key is moved to what else is unique");
        false
    }
}
