//! Schema facts of a live database, read with plain queries that share no code with the project's own inspection, and
//! the facts that the files in `tests/facts/agor/` hold.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is on a database: for each table, one line for each column, key and index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
}

/// The history table is the runtime's.
const OURS: &str = "_migrations";

/// The facts after a migration, as the file of that name holds them.
pub fn expected(name: &str) -> Facts {
    let path = format!("{}/tests/facts/agor/{name}.sqlite.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tables = BTreeMap::new();
    for (name, table) in json["tables"].as_object().unwrap() {
        let mut facts = BTreeMap::new();
        let list = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().map(|v| v.as_str().unwrap().to_owned()).collect()
        };
        for column in table["columns"].as_array().unwrap() {
            let text = |key: &str| column[key].as_str().unwrap_or("").to_owned();
            let line =
                column_line(&text("type"), column["not_null"].as_bool().unwrap_or(false), &text("default"));
            facts.insert(format!("column {}", text("name")), line);
        }
        if let Some(key) = table.get("primary_key") {
            facts.insert("primary key".into(), list(&key["columns"]).join(","));
        }
        for key in table["foreign_keys"].as_array().into_iter().flatten() {
            let text = |name: &str| key[name].as_str().unwrap().to_owned();
            let (name, line) = key_line(
                &list(&key["columns"]),
                &text("ref_table"),
                &list(&key["ref_columns"]),
                &text("on_delete"),
                &text("on_update"),
            );
            facts.insert(name, line);
        }
        for (index, value) in table["indexes"].as_object().into_iter().flatten() {
            let unique = value["unique"].as_bool().unwrap_or(false);
            facts.insert(format!("index {index}"), index_line(unique, &list(&value["columns"])));
        }
        tables.insert(name.clone(), facts);
    }
    Facts { tables }
}

fn column_line(ty: &str, not_null: bool, default: &str) -> String {
    format!(
        "{ty}{}{}",
        if not_null { " not null" } else { "" },
        match default {
            "" => String::new(),
            default => format!(" default {default}"),
        }
    )
}

fn key_line(
    columns: &[String],
    table: &str,
    targets: &[String],
    delete: &str,
    update: &str,
) -> (String, String) {
    let name = format!("foreign key ({})", columns.join(","));
    (name, format!("{table} ({}) on delete {delete} on update {update}", targets.join(",")))
}

fn index_line(unique: bool, columns: &[String]) -> String {
    format!("{}({})", if unique { "unique " } else { "" }, columns.join(","))
}

impl Facts {
    /// Lines for what differs.
    pub fn differences(&self, found: &Facts) -> Vec<String> {
        let flat = |facts: &Facts| -> BTreeMap<String, String> {
            let tables = facts.tables.iter();
            tables.flat_map(|(t, f)| f.iter().map(move |(k, v)| (format!("{t}: {k}"), v.clone()))).collect()
        };
        let (expected, found) = (flat(self), flat(found));
        let mut lines = Vec::new();
        for (key, value) in &expected {
            match found.get(key) {
                None => lines.push(format!("- {key}: {value}")),
                Some(other) if other != value => lines.push(format!("~ {key}: {value}, found {other}")),
                Some(_) => {}
            }
        }
        lines.extend(
            found.iter().filter(|(k, _)| !expected.contains_key(*k)).map(|(k, v)| format!("+ {k}: {v}")),
        );
        lines
    }

    /// The same schema with the types of PostgreSQL: the application's own source says which texts are JSON and which
    /// integers are booleans.
    pub fn in_postgres(&self) -> Facts {
        let mut facts = self.clone();
        for table in facts.tables.values_mut() {
            for (key, line) in table.iter_mut() {
                let Some(column) = key.strip_prefix("column ") else { continue };
                *line = postgres_line(column, line);
            }
        }
        facts
    }
}

fn postgres_line(column: &str, line: &str) -> String {
    if let Some(value) = line.strip_prefix("integer not null default ") {
        let value = if value == "1" { "true" } else { "false" };
        return format!("boolean not null default {value}");
    }
    let json = matches!(column, "data" | "reactions");
    let (ty, rest) = line.split_once(' ').unwrap_or((line, ""));
    let ty = match ty {
        "text" if json => "jsonb",
        "text(36)" => "character varying(36)",
        "integer" => "bigint",
        other => other,
    };
    if rest.is_empty() { ty.to_owned() } else { format!("{ty} {rest}") }
}

