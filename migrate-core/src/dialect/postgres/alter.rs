//! `ALTER TABLE`: one statement for each change, in order (<https://www.postgresql.org/docs/current/sql-altertable.html>).

use super::super::expr::{LOWEST, Writer};
use super::super::sql::Sql;
use super::super::{Work, constraint, midway};
use super::data::defer_checks;
use super::{default, naming, new, table, types, view, writer};
use crate::schema::expr::{Expr, ExprKind};
use crate::schema::names::Suffix;
use crate::schema::{
    Autoincrement, Change, Check, Column, ForeignKey, PrimaryKey, Schema, Table, Type, Unique, same_name,
};
use crate::target::Options;

/// The statements of all changes.
pub(super) fn alter(old: &Table, changes: &[Change], before: &Schema, options: &Options) -> Vec<Work> {
    let mut table = old.clone();
    let mut statements = Vec::new();
    let standing = before.triggers_of(&old.name).filter(|t| !view::is_bound(t, old, changes));
    let triggers: Vec<&str> = standing.map(|t| t.name.as_str()).collect();
    for (i, change) in changes.iter().enumerate() {
        let alter =
            Alter { old, table: &table, before, options, later: &changes[i + 1..], triggers: &triggers };
        alter.change(change, &mut statements);
        midway::advance(&mut table, change);
    }
    statements.into_iter().map(Work::statement).collect()
}

/// One change, with what stands around it.
struct Alter<'a> {
    /// The table before all changes.
    old: &'a Table,
    /// The table before this one.
    table: &'a Table,
    before: &'a Schema,
    options: &'a Options,
    /// The changes that come after.
    later: &'a [Change],
    /// The triggers that stand on the table meanwhile.
    triggers: &'a [&'a str],
}

