//! Functions of a PostgreSQL database that name what a migration takes away. PostgreSQL keeps their texts, and reads them when
//! they are called.

use migrate_core::plan::Gone;
use tokio_postgres::SimpleQueryMessage;

use super::session::Session;

/// A function in one of the languages whose texts hold SQL.
pub struct Function {
    /// Its name with its schema and arguments, as PostgreSQL writes it.
    pub name: String,
    text: String,
    of_trigger: bool,
}

/// Those whose bodies PostgreSQL follows by itself have no text; an extension keeps its own right.
const FUNCTIONS: &str = "SELECT p.oid::regprocedure, p.prosrc, p.prorettype = 'trigger'::regtype FROM pg_proc AS p JOIN \
    pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang WHERE l.lanname IN ('sql', \
    'plpgsql') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t' AND NOT EXISTS (SELECT \
    FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') ORDER BY 1";

/// All of a database; SQLite has none. A database that does not answer keeps no plan from being shown.
pub fn functions(session: &Session) -> Vec<Function> {
    let Session::Postgres { runtime, client } = session else { return Vec::new() };
    let rows = runtime.block_on(client.simple_query(FUNCTIONS)).unwrap_or_default();
    let function = |message| match message {
        SimpleQueryMessage::Row(row) => Some(Function {
            name: row.get(0)?.to_owned(),
            text: row.get(1)?.to_owned(),
            of_trigger: row.get(2) == Some("t"),
        }),
        _ => None,
    };
    rows.into_iter().filter_map(function).collect()
}

impl Function {
    /// Whether it names that.
    pub fn names(&self, gone: &Gone) -> bool {
        gone.stands_in(&self.text, self.of_trigger)
    }
}
