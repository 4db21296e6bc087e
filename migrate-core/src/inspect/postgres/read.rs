//! PostgreSQL's answers to a schema in normal form.
//!
//! Comes in: the answers to the queries beside this file. Goes out: tables, and what they do not tell. Named NOT NULL
//! constraints, which PostgreSQL 18 has, are what the columns say anyway.

use super::types;
use crate::inspect::answers::{Row, rows, rows_of};
use crate::inspect::normal::{
    index_key, is_collation, native, native_collation, native_expr, native_type, trigger, view,
};
use crate::inspect::sqlexpr::lex::{Kind, tokens};
use crate::inspect::sqlexpr::{KeyText, Scope, canonical, canonical_default, canonical_key};
use crate::inspect::{Rows, Unread, UnreadKind};
use crate::schema::names::trigger_function;
use crate::schema::{
    Action, Autoincrement, Check, Column, ConstraintName, Default, Extension, ForeignKey, Generated, Index,
    IndexKey, Method, Nulls, PrimaryKey, Schema, Table, Trigger, Unique, same_name,
};
use crate::target::Dialect;

const RELATIONS: usize = 0;
const COLUMNS: usize = 1;
const CONSTRAINTS: usize = 2;
const CONSTRAINT_COLUMNS: usize = 3;
const INDEXES: usize = 4;
const INDEX_KEYS: usize = 5;
const OTHERS: usize = 6;
const VIEW_COLUMNS: usize = 7;
const EXTENSIONS: usize = 8;

/// Tables, and what they do not tell.
pub(crate) fn read(answers: &[Rows], exclude: &[&str]) -> (Schema, Vec<Unread>) {
    let excluded = |name: &str| exclude.iter().any(|e| same_name(e, name));
    let mut unread = Vec::new();
    let mut tables = Vec::new();
    let mut views = Vec::new();
    for relation in rows(answers, RELATIONS).filter(|r| !excluded(r.text(0))) {
        let name = relation.text(0);
        let definition = relation.text(7);
        match relation.text(1) {
            "r" | "p" if relation.is_true(2) => {}
            "r" | "p" => {
                table_options(relation, &mut unread);
                tables.push(TableReader::new(answers, name).table(relation, &mut unread));
            }
            "v" => {
                let columns = rows_of(answers, VIEW_COLUMNS, name).map(|c| c.text(1).to_owned());
                views.push(view(name, columns));
            }
            "m" => unread.push(Unread::new(UnreadKind::MaterializedView, name).says(definition)),
            "f" => unread.push(Unread::new(UnreadKind::ForeignTable, name)),
            "S" => unread.push(Unread::new(UnreadKind::Sequence, name)),
            _ => {}
        }
    }
    let others = rows(answers, OTHERS).filter(|o| !excluded(o.text(1)));
    let triggers = others.clone().filter(|o| o.text(0) == "trigger");
    let triggers: Vec<Trigger> = triggers.map(|o| trigger(o.text(2), o.text(1))).collect();
    // The function behind a trigger is part of it.
    let behind = |function: &str| {
        let name = function.strip_suffix("()").unwrap_or_default();
        triggers.iter().any(|t| trigger_function(&t.name) == name)
    };
    unread.extend(others.filter(|o| o.text(0) != "function" || !behind(o.text(2))).filter_map(other));
    let extensions =
        rows(answers, EXTENSIONS).map(|e| Extension { name: e.text(0).to_owned(), schema: None });
    (tables.into_iter().collect::<Schema>().with_views(views, triggers).with_extensions(extensions), unread)
}

fn table_options(relation: Row<'_>, unread: &mut Vec<Unread>) {
    let name = relation.text(0);
    if relation.text(1) == "p" {
        unread.push(Unread::new(UnreadKind::PartitionedTable, name));
    }
    let mut says = |detail: &str| unread.push(Unread::new(UnreadKind::TableOption, name).says(detail));
    if relation.text(3) == "u" {
        says("unlogged");
    }
    if relation.is_true(4) {
        says("row security");
    }
    if relation.is_true(6) {
        says("inherits");
    }
}

