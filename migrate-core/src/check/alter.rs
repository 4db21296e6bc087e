//! `alter table`: each alteration against the table as the ones before it leave it, then what SQLite must rebuild for.

use super::Checker;
use super::foreign_key::type_text;
use super::generated::{all_generated, values};
use super::log::What;
use super::names::Declared;
use super::table::users_of_column;
use crate::diagnostics::code;
use crate::diagnostics::similar::similar;
use crate::schema::{Change, Check, Column, ForeignKey, Step, Table, Unique, same_name};
use crate::source::Loc;
use crate::syntax::ast::{self, AlterationKind, ConstraintKind, Name};
use crate::syntax::types::Literal;
use crate::target::{Dialect, sqlite};

/// One `alter table` while it is checked.
pub(super) struct Block {
    /// The table before the block.
    pub(super) before: Table,
    /// The table as the alterations so far leave it.
    pub(super) now: Table,
    /// The changes so far, each with the words to show when something is wrong with it.
    pub(super) changes: Vec<(Change, Loc)>,
}

impl Block {
    pub(super) fn push(&mut self, change: Change, loc: Loc) {
        self.now.apply(&change);
        self.changes.push((change, loc));
    }

    /// What a column was called before the block; nothing if it came in it.
    pub(super) fn name_before(&self, column: &str) -> Option<String> {
        let mut name = column;
        for (change, _) in self.changes.iter().rev() {
            match change {
                Change::RenameColumn { from, to } if same_name(to, name) => name = from,
                Change::AddColumn(added) if same_name(&added.name, name) => return None,
                _ => {}
            }
        }
        Some(name.to_owned())
    }

    /// A table as it is in the block, with the names that its columns had before, as views know them.
    fn with_names_before(&self, mut table: Table) -> Table {
        for (change, _) in self.changes.iter().rev() {
            match change {
                Change::RenameColumn { from, to } => {
                    table.apply(&Change::RenameColumn { from: to.clone(), to: from.clone() });
                }
                // Its name may be that of a column which had another before.
                Change::AddColumn(added) => {
                    table.apply(&Change::DropColumn { name: added.name.clone() });
                }
                _ => {}
            }
        }
        table
    }

