//! Statements that move rows, made at random: both databases end with the same rows, or both refuse.
//!
//! `MIGRATE_RANDOM=20000` runs so many; a failure names its number and prints its statements.

mod dialect_support;

use std::fmt::Write as _;

use dialect_support::*;
use migrate_core::compile::{Migration, compile};
use migrate_core::dialect::Work;
use migrate_core::source::files;
use migrate_core::target::Dialect;
use migrate_test_support::Numbers;

const TABLES: &str = r#"
    migration m0_tables {
        create table a {
            id: integer primary key,
            n: integer null, m: integer null, x: real null, s: text null, t: text(40) null, b: boolean null,
            d: decimal(8, 2) null, day: date null, kind: enum("red", "blue") null,
        }
        create table c {
            id: integer primary key autoincrement,
            a_id: integer null references a (id) on delete cascade,
            k: text null, v: integer null,
            unique (k),
        }
    }
"#;

const ROWS: [&str; 2] = [
    "INSERT INTO a (id, n, m, x, s, t, b, d, day, kind) VALUES
        (1, 3, -2, 1.5, 'Ab', 'x', TRUE, 1.25, '2024-01-31', 'red'), (2, 0, 7, -0.5, 'ä c', 'Ab', FALSE, 0, '2023-12-01', 'blue'),
        (3, NULL, 2, NULL, NULL, '', NULL, NULL, NULL, NULL), (4, -5, NULL, 2, 'x', NULL, TRUE, -3.5, '2024-01-31', 'red'),
        (5, 3, 3, 0, '', 'zz%', FALSE, 12.75, '2020-02-29', NULL), (6, 12, -2, 4.25, 'B', 'b', TRUE, 1.25, NULL, 'blue')",
    "INSERT INTO c (a_id, k, v) VALUES (1, 'one', 5), (1, 'two', NULL), (2, 'Ab', -1), (4, NULL, 5), (NULL, 'x', 0)",
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int,
    Real,
    Text,
    Bool,
    Day,
    Decimal,
}

/// What can be named: (prefix, table).
type Names = Vec<(String, char)>;

struct Maker {
    numbers: Numbers,
    aliases: usize,
}

impl Maker {
    fn column(&mut self, kind: Kind, names: &Names) -> Option<String> {
        let (prefix, table) = names.get(self.numbers.below(names.len().max(1)))?.clone();
        let columns: &[&str] = match (table, kind) {
            ('a', Kind::Int) => &["id", "n", "m"],
            ('a', Kind::Real) => &["x"],
            ('a', Kind::Text) => &["s", "t", "kind"],
            ('a', Kind::Bool) => &["b"],
            ('a', Kind::Day) => &["day"],
            ('a', Kind::Decimal) => &["d"],
            (_, Kind::Int) => &["a_id", "v"],
            (_, Kind::Text) => &["k"],
            _ => return None,
        };
        Some(format!("{prefix}{}", self.numbers.word(columns)))
    }

    fn literal(&mut self, kind: Kind) -> String {
        let of: &[&str] = match kind {
            Kind::Int => &["0", "1", "2", "-3", "7"],
            Kind::Real => &["0.5", "-1.5", "2.0", "4.25"],
            Kind::Text => &["\"\"", "\"x\"", "\"Ab\"", "\"ä\"", "\"it's\""],
            Kind::Bool => &["true", "false"],
            Kind::Day => &["\"2024-01-31\"", "\"2020-02-29\""],
            Kind::Decimal => &["1.25", "-2", "0.5"],
        };
        self.numbers.word(of).to_owned()
    }

