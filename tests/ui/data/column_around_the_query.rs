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
        delete from users where id in (select age from posts);
    }
}

fn main() {}
