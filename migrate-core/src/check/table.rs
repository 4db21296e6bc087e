//! `create table`, `drop table`, `rename table`, and what a column says of itself.

use std::sync::Arc;

use super::Checker;
use super::foreign_key::key_of_table;
use super::generated::{Written, all_generated, made_of};
use super::names::Declared;
use crate::diagnostics::code;
use crate::schema::names::{Suffix, derived};
use crate::schema::{
    Autoincrement, Check, Column, ConstraintName, Expr, ForeignKey, Index, Method, PrimaryKey, SequenceName,
    Step, Table, Unique, same_name,
};
use crate::source::Loc;
use crate::syntax::ast::{self, ConstraintKind, ModifierKind, Name, TableItem};
use crate::syntax::types::Type;
use crate::target::Dialect;
use crate::target::sqlite::STRICT_TYPES;

/// A column with the constraints that were written on it.
pub(super) struct CheckedColumn {
    pub column: Column,
    pub primary_key: Option<Loc>,
    pub unique: Option<Loc>,
    pub checks: Vec<ast::Expr>,
    pub references: Option<(ast::References, Loc)>,
    pub generated: Option<Written>,
}

impl Checker<'_> {
    pub(super) fn check_create_table(&mut self, create: &ast::CreateTable) -> Option<Step> {
        self.check_declared(&create.name, Declared::Table);
        let free = self.check_relation_free(&create.name, Declared::Table);
        let mut table = Table {
            name: create.name.text.clone(),
            comment: create.comment.clone(),
            without_rowid: create.without_rowid.is_some() && self.options.has(Dialect::Sqlite),
            ..Table::default()
        };
        let mut columns = Vec::new();
        for item in &create.items {
            if let TableItem::Column(column) = item {
                let checked = self.check_column(&table, column);
                if let Some(checked) = checked {
                    table.columns.push(checked.column.clone());
                    columns.push(checked);
                }
            }
        }
        if table.columns.is_empty() && !self.is_broken(create.name.loc) {
            let message = format!("table `{}` has no column", table.name);
            self.cx
                .error(code::EMPTY_TABLE, create.close, message)
                .help("add one, such as `id: integer primary key`");
        }
        self.resolve_generated(&mut table, &mut columns);
        if !table.columns.is_empty() && all_generated(table.columns.iter()) {
            let message = format!("table `{}` has generated columns alone", table.name);
            self.cx.error(code::EMPTY_TABLE, create.close, message).help("add a column that is written");
        }
        self.created.push(table.name.clone());
        for column in columns {
            self.add_inline(&mut table, column);
        }
        for item in &create.items {
            match item {
                TableItem::Column(_) => {}
                TableItem::Constraint(constraint) => self.add_constraint(&mut table, constraint),
                TableItem::Index(index) => {
                    if let Some(index) = self.check_index(&table, index) {
                        table.indexes.push(index);
                    }
                }
            }
        }
        self.check_autoincrement(&table, create);
        self.check_key_default(&table, |column| {
            let columns = create.items.iter().filter_map(|i| match i {
                TableItem::Column(c) => Some(c),
                _ => None,
            });
            let default = |m: &&ast::Modifier| matches!(m.kind, ModifierKind::Default(_));
            let declared = columns.into_iter().find(|c| same_name(&c.name.text, column));
            declared.and_then(|c| c.modifiers.iter().find(default)).map_or(create.name.loc, |m| m.loc)
        });
        self.check_without_rowid(&table, create);
        table.sequence = SequenceName(self.names.sequence_for(&table));
        // A second table of a name does not take the place of the first, or what follows would be judged by it.
        free.then_some(Step::CreateTable(Arc::new(table)))
    }

    /// Checks what stands in a column's declaration alone; `table` holds the columns before it.
    pub(super) fn check_column(&mut self, table: &Table, column: &ast::Column) -> Option<CheckedColumn> {
        self.check_declared(&column.name, Declared::Column);
        if let Some(other) = table.column(&column.name.text) {
            let message = format!("column `{}` exists already on table `{}`", other.name, table.name);
            let report = self.cx.error(code::DUPLICATE_NAME, column.name.loc, message);
            if other.name != column.name.text {
                report.note("SQLite does not tell upper from lower case in names");
            }
            return None;
        }
        self.check_type(&column.ty);
        let mut checked = CheckedColumn {
            column: Column {
                name: column.name.text.clone(),
                ty: column.ty.ty.clone(),
                null: false,
                default: None,
                autoincrement: None,
                collate: None,
                generated: None,
                comment: column.comment.clone(),
            },
            primary_key: None,
            unique: None,
            checks: Vec::new(),
            references: None,
            generated: None,
        };
        let mut null = None;
        for modifier in &column.modifiers {
            match &modifier.kind {
                ModifierKind::Null => {
                    null = Some(modifier.loc);
                    checked.column.null = true;
                }
                ModifierKind::Default(default) => {
                    checked.column.default = self.check_default(&checked.column, default);
                }
                ModifierKind::PrimaryKey => checked.primary_key = Some(modifier.loc),
                ModifierKind::Unique => checked.unique = Some(modifier.loc),
                ModifierKind::References(references) => {
                    checked.references = Some((references.clone(), modifier.loc));
                }
                ModifierKind::Check(expr) => checked.checks.push(expr.clone()),
                ModifierKind::Autoincrement { serial } => {
                    checked.column.autoincrement =
                        Some(if *serial { Autoincrement::Serial } else { Autoincrement::Identity });
                }
                ModifierKind::Collate(collate) => {
                    checked.column.collate = self.check_collation(&checked.column, collate);
                }
                ModifierKind::Generated { expr, is_virtual } => {
                    self.check_generated_modifiers(column);
                    checked.generated =
                        Some(Written { expr: expr.clone(), is_virtual: *is_virtual, loc: modifier.loc });
                }
            }
        }
        if let (Some(_), Some(loc)) = (checked.primary_key, null) {
            let message = format!("`{}` is the primary key and cannot be null", checked.column.name);
            self.cx.error(code::NULLABLE_PRIMARY_KEY, loc, message).help("leave out `null`");
            checked.column.null = false;
        }
        Some(checked)
    }

    /// Whether a type can be: sizes, digits, values.
    pub(super) fn check_type(&mut self, at: &ast::TypeAt) {
        let wrong = |this: &mut Self, message: String, help: &str| {
            this.cx.error(code::INVALID_TYPE, at.loc, message).help(help.to_owned());
        };
        match &at.ty {
            Type::TextN(0) | Type::Char(0) => {
                wrong(
                    self,
                    "a text of at most 0 characters holds nothing".into(),
                    "give a length of 1 or more",
                );
            }
            // https://www.postgresql.org/docs/current/datatype-character.html
            Type::TextN(n) | Type::Char(n) if *n > 10_485_760 => {
                wrong(
                    self,
                    format!("PostgreSQL limits a length to 10485760, and this is {n}"),
                    "write `text`",
                );
            }
            Type::Decimal { precision, scale, as_text } => {
                // https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL
                if *precision == 0 || *precision > 1000 {
                    wrong(
                        self,
                        format!("a decimal cannot have {precision} digits"),
                        "give between 1 and 1000 digits",
                    );
                } else if scale > precision {
                    let message = format!(
                        "a decimal of {precision} digits cannot have {scale} of them behind the point"
                    );
                    wrong(self, message, "give at most as many digits behind the point as there are");
                } else if *precision > 15 && !as_text && self.options.sqlite.is_some() {
                    wrong(
                        self,
                        format!("SQLite keeps 15 digits of a number, and this decimal has {precision}"),
                        &format!("write `decimal({precision}, {scale}) as text`"),
                    );
                }
            }
            Type::Enum(values) => {
                if values.is_empty() {
                    wrong(
                        self,
                        "an enum without values holds nothing".into(),
                        "list its values: `enum(\"a\", \"b\")`",
                    );
                }
                for (i, value) in values.iter().enumerate() {
                    if values[..i].contains(value) {
                        wrong(
                            self,
                            format!("the value \"{value}\" stands twice in this enum"),
                            "leave out one",
                        );
                    }
                }
            }
            // The parser has said already what is wrong with it.
            Type::Native { sqlite: None, postgres: None } => {}
            Type::Native { sqlite, postgres } => {
                for dialect in self.options.dialects() {
                    let given = match dialect {
                        crate::target::Dialect::Sqlite => sqlite,
                        crate::target::Dialect::Postgres => postgres,
                    };
                    if given.is_none() {
                        let message = format!("this type has no form for {}", dialect.title());
                        wrong(self, message, &format!("add `{} \"..\"`", dialect.word()));
                    }
                }
                let strict = self.options.sqlite.as_ref().is_some_and(|s| s.strict);
                let unknown = |t: &&String| !STRICT_TYPES.contains(&t.trim().to_ascii_lowercase().as_str());
                if let Some(text) = sqlite.as_ref().filter(unknown).filter(|_| strict) {
                    wrong(
                        self,
                        format!("a STRICT table has no type \"{text}\""),
                        "name one of `integer`, `real`, `text`, `blob`, `any`",
                    );
                }
            }
            _ => {}
        }
    }

    /// Puts the constraints that stand on a column into its table.
    pub(super) fn add_inline(&mut self, table: &mut Table, checked: CheckedColumn) {
        let name = checked.column.name.clone();
        if let Some(loc) = checked.primary_key {
            self.add_primary_key(table, None, vec![name.clone()], loc);
        }
        if let Some(loc) = checked.unique {
            self.check_not_virtual(table, std::slice::from_ref(&name), "a unique constraint", loc);
            self.check_comparable(table, std::slice::from_ref(&name), "a unique constraint", loc);
            let unique = self.unique(table, None, vec![name.clone()]);
            table.uniques.push(unique);
        }
        if let Type::Enum(values) = &checked.column.ty {
            let check = self.enum_check(table, &name, values);
            table.checks.push(check);
        }
        for expr in &checked.checks {
            if let Some(check) = self.check_check(table, None, expr) {
                table.checks.push(check);
            }
        }
        if let Some((references, loc)) = &checked.references {
            let columns = [Name { text: name, loc: *loc }];
            if let Some(key) = self.check_foreign_key(table, None, &columns, references) {
                table.foreign_keys.push(key);
            }
        }
    }

    /// Puts a constraint of a table's list into it.
    fn add_constraint(&mut self, table: &mut Table, constraint: &ast::Constraint) {
        let given = self.check_constraint_name(table, constraint.name.as_ref());
        match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => {
                if let Some(columns) = self.resolve_columns(table, columns) {
                    self.add_primary_key(table, given, columns, constraint.loc);
                }
            }
            ConstraintKind::Unique(columns) => {
                if let Some(columns) = self.resolve_columns(table, columns) {
                    self.check_not_virtual(table, &columns, "a unique constraint", constraint.loc);
                    self.check_comparable(table, &columns, "a unique constraint", constraint.loc);
                    let nulls_not_distinct = self.check_unique_nulls(constraint);
                    let unique = self.unique(table, given, columns);
                    table.uniques.push(Unique { nulls_not_distinct, ..unique });
                }
            }
            ConstraintKind::Check(expr) => {
                if let Some(check) = self.check_check(table, given, expr) {
                    table.checks.push(check);
                }
            }
            ConstraintKind::ForeignKey { columns, references } => {
                if let Some(key) = self.check_foreign_key(table, given, columns, references) {
                    table.foreign_keys.push(key);
                }
            }
        }
    }

    fn add_primary_key(
        &mut self,
        table: &mut Table,
        given: Option<ConstraintName>,
        columns: Vec<String>,
        loc: Loc,
    ) {
        if table.primary_key.is_some() {
            let message = format!("table `{}` has a primary key already", table.name);
            self.cx
                .error(code::DUPLICATE_PRIMARY_KEY, loc, message)
                .help("a key of several columns is one constraint: `primary key (a, b)`");
            return;
        }
        let key = self.primary_key(table, given, columns, loc);
        table.primary_key = Some(key);
    }

    /// A primary key; its columns may not be null.
    pub(super) fn primary_key(
        &mut self,
        table: &Table,
        given: Option<ConstraintName>,
        columns: Vec<String>,
        loc: Loc,
    ) -> PrimaryKey {
        for column in columns.iter().filter_map(|c| table.column(c)).filter(|c| c.null) {
            let message = format!("`{}` is part of the primary key and cannot be null", column.name);
            self.cx
                .error(code::NULLABLE_PRIMARY_KEY, loc, message)
                .help(format!("declare `{}` without `null`, or make it NOT NULL before", column.name));
        }
        for column in columns.iter().filter_map(|c| table.column(c)).filter(|c| c.generated.is_some()) {
            let message = format!("`{}` is generated and cannot be part of the primary key", column.name);
            self.cx.error(code::INVALID_GENERATED, loc, message).help("declare a unique constraint over it");
        }
        self.check_comparable(table, &columns, "a primary key", loc);
        let name = given.unwrap_or_else(|| self.derive(table, &columns, Suffix::PrimaryKey));
        PrimaryKey { name, columns }
    }

    /// A unique constraint.
    pub(super) fn unique(
        &mut self,
        table: &Table,
        given: Option<ConstraintName>,
        columns: Vec<String>,
    ) -> Unique {
        let name = given.unwrap_or_else(|| self.derive(table, &columns, Suffix::Unique));
        Unique { name, columns, nulls_not_distinct: false }
    }

    /// The check that an enum's type brings.
    pub(super) fn enum_check(&mut self, table: &Table, column: &str, values: &[String]) -> Check {
        let name = self.derive(table, &[column.to_owned()], Suffix::Check);
        Check {
            name,
            expr: Expr::of_enum(column, values),
            of_enum: Some(column.to_owned()),
            not_valid: false,
        }
    }

    /// A check of a column or table.
    pub(super) fn check_check(
        &mut self,
        table: &Table,
        given: Option<ConstraintName>,
        expr: &ast::Expr,
    ) -> Option<Check> {
        let resolved = self.check_condition(table, expr, "a check")?;
        let columns = resolved.columns();
        let name = given.unwrap_or_else(|| self.derive(table, &columns, Suffix::Check));
        Some(Check { name, expr: resolved, of_enum: None, not_valid: false })
    }

    /// The name that PostgreSQL would give to a constraint of this table, which may hold more than the schema has.
    pub(super) fn derive(&self, table: &Table, columns: &[String], suffix: Suffix) -> ConstraintName {
        let here = |name: &str| {
            table.constraint_names().any(|n| same_name(&n.text, name))
                || table.indexes.iter().any(|i| same_name(&i.name, name))
        };
        let is_index = matches!(suffix, Suffix::PrimaryKey | Suffix::Unique);
        let mut taken = |name: &str| {
            let elsewhere = self.names.has_constraint(name) || (is_index && self.names.has_relation(name));
            here(name) || (elsewhere && !self.is_given_up(table, name))
        };
        ConstraintName::derived(derived(&table.name, columns, suffix, &mut taken))
    }

    /// Whether a constraint of the table has the name in the schema, and none in the table as the block leaves it.
    fn is_given_up(&self, table: &Table, name: &str) -> bool {
        let has = |t: &Table| t.constraint_names().any(|n| same_name(&n.text, name));
        !has(table) && self.schema.table(&table.name).is_some_and(has)
    }

    /// A constraint's own name, if it may have it.
    pub(super) fn check_constraint_name(
        &mut self,
        table: &Table,
        name: Option<&Name>,
    ) -> Option<ConstraintName> {
        let name = name?;
        self.check_declared(name, Declared::Constraint);
        let here = table.constraint_names().any(|n| same_name(&n.text, &name.text));
        self.check_no_sequence(name);
        let elsewhere = self.names.has_constraint(&name.text) || self.names.has_relation(&name.text);
        if here || (elsewhere && !self.is_given_up(table, &name.text)) {
            let message = format!("the name `{}` is taken already", name.text);
            self.cx
                .error(code::DUPLICATE_NAME, name.loc, message)
                .note("constraints, tables and indexes share their names in PostgreSQL");
        }
        Some(ConstraintName::given(name.text.clone()))
    }

    /// The columns of a list, each there and once.
    pub(super) fn resolve_columns(&mut self, table: &Table, names: &[Name]) -> Option<Vec<String>> {
        let mut columns: Vec<String> = Vec::new();
        let mut sound = true;
        for name in names {
            match self.find_column(table, name) {
                Some(column) if columns.iter().any(|c| same_name(c, &column.name)) => {
                    let message = format!("`{}` stands twice in this list", column.name);
                    self.cx.error(code::DUPLICATE_NAME, name.loc, message).help("leave out one");
                    sound = false;
                }
                Some(column) => columns.push(column.name.clone()),
                None => sound = false,
            }
        }
        sound.then_some(columns)
    }

    /// <https://www.sqlite.org/withoutrowid.html#differences_from_ordinary_rowid_tables>
    fn check_without_rowid(&mut self, table: &Table, create: &ast::CreateTable) {
        let Some(loc) = create.without_rowid else { return };
        if !self.options.has(Dialect::Sqlite) {
            let message = "`without rowid` is for SQLite, and this history does not run there";
            self.cx.error(code::WITHOUT_ROWID, loc, message).help("leave it out");
        } else if table.primary_key.is_none() && !self.is_broken(create.name.loc) {
            let message = format!("table `{}` has no primary key to keep its rows by", table.name);
            self.cx
                .error(code::WITHOUT_ROWID, loc, message)
                .help("declare one, or leave out `without rowid`");
        } else if let Some(column) = table.columns.iter().find(|c| c.autoincrement.is_some()) {
            let message = format!("`{}` cannot number itself in a table without rowids", column.name);
            self.cx
                .error(code::WITHOUT_ROWID, loc, message)
                .help("leave out `autoincrement` or `without rowid`");
        }
    }

    fn check_autoincrement(&mut self, table: &Table, create: &ast::CreateTable) {
        for item in &create.items {
            let TableItem::Column(column) = item else { continue };
            for modifier in &column.modifiers {
                if matches!(modifier.kind, ModifierKind::Autoincrement { .. }) {
                    self.check_autoincrement_at(table, &column.name.text, modifier.loc);
                }
            }
        }
    }

    fn check_autoincrement_at(&mut self, table: &Table, name: &str, loc: Loc) {
        let lone = table.lone_key().is_some_and(|k| same_name(&k.name, name));
        let Some(column) = table.column(name) else { return };
        let message = match (&column.ty, lone) {
            (Type::Integer(_), true) if column.default.is_none() => return,
            (Type::Integer(_), true) => format!("`{name}` numbers itself and cannot have a default too"),
            (Type::Integer(_), false) => {
                format!("`{name}` is not the primary key, and only that can number itself")
            }
            _ => format!("`{name}` is not an integer and cannot number itself"),
        };
        self.cx
            .error(code::MISPLACED_AUTOINCREMENT, loc, message)
            .help("`autoincrement` stands on a lone key: `id: integer primary key autoincrement`");
    }

    pub(super) fn check_drop_table(&mut self, name: &Name) -> Option<Step> {
        let table = self.find_table(name)?;
        let users = self.users_of(&table.name);
        self.expect_unused("table", &table.name, name, &users)?;
        self.dropped.push((table.name.clone(), name.loc));
        Some(Step::DropTable { table: table.name })
    }

    pub(super) fn check_rename_table(&mut self, from: &Name, to: &Name) -> Option<Step> {
        self.check_declared(to, Declared::Table);
        let table = self.find_table(from)?;
        if same_name(&from.text, &to.text) {
            let message = format!("`{}` is the same name as `{}` to SQLite", to.text, table.name);
            self.cx
                .error(code::DUPLICATE_NAME, to.loc, message)
                .help("rename in two steps, through a third name");
            return None;
        }
        self.expect_renameable("table", &table.name, from)?;
        self.check_relation_free(to, Declared::Table);
        for created in self.created.iter_mut().filter(|c| same_name(c, &from.text)) {
            created.clone_from(&to.text);
        }
        Some(Step::RenameTable { from: table.name, to: to.text.clone() })
    }

    /// At the end of a migration: whoever still refers to a table that is gone.
    pub(super) fn check_dropped_tables(&mut self) {
        for (table, loc) in std::mem::take(&mut self.dropped) {
            if self.schema.table(&table).is_some() {
                continue;
            }
            let left: Vec<String> = self.schema.references_to(&table).map(key_of_table).collect();
            if !left.is_empty() {
                let message = format!("table `{table}` cannot be dropped while foreign keys refer to it");
                self.cx
                    .error(code::TABLE_IN_USE, loc, message)
                    .help("drop those foreign keys, or the tables that have them, in the same migration")
                    .note(format!("they are {}", left.join(", ")));
            }
        }
    }
}

