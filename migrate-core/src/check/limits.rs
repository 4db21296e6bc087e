//! How many columns a table, a view, an index and a constraint can have.

use super::Checker;
use crate::diagnostics::code;
use crate::schema::{Change, Index, Step, Table};
use crate::source::Loc;
use crate::target::{Dialect, postgres, sqlite};

impl Checker<'_> {
    /// Judges what a step leaves behind; the schema is the one after it.
    pub(super) fn check_limits(&mut self, step: &Step, loc: Loc) {
        let mut found = Vec::new();
        match step {
            Step::CreateTable(table) => {
                self.table_limits(table, &mut found);
                table.indexes.iter().for_each(|index| self.index_limits(index, &mut found));
            }
            Step::AlterTable { table, changes, .. } => {
                let Some(table) = self.schema.shared_table(table) else { return };
                if changes.iter().any(|c| matches!(c, Change::AddColumn(_))) {
                    self.column_limit(&format!("table `{}`", table.name), table.columns.len(), &mut found);
                }
                for change in changes {
                    self.change_limits(change, &mut found);
                }
            }
            Step::CreateIndex { index, .. } => self.index_limits(index, &mut found),
            Step::CreateView(view) => {
                self.column_limit(&format!("view `{}`", view.name), view.columns.len(), &mut found);
            }
            _ => {}
        }
        for (message, help) in found {
            self.cx.error(code::TOO_MANY_COLUMNS, loc, message).help(help);
        }
    }

    fn table_limits(&self, table: &Table, found: &mut Vec<(String, String)>) {
        self.column_limit(&format!("table `{}`", table.name), table.columns.len(), found);
        if let Some(key) = &table.primary_key {
            self.key_limit(&format!("`{}`", key.name.text), key.columns.len(), found);
        }
        for unique in &table.uniques {
            self.key_limit(&format!("`{}`", unique.name.text), unique.columns.len(), found);
        }
        for key in &table.foreign_keys {
            self.key_limit(&format!("`{}`", key.name.text), key.columns.len(), found);
        }
    }

    fn change_limits(&self, change: &Change, found: &mut Vec<(String, String)>) {
        let (name, columns) = match change {
            Change::AddPrimaryKey(it) => (&it.name, &it.columns),
            Change::AddUnique(it) => (&it.name, &it.columns),
            Change::AddForeignKey(it) => (&it.name, &it.columns),
            _ => return,
        };
        self.key_limit(&format!("`{}`", name.text), columns.len(), found);
    }

    fn index_limits(&self, index: &Index, found: &mut Vec<(String, String)>) {
        self.key_limit(&format!("index `{}`", index.name), index.keys.len() + index.include.len(), found);
    }

    fn column_limit(&self, what: &str, columns: usize, found: &mut Vec<(String, String)>) {
        let limits = [(Dialect::Postgres, postgres::MAX_COLUMNS), (Dialect::Sqlite, sqlite::MAX_COLUMNS)];
        let over = limits.into_iter().find(|(dialect, most)| self.options.has(*dialect) && columns > *most);
        if let Some((dialect, most)) = over {
            found.push((
                format!("{what} has {columns} columns, and {} has {most} at most", dialect.title()),
                "put some of them into a table of their own".to_owned(),
            ));
        }
    }

    fn key_limit(&self, what: &str, columns: usize, found: &mut Vec<(String, String)>) {
        if self.options.has(Dialect::Postgres) && columns > postgres::MAX_INDEX_COLUMNS {
            let most = postgres::MAX_INDEX_COLUMNS;
            found.push((
                format!("{what} is over {columns} columns, and PostgreSQL has {most} at most"),
                "leave out those that the others imply".to_owned(),
            ));
        }
    }
}
