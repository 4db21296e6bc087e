//! The tree of a migration, close to the text: every node knows its tokens.
//!
//! Names are not resolved and nothing is checked. Plain data without spans of the compiler.

pub use super::call_tree::{Call, FunctionPath, Functions};
pub use super::history_tree::{Entry, History, HistoryOption, OptionKind};
pub use super::index_tree::{Collate, Index, IndexKey};
pub use super::query::{
    Batches, Delete, Insert, Join, Limit, OrderKey, Row, Rows, Select, SelectItem, Source, Update,
};
pub use super::types::{Action, Collation, Literal, Method, NativeSql, Nulls, Only, Operator, Type};
pub use super::view_tree::{CreateTrigger, CreateView, ViewBody};
use crate::source::Loc;

/// A name where it stands, without quotes or `r#`.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its token.
    pub loc: Loc,
}

/// The body of `migration! { .. }`.
#[derive(Clone, Debug, Default)]
pub struct Migration {
    /// `name "..";`
    pub name: Option<Name>,
    /// The way up.
    pub up: Vec<Statement>,
    /// The way down.
    pub down: Down,
    /// The first token of the body, for what concerns the whole.
    pub loc: Loc,
}

/// The way down as written.
#[derive(Clone, Debug, Default)]
pub enum Down {
    /// Nothing written, or `down auto;`.
    #[default]
    Auto,
    /// `down irreversible "why";`
    Irreversible {
        /// The reason.
        reason: String,
    },
    /// `down { .. }`
    Written {
        /// Its statements.
        statements: Vec<Statement>,
        /// The word `down`.
        loc: Loc,
    },
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// All its tokens.
    pub loc: Loc,
    /// Its first words: `alter table`.
    pub head: Loc,
    /// The lints that `#[allow(..)]` in front of it names.
    pub allow: Vec<Name>,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `create table`
    CreateTable(CreateTable),
    /// `drop table NAME;`
    DropTable {
        /// The table.
        name: Name,
    },
    /// `rename table A to B;`
    RenameTable {
        /// The name it has.
        from: Name,
        /// The name it gets.
        to: Name,
    },
    /// `alter table NAME [recreate] ..`
    AlterTable(AlterTable),
    /// `create [unique] index NAME on TABLE (..) [concurrently]`
    CreateIndex {
        /// The table.
        table: Name,
        /// The index.
        index: Index,
        /// `concurrently`: PostgreSQL builds it while others write.
        concurrently: Option<Loc>,
    },
    /// `drop index NAME [concurrently];`
    DropIndex {
        /// The index.
        name: Name,
        /// `concurrently`: PostgreSQL drops it while others write.
        concurrently: Option<Loc>,
    },
    /// `rename index A to B;`
    RenameIndex {
        /// The name it has.
        from: Name,
        /// The name it gets.
        to: Name,
    },
    /// `create view NAME as ..`
    CreateView(CreateView),
    /// `drop view NAME;`
    DropView {
        /// The view.
        name: Name,
    },
    /// `rename view A to B;`
    RenameView {
        /// The name it has.
        from: Name,
        /// The name it gets.
        to: Name,
    },
    /// `create trigger NAME on TABLE ..`
    CreateTrigger(CreateTrigger),
    /// `drop trigger NAME;`
    DropTrigger {
        /// The trigger.
        name: Name,
    },
    /// `create extension NAME [schema NAME]`
    CreateExtension {
        /// The extension.
        name: Name,
        /// Where its objects are to stand.
        schema: Option<Name>,
    },
    /// `drop extension NAME`
    DropExtension {
        /// The extension.
        name: Name,
    },
    /// `insert into T (..) ..`
    Insert(Insert),
    /// `update T set ..`
    Update(Update),
    /// `delete from T ..`
    Delete(Delete),
    /// `sql "..";` and its forms.
    Sql {
        /// The text for each dialect.
        sql: Native,
        /// `declares { .. }`: what it does to the schema.
        declares: Vec<Statement>,
    },
    /// `call .. [outside transaction]`
    Call {
        /// What is called.
        call: Call,
        /// `outside transaction`: the function makes its own transactions.
        outside: Option<Loc>,
    },
}

/// Raw SQL with its place. `sql "..."` for both dialects fills both.
#[derive(Clone, Debug)]
pub struct Native {
    /// The text for each dialect.
    pub sql: NativeSql,
    /// All its tokens, from `sql`.
    pub loc: Loc,
}

