//! Statements at random, over the schema as it stands. Not every one is sound: the checker decides.

use std::collections::BTreeSet;

use migrate_core::schema::{Column, Schema, Table, Type};
use migrate_core::target::Dialect;
use migrate_test_support::Numbers;

/// One statement that a history may get.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which form of the language it shows.
    pub form: &'static str,
    /// Its text, on one line.
    pub text: String,
}

/// What makes statements.
pub struct Maker {
    pub numbers: Numbers,
    /// Columns of types that the language does not know.
    pub natives: BTreeSet<String>,
    /// The databases of the history: both, or one alone.
    pub only: Option<Dialect>,
    /// Whether SQLite's tables are strict.
    pub strict: bool,
    next: usize,
}

impl Maker {
    pub fn new(seed: u64) -> Maker {
        Maker { numbers: Numbers::seeded(seed), natives: BTreeSet::new(), only: None, strict: false, next: 0 }
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
        let plain = |form, text| Some(Candidate { form, text });
        match self.numbers.below(38) {
            0..=3 => plain("create table", self.create_table(schema)),
            4 => plain("drop table", format!("drop table {};", self.table(schema)?.name)),
            5 => {
                let (from, to) = (self.table(schema)?.name, self.fresh("t"));
                plain("rename table", format!("rename table {from} to {to};"))
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
            14 if self.numbers.once_in(4) => plain("create tables in a circle", self.circle()),
            15 if self.numbers.once_in(2) => {
                plain("create extension", "create extension pg_trgm;".to_owned())
            }
            16 if self.numbers.once_in(2) => plain("drop extension", "drop extension pg_trgm;".to_owned()),
            _ => self.alter(schema),
        }
    }

    /// A statement that stands outside of a transaction.
    pub fn outside(&mut self, schema: &Schema) -> Option<Candidate> {
        let table = self.table(schema)?;
        let (name, column) = (self.fresh("ix"), self.any(&table)?.name);
        let made = format!("create index {name} on {} ({column}) concurrently;", table.name);
        let index = self.numbers.pick(&table.indexes).map(|i| i.name);
        match (self.numbers.below(5), index) {
            (4, _) => {
                let call = self.call();
                let text = call.text.replace(';', " outside transaction;");
                Some(Candidate { text, ..call })
            }
            (0, _) => Some(Candidate { form: "create index", text: made }),
            (1 | 2, Some(index)) => {
                let text = format!("drop index {index} concurrently;");
                Some(Candidate { form: "drop index", text })
            }
            _ => {
                let update = self.data(schema).filter(|c| c.form == "update")?;
                let text = update.text.replace(';', " in batches of 2;");
                Some(Candidate { text, ..update })
            }
        }
    }

    /// A function of the application.
    pub fn call(&mut self) -> Candidate {
        let text = match self.only {
            Some(_) => "call crate::functions::one;",
            None => "call { sqlite crate::functions::lite, postgres crate::functions::server };",
        };
        Candidate { form: "call", text: text.to_owned() }
    }

    /// SQL that creates something, and says so.
    pub fn declares(&mut self, schema: &Schema) -> Option<Candidate> {
        let (sqlite, postgres, declared) = match self.numbers.below(3) {
            0 => {
                let [table, id, column] = ["t", "id", "c"].map(|prefix| self.fresh(prefix));
                let strict = if self.strict { " strict" } else { "" };
                (
                    format!(
                        "create table {table} ({id} integer primary key not null, {column} text){strict}"
                    ),
                    format!(
                        "create table {table} ({id} bigint primary key, {column} text) with (fillfactor = 70)"
                    ),
                    format!("create table {table} {{ {id}: integer primary key, {column}: text null }}"),
                )
            }
            of => {
                let table = self.table(schema)?;
                let column = self.of(&table, |c| matches!(c.ty, Type::Text | Type::Integer(_)))?;
                let (on, column) = (&table.name, &column.name);
                let sql = match of {
                    1 => format!("create index {} on {on} ({column})", self.fresh("ix")),
                    _ => format!("create view {} as select {column} from {on}", self.fresh("v")),
                };
                (sql.clone(), sql.clone(), format!("{sql};"))
            }
        };
        let texts = match self.only {
            Some(Dialect::Sqlite) => format!("sqlite {sqlite:?}"),
            Some(Dialect::Postgres) => format!("postgres {postgres:?}"),
            None => format!("{{ sqlite {sqlite:?}, postgres {postgres:?} }}"),
        };
        Some(Candidate { form: "sql, declares", text: format!("sql {texts} declares {{ {declared} }}") })
    }

    fn alter(&mut self, schema: &Schema) -> Option<Candidate> {
        let table = self.table(schema)?;
        let on = table.name.clone();
        if self.numbers.once_in(4) {
            let first = self.alteration(schema, &table)?;
            let second = self.alteration(schema, &table)?;
            let text = format!("alter table {on} {{ {}; {}; }}", first.text, second.text);
            return Some(Candidate { form: "alter table, several", text });
        }
        let one = self.alteration(schema, &table)?;
        Some(Candidate { text: format!("alter table {on} {};", one.text), ..one })
    }

    fn alteration(&mut self, schema: &Schema, table: &Table) -> Option<Candidate> {
        let form = |form, text| Some(Candidate { form, text });
        let open = table.foreign_keys.iter().filter(|k| k.not_valid).map(|k| &k.name.text);
        let open = open.chain(table.checks.iter().filter(|c| c.not_valid).map(|c| &c.name.text));
        let open: Vec<String> = open.cloned().collect();
        if !open.is_empty() && self.numbers.once_in(2) {
            return form("validate constraint", format!("validate constraint {}", self.numbers.pick(&open)?));
        }
        match self.numbers.below(30) {
            0..=2 => {
                let mut names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
                form("add column", format!("add column {}", self.column(Some(&mut names)).1))
            }
            3 => form("add column references", format!("add column {}", self.foreign_column(schema)?.1)),
            4 => form("drop column", format!("drop column {}", self.any(table)?.name)),
            5 => {
                let (from, to) = (self.any(table)?.name, self.fresh("c"));
                form("rename column", format!("rename column {from} to {to}"))
            }
            6 | 7 | 25 | 26 => {
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
                let kind = if ty.contains("using") { "alter column type using" } else { "alter column type" };
                form(kind, format!("alter column {} type {ty}", column.name))
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
            11 | 23 | 27 | 28 => {
                let column = self.of(table, |c| c.null)?;
                let value = self.value(&column)?;
                let text = format!("alter column {} set not null using {value}", column.name);
                form("set not null using", text)
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
                        form(
                            "rename value",
                            format!("alter column {name} rename value \"{old}\" to \"{new}\""),
                        )
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

    fn trigger(&mut self, schema: &Schema) -> Option<String> {
        let table = self.table(schema)?;
        let (name, on) = (self.fresh("g"), &table.name);
        let event = self.numbers.word(&["insert", "update", "delete"]);
        Some(format!(
            "create trigger {name} on {on} sql {{ sqlite \"after {event} begin select 1; end\", \
             postgres \"after {event} for each row begin return null; end\" }};"
        ))
    }
}
