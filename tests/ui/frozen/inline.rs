migrate::history! {
    migration m0001_users { create table users { id: integer primary key autoincrement, email: text } }
    migration m0002_slug { alter table users add column slug: text(9) null; }
}

/// Of this one nothing is said: the lock is that of the first.
mod other {
    migrate::history! {
        migration m0001_users { create table users { id: integer primary key autoincrement } }
    }
}

fn main() {
    let _ = (&HISTORY, &other::HISTORY);
}
