//! PostgreSQL may have bound the foreign key to the index that is to go.

migrate::history! {
    #![dialects(postgres)]
    migration m0001_notes {
        create table notes {
            id: integer primary key,
            code: integer,
            unique index notes_code (code),
            unique index notes_code_again (code),
        }
        create table lines { id: integer primary key, note: integer, foreign key (note) references notes (code) }
    }
    migration m0002_drop { drop index notes_code concurrently; }
}

fn main() {}
