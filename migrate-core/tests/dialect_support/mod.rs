//! What the dialect's tests share: short ways to build tables, an in-memory SQLite, a PostgreSQL of their own.

#![allow(dead_code, reason = "each test uses a part")]

use migrate_core::dialect::{self, Rebuild, Unsupported, Work};
use migrate_core::schema::expr::{ExprKind, Family, Function};
use migrate_core::schema::{
    Action, Change, Check, Column, ConstraintName, Default, Expr, ForeignKey, Index, IndexKey, Literal,
    Operator, PrimaryKey, Schema, Step, Table, Type, Unique,
};
use migrate_core::target::{Dialect, Options};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

// Tables.

pub fn column(name: &str, ty: Type) -> Column {
    Column {
        name: name.into(),
        ty,
        null: false,
        default: None,
        autoincrement: None,
        collate: None,
        comment: None,
    }
}

pub fn null(name: &str, ty: Type) -> Column {
    Column {
        null: true,
        ..column(name, ty)
    }
}

pub fn with_default(column: Column, default: Default) -> Column {
    Column {
        default: Some(default),
        ..column
    }
}

pub fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        name: name.into(),
        columns,
        ..Table::default()
    }
}

pub fn keyed(table: Table, columns: &[&str]) -> Table {
    let name = format!("{}_pkey", table.name);
    Table {
        primary_key: Some(PrimaryKey {
            name: ConstraintName::derived(name),
            columns: strings(columns),
        }),
        ..table
    }
}

pub fn foreign_key(name: &str, columns: &[&str], table: &str, to: &[&str], on_delete: Action) -> ForeignKey {
    ForeignKey {
        name: ConstraintName::derived(name),
        columns: strings(columns),
        ref_table: table.into(),
        ref_columns: strings(to),
        on_delete,
        on_update: Action::NoAction,
        deferrable: false,
    }
}

pub fn index(name: &str, columns: &[&str]) -> Index {
    Index {
        name: name.into(),
        unique: false,
        keys: columns
            .iter()
            .map(|c| IndexKey {
                expr: Expr::column(*c, Family::Text),
                descending: false,
            })
            .collect(),
        condition: None,
    }
}

pub fn unique(name: &str, columns: &[&str]) -> Unique {
    Unique {
        name: ConstraintName::derived(name),
        columns: strings(columns),
    }
}

pub fn check(name: &str, expr: Expr) -> Check {
    Check {
        name: ConstraintName::derived(name),
        expr,
        of_enum: None,
    }
}

pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| t.to_string()).collect()
}

pub fn schema(tables: &[&Table]) -> Schema {
    tables.iter().map(|t| (*t).clone()).collect()
}

// Expressions.

pub fn expr(kind: ExprKind, family: Family) -> Expr {
    Expr { kind, family }
}

pub fn text(value: &str) -> Expr {
    expr(ExprKind::Literal(Literal::Text(value.into())), Family::Text)
}

pub fn int(value: i128) -> Expr {
    expr(ExprKind::Literal(Literal::Integer(value)), Family::Integer)
}

pub fn real(value: &str) -> Expr {
    expr(ExprKind::Literal(Literal::Real(value.into())), Family::Real)
}

pub fn nothing() -> Expr {
    expr(ExprKind::Literal(Literal::Null), Family::Null)
}

pub fn col(name: &str, family: Family) -> Expr {
    Expr::column(name, family)
}

