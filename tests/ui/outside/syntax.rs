//! Forms that other tools have, or that say nothing.

migrate::history! {
    migration m0001_notes {
        create table notes {
            id: integer primary key,
            body: text,
            index notes_body (body) concurrently,
        }
    }
    migration m0002_forms {
        up {
            create index concurrently notes_id on notes (id);
            create index notes_id on notes (id) concurrently concurrently;
            drop index concurrently notes_id;
            update notes set body = "a" in batches;
            update notes set body = "a" in batches of 0;
            update notes set body = "a" in batches of many;
            update notes set body = "a" in batches of 10 where id = 1;
            delete from notes in batches of 10;
            call { sqlite crate::fill } outside;
            call { sqlite crate::fill } outside transactions;
        }
        down irreversible "no";
    }
}

fn main() {}
