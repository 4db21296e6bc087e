//! Statements, columns, constraints and indexes.

use super::expr::{write_expr, write_literal, write_type};
use super::index::{write_collation, write_index};
use super::query::{write_delete, write_insert, write_select, write_update};
use super::word::{write_item_name, write_list, write_name, write_names, write_native, write_text};
use crate::syntax::ast::{
    Action, AlterTable, Alteration, AlterationKind, Call, Column, ColumnChange, ColumnChangeKind, Constraint,
    ConstraintKind, CreateTable, CreateTrigger, CreateView, Default, DefaultKind, Expr, FunctionPath,
    ModifierKind, Name, References, Statement, StatementKind, TableItem, ViewBody,
};
use crate::target::Dialect;

/// A statement with its end and a line break.
pub(super) fn write_statement(out: &mut String, statement: &Statement) {
    match &statement.kind {
        StatementKind::CreateTable(table) => return write_table(out, table),
        StatementKind::AlterTable(alter) => return write_alter(out, alter),
        StatementKind::DropTable { name } => {
            out.push_str("drop table ");
            write_item_name(out, name);
        }
        StatementKind::RenameTable { from, to } => write_rename(out, "rename table ", from, to),
        StatementKind::RenameIndex { from, to } => write_rename(out, "rename index ", from, to),
        StatementKind::CreateIndex { table, index, concurrently } => {
            out.push_str("create ");
            write_index(out, index, Some(table));
            write_concurrently(out, concurrently.is_some());
        }
        StatementKind::DropIndex { name, concurrently } => {
            out.push_str("drop index ");
            write_item_name(out, name);
            write_concurrently(out, concurrently.is_some());
        }
        StatementKind::CreateView(view) => write_view(out, view),
        StatementKind::DropView { name } => {
            out.push_str("drop view ");
            write_item_name(out, name);
        }
        StatementKind::RenameView { from, to } => write_rename(out, "rename view ", from, to),
        StatementKind::CreateTrigger(trigger) => write_trigger(out, trigger),
        StatementKind::DropTrigger { name } => {
            out.push_str("drop trigger ");
            write_item_name(out, name);
        }
        StatementKind::CreateExtension { name, schema } => {
            out.push_str("create extension ");
            write_item_name(out, name);
            if let Some(schema) = schema {
                out.push_str(" schema ");
                write_item_name(out, schema);
            }
        }
        StatementKind::DropExtension { name } => {
            out.push_str("drop extension ");
            write_item_name(out, name);
        }
        StatementKind::Insert(insert) => write_insert(out, insert),
        StatementKind::Update(update) => write_update(out, update),
        StatementKind::Delete(delete) => write_delete(out, delete),
        StatementKind::Sql { sql, declares } => {
            write_native(out, &sql.sql);
            write_declares(out, declares);
        }
        StatementKind::Call { call, outside } => {
            write_call(out, call);
            if outside.is_some() {
                out.push_str(" outside transaction");
            }
        }
    }
    out.push_str(";\n");
}

fn write_declares(out: &mut String, declares: &[Statement]) {
    if declares.is_empty() {
        return;
    }
    out.push_str(" declares {\n");
    for statement in declares {
        write_statement(out, statement);
    }
    out.push('}');
}

fn write_concurrently(out: &mut String, concurrently: bool) {
    if concurrently {
        out.push_str(" concurrently");
    }
}

fn write_rename(out: &mut String, words: &str, from: &Name, to: &Name) {
    out.push_str(words);
    write_name(out, from);
    out.push_str(" to ");
    write_name(out, to);
}

fn write_view(out: &mut String, view: &CreateView) {
    out.push_str("create view ");
    write_item_name(out, &view.name);
    if !view.columns.is_empty() {
        out.push(' ');
        write_names(out, &view.columns);
    }
    out.push_str(" as ");
    match &view.body {
        ViewBody::Select(select) => write_select(out, select),
        ViewBody::Sql(native) => write_native(out, &native.sql),
    }
}

fn write_trigger(out: &mut String, trigger: &CreateTrigger) {
    out.push_str("create trigger ");
    write_item_name(out, &trigger.name);
    out.push_str(" on ");
    write_name(out, &trigger.table);
    out.push(' ');
    write_native(out, &trigger.sql.sql);
}

fn write_call(out: &mut String, call: &Call) {
    out.push_str("call ");
    match call {
        Call::One(path) => out.push_str(&path.text),
        Call::Each(functions) => {
            let paths = Dialect::ALL.into_iter().filter_map(|d| Some((d.word(), d.function(functions)?)));
            let paths: Vec<(&str, &FunctionPath)> = paths.collect();
            out.push_str("{ ");
            write_list(out, &paths, |out, (dialect, path)| {
                out.push_str(dialect);
                out.push(' ');
                out.push_str(&path.text);
            });
            out.push_str(" }");
        }
    }
}

