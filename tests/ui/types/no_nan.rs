migrate::history! {
    migration m0001_points {
        create table points { id: integer primary key, x: real default "NaN", y: real default nan }
    }
    migration m0002_more {
        create table more { id: integer primary key, x: real default 1e999 }
    }
}

fn main() {}
