//! A cast that PostgreSQL takes for changing cannot be kept in an index.

migrate::history! {
    migration m0001_days {
        create table days {
            day: date,
            at: timestamp,
            index days_text (cast(day as text)),
            index days_ms (cast(at as timestamp_ms) desc),
        }
    }
}

fn main() {}
