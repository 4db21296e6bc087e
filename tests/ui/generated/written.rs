//! Nothing writes a generated column.

migrate::history! {
    migration m0001_orders {
        create table orders {
            id: integer primary key,
            price: integer,
            doubled: integer generated (price * 2),
        }
    }
    migration m0002_rows {
        up {
            insert into orders (id, price, doubled) values (1, 2, 4);
            update orders set doubled = 5 where price = 2;
            insert into orders (id, price) values (2, 3);
        }
        down irreversible "rows";
    }
}

fn main() {}
