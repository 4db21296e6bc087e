//! What stands on a generated column, what it stands on, and what would write to it.

migrate::history! {
    migration m0001_orders {
        create table orders {
            id: integer primary key,
            price: integer,
            doubled: integer generated (price * 2),
            short: text(5) generated ("a"),
        }
    }
    migration m0002_change {
        alter table orders recreate {
            drop column price;
            alter column price type integer(32) using price;
            alter column doubled set default 4;
            alter column doubled type text;
            alter column short type text(10) using "b";
        }
    }
    migration m0003_add {
        alter table orders add column tripled: integer generated (price * 3);
    }
}

fn main() {}
