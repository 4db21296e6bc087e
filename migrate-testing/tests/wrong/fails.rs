//! A function of the application that fails when it runs.

migrate::history! {
    migration m0001_t { create table t { id: integer primary key autoincrement } }
    migration m0002_fails {
        up { call { sqlite here, postgres there }; }
        down irreversible "it never runs";
    }
}

fn here(_: &migrate::rusqlite::Connection) -> Result<(), &'static str> {
    Err("not today")
}

async fn there(_: &migrate::tokio_postgres::Transaction<'_>) -> Result<(), &'static str> {
    Err("not today")
}
