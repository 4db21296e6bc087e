//! `alter table`: each alteration against the table as the ones before it leave it, then what SQLite must rebuild for.

use super::Checker;
use super::default::default_survives;
use super::foreign_key::type_text;
use super::log::What;
use super::names::Declared;
use super::table::{users_by_type, users_of_column};
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::{Change, Column, Step, Table, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, AlterationKind, ColumnChangeKind, ConstraintKind, Name};
use crate::syntax::types::Type;
use crate::target::{Dialect, sqlite};

/// One `alter table` while it is checked.
struct Block {
    /// The table before the block.
    before: Table,
    /// The table as the alterations so far leave it.
    now: Table,
    /// The changes so far, each with the words to show when something is wrong with it.
    changes: Vec<(Change, Loc)>,
}

impl Block {
    fn push(&mut self, change: Change, loc: Loc) {
        self.now.apply(&change);
        self.changes.push((change, loc));
    }
}

impl Checker<'_> {
    pub(super) fn check_alter_table(&mut self, alter: &ast::AlterTable) -> Option<Step> {
        let before = self.find_table(&alter.table)?;
        let mut block = Block { now: before.clone(), before, changes: Vec::new() };
        let errors = self.cx.error_count();
        for alteration in &alter.alterations {
            self.check_alteration(&mut block, alteration);
        }
        let sound = self.cx.error_count() == errors;
        let changes: Vec<Change> = block.changes.iter().map(|(c, _)| c.clone()).collect();
        if sound {
            self.check_recreate(alter, &block, &changes);
        }
        (!changes.is_empty()).then_some(Step::AlterTable {
            table: block.before.name,
            recreate: alter.recreate.is_some() && self.options.has(Dialect::Sqlite),
            changes,
        })
    }

    /// `recreate` stands exactly where SQLite needs it.
    fn check_recreate(&mut self, alter: &ast::AlterTable, block: &Block, changes: &[Change]) {
        if !self.options.has(Dialect::Sqlite) {
            if let Some(loc) = alter.recreate {
                let message = "`recreate` is for SQLite, and this history does not run there";
                self.cx.error(code::NEEDLESS_RECREATE, loc, message).help("leave out `recreate`");
            }
            return;
        }
        let stays = |c: &Column| {
            !changes.iter().any(|change| matches!(change, Change::AddColumn(a) if a.name == c.name))
        };
        if !block.now.columns.iter().any(stays) {
            let message = format!("no column of table `{}` stays", block.before.name);
            let loc = alter.table.loc;
            self.cx.error(code::EMPTY_TABLE, loc, message).help("create a new table, and drop this one");
            return;
        }
        let needing = (0..changes.len()).find_map(|at| {
            sqlite::needs_rebuild(changes, at, &block.before, self.options).map(|why| (at, why))
        });
        match (needing, alter.recreate) {
            (Some((at, why)), None) => {
                let table = &block.before.name;
                self.cx
                    .error(
                        code::NEEDS_RECREATE,
                        block.changes[at].1,
                        format!("{why} without rebuilding the table"),
                    )
                    .help(format!("write `alter table {table} recreate`: every row of `{table}` is copied"))
                    .note("PostgreSQL gets a plain `ALTER TABLE`");
            }
            (None, Some(loc)) => {
                let message = "nothing here needs a rebuild: SQLite does all of it in place";
                self.cx.error(code::NEEDLESS_RECREATE, loc, message).help("leave out `recreate`");
            }
            _ => {}
        }
    }

    fn check_alteration(&mut self, block: &mut Block, alteration: &ast::Alteration) {
        let head = alteration.head;
        match &alteration.kind {
            AlterationKind::AddColumn(column) => self.check_add_column(block, column, head),
            AlterationKind::DropColumn(name) => self.check_drop_column(block, name, head),
            AlterationKind::RenameColumn { from, to } => self.check_rename_column(block, from, to, head),
            AlterationKind::AlterColumn { name, changes } => {
                for change in changes {
                    self.check_alter_column(block, name, change);
                }
            }
            AlterationKind::AddConstraint(constraint) => self.check_add_constraint(block, constraint, head),
            AlterationKind::DropPrimaryKey => self.check_drop_primary_key(block, head),
            AlterationKind::DropConstraint(name) => self.check_drop_constraint(block, name, head),
            AlterationKind::DropForeignKey(columns) => {
                if let Some(name) = self.find_foreign_key(block, columns, head) {
                    block.push(Change::DropConstraint { name }, head);
                }
            }
            AlterationKind::RenameConstraint { from, to } => {
                if let Some(from) = self.find_constraint(block, from)
                    && let Some(to) = self.check_constraint_name(&block.now, Some(to))
                {
                    block.push(Change::RenameConstraint { from, to: to.text, given: true }, head);
                }
            }
            AlterationKind::AlterForeignKey { columns, on_delete, on_update } => {
                let Some(name) = self.find_foreign_key(block, columns, head) else {
                    return;
                };
                let Some(key) = block.now.foreign_keys.iter().find(|f| f.name.text == name) else {
                    return;
                };
                let (old_delete, old_update, columns) = (key.on_delete, key.on_update, key.columns.clone());
                self.check_actions(&block.now, &columns, *on_delete, *on_update, alteration.loc);
                let (on_delete, on_update) =
                    (on_delete.unwrap_or(old_delete), on_update.unwrap_or(old_update));
                if (on_delete, on_update) == (old_delete, old_update) {
                    let message = format!("foreign key `{name}` has these actions already");
                    self.cx.error(code::NO_CHANGE, alteration.loc, message).help("leave this out");
                    return;
                }
                block.push(Change::AlterForeignKey { name, on_delete, on_update }, head);
            }
        }
    }

    fn check_add_column(&mut self, block: &mut Block, column: &ast::Column, head: Loc) {
        let Some(checked) = self.check_column(&block.now, column) else {
            return;
        };
        let name = &checked.column.name;
        if let Some(modifier) =
            column.modifiers.iter().find(|m| matches!(m.kind, ast::ModifierKind::Autoincrement { .. }))
        {
            let message = format!("`{name}` cannot number itself: the table has rows already");
            self.cx
                .error(code::MISPLACED_AUTOINCREMENT, modifier.loc, message)
                .help("`autoincrement` stands where the table is created");
        }
        let defaulted = column.modifiers.iter().any(|m| matches!(m.kind, ast::ModifierKind::Default(_)))
            || self.is_broken(column.name.loc);
        if !checked.column.null
            && checked.column.default.is_none()
            && !self.is_created(&block.before.name)
            && !defaulted
        {
            let table = &block.before.name;
            let message = format!("`{name}` has no value for the rows that `{table}` has already");
            self.cx
                .error(code::MISSING_DEFAULT, column.name.loc, message)
                .help(format!(
                    "give it a default, or declare it `null`: `{name}: {} null`",
                    type_text(&checked.column.ty)
                ))
                .note("columns are NOT NULL unless they say `null`");
        }
        let added = checked.column.clone();
        block.push(Change::AddColumn(added), head);
        let mut table = block.now.clone();
        self.add_inline(&mut table, checked);
        self.push_difference(block, &table, head);
    }

    /// The constraints that `table` has and the block's table has not, as changes.
    fn push_difference(&mut self, block: &mut Block, table: &Table, loc: Loc) {
        let old = block.now.clone();
        if old.primary_key != table.primary_key
            && let Some(key) = &table.primary_key
        {
            block.push(Change::AddPrimaryKey(key.clone()), loc);
        }
        for unique in table.uniques.iter().skip(old.uniques.len()) {
            block.push(Change::AddUnique(unique.clone()), loc);
        }
        for check in table.checks.iter().skip(old.checks.len()) {
            block.push(Change::AddCheck(check.clone()), loc);
        }
        for key in table.foreign_keys.iter().skip(old.foreign_keys.len()) {
            block.push(Change::AddForeignKey(key.clone()), loc);
        }
    }

    fn is_created(&self, table: &str) -> bool {
        self.created.iter().any(|c| same_name(c, table))
    }

    fn check_drop_column(&mut self, block: &mut Block, name: &Name, head: Loc) {
        let Some(column) = self.find_column(&block.now, name).map(|c| c.name.clone()) else {
            return;
        };
        let mut users = users_of_column(&block.now, &column);
        users.extend(self.users_elsewhere(&block.now, &column));
        if !users.is_empty() {
            let message = format!("column `{column}` cannot be dropped while something stands on it");
            self.cx
                .error(code::COLUMN_IN_USE, name.loc, message)
                .help(format!("drop before it: {}", users.join(", ")))
                .note("PostgreSQL would drop it along without a word, SQLite refuses");
            return;
        }
        if block.now.columns.len() == 1 {
            let message = format!("`{column}` is the last column of table `{}`", block.now.name);
            self.cx.error(code::EMPTY_TABLE, name.loc, message).help("drop the table");
            return;
        }
        block.push(Change::DropColumn { name: column }, head);
    }

    /// Foreign keys of other tables that refer to a column.
    fn users_elsewhere(&self, table: &Table, column: &str) -> Vec<String> {
        (self.schema.references_to(&table.name))
            .filter(|(t, f)| {
                !same_name(&t.name, &table.name) && f.ref_columns.iter().any(|c| same_name(c, column))
            })
            .map(|(t, f)| format!("foreign key `{}` of table `{}`", f.name.text, t.name))
            .collect()
    }

    fn check_rename_column(&mut self, block: &mut Block, from: &Name, to: &Name, head: Loc) {
        self.check_declared(to, Declared::Column);
        let Some(column) = self.find_column(&block.now, from).map(|c| c.name.clone()) else {
            return;
        };
        if let Some(other) = block.now.column(&to.text)
            && !same_name(&other.name, &column)
        {
            super::names::duplicate(self.cx, to.loc, "column", &other.name, &block.now.name);
            return;
        }
        if to.text == column {
            let message = format!("column `{column}` has this name already");
            self.cx.error(code::NO_CHANGE, to.loc, message).help("leave this out");
            return;
        }
        let native = (block.now.checks.iter().map(|c| &c.expr))
            .chain(block.now.indexes.iter().flat_map(|i| i.keys.iter().map(|k| &k.expr).chain(&i.condition)))
            .any(|e| e.has_native() && e.mentions(&column));
        if native {
            let message = format!(
                "column `{column}` stands in raw SQL of a check or index, which cannot be renamed along"
            );
            self.cx
                .error(code::COLUMN_IN_USE, from.loc, message)
                .help("drop that check or index before, and add it again after");
            return;
        }
        block.push(Change::RenameColumn { from: column, to: to.text.clone() }, head);
    }

    fn check_alter_column(&mut self, block: &mut Block, name: &Name, change: &ast::ColumnChange) {
        let Some(column) = self.find_column(&block.now, name).cloned() else {
            return;
        };
        let loc = change.loc;
        let unchanged = |this: &mut Self, what: &str| {
            let message = format!("`{}` {what} already", column.name);
            this.cx.error(code::NO_CHANGE, loc, message).help("leave this out");
        };
        match &change.kind {
            ColumnChangeKind::Type { ty, using } => {
                self.check_type(ty);
                if ty.ty == column.ty {
                    unchanged(self, "has this type");
                } else {
                    self.check_set_type(block, &column, ty, using.as_ref(), loc);
                }
            }
            ColumnChangeKind::SetDefault(default) => {
                let errors = self.cx.error_count();
                let default = self.check_default(&column, default);
                if self.cx.error_count() > errors {
                    return;
                }
                if column.autoincrement.is_some() {
                    let message = format!("`{}` numbers itself and cannot have a default too", column.name);
                    self.cx.error(code::INVALID_DEFAULT, loc, message);
                } else if default == column.default {
                    unchanged(self, "has this default");
                } else {
                    block.push(Change::SetDefault { column: column.name, default }, loc);
                }
            }
            ColumnChangeKind::DropDefault if column.default.is_none() => unchanged(self, "has no default"),
            ColumnChangeKind::DropDefault => {
                block.push(Change::SetDefault { column: column.name, default: None }, loc);
            }
            ColumnChangeKind::SetNotNull { .. } if !column.null => unchanged(self, "is NOT NULL"),
            ColumnChangeKind::SetNotNull { using } => {
                let using = match using {
                    Some(using) => {
                        let scope = block.now.clone();
                        let Some(value) = self.check_value(&scope, using, &column.ty, &column.name) else {
                            return;
                        };
                        if !self.check_using_columns(block, &value, using.loc) {
                            return;
                        }
                        Some(value)
                    }
                    None => None,
                };
                block.push(Change::SetNotNull { column: column.name, using }, loc);
            }
            ColumnChangeKind::DropNotNull if column.null => unchanged(self, "may be null"),
            ColumnChangeKind::DropNotNull => {
                let key = block.now.primary_key.as_ref();
                if key.is_some_and(|k| k.columns.iter().any(|c| same_name(c, &column.name))) {
                    let message = format!("`{}` is part of the primary key and cannot be null", column.name);
                    self.cx
                        .error(code::NULLABLE_PRIMARY_KEY, loc, message)
                        .help("drop the primary key first");
                    return;
                }
                block.push(Change::DropNotNull { column: column.name }, loc);
            }
        }
    }

    fn check_set_type(
        &mut self,
        block: &mut Block,
        column: &Column,
        ty: &ast::TypeAt,
        using: Option<&ast::Expr>,
        loc: Loc,
    ) {
        if column.autoincrement.is_some() && !matches!(ty.ty, Type::Integer(_)) {
            let message = format!("`{}` numbers itself and must stay an integer", column.name);
            self.cx
                .error(code::INVALID_TYPE, ty.loc, message)
                .help("choose `integer`, `integer(32)` or `integer(16)`");
            return;
        }
        let others = self.keys_over(block, &column.name);
        if !others.is_empty() && column.ty.family() != ty.ty.family() {
            let message = format!("the type of `{}` cannot change: foreign keys go over it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help("drop those foreign keys before, and add them again after all of their columns have changed")
                .note(format!("they are {}", others.join(", ")));
            return;
        }
        let users = users_by_type(&block.now, &column.name);
        if !super::expr::same_family(column.ty.family(), ty.ty.family()) && !users.is_empty() {
            let message =
                format!("the type of `{}` cannot change: expressions are written for it", column.name);
            self.cx
                .error(code::COLUMN_IN_USE, ty.loc, message)
                .help(format!("drop before it, and add again after: {}", users.join(", ")))
                .note("PostgreSQL would refuse it or read them otherwise, SQLite would read them otherwise");
            return;
        }
        let using = match using {
            Some(using) => {
                let scope = block.now.clone();
                let Some(value) = self.check_value(&scope, using, &ty.ty, &column.name) else {
                    return;
                };
                if !self.check_using_columns(block, &value, using.loc) {
                    return;
                }
                Some(value)
            }
            None if lossless(&column.ty, &ty.ty) => None,
            None => {
                let (old, new) = (type_text(&column.ty), type_text(&ty.ty));
                let message =
                    format!("values of `{}` may not survive the way from `{old}` to `{new}`", column.name);
                self.cx
                    .error(code::LOSSY_TYPE_CHANGE, ty.loc, message)
                    .help(format!(
                        "say how they become new ones: `type {new} using cast({} as {new})`",
                        column.name
                    ))
                    .note("SQLite turns '007' into 7 without a word, and PostgreSQL rounds");
                return;
            }
        };
        if let Some(default) = &column.default
            && !default_survives(default, &ty.ty)
        {
            let message = format!("the default of `{}` does not fit its new type", column.name);
            self.cx
                .error(code::INVALID_DEFAULT, ty.loc, message)
                .help(format!("write `alter column {} drop default, type .., set default ..`", column.name));
            return;
        }
        let old = (block.now.checks.iter())
            .find(|c| c.of_enum.as_ref().is_some_and(|e| same_name(e, &column.name)));
        if let Some(old) = old.map(|c| c.name.text.clone()) {
            block.push(Change::DropConstraint { name: old }, loc);
        }
        block.push(Change::SetType { column: column.name.clone(), ty: ty.ty.clone(), using }, loc);
        if let Type::Enum(values) = &ty.ty {
            let table = block.now.clone();
            let check = self.enum_check(&table, &column.name, values);
            block.push(Change::AddCheck(check), loc);
        }
    }

    fn keys_over(&self, block: &Block, column: &str) -> Vec<String> {
        let mine = (block.now.foreign_keys.iter())
            .filter(|f| f.columns.iter().any(|c| same_name(c, column)))
            .map(|f| format!("`{}`", f.name.text));
        mine.chain(self.users_elsewhere(&block.now, column)).collect()
    }

    /// The copy of a rebuild reads the table as it was before the block.
    fn check_using_columns(&mut self, block: &Block, value: &crate::schema::Expr, loc: Loc) -> bool {
        let mut columns = Vec::new();
        super::table::mentioned(value, &mut columns);
        let renamed = |c: &String| {
            block.changes.iter().any(|(change, _)| match change {
                Change::RenameColumn { from, to } => same_name(from, c) || same_name(to, c),
                Change::AddColumn(added) => same_name(&added.name, c),
                _ => false,
            })
        };
        match columns.iter().find(|c| renamed(c)) {
            Some(column) => {
                let message = format!("`using` cannot read `{column}`, which this block adds or renames");
                self.cx
                    .error(code::INVALID_USING, loc, message)
                    .help("do it in an `alter table` of its own")
                    .note("`using` reads the rows as they were before the block");
                false
            }
            None => true,
        }
    }

    fn check_add_constraint(&mut self, block: &mut Block, constraint: &ast::Constraint, head: Loc) {
        let table = block.now.clone();
        let given = self.check_constraint_name(&table, constraint.name.as_ref());
        match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => {
                if table.primary_key.is_some() {
                    let message = format!("table `{}` has a primary key already", table.name);
                    self.cx
                        .error(code::DUPLICATE_PRIMARY_KEY, head, message)
                        .help("drop it before: `drop primary key`");
                } else if let Some(columns) = self.resolve_columns(&table, columns) {
                    let key = self.primary_key(&table, given, columns, constraint.loc);
                    block.push(Change::AddPrimaryKey(key), head);
                }
            }
            ConstraintKind::Unique(columns) => {
                if let Some(columns) = self.resolve_columns(&table, columns) {
                    let unique = self.unique(&table, given, columns);
                    block.push(Change::AddUnique(unique), head);
                }
            }
            ConstraintKind::Check(expr) => {
                if let Some(check) = self.check_check(&table, given, expr) {
                    block.push(Change::AddCheck(check), head);
                }
            }
            ConstraintKind::ForeignKey { columns, references } => {
                if let Some(key) = self.check_foreign_key(&table, given, columns, references) {
                    block.push(Change::AddForeignKey(key), head);
                }
            }
        }
    }

    fn check_drop_primary_key(&mut self, block: &mut Block, head: Loc) {
        let Some(key) = block.now.primary_key.clone() else {
            let message = format!("table `{}` has no primary key", block.now.name);
            self.cx.error(code::UNKNOWN_CONSTRAINT, head, message);
            return;
        };
        if block.now.columns.iter().any(|c| c.autoincrement.is_some()) {
            let message = "the primary key of a column that numbers itself cannot be dropped";
            self.cx.error(code::MISPLACED_AUTOINCREMENT, head, message);
            return;
        }
        let mut without = block.now.clone();
        without.primary_key = None;
        let at = Name { text: String::new(), loc: head };
        self.check_uniqueness_left(&without, &key.columns, &at, "the primary key");
        block.push(Change::DropPrimaryKey, head);
    }

    fn check_drop_constraint(&mut self, block: &mut Block, name: &Name, head: Loc) {
        let Some(found) = self.find_constraint(block, name) else {
            return;
        };
        if block.now.primary_key.as_ref().is_some_and(|p| same_name(&p.name.text, &found)) {
            let message = format!("`{found}` is the primary key");
            self.cx.error(code::UNKNOWN_CONSTRAINT, name.loc, message).help("write `drop primary key`");
            return;
        }
        let enumed = block.now.checks.iter().find(|c| c.name.text == found).and_then(|c| c.of_enum.clone());
        if let Some(column) = enumed {
            let message = format!("`{found}` belongs to the type of `{column}`");
            self.cx
                .error(code::COLUMN_IN_USE, name.loc, message)
                .help(format!("change the type: `alter column {column} type text`"));
            return;
        }
        if let Some(unique) = block.now.uniques.iter().find(|u| u.name.text == found) {
            let columns = unique.columns.clone();
            let mut without = block.now.clone();
            without.uniques.retain(|u| u.name.text != found);
            self.check_uniqueness_left(&without, &columns, name, &format!("`{found}`"));
        }
        block.push(Change::DropConstraint { name: found }, head);
    }

    fn find_constraint(&mut self, block: &Block, name: &Name) -> Option<String> {
        let names: Vec<String> = block.now.constraint_names().map(|n| n.text.clone()).collect();
        if let Some(found) = names.iter().find(|n| same_name(n, &name.text)) {
            return Some(found.clone());
        }
        let gone = self.log.last_on(
            &block.before.name,
            |w| matches!(w, What::ConstraintDropped { constraint } if same_name(constraint, &name.text)),
        );
        let gone = gone.map(|e| format!("`{}` was dropped by {}", name.text, self.migration(e)));
        let message = format!("no constraint `{}` on table `{}`", name.text, block.before.name);
        let report = self.cx.error(code::UNKNOWN_CONSTRAINT, name.loc, message);
        match (gone, similar(&name.text, names.iter().map(String::as_str))) {
            (Some(gone), _) => {
                report.note(gone);
            }
            (None, Some(near)) => {
                report.help(format!("a constraint with a similar name exists: `{near}`"));
            }
            (None, None) if !names.is_empty() => {
                let all = names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
                report.note(format!("the constraints of `{}` are {all}", block.before.name));
            }
            (None, None) => {}
        }
        None
    }

    fn find_foreign_key(&mut self, block: &Block, columns: &[Name], head: Loc) -> Option<String> {
        let resolved = self.resolve_columns(&block.now, columns)?;
        let same = |f: &&crate::schema::ForeignKey| {
            f.columns.len() == resolved.len() && f.columns.iter().zip(&resolved).all(|(a, b)| same_name(a, b))
        };
        let found: Vec<String> =
            block.now.foreign_keys.iter().filter(same).map(|f| f.name.text.clone()).collect();
        let list = resolved.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let loc = columns.iter().map(|c| c.loc).reduce(Loc::to).unwrap_or(head);
        match &found[..] {
            [one] => Some(one.clone()),
            [] => {
                let message = format!("no foreign key over {list} on table `{}`", block.now.name);
                let report = self.cx.error(code::UNKNOWN_CONSTRAINT, loc, message);
                let keys = block.now.foreign_keys.iter().map(|f| format!("({})", f.columns.join(", ")));
                let keys = keys.collect::<Vec<_>>().join(", ");
                if !keys.is_empty() {
                    report.note(format!("there are foreign keys over {keys}"));
                }
                None
            }
            _ => {
                let message = format!("several foreign keys go over {list} on table `{}`", block.now.name);
                self.cx
                    .error(code::UNKNOWN_CONSTRAINT, loc, message)
                    .help(format!("name one: `drop constraint {}`", found[0]));
                None
            }
        }
    }
}

/// Whether every value keeps its meaning, in both databases, without an expression that says how.
fn lossless(old: &Type, new: &Type) -> bool {
    use Type::*;
    match (old, new) {
        (TextN(a), TextN(b)) => a <= b,
        (TextN(_) | Enum(_), Text) => true,
        // The new check says if a row has another value.
        (Text | TextN(_) | Enum(_), Enum(_)) => true,
        (Integer(a), Integer(b)) => a <= b,
        (Integer(_), TimestampMs) | (TimestampMs, Integer(64)) => true,
        (Real(a), Real(b)) => a <= b,
        (Decimal { precision: p, scale: s, as_text: a }, Decimal { precision: q, scale: t, as_text: b }) => {
            a == b && s <= t && p - s <= q - t
        }
        (Datetime, DatetimeTz) | (DatetimeTz, Datetime) => true,
        _ => false,
    }
}
