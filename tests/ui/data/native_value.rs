//! Values for columns of types that only PostgreSQL has.

migrate::history! {
    migration m0001_places {
        create table places {
            id: integer primary key,
            tags: type { sqlite "text", postgres "integer[]" } null,
            days: type { sqlite "text", postgres "daterange" } null,
            address: type { sqlite "text", postgres "inet" } null,
            name: type { sqlite "text", postgres "citext" } null,
        }
    }
    migration m0002_values {
        up {
            update places set tags = "{1,2}", days = null, address = sql { sqlite "'::1'", postgres "'::1'" };
            update places set tags = 1, days = lower("x"), address = true, name = lower("X");
            update places set tags = days, days = days;
            update places set tags = "[1]", days = "{}" where tags = "1";
            insert into places (tags) values (7);
            update places set name = "x" where tags between 9 and 27 or days = "[2024-01-01,2024-02-01)" or tags = null;
            delete from places where days + 1 = days or lower(tags) = "x" or tags in (days, 1) or name = "x";
        }
        down { update places set tags = null; }
    }
}

fn main() {}
