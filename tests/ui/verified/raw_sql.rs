//! Raw SQL that only SQLite's own parser can find wrong, and names that only it looks up.

mod statements {
    migrate::history! {
        migration m0001_users {
            create table users { id: integer primary key autoincrement, email: text null }
        }
        migration m0002_spelled {
            up {
                sql sqlite "selct 1";
                sql sqlite "insert into users (email) values ('a@b.c');
                            delete from users wher email is null";
                sql { sqlite "update usrs set email = null", postgres "update users set email = null" };
            }
            down {}
        }
    }
}

mod parts {
    migrate::history! {
        migration m0001_posts {
            create table posts {
                id: integer primary key autoincrement,
                title: text check (sql "length(title) >"),
            }
        }
    }
}

mod triggers {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_users {
            create table users { id: integer primary key autoincrement, email: text null }
            create trigger tidy on users sql { sqlite "after insert begin delet from users; end" };
        }
    }
}

mod functions {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_users {
            create table users { id: integer primary key autoincrement, email: text null }
        }
        migration m0002_norm {
            up { sql "update users set email = normalize_email(email)"; }
            down {}
        }
    }
}

fn main() {}
