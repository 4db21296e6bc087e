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
        create trigger a on posts sql { sqlite "update begin select 1; end", postgres "after update for each row begin return null; end" };
        create trigger b on posts sql { sqlite "after begin select 1; end", postgres "after update for each row begin return null; end" };
        create trigger c on posts sql { sqlite "after insert or delete begin select 1; end", postgres "after update for each row begin return null; end" };
        create trigger d on posts sql { sqlite "after insert on posts begin select 1; end", postgres "after insert for each row begin return null; end" };
        create trigger e on posts sql { sqlite "after insert", postgres "after insert for each row" };
        create trigger f on posts sql { sqlite "after insert begin select 1 end", postgres "after insert for each row begin return null;" };
        create trigger g on posts sql { sqlite "after insert begin select 1; end", postgres "after insert begin return null; end" };
        create trigger h on posts sql { sqlite "after insert begin select 1; end", postgres "after insert for each row begin perform 1; end" };
        create trigger i on posts sql { sqlite "after insert begin select 1; commit; end", postgres "after insert for each row begin if true then rollback; end if; return null; end" };
        create trigger j on posts sql { sqlite "instead of insert begin select 1; end", postgres "after insert for each row begin return null; end" };
        create trigger k on adults sql { sqlite "instead of insert begin select 1; end", postgres "after insert for each row begin return null; end" };
    }
}

fn main() {}
