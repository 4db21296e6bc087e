//! Statements at random, over the schema as it stands. Not every one is sound: the checker decides.

use std::collections::BTreeSet;

use migrate_core::schema::expr::Family;
use migrate_core::schema::{Column, Schema, Table, Type};
use migrate_test_support::Numbers;

use crate::values::literal;

/// One statement that a history may get.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which form of the language it shows.
    pub form: &'static str,
    /// Its text, on one line.
    pub text: String,
    /// What it does to what is there.
    pub effect: Effect,
}

/// What a statement does to rows and names. A column's name is one of the whole history.
#[derive(Clone, Debug)]
pub enum Effect {
    None,
    /// A table has another name.
    Table(String, String),
    /// A column of a table has another name.
    Column(String, String),
    /// The values of a column may be others.
    Rewritten(String),
    /// The table is gone.
    Gone(String),
}

/// What makes statements.
pub struct Maker {
    pub numbers: Numbers,
    /// Columns of types that the language does not know.
    pub natives: BTreeSet<String>,
    next: usize,
}

impl Maker {
    pub fn new(seed: u64) -> Maker {
        Maker { numbers: Numbers::seeded(seed), natives: BTreeSet::new(), next: 0 }
    }

    /// A name that nothing has.
    pub fn fresh(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    pub fn table(&mut self, schema: &Schema) -> Option<Table> {
        let tables: Vec<&Table> = schema.tables().collect();
        self.numbers.pick(&tables).cloned()
    }

    pub fn any(&mut self, table: &Table) -> Option<Column> {
        // What values of another type do in an expression only its author knows.
        self.of(table, |c| !matches!(c.ty, Type::Native { .. }))
    }

    /// One of the columns that are so.
    pub fn of(&mut self, table: &Table, is: impl Fn(&Column) -> bool) -> Option<Column> {
        let columns: Vec<&Column> = table.columns.iter().filter(|c| is(c)).collect();
        self.numbers.pick(&columns).cloned()
    }

    /// A statement that changes structure.
    pub fn structure(&mut self, schema: &Schema) -> Option<Candidate> {
        let plain = |form, text| Some(Candidate { form, text, effect: Effect::None });
        match self.numbers.below(34) {
            0..=3 => plain("create table", self.create_table(schema)),
            4 => {
                let name = self.table(schema)?.name;
                let text = format!("drop table {name};");
                Some(Candidate { form: "drop table", text, effect: Effect::Gone(name) })
            }
            5 => {
                let (from, to) = (self.table(schema)?.name, self.fresh("t"));
                let text = format!("rename table {from} to {to};");
                Some(Candidate { form: "rename table", text, effect: Effect::Table(from, to) })
            }
            6 | 7 => plain("create index", self.create_index(schema)?),
            8 => {
                let table = self.table(schema)?;
                let name = self.numbers.pick(&table.indexes)?.name;
                plain("drop index", format!("drop index {name};"))
            }
            9 => {
                let table = self.table(schema)?;
                let (from, to) = (self.numbers.pick(&table.indexes)?.name, self.fresh("ix"));
                plain("rename index", format!("rename index {from} to {to};"))
            }
            10 => plain("create view", self.view(schema)?),
            11 | 31 => {
                let views: Vec<String> = schema.views().map(|v| v.name.clone()).collect();
                let name = self.numbers.pick(&views)?;
                match self.numbers.once_in(2) {
                    true => plain("drop view", format!("drop view {name};")),
                    false => plain("rename view", format!("rename view {name} to {};", self.fresh("v"))),
                }
            }
            12 => plain("create trigger", self.trigger(schema)?),
            13 => {
                let triggers: Vec<String> = schema.triggers().map(|t| t.name.clone()).collect();
                plain("drop trigger", format!("drop trigger {};", self.numbers.pick(&triggers)?))
            }
            _ => self.alter(schema),
        }
    }

    fn alter(&mut self, schema: &Schema) -> Option<Candidate> {
        let table = self.table(schema)?;
        let on = table.name.clone();
        if self.numbers.once_in(4) {
            let first = self.alteration(schema, &table)?;
            let second = self.alteration(schema, &table)?;
            let text = format!("alter table {on} {{ {}; {}; }}", first.text, second.text);
            // Only one effect is told; blocks of two that have one are left out.
            return matches!((&first.effect, &second.effect), (_, Effect::None)).then_some(Candidate {
                form: "alter table, several",
                text,
                effect: first.effect,
            });
        }
        let one = self.alteration(schema, &table)?;
        Some(Candidate { text: format!("alter table {on} {};", one.text), ..one })
    }

    fn alteration(&mut self, schema: &Schema, table: &Table) -> Option<Candidate> {
        let form = |form, text| Some(Candidate { form, text, effect: Effect::None });
        let open = table.foreign_keys.iter().filter(|k| k.not_valid).map(|k| &k.name.text);
        let open = open.chain(table.checks.iter().filter(|c| c.not_valid).map(|c| &c.name.text));
        let open: Vec<String> = open.cloned().collect();
        if !open.is_empty() && self.numbers.once_in(2) {
            return form("validate constraint", format!("validate constraint {}", self.numbers.pick(&open)?));
        }
        match self.numbers.below(26) {
            0..=2 => {
                let mut names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
                form("add column", format!("add column {}", self.column(Some(&mut names)).1))
            }
            3 => form("add column references", format!("add column {}", self.foreign_column(schema)?.1)),
            4 => form("drop column", format!("drop column {}", self.any(table)?.name)),
            5 => {
                let (from, to) = (self.any(table)?.name, self.fresh("c"));
                let text = format!("rename column {from} to {to}");
                Some(Candidate { form: "rename column", text, effect: Effect::Column(from, to) })
            }
            6 | 7 => {
                let column = self.any(table)?;
                let wider: &[&str] = match column.ty {
                    Type::TextN(_) => &["text", "text(60)"],
                    Type::Text => &["text(80) using substr(COLUMN, 1, 80)", "enum(\"t1\", \"t2\")"],
                    Type::Integer(16) => &["integer(32)", "integer"],
                    Type::Integer(32) => &["integer", "timestamp_ms using COLUMN + 1"],
                    Type::Integer(_) => {
                        &["timestamp_ms", "real using cast(COLUMN as real)", "integer using 0 - COLUMN"]
                    }
                    Type::TimestampMs => &["integer"],
                    Type::Datetime => &["datetimetz"],
                    Type::DatetimeTz => &["datetime"],
                    Type::Real(32) => &["real"],
                    Type::Decimal { as_text: false, .. } => &["decimal(10, 3)"],
                    Type::Enum(_) => &["text", "enum(\"a\", \"b\", \"c\", \"d\")"],
                    _ => return None,
                };
                let ty = self.numbers.pick(wider)?.replace("COLUMN", &column.name);
                let (kind, effect) = match ty.contains("using") {
                    true => ("alter column type using", Effect::Rewritten(column.name.clone())),
                    false => ("alter column type", Effect::None),
                };
                let text = format!("alter column {} type {ty}", column.name);
                Some(Candidate { form: kind, text, effect })
            }
            8 => {
                let column = self.any(table)?;
                let ty = migrate_core::print::type_text(&column.ty);
                let default = self.default_for(&ty)?;
                form("set default", format!("alter column {} set default {default}", column.name))
            }
            9 => {
                let column = self.of(table, |c| c.default.is_some())?;
                form("drop default", format!("alter column {} drop default", column.name))
            }
            10 => {
                let column = self.of(table, |c| c.null)?;
                form("set not null", format!("alter column {} set not null", column.name))
            }
            11 | 23 => {
                let column = self.of(table, |c| c.null)?;
                let value = self.value(&column)?;
                let text = format!("alter column {} set not null using {value}", column.name);
                let effect = Effect::Rewritten(column.name);
                Some(Candidate { form: "set not null using", text, effect })
            }
            12 => {
                let column = self.of(table, |c| !c.null)?;
                form("drop not null", format!("alter column {} drop not null", column.name))
            }
            13 | 24 => {
                let column = self.of(table, |c| matches!(c.ty, Type::Enum(_)))?;
                let Type::Enum(values) = &column.ty else { return None };
                let (name, new) = (&column.name, self.fresh("e"));
                match self.numbers.once_in(2) {
                    true => form("add value", format!("alter column {name} add value \"{new}\"")),
                    false => {
                        let old = self.numbers.pick(values)?;
                        let text = format!("alter column {name} rename value \"{old}\" to \"{new}\"");
                        let effect = Effect::Rewritten(column.name.clone());
                        Some(Candidate { form: "rename value", text, effect })
                    }
                }
            }
            14 | 15 => {
                let (kind, text) = self.constraint(schema, table)?;
                form(kind, text)
            }
            16 => form("drop primary key", "drop primary key".to_owned()),
            17 => {
                let names: Vec<String> = table.constraint_names().map(|n| n.text.clone()).collect();
                form("drop constraint", format!("drop constraint {}", self.numbers.pick(&names)?))
            }
            18 => {
                let key = self.numbers.pick(&table.foreign_keys)?;
                form("drop foreign key", format!("drop foreign key ({})", key.columns.join(", ")))
            }
            19 => {
                let names: Vec<String> = table.constraint_names().map(|n| n.text.clone()).collect();
                let (from, to) = (self.numbers.pick(&names)?, self.fresh("con"));
                form("rename constraint", format!("rename constraint {from} to {to}"))
            }
            _ => {
                let key = self.numbers.pick(&table.foreign_keys)?;
                let change = self.numbers.word(&[
                    "on delete cascade",
                    "on update cascade",
                    "deferrable",
                    "not deferrable",
                ]);
                form("alter foreign key", format!("alter foreign key ({}) {change}", key.columns.join(", ")))
            }
        }
    }

    fn view(&mut self, schema: &Schema) -> Option<String> {
        let table = self.table(schema)?;
        let (a, b) = (self.any(&table)?.name, self.any(&table)?.name);
        let (name, on) = (self.fresh("v"), &table.name);
        Some(match self.numbers.below(5) {
            0 => format!("create view {name} as select {on}.{a} from {on} where {on}.{b} is not null;"),
            1 => format!("create view {name} (x, y) as select {on}.{a}, {on}.{b} from {on};"),
            2 => format!("create view {name} (x) as sql \"select {a} from {on}\";"),
            3 => format!("create view {name} (n) as select count(*) from {on} group by {on}.{a};"),
            _ => {
                let other = self.table(schema)?.name;
                format!(
                    "create view {name} (n) as select distinct l.{a} from {on} as l left join {other} as r on true;"
                )
            }
        })
    }

    fn trigger(&mut self, schema: &Schema) -> Option<String> {
        let table = self.table(schema)?;
        let (name, on) = (self.fresh("g"), &table.name);
        let event = self.numbers.word(&["insert", "update", "delete"]);
        Some(format!(
            "create trigger {name} on {on} sql {{ sqlite \"after {event} begin select 1; end\", \
             postgres \"after {event} for each row begin return null; end\" }};"
        ))
    }

    /// A statement that moves rows.
    pub fn data(&mut self, schema: &Schema) -> Option<Candidate> {
        let table = self.table(schema)?;
        let on = &table.name;
        let done = |form, text| Some(Candidate { form, text, effect: Effect::None });
        let written = |c: &Column| c.generated.is_none();
        // What is unique would collide in an order that is the database's own.
        let free = |c: &Column| {
            written(c)
                && !table.primary_key.as_ref().is_some_and(|k| k.columns.contains(&c.name))
                && !table.uniques.iter().any(|u| u.columns.contains(&c.name))
                && !table.indexes.iter().any(|i| i.unique)
                && !table.foreign_keys.iter().any(|k| k.columns.contains(&c.name))
        };
        match self.numbers.below(9) {
            0..=2 => {
                let columns: Vec<&Column> = table.columns.iter().filter(|c| written(c)).collect();
                let mut names = Vec::new();
                let mut values = Vec::new();
                for column in columns {
                    if column.autoincrement.is_some()
                        || (column.default.is_some() || column.null) && self.numbers.once_in(3)
                    {
                        continue;
                    }
                    names.push(column.name.clone());
                    let refers = table.foreign_keys.iter().any(|k| k.columns.contains(&column.name));
                    let near = literal(&column.ty, self.numbers.below(6));
                    values.push(match if refers { near } else { self.value(column) } {
                        Some(value) => value,
                        None if column.null => "null".to_owned(),
                        None => "now".to_owned(),
                    });
                }
                let numbered = table.columns.iter().any(|c| c.autoincrement.is_some());
                let again = if !numbered && self.numbers.once_in(3) { " on conflict do nothing" } else { "" };
                let (names, values) = (names.join(", "), values.join(", "));
                done("insert values", format!("insert into {on} ({names}) values ({values}){again};"))
            }
            3 => {
                let source = self.table(schema)?;
                let mut pairs = Vec::new();
                for column in table.columns.iter().filter(|c| written(c) && c.autoincrement.is_none()) {
                    let same = self.of(&source, |c| c.ty == column.ty && (column.null || !c.null));
                    match same {
                        Some(other) => pairs.push((column.name.clone(), format!("s.{}", other.name))),
                        None if !column.null && column.default.is_none() => return None,
                        None => {}
                    }
                }
                // Rows get their numbers in the order in which they come; a number of PostgreSQL's is gone even if its row
                // is left out.
                let numbered = table.columns.iter().any(|c| c.autoincrement.is_some());
                let end = match (numbered, &source.primary_key) {
                    (true, Some(key)) => format!(" order by s.{}", key.columns.join(", s.")),
                    (true, None) => return None,
                    (false, _) => " on conflict do nothing".to_owned(),
                };
                let (into, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
                done(
                    "insert select",
                    format!(
                        "insert into {on} ({}) select {} from {} as s where s.{} is not null{end};",
                        into.join(", "),
                        values.join(", "),
                        source.name,
                        self.any(&source)?.name
                    ),
                )
            }
            4..=6 => {
                let column = self.of(&table, free)?;
                let (name, other) = (&column.name, self.any(&table)?.name);
                let literal = self.value(&column)?;
                let value = match (column.ty.family(), self.numbers.below(4)) {
                    (Family::Integer, 0) => format!("{name} + 1"),
                    (Family::Integer, 1) => {
                        format!("(select count(*) from {} as s)", self.table(schema)?.name)
                    }
                    (Family::Text, 0) => format!("lower({name})"),
                    (_, 2) => format!("case when {other} is null then {literal} else {name} end"),
                    (_, 3) => format!("coalesce({name}, {literal})"),
                    _ => literal,
                };
                done("update", format!("update {on} set {name} = {value} where {other} is not null;"))
            }
            7 => {
                let column = self.of(&table, written)?;
                let value = self.value(&column)?;
                done("delete", format!("delete from {on} where {} = {value};", column.name))
            }
            _ => {
                let (column, other) = (self.any(&table)?, self.table(schema)?);
                let same = self.of(&other, |c| c.ty == column.ty)?;
                let (a, b, from) = (&column.name, &same.name, &other.name);
                let text = match self.numbers.once_in(2) {
                    true => format!(
                        "delete from {on} where {on}.{a} not in (select s.{b} from {from} as s where s.{b} is not null);"
                    ),
                    false => format!(
                        "delete from {on} where not exists (select 1 from {from} as s where s.{b} = {on}.{a});"
                    ),
                };
                done("delete with a query", text)
            }
        }
    }
}
