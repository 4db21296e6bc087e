migrate::history! {
    migration m0001_users {
        create table users {
            id: integer primary key autoincrement,
            email: text,
            age: integer null,
            unique index users_email_idx (email),
        }
    }
    migration m0002_change {
        alter table users add column name: text;
        alter table users add column nick: text default null;
    }
}

fn main() {}
