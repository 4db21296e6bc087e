migrate::migration! {
    create table posts { id: integer primary key autoincrement }
}
