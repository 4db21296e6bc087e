migrate::history! {
    migration m0001_base {
        create table users { id: integer primary key autoincrement, email: text, age: integer(32) null }
        create table posts { id: integer primary key, user_id: integer, title: text(20) null }
        create view adults as select users.id, users.email from users where users.age > 17;
        create view titles (id, title) as sql "select id, title from posts";
        create trigger touch on users sql {
            sqlite "after update of email begin update posts set title = new.email where user_id = new.id; end",
            postgres "after update of email for each row begin update posts set title = new.email where user_id = new.id; return null; end",
        };
    }
    migration m0002_change {
        create trigger a_name_that_is_so_long_that_postgresql_must_cut_it_for_one on posts sql {
            sqlite "after insert begin select 1; end", postgres "after insert for each row begin return null; end",
        };
        create trigger a_name_that_is_so_long_that_postgresql_must_cut_it_for_two on posts sql {
            sqlite "after insert begin select 1; end", postgres "after insert for each row begin return null; end",
        };
    }
}

fn main() {}