/// `create table NAME { .. }`
#[derive(Clone, Debug)]
pub struct CreateTable {
    /// The table's name.
    pub name: Name,
    /// Doc comment.
    pub comment: Option<String>,
    /// `without rowid`
    pub without_rowid: Option<Loc>,
    /// What stands in the braces, in order.
    pub items: Vec<TableItem>,
    /// The closing brace, where something missing is shown.
    pub close: Loc,
}

/// One item in the braces of `create table`.
#[derive(Clone, Debug)]
pub enum TableItem {
    /// A column.
    Column(Column),
    /// A constraint.
    Constraint(Constraint),
    /// `index` or `unique index`
    Index(Index),
}

/// `NAME: TYPE MODIFIER ..`
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Doc comment.
    pub comment: Option<String>,
    /// Its type.
    pub ty: TypeAt,
    /// What follows, in order.
    pub modifiers: Vec<Modifier>,
}

/// A type and its tokens.
#[derive(Clone, Debug)]
pub struct TypeAt {
    /// The type.
    pub ty: Type,
    /// Its tokens.
    pub loc: Loc,
}

/// One modifier of a column.
#[derive(Clone, Debug)]
pub struct Modifier {
    /// What it says.
    pub kind: ModifierKind,
    /// Its tokens.
    pub loc: Loc,
}

/// What a modifier says.
#[derive(Clone, Debug)]
pub enum ModifierKind {
    /// `null`
    Null,
    /// `default V`
    Default(Default),
    /// `primary key`
    PrimaryKey,
    /// `unique`
    Unique,
    /// `references T (C) ..`
    References(References),
    /// `check (EXPR)`
    Check(Expr),
    /// `autoincrement [serial]`
    Autoincrement {
        /// `SERIAL` in PostgreSQL in place of an identity column.
        serial: bool,
    },
    /// `collate nocase`
    Collate(Collate),
    /// `generated (EXPR) [stored|virtual]`
    Generated {
        /// Its value.
        expr: Expr,
        /// The word `virtual`; stored without it.
        is_virtual: bool,
    },
}

/// The value of a `default`.
#[derive(Clone, Debug)]
pub struct Default {
    /// The value.
    pub kind: DefaultKind,
    /// Its tokens, without the word `default`.
    pub loc: Loc,
}

/// A default's value.
#[derive(Clone, Debug)]
pub enum DefaultKind {
    /// A literal.
    Literal(Literal),
    /// `now`
    Now,
    /// `random`
    Random,
    /// `(EXPR)`
    Expr(Expr),
    /// `sql { .. }`
    Sql(Native),
}

/// `references T (C, ..) [on delete A] [on update A] [deferrable]`
#[derive(Clone, Debug)]
pub struct References {
    /// The table.
    pub table: Name,
    /// Its columns.
    pub columns: Vec<Name>,
    /// `on delete`
    pub on_delete: Option<Action>,
    /// `on update`
    pub on_update: Option<Action>,
    /// `deferrable`
    pub deferrable: bool,
    /// From `references`.
    pub loc: Loc,
}

/// `[NAME] unique (..)` and the others.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// The name, where one was given.
    pub name: Option<Name>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `nulls not distinct`, of a unique constraint.
    pub nulls_not_distinct: Option<Loc>,
    /// `not valid`
    pub not_valid: Option<Loc>,
    /// Its tokens, the name included.
    pub loc: Loc,
}

/// What a constraint demands.
#[derive(Clone, Debug)]
pub enum ConstraintKind {
    /// `primary key (..)`
    PrimaryKey(Vec<Name>),
    /// `unique (..)`
    Unique(Vec<Name>),
    /// `check (EXPR)`
    Check(Expr),
    /// `foreign key (..) references ..`
    ForeignKey {
        /// Columns here.
        columns: Vec<Name>,
        /// Their target.
        references: References,
    },
}

/// `alter table NAME [recreate] ..`
#[derive(Clone, Debug)]
pub struct AlterTable {
    /// The table.
    pub table: Name,
    /// The word `recreate`.
    pub recreate: Option<Loc>,
    /// What changes, in order.
    pub alterations: Vec<Alteration>,
}

/// One alteration.
#[derive(Clone, Debug)]
pub struct Alteration {
    /// What it does.
    pub kind: AlterationKind,
    /// Its tokens.
    pub loc: Loc,
    /// Its first words: `alter column name type`.
    pub head: Loc,
    /// The lints that `#[allow(..)]` in front of it names.
    pub allow: Vec<Name>,
}

