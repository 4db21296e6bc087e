migrate::history! {
    migration m0001_base {
        create table users {
            id: integer primary key autoincrement,
            due: date,
            late: boolean generated (sql { sqlite "due < date('now')", postgres "due < '2030-01-01'" }),
            check (sql { sqlite "due <> ''", postgres "due < now()" }),
            index by_chance (sql { sqlite "random()", postgres "random()" }),
            index not_yet (due) where sql { sqlite "due < current_date", postgres "due < current_date" },
            index plain (due) where sql { sqlite "date(due) > '2020-01-01'", postgres "due > '2020-01-01'" },
        }
    }
}

fn main() {}
