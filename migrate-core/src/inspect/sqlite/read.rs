//! SQLite's answers to a schema in normal form.
//!
//! Comes in: the answers to the queries beside this file. Goes out: tables, and what they do not tell. The pragmas are
//! believed first; the stored text is parsed for what they leave out.

use super::affinity::{affinity, is_rowid_type, normal_type};
use super::stored::{self, StoredIndex, StoredTable};
use crate::inspect::answers::{Row, rows, rows_of};
use crate::inspect::normal::{
    index_key, is_collation, native, native_collation, native_expr, native_type, trigger, view,
};
use crate::inspect::sqlexpr::lex::{Token, tokens};
use crate::inspect::sqlexpr::{
    KeyText, Scope, canonical_default, canonical_key, canonical_tokens, has_double_quoted_text,
};
use crate::inspect::{Rows, Unread, UnreadKind};
use crate::schema::{
    Action, Autoincrement, Check, Column, ConstraintName, Default, ForeignKey, Generated, Index, PrimaryKey,
    Schema, Table, Unique, same_name,
};
use crate::target::Dialect;

const OBJECTS: usize = 0;
const COLUMNS: usize = 1;
const INDEXES: usize = 2;
const INDEX_KEYS: usize = 3;
const FOREIGN_KEYS: usize = 4;

/// What FTS5, FTS3/4 and R-Tree put behind the name of a virtual table to name the tables of its data
/// (<https://www.sqlite.org/vtab.html#the_xshadowname_method>).
const SHADOWS: [&str; 11] =
    ["data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "rowid", "parent"];

/// Tables, and what they do not tell.
pub(crate) fn read(answers: &[Rows], exclude: &[&str]) -> (Schema, Vec<Unread>) {
    let excluded = |name: &str| exclude.iter().any(|e| same_name(e, name));
    let virtual_tables: Vec<&str> = rows(answers, OBJECTS)
        .filter(|o| o.text(0) == "table" && is_virtual(o.text(3)))
        .map(|o| o.text(1))
        .collect();
    let mut unread = Vec::new();
    let mut tables = Vec::new();
    let (mut views, mut triggers) = (Vec::new(), Vec::new());
    for object in rows(answers, OBJECTS) {
        let (name, table, sql) = (object.text(1), object.text(2), object.text(3));
        if excluded(table) || excluded(name) || is_internal(name) {
            continue;
        }
        match object.text(0) {
            "view" => views.push(view(name, stored::view_columns(sql).into_iter())),
            "trigger" => triggers.push(trigger(name, table)),
            "table" if is_virtual(sql) => {
                unread.push(Unread::new(UnreadKind::VirtualTable, name).says(sql));
            }
            "table" if virtual_tables.iter().any(|v| is_shadow(v, name)) => {}
            "table" => tables.push(TableReader::new(answers, name, sql).table(&mut unread)),
            _ => {}
        }
    }
    (tables.into_iter().collect::<Schema>().with_views(views, triggers), unread)
}

fn is_internal(name: &str) -> bool {
    name.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("sqlite_"))
}

fn is_virtual(sql: &str) -> bool {
    tokens(Dialect::Sqlite, sql).get(1).is_some_and(|t| t.is_word("virtual"))
}

fn is_shadow(virtual_table: &str, name: &str) -> bool {
    let head = name.get(..virtual_table.len());
    head.is_some_and(|head| same_name(head, virtual_table))
        && name[virtual_table.len()..].strip_prefix('_').is_some_and(|tail| SHADOWS.contains(&tail))
}

struct TableReader<'a> {
    answers: &'a [Rows],
    name: &'a str,
    stored: StoredTable,
    scope: Scope<'a>,
    columns: Vec<Column>,
}

impl<'a> TableReader<'a> {
    fn new(answers: &'a [Rows], name: &'a str, sql: &str) -> Self {
        let columns = rows_of(answers, COLUMNS, name)
            .map(|c| (c.text(1).to_owned(), affinity(c.text(2)).to_owned()))
            .collect();
        TableReader {
            answers,
            name,
            stored: stored::table(sql),
            scope: Scope { dialect: Dialect::Sqlite, table: name, columns },
            columns: Vec::new(),
        }
    }

