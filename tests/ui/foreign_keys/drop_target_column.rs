migrate::history! {
    migration m0001_users {
        create table users { id: integer primary key, email: text, unique (email) }
        create table posts { id: integer primary key, author: text references users (email) }
    }
    migration m0002_change {
        alter table users recreate { drop column email; }
    }
}

fn main() {}
