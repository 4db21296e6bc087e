//! Methods of PostgreSQL that know nothing of a column's type.

migrate::history! {
    migration m0001_places {
        create table places {
            id: integer primary key,
            tags: type { sqlite "text", postgres "integer[]" },
            at: type { sqlite "text", postgres "point" },
            days: type { sqlite "text", postgres "daterange" },
            code: char(6),
            name: text,
        }
        create index places_days on places (days) using gist only postgres;
        create index places_name on places (name) using spgist only postgres;
    }
    migration m0002_wrong {
        create index places_tags on places (tags) using gist only postgres;
        create index places_days_2 on places (days) using gin only postgres;
        create index places_at on places (at);
        create index places_at_class on places (at class text_pattern_ops) only postgres;
        create index places_code on places (code) using spgist only postgres;
    }
    migration m0003_type { alter table places recreate alter column name type char(6) using substr(name, 1, 6); }
}

fn main() {}