    fn table(mut self, unread: &mut Vec<Unread>) -> Table {
        self.table_options(unread);
        let key = self.key();
        self.columns =
            rows_of(self.answers, COLUMNS, self.name).map(|c| self.column(c, &key, unread)).collect();
        let checks = std::mem::take(&mut self.stored.checks);
        let checks = checks.iter().map(|c| self.check(c, unread)).collect();
        let mut table = Table {
            name: self.name.to_owned(),
            primary_key: (!key.is_empty())
                .then(|| PrimaryKey { name: ConstraintName::derived(""), columns: key }),
            checks,
            foreign_keys: self.foreign_keys(unread),
            without_rowid: self.stored.without_rowid,
            ..Table::default()
        };
        for index in rows_of(self.answers, INDEXES, self.name) {
            match index.text(3) {
                "u" => table.uniques.push(self.unique(index, unread)),
                "c" => table.indexes.push(self.index(index, unread)),
                _ => {}
            }
        }
        table.columns = self.columns;
        table
    }

    fn table_options(&self, unread: &mut Vec<Unread>) {
        if !self.stored.complete {
            unread.push(Unread::new(UnreadKind::StoredSql, self.name));
        }
        if self.stored.conflict {
            unread.push(Unread::new(UnreadKind::ConstraintOption, "").on(self.name).says("on conflict"));
        }
    }

    /// The columns of the primary key, in its order.
    fn key(&self) -> Vec<String> {
        key_of(self.answers, self.name)
    }

    fn column(&self, row: Row<'_>, key: &[String], unread: &mut Vec<Unread>) -> Column {
        let (name, declared) = (row.text(1), row.text(2));
        let in_key = row.number(5) > 0;
        let stored = self.stored.columns.iter().find(|c| same_name(&c.name, name));
        let rowid = in_key
            && key.len() == 1
            && is_rowid_type(declared)
            && !self.stored.without_rowid
            && !self.stored.descending_key;
        // 2 is virtual, 3 stored: https://www.sqlite.org/pragma.html#pragma_table_xinfo
        let generated = (row.number(6) > 1).then(|| {
            let tokens = stored.and_then(|c| c.generated.as_deref()).unwrap_or_default();
            let expr = native_expr(Dialect::Sqlite, self.expression(tokens, name, unread));
            Generated { expr, stored: row.number(6) == 3 }
        });
        // A key may hold NULL but for these: https://www.sqlite.org/lang_createtable.html#the_primary_key
        let implied = in_key && (rowid || self.stored.strict || self.stored.without_rowid);
        let collate = stored.and_then(|c| c.collate.clone());
        let default = row.optional(4).and_then(|text| {
            let nowhere = Scope { columns: Vec::new(), ..self.scope };
            canonical_default(&nowhere, text, affinity(declared))
        });
        Column {
            name: name.to_owned(),
            ty: native_type(Dialect::Sqlite, normal_type(declared, self.stored.strict, rowid)),
            null: row.number(3) == 0 && !implied,
            default: default.map(|text| Default::Sql(native(Dialect::Sqlite, text))),
            autoincrement: (in_key && self.stored.autoincrement).then_some(Autoincrement::Identity),
            collate: (collate.filter(|c| is_collation(Dialect::Sqlite, c)))
                .map(|c| native_collation(Dialect::Sqlite, &c)),
            generated,
            comment: None,
        }
    }

    fn check(&self, tokens: &[Token], unread: &mut Vec<Unread>) -> Check {
        Check {
            name: ConstraintName::derived(""),
            expr: native_expr(Dialect::Sqlite, self.expression(tokens, "", unread)),
            of_enum: None,
            not_valid: false,
        }
    }

    fn expression(&self, tokens: &[Token], name: &str, unread: &mut Vec<Unread>) -> String {
        let text = canonical_tokens(&self.scope, tokens);
        if has_double_quoted_text(&self.scope, tokens) {
            unread.push(Unread::new(UnreadKind::DoubleQuotedText, name).on(self.name).says(&text));
        }
        text
    }

    fn unique(&self, row: Row<'_>, unread: &mut Vec<Unread>) -> Unique {
        let keys = || rows_of(self.answers, INDEX_KEYS, self.name).filter(|k| k.text(1) == row.text(1));
        let columns: Vec<String> = keys().map(|k| k.text(2).to_owned()).collect();
        for key in keys() {
            let column = KeyText::Column(key.text(2).to_owned(), key.optional(4).map(str::to_owned));
            let plain = index_key(Dialect::Sqlite, &self.columns, column, false);
            if key.number(3) == 1 || plain.expr.as_column().is_none() {
                let detail = format!("direction or collation of {}", key.text(2));
                unread.push(Unread::new(UnreadKind::ConstraintOption, "").on(self.name).says(&detail));
            }
        }
        Unique { name: ConstraintName::derived(""), columns, nulls_not_distinct: false }
    }

