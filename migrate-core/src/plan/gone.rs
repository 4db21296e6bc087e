//! The names that a statement takes away, for whoever looks who else uses them: a function of PostgreSQL whose text has one
//! fails, or finds another table, when it is called, and nothing says so before
//! (<https://www.postgresql.org/docs/current/xfunc-sql.html>).

use crate::check::CheckedStep;
use crate::schema::expr::has_word;
use crate::schema::{Change, Step};
use crate::source::Loc;

/// A name that goes with a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The statement.
    pub loc: Loc,
    /// The table or view.
    pub table: String,
    /// Its column, where that goes alone.
    pub column: Option<String>,
}

/// All that goes, in order.
pub fn gone(steps: &[CheckedStep]) -> Vec<Gone> {
    let mut all = Vec::new();
    for CheckedStep { step, loc, .. } in steps {
        let whole = |table: &String| Gone { loc: *loc, table: table.clone(), column: None };
        match step {
            Step::DropTable { table } => all.push(whole(table)),
            Step::RenameTable { from, .. } | Step::RenameView { from, .. } => all.push(whole(from)),
            Step::DropView { name } => all.push(whole(name)),
            Step::AlterTable { table, changes, .. } => all.extend(changes.iter().filter_map(|c| match c {
                Change::RenameColumn { from: name, .. } | Change::DropColumn { name } => {
                    Some(Gone { column: Some(name.clone()), ..whole(table) })
                }
                _ => None,
            })),
            _ => {}
        }
    }
    all
}

impl Gone {
    /// The name itself.
    pub fn name(&self) -> &str {
        self.column.as_ref().unwrap_or(&self.table)
    }

    /// Whether the text of a function has it. A column's name stands in much that does not mean it, so its table must stand
    /// there too, unless a trigger brings the row along.
    pub fn stands_in(&self, text: &str, of_trigger: bool) -> bool {
        has_word(text, self.name()) && (self.column.is_none() || of_trigger || has_word(text, &self.table))
    }
}
