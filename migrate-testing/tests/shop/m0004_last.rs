migrate::migration! {
    up { sql { sqlite "CREATE TABLE beside (a)", postgres "CREATE TABLE beside (a int)" }; }
    down { sql "DROP TABLE beside"; }
}
