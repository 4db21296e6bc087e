//! What rows can keep from succeeding, on the way up and on a derived way down.

migrate::history! {
    #![dialects(sqlite)]
    #![deny(depends_on_rows, down_may_fail)]
    migration m0001_tables {
        create table teams { id: integer primary key, name: text }
        create table users {
            id: integer primary key,
            name: text(20) null,
            age: integer null,
            team: integer null,
            state: enum("new", "old"),
        }
    }
    migration m0002_constraints {
        alter table users recreate {
            alter column name set not null;
            add unique (name);
            add users_age check (age > 0);
            add foreign key (team) references teams (id);
        }
        create unique index teams_name on teams (name);
    }
    migration m0003_back {
        alter table users recreate {
            alter column name type text(90);
            alter column name drop not null;
            alter column state add value "gone";
            drop constraint users_age;
        }
        drop index teams_name;
    }
    migration m0004_seen_to {
        up {
            update users set age = 1 where age is null;
            alter table users recreate alter column age set not null;
        }
        down { alter table users recreate alter column age drop not null; }
    }
    migration m0005_new {
        alter table users recreate {
            add column code: integer null;
            add unique (code);
            add users_code check (code > 0);
        }
        create table fresh { id: integer primary key, code: integer null }
        create unique index fresh_code on fresh (code);
    }
    migration m0007_values { alter table users recreate alter column name type enum("a", "b"); }
    migration m0006_using {
        up { alter table users recreate alter column team set not null using 1; }
        down irreversible "which were null is not recorded";
    }
    migration m0090_of_a_key {
        alter table users recreate {
            add foreign key (id) references teams (id);
            add users_odd check (upper("a") like "b%");
            add users_later check (age > 1) not valid;
        }
    }
}

fn main() {}
