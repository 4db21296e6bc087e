//! Names and keys that the two databases read in different ways, and names of lints that are none.

mod denied {
    migrate::history! {
        #![deny(unnumbered_key, mixed_case_name, needless_allow, reused_name)]
        migration m0001_tables {
            create table Teams { id: integer primary key, teamName: text }
            create table users { id: integer primary key autoincrement, name: text }
            create table members { user: integer primary key references users (id) }
            create table codes without rowid { id: integer primary key }
        }
        migration m0002_names {
            alter table users {
                rename column name to fullName;
                #[allow(mixed_case_name)]
                add column eMail: text null;
                #[allow(drops_values)]
                add column phone: text null;
            }
        }
        migration m0003_anew {
            rename table codes to old_codes;
            create table codes { id: integer primary key autoincrement }
            rename table users to people;
            rename table members to users;
            #[allow(reused_name)]
            create table members { name: text }
        }
    }
}

mod unknown {
    migrate::history! {
        #![deny(drop_rows)]
        #![allow(everything)]
        migration m0001_users {
            #[allow(unnumbered)]
            create table users { id: integer primary key }
        }
        migration m0002_down {
            up { create table a { b: text } }
            down {
                #[allow(drops_rows)]
                drop table a;
            }
        }
        migration m0003_syntax {
            #[allow()]
            create table c { d: text }
            #[allow(drops_rows)]
        }
        migration m0004_attributes {
            #[deny(drops_rows)]
            drop table c;
            #[cfg(test)]
            create table c { d: text }
        }
    }
}

fn main() {}
