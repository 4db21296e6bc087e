migrate::history! {
    #![dialects(sqlite)]
    migration m0001_notes {
        create table notes { id: integer primary key, body: text }
        call fill;
    }
}

fn fill(_: &migrate::rusqlite::Connection) -> Result<(), &'static str> {
    Ok(())
}

fn main() {}
