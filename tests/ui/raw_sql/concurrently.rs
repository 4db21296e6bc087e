migrate::history! {
    migration m0001_notes {
        up {
            create table notes { id: integer primary key, body: text }
            sql { postgres "create index concurrently notes_body on notes (body)" };
            sql { postgres "reindex table concurrently notes" };
        }
        down { drop table notes; }
    }
}

fn main() {}
