//! Values of an enum that cannot come or get another name.

migrate::history! {
    migration m0001_jobs {
        create table jobs {
            id: integer primary key,
            state: enum("idle", "busy"),
            kind: text,
            other: enum("x") unique,
            check (state <> "busy" or id > 0),
        }
        create table more { other: enum("x") references jobs (other) }
    }
    migration m0002_values {
        alter table jobs recreate {
            alter column state add value "idle";
            alter column state rename value "idel" to "waiting";
            alter column state rename value "idle" to "busy";
            alter column state rename value "busy" to "working";
            alter column other rename value "x" to "y";
            alter column kind add value "a";
        }
        alter table jobs alter column state drop value "idle";
    }
    migration m0003_in_place {
        alter table jobs alter column state rename value "idle" to "waiting";
    }
}

fn main() {}
