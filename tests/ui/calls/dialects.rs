mod both {
    migrate::history! {
        migration m0001_notes {
            up { call fill; }
            down irreversible "no";
        }
    }
}

mod one {
    migrate::history! {
        #![dialects(sqlite)]
        migration m0001_notes {
            up { call { sqlite fill, postgres fill_there }; }
            down irreversible "no";
        }
    }
}

fn main() {}
