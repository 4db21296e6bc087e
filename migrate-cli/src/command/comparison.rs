//! A database beside what migrations would make of it.
//!
//! Comes in: a session, and how many migrations the database is said to have. Goes out: nothing, or a failure that lists what
//! differs. What is done then, the commands know.

use migrate_core::inspect::{self, Change};

use crate::args::Connect;
use crate::database::session::Session;
use crate::failure::{Exit, Failure};
use crate::proof;
use crate::render::Finding;
use crate::source::Loaded;

/// Where other tools keep their histories: no part of what the migrations make.
const HISTORIES_OF_OTHERS: [&str; 8] = [
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "refinery_schema_history",
    "flyway_schema_history",
    "seaql_migrations",
    "__drizzle_migrations",
    "schema_migrations",
    "alembic_version",
];

/// A database that is not what it is said to be.
pub struct Difference {
    /// What differs.
    pub failure: Failure,
    /// Whether it has no tables at all.
    pub nothing_there: bool,
}

/// Compares a database with what the first so many migrations make.
pub fn compare(
    session: &mut Session,
    loaded: &Loaded,
    count: usize,
    connect: &Connect,
) -> Result<Option<Difference>, Failure> {
    let compiled = &loaded.compiled;
    let dialect = session.dialect();
    let folded = compiled.schema_after(count);
    let schema = connect.schema.as_deref().or(compiled.options.postgres_schema());
    let also = compiled.options.search_also().iter().chain(&connect.search_also);
    session.look_into(schema, also)?;
    let expected = inspect::seen(dialect, folded, &compiled.options);
    let answers = proof::answers(session, dialect)?;
    let mut left_out = vec![connect.table.as_str()];
    left_out.extend(HISTORIES_OF_OTHERS);
    let (found, _) = inspect::read(dialect, &answers, &left_out);
    let mut differences = inspect::differences(&expected, &found);
    // What raw SQL made is not known.
    let native = migrate_testing::has_native(compiled, dialect);
    differences.retain(|d| !(native && d.change == Change::Extra));
    if differences.is_empty() {
        return Ok(None);
    }
    let after = compiled.migrations.get(count.wrapping_sub(1)).map_or("nothing", |m| m.name.as_str());
    let mut finding =
        Finding::error(format!("the database is not what the migrations up to `{after}` make of it"));
    finding.notes = differences.iter().map(ToString::to_string).collect();
    let failure = Failure::shown(Exit::Refused, finding);
    Ok(Some(Difference { failure, nothing_there: found.tables().next().is_none() }))
}