/// The facts of an open SQLite database.
pub fn sqlite_facts(db: &rusqlite::Connection) -> Facts {
    let mut tables = BTreeMap::new();
    for table in
        strings(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'", "")
    {
        if table != OURS {
            let facts = sqlite_table(db, &table);
            tables.insert(table, facts);
        }
    }
    Facts { tables }
}

fn strings(db: &rusqlite::Connection, sql: &str, parameter: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    let parameters: &[&dyn rusqlite::ToSql] =
        if statement.parameter_count() == 1 { &[&parameter] } else { &[] };
    let rows = statement.query_map(parameters, |row| row.get::<_, Option<String>>(0)).unwrap();
    rows.map(|r| r.unwrap().unwrap_or_default()).collect()
}

fn sqlite_table(db: &rusqlite::Connection, table: &str) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut columns =
        db.prepare("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?1)").unwrap();
    let mut rows = columns.query([table]).unwrap();
    let mut key: Vec<(i64, String)> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let (name, ty): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
        let default: Option<String> = row.get(3).unwrap();
        let line = column_line(&ty.to_lowercase(), row.get(2).unwrap(), &default.unwrap_or_default());
        if row.get::<_, i64>(4).unwrap() > 0 {
            key.push((row.get(4).unwrap(), name.clone()));
        }
        facts.insert(format!("column {name}"), line);
    }
    key.sort();
    if !key.is_empty() {
        let columns: Vec<String> = key.into_iter().map(|(_, name)| name).collect();
        facts.insert("primary key".into(), columns.join(","));
    }
    let mut keys = db
        .prepare(
            "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1)",
        )
        .unwrap();
    let mut rows = keys.query([table]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let text = |i: usize| row.get::<_, String>(i).unwrap();
        let (name, line) =
            key_line(&[text(2)], &text(1), &[text(3)], &text(5).to_lowercase(), &text(4).to_lowercase());
        facts.insert(name, line);
    }
    for index in strings(db, "SELECT name FROM pragma_index_list(?1) WHERE origin = 'c'", table) {
        let columns = strings(db, "SELECT name FROM pragma_index_info(?1) ORDER BY seqno", &index);
        let unique: bool = db
            .query_row("SELECT \"unique\" FROM pragma_index_list(?1) WHERE name = ?2", [table, &index], |r| {
                r.get(0)
            })
            .unwrap();
        facts.insert(format!("index {index}"), index_line(unique, &columns));
    }
    facts
}

/// The rows of every table.
pub fn rows(db: &rusqlite::Connection) -> BTreeMap<String, i64> {
    sqlite_facts(db)
        .tables
        .into_keys()
        .map(|table| {
            let count = db.query_row(&format!("SELECT count(*) FROM `{table}`"), [], |r| r.get(0)).unwrap();
            (table, count)
        })
        .collect()
}

/// The facts of the current schema of a PostgreSQL database.
pub async fn postgres_facts(client: &tokio_postgres::Client) -> Facts {
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let columns = "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
        pg_get_expr(d.adbin, d.adrelid) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 \
        AND NOT a.attisdropped";
    for row in client.query(columns, &[]).await.unwrap() {
        let (table, name): (String, String) = (row.get(0), row.get(1));
        let default: Option<String> = row.get(4);
        let default =
            default.map(|d| d.split("::").next().unwrap_or_default().to_owned()).unwrap_or_default();
        let line = column_line(&row.get::<_, String>(2), row.get(3), &default);
        tables.entry(table).or_default().insert(format!("column {name}"), line);
    }
    let constraints = "SELECT c.conrelid::regclass::text, c.contype::text, \
        (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(c, n) \
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.c), c.confrelid::regclass::text, \
        (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(c, n) \
         JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.c), c.confdeltype::text, c.confupdtype::text \
        FROM pg_constraint c WHERE c.connamespace = current_schema()::regnamespace AND c.contype IN ('p', 'f')";
    let action = |c: String| match c.as_str() {
        "c" => "cascade",
        "n" => "set null",
        "d" => "set default",
        "r" => "restrict",
        _ => "no action",
    };
    for row in client.query(constraints, &[]).await.unwrap() {
        let (table, kind, columns): (String, String, Vec<String>) = (row.get(0), row.get(1), row.get(2));
        let facts = tables.entry(table).or_default();
        if kind == "p" {
            facts.insert("primary key".into(), columns.join(","));
        } else {
            let targets: Vec<String> = row.get(4);
            let (delete, update) = (action(row.get(5)), action(row.get(6)));
            let (name, line) = key_line(&columns, &row.get::<_, String>(3), &targets, delete, update);
            facts.insert(name, line);
        }
    }
    let indexes = "SELECT t.relname, i.relname, x.indisunique, \
        (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY k(c, n) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.c) \
        FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
        WHERE t.relnamespace = current_schema()::regnamespace AND NOT x.indisprimary";
    for row in client.query(indexes, &[]).await.unwrap() {
        let (table, index): (String, String) = (row.get(0), row.get(1));
        let columns: Vec<String> = row.get(3);
        tables.entry(table).or_default().insert(format!("index {index}"), index_line(row.get(2), &columns));
    }
    tables.remove(OURS);
    Facts { tables }
}