fn write_table(out: &mut String, table: &CreateTable) {
    out.push_str("create table ");
    write_item_name(out, &table.name);
    if table.without_rowid.is_some() {
        out.push_str(" without rowid");
    }
    out.push_str(" {\n");
    for item in &table.items {
        out.push_str("    ");
        match item {
            TableItem::Column(column) => write_column(out, column),
            TableItem::Constraint(constraint) => write_constraint(out, constraint),
            TableItem::Index(index) => write_index(out, index, None),
        }
        out.push_str(",\n");
    }
    out.push_str("}\n");
}

fn write_column(out: &mut String, column: &Column) {
    write_name(out, &column.name);
    out.push_str(": ");
    write_type(out, &column.ty.ty);
    let mut modifiers: Vec<&ModifierKind> = column.modifiers.iter().map(|m| &m.kind).collect();
    modifiers.sort_by_key(|m| rank(m));
    for modifier in modifiers {
        out.push(' ');
        write_modifier(out, modifier);
    }
}

/// The fixed order of modifiers.
fn rank(kind: &ModifierKind) -> u8 {
    match kind {
        ModifierKind::Null => 0,
        ModifierKind::Default(_) => 1,
        ModifierKind::PrimaryKey => 2,
        ModifierKind::Autoincrement { .. } => 3,
        ModifierKind::Unique => 4,
        ModifierKind::References(_) => 5,
        ModifierKind::Check(_) => 6,
        ModifierKind::Collate(_) => 7,
        ModifierKind::Generated { .. } => 8,
    }
}

fn write_modifier(out: &mut String, modifier: &ModifierKind) {
    match modifier {
        ModifierKind::Null => out.push_str("null"),
        ModifierKind::Default(default) => {
            out.push_str("default ");
            write_default(out, default);
        }
        ModifierKind::PrimaryKey => out.push_str("primary key"),
        ModifierKind::Autoincrement { serial: false } => out.push_str("autoincrement"),
        ModifierKind::Autoincrement { serial: true } => out.push_str("autoincrement serial"),
        ModifierKind::Unique => out.push_str("unique"),
        ModifierKind::References(references) => write_references(out, references),
        ModifierKind::Check(expr) => write_check(out, expr),
        ModifierKind::Collate(collate) => {
            out.push_str("collate ");
            write_collation(out, &collate.collation);
        }
        ModifierKind::Generated { expr, is_virtual } => {
            out.push_str("generated (");
            write_expr(out, expr);
            out.push_str(if *is_virtual { ") virtual" } else { ")" });
        }
    }
}

fn write_default(out: &mut String, default: &Default) {
    match &default.kind {
        DefaultKind::Literal(value) => write_literal(out, value),
        DefaultKind::Now => out.push_str("now"),
        DefaultKind::Random => out.push_str("random"),
        DefaultKind::Expr(expr) => {
            out.push('(');
            write_expr(out, expr);
            out.push(')');
        }
        DefaultKind::Sql(native) => write_native(out, &native.sql),
    }
}

fn write_check(out: &mut String, expr: &Expr) {
    out.push_str("check (");
    write_expr(out, expr);
    out.push(')');
}

fn write_references(out: &mut String, references: &References) {
    out.push_str("references ");
    write_name(out, &references.table);
    out.push(' ');
    write_names(out, &references.columns);
    write_actions(out, references.on_delete, references.on_update);
    if references.deferrable {
        out.push_str(" deferrable");
    }
}

fn write_actions(out: &mut String, on_delete: Option<Action>, on_update: Option<Action>) {
    for (words, action) in [(" on delete ", on_delete), (" on update ", on_update)] {
        if let Some(action) = action {
            out.push_str(words);
            out.push_str(action.words());
        }
    }
}

fn write_constraint(out: &mut String, constraint: &Constraint) {
    if let Some(name) = &constraint.name {
        write_item_name(out, name);
        out.push(' ');
    }
    match &constraint.kind {
        ConstraintKind::PrimaryKey(columns) => {
            out.push_str("primary key ");
            write_names(out, columns);
        }
        ConstraintKind::Unique(columns) => {
            out.push_str("unique ");
            write_names(out, columns);
            if constraint.nulls_not_distinct.is_some() {
                out.push_str(" nulls not distinct");
            }
        }
        ConstraintKind::Check(expr) => write_check(out, expr),
        ConstraintKind::ForeignKey { columns, references } => {
            out.push_str("foreign key ");
            write_names(out, columns);
            out.push(' ');
            write_references(out, references);
        }
    }
}

