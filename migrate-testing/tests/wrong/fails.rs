//! Raw SQL that fails when it runs.

migrate::history! {
    migration m0001_t { create table t { id: integer primary key autoincrement } }
    migration m0002_fails { up { sql "INSERT INTO nothing VALUES (1)"; } down irreversible "it never runs"; }
}
