migrate::history! {
    #![postgres(search_also("extensions"))]
    migration m0001_created {
        create extension if not exists ltree;
        create extension cube with schema extensions;
        create extension earthdistance cascade;
        create extension isn version "1.2";
        drop extension if exists ltree cascade;
    }
}

fn main() {}
