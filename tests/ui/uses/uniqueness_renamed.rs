//! A query of a view that gives one row, and a block that renames what makes it so.

migrate::history! {
    migration m0001_users {
        create table users { id: integer primary key, a: text, b: text, c: text }
        alter table users recreate { add users_a unique (a); add users_b unique (b); }
        create table mails { id: integer primary key, to: text }
        create view named (x) as select (select users.id from users where users.a = mails.to) from mails;
    }
    // The names are swapped, and what is unique by the name `a` afterwards is another column.
    migration m0002_swapped {
        alter table users recreate {
            rename column a to d;
            rename column b to a;
            drop constraint users_a;
        }
    }
}

fn main() {}
