//! New tables, columns, constraints and indexes at random, as text.

use migrate_core::schema::expr::Family;
use migrate_core::schema::{Column, Schema, Table, Type};
use migrate_core::target::Dialect;

use crate::exprs::reach;
use crate::maker::Maker;
use crate::values::{literal, random_type};

impl Maker {
    /// `create table .. { .. }` on one line.
    pub fn create_table(&mut self, schema: &Schema) -> String {
        let name = self.fresh("t");
        let mut items = Vec::new();
        let key = self.fresh("id");
        let without_rowid = self.numbers.once_in(8);
        let key_form = match (without_rowid, self.numbers.below(8)) {
            (false, 0..=2) => format!("{key}: integer primary key autoincrement"),
            (false, 3) => format!("{key}: integer(32) primary key autoincrement serial"),
            (_, 4) => format!("{key}: text primary key"),
            (_, 5) => format!("{key}: uuid primary key"),
            (false, 7) => format!("{key}: integer"),
            (_, 6) => format!("{key}: integer, primary key ({key})"),
            _ => format!("{key}: integer primary key"),
        };
        items.push(key_form);
        let mut columns = vec![key];
        for _ in 0..1 + self.numbers.below(5) {
            let (column, text) = self.column(Some(&mut columns.clone()));
            items.push(text);
            columns.push(column);
        }
        // A self reference, and keys onto tables that are there.
        if self.numbers.once_in(5) {
            let (target, own) = (columns[0].clone(), self.fresh("parent"));
            let ty = if items[0].contains("text") {
                "text"
            } else if items[0].contains("uuid") {
                "uuid"
            } else if items[0].contains("(32)") {
                "integer(32)"
            } else {
                "integer"
            };
            let actions = self.actions();
            items.push(format!("{own}: {ty} null references {name} ({target}){actions}"));
        }
        if self.numbers.once_in(2)
            && let Some((column, text)) = self.foreign_column(schema)
        {
            items.push(text);
            columns.push(column);
        }
        if self.numbers.once_in(5) {
            let (a, b) = (self.numbers.pick(&columns), self.numbers.pick(&columns));
            if let (Some(a), Some(b)) = (a, b)
                && ![&a, &b].iter().any(|name| self.natives.contains(*name))
            {
                let unique = if self.numbers.once_in(2) { "unique " } else { "" };
                let index = self.fresh("ix");
                items.push(match (a == b, self.numbers.below(3)) {
                    (true, _) => format!("{unique}index {index} ({a})"),
                    (_, 0) if self.only == Some(Dialect::Postgres) => {
                        format!("unique ({a}, {b}) nulls not distinct")
                    }
                    (_, 0) => format!("unique ({a}, {b})"),
                    (_, 1) => format!("{index} unique ({a}, {b})"),
                    _ => format!("{unique}index {index} ({a} desc, {b})"),
                });
            }
        }
        let word = if without_rowid { " without rowid" } else { "" };
        if self.numbers.once_in(12) {
            items.push(self.table_check(&columns));
        }
        let comment = if self.numbers.once_in(6) { "#[doc = \"A table's comment.\"] " } else { "" };
        format!("{comment}create table {name}{word} {{ {} }}", items.join(", "))
    }

    /// Two tables that refer to each other, and a third that comes before what it refers to.
    pub fn circle(&mut self) -> String {
        let [a, b, c] = [(); 3].map(|()| self.fresh("t"));
        let [ka, kb, kc] = [(); 3].map(|()| self.fresh("id"));
        let [fa, fb, fc] = [(); 3].map(|()| self.fresh("ref"));
        let [x, y, z] = [(); 3].map(|()| self.actions());
        format!(
            "create table {a} {{ {ka}: integer primary key, {fa}: integer null references {b} ({kb}){x} }} \
             create table {c} {{ {kc}: integer primary key, {fc}: integer null, foreign key ({fc}) references {b} ({kb}){z} }} \
             create table {b} {{ {kb}: integer primary key, {fb}: integer null references {a} ({ka}){y} }}"
        )
    }

    /// A check of a table that is being made.
    fn table_check(&mut self, columns: &[String]) -> String {
        let column = self.numbers.pick(columns).unwrap_or_default();
        let named = if self.numbers.once_in(2) { format!("{} ", self.fresh("con")) } else { String::new() };
        format!("{named}check ({column} is not null or 1 < 2)")
    }

