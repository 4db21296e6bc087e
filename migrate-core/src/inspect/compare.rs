//! Two schemas in normal form to their differences.
//!
//! Comes in: what is expected and what was found. Goes out: one difference for each thing that differs. The order of
//! columns and of constraints is no difference, nor is the letter case of names. Constraints without names are matched
//! by what they say. This file must not know of dialects.

use super::difference::{Aspect, Change, Difference, Object};
use super::normal::{collation_text, text_of};
use super::sqlite::affinity::STRICT;
use crate::schema::expr::ExprKind;
use crate::schema::{
    Autoincrement, Check, Column, Default, Expr, ForeignKey, Index, IndexKey, Nulls, PrimaryKey, Schema,
    Table, Trigger, Type, Unique, View, key, same_name,
};

/// What differs between two schemas in normal form, table by table; empty if they agree.
pub fn differences(expected: &Schema, found: &Schema) -> Vec<Difference> {
    let mut list = Vec::new();
    for table in expected.tables() {
        match found.table(&table.name) {
            Some(other) => Compare { table: &table.name, list: &mut list }.tables(table, other),
            None => list.push(whole_table(Change::Missing, table)),
        }
    }
    let extra = found.tables().filter(|t| expected.table(&t.name).is_none());
    list.extend(extra.map(|t| whole_table(Change::Extra, t)));
    views(expected, found, &mut list);
    triggers(expected, found, &mut list);
    // The database may have any other for somebody else.
    let missing = expected.extensions().filter(|e| found.extension(&e.name).is_none());
    list.extend(missing.map(|e| missing_extension(&e.name)));
    list.sort_by_key(|d| key(&d.table));
    list
}

fn views(expected: &Schema, found: &Schema, list: &mut Vec<Difference>) {
    let names = |view: &View| {
        let names: Vec<&str> = view.columns.iter().map(|c| c.name.as_str()).collect();
        names.join(", ")
    };
    let mut push = |change, view: &View, detail, aspects| {
        let (object, table) = (Object::View, view.name.clone());
        list.push(Difference { change, object, table, name: None, detail, aspects });
    };
    for view in expected.views() {
        match found.view(&view.name) {
            None => push(Change::Missing, view, names(view), Vec::new()),
            Some(other) => {
                let unknown = view.columns.is_empty() || other.columns.is_empty();
                let (expected, found) = (names(view), names(other));
                if !unknown && !same_name(&expected, &found) {
                    let aspect = Aspect { what: "columns", expected, found };
                    push(Change::Changed, view, String::new(), vec![aspect]);
                }
            }
        }
    }
    for view in found.views().filter(|v| expected.view(&v.name).is_none()) {
        push(Change::Extra, view, names(view), Vec::new());
    }
}

/// In PostgreSQL two tables may have triggers of one name.
fn triggers(expected: &Schema, found: &Schema, list: &mut Vec<Difference>) {
    let same = |a: &Trigger, b: &Trigger| same_name(&a.name, &b.name) && same_name(&a.table, &b.table);
    for (change, these, those) in [(Change::Missing, expected, found), (Change::Extra, found, expected)] {
        for trigger in these.triggers().filter(|t| !those.triggers().any(|o| same(t, o))) {
            list.push(Difference {
                change,
                object: Object::Trigger,
                table: trigger.table.clone(),
                name: Some(trigger.name.clone()),
                detail: String::new(),
                aspects: Vec::new(),
            });
        }
    }
}

fn missing_extension(name: &str) -> Difference {
    Difference {
        change: Change::Missing,
        object: Object::Extension,
        table: name.to_owned(),
        name: None,
        detail: String::new(),
        aspects: Vec::new(),
    }
}

fn whole_table(change: Change, table: &Table) -> Difference {
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    Difference {
        change,
        object: Object::Table,
        table: table.name.clone(),
        name: None,
        detail: columns.join(", "),
        aspects: Vec::new(),
    }
}

struct Compare<'a> {
    table: &'a str,
    list: &'a mut Vec<Difference>,
}

/// Properties that differ, by name.
#[derive(std::default::Default)]
struct Aspects(Vec<Aspect>);