fn write_alter(out: &mut String, alter: &AlterTable) {
    out.push_str("alter table ");
    write_item_name(out, &alter.table);
    out.push_str(if alter.recreate.is_some() { " recreate {\n" } else { " {\n" });
    for alteration in &alter.alterations {
        out.push_str("    ");
        write_alteration(out, alteration);
        out.push_str(";\n");
    }
    out.push_str("}\n");
}

fn write_alteration(out: &mut String, alteration: &Alteration) {
    match &alteration.kind {
        AlterationKind::AddColumn(column) => {
            out.push_str("add column ");
            write_column(out, column);
        }
        AlterationKind::DropColumn(name) => {
            out.push_str("drop column ");
            write_item_name(out, name);
        }
        AlterationKind::RenameColumn { from, to } => write_rename(out, "rename column ", from, to),
        AlterationKind::AlterColumn { name, changes } => {
            out.push_str("alter column ");
            write_name(out, name);
            out.push(' ');
            write_list(out, changes, write_change);
        }
        AlterationKind::AddConstraint(constraint) => {
            out.push_str("add ");
            write_constraint(out, constraint);
            if constraint.not_valid.is_some() {
                out.push_str(" not valid");
            }
        }
        AlterationKind::DropPrimaryKey => out.push_str("drop primary key"),
        AlterationKind::DropConstraint(name) => {
            out.push_str("drop constraint ");
            write_item_name(out, name);
        }
        AlterationKind::DropForeignKey(columns) => {
            out.push_str("drop foreign key ");
            write_names(out, columns);
        }
        AlterationKind::ValidateConstraint(name) => {
            out.push_str("validate constraint ");
            write_item_name(out, name);
        }
        AlterationKind::RenameConstraint { from, to } => write_rename(out, "rename constraint ", from, to),
        AlterationKind::AlterForeignKey { columns, on_delete, on_update, deferrable } => {
            out.push_str("alter foreign key ");
            write_names(out, columns);
            write_actions(out, *on_delete, *on_update);
            out.push_str(match deferrable {
                Some(true) => " deferrable",
                Some(false) => " not deferrable",
                None => "",
            });
        }
    }
}

fn write_change(out: &mut String, change: &ColumnChange) {
    match &change.kind {
        ColumnChangeKind::Type { ty, using } => {
            out.push_str("type ");
            write_type(out, &ty.ty);
            write_using(out, using.as_ref());
        }
        ColumnChangeKind::SetDefault(default) => {
            out.push_str("set default ");
            write_default(out, default);
        }
        ColumnChangeKind::DropDefault => out.push_str("drop default"),
        ColumnChangeKind::SetNotNull { using } => {
            out.push_str("set not null");
            write_using(out, using.as_ref());
        }
        ColumnChangeKind::DropNotNull => out.push_str("drop not null"),
        ColumnChangeKind::AddValue(value) => {
            out.push_str("add value ");
            write_text(out, &value.text);
        }
        ColumnChangeKind::RenameValue { from, to } => {
            out.push_str("rename value ");
            write_text(out, &from.text);
            out.push_str(" to ");
            write_text(out, &to.text);
        }
    }
}

fn write_using(out: &mut String, using: Option<&Expr>) {
    if let Some(expr) = using {
        out.push_str(" using ");
        write_expr(out, expr);
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostics::Diagnostics;
    use crate::print::canonical;
    use crate::source::FileId;
    use crate::syntax::parse_migration;
    use crate::testing::tokens;

    fn print(text: &str) -> String {
        let mut cx = Diagnostics::default();
        let migration = parse_migration(&mut cx, FileId(1), &tokens(text));
        assert_eq!(cx.finish(), [], "{text}");
        canonical(&migration)
    }

    #[test]
    fn the_print_of_a_print_is_the_same() {
        let once = print(include_str!("../syntax/tests/data/corpus.txt"));
        assert_eq!(print(&once), once);
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/src/syntax/tests/data/corpus.canonical.txt");
        if std::env::var_os("MIGRATE_BLESS").is_some() {
            std::fs::write(golden, &once).unwrap();
        }
        assert_eq!(once, std::fs::read_to_string(golden).unwrap());
    }

    #[test]
    fn what_does_not_matter_does_not_show() {
        let a = "/// Doc.\ncreate table t { a: text default \"x\" null, } down irreversible \"no\";";
        let b = "name \"z\"; up { create table \"t\" { r#a: text null default r\"x\", }; }";
        assert_eq!(print(a), print(b));
        assert_eq!(print(a), "create table t {\n    a: text null default \"x\",\n}\n");
    }
}
