migrate::history! {
    migration m0001_counts {
        create table counts { id: integer primary key, n: integer null, s: text null, check (n > -null) }
    }
    migration m0002_values {
        up {
            update counts set n = null + null;
            update counts set n = abs(null), s = substr(s, null, 2);
            update counts set n = n + null, s = s || null;
        }
        down irreversible "they are gone";
    }
}

fn main() {}
