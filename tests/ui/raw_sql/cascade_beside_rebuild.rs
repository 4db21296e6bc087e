migrate::history! {
    migration m0001_users {
        create table users {
            id: integer primary key autoincrement,
            email: text,
            age: integer null,
            unique index users_email_idx (email),
        }
        create table posts { id: integer primary key, user_id: integer references users (id) on delete cascade }
    }
    migration m0002_change {
        up {
            sql "delete from users where age is null";
            alter table users recreate alter column age set not null;
        }
        down irreversible "the rows are gone";
    }
}

fn main() {}
