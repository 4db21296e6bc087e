migrate::history! {
    migration m0001_users {
        create table users {
            id: integer primary key autoincrement,
            email: text,
            age: integer null,
            unique index users_email_idx (email),
        }
        create table posts { id: integer primary key, email: text references users (email) }
    }
    migration m0002_change {
        drop index users_email_idx;
    }
}

fn main() {}
