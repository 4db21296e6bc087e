//! What stands outside of a transaction stands among its like.

migrate::history! {
    migration m0001_notes { create table notes { id: integer primary key, body: text, n: integer } }
    migration m0002_index {
        alter table notes add column more: text null;
        create index notes_body on notes (body) concurrently;
    }
    migration m0003_rows {
        up {
            update notes set n = 1 in batches of 100;
            insert into notes (id, body, n) values (1, "a", 1);
        }
        down irreversible "no";
    }
    migration m0004_call {
        up {
            call { sqlite crate::fill } outside transaction;
            create index notes_n on notes (n) concurrently;
        }
        down {
            drop index notes_n concurrently;
            delete from notes where id = 1;
        }
    }
    migration m0005_mixed {
        up {
            drop index notes_body concurrently;
            call { sqlite crate::fill };
        }
        down { create index notes_body on notes (body); }
    }
}

fn fill(_: &migrate::rusqlite::Connection) -> Result<(), String> {
    Ok(())
}

fn main() {}