    /// A value that is surely no bare literal where a type is taken from it.
    fn value(&mut self, kind: Kind, depth: usize, names: &Names) -> String {
        let leaf = depth == 0 || self.numbers.below(4) == 0;
        if leaf {
            let column = if self.numbers.below(4) > 0 { self.column(kind, names) } else { None };
            return column.unwrap_or_else(|| match kind {
                Kind::Day => "cast(\"2024-01-31\" as date)".to_owned(),
                Kind::Decimal => "cast(2 as decimal(8, 2))".to_owned(),
                _ => self.literal(kind),
            });
        }
        let down = depth - 1;
        let form = self.numbers.below(10);
        if form == 0 {
            let condition = self.condition(down, names);
            let (a, b) = (self.value(kind, down, names), self.value(kind, down, names));
            return format!("case when {condition} then {a} else {b} end");
        }
        if form == 1 {
            let (a, b) = (self.value(kind, down, names), self.value(kind, down, names));
            return format!("coalesce({a}, {b})");
        }
        if form == 2 && kind != Kind::Bool {
            return self.scalar(kind, down, names);
        }
        match kind {
            Kind::Int => {
                let form = self.numbers.below(6);
                match form {
                    0 => format!("length({})", self.value(Kind::Text, down, names)),
                    1 => format!("abs({})", self.value(Kind::Int, down, names)),
                    2 => format!("({} % 5)", self.value(Kind::Int, down, names)),
                    _ => {
                        let op = self.numbers.word(&["+", "-", "/", "%"]);
                        format!(
                            "({} {op} {})",
                            self.value(Kind::Int, down, names),
                            self.value(Kind::Int, down, names)
                        )
                    }
                }
            }
            Kind::Real => {
                let op = self.numbers.word(&["+", "-"]);
                format!(
                    "({} {op} {})",
                    self.value(Kind::Real, down, names),
                    self.value(Kind::Real, down, names)
                )
            }
            Kind::Decimal => format!("round({}, 2)", self.value(Kind::Decimal, down, names)),
            Kind::Text => match self.numbers.below(5) {
                0 => format!("lower({})", self.value(Kind::Text, down, names)),
                1 => format!("substr({}, 1, 3)", self.value(Kind::Text, down, names)),
                2 => format!("cast({} as text)", self.value(Kind::Int, down, names)),
                3 => format!("replace({}, \"b\", \"--\")", self.value(Kind::Text, down, names)),
                _ => {
                    let (a, b) = (self.value(Kind::Text, down, names), self.value(Kind::Text, down, names));
                    format!("substr({a} || {b}, 1, 12)")
                }
            },
            Kind::Bool => format!("({})", self.condition(down, names)),
            Kind::Day => format!("nullif({}, \"2024-01-31\")", self.value(Kind::Day, down, names)),
        }
    }

    /// A query that gives one row.
    fn scalar(&mut self, kind: Kind, depth: usize, names: &Names) -> String {
        let (from, mut inside, own) = self.source(depth);
        inside.extend(names.iter().map(|(prefix, table)| (prefix.clone(), *table)));
        let value = self.value(kind, depth.min(1), &own);
        let condition = self.condition(depth, &inside);
        match (kind, self.numbers.below(4)) {
            (Kind::Int, 0) => format!("(select count(*) from {from} where {condition})"),
            (Kind::Int, 1) => format!("(select sum({value}) from {from} where {condition})"),
            (Kind::Int | Kind::Real | Kind::Text | Kind::Day | Kind::Decimal, 2 | 3) => {
                let function = self.numbers.word(&["min", "max"]);
                format!("(select {function}({value}) from {from} where {condition})")
            }
            _ => {
                let order: Vec<String> = own.iter().map(|(p, _)| format!("{p}id desc")).collect();
                format!(
                    "(select {value} from {from} where {condition} order by {} limit 1)",
                    order.join(", ")
                )
            }
        }
    }

    /// What stands behind `from`, what can be named there, and what of that is of the query itself.
    fn source(&mut self, depth: usize) -> (String, Names, Names) {
        self.aliases += 1;
        let first = format!("q{}", self.aliases);
        let table = if self.numbers.below(2) == 0 { 'a' } else { 'c' };
        let mut names = vec![(format!("{first}."), table)];
        let mut from = format!("{table} as {first}");
        if self.numbers.below(3) == 0 {
            self.aliases += 1;
            let second = format!("q{}", self.aliases);
            let (table, left) = (self.numbers.word(&["a", "c"]), self.numbers.word(&["", "left "]));
            names.push((format!("{second}."), table.chars().next().unwrap()));
            let on = self.condition(depth.min(1), &names);
            let _ = write!(from, " {left}join {table} {second} on {on}");
        }
        (from, names.clone(), names)
    }