/// What a table holds on a column beside the column itself: for `column_in_use`.
pub(super) fn users_of_column(table: &Table, column: &str) -> Vec<String> {
    let has = |columns: &[String]| columns.iter().any(|c| same_name(c, column));
    let mut users = Vec::new();
    if table.primary_key.as_ref().is_some_and(|p| has(&p.columns)) {
        users.push("the primary key".to_owned());
    }
    let uniques = table.uniques.iter().filter(|u| has(&u.columns)).map(|u: &Unique| &u.name.text);
    users.extend(uniques.map(|n| format!("unique constraint `{n}`")));
    let checks = table
        .checks
        .iter()
        .filter(|c| c.expr.mentions(column) && !c.is_of_enum(column))
        .map(|c| &c.name.text);
    users.extend(checks.map(|n| format!("check `{n}`")));
    let keys = table.foreign_keys.iter().filter(|f| has(&f.columns)).map(|f: &ForeignKey| &f.name.text);
    users.extend(keys.map(|n| format!("foreign key `{n}`")));
    users.extend(table.indexes.iter().filter(|i| i.mentions(column)).map(|i| format!("index `{}`", i.name)));
    users.extend(made_of(table, column));
    users
}

/// The checks and indexes whose expressions read a column as a value of its type.
pub(super) fn users_by_type(table: &Table, column: &str) -> Vec<String> {
    let mine = |e: &Option<String>| e.as_ref().is_some_and(|e| same_name(e, column));
    let checks = table.checks.iter().filter(|c| !mine(&c.of_enum) && c.expr.mentions(column));
    let reads = |index: &&Index| {
        let keys = index.keys.iter().map(|k| &k.expr).filter(|e| e.as_column().is_none());
        // A method or a class is for certain types alone.
        let particular = index.keys.iter().filter(|k| k.class.is_some() || index.method != Method::Btree);
        keys.chain(&index.condition).chain(particular.map(|k| &k.expr)).any(|e| e.mentions(column))
    };
    let indexes = table.indexes.iter().filter(reads);
    (checks.map(|c| format!("check `{}`", c.name.text)))
        .chain(indexes.map(|i| format!("index `{}`", i.name)))
        .chain(made_of(table, column))
        .collect()
}
