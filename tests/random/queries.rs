//! Statements that move rows, and queries, at random.

use migrate_core::schema::expr::Family;
use migrate_core::schema::{Column, Schema, Table};

use crate::exprs::{Reach, reach};
use crate::maker::{Candidate, Maker};
use crate::values::literal;

impl Maker {
    /// `create view ..`
    pub fn view(&mut self, schema: &Schema) -> Option<String> {
        let table = self.table(schema)?;
        let (a, b) = (self.any(&table)?.name, self.any(&table)?.name);
        let (name, on) = (self.fresh("v"), &table.name);
        let scope = reach(&table, on);
        Some(match self.numbers.below(7) {
            0 => format!("create view {name} as select {on}.{a} from {on} where {on}.{b} is not null;"),
            1 => {
                let condition = self.condition(&scope, 2);
                format!("create view {name} (x, y) as select {on}.{a}, {on}.{b} from {on} where {condition};")
            }
            2 => format!("create view {name} (x) as sql \"select {a} from {on}\";"),
            3 => {
                let more = self.numbers.word(&["", " having count(*) > 1", " having max(length(\"a\")) < 9"]);
                format!("create view {name} (n) as select count(*) from {on} group by {on}.{a}{more};")
            }
            4 => {
                let family = self.numbers.pick(&[Family::Integer, Family::Text, Family::Boolean])?;
                let value = self.expr(&scope, family, 2);
                format!("create view {name} (x) as select {value} from {on};")
            }
            5 => {
                let key = table.primary_key.as_ref()?.columns.join(&format!(", {on}."));
                let offset = self.numbers.word(&["", " offset 1"]);
                format!(
                    "create view {name} (x) as select {on}.{a} from {on} order by {on}.{key} limit 3{offset};"
                )
            }
            _ => {
                let other = self.table(schema)?.name;
                let join = self.numbers.word(&["left join", "join"]);
                format!(
                    "create view {name} (n) as select distinct l.{a} from {on} as l {join} {other} as r on true;"
                )
            }
        })
    }

    /// A statement that moves rows.
    pub fn data(&mut self, schema: &Schema) -> Option<Candidate> {
        let table = self.table(schema)?;
        let on = &table.name;
        let done = |form, text| Some(Candidate { form, text });
        let written = |c: &Column| c.generated.is_none();
        // What is unique would collide in an order that is the database's own.
        let free = |c: &Column| {
            written(c)
                && !table.primary_key.as_ref().is_some_and(|k| k.columns.contains(&c.name))
                && !table.uniques.iter().any(|u| u.columns.contains(&c.name))
                && !table.indexes.iter().any(|i| i.unique)
                && !table.foreign_keys.iter().any(|k| k.columns.contains(&c.name))
        };
        let scope = reach(&table, "");
        match self.numbers.below(10) {
            0..=2 => self.insert_values(&table),
            3 => self.insert_select(schema, &table),
            4..=6 => {
                let column = self.of(&table, free)?;
                let (name, other) = (&column.name, self.any(&table)?.name);
                let literal = self.value(&column)?;
                let value = match (column.ty.family(), self.numbers.below(7)) {
                    (Family::Integer, 0) => self.counted(schema)?,
                    (Family::Text, 0) => {
                        "sql { sqlite \"substr('abc', 2)\", postgres \"substr('abc', 2)\" }".to_owned()
                    }
                    (Family::Uuid, 0..=3) => "random".to_owned(),
                    (Family::TimestampMs | Family::Timestamp, 0..=3) => "now".to_owned(),
                    (_, 1) => format!("case when {other} is null then {literal} else {name} end"),
                    (_, 2) => literal,
                    _ => self.made_value(&scope, &column)?,
                };
                let condition = match self.numbers.below(3) {
                    0 => format!(" where {other} is not null"),
                    1 => format!(" where {}", self.condition(&scope, 2)),
                    _ => String::new(),
                };
                done("update", format!("update {on} set {name} = {value}{condition};"))
            }
            7 => {
                let column = self.of(&table, written)?;
                let value = self.value(&column)?;
                done("delete", format!("delete from {on} where {} = {value};", column.name))
            }
            8 => {
                let condition = self.condition(&scope, 2);
                let few = self.condition(&scope, 0);
                done("delete", format!("delete from {on} where ({condition}) and {few};"))
            }
            _ => {
                let (column, other) = (self.any(&table)?, self.table(schema)?);
                let same = self.of(&other, |c| c.ty == column.ty)?;
                let (a, b, from) = (&column.name, &same.name, &other.name);
                let text = match self.numbers.below(4) {
                    0 => format!(
                        "delete from {on} where {on}.{a} not in (select s.{b} from {from} as s where s.{b} is not null);"
                    ),
                    1 => {
                        format!("delete from {on} where {on}.{a} in (select s.{b} from {from} as s limit 0);")
                    }
                    2 => format!(
                        "delete from {on} where {on}.{a} in (select s.{b} from {from} as s where s.{b} < {on}.{a});"
                    ),
                    _ => format!(
                        "delete from {on} where not exists (select 1 from {from} as s where s.{b} = {on}.{a});"
                    ),
                };
                done("delete with a query", text)
            }
        }
    }

