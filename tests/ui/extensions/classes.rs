//! Operator classes that an extension brings.

migrate::history! {
    migration m0001_users { create table users { id: integer primary key, name: text } }
    migration m0002_before { create index users_name on users (name class gin_trgm_ops) using gin only postgres; }
    migration m0003_created {
        create extension pg_trgm;
        create index users_names on users (name class gist_trgm_ops) using gist only postgres;
    }
    migration m0004_dropped { drop extension pg_trgm; }
}

fn main() {}
