//! The column comes too late, and what then stands on it is no second error.

migrate::history! {
    migration m0001_tables {
        create table users { id: integer primary key }
        create table posts { id: integer primary key, user: text null references users (code) }
    }
    migration m0002_code { alter table users add column code: text null; }
}

fn main() {}
