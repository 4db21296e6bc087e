migrate::history! {
    migration m0001_table {
        create table t {
            x: real,
            d: decimal(8, 2),
            check (x % 2.0 < 1.0),
            check (d % 2 < 1),
        }
    }
}

fn main() {}
