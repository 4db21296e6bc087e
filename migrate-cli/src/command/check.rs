//! `migrate check`: the history is sound, and runs up, down and up again on databases of its own.

use super::counted;
use crate::args::{Check, Common, Format};
use crate::database::session::{self, Session};
use crate::database::{self, Database, Server, scratch};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::proof::prove;
use crate::render::{self, Finding, json};
use crate::source::{self, Loaded};
use crate::{history, output::result, verify};
use migrate_core::compile::Piece;
use migrate_core::dialect::Work;
use migrate_core::target::Dialect;
use migrate_testing::{Called, Proof};

pub fn run(common: &Common, args: &Check) -> Result<(), Failure> {
    let server = args.database_url.as_deref().map(server).transpose()?;
    let loaded = source::load(common)?;
    if server.is_some() {
        loaded.must_run_on(Dialect::Postgres)?;
    }
    refuse(common, &loaded)?;
    match prove_all(&loaded, server.as_ref()) {
        Ok(proofs) => say(common, &loaded, &proofs),
        Err(failure) => Err(told(common, &loaded, failure)),
    }
}

/// Says what the databases' own code refuses, at its statement and in the words of the language, as the macros do with the feature for it.
fn refuse(common: &Common, loaded: &Loaded) -> Result<(), Failure> {
    let refused = verify::refused(&loaded.compiled, &loaded.sources);
    if refused.is_empty() {
        return Ok(());
    }
    let refused = render::findings(&refused, &loaded.sources, &loaded.texts);
    // People have read the warnings by now.
    let findings = match common.format {
        Format::Text => refused,
        Format::Json => [loaded.warnings.clone(), refused].concat(),
    };
    source::say(common, &findings, &loaded.texts)?;
    Err(Failure::said(Exit::Refused))
}

/// A PostgreSQL database, named by the argument.
fn server(url: &str) -> Result<(Database, Server), Failure> {
    let database = database::parse(url, "the database URL")?;
    match &database {
        Database::Postgres(server) => {
            let server = (**server).clone();
            Ok((database, server))
        }
        Database::Sqlite(_) => Err(Failure::input("`check` takes a PostgreSQL URL alone")
            .help("on SQLite it runs in memory, without being asked")),
    }
}

fn prove_all(loaded: &Loaded, server: Option<&(Database, Server)>) -> Result<Vec<Proof>, Failure> {
    let history = history::leak(&loaded.compiled);
    let mut proofs = Vec::new();
    if loaded.compiled.options.has(Dialect::Sqlite) {
        let connection = rusqlite::Connection::open_in_memory()
            .map_err(|error| Failure::database(format!("cannot open a database in memory: {error}")))?;
        proofs.push(prove(&mut Session::Sqlite(connection), loaded, history, None)?);
    }
    if let Some((database, server)) = server {
        refuse_dropped_extensions(loaded, database, server)?;
        // In this order, so that the session ends before its schema is dropped.
        let (scratch, mut session) = scratch::create(database, server, &loaded.compiled.options)?;
        proofs.push(prove(&mut session, loaded, history, Some(scratch.schema()))?);
        drop(session);
    }
    Ok(proofs)
}

/// A schema of its own does not keep extensions apart: they are the database's, with the rows that some of them hold.
fn refuse_dropped_extensions(loaded: &Loaded, database: &Database, server: &Server) -> Result<(), Failure> {
    let compiled = &loaded.compiled;
    let scripts = compiled.migrations.iter().filter_map(|m| m.script(Dialect::Postgres));
    let drops = |pieces: &[Piece]| {
        pieces.iter().any(|p| matches!(&p.work, Work::Statement(sql) if sql.starts_with("DROP EXTENSION")))
    };
    let mut scripts = scripts.map(|s| drops(&s.up) || drops(s.down.pieces()));
    if !scripts.any(|drops| drops) {
        return Ok(());
    }
    let (runtime, client) = session::postgres(database, server)?;
    let rows = runtime.block_on(client.query("SELECT extname::text FROM pg_catalog.pg_extension", &[]));
    let rows = rows.map_err(|error| {
        Failure::database(format!("cannot read the extensions of {database}: {}", session::reason(&error)))
    })?;
    let there: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let schemas = compiled.migrations.iter().map(|m| &m.before).chain([&compiled.schema]);
    match schemas.flat_map(|s| s.extensions()).find(|e| there.contains(&e.name)) {
        None => Ok(()),
        Some(extension) => {
            let message =
                format!("the check could drop the extension `{}`, which {database} has", extension.name);
            Err(Failure::refused(message).help("name a database without it"))
        }
    }
}

fn say(common: &Common, loaded: &Loaded, proofs: &[Proof]) -> Result<(), Failure> {
    if common.format == Format::Json {
        return output::json(&json::render(&loaded.warnings));
    }
    let mut line = format!("{}: sound", counted(loaded.compiled.migrations.len(), "migration"));
    for dialect in loaded.compiled.options.dialects() {
        let what = match proofs.iter().find(|p| p.dialect == dialect) {
            Some(Proof { stopped: None, .. }) => "up, down, up",
            Some(Proof { stopped: Some(_), .. }) => "up, down, up as far as it goes without the application",
            None => "not run (`-D postgres://..` runs it in a scratch schema)",
        };
        line.push_str(&format!("; {}: {what}", dialect.title()));
    }
    line.push('\n');
    let asked = proofs.iter().any(|p| p.dialect == Dialect::Postgres);
    if !asked && verify::leaves_unread(&loaded.compiled, &loaded.sources) {
        line.push_str(
            "raw SQL for PostgreSQL was not parsed: the feature `postgres-parser` of `migrate-cli` has the parser\n",
        );
    }
    for proof in proofs {
        for name in &proof.irreversible {
            let title = proof.dialect.title();
            line.push_str(&format!("`{name}` is irreversible: its way down was not run on {title}\n"));
        }
        let title = proof.dialect.title();
        for Called { migration: name, function } in &proof.called_back {
            line.push_str(&format!("`{name}` goes down by `{function}`, which was not run on {title}\n"));
        }
        if let Some(Called { migration: name, function }) = &proof.stopped {
            line.push_str(&format!(
                "`{name}` calls `{function}` of the application: it and what follows were not run on {title}\n"
            ));
        }
    }
    result(&line)
}

/// What failed, among the warnings, where a program reads it.
fn told(common: &Common, loaded: &Loaded, mut failure: Failure) -> Failure {
    if common.format == Format::Text || failure.exit != Exit::Refused {
        return failure;
    }
    let Some(finding) = failure.take_finding() else { return failure };
    let findings: Vec<Finding> = loaded.warnings.iter().cloned().chain([finding]).collect();
    match output::json(&json::render(&findings)) {
        Ok(()) => failure,
        Err(unwritten) => unwritten,
    }
}