impl Alter<'_> {
    fn change(&self, change: &Change, out: &mut Vec<Sql>) {
        let mut sql = head(self.table);
        match change {
            Change::AddColumn(column) => {
                sql.words("ADD").sql(&table::column(self.table, column, false, self.options));
                out.push(sql);
                if let Some(comment) = &column.comment {
                    out.push(table::comment_on_column(self.table, column, comment));
                }
                return;
            }
            Change::DropColumn { name } => {
                sql.words("DROP COLUMN").ident(name);
            }
            Change::RenameColumn { from, to } => {
                sql.words("RENAME COLUMN").ident(from).words("TO").ident(to);
            }
            Change::SetType { column, ty, using } => {
                return self.set_type(sql, column, ty, using.as_ref(), out);
            }
            Change::RenameValue { column, from, to } => return self.rename_value(column, from, to, out),
            Change::SetDefault { column, default } => {
                if self.later_type(column) {
                    // The old type would refuse the new default: the change of the type sets it.
                    return;
                }
                sql.words("ALTER COLUMN").ident(column);
                match (default, self.table.column(column)) {
                    (Some(value), Some(column)) => {
                        sql.words("SET DEFAULT").sql(&default::value(value, column, self.options))
                    }
                    _ => sql.words("DROP DEFAULT"),
                };
            }
            Change::SetNotNull { column, using } => {
                if let Some(value) = using {
                    self.fill_nulls(column, value, out);
                }
                sql.words("ALTER COLUMN").ident(column).words("SET NOT NULL");
            }
            Change::DropNotNull { column } => {
                sql.words("ALTER COLUMN").ident(column).words("DROP NOT NULL");
            }
            Change::AddPrimaryKey(key) => {
                sql.words("ADD").sql(&primary_key(self.table, key, self.before));
            }
            Change::DropPrimaryKey => match &self.table.primary_key {
                Some(key) => {
                    sql.words("DROP CONSTRAINT").ident(&key.name.text);
                }
                None => return,
            },
            Change::AddUnique(added) => {
                sql.words("ADD").sql(&unique(self.table, added, self.before));
            }
            Change::AddCheck(added) => {
                sql = add_check(self.table, added, self.before, self.options);
            }
            Change::AddForeignKey(key) => {
                sql = add_foreign_key(self.table, key, self.before);
            }
            Change::DropConstraint { name } => {
                sql.words("DROP CONSTRAINT").ident(name);
            }
            Change::RenameConstraint { from, to, .. } => {
                sql.words("RENAME CONSTRAINT").ident(from).words("TO").ident(to);
            }
            Change::ValidateConstraint { name, valid: true } => {
                sql.words("VALIDATE CONSTRAINT").ident(name);
            }
            Change::ValidateConstraint { name, valid: false } => {
                // There is no word for it: the constraint is made anew, in one statement.
                sql.words("DROP CONSTRAINT").ident(name).separator().words("ADD");
                if let Some(check) = self.table.checks.iter().find(|c| same_name(&c.name.text, name)) {
                    constraint::name(&mut sql, &check.name, true);
                    constraint::check(&mut sql, &check.expr, &writer(self.table, self.options));
                } else if let Some(key) =
                    self.table.foreign_keys.iter().find(|k| same_name(&k.name.text, name))
                {
                    constraint::name(&mut sql, &key.name, true);
                    constraint::foreign_key(&mut sql, key);
                } else {
                    return;
                }
                not_valid(&mut sql, true);
            }
            Change::AlterForeignKey { name, on_delete, on_update, deferrable } => {
                let found = self.table.foreign_keys.iter().find(|k| same_name(&k.name.text, name));
                let Some(key) = found else { return };
                let key = ForeignKey {
                    on_delete: *on_delete,
                    on_update: *on_update,
                    deferrable: *deferrable,
                    ..key.clone()
                };
                // One statement, so that no row can slip in between.
                sql.words("DROP CONSTRAINT").ident(&key.name.text).separator().words("ADD");
                constraint::name(&mut sql, &key.name, true);
                constraint::foreign_key(&mut sql, &key);
                not_valid(&mut sql, key.not_valid);
            }
        }
        out.push(sql);
    }

    /// The default is dropped and set again around the change, all in one statement: PostgreSQL would not cast it along.
    fn set_type(&self, mut sql: Sql, name: &str, ty: &Type, using: Option<&Expr>, out: &mut Vec<Sql>) {
        let Some(column) = self.table.column(name) else {
            return;
        };
        if using.is_none() && types::keeps(&column.ty, ty) {
            return self.same_type(sql, column, ty, out);
        }
        let had_default =
            column.default.is_some() || self.old.column(name).is_some_and(|c| c.default.is_some());
        if had_default {
            sql.words("ALTER COLUMN").ident(name).words("DROP DEFAULT").separator();
        }
        sql.words("ALTER COLUMN").ident(name).words("TYPE").words(&types::type_name(ty));
        // Without it the column would get the new type's own.
        if let Some(collate) = &column.collate {
            table::collation(&mut sql, collate);
        }
        let converted = (!types::converts(&column.ty, ty)).then(|| Expr {
            kind: ExprKind::Cast { value: Box::new(Expr::column(name, column.ty.family())), ty: ty.clone() },
            family: ty.family(),
        });
        if let Some(value) = using.or(converted.as_ref()) {
            sql.words("USING");
            writer(self.table, self.options).write(&mut sql, value, LOWEST);
        }
        let changed = Column { ty: ty.clone(), ..column.clone() };
        if let Some(value) = &column.default
            && !self.later_default(name)
        {
            sql.separator().words("ALTER COLUMN").ident(name).words("SET DEFAULT").sql(&default::value(
                value,
                &changed,
                self.options,
            ));
        }
        out.push(sql);
        if column.autoincrement == Some(Autoincrement::Serial) && matches!(ty, Type::Integer(_)) {
            out.push(widen_sequence(self.table, column, ty));
        }
    }

    /// A type that PostgreSQL has already. A default that was to come with it comes alone.
    fn same_type(&self, mut sql: Sql, column: &Column, ty: &Type, out: &mut Vec<Sql>) {
        let text = |c: &Column| c.default.as_ref().map(|d| default::value(d, c, self.options).into_text());
        let changed = Column { ty: ty.clone(), ..column.clone() };
        let stands = self.old.column(&column.name).and_then(text);
        if self.later_default(&column.name) || stands == text(&changed) {
            return;
        }
        sql.words("ALTER COLUMN").ident(&column.name);
        match &changed.default {
            Some(value) => sql.words("SET DEFAULT").sql(&default::value(value, &changed, self.options)),
            None => sql.words("DROP DEFAULT"),
        };
        out.push(sql);
    }

    /// The check goes, the rows get the new value, and the check comes back, by its name.
    fn rename_value(&self, name: &str, from: &str, to: &str, out: &mut Vec<Sql>) {
        let mut after = self.table.clone();
        after.rename_value(name, from, to);
        let Some(check) = after.checks.iter().find(|c| c.is_of_enum(name)) else { return };
        let mut sql = head(self.table);
        sql.words("DROP CONSTRAINT").ident(&check.name.text);
        out.push(sql);
        let mut sql = new();
        sql.words("UPDATE").ident(&self.table.name).words("SET").ident(name).words("=").string(to);
        sql.words("WHERE").ident(name).words("=").string(from);
        self.update(sql, out);
        let (old, new) = (self.table.column(name), after.column(name));
        if let (Some(old), Some(column)) = (old, new)
            && let Some(value) = &column.default
            && old.default != column.default
        {
            let mut sql = head(self.table);
            sql.words("ALTER COLUMN").ident(name).words("SET DEFAULT");
            sql.sql(&default::value(value, column, self.options));
            out.push(sql);
        }
        let mut sql = head(self.table);
        sql.words("ADD");
        constraint::name(&mut sql, &check.name, true);
        constraint::check(&mut sql, &check.expr, &writer(&after, self.options));
        out.push(sql);
    }

    /// What takes the place of nulls.
    fn fill_nulls(&self, column: &str, value: &Expr, out: &mut Vec<Sql>) {
        let mut sql = new();
        sql.words("UPDATE").ident(&self.table.name).words("SET").ident(column).words("=");
        writer(self.table, self.options).write(&mut sql, value, LOWEST);
        sql.words("WHERE").ident(column).words("IS NULL");
        self.update(sql, out);
    }

    /// Writes rows. Triggers are no part of a change of the table: SQLite, which copies the rows, sets none off either.
    fn update(&self, update: Sql, out: &mut Vec<Sql>) {
        let switch = |words: &'static str| {
            self.triggers.iter().map(move |trigger| {
                let mut sql = head(self.old);
                sql.words(words).ident(trigger);
                sql
            })
        };
        out.extend(switch("DISABLE TRIGGER"));
        out.push(update);
        self.check_deferred(out);
        out.extend(switch("ENABLE TRIGGER"));
    }

    /// Deferred checks of rows that were written would block the next `ALTER TABLE` of the table ("pending trigger
    /// events"), so they are made at once.
    fn check_deferred(&self, out: &mut Vec<Sql>) {
        let is_deferrable = self.table.foreign_keys.iter().any(|k| k.deferrable)
            || self.before.references_to(&self.table.name).any(|(_, k)| k.deferrable);
        if is_deferrable {
            out.push(defer_checks(false));
        }
    }

    fn later_type(&self, column: &str) -> bool {
        self.later(column, |c, name| matches!(c, Change::SetType { column, .. } if same_name(column, name)))
    }

    fn later_default(&self, column: &str) -> bool {
        self.later(
            column,
            |c, name| matches!(c, Change::SetDefault { column, .. } if same_name(column, name)),
        )
    }

    /// Whether a later change concerns the column, by whatever name it has then.
    fn later(&self, column: &str, concerns: impl Fn(&Change, &str) -> bool) -> bool {
        let mut name = column;
        for change in self.later {
            if concerns(change, name) {
                return true;
            }
            match change {
                Change::RenameColumn { from, to } if same_name(from, name) => name = to,
                _ => {}
            }
        }
        false
    }
}

