migrate::history! {
    migration m0001_tables {
        create table users {
            id: integer primary key,
            email: text,
            age: integer(16) null,
            nick: text(5) null,
            role: enum("admin", "member") null,
            data: json null,
        }
        create table posts { id: integer primary key, user_id: integer, likes: integer default 0 }
    }
    migration m0002_data {
        insert or ignore into users (id, email) values (1, "a");
        update users set age = p.likes from posts as p where p.user_id = users.id;
        delete from users where id = 1 returning id;
        insert into users (id, email) values (1, "a") on conflict (id) do update set email = "b";
        insert into users values (1, "a");
    }
}

fn main() {}
