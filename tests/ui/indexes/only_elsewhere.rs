//! An index for a database that the history does not run on.

migrate::history! {
    #![dialects(sqlite)]
    migration m0001_t {
        create table t {
            a: text,
            index t_a (a) only postgres,
            index t_method (a) using gis,
        }
    }
}

fn main() {}