    fn index(&self, row: Row<'_>, unread: &mut Vec<Unread>) -> Index {
        let name = row.text(1);
        let sql = rows(self.answers, OBJECTS)
            .find(|o| o.text(0) == "index" && o.text(1) == name)
            .map_or("", |o| o.text(3));
        let stored = stored::index(sql).unwrap_or_else(|| {
            unread.push(Unread::new(UnreadKind::StoredSql, name).on(self.name));
            StoredIndex::default()
        });
        let keys = rows_of(self.answers, INDEX_KEYS, self.name).filter(|k| k.text(1) == name);
        let keys = keys.enumerate().map(|(at, key)| {
            let text = match (key.optional(2), stored.keys.get(at)) {
                (Some(column), _) => {
                    KeyText::Column(column.to_owned(), key.optional(4).map(str::to_ascii_lowercase))
                }
                (None, Some(tokens)) => {
                    self.expression(tokens, name, unread);
                    canonical_key(&self.scope, tokens)
                }
                (None, None) => KeyText::Expression(String::new()),
            };
            index_key(Dialect::Sqlite, &self.columns, text, key.number(3) == 1)
        });
        let keys = keys.collect();
        let condition = stored.condition.filter(|_| row.is_true(4));
        let condition = condition.map(|tokens| self.expression(&tokens, name, unread));
        Index {
            name: name.to_owned(),
            unique: row.is_true(2),
            keys,
            condition: condition.map(|text| native_expr(Dialect::Sqlite, text)),
            ..Index::default()
        }
    }

    /// `MATCH` is read and means nothing: <https://www.sqlite.org/foreignkeys.html#fk_unsupported>.
    fn foreign_keys(&self, unread: &mut Vec<Unread>) -> Vec<ForeignKey> {
        let mut keys: Vec<(&str, ForeignKey)> = Vec::new();
        for row in rows_of(self.answers, FOREIGN_KEYS, self.name) {
            let id = row.text(1);
            if keys.last().is_none_or(|(last, _)| *last != id) {
                keys.push((
                    id,
                    ForeignKey {
                        name: ConstraintName::derived(""),
                        columns: Vec::new(),
                        ref_table: row.text(2).to_owned(),
                        ref_columns: Vec::new(),
                        on_update: action(row.text(5)),
                        on_delete: action(row.text(6)),
                        deferrable: false,
                        not_valid: false,
                    },
                ));
            }
            if let Some((_, key)) = keys.last_mut() {
                key.columns.push(row.text(3).to_owned());
                key.ref_columns.extend(row.optional(4).map(str::to_owned));
            }
        }
        // The pragma counts from the last one in the text.
        let count = keys.len() as i64;
        for (id, key) in &mut keys {
            self.complete(key, usize::try_from(count - 1 - id.parse().unwrap_or(count)).ok(), unread);
        }
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// `references t` without columns means the primary key of `t`; whether a key is deferred the text alone says.
    /// Where several say the same, it is the one at that place in the text.
    fn complete(&self, key: &mut ForeignKey, place: Option<usize>, unread: &mut Vec<Unread>) {
        if key.ref_columns.is_empty() {
            key.ref_columns = key_of(self.answers, &key.ref_table);
        }
        let is_it = |s: &&stored::StoredForeignKey| {
            same_name(&s.ref_table, &key.ref_table)
                && s.columns.len() == key.columns.len()
                && s.columns.iter().zip(&key.columns).all(|(a, b)| same_name(a, b))
        };
        let keys = &self.stored.foreign_keys;
        let here = place.and_then(|at| keys.get(at)).filter(is_it);
        let stored = here.or_else(|| keys.iter().find(is_it));
        let Some(stored) = stored else { return };
        key.deferrable = stored.deferrable && stored.deferred;
        if stored.deferrable && !stored.deferred {
            let detail = "deferrable initially immediate";
            unread.push(Unread::new(UnreadKind::ConstraintOption, "").on(self.name).says(detail));
        }
    }
}

/// The columns of a table's primary key, in its order.
fn key_of(answers: &[Rows], table: &str) -> Vec<String> {
    let mut columns: Vec<(i64, String)> = rows(answers, COLUMNS)
        .filter(|c| same_name(c.text(0), table) && c.number(5) > 0)
        .map(|c| (c.number(5), c.text(1).to_owned()))
        .collect();
    columns.sort();
    columns.into_iter().map(|(_, name)| name).collect()
}

fn action(text: &str) -> Action {
    match text.to_ascii_lowercase().as_str() {
        "restrict" => Action::Restrict,
        "cascade" => Action::Cascade,
        "set null" => Action::SetNull,
        "set default" => Action::SetDefault,
        _ => Action::NoAction,
    }
}
