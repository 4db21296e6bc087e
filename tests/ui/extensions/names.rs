migrate::history! {
    #![postgres(schema = "app", search_also("extensions"))]
    migration m0001_created {
        create extension citext;
        create extension pg_trgm schema extensions;
        create extension hstore schema app;
    }
    migration m0002_again { create extension Citext; }
    migration m0003_wrong {
        create extension "pg/crypto";
        create extension "a--b" schema "pg_own";
        create extension pgcrypto schema other;
    }
    migration m0004_dropped { drop extension pg_trgm; }
    migration m0005_unknown {
        drop extension pg_trgm;
        drop extension citex;
        drop extension unaccent;
    }
    migration m0006_not_back {
        up { create extension fuzzystrmatch; }
        down { drop extension citext; }
    }
}

fn main() {}
