//! What a history denies is an error, each at its words.

migrate::history! {
    #![deny(drops_rows, drops_values, looks_like_rename, rewrites_table, scans_table, blocks_writes)]
    #![allow(unnumbered_key)]
    migration m0001_tables {
        create table teams { id: integer primary key, name: text }
        create table users {
            id: integer primary key,
            name: text(20) null,
            nick: text null,
            age: integer(32) null,
            team: integer null,
        }
        create table log { line: text }
    }
    migration m0002_gone {
        #[allow(drops_values)]
        alter table users drop column nick;
        drop table log;
    }
    migration m0003_renamed {
        alter table users {
            drop column team;
            add column team_id: integer null;
        }
    }
    migration m0004_locks {
        alter table users recreate {
            alter column age type integer;
            add column token: uuid default random;
            add column twice: integer null generated (age * 2);
            add users_age check (age > 0);
        }
    }
    migration m0005_indexes {
        alter table teams recreate add teams_name unique (name);
        create index users_age on users (age);
    }
}

fn main() {}
