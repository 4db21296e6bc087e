migrate::history! {
    #![dialects(sqlite)]
    migration m0001_notes {
        up {
            call fill();
            call fill::<u8>;
            call "fill";
            call { mysql fill };
            call { sqlite fill, sqlite fill };
            call fill outside transaction;
            call a.b;
        }
        down irreversible "no";
    }
}

fn main() {}
