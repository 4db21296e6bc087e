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
        drop view adult;
        drop view users;
        drop trigger touched;
        rename view nowhere to somewhere;
        create view more as select id from peopel;
        create view mail as select adults.mail from adults;
        create trigger on_nothing on nothing sql { sqlite "after insert begin select 1; end", postgres "after insert for each row begin return null; end" };
        create trigger on_email on users sql {
            sqlite "after update of mail begin select 1; end",
            postgres "after update of email for each row begin return null; end",
        };
    }
}

fn main() {}
