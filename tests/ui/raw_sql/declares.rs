mod told {
    migrate::history! {
        migration m0001_base {
            create table users { id: integer primary key autoincrement, email: text }
            create table posts { id: integer primary key autoincrement, user_id: integer references users (id) on delete cascade }
        }
        migration m0002_right {
            up {
                sql {
                    sqlite "create table notes (id integer primary key autoincrement, body text not null)",
                    postgres "create table notes (id bigserial primary key, body text not null) with (fillfactor = 70)",
                } declares {
                    create table notes { id: integer primary key autoincrement, body: text }
                }
                alter table notes add column more: text null;
            }
            down { drop table notes; }
        }
        migration m0003_no_way_down {
            sql "create index posts_user on posts (user_id)" declares { create index posts_user on posts (user_id); }
        }
        migration m0004_not_in_postgres {
            up { sql sqlite "create view bodies as select body from notes" declares { create view bodies as select body from notes; } }
            down { drop view bodies; }
        }
        migration m0005_something_else {
            up { sql "drop table posts; create table posts (id int)" declares { create index users_email on users (email); } }
            down irreversible "raw";
        }
        migration m0006_referred {
            up { sql "drop table users" declares { drop table users; } }
            down irreversible "raw";
        }
        migration m0007_unknown {
            up { sql "drop table nothing" declares { drop table nothing; } }
            down irreversible "raw";
        }
    }
}

mod no_declarations {
    migrate::history! {
        migration m0001_base { create table users { id: integer primary key autoincrement, email: text } }
        migration m0002_others {
            up {
                sql "alter table users add column age integer" declares {
                    alter table users add column age: integer null;
                    delete from users;
                    sql "select 1";
                    create index users_email on users (email) concurrently;
                }
                sql "select 1" declares {}
                sql "select 2" declares;
            }
            down irreversible "raw";
        }
    }
}

mod not_back {
    migrate::history! {
        migration m0001_base { create table users { id: integer primary key autoincrement, email: text } }
        migration m0002_way_down {
            up { sql "create index users_email on users (email)" declares { create index users_email on users (email); } }
            down { sql "drop index if exists users_mail" declares { create index users_mail on users (email); } }
        }
        migration m0003_filled {
            up {
                sql "create table copies as select id, email from users" declares { create table copies { id: integer null, email: text null } }
                alter table copies { add column age: integer; }
            }
            down { sql "drop table copies" declares { drop table copies; } }
        }
    }
}

mod target_comes_later {
    migrate::history! {
        migration m0001_books {
            up {
                sql "create table books (id bigint primary key, shelf_id bigint not null references shelves (id))"
                    declares { create table books { id: integer primary key, shelf_id: integer references shelves (id) } }
                create table shelves { id: integer primary key }
                sql "create table a (id bigint primary key); create table b (id bigint primary key references a (id))"
                    declares {
                        create table b { id: integer primary key references a (id) }
                        create table a { id: integer primary key }
                    }
            }
            down irreversible "raw";
        }
    }
}

mod a_key_stands_on_it {
    migrate::history! {
        migration m0001_base {
            create table a { id: integer primary key, code: text, unique index a_code (code) }
            create table b { id: integer primary key, code: text references a (code) }
        }
        migration m0002_moved {
            up {
                create unique index a_code_again on a (code);
                sql "drop index a_code" declares { drop index a_code; }
            }
            down irreversible "raw";
        }
    }
}

fn main() {}