    /// A column's name and its declaration.
    pub fn column(&mut self, beside: Option<&mut Vec<String>>) -> (String, String) {
        let name = self.fresh("c");
        let ty = random_type(&mut self.numbers);
        let mut text = format!("{name}: {ty}");
        if ty.starts_with("type") {
            self.natives.insert(name.clone());
        }
        if let Some(beside) = beside
            && self.numbers.once_in(8)
        {
            beside.push(name.clone());
            beside.retain(|name| !self.natives.contains(name));
            let other = self.numbers.pick(beside).unwrap_or_default();
            let kept = match (self.only, self.numbers.below(3)) {
                (Some(Dialect::Sqlite), 0 | 1) => " virtual",
                (_, 0) => " stored",
                _ => "",
            };
            let form = self.numbers.below(3);
            return match form {
                0 => (name.clone(), format!("{name}: integer generated ({other} + 1){kept}")),
                1 => (name.clone(), format!("{name}: text generated (lower({other}) || \"!\"){kept}")),
                _ => (name.clone(), format!("{name}: boolean generated ({other} is null){kept}")),
            };
        }
        if self.numbers.below(3) > 0 {
            text.push_str(" null");
        }
        if self.numbers.once_in(3)
            && let Some(default) = self.default_for(ty)
        {
            text.push_str(&format!(" default {default}"));
        }
        if self.numbers.once_in(9) {
            text.push_str(" unique");
        }
        if ty.starts_with("text") && self.numbers.once_in(8) {
            let collation = match self.only {
                Some(Dialect::Sqlite) => self.numbers.word(&["nocase", "rtrim", "binary"]),
                _ => self.numbers.word(&["binary", "{ sqlite \"nocase\", postgres \"C\" }"]),
            };
            text.push_str(&format!(" collate {collation}"));
        }
        if self.numbers.once_in(8) {
            let check = match ty {
                "integer" | "integer(32)" | "integer(16)" | "real" => {
                    format!("{name} > -5 and {name} < 9000")
                }
                "text" | "text(20)" => format!("length({name}) < 15 or {name} like \"t%\""),
                "boolean" => format!("{name} or not {name}"),
                _ => format!("{name} is not null or {name} is null"),
            };
            text.push_str(&format!(" check ({check})"));
        }
        if self.numbers.once_in(10) {
            text = format!("#[doc = \"A column's comment.\"] {text}");
        }
        (name, text)
    }

    /// A default for a type.
    pub fn default_for(&mut self, ty: &str) -> Option<String> {
        let k = self.numbers.below(9);
        Some(match ty {
            "text" | "text(20)" | "text(40)" | "char(6)" => match self.numbers.below(4) {
                0 => "(lower(\"AB\") || \"c\")".to_owned(),
                1 => "\"it's\"".to_owned(),
                _ => format!("\"d{k}\""),
            },
            "integer" | "integer(32)" | "integer(16)" => match self.numbers.below(3) {
                0 => format!("-{k}"),
                1 if ty == "integer" => "sql { sqlite \"(1 + 2)\", postgres \"(1 + 2)\" }".to_owned(),
                _ => k.to_string(),
            },
            "boolean" => "true".to_owned(),
            "json" => "\"{}\"".to_owned(),
            "timestamp_ms" | "timestamp" | "datetime" | "datetimetz" | "date" => "now".to_owned(),
            // The databases keep more and fewer digits of the present time.
            "time" => "\"01:02:03\"".to_owned(),
            "real" | "real(32)" => format!("{k}.5"),
            "decimal(8, 2)" | "decimal(20, 4) as text" => format!("{k}.25"),
            "blob" => "b\"x\"".to_owned(),
            "uuid" => "random".to_owned(),
            _ if ty.starts_with("enum") => "\"b\"".to_owned(),
            _ => return None,
        })
    }

    /// A new column that refers to a table that is there.
    pub fn foreign_column(&mut self, schema: &Schema) -> Option<(String, String)> {
        let (table, column, ty) = self.target(schema)?;
        let name = self.fresh("ref");
        let actions = self.actions();
        let null = if self.numbers.below(4) > 0 { " null" } else { "" };
        Some((name.clone(), format!("{name}: {ty}{null} references {table} ({column}){actions}")))
    }

    /// Something that a foreign key of one column can refer to: table, column, type.
    pub fn target(&mut self, schema: &Schema) -> Option<(String, String, String)> {
        let table = self.table(schema)?;
        let lone = |c: &&Column| table.is_unique(std::slice::from_ref(&c.name));
        let unique: Vec<&Column> = table.columns.iter().filter(lone).collect();
        let column = self.numbers.pick(&unique)?;
        Some((table.name.clone(), column.name.clone(), migrate_core::print::type_text(&column.ty)))
    }

    fn actions(&mut self) -> String {
        let mut text = String::new();
        let actions = &["cascade", "restrict", "set null", "no action", "set default"];
        if self.numbers.once_in(2) {
            text.push_str(&format!(" on delete {}", self.numbers.word(actions)));
        }
        if self.numbers.once_in(4) {
            text.push_str(&format!(" on update {}", self.numbers.word(actions)));
        }
        if self.numbers.once_in(6) {
            text.push_str(" deferrable");
        }
        text
    }

