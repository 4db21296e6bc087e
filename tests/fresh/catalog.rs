//! What a database tells of everything in it but rows, and the history table, as lines to compare.
//!
//! Plain queries of the databases' own catalogs: they share nothing with the project's inspection, and tell the names that it
//! looks away from, such as those of sequences and of the functions behind triggers. Texts are left to the inspection where the
//! same can be said in more than one way: SQLite's stored ones, lengths of its types, PostgreSQL's queries of views, and casts
//! of numbers in its expressions. The names that PostgreSQL 18 gives to NOT NULL are nobody's: no statement uses them.

use migrate_core::target::Dialect;

use crate::live::Live;

const SQLITE: &[&str] = &[
    "select type, name, tbl_name from sqlite_schema where tbl_name <> '_migrations' and name not like 'sqlite%'",
    "select s.name, t.wr, t.strict, x.cid, x.name, substr(x.type, 1, instr(x.type || '(', '(') - 1), x.\"notnull\", x.pk, x.hidden, x.dflt_value is null \
     from sqlite_schema s join pragma_table_list(s.name) t join pragma_table_xinfo(s.name) x where s.name <> \
     '_migrations' and s.name not like 'sqlite%' and s.type in ('table', 'view')",
    "select s.name, f.seq, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete from sqlite_schema s join \
     pragma_foreign_key_list(s.name) f",
    "select s.name, case i.origin when 'c' then i.name end, i.\"unique\", i.origin, i.partial, (select \
     group_concat(coalesce(x.name, '') || ' ' || x.desc || ' ' || x.coll || ' ' || x.\"key\") from \
     pragma_index_xinfo(i.name) x) from sqlite_schema s join pragma_index_list(s.name) i where s.name <> '_migrations'",
];

const POSTGRES: &[&str] = &[
    "select c.relkind, c.relname, obj_description(c.oid, 'pg_class') from pg_class c where c.relnamespace = \
     (select oid from pg_namespace where nspname = current_schema())",
    "select c.relname, row_number() over (partition by c.oid order by a.attnum), a.attname, \
     format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, \
     d.adrelid), (select l.collname from pg_collation l where l.oid = a.attcollation), col_description(c.oid, \
     a.attnum) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind not in ('i', 'I') left \
     join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where c.relnamespace = \
     (select oid from pg_namespace where nspname = current_schema())",
    "select conrelid::regclass, conname, contype, convalidated, condeferrable, condeferred, \
     regexp_replace(pg_get_constraintdef(oid), '\\((\\d+)\\)::\\w+', '\\1', 'g') from pg_constraint where contype <> 'n' and connamespace = \
     (select oid from pg_namespace where nspname = current_schema())",
    "select indexrelid::regclass, indisvalid, regexp_replace(pg_get_indexdef(indexrelid), '\\((\\d+)\\)::\\w+', '\\1', 'g') from pg_index join pg_class c on c.oid = \
     indexrelid where c.relnamespace = (select oid from pg_namespace where nspname = current_schema())",
    "select sequencename, data_type, start_value, min_value, max_value, increment_by, cycle, cache_size from \
     pg_sequences where schemaname = current_schema()",
    "select d.objid::regclass, d.deptype, d.refobjid::regclass, a.attname from pg_depend d join pg_class c on c.oid = \
     d.objid and c.relkind = 'S' join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid where \
     c.relnamespace = (select oid from pg_namespace where nspname = current_schema())",
    "select tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = \
     tgrelid where not tgisinternal and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())",
    "select proname, pg_get_functiondef(p.oid) from pg_proc p where pronamespace = (select oid from pg_namespace where nspname = current_schema()) and not \
     exists (select from pg_depend where objid = p.oid and deptype = 'e')",
    "select typname, typtype from pg_type where typnamespace = (select oid from pg_namespace where nspname = current_schema()) and typelem = 0",
    "select extname, extnamespace::regnamespace from pg_extension",
];

/// The lines, sorted.
pub fn catalog(live: &Live, dialect: Dialect) -> Result<Vec<String>, String> {
    let queries = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    };
    let mut lines = Vec::new();
    for (at, query) in queries.iter().enumerate() {
        for row in live.rows(query)? {
            let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("null")).collect();
            lines.push(format!("{at}: {}", cells.join(" | ")));
        }
    }
    lines.sort();
    Ok(lines)
}

/// The lines that one of them has alone.
pub fn differences(replayed: &[String], fresh: &[String]) -> Vec<String> {
    let alone = |a: &[String], b: &[String], word: &str| {
        a.iter().filter(|line| !b.contains(line)).map(|line| format!("{word} {line}")).collect::<Vec<_>>()
    };
    [alone(replayed, fresh, "replayed"), alone(fresh, replayed, "fresh   ")].concat()
}
