migrate::history! {
    migration m0001_users {
        create table users {
            id: integer primary key autoincrement,
            email: text check (email <> "nobody"),
            age: integer null,
        }
    }
    migration m0002_change {
        create table users_id_seq { next: integer }
    }
}

fn main() {}
