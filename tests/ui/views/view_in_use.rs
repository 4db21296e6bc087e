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
        create view more as select id from adults;
        create view raw as sql "select id from titles";
        create table codes { id: integer, code: text unique }
        create view coded (id) as select posts.id from posts where posts.id = (select codes.id from codes where codes.code = posts.title);
        alter table codes recreate drop constraint codes_code_key;
        drop view adults;
        rename view titles to headings;
    }
}

fn main() {}
