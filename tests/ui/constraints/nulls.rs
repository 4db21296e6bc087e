//! SQLite takes no two nulls for equal, and neither does an old PostgreSQL.

migrate::history! {
    migration m0001_t {
        create table t { a: integer null, unique (a) nulls not distinct }
    }
}

fn main() {}
