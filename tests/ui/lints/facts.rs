//! Values that the rows may have and the new type has not, keys of other lengths, triggers that a statement sets off.

migrate::history! {
    #![deny(depends_on_rows, foreign_key_length, fires_triggers)]
    #![allow(rewrites_table, scans_table, blocks_writes, down_may_fail)]
    migration m0001_tables {
        create table users {
            id: text(36) primary key,
            name: text(20),
            state: enum("new", "old", "gone"),
            count: integer,
        }
        create table log { line: text null }
        create trigger users_added on users sql {
            sqlite "after insert for each row begin insert into log (line) values (new.name); end",
            postgres "after insert for each row begin insert into log (line) values (new.name); return null; end",
        }
        create trigger users_named on users sql {
            sqlite "after update of name, state for each row begin insert into log (line) values (new.name); end",
            postgres "after update of name, state for each row begin insert into log (line) values (new.name); return null; end",
        }
    }
    migration m0002_types {
        up {
            alter table users recreate alter column state type enum("new", "old");
            alter table users recreate alter column name type text(10) using name;
            alter table users recreate alter column count type integer(32) using count + 1;
        }
        down irreversible "not here";
    }
    migration m0003_types_that_fit {
        up {
            alter table users recreate alter column state type enum("new", "old", "other");
            alter table users recreate alter column name type text(5) using substr(name, 1, 5);
            alter table users recreate alter column name type text(4) using case when name = "x" then "y" else "none" end;
            alter table users recreate alter column count type integer(16) using cast(0 as integer(16));
        }
        down irreversible "not here";
    }
    migration m0004_keys {
        create table notes {
            id: text(36) primary key,
            author: text(10) references users (id),
            reader: text,
            other: text(36) null references users (id),
            later: text null references later (code),
            foreign key (reader) references users (id),
        }
        create table later { code: text(7) primary key }
        alter table later add column next: text(8) null references later (code);
    }
    migration m0005_rows {
        up {
            insert into users (id, name, state, count) values ("a", "b", "new", 1);
            update users set count = 2;
            update users set count = 3, name = "c";
            delete from users;
            #[allow(fires_triggers)]
            update users set state = "old";
        }
        down irreversible "not here";
    }
}

fn main() {}
