migrate::history! {
    migration m0001_tables {
        create table users { id: integer primary key, age: integer null }
        create table posts { id: integer primary key, user_id: integer references users (id) on delete cascade }
    }
    migration m0002_data {
        up {
            delete from users where age is null;
            delete from posts where id = 1;
            alter table users recreate { alter column age set not null; }
        }
        down irreversible "the rows are gone";
    }
}

fn main() {}
