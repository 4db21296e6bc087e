//! As warnings, which a crate can deny like any other.
#![deny(deprecated)]

migrate::history! {
    #![dialects(sqlite)]
    migration m0001_users { create table users { id: integer primary key, nick: text null, age: integer null } }
    /// Both in one.
    migration m0002_less {
        alter table users drop column nick;
        #[allow(drops_values)]
        alter table users drop column age;
    }
}

fn main() {}
