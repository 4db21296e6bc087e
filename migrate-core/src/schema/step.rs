//! Steps: what a checked statement does, with every name resolved and no places but that of a
//! function's path, which the compiler of the application resolves.

use std::sync::Arc;

use super::query::Update;
use super::{
    Action, Check, Column, Data, Default, Expr, Extension, ForeignKey, Functions, Index, NativeSql,
    PrimaryKey, Table, Trigger, Type, Unique, View,
};

/// One change of the schema, or SQL that the schema does not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new table with all that stands on it.
    CreateTable(Arc<Table>),
    /// A table goes, with its rows and its triggers.
    DropTable {
        /// The table.
        table: String,
    },
    /// A table gets another name.
    RenameTable {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// One table changes. On SQLite all changes are one rebuild where `recreate` says so.
    AlterTable {
        /// The table.
        table: String,
        /// Whether SQLite rebuilds the table.
        recreate: bool,
        /// What changes, in order.
        changes: Vec<Change>,
    },
    /// A new index.
    CreateIndex {
        /// The table.
        table: String,
        /// The index.
        index: Index,
        /// PostgreSQL builds it while others write.
        concurrently: bool,
    },
    /// An index goes.
    DropIndex {
        /// The table that it is on.
        table: String,
        /// The index.
        name: String,
        /// PostgreSQL drops it while others write.
        concurrently: bool,
    },
    /// An index gets another name.
    RenameIndex {
        /// The table that it is on.
        table: String,
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// A new view.
    CreateView(Arc<View>),
    /// A view goes, with its triggers.
    DropView {
        /// The view.
        name: String,
    },
    /// A view gets another name.
    RenameView {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// A new trigger.
    CreateTrigger(Arc<Trigger>),
    /// A trigger goes.
    DropTrigger {
        /// The table or view that it is on.
        table: String,
        /// The trigger.
        name: String,
    },
    /// An extension of PostgreSQL is needed from here on.
    CreateExtension(Extension),
    /// An extension goes, unless something needs it.
    DropExtension {
        /// The extension.
        name: String,
    },
    /// An extension is not needed any more, on the way back: it may have been there before, and may serve others.
    LeaveExtension {
        /// The extension.
        name: String,
    },
    /// Rows come, change or go.
    Data(Box<Data>),
    /// SQL of the author.
    Native {
        /// The text for each dialect.
        sql: NativeSql,
        /// What it does to the schema, as the author declares: the fold follows it, and no SQL is written for it.
        declares: Vec<Step>,
    },
    /// A function of the application for each database, which moves rows and leaves the schema as it is.
    Call {
        /// The functions.
        functions: Functions,
        /// Whether they make their own transactions.
        outside: bool,
    },
}

impl Step {
    /// Whether it is done outside of its migration's transaction, as its statement says.
    pub fn is_outside(&self) -> bool {
        match self {
            Step::CreateIndex { concurrently, .. } | Step::DropIndex { concurrently, .. } => *concurrently,
            Step::Data(data) => matches!(&**data, Data::Update(Update { batches: Some(_), .. })),
            Step::Call { outside, .. } => *outside,
            _ => false,
        }
    }
}

/// One change of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new column, last in order; its inline constraints follow as changes of their own.
    AddColumn(Column),
    /// A column goes, with its values and the enum check that belongs to it.
    DropColumn {
        /// The column.
        name: String,
    },
    /// A column gets another name.
    RenameColumn {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// A column gets another type. Checks of enums are changes of their own.
    SetType {
        /// The column.
        column: String,
        /// The type.
        ty: Type,
        /// How old values become new ones; absent for a lossless change.
        using: Option<Expr>,
    },
    /// A value of an enum gets another name: in the type, its check, its default, and in the rows.
    RenameValue {
        /// The column.
        column: String,
        /// The value that there is.
        from: String,
        /// What it becomes.
        to: String,
    },
    /// A column gets another default, or none.
    SetDefault {
        /// The column.
        column: String,
        /// The default.
        default: Option<Default>,
    },
    /// A column may no longer be null.
    SetNotNull {
        /// The column.
        column: String,
        /// What takes the place of a null.
        using: Option<Expr>,
    },
    /// A column may be null.
    DropNotNull {
        /// The column.
        column: String,
    },
    /// The table gets a primary key.
    AddPrimaryKey(PrimaryKey),
    /// The primary key goes; its columns stay NOT NULL.
    DropPrimaryKey,
    /// A unique constraint comes.
    AddUnique(Unique),
    /// A check comes.
    AddCheck(Check),
    /// A foreign key comes.
    AddForeignKey(ForeignKey),
    /// A unique constraint, a check or a foreign key goes.
    DropConstraint {
        /// Its name.
        name: String,
    },
    /// A constraint gets another name; then it counts as given.
    RenameConstraint {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
        /// Whether the new name is the author's.
        given: bool,
    },
    /// PostgreSQL judges the rows that were there before a constraint, or, on the way back, no longer has judged them.
    ValidateConstraint {
        /// Its name.
        name: String,
        /// Whether they are judged.
        valid: bool,
    },
    /// A foreign key gets other actions.
    AlterForeignKey {
        /// Its name.
        name: String,
        /// When the target goes.
        on_delete: Action,
        /// When the target's key changes.
        on_update: Action,
        /// Whether it is judged at the end of the transaction.
        deferrable: bool,
    },
}
