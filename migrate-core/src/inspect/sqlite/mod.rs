//! SQLite: what to ask, and what the answers say.

pub(crate) mod affinity;
pub(crate) mod read;
mod stored;

use super::Query;

/// Only pragmas that SQLite 3.35 has; the schema is `main`, so that attached and temporary tables stay out. Virtual
/// tables have no root page: their module may be missing, and a pragma on them would then fail
/// (<https://www.sqlite.org/pragma.html#pragfunc>).
pub(crate) const QUERIES: [Query; 5] = [
    Query { name: "objects", sql: "SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY rowid" },
    Query {
        name: "columns",
        sql: "SELECT m.name, c.name, c.type, CAST(c.\"notnull\" AS TEXT), CAST(c.dflt_value AS TEXT), \
              CAST(c.pk AS TEXT), CAST(c.hidden AS TEXT) \
              FROM main.sqlite_master AS m, pragma_table_xinfo(m.name, 'main') AS c \
              WHERE m.type = 'table' AND m.rootpage > 0 ORDER BY m.rowid, c.cid",
    },
    Query {
        name: "indexes",
        sql: "SELECT m.name, i.name, CAST(i.\"unique\" AS TEXT), i.origin, CAST(i.partial AS TEXT) \
              FROM main.sqlite_master AS m, pragma_index_list(m.name, 'main') AS i \
              WHERE m.type = 'table' AND m.rootpage > 0 ORDER BY m.rowid, i.seq DESC",
    },
    Query {
        name: "index_keys",
        sql: "SELECT m.name, i.name, k.name, CAST(k.\"desc\" AS TEXT), k.coll \
              FROM main.sqlite_master AS m, pragma_index_list(m.name, 'main') AS i, \
              pragma_index_xinfo(i.name, 'main') AS k \
              WHERE m.type = 'table' AND m.rootpage > 0 AND k.key = 1 ORDER BY m.rowid, i.seq, k.seqno",
    },
    Query {
        name: "foreign_keys",
        sql: "SELECT m.name, CAST(f.id AS TEXT), f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
              FROM main.sqlite_master AS m, pragma_foreign_key_list(m.name, 'main') AS f \
              WHERE m.type = 'table' AND m.rootpage > 0 ORDER BY m.rowid, f.id DESC, f.seq",
    },
];
