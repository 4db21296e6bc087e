//! Defaults in a history that runs on PostgreSQL alone.

migrate::history! {
    #![dialects(postgres)]
    migration m0001_users {
        create table users {
            id: integer primary key default 7,
            name: text default 7,
            code: text(3) default "long",
            seen: datetime default random,
            tags: type { postgres "text[]" } default "{}",
            days: type { postgres "daterange" } default (lower("x")),
            more: type { postgres "text[]" } default sql "'{}'",
            day: date default sql "1",
            count: integer default sql "1",
        }
    }
}

fn main() {}
