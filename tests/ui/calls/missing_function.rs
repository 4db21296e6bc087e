migrate::history! {
    migration m0001_notes {
        create table notes { id: integer primary key autoincrement, body: text }
    }
    migration m0002_calls {
        up { call { sqlite fil, postgres steps::fill }; }
        down { call { sqlite crate::steps::clear, postgres crate::step::clear }; }
    }
}

mod steps {}

fn main() {}