    /// A number that comes of all rows of a table.
    fn counted(&mut self, schema: &Schema) -> Option<String> {
        let other = self.table(schema)?;
        let scope = reach(&other, "s");
        let of = |f: Family| scope.iter().filter(|r| r.column.ty.family() == f).collect::<Vec<&Reach>>();
        let (numbers, any) = (of(Family::Integer), scope.first()?.text.clone());
        let number = self.numbers.pick(&numbers).map(|r| r.text.clone());
        let value = match (self.numbers.below(6), number) {
            (0, Some(n)) => format!("max({n})"),
            (1, Some(n)) => format!("coalesce(sum({n}), 0) % 100"),
            (2, Some(n)) => format!("min({n})"),
            (3, Some(n)) => format!("cast(avg({n}) as integer)"),
            (4, _) => format!("count(distinct {any})"),
            _ => "count(*)".to_owned(),
        };
        Some(format!("coalesce((select {value} from {} as s), 7)", other.name))
    }

    fn insert_values(&mut self, table: &Table) -> Option<Candidate> {
        let on = &table.name;
        let mut names = Vec::new();
        let mut values = Vec::new();
        for column in table.columns.iter().filter(|c| c.generated.is_none()) {
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
        let text = format!("insert into {on} ({names}) values ({values}){again};");
        Some(Candidate { form: "insert values", text })
    }

    fn insert_select(&mut self, schema: &Schema, table: &Table) -> Option<Candidate> {
        let source = self.table(schema)?;
        let scope = reach(&source, "s");
        let mut pairs = Vec::new();
        for column in table.columns.iter().filter(|c| c.generated.is_none() && c.autoincrement.is_none()) {
            let same = self.of(&source, |c| c.ty == column.ty && (column.null || !c.null));
            let value = match same {
                Some(other) => Some(format!("s.{}", other.name)),
                None if self.numbers.once_in(2) => self.made_value(&scope, column),
                None => None,
            };
            match value {
                Some(value) => pairs.push((column.name.clone(), value)),
                None if !column.null && column.default.is_none() => return None,
                None => {}
            }
        }
        // Rows get their numbers in the order in which they come; a number of PostgreSQL's is gone even if its row
        // is left out.
        let numbered = table.columns.iter().any(|c| c.autoincrement.is_some());
        let end = match (numbered, &source.primary_key, self.numbers.below(3)) {
            (true, None, _) => return None,
            (false, Some(key), 0) => {
                let offset = self.numbers.word(&["", " offset 2"]);
                format!(" order by s.{} limit 4{offset} on conflict do nothing", key.columns.join(", s."))
            }
            (true, Some(key), _) => format!(" order by s.{}", key.columns.join(", s.")),
            (false, ..) => " on conflict do nothing".to_owned(),
        };
        let (into, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let (into, values) = (into.join(", "), values.join(", "));
        let text = format!(
            "insert into {} ({into}) select {values} from {} as s where {}{end};",
            table.name,
            source.name,
            self.condition(&scope, 1)
        );
        Some(Candidate { form: "insert select", text })
    }
}
