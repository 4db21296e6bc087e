migrate::history! {
    migration m0001_tables {
        create table users { id: integer primary key, code: text, other: text, codes unique (code) }
        create table posts {
            id: integer primary key,
            user_id: integer references users (id),
            code: text references users (code),
        }
    }
    migration m0002_key {
        alter table users recreate { rename column id to key; drop primary key; }
    }
    migration m0003_unique {
        alter table users recreate { rename column code to token; drop constraint codes; }
    }
    migration m0004_type {
        alter table users recreate { rename column token to word; alter column word type integer using 1; }
    }
}

fn main() {}
