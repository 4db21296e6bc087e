//! Forms of an index that one of the databases cannot make.

migrate::history! {
    migration m0001_t {
        create table t {
            id: integer primary key,
            a: text,
            b: integer null,
            data: json,
            flag: boolean,
            index t_last (b nulls last),
            index t_first (b desc nulls first),
            index t_gin (a) using gin,
            index t_brin (flag) using brin,
            index t_order (data desc) using gin,
            index t_two (a, b) using hash,
            index t_beside (a) include (a),
            index t_hash (a) include (b) using hash,
            unique index t_unique (data) using gin,
            index t_here (a) include (b) only sqlite,
            index t_expr (lower(a) collate binary),
            index t_json (data),
            unique index t_nulls (b) nulls not distinct,
            unique index t_old (b) nulls not distinct only postgres,
            index t_plain (b) nulls not distinct,
            index t_class (b class text_pattern_ops),
            index t_way (data class jsonb_path_ops) using hash,
            index t_bits (b class int4_ops),
        }
    }
}

fn main() {}