    /// `create index ..`
    pub fn create_index(&mut self, schema: &Schema) -> Option<String> {
        let table = self.table(schema)?;
        let (a, b) = (self.any(&table)?, self.any(&table)?);
        let (name, on) = (self.fresh("ix"), &table.name);
        let (an, bn) = (&a.name, &b.name);
        if let Some(json) = self.of(&table, |c| c.ty == Type::Json)
            && self.numbers.once_in(3)
        {
            let only = self.numbers.word(&["", " only postgres"]);
            return Some(format!("create index {name} on {on} ({}) using gin{only};", json.name));
        }
        let scope = reach(&table, "");
        if let Some(native) = self.of(&table, |c| matches!(c.ty, Type::Native { .. }))
            && self.numbers.once_in(2)
        {
            let method = self.numbers.word(&["gist", "spgist", "gin", "brin", "hash", "btree"]);
            return Some(format!(
                "create index {name} on {on} ({}) using {method} only postgres;",
                native.name
            ));
        }
        Some(match self.numbers.below(23) {
            13 => format!("create index {name} on {on} ({an}) using spgist;"),
            14 => format!("create unique index {name} on {on} ({an}) nulls not distinct only postgres;"),
            15 | 20 | 21 => {
                let class = self.numbers.word(&["gin class gin_trgm_ops", "gist class gist_trgm_ops"]);
                let (method, class) = class.split_once(' ').unwrap_or_default();
                format!("create index {name} on {on} ({an} {class}) using {method} only postgres;")
            }
            16 => format!("create index {name} on {on} (({an}) desc);"),
            17 => format!("create index {name} on {on} ({an}) using btree;"),
            18 => format!("create index {name} on {on} ({an}) where {};", self.condition(&scope, 2)),
            19 => {
                let family = self.numbers.pick(&[Family::Integer, Family::Text, Family::Boolean]);
                let value = self.expr(&scope, family.unwrap_or(Family::Text), 2);
                format!("create index {name} on {on} ({value});")
            }
            0 => format!("create unique index {name} on {on} ({an});"),
            1 => format!("create index {name} on {on} ({an} desc, {bn});"),
            2 => format!("create index {name} on {on} ({an}) where {bn} is not null;"),
            3 => format!("create unique index {name} on {on} ({an}, {bn}) where {an} is not null;"),
            4 => format!("create index {name} on {on} (lower({an}));"),
            5 => format!("create index {name} on {on} ({an}) include ({bn});"),
            6 => format!("create index {name} on {on} ({an} nulls first);"),
            7 => format!("create index {name} on {on} ({an} desc nulls last);"),
            8 => format!("create index {name} on {on} ({an}) using hash;"),
            9 => format!("create index {name} on {on} ({an} collate binary);"),
            10 => format!("create index {name} on {on} ({an}) only sqlite;"),
            11 => format!("create index {name} on {on} ({an} class text_pattern_ops) only postgres;"),
            _ => format!("create index {name} on {on} ({an}) using brin;"),
        })
    }

    /// A constraint for `add`, and what it is.
    pub fn constraint(&mut self, schema: &Schema, table: &Table) -> Option<(&'static str, String)> {
        let (a, b) = (self.any(table)?, self.any(table)?);
        let named = if self.numbers.once_in(2) { format!("{} ", self.fresh("con")) } else { String::new() };
        let (an, bn) = (&a.name, &b.name);
        if table.primary_key.is_none() && self.numbers.once_in(2) {
            return Some(("add primary key", format!("add {named}primary key ({an})")));
        }
        let scope = reach(table, "");
        Some(match self.numbers.below(9) {
            7 => ("add check", format!("add {named}check ({})", self.condition(&scope, 2))),
            8 if self.only == Some(Dialect::Postgres) => {
                ("add unique", format!("add {named}unique ({an}) nulls not distinct"))
            }
            0 => ("add unique", format!("add {named}unique ({an}, {bn})")),
            1 => ("add unique", format!("add {named}unique ({an})")),
            2 | 3 => {
                let later = if self.numbers.once_in(3) { " not valid" } else { "" };
                let check = match a.ty.family() {
                    Family::Integer | Family::Real => format!("{an} between -100 and 9999"),
                    Family::Text => format!("{an} in (\"t1\", \"t2\") or length({an}) < 30"),
                    Family::Boolean => format!("{an} = true or {an} = false or {bn} is null"),
                    _ => format!("{an} is not null or {bn} is null or {bn} is not null"),
                };
                ("add check", format!("add {named}check ({check}){later}"))
            }
            4 => ("add primary key", format!("add primary key ({an})")),
            _ => {
                let (target, column, ty) = self.target(schema)?;
                let same = |c: &&Column| migrate_core::print::type_text(&c.ty) == ty;
                let candidates: Vec<&Column> = table.columns.iter().filter(same).collect();
                let own = self.numbers.pick(&candidates)?.name.clone();
                let actions = self.actions();
                let later = if self.numbers.once_in(3) { " not valid" } else { "" };
                let text =
                    format!("add {named}foreign key ({own}) references {target} ({column}){actions}{later}");
                ("add foreign key", text)
            }
        })
    }

    /// A literal for a column.
    pub fn value(&mut self, column: &Column) -> Option<String> {
        let k = 50 + self.numbers.below(40);
        literal(&column.ty, k)
    }
}
