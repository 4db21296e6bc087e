//! Collations that one of the databases does not have.

migrate::history! {
    migration m0001_t {
        create table t {
            a: text collate rtrim,
            b: text collate { sqlite "nocase" },
            c: integer collate binary,
            d: text collate binary,
        }
    }
    migration m0002_type {
        alter table t recreate alter column d type integer using cast(d as integer);
    }
}

fn main() {}
