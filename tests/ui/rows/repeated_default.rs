//! A unique key over nothing but columns that were added with a default fails with the second row.

migrate::history! {
    migration m0001_tables {
        create table p { id: integer primary key autoincrement, kind: text null }
        create table q { number: integer }
    }
    migration m0002_inline {
        alter table p recreate add column b: text default "x" unique;
    }
    migration m0003_later {
        alter table p { add column c: integer default 7; add column d: timestamp_ms null; }
        create unique index p_c on p (c);
        create unique index p_cd on p (c, d);
        create unique index p_c_some on p (c) where c > 7;
    }
    migration m0004_now {
        alter table p recreate { add column e: datetime default now; add unique (e); }
    }
    migration m0005_nulls {
        alter table p add column f: text null;
        create unique index p_f on p (f);
        alter table p recreate { add column g: uuid default random unique; add column h: text null unique; }
    }
    migration m0006_key {
        alter table q recreate { add column a: integer default 1; rename column a to b; add primary key (b, number); }
        alter table q recreate { add column c: text default "z"; rename column c to d; drop primary key; add primary key (d); }
    }
    migration m0007_filled {
        up {
            alter table p add column i: text default "";
            update p set i = cast(id as text);
            create unique index p_i on p (i);
        }
        down { drop index p_i; alter table p drop column i; }
    }
    migration m0008_fresh {
        create table r { id: integer primary key autoincrement }
        alter table r add column code: text default "c";
        create unique index r_code on r (code);
    }
    migration m0009_using {
        up {
            alter table p add column j: integer default 1;
            alter table p recreate { alter column j type integer(32) using id; add unique (j); }
        }
        down irreversible "not here";
    }
}

mod nulls {
    migrate::history! {
        #![dialects(postgres)]
        #![postgres(min = 15)]
        migration m0001_one { create table s { id: integer primary key autoincrement } }
        migration m0002_nulls { alter table s { add column a: text null; add unique (a) nulls not distinct; } }
    }
}

fn main() {}