    /// The same for several: those that other tables can refer to.
    fn names_before(&self, columns: &[String]) -> Vec<String> {
        columns.iter().filter_map(|c| self.name_before(c)).collect()
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
        self.check_renamed_keys(&block);
        self.check_key_default_after(&block);
        let sound = self.cx.error_count() == errors;
        let changes: Vec<Change> = block.changes.iter().map(|(c, _)| c.clone()).collect();
        self.parts = block.changes.iter().map(|(_, loc)| *loc).collect();
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
            c.generated.is_none()
                && !changes.iter().any(|change| matches!(change, Change::AddColumn(a) if a.name == c.name))
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
                self.check_column_changes(block, name, changes);
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
                let Some(from) = self.find_constraint(block, from) else { return };
                if from == to.text {
                    let message = format!("constraint `{from}` has this name already");
                    self.cx.error(code::NO_CHANGE, to.loc, message).help("leave this out");
                    return;
                }
                if !same_name(&from, &to.text) {
                    self.check_constraint_name(&block.now, Some(to));
                }
                let to = to.text.clone();
                block.push(Change::RenameConstraint { from, to, given: true }, head);
            }
            AlterationKind::ValidateConstraint(name) => self.check_validate(block, name, head),
            AlterationKind::AlterForeignKey { columns, on_delete, on_update, deferrable } => {
                let Some(name) = self.find_foreign_key(block, columns, head) else {
                    return;
                };
                let Some(key) = block.now.foreign_keys.iter().find(|f| f.name.text == name) else {
                    return;
                };
                let old_deferrable = key.deferrable;
                let (old_delete, old_update, columns) = (key.on_delete, key.on_update, key.columns.clone());
                self.check_actions(&block.now, &columns, *on_delete, *on_update, alteration.loc);
                let (on_delete, on_update) =
                    (on_delete.unwrap_or(old_delete), on_update.unwrap_or(old_update));
                let deferrable = deferrable.unwrap_or(old_deferrable);
                if (on_delete, on_update, deferrable) == (old_delete, old_update, old_deferrable) {
                    let message = format!("foreign key `{name}` has these actions already");
                    self.cx.error(code::NO_CHANGE, alteration.loc, message).help("leave this out");
                    return;
                }
                block.push(Change::AlterForeignKey { name, on_delete, on_update, deferrable }, head);
            }
        }
    }

    fn check_add_column(&mut self, block: &mut Block, column: &ast::Column, head: Loc) {
        let Some(checked) = self.check_column(&block.now, column) else {
            return;
        };
        let mut checked = [checked];
        self.resolve_generated(&mut block.now.clone(), &mut checked);
        let [checked] = checked;
        let name = &checked.column.name;
        if let Some(modifier) =
            column.modifiers.iter().find(|m| matches!(m.kind, ast::ModifierKind::Autoincrement { .. }))
        {
            let message = format!("`{name}` cannot number itself: the table has rows already");
            self.cx
                .error(code::MISPLACED_AUTOINCREMENT, modifier.loc, message)
                .help("`autoincrement` stands where the table is created");
        }
        // `default null` is none; any other that is wrong has been said.
        let has_value = |m: &ast::Modifier| match &m.kind {
            ast::ModifierKind::Default(default) => {
                !matches!(default.kind, ast::DefaultKind::Literal(Literal::Null))
            }
            kind => matches!(kind, ast::ModifierKind::Generated { .. }),
        };
        let defaulted = column.modifiers.iter().any(has_value) || self.is_broken(column.name.loc);
        if !checked.column.null
            && checked.column.default.is_none()
            && checked.column.generated.is_none()
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
        users.extend(self.users_elsewhere(block, &column));
        let silent = !users.is_empty();
        if let Some(before) = block.name_before(&column) {
            users.extend(self.watchers_of_column(&block.before.name, &before));
        }
        if !users.is_empty() {
            let message = format!("column `{column}` cannot be dropped while something stands on it");
            let report = self.cx.error(code::COLUMN_IN_USE, name.loc, message);
            let report = report.help(format!("drop before it: {}", users.join(", ")));
            if silent {
                report.note("PostgreSQL would drop it along without a word, SQLite refuses");
            }
            return;
        }
        if all_generated(block.now.columns.iter().filter(|c| c.name != column)) {
            let rest = if block.now.columns.len() == 1 { "" } else { " that is not generated" };
            let message = format!("`{column}` is the last column of table `{}`{rest}", block.now.name);
            self.cx.error(code::EMPTY_TABLE, name.loc, message).help("drop the table");
            return;
        }
        block.push(Change::DropColumn { name: column }, head);
    }

    /// Foreign keys of other tables that refer to a column, which they know by the name that it had before the block.
    pub(super) fn users_elsewhere(&self, block: &Block, column: &str) -> Vec<String> {
        let Some(column) = block.name_before(column) else { return Vec::new() };
        (self.schema.references_to(&block.now.name))
            .filter(|(t, f)| {
                !same_name(&t.name, &block.now.name) && f.ref_columns.iter().any(|c| same_name(c, &column))
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
            .chain(block.now.indexes.iter().flat_map(|i| i.exprs()))
            .chain(values(&block.now))
            .any(|e| e.has_native() && e.mentions(&column));
        if native {
            let message = format!(
                "column `{column}` stands in raw SQL of a check, an index or a generated column, which cannot be renamed along"
            );
            self.cx
                .error(code::COLUMN_IN_USE, from.loc, message)
                .help("drop that before, and add it again after");
            return;
        }
        let before = block.name_before(&column);
        let named = before.map_or_else(Vec::new, |b| self.sql_naming_column(&block.before.name, &b));
        if !named.is_empty() {
            let message = format!("column `{column}` stands in raw SQL, which cannot be renamed along");
            self.cx
                .error(code::COLUMN_IN_USE, from.loc, message)
                .help(format!("drop before, and create again after: {}", named.join(", ")));
            return;
        }
        block.push(Change::RenameColumn { from: column, to: to.text.clone() }, head);
    }

    /// SQLite fails to rename the lone key column of a table without rowids where a unique constraint of the table holds it
    /// too: "error in table after rename: no such column" (seen in 3.40 and 3.54). The way down renames as well, so the block's
    /// end counts like its beginning.
    fn check_renamed_keys(&mut self, block: &Block) {
        if !self.options.has(Dialect::Sqlite) || !block.before.without_rowid {
            return;
        }
        let holding = |table: &Table, column: &str| {
            let holds = |columns: &[String]| columns.iter().any(|c| same_name(c, column));
            let key = table.primary_key.as_ref().is_some_and(|k| k.columns.len() == 1 && holds(&k.columns));
            table.uniques.iter().find(|u| key && holds(&u.columns)).map(|u| u.name.text.clone())
        };
        for (change, loc) in &block.changes {
            let Change::RenameColumn { from, to } = change else { continue };
            let Some(unique) = holding(&block.before, from).or_else(|| holding(&block.now, to)) else {
                continue;
            };
            let message = format!("SQLite cannot rename `{from}`: it is a key, and `{unique}` holds it too");
            self.cx
                .error(code::WITHOUT_ROWID, *loc, message)
                .help(format!("make a unique index of `{unique}` in a migration before"))
                .note("the table was made `without rowid`");
        }
    }

    fn check_add_constraint(&mut self, block: &mut Block, constraint: &ast::Constraint, head: Loc) {
        let table = block.now.clone();
        let given = self.check_constraint_name(&table, constraint.name.as_ref());
        let not_valid = constraint.not_valid.is_some();
        if let Some(loc) = constraint.not_valid
            && matches!(constraint.kind, ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_))
        {
            let message = "`not valid` is for checks and foreign keys";
            self.cx
                .error(code::SYNTAX, loc, message)
                .help("leave it out")
                .note("what is unique is so for all rows, as an index says it");
            return;
        }
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
                    self.check_not_virtual(&table, &columns, "a unique constraint", constraint.loc);
                    self.check_comparable(&table, &columns, "a unique constraint", constraint.loc);
                    let nulls_not_distinct = self.check_unique_nulls(constraint);
                    let unique = self.unique(&table, given, columns);
                    block.push(Change::AddUnique(Unique { nulls_not_distinct, ..unique }), head);
                }
            }
            ConstraintKind::Check(expr) => {
                if let Some(check) = self.check_check(&table, given, expr) {
                    block.push(Change::AddCheck(Check { not_valid, ..check }), head);
                }
            }
            ConstraintKind::ForeignKey { columns, references } => {
                if let Some(key) = self.check_foreign_key(&table, given, columns, references) {
                    block.push(Change::AddForeignKey(ForeignKey { not_valid, ..key }), head);
                }
            }
        }
    }

    fn check_validate(&mut self, block: &mut Block, name: &Name, head: Loc) {
        let Some(name_there) = self.find_constraint(block, name) else { return };
        let checks = block.now.checks.iter().map(|c| (&c.name.text, c.not_valid));
        let keys = block.now.foreign_keys.iter().map(|k| (&k.name.text, k.not_valid));
        if !checks.chain(keys).any(|(n, not_valid)| *n == name_there && not_valid) {
            let message = format!("`{name_there}` holds for all rows already");
            self.cx
                .error(code::NO_CHANGE, name.loc, message)
                .help("leave this out")
                .note("only what was added with `not valid` is validated later");
            return;
        }
        block.push(Change::ValidateConstraint { name: name_there, valid: true }, head);
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
        if block.now.without_rowid {
            let message = format!("table `{}` keeps its rows by its primary key", block.now.name);
            self.cx
                .error(code::WITHOUT_ROWID, head, message)
                .help("create another table, and move the rows")
                .note("it was made `without rowid`");
            return;
        }
        let mut without = block.now.clone();
        without.primary_key = None;
        let at = Name { text: String::new(), loc: head };
        let before = block.names_before(&key.columns);
        let old = block.with_names_before(without.clone());
        self.check_uniqueness_left((&without, &old), (&key.columns, &before), &at, "the primary key");
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
            let before = block.names_before(&columns);
            let old = block.with_names_before(without.clone());
            self.check_uniqueness_left((&without, &old), (&columns, &before), name, &format!("`{found}`"));
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