/// What an alteration does.
#[derive(Clone, Debug)]
pub enum AlterationKind {
    /// `add column NAME: TYPE ..`
    AddColumn(Column),
    /// `drop column NAME`
    DropColumn(Name),
    /// `rename column A to B`
    RenameColumn {
        /// The name it has.
        from: Name,
        /// The name it gets.
        to: Name,
    },
    /// `alter column NAME CHANGE, ..`
    AlterColumn {
        /// The column.
        name: Name,
        /// What changes.
        changes: Vec<ColumnChange>,
    },
    /// `add [NAME] unique (..)` and the others.
    AddConstraint(Constraint),
    /// `drop primary key`
    DropPrimaryKey,
    /// `drop constraint NAME`
    DropConstraint(Name),
    /// `drop foreign key (..)`
    DropForeignKey(Vec<Name>),
    /// `rename constraint A to B`
    RenameConstraint {
        /// The name it has.
        from: Name,
        /// The name it gets.
        to: Name,
    },
    /// `validate constraint NAME`
    ValidateConstraint(Name),
    /// `alter foreign key (..) on delete A [on update A]`
    AlterForeignKey {
        /// The columns here.
        columns: Vec<Name>,
        /// The new action.
        on_delete: Option<Action>,
        /// The new action.
        on_update: Option<Action>,
        /// `deferrable`, `not deferrable`
        deferrable: Option<bool>,
    },
}

/// One change of `alter column`.
#[derive(Clone, Debug)]
pub struct ColumnChange {
    /// What changes.
    pub kind: ColumnChangeKind,
    /// Its tokens.
    pub loc: Loc,
}

/// What changes about a column.
#[derive(Clone, Debug)]
pub enum ColumnChangeKind {
    /// `type TYPE [using EXPR]`
    Type {
        /// The new type.
        ty: TypeAt,
        /// How old values become new ones.
        using: Option<Expr>,
    },
    /// `set default V`
    SetDefault(Default),
    /// `drop default`
    DropDefault,
    /// `set not null [using EXPR]`
    SetNotNull {
        /// What takes the place of a null.
        using: Option<Expr>,
    },
    /// `drop not null`
    DropNotNull,
    /// `add value "x"`
    AddValue(Name),
    /// `rename value "a" to "b"`
    RenameValue {
        /// The value that there is.
        from: Name,
        /// What it becomes.
        to: Name,
    },
}

/// An expression and its tokens.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its tokens.
    pub loc: Loc,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `name`, `table.name`, `column "order-items"`
    Column {
        /// The table, where one was named.
        table: Option<Name>,
        /// The column.
        name: Name,
    },
    /// A literal.
    Literal(Literal),
    /// `now`
    Now,
    /// `not x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a OP b`
    Binary {
        /// The operator.
        op: Operator,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
    },
    /// `x is [not] null`
    IsNull {
        /// The value.
        value: Box<Expr>,
        /// `not`
        not: bool,
    },
    /// `x [not] in (a, ..)`
    In {
        /// The value.
        value: Box<Expr>,
        /// The list, never empty.
        list: Vec<Expr>,
        /// `not`
        not: bool,
    },
    /// `x [not] like "pattern"`
    Like {
        /// The value.
        value: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
        /// `not`
        not: bool,
    },
    /// `x [not] between a and b`
    Between {
        /// The value.
        value: Box<Expr>,
        /// The lower end, included.
        low: Box<Expr>,
        /// The upper end, included.
        high: Box<Expr>,
        /// `not`
        not: bool,
    },
    /// `case when c then v .. [else e] end`
    Case {
        /// Conditions and values.
        arms: Vec<(Expr, Expr)>,
        /// What is left.
        otherwise: Option<Box<Expr>>,
    },
    /// `cast(x as TYPE)`
    Cast {
        /// The value.
        value: Box<Expr>,
        /// The type.
        ty: TypeAt,
    },
    /// `function(a, ..)`
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// `function(*)`, `function(distinct x)`
    Aggregate {
        /// The function.
        function: Name,
        /// What is distinct; absent for `*`.
        argument: Option<Box<Expr>>,
    },
    /// `(select ..)`
    Subquery(Box<Select>),
    /// `exists (select ..)`
    Exists(Box<Select>),
    /// `x [not] in (select ..)`
    InSelect {
        /// The value.
        value: Box<Expr>,
        /// The rows.
        select: Box<Select>,
        /// `not`
        not: bool,
    },
    /// `sql { .. }`
    Sql(Native),
}
