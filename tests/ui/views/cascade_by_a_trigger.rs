migrate::history! {
    migration m0001_tables {
        create table users { id: integer primary key, age: integer null }
        create table posts { id: integer primary key, user_id: integer references users (id) on delete cascade }
        create table orders { id: integer primary key, user_id: integer }
        create table notes { id: integer primary key, order_id: integer }
        create trigger last_order on orders sql {
            sqlite "after delete begin delete from users where id = old.user_id; end",
            postgres "after delete for each row begin delete from users where id = old.user_id; return null; end",
        };
        create trigger last_note on notes sql {
            sqlite "after delete begin delete from orders where id = old.order_id; end",
            postgres "after delete for each row begin delete from orders where id = old.order_id; return null; end",
        };
    }
    migration m0002_change {
        up {
            delete from notes where id > 10;
            alter table users recreate alter column age set not null using 0;
        }
        down irreversible "the rows are gone";
    }
}

fn main() {}
