migrate::history! {
    migration m0001_users { create table users { id: integer primary key, age: integer null } }
    migration m0002_data { update users set age = 18 where age is null; }
}

fn main() {}
