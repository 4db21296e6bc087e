migrate::history! {
    #![dialects(postgres)]
    migration m0001_base {
        create extension pg_trgm;
        create table users { id: integer primary key autoincrement, email: text, index users_email (email) }
    }
    migration m0002_of_no_concern {
        up {
            sql "alter table users enable row level security; create policy own on users using (true)";
            sql "alter table only public.users alter column email set statistics 500, alter email set storage external";
            sql "alter table users set (fillfactor = 70); alter index users_email set (fillfactor = 70)";
            sql "alter table other.users drop column email";
        }
        down irreversible "raw";
    }
    migration m0003_change {
        up {
            sql "alter table public.users alter column id drop default";
            sql "alter table users set schema other";
            sql "alter table users enable row level security, drop column email";
            sql "create unlogged table users (id int)";
            sql "alter index users_email rename to other";
            sql "alter sequence users_id_seq as integer";
            sql "drop extension if exists pg_trgm";
            sql "drop type mood cascade";
            sql "drop owned by somebody";
        }
        down irreversible "raw";
    }
}

fn main() {}
