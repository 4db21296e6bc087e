migrate::history! {
    #![dialects(sqlite)]
    migration m0001_notes {
        create table notes { id: integer primary key, body: text }
    }
    migration m0002_calls {
        up {
            call exclusive;
            call silent;
            call counting;
            call with_a_number;
            call functions::asynchronous;
            call crate::functions::not_an_error;
        }
        down irreversible "no";
    }
}

use migrate::rusqlite;
use rusqlite::Connection;

fn exclusive(_: &mut Connection) -> rusqlite::Result<()> {
    Ok(())
}

fn silent(_: &Connection) {}

fn counting(_: &Connection) -> rusqlite::Result<usize> {
    Ok(1)
}

fn with_a_number(_: &Connection, _: u8) -> rusqlite::Result<()> {
    Ok(())
}

mod functions {
    use super::*;

    pub async fn asynchronous(_: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    pub fn not_an_error(_: &Connection) -> Result<(), u8> {
        Ok(())
    }
}

fn main() {}
