migrate::history! {
    migration m0001_places {
        create table places {
            at: type { sqlite "text", postgres "point" } primary key,
            area: type { sqlite "text", postgres "BOX" },
            about: type { sqlite "text", postgres "json" } unique,
            unique (area),
            index places_about (about),
        }
        create table others { id: integer primary key autoincrement, at: type { sqlite "text", postgres "circle" } }
    }
    migration m0002_key {
        alter table others recreate add unique (at);
    }
}

fn main() {}
