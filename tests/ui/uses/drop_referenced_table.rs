migrate::history! {
    migration m0001_users {
        create table users {
            id: integer primary key autoincrement,
            email: text,
            age: integer null,
            unique index users_email_idx (email),
        }
        create table posts { id: integer primary key, user_id: integer references users (id) }
    }
    migration m0002_change {
        drop table users;
    }
}

fn main() {}
