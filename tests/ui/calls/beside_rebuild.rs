mod acting {
    migrate::history! {
        migration m0001_tables {
            create table users { id: integer primary key autoincrement, age: integer null }
            create table posts { id: integer primary key autoincrement, user_id: integer references users (id) on delete cascade }
        }
        migration m0002_calls {
            up {
                call { sqlite super::clean, postgres super::clean_there };
                alter table posts recreate { add check (user_id > 0); }
            }
            down irreversible "the rows are gone";
        }
        migration m0003_calls {
            up {
                create table drafts { id: integer primary key autoincrement }
            }
            down {
                call { sqlite super::clean };
                drop table drafts;
            }
        }
    }
}

mod still {
    migrate::history! {
        migration m0001_tables {
            create table users { id: integer primary key autoincrement, age: integer null }
            create table posts { id: integer primary key autoincrement, user_id: integer references users (id) }
        }
        migration m0002_calls {
            up {
                call { sqlite super::clean, postgres super::clean_there };
                alter table posts recreate { add check (user_id > 0); }
            }
            down irreversible "the rows are gone";
        }
    }
}

fn clean(_: &migrate::rusqlite::Connection) -> Result<(), &'static str> {
    Ok(())
}

async fn clean_there(_: &migrate::tokio_postgres::Transaction<'_>) -> Result<(), &'static str> {
    Ok(())
}

fn main() {}
