migrate::history! {
    #![postgres(schema = "pg_app", search_also("$user", "extensions", ""), min = 14)]
    #![dialects(postgres)]
    migration m0001_users { create table users { id: integer primary key autoincrement } }
}

mod unknown {
    migrate::history! {
        #![postgres(scheme = "app")]
        migration m0001_users { create table users { id: integer primary key autoincrement } }
    }
}

mod twice {
    migrate::history! {
        #![postgres(schema = "app", schema = "app")]
        migration m0001_users { create table users { id: integer primary key autoincrement } }
    }
}

mod no_text {
    migrate::history! {
        #![postgres(schema = app)]
        migration m0001_users { create table users { id: integer primary key autoincrement } }
    }
}

mod information {
    migrate::history! {
        #![postgres(schema = "information_schema")]
        migration m0001_users { create table users { id: integer primary key autoincrement } }
    }
}

fn main() {}
