migrate::history! {
    #![dialects(postgres)]
    migration m0001_tables {
        create table users { id: integer primary key }
        create table posts { id: integer primary key }
        alter table users add column name: text;
        call fill;
        alter table posts add column name: text;
    }
}

async fn fill(_: &migrate::tokio_postgres::Transaction<'_>) -> Result<(), &'static str> {
    Ok(())
}

fn main() {}
