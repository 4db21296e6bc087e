//! A foreign key that is altered to what it is.

migrate::history! {
    migration m0001_t {
        create table t { a: integer primary key, b: integer null references t (a) deferrable }
    }
    migration m0002_t {
        alter table t recreate { alter foreign key (b) deferrable; alter foreign key (b) cascade; }
    }
}

fn main() {}
