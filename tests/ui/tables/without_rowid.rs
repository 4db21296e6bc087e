//! What a table without rowids needs, and what it cannot have.

migrate::history! {
    migration m0001_tables {
        create table no_key without rowid { a: text }
        create table numbered without rowid { id: integer primary key autoincrement }
        create table fine without rowid { a: text primary key }
    }
    migration m0002_key {
        alter table fine recreate drop primary key;
    }
    migration m0004_ids {
        create table counted without rowid { id: integer primary key, w: text }
    }
}

fn main() {}