/// The sequence of a serial column keeps its old type by itself. Its name is asked for, because it keeps that too when
/// the table is renamed. The text is quoted twice rather than put between dollars, which a name may hold.
fn widen_sequence(table: &Table, column: &Column, ty: &Type) -> Sql {
    let mut name = new();
    name.ident(&table.name);
    let mut statement = new();
    statement.words("ALTER SEQUENCE %s AS").words(&types::type_name(ty));
    let mut block = new();
    block
        .words("BEGIN EXECUTE format(")
        .string(&statement.into_text())
        .comma()
        .words("pg_get_serial_sequence(")
        .string(&name.into_text())
        .comma()
        .string(&column.name)
        .suffix(")); END");
    let mut sql = new();
    sql.words("DO").string(&block.into_text());
    sql
}

/// `ALTER TABLE .. ADD FOREIGN KEY`
pub(super) fn add_foreign_key(table: &Table, key: &ForeignKey, before: &Schema) -> Sql {
    let mut sql = head(table);
    sql.words("ADD").sql(&foreign_key(table, key, before));
    not_valid(&mut sql, key.not_valid);
    sql
}

/// `NOT VALID`: the rows that are there are not judged, which would hold a lock for as long as it takes.
fn not_valid(sql: &mut Sql, is_it: bool) {
    if is_it {
        sql.words("NOT VALID");
    }
}