impl Aspects {
    fn add(&mut self, what: &'static str, expected: String, found: String) {
        if expected != found {
            self.0.push(Aspect { what, expected, found });
        }
    }

    fn name(&mut self, expected: &str, found: &str) {
        if !same_name(expected, found) {
            self.add("name", expected.to_owned(), found.to_owned());
        }
    }
}

/// Each of the one side with its like of the other. `rank` says how alike two are: the lowest first, nothing for never.
fn pairs<'a, T>(
    expected: &'a [T],
    found: &'a [T],
    ranks: u8,
    rank: impl Fn(&T, &T) -> Option<u8>,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let mut left: Vec<Option<&T>> = expected.iter().map(Some).collect();
    let mut right: Vec<Option<&T>> = found.iter().map(Some).collect();
    let mut pairs = Vec::new();
    for level in 0..ranks {
        for a in &mut left {
            let Some(one) = *a else { continue };
            let like = |b: &&mut Option<&T>| b.is_some_and(|other| rank(one, other) == Some(level));
            if let Some(b) = right.iter_mut().find(like) {
                pairs.push((a.take(), b.take()));
            }
        }
    }
    pairs.extend(left.into_iter().flatten().map(|a| (Some(a), None)));
    pairs.extend(right.into_iter().flatten().map(|b| (None, Some(b))));
    pairs
}

/// By name, where both have one; then by what they say; then by what they are over.
fn rank(names: (&str, &str), same: bool, alike: bool) -> Option<u8> {
    let named = !names.0.is_empty() && same_name(names.0, names.1);
    match (named, same, alike) {
        (true, ..) => Some(0),
        (_, true, _) => Some(1),
        (_, _, true) => Some(2),
        _ => None,
    }
}

