migrate::history! {
    #![sqlite(strict)]
    migration m0001_base {
        create table users {
            id: integer primary key autoincrement,
            born: type { sqlite "datetime", postgres "timestamp" },
            anything: type { sqlite "ANY", postgres "text" },
        }
    }
}

fn main() {}
