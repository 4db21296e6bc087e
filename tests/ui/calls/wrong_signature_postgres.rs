migrate::history! {
    #![dialects(postgres)]
    migration m0001_notes {
        create table notes { id: integer primary key, body: text }
    }
    migration m0002_calls {
        up {
            call synchronous;
            call exclusive;
            call of_a_client;
            call silent;
            call functions::not_send;
        }
        down irreversible "no";
    }
}

use migrate::tokio_postgres;
use tokio_postgres::{Client, Error, Transaction};

fn synchronous(_: &Transaction<'_>) -> Result<(), Error> {
    Ok(())
}

async fn exclusive(_: &mut Transaction<'_>) -> Result<(), Error> {
    Ok(())
}

async fn of_a_client(_: &Client) -> Result<(), Error> {
    Ok(())
}

async fn silent(_: &Transaction<'_>) {}

mod functions {
    use super::*;

    pub async fn not_send(transaction: &Transaction<'_>) -> Result<(), Error> {
        let shared = std::rc::Rc::new(1);
        transaction.batch_execute("SELECT 1").await?;
        drop(shared);
        Ok(())
    }
}

fn main() {}
