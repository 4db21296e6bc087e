//! Rows of an `insert` for which a check is false, whatever rows there are.

migrate::history! {
    migration m0001_tables {
        create table parts {
            code: text primary key,
            size: integer null check (size > 0),
            kind: text default "bolt",
            parts_kind check (kind in ("bolt", "nut") or size is null),
            parts_long check (length(trim(code)) > 1 and code <> upper("none")),
            parts_half check (size / 2 <> 4),
            parts_now check (sql { sqlite "size", postgres "size" } > 5),
        }
        create table watched { n: integer check (n > 0) }
        create trigger watched_n on watched sql {
            sqlite "after insert for each row begin update watched set n = 1; end",
            postgres "before insert for each row begin new.n = 1; return new; end",
        }
    }
    migration m0002_rows {
        up {
            insert into parts (code, size) values ("ab", 1), ("bc", 0);
            insert into parts (code, kind) values ("cd", "gear"), ("de", "nut");
        }
        down { delete from parts; }
    }
    migration m0003_more {
        up {
            insert into parts (code, size, kind) values ("ef", 3, "gear");
            insert into parts (code) values ("  x "), ("NONE");
            insert into parts (code, size) values ("fg", 9), ("gh", null), ("hi", 10 - 10);
            insert into watched (n) values (0);
        }
        down { delete from parts; }
    }
    migration m0004_rows_that_are_there {
        alter table parts recreate {
            add column n: integer default 0;
            add column kept: integer default 0;
            add column none: integer null;
            add column gone: integer default 0;
            add parts_n check (n > 0);
            add parts_kept check (kept > 0);
            add parts_none check (none is not null);
            add parts_gone check (gone > 0);
            alter column n set default 1;
            drop constraint parts_gone;
        }
    }
    migration m0004b_what_no_trigger_sees {
        alter table watched add column more: integer default -8 check (more > 0);
    }
    migration m0005_filled {
        up {
            alter table parts add column m: integer default 0;
            update parts set m = 1;
        }
        down { alter table parts drop column m; }
    }
    migration m0006_then {
        alter table parts recreate { alter column m set default 1; add parts_m check (m > 0); }
    }
}

fn main() {}
