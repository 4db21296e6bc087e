//! PostgreSQL: what to ask, and what the answers say.

pub(crate) mod read;
pub(crate) mod types;

use super::Query;

/// Only columns of the catalogs that PostgreSQL 13 has. What belongs to an extension stays out.
pub(crate) const QUERIES: [Query; 9] = [
    Query {
        name: "relations",
        sql: "SELECT c.relname::text, c.relkind::text, c.relispartition::text, c.relpersistence::text, \
              c.relrowsecurity::text, obj_description(c.oid, 'pg_class'), \
              EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)::text, \
              CASE WHEN c.relkind = 'm' THEN pg_get_viewdef(c.oid) END \
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass \
              AND d.objid = c.oid AND d.objsubid = 0 \
              AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))) \
              ORDER BY c.relname",
    },
    Query {
        name: "columns",
        sql: "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, \
              pg_get_expr(v.adbin, v.adrelid), a.attidentity::text, a.attgenerated::text, \
              (SELECT l.collname::text FROM pg_catalog.pg_collation l \
              WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation), \
              EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid \
              WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND s.relkind = 'S' \
              AND d.deptype = 'a' AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)::text, \
              col_description(c.oid, a.attnum) \
              FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
              LEFT JOIN pg_catalog.pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum \
              WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 \
              AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
    },
    Query {
        name: "constraints",
        sql: "SELECT c.relname::text, k.conname::text, k.contype::text, \
              CASE WHEN m.nspname = current_schema() THEN r.relname::text \
              ELSE m.nspname::text || '.' || r.relname::text END, \
              k.confupdtype::text, k.confdeltype::text, k.confmatchtype::text, k.condeferrable::text, \
              k.condeferred::text, pg_get_expr(k.conbin, k.conrelid), pg_get_constraintdef(k.oid) \
              FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid \
              LEFT JOIN pg_catalog.pg_namespace m ON m.oid = r.relnamespace \
              WHERE n.nspname = current_schema() AND k.contype IN ('p', 'u', 'f', 'c', 'x') \
              ORDER BY c.relname, k.conname",
    },
    Query {
        name: "constraint_columns",
        sql: "SELECT c.relname::text, k.conname::text, a.attname::text, f.attname::text \
              FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (here, there, place) \
              JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.here \
              LEFT JOIN pg_catalog.pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = u.there \
              WHERE n.nspname = current_schema() AND k.contype IN ('p', 'u', 'f') \
              ORDER BY c.relname, k.conname, u.place",
    },
    Query {
        name: "indexes",
        sql: "SELECT c.relname::text, x.relname::text, i.indisunique::text, i.indisvalid::text, m.amname::text, \
              pg_get_expr(i.indpred, i.indrelid), pg_get_indexdef(i.indexrelid) \
              FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
              JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k \
              WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
              ORDER BY c.relname, x.relname",
    },
    Query {
        name: "index_keys",
        sql: "SELECT c.relname::text, x.relname::text, a.attname::text, pg_get_indexdef(i.indexrelid, p.place, false), \
              i.indoption[p.place - 1]::text, CASE WHEN NOT o.opcdefault THEN o.opcname::text END, \
              (SELECT l.collname::text FROM pg_catalog.pg_collation l \
              WHERE l.oid = i.indcollation[p.place - 1] AND l.oid <> a.attcollation), \
              (p.place > i.indnkeyatts)::text \
              FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
              JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              CROSS JOIN LATERAL generate_series(1, i.indnatts::integer) AS p (place) \
              LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[p.place - 1] \
              LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND i.indkey[p.place - 1] <> 0 \
              AND a.attnum = i.indkey[p.place - 1] \
              WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
              ORDER BY c.relname, x.relname, p.place",
    },
    Query {
        name: "others",
        sql: "SELECT 'trigger', c.relname::text, t.tgname::text, NULL \
              FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = current_schema() AND NOT t.tgisinternal \
              UNION ALL \
              SELECT 'rule', c.relname::text, r.rulename::text, pg_get_ruledef(r.oid) \
              FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = current_schema() AND r.rulename <> '_RETURN' \
              UNION ALL \
              SELECT 'policy', c.relname::text, p.polname::text, NULL \
              FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() \
              UNION ALL \
              SELECT 'type', NULL, t.typname::text, NULL \
              FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
              LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid \
              WHERE n.nspname = current_schema() AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') \
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_type'::regclass \
              AND d.objid = t.oid AND d.deptype = 'e') \
              UNION ALL \
              SELECT 'function', NULL, p.proname::text || '(' || pg_get_function_identity_arguments(p.oid) || ')', \
              CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END \
              FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
              WHERE n.nspname = current_schema() \
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_proc'::regclass \
              AND d.objid = p.oid AND d.deptype IN ('e', 'i')) \
              ORDER BY 1, 2, 3",
    },
    Query {
        name: "view_columns",
        sql: "SELECT c.relname::text, a.attname::text \
              FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = current_schema() AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped \
              ORDER BY c.relname, a.attnum",
    },
    Query { name: "extensions", sql: "SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1" },
];
