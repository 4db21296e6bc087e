//! What a step does to rows and to the names that a query reads: a question over them means the same before the step and
//! after it, or it does not.

use crate::schema::{Change, Data, Schema, Step, same_name};

/// A column of a table, or its rows as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    table: String,
    column: Option<String>,
}

/// What a step leaves otherwise than it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Whatever it likes.
    All,
    /// These, and nothing else that a query could read.
    Parts(Vec<Part>),
}

impl Part {
    /// Rows come, go, or change in any column; or the table gets its name.
    pub fn whole(table: &str) -> Part {
        Part { table: table.to_owned(), column: None }
    }

    /// One column.
    pub fn column(table: &str, column: &str) -> Part {
        Part { table: table.to_owned(), column: Some(column.to_owned()) }
    }

    /// Whether one is a part of the other.
    pub fn meets(&self, other: &Part) -> bool {
        let same = |(a, b): (&String, &String)| same_name(a, b);
        same_name(&self.table, &other.table)
            && self.column.as_ref().zip(other.column.as_ref()).is_none_or(same)
    }
}

impl Touched {
    /// Whether it is about one of these.
    pub fn meets(&self, uses: &[Part]) -> bool {
        match self {
            Touched::All => true,
            Touched::Parts(parts) => parts.iter().any(|part| uses.iter().any(|used| used.meets(part))),
        }
    }
}

/// What a step touches; `schemas` are those in which it may run.
pub fn touched(step: &Step, schemas: &[&Schema]) -> Touched {
    Touched::Parts(match step {
        Step::Native { .. } | Step::Call { .. } => return Touched::All,
        Step::Data(data) => return moved(data, schemas),
        Step::CreateTable(table) => vec![Part::whole(&table.name)],
        Step::DropTable { table } => vec![Part::whole(table)],
        Step::RenameTable { from, to } => vec![Part::whole(from), Part::whole(to)],
        Step::AlterTable { table, changes, .. } => changes.iter().flat_map(|c| changed(table, c)).collect(),
        Step::CreateIndex { .. }
        | Step::DropIndex { .. }
        | Step::RenameIndex { .. }
        | Step::CreateView(_)
        | Step::DropView { .. }
        | Step::RenameView { .. }
        | Step::CreateTrigger(_)
        | Step::DropTrigger { .. }
        | Step::CreateExtension(_)
        | Step::DropExtension { .. }
        | Step::LeaveExtension { .. } => Vec::new(),
    })
}

fn changed(table: &str, change: &Change) -> Vec<Part> {
    let column = |name: &String| vec![Part::column(table, name)];
    match change {
        Change::AddColumn(added) => column(&added.name),
        Change::DropColumn { name } => column(name),
        Change::RenameColumn { from, to } => vec![Part::column(table, from), Part::column(table, to)],
        Change::SetType { column: name, .. }
        | Change::RenameValue { column: name, .. }
        | Change::SetNotNull { column: name, using: Some(_) } => column(name),
        // Constraints, defaults and names of constraints.
        _ => Vec::new(),
    }
}

/// Triggers may do anything, and rows that go, or whose keys change, may take others along.
fn moved(data: &Data, schemas: &[&Schema]) -> Touched {
    if schemas.iter().any(|schema| schema.triggers().next().is_some()) {
        return Touched::All;
    }
    let table = data.table();
    let refers = |table: &str| schemas.iter().any(|schema| schema.references_to(table).next().is_some());
    match data {
        Data::Insert(_) => Touched::Parts(vec![Part::whole(table)]),
        Data::Update(update) if !refers(table) => {
            Touched::Parts(update.set.iter().map(|(column, _)| Part::column(table, column)).collect())
        }
        Data::Update(_) | Data::Delete(_) => {
            let mut tables = vec![table.to_owned()];
            let mut at = 0;
            while let Some(parent) = tables.get(at).cloned() {
                for schema in schemas {
                    for (child, _) in schema.references_to(&parent) {
                        if !tables.iter().any(|t| same_name(t, &child.name)) {
                            tables.push(child.name.clone());
                        }
                    }
                }
                at += 1;
            }
            Touched::Parts(tables.iter().map(|t| Part::whole(t)).collect())
        }
    }
}
