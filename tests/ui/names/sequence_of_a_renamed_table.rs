//! A sequence keeps its name when its table gets another.

migrate::history! {
    migration m0001_users {
        create table users { id: integer primary key autoincrement }
    }
    migration m0002_renamed {
        rename table users to people;
        create table users { id: integer primary key autoincrement, a: text }
    }
    migration m0003_names {
        create table users_id_seq { next: integer }
        create index users_id_seq1 on users (a);
        create index people_id_seq on people (id);
    }
    migration m0004_gone {
        drop table users;
        create table users_id_seq1 { next: integer }
    }
}

fn main() {}
