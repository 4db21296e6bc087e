migrate::history! {
    #![dialects(sqlite)]
    migration m0001_created {
        create extension citext;
        drop extension pgcrypto;
    }
}

fn main() {}
