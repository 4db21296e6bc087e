//! A history with most that a history can have, a function of the application among it.
#![allow(deprecated, reason = "what lints say of it")]

migrate::history! {
    m0001_users,
    m0002_people,
    m0003_letters,
    m0004_last,
}

pub mod letters {
    pub fn count(db: &migrate::rusqlite::Connection) -> migrate::rusqlite::Result<()> {
        db.execute("UPDATE people SET letters = length(name)", []).map(drop)
    }

    pub async fn count_there(
        db: &migrate::tokio_postgres::Transaction<'_>,
    ) -> Result<(), migrate::tokio_postgres::Error> {
        db.batch_execute("UPDATE people SET letters = length(name)").await
    }
}
