//! Raw SQL that does something else than it declares.

migrate::history! {
    migration m0001_t { create table t { id: integer primary key autoincrement } }
    migration m0002_lie {
        up {
            sql { sqlite "CREATE TABLE u (a integer NOT NULL)", postgres "CREATE TABLE u (a bigint NOT NULL)" }
                declares { create table u { a: integer, b: text null } };
        }
        down { drop table u; }
    }
}
