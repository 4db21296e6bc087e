migrate::history! {
    migration m0001_users {
        create table users { id: integer primary key, a: text, b: text, _migrations unique (a, b) }
    }
}

fn main() {}
