//! PostgreSQL has no rowids to leave out.

migrate::history! {
    #![dialects(postgres)]
    migration m0001_tables {
        create table pairs without rowid { a: text primary key }
    }
}

fn main() {}
