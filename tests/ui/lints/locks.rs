//! What PostgreSQL does under a lock, and what it does without.

migrate::history! {
    #![dialects(postgres)]
    #![deny(rewrites_table, scans_table, blocks_writes)]
    #![allow(depends_on_rows, down_may_fail)]
    migration m0001_tables {
        create table teams { id: integer primary key, name: text }
        create table users {
            id: integer primary key,
            name: text(20) null,
            age: integer(32) null,
            team: integer null,
            price: decimal(5, 2) null,
        }
    }
    migration m0002_rewrites {
        alter table users alter column age type integer;
        alter table users add column token: uuid default random;
        alter table users add column twice: integer null generated (age * 2);
    }
    migration m0003_scans {
        alter table users add users_age check (age > 0);
        alter table users add foreign key (team) references teams (id);
        alter table users alter column age set not null;
    }
    migration m0004_blocks {
        alter table teams add teams_name unique (name);
        create index users_name on users (name);
    }
    migration m0005_in_passing {
        alter table users alter column name type text(80);
        alter table users alter column price type decimal(9, 2);
        alter table users add column seen: timestamp default now;
        alter table users add column more: integer default 7;
        alter table users add users_more check (more > 0) not valid;
        alter table users add foreign key (age) references teams (id) not valid;
        alter table users add users_team check (team is not null) not valid;
    }
    migration m0006_proven {
        alter table users validate constraint users_team;
        alter table users alter column team set not null;
    }
    migration m0007_concurrently { create index users_team_idx on users (team) concurrently; }
    migration m0008_fresh {
        create table fresh { id: integer primary key autoincrement, name: text }
        create index fresh_name on fresh (name);
        alter table fresh add fresh_check check (id > 0);
    }
}

fn main() {}
