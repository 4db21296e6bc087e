//! What happened to names so far in the history, so that an unknown one can be answered from it.

use crate::schema::{Change, Step, same_name};
use crate::source::Loc;

/// What happened to a name.
#[derive(Clone, Debug)]
pub enum What {
    /// A table came.
    TableCreated,
    /// A table went.
    TableDropped,
    /// A table got another name.
    TableRenamed {
        /// The new one.
        to: String,
    },
    /// A column came.
    ColumnCreated {
        /// Its name.
        column: String,
    },
    /// A column went.
    ColumnDropped {
        /// Its name.
        column: String,
    },
    /// A column got another name.
    ColumnRenamed {
        /// The old one.
        column: String,
        /// The new one.
        to: String,
    },
    /// An index came.
    IndexCreated {
        /// Its name.
        index: String,
    },
    /// An index went.
    IndexDropped {
        /// Its name.
        index: String,
    },
    /// An index got another name.
    IndexRenamed {
        /// The old one.
        index: String,
        /// The new one.
        to: String,
    },
    /// A view came.
    ViewCreated {
        /// Its name.
        view: String,
    },
    /// A view went.
    ViewDropped {
        /// Its name.
        view: String,
    },
    /// A view got another name.
    ViewRenamed {
        /// The old one.
        view: String,
        /// The new one.
        to: String,
    },
    /// A trigger came.
    TriggerCreated {
        /// Its name.
        trigger: String,
    },
    /// A trigger went.
    TriggerDropped {
        /// Its name.
        trigger: String,
    },
    /// An extension came.
    ExtensionCreated {
        /// Its name.
        extension: String,
    },
    /// An extension went.
    ExtensionDropped {
        /// Its name.
        extension: String,
    },
    /// A constraint went.
    ConstraintDropped {
        /// Its name.
        constraint: String,
    },
}

/// One thing that happened, to a table or on it.
#[derive(Clone, Debug)]
pub struct Event {
    /// The table, by the name it had; nothing for a view.
    pub table: String,
    /// What happened.
    pub what: What,
    /// The statement.
    pub loc: Loc,
    /// The migration, by its number in the history.
    pub migration: usize,
}

/// All that happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Log {
    events: Vec<Event>,
    /// The migration that is being checked, by its number in the history.
    pub migration: usize,
}

impl Log {
    /// Writes down what a step does to names.
    pub fn record(&mut self, step: &Step, loc: Loc) {
        let (events, migration) = (&mut self.events, self.migration);
        let mut add =
            |table: &str, what| events.push(Event { table: table.to_owned(), what, loc, migration });
        match step {
            Step::CreateTable(table) => {
                add(&table.name, What::TableCreated);
                for index in &table.indexes {
                    add(&table.name, What::IndexCreated { index: index.name.clone() });
                }
            }
            Step::DropTable { table } => add(table, What::TableDropped),
            Step::RenameTable { from, to } => add(from, What::TableRenamed { to: to.clone() }),
            Step::CreateIndex { table, index, .. } => {
                add(table, What::IndexCreated { index: index.name.clone() });
            }
            Step::DropIndex { table, name, .. } => add(table, What::IndexDropped { index: name.clone() }),
            Step::RenameIndex { table, from, to } => {
                add(table, What::IndexRenamed { index: from.clone(), to: to.clone() });
            }
            Step::AlterTable { table, changes, .. } => {
                for change in changes {
                    match change {
                        Change::AddColumn(c) => add(table, What::ColumnCreated { column: c.name.clone() }),
                        Change::DropColumn { name } => {
                            add(table, What::ColumnDropped { column: name.clone() })
                        }
                        Change::RenameColumn { from, to } => {
                            add(table, What::ColumnRenamed { column: from.clone(), to: to.clone() });
                        }
                        Change::DropConstraint { name } => {
                            add(table, What::ConstraintDropped { constraint: name.clone() });
                        }
                        _ => {}
                    }
                }
            }
            Step::CreateView(view) => add("", What::ViewCreated { view: view.name.clone() }),
            Step::DropView { name } => add("", What::ViewDropped { view: name.clone() }),
            Step::RenameView { from, to } => {
                add("", What::ViewRenamed { view: from.clone(), to: to.clone() });
            }
            Step::CreateTrigger(trigger) => {
                add(&trigger.table, What::TriggerCreated { trigger: trigger.name.clone() });
            }
            Step::DropTrigger { table, name } => {
                add(table, What::TriggerDropped { trigger: name.clone() });
            }
            Step::CreateExtension(extension) => {
                add("", What::ExtensionCreated { extension: extension.name.clone() });
            }
            Step::DropExtension { name } | Step::LeaveExtension { name } => {
                add("", What::ExtensionDropped { extension: name.clone() });
            }
            Step::Data(_) | Step::Native { .. } | Step::Call { .. } => {}
        }
    }

    /// The last event that `wanted` takes, searched from the end.
    pub fn last(&self, mut wanted: impl FnMut(&Event) -> bool) -> Option<&Event> {
        self.events.iter().rev().find(|e| wanted(e))
    }

    /// The last event on that table that `wanted` takes.
    pub fn last_on(&self, table: &str, mut wanted: impl FnMut(&What) -> bool) -> Option<&Event> {
        self.last(|e| same_name(&e.table, table) && wanted(&e.what))
    }
}