impl Compare<'_> {
    fn push(&mut self, object: Object, name: &str, change: Change, detail: String, aspects: Vec<Aspect>) {
        self.list.push(Difference {
            change,
            object,
            table: self.table.to_owned(),
            name: Some(name.to_owned()).filter(|n| !n.is_empty()),
            detail,
            aspects,
        });
    }

    fn changed(&mut self, object: Object, name: &str, aspects: Aspects) {
        if !aspects.0.is_empty() {
            self.push(object, name, Change::Changed, String::new(), aspects.0);
        }
    }

    /// Runs through pairs: what one side alone has, and what both have and differs.
    fn each<T>(
        &mut self,
        object: Object,
        pairs: Vec<(Option<&T>, Option<&T>)>,
        name: impl Fn(&T) -> &str,
        describe: impl Fn(&T) -> String,
        compare: impl Fn(&T, &T) -> Aspects,
    ) {
        for pair in pairs {
            match pair {
                (Some(a), Some(b)) => self.changed(object, name(a), compare(a, b)),
                (Some(a), None) => self.push(object, name(a), Change::Missing, describe(a), Vec::new()),
                (None, Some(b)) => self.push(object, name(b), Change::Extra, describe(b), Vec::new()),
                (None, None) => {}
            }
        }
    }

    fn tables(&mut self, a: &Table, b: &Table) {
        let mut aspects = Aspects::default();
        let strict = (is_strict(a), is_strict(b));
        if !a.columns.is_empty() && !b.columns.is_empty() {
            aspects.add("strict", strict.0.to_string(), strict.1.to_string());
        }
        aspects.add("without rowid", a.without_rowid.to_string(), b.without_rowid.to_string());
        aspects.add("comment", optional(&a.comment), optional(&b.comment));
        self.changed(Object::Table, "", aspects);

        let columns = pairs(&a.columns, &b.columns, 1, |a, b| same_name(&a.name, &b.name).then_some(0));
        let column = |a: &Column, b: &Column| columns_differ(a, b);
        self.each(Object::Column, columns, |c| &c.name, describe_column, column);

        let keys = pairs(a.primary_key.as_slice(), b.primary_key.as_slice(), 1, |_, _| Some(0));
        self.each(
            Object::PrimaryKey,
            keys,
            |_| "",
            |k: &PrimaryKey| names(&k.columns),
            |a, b| {
                let mut aspects = Aspects::default();
                aspects.name(&a.name.text, &b.name.text);
                aspects.add("columns", names(&a.columns), names(&b.columns));
                aspects
            },
        );

        let uniques = pairs(&a.uniques, &b.uniques, 2, |a, b| {
            rank((&a.name.text, &b.name.text), names(&a.columns) == names(&b.columns), false)
        });
        self.each(
            Object::Unique,
            uniques,
            |u| &u.name.text,
            |u: &Unique| names(&u.columns),
            |a, b| {
                let mut aspects = Aspects::default();
                aspects.name(&a.name.text, &b.name.text);
                aspects.add("columns", names(&a.columns), names(&b.columns));
                let nulls = |u: &Unique| if u.nulls_not_distinct { "not distinct" } else { "distinct" };
                aspects.add("nulls", nulls(a).to_owned(), nulls(b).to_owned());
                aspects
            },
        );

        let checks = pairs(&a.checks, &b.checks, 2, |a, b| {
            rank((&a.name.text, &b.name.text), expr(&a.expr) == expr(&b.expr), false)
        });
        self.each(
            Object::Check,
            checks,
            |c| &c.name.text,
            |c: &Check| expr(&c.expr),
            |a, b| {
                let mut aspects = Aspects::default();
                aspects.name(&a.name.text, &b.name.text);
                aspects.add("condition", expr(&a.expr), expr(&b.expr));
                aspects.add("valid", (!a.not_valid).to_string(), (!b.not_valid).to_string());
                aspects
            },
        );

        let foreign_keys = pairs(&a.foreign_keys, &b.foreign_keys, 3, |a, b| {
            let same = foreign_keys_differ(a, b).0.iter().all(|x| x.what == "name");
            rank((&a.name.text, &b.name.text), same, own_columns(a) == own_columns(b))
        });
        self.each(
            Object::ForeignKey,
            foreign_keys,
            |f| &f.name.text,
            describe_foreign_key,
            foreign_keys_differ,
        );

        let indexes = pairs(&a.indexes, &b.indexes, 2, |a, b| {
            let same = indexes_differ(a, b).0.iter().all(|x| x.what == "name");
            rank((&a.name, &b.name), same, false)
        });
        self.each(Object::Index, indexes, |i| &i.name, describe_index, indexes_differ);
    }
}

fn is_strict(table: &Table) -> bool {
    table.columns.iter().any(|c| type_text(&c.ty).starts_with(STRICT))
}

fn columns_differ(a: &Column, b: &Column) -> Aspects {
    let mut aspects = Aspects::default();
    // Said once of the table.
    let ty = |c: &Column| type_text(&c.ty).trim_start_matches(STRICT).to_owned();
    let null = |c: &Column| if c.null { "null" } else { "not null" }.to_owned();
    aspects.add("type", ty(a), ty(b));
    aspects.add("null", null(a), null(b));
    aspects.add("default", default(a), default(b));
    aspects.add("autoincrement", autoincrement(a), autoincrement(b));
    let collation = |c: &Column| c.collate.as_ref().map_or("none", collation_text).to_owned();
    aspects.add("collation", collation(a), collation(b));
    aspects.add("generated", generated(a), generated(b));
    aspects.add("comment", optional(&a.comment), optional(&b.comment));
    aspects
}

/// Pairs of columns, as their order says nothing.
fn column_pairs(key: &ForeignKey) -> String {
    let pairs = key.columns.iter().zip(&key.ref_columns);
    let mut pairs: Vec<String> =
        pairs.map(|(a, b)| format!("{} to {}", crate::schema::key(a), crate::schema::key(b))).collect();
    pairs.sort();
    pairs.join(", ")
}

fn own_columns(key: &ForeignKey) -> Vec<String> {
    let mut columns: Vec<String> = key.columns.iter().map(|c| crate::schema::key(c)).collect();
    columns.sort();
    columns
}

