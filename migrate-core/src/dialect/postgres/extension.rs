//! Extensions (<https://www.postgresql.org/docs/current/sql-createextension.html>).
//!
//! An extension belongs to the database and not to a schema: it may be there already, made by a history in another schema
//! or by whoever runs the server, and what it brought stands where they said.

use super::super::sql::Sql;
use super::{new, view};
use crate::schema::Extension;

/// Makes the extension where the database does not have it, and says so where names of it would not be found.
pub(super) fn create(extension: &Extension) -> Vec<Sql> {
    let mut works = Vec::new();
    let mut sql = new();
    sql.words("CREATE EXTENSION IF NOT EXISTS").ident(&extension.name);
    if let Some(schema) = &extension.schema {
        works.push(create_schema(schema));
        sql.words("SCHEMA").ident(schema);
    }
    works.push(sql);
    works.push(find(&extension.name));
    works
}

/// Nothing that needs it goes along: then PostgreSQL refuses. Another history may have dropped it before.
pub(super) fn drop(name: &str) -> Sql {
    let mut sql = new();
    sql.words("DROP EXTENSION IF EXISTS").ident(name);
    sql
}

/// `CREATE SCHEMA IF NOT EXISTS` asks for the right to make one even where it exists.
fn create_schema(schema: &str) -> Sql {
    let mut body = new();
    body.words("BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname =")
        .string(schema)
        .suffix(") THEN CREATE SCHEMA")
        .ident(schema)
        .suffix("; END IF; END");
    block(body)
}

/// Fails where the extension stands in a schema out of sight. One that says itself where it stands is not meant to be
/// found by plain names.
fn find(name: &str) -> Sql {
    let mut body = new();
    body.words("DECLARE place text;\nBEGIN\n  SELECT n.nspname INTO place FROM pg_catalog.pg_extension AS e\n  JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace\n  LEFT JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = e.extname AND v.version = e.extversion\n  WHERE e.extname =")
        .string(name)
        .words("AND v.schema IS NULL AND n.nspname <> ALL (pg_catalog.current_schemas(true));\n  IF FOUND THEN\n    RAISE EXCEPTION")
        .string("the extension % is in the schema %, where names are not looked for")
        .suffix(",")
        .string(name)
        .suffix(", place\n      USING ERRCODE = ")
        .string("invalid_schema_name")
        .suffix(", HINT = ")
        .string("name that schema in search_also")
        .suffix(";\n  END IF;\nEND")
        ;
    block(body)
}

fn block(body: Sql) -> Sql {
    let mut sql = new();
    sql.words("DO").words(&view::dollars(&format!("\n{}\n", body.into_text())));
    sql
}