    fn condition(&mut self, depth: usize, names: &Names) -> String {
        let down = depth.saturating_sub(1);
        let kind = [Kind::Int, Kind::Text, Kind::Int, Kind::Text, Kind::Day][self.numbers.below(5)];
        let column = |this: &mut Maker| this.column(kind, names);
        let form = self.numbers.below(if depth == 0 { 4 } else { 11 });
        let Some(left) = column(self) else { return "1 = 1".to_owned() };
        let literal = self.literal(if left.ends_with("kind") { Kind::Int } else { kind });
        let plain = !left.ends_with("kind");
        match form {
            0 => format!("{left} is null"),
            1 if plain => format!("{left} in ({literal}, {})", self.literal(kind)),
            2 if plain => format!("{left} {} {literal}", self.numbers.word(&["=", "<>", "<", ">="])),
            3 if kind == Kind::Text => {
                format!("{left} like \"{}\"", self.numbers.word(&["A%", "%b%", "_", "%"]))
            }
            4 => format!("({} or {})", self.condition(down, names), self.condition(down, names)),
            5 => format!("({} and {})", self.condition(down, names), self.condition(down, names)),
            6 => format!("not ({})", self.condition(down, names)),
            7 | 8 if kind != Kind::Day => {
                let (from, mut inside, own) = self.source(down);
                inside.extend(names.iter().map(|(prefix, table)| (prefix.clone(), *table)));
                let value = self.value(kind, down.min(1), &own);
                let condition = self.condition(down, &inside);
                let not = self.numbers.word(&["", "not "]);
                match form {
                    7 => format!("{left} {not}in (select {value} from {from} where {condition})"),
                    _ => format!("{not}exists (select 1 from {from} where {condition})"),
                }
            }
            9 if kind == Kind::Int => {
                format!("{left} {} {}", self.numbers.word(&["=", "<", ">"]), self.value(kind, down, names))
            }
            10 if kind == Kind::Text => format!("{left} between \"A\" and \"x\""),
            _ => format!("{left} is not null"),
        }
    }

    fn statement(&mut self) -> String {
        match self.numbers.below(8) {
            0..=3 => {
                let (table, columns): (char, &[(&str, Kind)]) = match self.numbers.below(3) {
                    0 => ('c', &[("v", Kind::Int)]),
                    _ => (
                        'a',
                        &[
                            ("n", Kind::Int),
                            ("x", Kind::Real),
                            ("s", Kind::Text),
                            ("b", Kind::Bool),
                            ("day", Kind::Day),
                            ("d", Kind::Decimal),
                        ],
                    ),
                };
                let (column, kind) = columns[self.numbers.below(columns.len())];
                let names = vec![(format!("{table}."), table)];
                let value = self.value(kind, 3, &names);
                let condition = self.condition(3, &names);
                format!("update {table} set {column} = {value} where {condition};")
            }
            4 => {
                let table = if self.numbers.below(2) == 0 { 'a' } else { 'c' };
                let condition = self.condition(3, &vec![(format!("{table}."), table)]);
                format!("delete from {table} where {condition};")
            }
            5 => {
                let (k, v) = (self.literal(Kind::Text), self.scalar(Kind::Int, 2, &Vec::new()));
                let (other, literal) = (self.literal(Kind::Text), self.literal(Kind::Int));
                format!(
                    "insert into c (k, v) values ({k}, {v}), ({other}, {literal}) on conflict do nothing;"
                )
            }
            6 => {
                let condition = self.condition(2, &vec![("g.".to_owned(), 'a')]);
                let (function, value) =
                    (self.numbers.word(&["min", "max", "sum", "count"]), self.numbers.word(&["g.n", "g.m"]));
                let distinct = if matches!(function, "sum" | "count") {
                    self.numbers.word(&["", "distinct "])
                } else {
                    ""
                };
                format!(
                    "insert into c (k, v) select coalesce(g.s, \"none\"), {function}({distinct}{value}) from a as g where \
                     {condition} group by g.s having count(*) >= 1 order by g.s on conflict do nothing;"
                )
            }
            _ => {
                let (from, names, own) = self.source(2);
                let (k, v) = (self.value(Kind::Text, 2, &own), self.value(Kind::Int, 2, &own));
                let condition = self.condition(2, &names);
                let order: Vec<String> = own.iter().map(|(p, _)| format!("{p}id")).collect();
                format!(
                    "insert into c (k, v) select {k}, {v} from {from} where {condition} order by {} on conflict do nothing;",
                    order.join(", ")
                )
            }
        }
    }
}

