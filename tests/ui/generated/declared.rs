//! What a generated column cannot be.

migrate::history! {
    migration m0001_orders {
        create table orders {
            id: integer generated (price) primary key,
            price: integer,
            doubled: integer generated (price * 2) default 4,
            again: integer generated (again + 1),
            more: integer generated (doubled + 1),
            late: integer generated (price) virtual,
            name: text generated (price),
            at: datetime generated (now),
            day: date,
            told: text generated (cast(day as text)),
            of: integer generated (price) references orders (price) on delete set null,
            primary key (price, doubled),
        }
    }
    migration m0002_alone {
        create table alone { a: integer generated (1) }
    }
}

fn main() {}