fn other(row: Row<'_>) -> Option<Unread> {
    let kind = match row.text(0) {
        "rule" => UnreadKind::Rule,
        "policy" => UnreadKind::Policy,
        "type" => UnreadKind::Type,
        "function" => UnreadKind::Function,
        _ => return None,
    };
    Some(Unread {
        kind,
        table: row.optional(1).map(str::to_owned),
        name: row.text(2).to_owned(),
        detail: row.optional(3).map(str::to_owned),
    })
}

struct TableReader<'a> {
    answers: &'a [Rows],
    name: &'a str,
    scope: Scope<'a>,
    columns: Vec<Column>,
}

impl<'a> TableReader<'a> {
    fn new(answers: &'a [Rows], name: &'a str) -> Self {
        let columns = rows_of(answers, COLUMNS, name)
            .map(|c| (c.text(1).to_owned(), types::canonical(c.text(2))))
            .collect();
        TableReader {
            answers,
            name,
            scope: Scope { dialect: Dialect::Postgres, table: name, columns },
            columns: Vec::new(),
        }
    }

    fn table(mut self, relation: Row<'_>, unread: &mut Vec<Unread>) -> Table {
        self.columns = rows_of(self.answers, COLUMNS, self.name).map(|c| self.column(c, unread)).collect();
        let mut table =
            Table { name: self.name.to_owned(), comment: comment(relation.optional(5)), ..Table::default() };
        for row in rows_of(self.answers, CONSTRAINTS, self.name) {
            self.constraint(row, &mut table, unread);
        }
        for row in rows_of(self.answers, INDEXES, self.name) {
            if row.is_true(3) {
                table.indexes.push(self.index(row, unread));
            } else {
                unread.push(Unread::new(UnreadKind::InvalidIndex, row.text(1)).on(self.name));
            }
        }
        table.columns = self.columns;
        table
    }

    fn column(&self, row: Row<'_>, unread: &mut Vec<Unread>) -> Column {
        let name = row.text(1);
        let ty = types::canonical(row.text(2));
        let serial = row.is_true(8) && row.text(4).starts_with("nextval(");
        let generated = !row.text(6).is_empty();
        let autoincrement = match row.text(5) {
            "" => serial.then_some(Autoincrement::Serial),
            _ => Some(Autoincrement::Identity),
        };
        if row.text(5) == "a" {
            let detail = "generated always as identity";
            unread.push(Unread::new(UnreadKind::ColumnOption, name).on(self.name).says(detail));
        }
        let default = row.optional(4).filter(|_| !serial && !generated);
        let default = default.and_then(|text| {
            let nowhere = Scope { columns: Vec::new(), ..self.scope };
            canonical_default(&nowhere, text, &ty)
        });
        let collate = row.optional(7).map(str::to_ascii_lowercase);
        Column {
            name: name.to_owned(),
            ty: native_type(Dialect::Postgres, ty),
            null: !row.is_true(3),
            default: default.map(|text| Default::Sql(native(Dialect::Postgres, text))),
            autoincrement,
            collate: (collate.filter(|c| is_collation(Dialect::Postgres, c)))
                .map(|c| native_collation(Dialect::Postgres, &c)),
            generated: generated.then(|| Generated {
                expr: native_expr(Dialect::Postgres, canonical(&self.scope, row.text(4))),
                stored: row.text(6) == "s",
            }),
            comment: comment(row.optional(9)),
        }
    }

    fn constraint(&self, row: Row<'_>, table: &mut Table, unread: &mut Vec<Unread>) {
        let text = row.text(1);
        let name = ConstraintName::derived(text);
        let kind = row.text(2);
        if kind == "x" {
            unread.push(Unread::new(UnreadKind::Constraint, text).on(self.name).says(row.text(10)));
            return;
        }
        for detail in constraint_options(kind, row) {
            unread.push(Unread::new(UnreadKind::ConstraintOption, text).on(self.name).says(detail));
        }
        let columns_of = |at: usize| -> Vec<String> {
            rows_of(self.answers, CONSTRAINT_COLUMNS, self.name)
                .filter(|c| c.text(1) == text)
                .map(|c| c.text(at).to_owned())
                .collect()
        };
        match kind {
            "p" => table.primary_key = Some(PrimaryKey { name, columns: columns_of(2) }),
            "u" => table.uniques.push(Unique {
                name,
                columns: columns_of(2),
                nulls_not_distinct: outside(row.text(10)).contains("nulls not distinct"),
            }),
            "c" => table.checks.push(Check {
                name,
                expr: native_expr(Dialect::Postgres, canonical(&self.scope, row.text(9))),
                of_enum: None,
                not_valid: outside(row.text(10)).contains("not valid"),
            }),
            "f" => table.foreign_keys.push(ForeignKey {
                name,
                columns: columns_of(2),
                ref_table: row.text(3).to_owned(),
                ref_columns: columns_of(3),
                on_update: action(row.text(4)),
                on_delete: action(row.text(5)),
                deferrable: row.is_true(7) && row.is_true(8),
                not_valid: outside(row.text(10)).contains("not valid"),
            }),
            _ => {}
        }
    }