#[test]
fn both_databases_end_with_the_same_rows() {
    let count = std::env::var("MIGRATE_RANDOM").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let (db, postgres) = (sqlite(), Postgres::start());
    let mut wrong = Vec::new();
    let mut moved = 0;
    let mut before = Rows::new();
    for block in 0..usize::div_ceil(count, 100) {
        let mut texts = Vec::new();
        for case in 0..100_u64 {
            let seed = (block as u64 * 100 + case + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut maker = Maker { numbers: Numbers::behind(seed | 1), aliases: 0 };
            (0..8).for_each(|_| {
                maker.numbers.below(2);
            });
            texts.push((0..2).map(|_| maker.statement()).collect::<Vec<_>>().join("\n        "));
        }
        let migrations = compiled(&texts);
        if before.is_empty() {
            run(&migrations[0], &db, &postgres).unwrap();
            for sql in ROWS {
                db.execute_batch(sql).unwrap();
                postgres.batch(sql).unwrap();
            }
            before = rows(|sql| sqlite_rows(&db, sql));
        }
        for (case, migration) in migrations[1..].iter().enumerate() {
            db.execute_batch("BEGIN").unwrap();
            postgres.batch("BEGIN").unwrap();
            let told = match run(migration, &db, &postgres) {
                Ok(()) => {
                    let (a, b) = (rows(|sql| sqlite_rows(&db, sql)), rows(|sql| postgres.rows(sql)));
                    moved += usize::from(a != before);
                    (a != b).then(|| differences(&a, &b))
                }
                Err(told) => told,
            };
            db.execute_batch("ROLLBACK").unwrap();
            postgres.batch("ROLLBACK").unwrap();
            if let Some(told) = told {
                let sql = |d| {
                    works(migration, d).iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join("\n    ")
                };
                wrong.push(format!(
                    "{}: {told}\n        {}\n    {}\n    {}",
                    block * 100 + case,
                    texts[case],
                    sql(Dialect::Sqlite),
                    sql(Dialect::Postgres)
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n\n")
    );
    assert!(moved > count / 3, "{moved} of {count} did something");
}

fn compiled(texts: &[String]) -> Vec<Migration> {
    let mut text = TABLES.to_owned();
    for (i, statements) in texts.iter().enumerate() {
        let _ =
            writeln!(text, "migration m{}_rows {{ up {{ {statements} }} down irreversible \"x\"; }}", i + 1);
    }
    let outcome = compile(files::inline_text("mod.rs", &text).expect("Rust tokens"));
    let told: Vec<String> = (outcome.diagnostics.iter().take(5))
        .map(|d| {
            let token = outcome.sources.bodies[0].tokens.get(d.loc.first as usize);
            let line = text.lines().nth(token.map_or(0, |t| t.start.line as usize) - 1).unwrap_or("");
            format!("{}\n    {line}", d.text())
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    outcome.compiled.migrations
}

fn works(migration: &Migration, dialect: Dialect) -> Vec<Work> {
    migration.script(dialect).expect("a script").up.iter().map(|p| p.work.clone()).collect()
}

/// Runs the migration on both; an error on one of them alone is told.
fn run(migration: &Migration, db: &rusqlite::Connection, postgres: &Postgres) -> Result<(), Option<String>> {
    let text = |work: &Work| match work {
        Work::Statement(sql) | Work::Native(sql) => sql.clone(),
        Work::Rebuild(rebuild) => panic!("a rebuild of {}", rebuild.table),
        other => panic!("{other:?}"),
    };
    let lite = works(migration, Dialect::Sqlite)
        .iter()
        .try_for_each(|w| db.execute_batch(&text(w)).map_err(|e| e.to_string()));
    let pg = works(migration, Dialect::Postgres).iter().try_for_each(|w| postgres.batch(&text(w)));
    match (lite, pg) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(_), Err(_)) => Err(None),
        (lite, pg) => Err(Some(format!("{lite:?}, {pg:?}"))),
    }
}

const QUERIES: [&str; 2] =
    ["SELECT id, n, m, x, s, t, b, d, day, kind FROM a ORDER BY id", "SELECT a_id, k, v FROM c"];

type Rows = Vec<Vec<String>>;

/// All rows, each value in one form.
fn rows(mut query: impl FnMut(&str) -> Result<Rows, String>) -> Rows {
    let mut all = Vec::new();
    for sql in QUERIES {
        let mut rows = query(sql).unwrap();
        for row in rows.iter_mut().filter(|row| row.len() > 3) {
            for number in [3, 7] {
                if let Ok(value) = row[number].parse::<f64>() {
                    row[number] = format!("{}", (value * 1e6).round() / 1e6 + 0.0);
                }
            }
            row[6] = row[6].replace('t', "1").replace('f', "0");
        }
        rows.sort();
        all.extend(rows);
    }
    all
}

fn differences(a: &[Vec<String>], b: &[Vec<String>]) -> String {
    let only = |x: &[Vec<String>], y: &[Vec<String>]| {
        x.iter()
            .filter(|row| !y.contains(row))
            .take(2)
            .map(|row| row.join("|"))
            .collect::<Vec<_>>()
            .join(" ; ")
    };
    format!("SQLite alone {} / PostgreSQL alone {}", only(a, b), only(b, a))
}
