migrate::history! {
    migration m0001_users {
        create table users { id: integer primary key autoincrement, email: text }
    }
    migration m0002_change {
        up { sql sqlite "pragma writable_schema = on"; }
        down irreversible "a setting";
    }
}

fn main() {}
