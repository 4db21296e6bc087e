//! PostgreSQL has no index over a virtual column.

migrate::history! {
    #![postgres(min = 18)]
    migration m0001_orders {
        create table orders {
            id: integer primary key,
            price: integer,
            doubled: integer generated (price * 2) virtual unique,
            index orders_doubled (doubled),
        }
    }
}

fn main() {}
