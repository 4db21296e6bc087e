//! Constraints that hold for all rows anyway.

migrate::history! {
    migration m0001_t {
        create table t { id: integer primary key, a: text, t_a check (length(a) > 0) }
    }
    migration m0002_unique {
        alter table t recreate add unique (a) not valid;
    }
    migration m0003_validate {
        alter table t { validate constraint t_a; validate constraint t_b; }
    }
}

fn main() {}
