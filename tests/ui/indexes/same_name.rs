//! A name that an index or a constraint has already.

migrate::history! {
    migration m0001_t {
        create table t {
            a: text unique,
            index t_a (a),
        }
    }
    migration m0002_names {
        rename index t_a to t_a;
        alter table t rename constraint t_a_key to t_a_key;
    }
}

fn main() {}
