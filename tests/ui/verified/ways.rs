//! The way down is run, and the way up again after it; rows that migrations insert are there.

mod down {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_users {
            create table users { id: integer primary key autoincrement, email: text null }
        }
        migration m0002_log {
            up { sql "create table log (line text)"; }
            down { sql "drop table logs"; }
        }
    }
}

mod up_again {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_log {
            up { sql "create table log (line text)"; }
            down {}
        }
    }
}

mod rows {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_users {
            create table users { id: integer primary key, email: text unique }
        }
        migration m0002_first {
            up {
                insert into users (id, email) values (1, "a@b.c");
                insert into users (id, email) values (2, "a@b.c");
            }
            down { delete from users; }
        }
    }
}

/// Behind a function of the application, rows may be others.
mod called {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_users {
            up {
                create table users { id: integer primary key, email: text unique }
                insert into users (id, email) values (1, "a@b.c");
            }
            down { drop table users; }
        }
        migration m0002_clean { up { call super::clean; } down irreversible "they are gone"; }
        migration m0003_again {
            up {
                insert into users (id, email) values (1, "a@b.c");
                sql "delete from user where id = 1";
            }
            down {}
        }
    }
}

fn clean(_: &migrate::rusqlite::Connection) -> Result<(), std::fmt::Error> {
    Ok(())
}

fn main() {}
