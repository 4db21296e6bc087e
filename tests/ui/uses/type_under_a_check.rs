migrate::history! {
    migration m0001_users {
        create table users {
            id: integer primary key autoincrement,
            email: text check (email <> "nobody"),
            age: integer null,
        }
    }
    migration m0002_change {
        up { alter table users recreate alter column email type integer using cast(email as integer); }
        down irreversible "texts are gone";
    }
}

fn main() {}
