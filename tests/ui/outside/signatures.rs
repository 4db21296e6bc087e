//! Functions with the signature of a call inside the transaction, or of the other driver.

mod history {
    migrate::history! {
        migration m0001_notes { create table notes { id: integer primary key autoincrement } }
        migration m0002_call {
            up { call { sqlite super::lite, postgres super::server } outside transaction; }
            down { call { sqlite super::lite_right, postgres super::server_right } outside transaction; }
        }
    }
}

fn lite(_: &migrate::rusqlite::Transaction<'_>) -> Result<(), String> {
    Ok(())
}

async fn server(_: &migrate::tokio_postgres::Transaction<'_>) -> Result<(), String> {
    Ok(())
}

fn lite_right(_: &migrate::rusqlite::Connection) -> Result<(), String> {
    Ok(())
}

async fn server_right(_: &mut migrate::tokio_postgres::Client) -> Result<(), String> {
    Ok(())
}

fn main() {}
