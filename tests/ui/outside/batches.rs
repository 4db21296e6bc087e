//! Updates that cannot be done in batches.

migrate::history! {
    migration m0001_tables {
        create table notes { id: integer primary key, body: text, n: integer }
        create table loose { a: integer }
        create table lines { note: integer, at: integer, n: integer, primary key (note, at) }
        create view long_notes as select notes.id, notes.body from notes where length(notes.body) > 9;
    }
    migration m0002_rows {
        up {
            update loose set a = 1 in batches of 10;
            update notes set id = id + 1 in batches of 10;
            update lines set n = 1, at = 2 where note = 3 in batches of 10;
            update notes set n = (select count(*) from notes as other where other.n > 1) in batches of 10;
            update notes set n = 1 where id in (select long_notes.id from long_notes) in batches of 10;
            update lines set n = 1 in batches of 10;
        }
        down irreversible "no";
    }
}

fn main() {}