/// `ALTER TABLE .. ADD CHECK`
pub(super) fn add_check(table: &Table, added: &Check, before: &Schema, options: &Options) -> Sql {
    let mut sql = head(table);
    sql.words("ADD");
    check(&mut sql, added, before, &writer(table, options));
    not_valid(&mut sql, added.not_valid);
    sql
}

/// `ALTER TABLE .. ADD UNIQUE`
pub(super) fn add_unique(table: &Table, added: &Unique, before: &Schema) -> Sql {
    let mut sql = head(table);
    sql.words("ADD").sql(&unique(table, added, before));
    sql
}

/// `PRIMARY KEY (..)`
pub(super) fn primary_key(table: &Table, key: &PrimaryKey, before: &Schema) -> Sql {
    let written = naming::is_written(&key.name, &table.name, &key.columns, Suffix::PrimaryKey, before);
    let mut sql = new();
    constraint::name(&mut sql, &key.name, written);
    constraint::over(&mut sql, "PRIMARY KEY", &key.columns);
    sql
}

/// `UNIQUE (..)`
pub(super) fn unique(table: &Table, unique: &Unique, before: &Schema) -> Sql {
    let written = naming::is_written(&unique.name, &table.name, &unique.columns, Suffix::Unique, before);
    let mut sql = new();
    constraint::name(&mut sql, &unique.name, written);
    let words = if unique.nulls_not_distinct { "UNIQUE NULLS NOT DISTINCT" } else { "UNIQUE" };
    constraint::over(&mut sql, words, &unique.columns);
    sql
}

/// `FOREIGN KEY (..)`
pub(super) fn foreign_key(table: &Table, key: &ForeignKey, before: &Schema) -> Sql {
    let written = naming::is_written(&key.name, &table.name, &key.columns, Suffix::ForeignKey, before);
    let mut sql = new();
    constraint::name(&mut sql, &key.name, written);
    constraint::foreign_key(&mut sql, key);
    sql
}

/// `CHECK (..)`
pub(super) fn check(sql: &mut Sql, check: &Check, before: &Schema, writer: &Writer<'_>) {
    let written = naming::is_check_written(check, writer.table, before);
    constraint::name(sql, &check.name, written);
    constraint::check(sql, &check.expr, writer);
}

fn head(table: &Table) -> Sql {
    let mut sql = new();
    sql.words("ALTER TABLE").ident(&table.name);
    sql
}