pub fn binary(op: Operator, left: Expr, right: Expr) -> Expr {
    let family = match op.precedence() {
        0..=4 => Family::Boolean,
        _ => left.family,
    };
    expr(
        ExprKind::Binary {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
        family,
    )
}

pub fn not(value: Expr) -> Expr {
    expr(ExprKind::Not(Box::new(value)), Family::Boolean)
}

pub fn call(function: Function, arguments: Vec<Expr>) -> Expr {
    let family = match function {
        Function::Length => Family::Integer,
        _ => arguments[0].family,
    };
    expr(ExprKind::Call { function, arguments }, family)
}

pub fn cast(value: Expr, ty: Type) -> Expr {
    let family = ty.family();
    expr(
        ExprKind::Cast {
            value: Box::new(value),
            ty,
        },
        family,
    )
}

pub fn like(value: Expr, pattern: &str) -> Expr {
    expr(
        ExprKind::Like {
            value: Box::new(value),
            pattern: pattern.into(),
            not: false,
        },
        Family::Boolean,
    )
}

pub fn between(value: Expr, low: Expr, high: Expr) -> Expr {
    expr(
        ExprKind::Between {
            value: Box::new(value),
            low: Box::new(low),
            high: Box::new(high),
            not: false,
        },
        Family::Boolean,
    )
}

// Steps.

pub fn alter(table: &str, recreate: bool, changes: Vec<Change>) -> Step {
    Step::AlterTable {
        table: table.into(),
        recreate,
        changes,
    }
}

pub fn lower(
    dialect: Dialect,
    step: &Step,
    before: &Schema,
    after: &Schema,
) -> Result<Vec<Work>, Unsupported> {
    dialect::lower(dialect, step, before, after, &Options::default())
}

/// The statements of a step that has no rebuild.
pub fn statements(dialect: Dialect, step: &Step, before: &Schema, after: &Schema) -> Vec<String> {
    let works = lower(dialect, step, before, after).expect("the step is supported");
    works
        .into_iter()
        .map(|work| match work {
            Work::Statement(sql) | Work::Native(sql) => sql,
            Work::Rebuild(rebuild) => panic!("a rebuild of {}", rebuild.table),
        })
        .collect()
}

// SQLite.

pub fn sqlite() -> rusqlite::Connection {
    let db = rusqlite::Connection::open_in_memory().expect("a database in memory");
    db.pragma_update(None, "foreign_keys", true)
        .expect("foreign keys");
    db
}

pub fn run_sqlite(db: &rusqlite::Connection, works: &[Work]) {
    for work in works {
        match work {
            Work::Statement(sql) | Work::Native(sql) => {
                db.execute_batch(sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
            }
            Work::Rebuild(rebuild) => run_rebuild(db, rebuild),
        }
    }
}

/// The parts of a rebuild in the order of SQLite's manual, as the runtime runs them.
fn run_rebuild(db: &rusqlite::Connection, rebuild: &Rebuild) {
    let rowid = if rebuild.keep_rowid { "rowid, " } else { "" };
    let quote = |name: &String| format!("`{}`", name.replace('`', "``"));
    let (table, work_table) = (quote(&rebuild.table), quote(&rebuild.work_table));
    let columns: Vec<String> = rebuild.copy_columns.iter().map(quote).collect();
    let copy = format!(
        "INSERT INTO main.{work_table} ({rowid}{}) SELECT {rowid}{} FROM main.{table}",
        columns.join(", "),
        rebuild.copy_values.join(", "),
    );
    let mut script = vec![
        "PRAGMA foreign_keys=OFF".to_owned(),
        "BEGIN IMMEDIATE".to_owned(),
        rebuild.create.clone(),
        copy,
        format!("DROP TABLE main.{table}"),
        "PRAGMA legacy_alter_table=ON".to_owned(),
        format!("ALTER TABLE main.{work_table} RENAME TO {table}"),
        "PRAGMA legacy_alter_table=OFF".to_owned(),
    ];
    script.extend(rebuild.indexes.iter().cloned());
    script.push("COMMIT".to_owned());
    script.push("PRAGMA foreign_keys=ON".to_owned());
    for sql in script {
        db.execute_batch(&sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
    }
}

/// Rows of a query, each value as text, `NULL` for none.
pub fn sqlite_rows(db: &rusqlite::Connection, sql: &str) -> Result<Vec<Vec<String>>, String> {
    let mut statement = db.prepare(sql).map_err(|e| format!("{e}: {sql}"))?;
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..width)
            .map(|i| {
                use rusqlite::types::ValueRef::*;
                Ok(match row.get_ref(i)? {
                    Null => "NULL".to_owned(),
                    Integer(n) => n.to_string(),
                    Real(x) => x.to_string(),
                    Text(t) => String::from_utf8_lossy(t).into_owned(),
                    Blob(b) => b.iter().map(|b| format!("{b:02x}")).collect(),
                })
            })
            .collect()
    });
    rows.and_then(Iterator::collect)
        .map_err(|e| format!("{e}: {sql}"))
}

// PostgreSQL.

/// A server of its own, stopped and removed with the value.
pub struct Postgres {
    directory: PathBuf,
    programs: PathBuf,
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
}

impl Postgres {
    pub fn start(name: &str) -> Postgres {
        let directory = std::env::temp_dir().join(format!("migrate-core-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        if is_root() {
            let status = Command::new("chown").arg("postgres").arg(&directory).status();
            assert!(status.is_ok_and(|s| s.success()), "chown {}", directory.display());
        }
        let programs = programs();
        let data = directory.join("data");
        run(
            &programs.join("initdb"),
            &[
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
                "-D",
            ],
            &data,
        );
        let socket = format!("-k {} -c listen_addresses='' -c fsync=off", directory.display());
        run(
            &programs.join("pg_ctl"),
            &["-w", "-s", "-l", "/dev/null", "-o", &socket, "start", "-D"],
            &data,
        );
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = format!("host={} user=postgres dbname=postgres", directory.display());
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&config, tokio_postgres::NoTls)
                .await
                .expect("a connection");
            tokio::spawn(connection);
            client
        });
        Postgres {
            directory,
            programs,
            runtime,
            client,
        }
    }

    pub fn host(&self) -> &Path {
        &self.directory
    }

    pub fn batch(&self, sql: &str) -> Result<(), String> {
        self.runtime
            .block_on(self.client.batch_execute(sql))
            .map_err(|e| format!("{}\n{sql}", described(&e)))
    }

    pub fn run(&self, works: &[Work]) {
        for work in works {
            match work {
                Work::Statement(sql) | Work::Native(sql) => self.batch(sql).unwrap_or_else(|e| panic!("{e}")),
                Work::Rebuild(_) => panic!("PostgreSQL never rebuilds"),
            }
        }
    }

    /// Rows of a query, each value as text, `NULL` for none.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let messages = self
            .runtime
            .block_on(self.client.simple_query(sql))
            .map_err(|e| format!("{}\n{sql}", described(&e)))?;
        let rows = messages.into_iter().filter_map(|m| match m {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|i| row.get(i).unwrap_or("NULL").to_owned())
                    .collect(),
            ),
            _ => None,
        });
        Ok(rows.collect())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        run(
            &self.programs.join("pg_ctl"),
            &["-s", "-m", "immediate", "stop", "-D"],
            &self.directory.join("data"),
        );
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn described(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |e| e.message().to_owned())
}

/// PostgreSQL refuses to run as root.
fn run(program: &Path, arguments: &[&str], data: &Path) {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    let status = command
        .args(arguments)
        .arg(data)
        .current_dir("/")
        .stdout(Stdio::null())
        .status();
    assert!(status.is_ok_and(|s| s.success()), "{} failed", program.display());
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout == b"0\n"
}

/// Where `initdb` lives: beside `pg_config`, or Debian's newest.
fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|path| path.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| {
        let output = Command::new("pg_config")
            .arg("--bindir")
            .output()
            .expect("PostgreSQL's programs");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}
