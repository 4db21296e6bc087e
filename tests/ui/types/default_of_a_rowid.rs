migrate::history! {
    migration m0001_tables {
        create table notes { id: integer primary key default 1, body: text }
        create table days { day: timestamp default now, note: text, primary key (day) }
        create table kept without rowid { id: integer primary key default 1 }
        create table parts { a: integer default 1, b: integer, primary key (a, b) }
        create table names { id: text primary key default "a" }
        create table plain { id: integer default 1, code: integer primary key, word: text }
    }
    migration m0002_default {
        alter table plain recreate alter column code set default 7;
    }
    migration m0003_key {
        alter table plain recreate { drop primary key; add primary key (id); }
    }
    migration m0004_dropped {
        alter table plain recreate { alter column id drop default; drop primary key; add primary key (id); }
    }
    migration m0005_type {
        alter table names recreate alter column id drop default,
            type integer using cast(id as integer), set default 4;
    }
}

fn main() {}
