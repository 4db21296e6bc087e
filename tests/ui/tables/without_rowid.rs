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
    migration m0003_rename {
        create table pairs without rowid { a: integer primary key, b: integer, unique (a, b) }
        create table other without rowid { a: integer primary key, b: integer, unique index other_ab (a, b) }
        alter table pairs rename column a to c;
        alter table pairs rename column b to d;
        alter table other rename column a to c;
        alter table other recreate { rename column c to e; add unique (e, b); }
    }
    migration m0004_ids {
        create table counted without rowid { id: integer primary key, w: text }
    }
}

fn main() {}