fn foreign_keys_differ(a: &ForeignKey, b: &ForeignKey) -> Aspects {
    let mut aspects = Aspects::default();
    aspects.name(&a.name.text, &b.name.text);
    aspects.add("table", key(&a.ref_table), key(&b.ref_table));
    aspects.add("columns", column_pairs(a), column_pairs(b));
    aspects.add("on delete", a.on_delete.words().to_owned(), b.on_delete.words().to_owned());
    aspects.add("on update", a.on_update.words().to_owned(), b.on_update.words().to_owned());
    aspects.add("deferrable", a.deferrable.to_string(), b.deferrable.to_string());
    aspects.add("valid", (!a.not_valid).to_string(), (!b.not_valid).to_string());
    aspects
}

fn indexes_differ(a: &Index, b: &Index) -> Aspects {
    let mut aspects = Aspects::default();
    aspects.name(&a.name, &b.name);
    aspects.add("unique", a.unique.to_string(), b.unique.to_string());
    aspects.add("keys", keys(a), keys(b));
    aspects.add("include", names(&a.include), names(&b.include));
    let nulls = |i: &Index| if i.nulls_not_distinct { "not distinct" } else { "distinct" }.to_owned();
    aspects.add("nulls", nulls(a), nulls(b));
    aspects.add("method", a.method.name().to_owned(), b.method.name().to_owned());
    aspects.add("where", condition(a), condition(b));
    aspects
}

fn names(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|c| key(c)).collect();
    format!("({})", columns.join(", "))
}

fn keys(index: &Index) -> String {
    let text = |key: &IndexKey| {
        let mut text = expr(&key.expr);
        if let Some(class) = &key.class {
            text.push_str(&format!(" class {class}"));
        }
        text.push_str(if key.descending { " desc" } else { "" });
        text.push_str(match key.nulls {
            Some(Nulls::First) => " nulls first",
            Some(Nulls::Last) => " nulls last",
            None => "",
        });
        text
    };
    let keys: Vec<String> = index.keys.iter().map(text).collect();
    format!("({})", keys.join(", "))
}

fn condition(index: &Index) -> String {
    index.condition.as_ref().map_or("none".to_owned(), expr)
}

fn expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Column(name) => super::sqlexpr::name(name),
        ExprKind::Sql(sql) => text_of(sql).to_owned(),
        // Not in normal form: still told apart.
        other => format!("{other:?}"),
    }
}

fn type_text(ty: &Type) -> String {
    match ty {
        Type::Native { sqlite, postgres } => sqlite.clone().or(postgres.clone()).unwrap_or_default(),
        other => format!("{other:?}"),
    }
}

fn default(column: &Column) -> String {
    match &column.default {
        None => "none".to_owned(),
        Some(Default::Sql(sql)) => text_of(sql).to_owned(),
        Some(other) => format!("{other:?}"),
    }
}

fn generated(column: &Column) -> String {
    match &column.generated {
        None => "no".to_owned(),
        Some(g) => format!("({}) {}", expr(&g.expr), if g.stored { "stored" } else { "virtual" }),
    }
}

fn autoincrement(column: &Column) -> String {
    match column.autoincrement {
        None => "none",
        Some(Autoincrement::Identity) => "identity",
        Some(Autoincrement::Serial) => "serial",
    }
    .to_owned()
}

fn optional(text: &Option<String>) -> String {
    text.clone().unwrap_or_else(|| "none".to_owned())
}

fn describe_column(column: &Column) -> String {
    let mut text = type_text(&column.ty);
    text.push_str(if column.null { " null" } else { " not null" });
    if column.default.is_some() {
        text.push_str(" default ");
        text.push_str(&default(column));
    }
    if column.generated.is_some() {
        text.push_str(" generated ");
        text.push_str(&generated(column));
    }
    text
}

fn describe_foreign_key(key: &ForeignKey) -> String {
    format!("{} references {}{}", names(&key.columns), key.ref_table, names(&key.ref_columns))
}

fn describe_index(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let condition = match &index.condition {
        Some(condition) => format!(" where {}", expr(condition)),
        None => String::new(),
    };
    format!("{unique}{}{condition}", keys(index))
}
