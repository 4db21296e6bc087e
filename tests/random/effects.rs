//! What the statements of a migration do to rows and names, read from their tree, and what can be in their way.

use migrate_core::schema::same_name;
use migrate_core::syntax::ast::{
    AlterationKind, ColumnChangeKind, Constraint, ConstraintKind, Migration, ModifierKind, Statement,
    StatementKind,
};

/// What a statement does to rows and names.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A table has another name.
    Table(String, String),
    /// A column of a table has another name.
    Column(String, String, String),
    /// The values of a column may be others, or it is gone.
    Rewritten(String, String),
    /// The table is gone.
    Gone(String),
}

/// What a statement does to what is there, in order; the tables by the names that they have then.
pub fn effects(migration: &Migration) -> Vec<Effect> {
    let mut effects = Vec::new();
    for statement in &migration.up {
        match &statement.kind {
            StatementKind::DropTable { name } => effects.push(Effect::Gone(name.text.clone())),
            StatementKind::RenameTable { from, to } => {
                effects.push(Effect::Table(from.text.clone(), to.text.clone()));
            }
            StatementKind::AlterTable(alter) => {
                let table = alter.table.text.clone();
                for alteration in &alter.alterations {
                    match &alteration.kind {
                        AlterationKind::DropColumn(name) => {
                            effects.push(Effect::Rewritten(table.clone(), name.text.clone()));
                        }
                        AlterationKind::RenameColumn { from, to } => {
                            effects.push(Effect::Column(table.clone(), from.text.clone(), to.text.clone()));
                        }
                        AlterationKind::AlterColumn { name, changes } => {
                            let rewrites = changes.iter().any(|c| {
                                matches!(
                                    &c.kind,
                                    ColumnChangeKind::Type { using: Some(_), .. }
                                        | ColumnChangeKind::SetNotNull { using: Some(_) }
                                        | ColumnChangeKind::RenameValue { .. }
                                )
                            });
                            if rewrites {
                                effects.push(Effect::Rewritten(table.clone(), name.text.clone()));
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    effects
}

/// What a table is called after these; nothing if it is gone.
pub fn renamed(effects: &[Effect], table: &str) -> Option<String> {
    let mut name = table.to_owned();
    for effect in effects {
        match effect {
            Effect::Table(from, to) if same_name(from, &name) => name.clone_from(to),
            Effect::Gone(gone) if same_name(gone, &name) => return None,
            _ => {}
        }
    }
    Some(name)
}

/// What a column of a table is called after these; nothing if its values may be others.
pub fn column_renamed(effects: &[Effect], table: &str, column: &str) -> Option<String> {
    let (mut table, mut name) = (table.to_owned(), column.to_owned());
    for effect in effects {
        match effect {
            Effect::Table(from, to) if same_name(from, &table) => table.clone_from(to),
            Effect::Column(of, from, to) if same_name(of, &table) && same_name(from, &name) => {
                name.clone_from(to);
            }
            Effect::Rewritten(of, which) if same_name(of, &table) && same_name(which, &name) => return None,
            _ => {}
        }
    }
    Some(name)
}

/// Whether the statement moves rows, or does what nobody follows.
pub fn is_of_data(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Insert(_)
            | StatementKind::Update(_)
            | StatementKind::Delete(_)
            | StatementKind::Sql { .. }
            | StatementKind::Call { .. }
    )
}

/// Whether values of an alteration are made by an expression of the author.
pub fn is_of_own_expressions(statement: &Statement) -> bool {
    let StatementKind::AlterTable(alter) = &statement.kind else { return false };
    alter.alterations.iter().any(|alteration| match &alteration.kind {
        AlterationKind::AddColumn(column) => {
            column.modifiers.iter().any(|m| matches!(m.kind, ModifierKind::Generated { .. }))
        }
        AlterationKind::AlterColumn { changes, .. } => changes.iter().any(|change| {
            matches!(
                &change.kind,
                ColumnChangeKind::Type { using: Some(_), .. }
                    | ColumnChangeKind::SetNotNull { using: Some(_) }
            )
        }),
        _ => false,
    })
}

/// Whether rows are moved in a migration that drops or rebuilds a table.
pub fn moves_beside_a_rebuild(migration: &Migration) -> bool {
    let rebuilds = |s: &Statement| match &s.kind {
        StatementKind::DropTable { .. } => true,
        StatementKind::AlterTable(alter) => alter.recreate.is_some(),
        _ => false,
    };
    migration.up.iter().any(is_of_data) && migration.up.iter().any(rebuilds)
}

/// Whether the migration stands outside of a transaction.
pub fn is_outside(migration: &Migration) -> bool {
    migration.up.iter().any(|s| match &s.kind {
        StatementKind::CreateIndex { concurrently, .. } | StatementKind::DropIndex { concurrently, .. } => {
            concurrently.is_some()
        }
        StatementKind::Update(update) => update.batches.is_some(),
        StatementKind::Call { outside, .. } => outside.is_some(),
        _ => false,
    })
}

/// What rows can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Unique,
    NotNull,
    Check,
    ForeignKey,
    /// A value is too long or too large for its type.
    Fit,
    /// A text is no value of the type that it is cast to.
    Cast,
    /// No rule of ours: the statement has raw SQL in it.
    Raw,
}

/// What the databases say, and ours of SQLite's rows that refer to missing ones.
pub const SAID: &[(Rule, &[&str])] = &[
    (
        Rule::ForeignKey,
        &[
            "FOREIGN KEY constraint failed",
            "refer to missing rows",
            "violates foreign key constraint",
            "to no row of `",
        ],
    ),
    (
        Rule::Unique,
        &[
            "UNIQUE constraint failed",
            "could not create unique index",
            "violates unique constraint",
            " with another",
        ],
    ),
    (
        Rule::NotNull,
        &[
            "NOT NULL constraint failed",
            "contains null values",
            "violates not-null constraint",
            "` null, at ",
        ],
    ),
    (
        Rule::Check,
        &[
            "CHECK constraint failed",
            "is violated by some row",
            "violates check constraint",
            " the check `",
            "that is none of its values",
        ],
    ),
    (
        Rule::Fit,
        &[
            "value too long",
            "out of range",
            "numeric field overflow",
            "cannot store",
            "integer overflow",
            "too large for its new type",
        ],
    ),
    (Rule::Cast, &["invalid input syntax", "malformed JSON"]),
];

impl Rule {
    /// The rule that a database says was broken.
    pub fn of(error: &str) -> Option<Rule> {
        let says = |fragments: &[&str]| fragments.iter().any(|f| error.contains(f));
        SAID.iter().find(|(_, fragments)| says(fragments)).map(|(rule, _)| *rule)
    }
}

/// The rules that rows can break when one of the statements runs, or is taken back.
pub fn rules(statements: &[Statement]) -> Vec<Rule> {
    use Rule::*;
    let mut rules = Vec::new();
    for statement in statements {
        match &statement.kind {
            _ if is_of_data(statement) => rules.extend([Unique, NotNull, Check, ForeignKey, Fit, Cast]),
            StatementKind::CreateIndex { index, .. } if index.unique => rules.push(Unique),
            // On the way back an index comes.
            StatementKind::DropIndex { .. } => rules.push(Unique),
            StatementKind::AlterTable(alter) => {
                for alteration in &alter.alterations {
                    rules.extend(of_alteration(&alteration.kind));
                }
            }
            _ => {}
        }
    }
    rules
}

fn of_alteration(kind: &AlterationKind) -> Vec<Rule> {
    use Rule::*;
    match kind {
        AlterationKind::AddConstraint(constraint) => of_constraint(constraint),
        AlterationKind::AddColumn(column) => {
            let of = |kind: &ModifierKind| match kind {
                // With a default that all rows get.
                ModifierKind::Unique | ModifierKind::PrimaryKey => Some(Unique),
                ModifierKind::Check(_) => Some(Check),
                ModifierKind::References(_) => Some(ForeignKey),
                ModifierKind::Generated { .. } => Some(Fit),
                _ => None,
            };
            let null = !column.modifiers.iter().any(|m| matches!(m.kind, ModifierKind::Null));
            let generated = column.modifiers.iter().any(|m| matches!(m.kind, ModifierKind::Generated { .. }));
            let mut rules: Vec<Rule> = column.modifiers.iter().filter_map(|m| of(&m.kind)).collect();
            rules.extend((null && generated).then_some(NotNull));
            rules
        }
        AlterationKind::AlterColumn { changes, .. } => {
            let of = |kind: &ColumnChangeKind| match kind {
                ColumnChangeKind::Type { using: Some(_), .. } => {
                    vec![Unique, NotNull, Check, ForeignKey, Fit, Cast]
                }
                // An enum's check, in both directions.
                ColumnChangeKind::Type { using: None, .. }
                | ColumnChangeKind::AddValue(_)
                | ColumnChangeKind::RenameValue { .. } => vec![Check, Unique],
                ColumnChangeKind::SetNotNull { using: Some(_) } => vec![Unique, NotNull, Check, ForeignKey],
                ColumnChangeKind::SetNotNull { using: None } | ColumnChangeKind::DropNotNull => vec![NotNull],
                ColumnChangeKind::SetDefault(_) | ColumnChangeKind::DropDefault => vec![],
            };
            changes.iter().flat_map(|c| of(&c.kind)).collect()
        }
        AlterationKind::DropConstraint(_) => vec![Unique, Check, ForeignKey],
        AlterationKind::DropPrimaryKey => vec![Unique, NotNull],
        AlterationKind::DropForeignKey(_) => vec![ForeignKey],
        AlterationKind::ValidateConstraint(_) => vec![Check, ForeignKey],
        // A column that is gone comes back with its default, and what a generated one is made of.
        AlterationKind::DropColumn(_) => vec![Unique],
        AlterationKind::RenameColumn { .. }
        | AlterationKind::RenameConstraint { .. }
        | AlterationKind::AlterForeignKey { .. } => vec![],
    }
}

fn of_constraint(constraint: &Constraint) -> Vec<Rule> {
    match constraint.kind {
        ConstraintKind::PrimaryKey(_) => vec![Rule::Unique, Rule::NotNull],
        ConstraintKind::Unique(_) => vec![Rule::Unique],
        ConstraintKind::Check(_) => vec![Rule::Check],
        ConstraintKind::ForeignKey { .. } => vec![Rule::ForeignKey],
    }
}
