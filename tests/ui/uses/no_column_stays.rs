migrate::history! {
    migration m0001_notes { create table notes { a: text null } }
    migration m0002_change {
        alter table notes recreate { add column b: text null; drop column a; add check (b <> "x"); }
    }
}

fn main() {}
