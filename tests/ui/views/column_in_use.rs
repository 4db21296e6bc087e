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
    migration m0002_states {
        create table states { id: integer primary key, state: enum("new", "done") }
        create view open as select id from states where state <> "done";
        create view raw (id) as sql "select id from states where state = 'done'";
    }
    migration m0003_change {
        alter table states recreate alter column state rename value "done" to "over";
        alter table users drop column age;
        alter table users drop column email;
        alter table posts drop column title;
        alter table posts rename column title to heading;
        alter table users rename column email to mail;
        alter table users recreate alter column age type text using cast(age as text);
    }
}

fn main() {}
