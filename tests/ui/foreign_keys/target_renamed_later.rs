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
        create table posts { id: integer primary key, author: text references users (id) }
        rename table users to people;
        alter table posts rename column author to person;
    }
}

fn main() {}
