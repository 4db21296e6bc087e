migrate::history! {
    migration m0001_tags {
        create table tags { name: text, names: type { sqlite "text", postgres "text[]" }, unique (name), unique (names) }
        create table uses {
            id: integer primary key,
            tag: type { sqlite "text", postgres "text[]" } references tags (name),
            days: type { sqlite "text", postgres "daterange" } references tags (names),
            both: type { sqlite "text", postgres "text[]" } references tags (names),
            mail: type { sqlite "text", postgres "citext" } references tags (name),
        }
    }
}

fn main() {}
