//! Rows of one `insert` that agree in a key.

migrate::history! {
    migration m0001_tables {
        create table roles {
            code: text primary key,
            name: text null unique,
            team: integer default 1,
            rank: integer null,
            unique index roles_rank (team, rank),
            unique index roles_lower (lower(name)),
        }
    }
    migration m0002_rows {
        up {
            insert into roles (code, name) values ("a", "A"), ("b", "B"), ("a", "C");
            insert into roles (code, name) values ("c", null), ("d", null), ("e", "E"), ("f", "E");
            insert into roles (code, rank) values ("g", 1), ("h", 1);
            insert into roles (code, rank) values ("i", 2), ("j", 3), ("k", 1 + 1);
            insert into roles (code, name) values ("l", "x"), ("l", "x") on conflict do nothing;
        }
        down { delete from roles; }
    }
}

fn main() {}