    fn index(&self, row: Row<'_>, unread: &mut Vec<Unread>) -> Index {
        let name = row.text(1);
        let mut says =
            |detail: &str| unread.push(Unread::new(UnreadKind::IndexOption, name).on(self.name).says(detail));
        let method = Method::ALL.into_iter().find(|m| m.name() == row.text(4));
        if method.is_none() {
            says(&format!("using {}", row.text(4)));
        }
        let nulls_not_distinct = outside(row.text(6)).contains("nulls not distinct");
        let parts = || rows_of(self.answers, INDEX_KEYS, self.name).filter(|k| k.text(1) == name);
        let include = parts().filter(|k| k.is_true(7)).map(|k| k.text(2).to_owned()).collect();
        let keys = parts().filter(|k| !k.is_true(7));
        let keys = keys.map(|key| {
            let text = match key.optional(2) {
                Some(column) => {
                    let collation = key.optional(6).map(str::to_ascii_lowercase);
                    let collation = collation.filter(|c| is_collation(Dialect::Postgres, c));
                    KeyText::Column(column.to_owned(), collation)
                }
                None => canonical_key(&self.scope, &tokens(Dialect::Postgres, key.text(3))),
            };
            // Bit 0 is DESC, bit 1 NULLS FIRST, which DESC brings along unless it is said otherwise.
            let nulls = match key.number(4) {
                1 => Some(Nulls::Last),
                2 => Some(Nulls::First),
                _ => None,
            };
            let class = key.optional(5).map(str::to_owned);
            let plain = index_key(Dialect::Postgres, &self.columns, text, key.number(4) & 1 == 1);
            IndexKey { class, nulls, ..plain }
        });
        let keys = keys.collect();
        let condition = row.optional(5).map(|text| canonical(&self.scope, text));
        Index {
            name: name.to_owned(),
            unique: row.is_true(2),
            keys,
            include,
            nulls_not_distinct,
            method: method.unwrap_or_default(),
            condition: condition.map(|text| native_expr(Dialect::Postgres, text)),
            only: None,
        }
    }
}

/// What a constraint says that the schema does not: from its printed definition, as older catalogs lack the columns.
fn constraint_options(kind: &str, row: Row<'_>) -> Vec<&'static str> {
    const WORDS: [&str; 5] = ["match full", "not enforced", "no inherit", "include", "period"];
    let outside = outside(row.text(10));
    let mut says: Vec<&'static str> = WORDS.into_iter().filter(|w| outside.contains(w)).collect();
    let deferred = row.is_true(8);
    match (kind, row.is_true(7)) {
        ("f", true) if !deferred => says.push("deferrable initially immediate"),
        ("p" | "u", true) => says.push("deferrable"),
        _ => {}
    }
    // `on delete set null (a)`: the columns that are set, since PostgreSQL 15.
    if kind == "f" && outside.matches("()").count() > 2 {
        says.push("on delete set .. of some columns");
    }
    says
}

/// A definition in lower case, without what stands in parentheses.
fn outside(definition: &str) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    for token in tokens(Dialect::Postgres, definition) {
        if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 && matches!(token.kind, Kind::Word | Kind::Symbol) {
            if token.kind == Kind::Word {
                out.push(' ');
            }
            out.push_str(&token.text);
        }
        if token.is_symbol("(") {
            depth += 1;
        }
    }
    out
}

fn comment(text: Option<&str>) -> Option<String> {
    text.filter(|t| !t.is_empty()).map(str::to_owned)
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}
