//! A default with which every insert would fail that leaves out the column.

migrate::history! {
    migration m0001_tables {
        create table users {
            id: integer primary key autoincrement,
            age: integer default 0 check (age > 0),
            name: text default "x" check (name <> ""),
            state: text default "new",
            score: integer null check (score between 1 and 5),
            users_state check (state in ("old", "older")),
            users_both check (age > 5 and name = "y"),
        }
        create table rooms { id: integer primary key autoincrement, size: integer default 4 }
    }
    migration m0002_added {
        alter table rooms add column floor: integer default -1 check (floor >= 0);
        alter table rooms add column door: integer default 1 check (door >= 0);
        alter table rooms recreate add rooms_size check (size < 4);
    }
    migration m0003_set {
        alter table rooms recreate alter column door set default -5;
    }
    migration m0004_with_its_check {
        alter table rooms recreate alter column door set default -6;
        alter table rooms recreate drop constraint rooms_door_check;
    }
}

fn main() {}
